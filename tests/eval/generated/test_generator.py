"""Questions made of trial records: their answers, quotes, names and choice."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.__main__ import main
from eval.generated.generator import (
    FILE,
    GeneratorOptions,
    choose,
    generate,
    read_records,
    run_generator,
)
from eval.generated.phrasings import STYLES, chance, load_phrasings
from eval.golden.questions import question_line, read_questions, resolve
from indexer.build import quiet
from indexer.readers import find_files
from indexer.readers.trial import read_study
from retrieval.language.compounds import load_ladder
from tests.corpus import study, write_digest, write_study

WORDINGS = 3
LADDER = load_ladder()


def rich(number: int = 1, **parts):
    """A made-up record with arms, outcomes, posted values and events, all of them invented."""
    record = study(number, results=True, **parts)
    protocol, results = record["protocolSection"], record["resultsSection"]
    arms = [
        {"label": label, "type": "EXPERIMENTAL", "interventionNames": [f"Drug: {drug}"]}
        for label, drug in (("Low", "madeupine"), ("High arm", "madeupine"))
    ]
    protocol["armsInterventionsModule"]["armGroups"] = arms
    protocol["designModule"]["designInfo"] = {"allocation": "RANDOMIZED"}
    measured = [{"groupId": "OG1", "value": "-1.5"}, {"groupId": "OG2", "value": "NA"}]
    results["outcomeMeasuresModule"] = {
        "outcomeMeasures": [
            {
                "type": "PRIMARY",
                "title": "Made-up score",
                "unitOfMeasure": "points",
                "groups": [{"id": "OG1", "title": "Low"}, {"id": "OG2", "title": "High arm"}],
                "classes": [{"categories": [{"measurements": measured}]}],
            }
        ]
    }
    stats = [{"groupId": "EG000", "numAffected": 1, "numAtRisk": 17}]
    results["adverseEventsModule"]["seriousEvents"] = [{"term": "Hiccups", "stats": stats}]
    return record


def made_of(*records, seed=0):
    """The outcome of generating from records as they are."""
    return generate([read_study(record, LADDER)[0] for record in records], seed)


def raw_records(paths):
    """Every study of some files by its id, read without the readers."""
    for path in find_files(paths):
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        parts = text.splitlines() if ".jsonl" in path.name else [text]
        for part in (json.loads(part) for part in parts if part.lstrip()[:1] in ("{", "[")):
            listed = part if isinstance(part, list) else part.get("studies", [part])
            yield from (one for one in listed if "protocolSection" in one)


def at(value, path):
    """All values at a JSON path, where ``[*]`` stands for every element."""
    name, _, rest = path.partition(".")
    key, _, index = name.partition("[")
    found = value.get(key, []) if isinstance(value, dict) else []
    if index and index != "*]":
        found = [found[int(index[:-1])]]
    elif not index:
        found = [found]
    return [inner for one in found for inner in (at(one, rest) if rest else [one])]


def worded(value):
    """A raw value in the letters of its rendering: case and blanks of tokens are gone."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return f"{value['numAffected']}/{value['numAtRisk']}"
    text = "NA (not applicable)" if value == "NA" else str(value)
    return re.sub(r"[\s_]+", "", text).casefold()


@pytest.fixture(scope="module", params=["seeds", "shared"])
def corpus(request):
    """Paths of records, those records by id, and all questions about them."""
    if request.param == "seeds":
        paths = [request.getfixturevalue("seeds")]
    else:
        paths = [request.getfixturevalue("shared") / "data/trial-records/studies.jsonl.gz"]
    documents = read_records(find_files(paths), LADDER, quiet).records
    return paths, {one.doc_id: one for one in documents}, generate(documents, 0).questions


def test_every_quote_stands_where_it_is_said_to_stand(corpus):
    """The document's text at a judgement's start is its quote, and an answering one is there."""
    _, documents, questions = corpus
    for question in questions:
        assert question.answerable
        for judged in question.judgements:
            text = documents[judged.doc_id].text
            assert text[judged.start : judged.start + len(judged.quote)] == judged.quote


def test_every_answer_is_the_value_at_its_path(corpus):
    """The raw record, read another way, has the answer at the question's JSON path."""
    paths, _, questions = corpus
    records = {
        record["protocolSection"]["identificationModule"]["nctId"]: record
        for record in raw_records(paths)
    }
    for question in questions:
        record = records[question.judgements[0].doc_id.removeprefix("clinicaltrials:")]
        distinct = {" ".join(str(value).split()): value for value in at(record, question.path)}
        answer = ";".join(map(worded, distinct.values()))
        assert worded(question.answer) == answer, question.query_id


def test_a_single_answer_stands_in_its_quotes(corpus):
    """Where a quote answers by itself and the answer is one value, the quote has the value."""
    for question in corpus[2]:
        if "[*]" not in question.path:
            quotes = [judged.quote for judged in question.judgements if judged.grade == 3]
            assert quotes
            assert question.kind.startswith("primary_outcome") or all(
                question.answer in quote for quote in quotes
            )


def test_no_question_by_title_holds_an_id(corpus):
    """A trial is named either by its id or by its title, never by both."""
    for question in corpus[2]:
        holds = re.search(r"(?i)nct\s*\d{8}", question.text) is not None
        assert holds is question.kind.endswith("/id"), question.text


def test_query_ids_are_unique_and_every_field_is_asked_for(corpus, request):
    """An id names one question; the sample corpus has a fact of each field with a wording."""
    questions = corpus[2]
    assert len({question.query_id for question in questions}) == len(questions)
    assert {question.kind.split("/")[0] for question in questions} == set(load_phrasings().fields)


def test_the_same_seed_gives_the_same_bytes_in_any_order(tmp_path, seeds):
    """Neither the order of the inputs nor the run matters; another seed words it otherwise."""
    paths = sorted((seeds / "records").iterdir())

    def written(name, files, seed):
        options = GeneratorOptions(seed, sample=200)
        run_generator(files, tmp_path / name, options, ladder=LADDER, progress=quiet)
        return (tmp_path / name / FILE).read_bytes()

    first = written("first", paths, 7)
    assert written("second", paths[::-1], 7) == first
    assert written("third", paths, 8) != first


def test_what_is_written_can_be_read_and_resolved(tmp_path, seeds):
    """The file is in the format of judged questions, and every quote is found again."""
    report = run_generator([seeds], tmp_path, GeneratorOptions(), ladder=LADDER, progress=quiet)
    questions = read_questions(tmp_path / FILE, LADDER)
    documents = read_records(find_files([seeds]), LADDER, quiet).records
    judged = resolve(questions, {one.doc_id: one for one in documents}.__getitem__)
    assert len(judged) == report.questions == sum(report.kinds.values())


def test_malformed_records_are_counted_and_passed_over(tmp_path):
    """A broken file and a study without an id cost no other question; a digest is counted."""
    (tmp_path / "broken.json").write_text('{"protocolSection": ')
    write_study(tmp_path, rich(1))
    write_digest(tmp_path, 1, body="An invented body.")
    (tmp_path / "nameless.json").write_text(json.dumps({"protocolSection": {}}))
    report = run_generator(
        [tmp_path], tmp_path / "out", GeneratorOptions(), ladder=LADDER, progress=quiet
    )
    assert report.quarantined == {"bad_json": 1, "not_a_study": 1}
    assert (report.records, report.digests) == (1, 1)


def test_the_newest_version_of_a_record_is_asked_about(tmp_path):
    """Of two files with the same trial the later update counts, whichever is read first."""
    for folder, status, day in (
        ("a", "COMPLETED", "2024-05-06"),
        ("b", "RECRUITING", "2023-01-01"),
    ):
        write_study(tmp_path / folder, study(1, status=status, updated=day))
    for folders in ("ab", "ba"):
        files = find_files([tmp_path / name for name in folders])
        (record,) = read_records(files, LADDER, quiet).records
        assert record.fields.status == "COMPLETED"


def test_trials_of_one_title_are_asked_for_by_id_only():
    """Case, punctuation and an acronym in brackets do not tell two titles apart."""
    made = made_of(
        study(1, title="Invented Cure of Imaginary Fever (ICIF)"),
        study(2, title="invented cure of imaginary fever."),
        study(3, title="Imaginary Cough and Its Invented Cure"),
        study(4, title="Cough"),
    )
    titled = {q.judgements[0].doc_id[-1] for q in made.questions if q.kind.endswith("/title")}
    assert titled == {"3"}
    assert made.left_out["trials not asked for by title: another trial has the title"] == 2
    assert made.left_out["trials not asked for by title: the title has too few words"] == 1


def test_a_title_that_tells_the_answer_is_not_asked_for_it():
    """Its line still answers the question by id, at a lower grade than the field."""
    made = made_of(rich(title="A Phase II Randomised Trial of Invented Madeupine"))
    kinds = {question.kind: question for question in made.questions}
    assert not {"phase/title", "allocation/title"} & kinds.keys()
    for kind in ("phase/id", "allocation/id"):
        grades = {judged.quote.split(":")[0]: judged.grade for judged in kinds[kind].judgements}
        assert grades["Brief title"] == 2
        assert 3 in grades.values()


def test_people_are_never_named():
    """A title or a sponsor with a person's name is left out; so is every trace of the name."""
    record = rich(title="The Testa Madeup Cure of Imaginary Fever")
    protocol = record["protocolSection"]
    protocol["contactsLocationsModule"] = {"overallOfficials": [{"name": "Testa Madeup"}]}
    protocol["sponsorCollaboratorsModule"] = {"leadSponsor": {"name": "Testa Madeup"}}
    made = made_of(record)
    lines = [question_line(question) for question in made.questions]
    assert not any("Madeup" in line or "removed]" in json.loads(line)["text"] for line in lines)
    assert not [q for q in made.questions if q.kind.endswith("/title") or "sponsor" in q.kind]


def test_events_and_values_are_asked_for_in_one_arm():
    """The arm is the one before the number; the same event under the other kind is wrong."""
    made = {q.query_id.split("-")[0]: q for q in made_of(rich()).questions if "/id" in q.kind}
    assert (made["outcome_result"].answer, made["serious_event"].answer) == ("-1.5", "1/17")
    assert "Low" in made["outcome_result"].text
    grades = [judged.grade for judged in made["serious_event"].judgements]
    assert grades == [3, 0]


def test_what_two_things_are_called_is_not_asked_for():
    """An event that stands twice in an arm has no one answer."""
    record = rich()
    events = record["resultsSection"]["adverseEventsModule"]["seriousEvents"]
    events.append(events[0] | {"organSystem": "Another made-up system"})
    made = made_of(record)
    assert not [question for question in made.questions if "serious_event" in question.kind]
    assert made.left_out["serious_event: its names stand for several values"] == 2


def test_an_unknown_enrollment_is_no_answer():
    """The registry's 99999999 means that it does not know."""
    record = study(1)
    record["protocolSection"]["designModule"]["enrollmentInfo"] = {"count": 99_999_999}
    assert not [q for q in made_of(record).questions if "enrollment" in q.kind]


def test_a_sample_has_every_kind_in_turn_and_no_trial_too_often(seeds):
    """Kinds differ by one question at most while they last; a trial keeps to its share."""
    questions = generate(read_records(find_files([seeds]), LADDER, quiet).records, 0).questions
    available = Counter(question.kind for question in questions)
    sample = Counter(q.kind for q in choose(questions, GeneratorOptions(sample=300)))
    assert sample.total() == 300
    assert all(sample[kind] >= min(available[kind], max(sample.values()) - 1) for kind in available)
    few = choose(questions, GeneratorOptions(per_trial=3))
    assert max(Counter(question.judgements[0].doc_id for question in few).values()) == 3


def test_wordings_have_their_slots_in_every_style():
    """Each field has all styles, three wordings or more, and each names the trial once."""
    for field, styles in load_phrasings().fields.items():
        templates = [template for style in styles.values() for template in style]
        assert styles.keys() == set(STYLES)
        assert len(set(templates)) == len(templates) >= WORDINGS
        slots = {tuple(sorted(re.findall(r"\{(\w+)\}", template))) for template in templates}
        assert len(slots) == 1, field
        assert slots.pop().count("trial") == 1


def test_an_id_in_a_title_or_a_name_is_not_asked_by_title():
    """Such a trial has questions by id only, such an arm none by title; both are counted."""
    record = rich(2, title="Invented Madeupine Cure of Imaginary Fever")
    arms = record["protocolSection"]["armsInterventionsModule"]["armGroups"]
    arms[0]["label"] = "As in NCT90000007"
    made = made_of(rich(1, title="Extension of NCT90000007 With Invented Madeupine"), record)
    titled = [question for question in made.questions if question.kind.endswith("/title")]
    assert {question.judgements[0].doc_id[-1] for question in titled} == {"2"}
    assert not [question for question in titled if "NCT" in question.text]
    assert made.left_out["trials not asked for by title: the title holds a trial's id"] == 1
    assert made.left_out["arm_intervention/title: a name in it holds a trial's id"] == 1


def test_a_posted_outcome_answers_where_it_is_introduced():
    """A line with the numbers of a primary outcome does not say that it is primary."""
    asked = next(q for q in made_of(rich()).questions if q.kind == "primary_outcome/id")
    assert [(judged.quote, judged.grade) for judged in asked.judgements] == [
        ("Primary outcome: Safety: adverse events counted", 3),
        ("Primary outcome: Made-up score", 2),
    ]


def test_a_list_too_long_for_a_passage_is_answered_in_parts():
    """No passage can hold such a list, so that none is asked to."""
    record = rich()
    outcome = {"measure": "Made-up score", "description": "An invented scale. " * 300}
    outcomes = [outcome, outcome | {"measure": "Made-up pain"}]
    record["protocolSection"]["outcomesModule"]["secondaryOutcomes"] = outcomes
    asked = next(q for q in made_of(record).questions if q.kind == "secondary_outcomes/id")
    assert {judged.grade for judged in asked.judgements} == {2}


def test_chance_is_the_same_on_every_machine():
    """It depends on nothing but its key; Python's own hash differs from run to run."""
    assert chance("a", 1) == 408074298725870688


def test_the_command_prints_counts_or_tells_what_is_wrong(tmp_path, capsys):
    """One JSON object on stdout; without a question, or where none can be written, an error."""
    write_study(tmp_path / "records", rich())
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")

    def run(source, out):
        paths = [str(tmp_path / source), "--out", str(tmp_path / out), "--json"]
        return main(["generate", *paths]), json.loads(capsys.readouterr().out)

    code, values = run("records", "out")
    assert (code, values["records"]) == (0, 1)
    for source, out in (("empty", "out"), ("records", "file")):
        code, values = run(source, out)
        assert (code, values["error"]) == (1, "GeneratorError")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def places(value, place=()):
    """Every place of a JSON value, as its keys and indexes."""
    yield place
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*place, key))


def put(value, place, new):
    """Set what stands at a place, if the place is still there."""
    for key in place[:-1]:
        value = value[key] if has(value, key) else None
    if has(value, place[-1]):
        value[place[-1]] = new


def has(value, key):
    """Tell whether a container has a key or an index."""
    if isinstance(value, dict):
        return key in value
    return isinstance(value, list) and isinstance(key, int) and key < len(value)


HOLD_THE_ID = [("protocolSection", "identificationModule", *rest) for rest in ((), ("nctId",))]
WILD_PLACES = [place for place in places(rich()) if len(place) > 1 and place not in HOLD_THE_ID]


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(WILD_PLACES), JSON), max_size=4))
def test_wild_values_never_break_a_quote(changes):
    """Whatever stands in a record's fields, quotes are verbatim and lines can be written."""
    record = rich(title="Invented Cure of Imaginary Fever")
    for place, value in changes:
        put(record, place, value)
    document, _ = read_study(record, LADDER)
    for question in generate([document], 0).questions:
        question_line(question).encode()
        assert question.answerable
        for judged in question.judgements:
            assert judged.quote
            assert document.text[judged.start :].startswith(judged.quote)
