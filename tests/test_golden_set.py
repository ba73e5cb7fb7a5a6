"""The golden set in `seeds/golden/` is whole, true to its documents, and fair between voices."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache

import pytest

from eval.golden.questions import UNANSWERABLE, read_questions, resolve
from indexer.readers import find_files, read_file
from retrieval.language.compounds import load_ladder
from retrieval.question.understand import understand
from tests.test_seeds import SEEDS, readme_table, records

FILE = SEEDS / "golden/questions.jsonl"
FEWEST = {  # questions a kind needs for its mean to say something
    **{"keyword": 25, "question": 25, "lay": 20, "abbreviation": 12, "brand": 12},
    **{"misspelling": 15, "id": 15, "filter": 20, "lookalike": 10, "safety": 20},
    UNANSWERABLE: 25,
}
NAMED = re.compile(r"thymosin (?:alpha|beta|a|b)\b|TB-500|Ta1|Tα1|Tβ4|Zadaxin|thymalfasin", re.I)


@cache
def questions():
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


@cache
def documents():
    files = find_files([SEEDS / "digests", SEEDS / "records"])
    return {
        read.document.doc_id: read.document
        for file in files
        for read in read_file(file, load_ladder())
    }


def judged(grades=(0, 1, 2, 3)):
    """Yield each question with each of its judgements of these grades."""
    for question in questions():
        for judgement in question["judgements"]:
            if judgement["grade"] in grades:
                yield question, judgement


def best_grades(question):
    """Return the best grade of each document of a question."""
    best = Counter()
    for judgement in question["judgements"]:
        best[judgement["doc_id"]] = max(best[judgement["doc_id"]], judgement["grade"])
    return best


def trials(question, grade):
    """Return the NCT ids of the records with a passage of this grade."""
    return {
        judgement["doc_id"].removeprefix("clinicaltrials:")
        for judgement in question["judgements"]
        if judgement["grade"] == grade and judgement["doc_id"].startswith("clinicaltrials:")
    }


def test_the_loader_reads_it():
    """What scores the product takes the file, and finds each quote in the rendered documents."""
    loaded = read_questions(FILE, load_ladder())
    assert len(resolve(loaded, documents().__getitem__)) == len(questions()) >= 150


def test_quotes_are_verbatim():
    """Each quote stands in its document, at its start where one is given; none is a document."""
    for question, judgement in judged():
        text, quote = documents()[judgement["doc_id"]].text, judgement["quote"]
        start = judgement.get("start", text.find(quote))
        assert start >= 0, (question["query_id"], quote)
        assert text[start : start + len(quote)] == quote, (question["query_id"], quote)
        assert 10 < len(quote) <= 400, (question["query_id"], quote)


def test_no_question_stands_twice():
    """Ids are unique, and so are the words but for case, blanks and punctuation."""
    ids = [question["query_id"] for question in questions()]
    words = [" ".join(re.findall(r"\w+", question["text"].casefold())) for question in questions()]
    assert len(set(ids)) == len(ids)
    assert [word for word, count in Counter(words).items() if count > 1] == []


def test_counts_in_readme_are_the_file():
    """The README's table of kinds is the file's, and each kind has enough questions."""
    counted = Counter(question["kind"] for question in questions())
    assert {row[0]: int(row[1]) for row in readme_table("Golden set")} == counted
    assert counted.keys() == FEWEST.keys()
    assert all(counted[kind] >= fewest for kind, fewest in FEWEST.items())


def test_only_unanswerable_questions_have_no_answer():
    """Grades go from 0 to 3; a question has a 2 or 3 if and only if the corpus can answer it."""
    assert {judgement["grade"] for _, judgement in judged()} == {0, 1, 2, 3}
    for question in questions():
        best = max(best_grades(question).values(), default=0)
        assert (best >= 2) == (question["kind"] != UNANSWERABLE), question["query_id"]


def test_the_registry_stands_above_the_digest():
    """A digest answers in full, or better than its record, only where a note speaks of it."""
    for question in questions():
        best = best_grades(question)
        for doc_id in best:
            record = best[doc_id.removeprefix("digest:")]
            if doc_id.startswith("digest:") and best[doc_id] >= min(3, max(2, record + 1)):
                assert "digest" in question.get("note", ""), (question["query_id"], doc_id)


def test_every_deliberate_error_is_a_hard_negative():
    """The false words of a digest are judged wrong, always, beside a record judged right."""
    for trial, _, false, _ in readme_table("Deliberate disagreements"):
        digest = f"digest:clinicaltrials:{trial}"
        held = [
            (question, judgement["grade"])
            for question, judgement in judged()
            if judgement["doc_id"] == digest and false.strip('"') in judgement["quote"]
        ]
        assert len(held) >= 2
        assert {grade for _, grade in held} == {0}
        assert any(trial in trials(question, 3) for question, _ in held)


def test_lookalikes_are_hard_negatives():
    """Ten or more questions of the kind have a passage that looks right and is wrong."""
    wrong = {
        question["query_id"] for question, _ in judged((0,)) if question["kind"] == "lookalike"
    }
    assert len(wrong) >= 10
    assert sum(any(j["grade"] == 0 for j in q["judgements"]) for q in questions()) >= 60


def test_thymosins_are_never_taken_for_each_other():
    """Who names one thymosin exactly gets no answer from a record that is only of another."""
    ladder, asked = load_ladder(), 0
    for question in questions():
        if not NAMED.search(question["text"]):
            continue
        meant = {mention.compound_id for mention in understand(question["text"], ladder).compounds}
        if len(meant & {"thymosin-alpha-1", "thymosin-beta-4"}) != 1:
            continue
        asked += 1
        for trial in trials(question, 3):
            about = set(documents()[f"clinicaltrials:{trial}"].fields.compounds)
            assert not about & ({"thymosin-alpha-1", "thymosin-beta-4"} - meant), question
    assert asked >= 15


def value_at(study, path):
    """Return the value at a path such as ``a.b[0].c``, or ``None`` where the record lacks it."""
    for name in re.findall(r"\w+", path):
        if name.isdigit():
            study = study[int(name)]
        elif (study := study.get(name)) is None:
            return None
    return study


def test_answers_are_the_records_values():
    """Where a question names a JSON path, the judged record holds the answer there."""
    told = [question for question in questions() if "path" in question]
    assert len(told) >= 10
    for question in told:
        (trial,) = trials(question, 3)
        value = value_at(records()[trial], question["path"])
        written = value if isinstance(value, str) else json.dumps(value)
        assert written == question["answer"], question["query_id"]


class Record:
    """The fields of a trial record that a filter in words may name; a missing one is empty."""

    def __init__(self, study):
        status, design = "protocolSection.statusModule.", "protocolSection.designModule."
        self.status = value_at(study, status + "overallStatus")
        self.start = value_at(study, status + "startDateStruct.date") or ""
        self.updated = value_at(study, status + "lastUpdatePostDateStruct.date") or ""
        self.posted = value_at(study, status + "resultsFirstPostDateStruct.date") or ""
        self.phases = value_at(study, design + "phases") or []
        self.observational = value_at(study, design + "studyType") == "OBSERVATIONAL"
        self.masking = value_at(study, design + "designInfo.maskingInfo.masking")
        self.size = value_at(study, design + "enrollmentInfo.count") or 0
        self.results = value_at(study, "hasResults")
        self.sponsor = value_at(
            study, "protocolSection.sponsorCollaboratorsModule.leadSponsor.name"
        )
        sites = value_at(study, "protocolSection.contactsLocationsModule.locations") or []
        self.countries = {site["country"] for site in sites}
        limits = value_at(study, "protocolSection.eligibilityModule") or {}
        self.sex, self.oldest = limits.get("sex"), limits.get("maximumAge")
        drugs = value_at(study, "protocolSection.armsInterventionsModule.interventions") or []
        self.drugs = " ".join(drug["name"].lower() for drug in drugs)
        conditions = value_at(study, "protocolSection.conditionsModule.conditions") or []
        self.conditions = " ".join(conditions).lower()
        events = value_at(study, "resultsSection.adverseEventsModule.seriousEvents")
        self.serious = bool(events)


# Each filter in words as a filter in code, over the records alone: judged a second way.
FILTERS = {
    "recruiting phase 3 semaglutide trials since 2022": lambda r: (
        r.status == "RECRUITING"
        and "PHASE3" in r.phases
        and "semaglutide" in r.drugs
        and r.start >= "2022"
    ),
    "studies in China": lambda r: "China" in r.countries,
    "trials with results": lambda r: r.results,
    "phase 4 trials": lambda r: "PHASE4" in r.phases,
    "completed phase 2 studies": lambda r: r.status == "COMPLETED" and "PHASE2" in r.phases,
    "observational studies": lambda r: r.observational,
    "trials not yet recruiting": lambda r: r.status == "NOT_YET_RECRUITING",
    "tirzepatide trials that are active but not recruiting": lambda r: (
        r.status == "ACTIVE_NOT_RECRUITING" and "tirzepatide" in r.drugs
    ),
    "trials with sites in Japan": lambda r: "Japan" in r.countries,
    "studies that started in 2025": lambda r: r.start.startswith("2025"),
    "completed trials in the United States": lambda r: (
        r.status == "COMPLETED" and "United States" in r.countries
    ),
    "recruiting type 2 diabetes studies": lambda r: (
        r.status == "RECRUITING" and "type 2 diabetes" in r.conditions
    ),
    "phase 3 obesity trials": lambda r: "PHASE3" in r.phases and "obesity" in r.conditions,
    "phase 1 trial in healthy volunteers": lambda r: (
        "PHASE1" in r.phases and "healthy" in r.conditions
    ),
    "trials in Germany": lambda r: "Germany" in r.countries,
    "studies sponsored by Novo Nordisk": lambda r: r.sponsor == "Novo Nordisk A/S",
    "results posted since 2023": lambda r: r.posted >= "2023",
    "recruiting trials that started in 2024 or later": lambda r: (
        r.status == "RECRUITING" and r.start >= "2024"
    ),
    "phase 2 thymosin alpha 1 trials": lambda r: (
        "PHASE2" in r.phases and re.search("thymosin alpha|thymalfasin", r.drugs)
    ),
    "open-label phase 3 trials": lambda r: r.masking == "NONE" and "PHASE3" in r.phases,
    "diabetes trials without posted results": lambda r: (
        "diabetes" in r.conditions and r.results is False
    ),
    "studies with more than 1000 participants": lambda r: r.size > 1000,
    "trials in children": lambda r: r.oldest == "7 Years",
    "records last updated in December 2025": lambda r: r.updated.startswith("2025-12"),
    "trials for men only": lambda r: r.sex == "MALE",
    "studies with UK sites": lambda r: "United Kingdom" in r.countries,
    "completed studies with serious adverse events": lambda r: (
        r.status == "COMPLETED" and r.serious
    ),
}


@pytest.mark.parametrize("text", FILTERS)
def test_lists_of_trials_are_whole(text):
    """The trials judged 3 are those whose record satisfies the filter, all of them."""
    (question,) = (question for question in questions() if question["text"] == text)
    meant = {trial for trial, study in records().items() if FILTERS[text](Record(study))}
    assert trials(question, 3) == meant


@pytest.mark.parametrize("status", ["COMPLETED", "RECRUITING"])
def test_thymosin_records_hold_no_status(status):
    """What the unanswerable filters on thymosin rest on: no record of it has a status."""
    named = [Record(study) for study in records().values() if "thymosin" in json.dumps(study)]
    assert named
    assert status not in {record.status for record in named if "thym" in record.drugs}
