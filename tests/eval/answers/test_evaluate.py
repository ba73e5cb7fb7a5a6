"""Answers, checked: each check is seen to find its mistake, and the questions to be fair."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from eval.__main__ import main
from eval.answers.absent import absence_cases
from eval.answers.cases import Case, judged_cases, stands_in
from eval.answers.checks import check, numbers_of
from eval.answers.counted import counted_cases
from eval.answers.evaluate import Asking, run_answers
from eval.answers.gate import NotCompared, hold_against, save, score
from eval.answers.report import AnswersReport, is_right, wilson
from eval.answers.scifact import claim_cases, sentences
from eval.generated.raw_records import all_words, read_raw
from eval.golden.questions import JudgedQuestion, JudgedSpan, Judgement, Question, read_questions
from eval.models import Models
from eval.provenance import provenance
from indexer.build import BuildSettings, build, quiet
from indexer.chunking import ChunkSize
from retrieval.answering import types
from retrieval.answering.types import Answer, Cell, Citation, Claim, Routed, Table
from retrieval.question.types import Plan, PlanSubject, Reading
from retrieval.types import (
    Document,
    Filters,
    Labels,
    PageFields,
    PathSpan,
    Query,
    Ranking,
    Resolved,
    Source,
    TrialFields,
    Understood,
)
from tests.conftest import ROOT
from tests.corpus import index, study, whole_study, write_study
from tests.fakes import HashingEmbedder

GOLDEN = ROOT / "seeds/golden"
PATH = "protocolSection.designModule.enrollmentInfo.count"
TEXT = "Enrollment: 36, of 1,250 made-up people\nNausea: Drug 3/40, Placebo 5/41"
DOCUMENT = Document(
    doc_id="clinicaltrials:NCT90000001",
    kind="trial",
    trial_id="NCT90000001",
    title="A made-up trial",
    text=TEXT,
    sections=(),
    fields=TrialFields(),
    page=PageFields(),
    paths=(PathSpan(12, 14, PATH),),
    source_url="",
)
SOURCE = Source(DOCUMENT.doc_id, "trial", "NCT90000001", "", "", DOCUMENT.version)
LABELS = Labels("registry", None, "none", None, has_results=None)
READING = Reading("?", "?", True, (), (), (), (), ())
SUBJECT = Resolved((), "", (), frozenset(), "?", "", 1.0)
RANKING = Ranking(Query("?"), READING, SUBJECT, Understood(), Filters(), (), 0, "1")
PLAN = Plan("lookup", (), PlanSubject("none", (), "", ""), (), (), 0.5, "")
LINE = JudgedSpan(DOCUMENT.doc_id, "NCT90000001", 0, 14, grade=3)
EVENT = JudgedSpan(DOCUMENT.doc_id, "NCT90000001", 41, 72, grade=3)


def cited(quote, **changes):
    start = TEXT.index(quote)
    return replace(Citation(SOURCE, LABELS, start, start + len(quote), quote, path=None), **changes)


def claimed(text, *quotes, **more):
    return Claim(text, tuple(map(cited, quotes)), **more)


def checked(*claims, case=None, **parts):
    question = types.Question("made up?")
    answer = Answer(question, Routed("lookup", ""), PLAN, claims, None, RANKING)
    case = case or Case("c", "made/up", question)
    return check(case, replace(answer, **parts), lambda *_: DOCUMENT, milliseconds=1)


def abstaining(kind, reason, case, *claims):
    return checked(*claims, case=case, abstained=types.Abstention(kind, reason, "made up"))


def expecting(**known):
    return Case("c", "made/up", types.Question("made up?"), **known)


def table(*cells):
    return Table("made up", tuple("abc"[: len(cells)]), (cells,))


def test_a_quote_that_is_not_the_text_is_found():
    """One character off, and a path that is rendered elsewhere, are misquotes."""
    assert checked(claimed("x", "Enrollment: 36")).quotes.whole
    shifted = Claim("x", (cited("Enrollment: 36", start=1),))
    assert not checked(shifted).quotes.whole
    elsewhere = Claim("x", (cited("Nausea: Drug 3/40", path=PATH),))
    assert not checked(elsewhere).quotes.whole
    assert checked(Claim("x", (cited("36", path=PATH),))).quotes.whole


def test_a_quote_in_a_table_counts_too():
    """The citation of a cell is opened as that of a claim."""
    cell = Cell("36", cited("36", start=13))
    assert not checked(tables=(table(cell),)).quotes.whole


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("It enrolled 36 of 1250 people", True),
        ("NCT90000001: 36", True),
        ("It enrolled 37 people", False),
        ("It enrolled 3 people", False),
        ("NCT90000002: 36", False),
    ],
)
def test_a_number_of_a_claim_must_be_in_its_quotes(text, stands):
    """Digits are compared as numbers, and only the cited trial's id comes from elsewhere."""
    claim = claimed(text, "Enrollment: 36, of 1,250 made-up people")
    assert checked(claim).numbers.whole is stands


def test_a_computed_claim_must_hold_the_count():
    """The count is told, and is the number of trials that are listed."""
    claim = Claim("1 trial in this corpus: phase 2.", (), computed=True)
    assert checked(claim, count=1, trials=(SOURCE,)).numbers.whole
    assert not checked(claim, count=2, trials=(SOURCE, SOURCE)).numbers.whole
    assert not checked(claim, count=1, trials=()).numbers.whole


def test_a_cell_must_be_a_part_of_its_quote():
    """What a table shows as copied is copied."""
    assert checked(tables=(table(Cell("3/40", cited("Drug 3/40"))),)).cells.whole
    assert not checked(tables=(table(Cell("4/40", cited("Drug 3/40"))),)).cells.whole


@pytest.mark.parametrize(
    ("row", "right"),
    [
        (("3/40", "7.5%"), True),
        (("3", "40", "7.5%"), True),
        (("3/40 | 5/41", "12.2 %"), True),
        (("3/40", "7.6%"), False),
        (("8/81", "0.0%"), False),
        (("Drug", "7.5%"), False),
        (("3/0", "0%"), False),
    ],
)
def test_percentages_are_computed_again(row, right):
    """A computed percentage is that of the last affected/at risk before it, as rounded."""
    *copied, percent = row
    cells = (*map(Cell, copied), Cell(percent, computed=True))
    assert checked(tables=(table(*cells),)).computed.whole is right


def test_citations_are_held_against_judged_places():
    """Precision counts citations at a place that answers, recall the places of grade 3."""
    case = expecting(abstains=False, spans=(LINE, EVENT))
    item = checked(claimed("x", "Enrollment: 36", "1,250 made-up people"), case=case)
    assert (item.citations.good, item.citations.of) == (1, 2)
    assert (item.recalled.good, item.recalled.of) == (1, 2)
    assert item.answered
    grazing = checked(claimed("x", "36, of 1,250 made-up people\nNausea: Dr"), case=case)
    assert not grazing.answered
    assert is_right(item)


def test_a_value_must_be_said_and_its_place_cited():
    """The number alone, from another place, is not exact; nor is the place without it."""
    case = expecting(values=("36",), path=PATH, doc_id=DOCUMENT.doc_id)
    assert checked(claimed("Enrollment: 36", "Enrollment: 36"), case=case).exact
    assert not checked(claimed("36", "Nausea: Drug 3/40"), case=case).exact
    assert not checked(claimed("many", "Enrollment: 36"), case=case).exact


def test_every_element_of_a_list_must_be_cited():
    """A path with ``[*]`` stands for all its values."""
    case = expecting(values=("36",), path="a.b[*]", doc_id=DOCUMENT.doc_id)
    claim = claimed("36", "Enrollment: 36")
    two = replace(DOCUMENT, paths=(PathSpan(12, 14, "a.b[0]"), PathSpan(19, 24, "a.b[1]")))
    answer = checked(claim).answer
    assert not check(case, answer, lambda *_: two, milliseconds=1).exact
    one = replace(case, path="a.b[0]")
    assert check(one, answer, lambda *_: two, milliseconds=1).exact


def test_a_value_stands_as_whole_words():
    """Neither a part of a number nor of a word is the value; the registry's tokens are."""
    assert stands_in("1,250", "of 1,250 people")
    assert stands_in("NOT_YET_RECRUITING", "Status: Not yet recruiting")
    assert not stands_in("2", "Phase 2.5")
    assert not stands_in("male", "female")
    assert numbers_of("NCT01234567 1,250 3/40 2.5") == {"NCT01234567", "1250", "3", "40", "2.5"}


def test_a_list_must_be_the_same_trials():
    """One trial too few, too many, or twice, is wrong."""
    case = expecting(trials=frozenset({"NCT90000001"}))
    assert checked(case=case, count=1, trials=(SOURCE,)).listed
    assert not checked(case=case, count=0, trials=()).listed
    assert not checked(case=case, count=2, trials=(SOURCE, SOURCE)).listed
    other = replace(SOURCE, trial_id="NCT90000002")
    assert not checked(case=case, count=1, trials=(other,)).listed


def test_an_abstention_is_right_by_its_type():
    """Where the type is known it must be it; where it is not, any will do."""
    known = expecting(abstains=True, types=frozenset({"no_match/not_given"}))
    assert is_right(abstaining("no_match", "not_given", known))
    assert not is_right(abstaining("no_match", "trial_not_here", known))
    assert not is_right(checked(claimed("x", "36"), case=known))
    assert is_right(abstaining("conflict", "sources_disagree", expecting(abstains=True)))


def test_an_abstention_that_cites_the_answer_withholds_nothing():
    """Of a question with an answer it counts against precision only when nothing is cited."""
    case = expecting(abstains=False, spans=(LINE,))
    helped = abstaining("no_results_posted", "results_not_posted", case, claimed("x", "36"))
    silent = abstaining("no_match", "nothing_close", case)
    absent = abstaining("no_match", "nothing_close", expecting(abstains=True))
    rows = AnswersReport((helped, silent, absent)).abstentions()
    assert (rows["precision"].good, rows["precision"].of) == (1, 2)
    assert rows["recall"].whole


def test_a_report_fails_by_one_wrong_number():
    """What is never allowed needs no baseline; the failure is written out."""
    report = AnswersReport((checked(claimed("37", "36")),))
    assert not report.passed
    (failure,) = report.failures()
    assert "numbers: '37'" in failure["problems"][0]
    assert "numbers" in report.table()
    assert AnswersReport((checked(claimed("36", "36")),)).passed


def test_an_interval_of_a_share_stays_within_it():
    """Wilson's interval of 1 of 1 reaches down, and never over 1."""
    item = checked(claimed("36", "36"))
    interval = wilson(item.numbers)
    assert interval.low == pytest.approx(0.2065, abs=1e-3)
    assert interval.high == 1


def judged(query_id, kind="id", **judgement):
    given = {"doc_id": DOCUMENT.doc_id, "quote": "Enrollment: 36", "grade": 3}
    judgements = () if kind == "unanswerable" else (Judgement(**given | judgement),)
    question = Question(query_id, f"{query_id}?", kind, Filters(), judgements)
    return JudgedQuestion(question, () if kind == "unanswerable" else (LINE,))


def test_the_gate_tells_which_question_is_worse(tmp_path):
    """A stored run holds later ones; a fall fails, and names the question."""
    questions = [judged("q1"), judged("q2", kind="unanswerable")]
    first, second = judged_cases(questions, suite="judged")
    good = [
        checked(claimed("36", "Enrollment: 36"), case=first),
        abstaining("no_match", "nothing_close", second),
    ]
    bad = [checked(claimed("3/40", "Drug 3/40"), case=first), good[1]]
    silent = checked(claimed("x", "36"), case=second)
    assert [score(item) for item in (*good, bad[0], silent)] == [1, 1, 0, 0]
    file, asked = tmp_path / "answers.json", [one.question for one in questions]
    assert isinstance(hold_against(good, asked, file, profile="fast"), NotCompared)
    save(good, asked, file, profile="fast", provenance=provenance([]))
    assert json.loads(file.read_text())["measure"] == "answer score"
    assert hold_against(good, asked, file, profile="fast").passed
    worse = hold_against(bad, asked, file, profile="fast")
    assert not worse.passed
    assert any("q1" in line and "worse" in line for line in worse.lines())


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Thirteen made-up records in a folder: all kinds of absence are among them."""
    folder = tmp_path_factory.mktemp("answers") / "corpus"
    for number in range(6):
        write_study(folder, study(number, drug="semaglutide", results=number % 3 == 0))
    for number in range(6, 12):
        status = "COMPLETED" if number % 2 else "RECRUITING"
        title = f"Invented number {number} against imagined shivers"
        write_study(folder, whole_study(number, title=title, status=status))
    quiet_one = whole_study(12, title="Invented results against imagined shivers", results=True)
    quiet_one["resultsSection"] = {"participantFlowModule": {"recruitmentDetails": "made up"}}
    write_study(folder, quiet_one)
    return folder


def test_absences_are_true_of_the_records(corpus):
    """No made-up id or compound is in a record, and what is asked for is not given there."""
    records = {record.trial_id: record for record in read_raw([corpus])}
    known = all_words(list(records.values()))
    cases = list(absence_cases(list(records.values()), seed=0, each=99))
    kinds = {case.group.partition("/")[2] for case in cases if case.abstains}
    assert kinds >= {"no_such_trial", "not_given", "planned_events", "no_events", "no_results"}
    assert kinds >= {"no_such_compound", "advice"}
    for case in cases:
        trial = records.get(case.case_id[-11:])
        if case.group in ("absent/no_such_trial", "absent/no_such_compound"):
            assert case.case_id.split("-")[2].lower() not in known
        if case.group in ("absent/no_events", "absent/planned_events", "absent/no_results"):
            assert "resultsSection" not in trial.study
        if case.group == "absent/planned_events":
            assert "adverse" in json.dumps(trial.study)
        if case.case_id.startswith("absent-not_given-masking"):
            assert "maskingInfo" not in json.dumps(trial.study)


def test_questions_depend_on_the_seed_alone(corpus):
    """The same records give the same questions, in whatever order, and a seed others."""
    records = read_raw([corpus])
    asked = [
        [case.question.text for case in absence_cases(given, seed=seed, each=9)]
        for given, seed in ((records, 0), (records[::-1], 0), (records, 1))
    ]
    assert sorted(asked[0]) == sorted(asked[1])
    assert sorted(asked[0]) != sorted(asked[2])


def test_counts_are_those_of_the_json(corpus):
    """The trials of a question are all those, and only those, whose JSON meets its words."""
    records = read_raw([corpus])
    cases = [case for seed in range(9) for case in counted_cases(records, seed=seed, each=99)]
    assert {case.group for case in cases} >= {"counted/count_fields", "counted/list_fields"}
    every = {f"NCT9{number:07d}" for number in range(13)}
    posted = {"NCT90000000", "NCT90000003", "NCT90000012"}
    assert any("posted results" in case.question.text for case in cases)
    odd = {f"NCT9{number:07d}" for number in (7, 9, 11)}
    for case in cases:
        completed = "completed" in case.question.text
        assert case.trials <= (odd if completed else every)
        if completed and not {"semaglutide", "results"} & set(case.question.text.split()):
            assert case.trials == odd
        if "posted results" in case.question.text:
            assert case.trials <= posted


def test_the_product_is_asked_and_checked(corpus, tmp_path, ladder):
    """Over made-up records every id that is not here is told, and every quote is verbatim."""
    embedder = HashingEmbedder()
    index([corpus], tmp_path / "index", embedder)
    asking = Asking(None, records=(corpus,), each=5)
    report = run_answers(asking, Models(embedder, ladder), tmp_path / "index", progress=quiet)
    values = report.values()
    assert values["quotes"]["share"] == values["numbers"]["share"] == 1
    assert values["groups"]["absent/no_such_trial"]["right"]["share"] == 1
    assert values["groups"]["counted/count_fields"]["right"]["share"] == 1


def test_a_file_of_records_may_have_any_shape(tmp_path):
    """A page, a list, one a line and a single study are read; what is none is passed over."""
    one, two, three, four = (study(number) for number in range(4))
    (tmp_path / "page.json").write_text(json.dumps({"studies": [one]}))
    (tmp_path / "list.json").write_text(json.dumps([two, "no study"]))
    (tmp_path / "lines.jsonl").write_text(f"{json.dumps(three)}\n{json.dumps(three)}\n")
    (tmp_path / "single.json").write_text(json.dumps(four))
    (tmp_path / "digest.txt").write_text("no record")
    found = [record.trial_id for record in read_raw([tmp_path])]
    assert found == [f"NCT9{number:07d}" for number in range(4)]


def test_a_claim_without_evidence_must_be_abstained_from(tmp_path):
    """SciFact's labels become places of sentences, or the demand to abstain."""
    text = "Nothing was made up. Then a cough was. It ended."
    corpus = [{"_id": "7", "title": "", "text": text}, {"_id": "8", "title": "", "text": "One."}]
    evidence = {"7": [{"sentences": [1], "label": "SUPPORT"}]}
    claims = [
        {"id": 1, "claim": "A cough was made up.", "evidence": evidence},
        {"id": 2, "claim": "None.", "evidence": {}},
        {"id": 3, "claim": "Cut otherwise.", "evidence": {"8": [{"sentences": [4]}]}},
    ]
    for name, lines in (("corpus", corpus), ("claims-train", claims)):
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    first, second = claim_cases(tmp_path, sample=0)
    (span,) = first.spans
    assert text[span.start : span.end] == "Then a cough was."
    assert (first.abstains, second.abstains) == (False, True)
    assert next(text[start:end] for start, end in sentences(text)) == "Nothing was made up."


def test_a_broken_claim_is_told_with_its_line(tmp_path, capsys):
    """The command says which line of which file is none."""
    (tmp_path / "corpus.jsonl").write_text('{"_id": "7", "text": "made up"}\n')
    (tmp_path / "claims-train.jsonl").write_text('{"id": 1}\n')
    command = ["answers", "--scifact", str(tmp_path), "--index-cache", str(tmp_path / "cache")]
    assert main([*command, "--profile", "fast"]) == 1
    assert "claims-train.jsonl line 1" in capsys.readouterr().err


@pytest.fixture(scope="module")
def golden_answers(tmp_path_factory, seeds, bundled_embedder, ladder):
    """The golden set, absences and counts over the sample corpus, without a reranker."""
    corpus = [seeds / "digests", seeds / "records"]
    built = BuildSettings(tmp_path_factory.mktemp("golden") / "index", ChunkSize(256, 32), keep=1)
    build(corpus, built, embedder=bundled_embedder, ladder=ladder)
    asking = Asking(GOLDEN / "questions.jsonl", records=(seeds / "records",), each=5)
    models = Models(bundled_embedder, ladder)
    return run_answers(asking, models, built.index_dir, progress=quiet)


def test_no_answer_of_the_golden_set_is_misquoted_or_miscounted(golden_answers):
    """Every quote is verbatim, every number cited, every percentage computed right."""
    assert golden_answers.passed, golden_answers.table()
    values = golden_answers.values()
    assert values["quotes"]["of"] > 1000
    assert values["cells"]["of"] > 100


def test_the_golden_set_is_answered_no_worse_than_its_baseline(golden_answers, ladder):
    """Question by question, as `python -m eval answers` says; a failure names them."""
    questions = read_questions(GOLDEN / "questions.jsonl", ladder)
    checked, baseline = golden_answers.checked, GOLDEN / "answers.json"
    verdict = hold_against(checked, questions, baseline, profile="fast")
    assert not isinstance(verdict, NotCompared)
    assert verdict.passed, "\n".join(verdict.lines())
    silent = [(item.case, replace(item.answer, claims=(), tables=())) for item in checked]
    mute = [check(*each, lambda *_: DOCUMENT, milliseconds=1) for each in silent]
    assert not hold_against(mute, questions, baseline, profile="fast").passed
