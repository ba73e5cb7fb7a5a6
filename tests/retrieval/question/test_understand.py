"""What is read out of a query's words, and above all what is not."""

from __future__ import annotations

import gzip
import json
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.language.compounds import load_ladder
from retrieval.question.understand import understand
from retrieval.types import Filters, Understood

LADDER = load_ladder()
DATA = Path(__file__).parents[3] / ".." / "shared" / "data"


def read(text: str) -> Understood:
    return understand(text, LADDER)


def spoken(text: str) -> dict[str, object]:
    """The filters of a query that are set."""
    filters = read(text).filters
    values = {one.name: getattr(filters, one.name) for one in fields(Filters)}
    return {name: value for name, value in values.items() if value not in ((), None)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "recruiting phase 3 semaglutide trials since 2022",
            {"statuses": ("RECRUITING",), "phases": ("PHASE3",), "started_from": 20220101},
        ),
        # status
        ("trials recruiting patients with obesity", {"statuses": ("RECRUITING",)}),
        ("Which thymalfasin trials are still recruiting?", {"statuses": ("RECRUITING",)}),
        ("thymalfasin recruiting", {"statuses": ("RECRUITING",)}),
        ("not yet recruiting trials of retatrutide", {"statuses": ("NOT_YET_RECRUITING",)}),
        ("active, not recruiting semaglutide", {"statuses": ("ACTIVE_NOT_RECRUITING",)}),
        ("active not recruiting studies", {"statuses": ("ACTIVE_NOT_RECRUITING",)}),
        ("exenatide, enrolling by invitation", {"statuses": ("ENROLLING_BY_INVITATION",)}),
        ("trials with unknown status", {"statuses": ("UNKNOWN",)}),
        ("completed thymalfasin studies", {"statuses": ("COMPLETED",)}),
        ("list terminated or withdrawn trials", {"statuses": ("TERMINATED", "WITHDRAWN")}),
        ("trials that have been suspended", {"statuses": ("SUSPENDED",)}),
        ("semaglutide trials with status completed", {"statuses": ("COMPLETED",)}),
        ("Why were semaglutide trials terminated?", {"statuses": ("TERMINATED",)}),
        # phase
        ("phase 2 trials", {"phases": ("PHASE2",)}),
        ("phase-II thymalfasin rectal cancer", {"phases": ("PHASE2",)}),
        ("Phase IIb retatrutide safety", {"phases": ("PHASE2",)}),
        ("semaglutide obesity phase 3", {"phases": ("PHASE3",)}),
        ("phase 2/3 trials of tirzepatide", {"phases": ("PHASE2/PHASE3",)}),
        ("phase 1b/2a studies", {"phases": ("PHASE1/PHASE2",)}),
        ("phase I/II trials", {"phases": ("PHASE1/PHASE2",)}),
        ("phase 3 or phase 4 trials", {"phases": ("PHASE3", "PHASE4")}),
        ("early phase 1 trials of BPC-157", {"phases": ("EARLY_PHASE1",)}),
        ("phase 0 studies", {"phases": ("EARLY_PHASE1",)}),
        ("ph3 trials of liraglutide", {"phases": ("PHASE3",)}),
        ("semaglutide trials in phase 3", {"phases": ("PHASE3",)}),
        # study type
        ("observational studies of semaglutide", {"study_types": ("OBSERVATIONAL",)}),
        (
            "interventional and observational trials",
            {"study_types": ("INTERVENTIONAL", "OBSERVATIONAL")},
        ),
        ("expanded access to elamipretide", {"study_types": ("EXPANDED_ACCESS",)}),
        # results
        ("thymalfasin trials with results", {"has_results": True}),
        ("trials of semaglutide with posted results", {"has_results": True}),
        ("studies without results", {"has_results": False}),
        ("trials that have no posted results", {"has_results": False}),
        # countries
        ("semaglutide trials in Germany", {"countries": ("Germany",)}),
        ("trials in the US", {"countries": ("United States",)}),
        ("trials in the usa and Canada", {"countries": ("United States", "Canada")}),
        (
            "studies in the UK, France or Italy",
            {"countries": ("United Kingdom", "France", "Italy")},
        ),
        ("trials in T\u00fcrkiye", {"countries": ("Turkey (T\u00fcrkiye)", "Turkey")}),
        ("oxytocin trials in turkey", {"countries": ("Turkey (T\u00fcrkiye)", "Turkey")}),
        ("trials in South Korea", {"countries": ("South Korea", "Korea, Republic of")}),
        ("trials in Jordan", {"countries": ("Jordan",)}),
        # dates
        ("trials since March 2021", {"started_from": 20210301}),
        ("trials after March 2021", {"started_from": 20210401}),
        ("trials after 2021", {"started_from": 20220101}),
        ("trials after 2021-12-31", {"started_from": 20220101}),
        ("tirzepatide trials before 2020", {"started_to": 20191231}),
        ("trials before March 2020", {"started_to": 20200229}),
        ("trials until 15 June 2023", {"started_to": 20230615}),
        (
            "studies between 2019 and 2021",
            {"started_from": 20190101, "started_to": 20211231},
        ),
        (
            "trials from May 2019 to February 2021",
            {"started_from": 20190501, "started_to": 20210228},
        ),
        (
            "semaglutide trials started in 2023",
            {"started_from": 20230101, "started_to": 20231231},
        ),
        ("trials updated since 2024", {"updated_from": 20240101}),
        (
            "trials started after 2020 and updated since June 2, 2023",
            {"started_from": 20210101, "updated_from": 20230602},
        ),
        ("trials after 2019 and before 2022", {"started_from": 20200101, "started_to": 20211231}),
        (
            "recruiting trials that started in 2024 or later",
            {"statuses": ("RECRUITING",), "started_from": 20240101},
        ),
        ("trials from 2020 onwards", {"started_from": 20200101}),
        ("trials started in 2020 or earlier", {"started_to": 20201231}),
        (
            "records last updated in December 2025",
            {"updated_from": 20251201, "updated_to": 20251231},
        ),
        # places beside the trial noun
        ("studies with UK sites", {"countries": ("United Kingdom",)}),
        ("trials at US hospitals", {"countries": ("United States",)}),
        (
            "recruiting UK semaglutide trials",
            {"statuses": ("RECRUITING",), "countries": ("United Kingdom",)},
        ),
        # size
        ("studies with more than 1000 participants", {"enrollment_from": 1001}),
        ("How many trials have over 1,000 people?", {"enrollment_from": 1001}),
        ("trials enrolling at least 100 patients", {"enrollment_from": 100}),
        ("trials with 500+ volunteers", {"enrollment_from": 500}),
        ("semaglutide trials with fewer than 50 subjects", {"enrollment_to": 49}),
        ("trials with no more than 200 participants", {"enrollment_to": 200}),
        (
            "trials with between 100 and 500 participants",
            {"enrollment_from": 100, "enrollment_to": 500},
        ),
        (
            "trials with over 100 and under 500 participants",
            {"enrollment_from": 101, "enrollment_to": 499},
        ),
        ("studies with a sample size >= 200", {"enrollment_from": 200}),
        ("trials with over 100 patients and at most 50 patients", {}),
        # dates that are not of the start
        ("trials with results posted since 2023", {"has_results": True}),
        ("completed trials since 2020", {"statuses": ("COMPLETED",)}),
        ("trials with results since 2021", {"has_results": True}),
        # kind
        ("digests about thymalfasin", {"kind": ("digest",)}),
        ("thymalfasin registry records", {"kind": ("trial",)}),
        # sentences are read one by one
        (
            "My aunt has had pain since 2022. Are there recruiting trials in Spain?",
            {"statuses": ("RECRUITING",), "countries": ("Spain",)},
        ),
        ("Show me completed phase 2 trials.", {"statuses": ("COMPLETED",), "phases": ("PHASE2",)}),
    ],
)
def test_words_about_trials_become_filters(text, expected):
    """Where a query clearly asks for trials of a kind, that kind is the filter."""
    assert spoken(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "thymosin safety data",
        "semaglutide",
        # the words mean something else
        "Patients who completed chemotherapy in phase 2 of the cell cycle were included",
        "thymosin alpha 1 recruiting neutrophils",
        "recruiting immune cells studies",
        "suspended animation studies in mice",
        "completed suicide studies",
        "phase 2 enzyme studies",
        "liraglutide and phase 1 insulin secretion",
        "phase II metabolism of oxytocin",
        "pH 3 trials of semaglutide stability",
        "sleep studies in phase 2 of the night",
        "semaglutide withdrawn from the market",
        "active peptide trials",
        "tryptic digests of semaglutide",
        "peptide digests",
        "how long to digest semaglutide",
        "expanded access to antiretroviral therapy study",
        "the secondary trial records only adverse events",
        "trials with positive results",
        # somebody did something
        "patients who completed two trials of semaglutide",
        "participants withdrawn from the trial",
        # denied
        "trials that are not recruiting",
        "trials no longer recruiting",
        "trials that aren't recruiting",
        "non-recruiting trials",
        "excluding phase 1 trials",
        "trials not in phase 3",
        "trials other than phase 2",
        "trials not in Germany",
        "trials outside the US",
        # places of other things, or no places
        "trials in Georgia",
        "studies in Guinea pigs",
        "Turkey tail mushroom trials",
        "trials of Jordan's group",
        "trials before approval in Germany",
        "semaglutide in Germany",
        "could trials help us",
        "UK Biobank studies",
        "New England studies",
        "not UK trials",
        "give us trials",
        # numbers of other things
        "trials with more than 10 patients per arm",
        "trials where over 10 patients died",
        "trials with over 10 patients who died",
        "trials of patients over 65",
        "trials with more than 12 weeks of treatment",
        "over 500 patients",
        # dates of other things
        "results posted since 2023",
        "trials whose results were posted after 2022",
        "since 2022 I have had pain",
        "trials in patients diagnosed since 2020",
        "trials published after 2020",
        "trials of 2000 mg",
        "trials after 2000 mg doses",
        "trials between 2021 and 2019",
        "trials since 2022 and before 2020",
        "trials since 2024-13-45",
        "studies of vitamin D after 2100 kcal",
        # claims
        "Observational studies of semaglutide show increased risk.",
        "phase 3 clinical trials show semaglutide lowers weight",
        "The primary trial is a phase II trial",
        "A study was conducted in Italy.",
        # the answer may be no, and a filter would hide it
        "Is the thymalfasin trial still recruiting?",
        "Has the phase 3 semaglutide trial completed?",
        "Does thymalfasin have posted results?",
        "posted results of thymalfasin",
        "Is NCT06056804 a recruiting phase 2 trial in China?",
        "recruiting trials like NCT06056804",
    ],
)
def test_other_words_become_no_filter(text):
    """A wrong hard filter hides the answer, so doubt means none."""
    assert spoken(text) == {}


def test_a_long_text_is_never_filtered_by():
    """A case history may name phases, statuses and places without asking for them."""
    history = "The patient has rectal cancer and was treated with several lines of therapy. " * 4
    assert spoken(history + "Recruiting phase 3 trials in Germany since 2022?") == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NCT06056804", ("NCT06056804",)),
        ("what of nct 06056804?", ("NCT06056804",)),
        ("nct-06056804, NCT:06056804 and NCT01234567", ("NCT06056804", "NCT01234567")),
        ("NCT060568041 xNCT06056804 NCT6056804", ()),
    ],
)
def test_trial_ids_are_read_in_any_spelling(text, expected):
    """An id is NCT and exactly eight digits, once each, in order."""
    assert read(text).trial_ids == expected


def test_lookalikes_of_what_is_named_are_excluded_unless_named():
    """Who asks for thymosin alpha 1 does not ask for beta 4, unless they do."""
    assert "thymosin-beta-4" in read("thymalfasin dose").excluded
    assert "thymosin-beta-4" not in read("thymalfasin or TB-500").excluded
    both = read("thymosin safety data")
    assert [(one.compound_id, one.matched) for one in both.compounds] == [
        ("thymosin-alpha-1", "thymosin"),
        ("thymosin-beta-4", "thymosin"),
    ]
    assert not {"thymosin-alpha-1", "thymosin-beta-4"} & set(both.excluded)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("thymosin safety data", "safety"),
        ("side effects of semaglutide", "safety"),
        ("does tirzepatide work for weight loss", "efficacy"),
        ("what dose of BPC-157", "dose"),
        ("inclusion criteria NCT06056804", "eligibility"),
        ("was it randomized and placebo controlled", "design"),
        ("Is NCT06056804 recruiting?", "status"),
        ("what phase is NCT06056804", "design"),
        ("How many recruiting semaglutide trials are there?", "count"),
        ("which trials test thymalfasin", "list"),
        ("recruiting phase 3 semaglutide trials", "list"),
        ("semaglutide trials still running", "list"),
        ("quadruple-masked crossover trials??", "list"),
        ("more than 100 participants with results", "list"),
        ("did anyone die on semaglutide?", "safety"),
        ("how often did nausea occur with semaglutide", "safety"),
        ("how often is semaglutide injected", "dose"),
        ("safety of semaglutide in phase 3 trials", "safety"),
        ("thymosin and the immune system", "narrative"),
        ("Patients completed the survey", "narrative"),
    ],
)
def test_intent_is_what_the_question_is_after(text, intent):
    """The words of a question tell what kind of answer it wants."""
    assert read(text).intent == intent


@pytest.mark.parametrize(
    "collection", ["scifact/queries.jsonl.gz", "trec-ct/trec-2021/queries.jsonl"]
)
def test_claims_and_case_histories_are_not_filtered_by(collection):
    """No query of two collections that ask for no kind of trial gets a filter."""
    path = DATA / collection
    if not path.exists():
        pytest.skip("the shared development collections are not beside the project")
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    assert [text for text in texts if read(text).filters != Filters()] == []


WORDS = st.sampled_from(
    [
        *("recruiting", "completed", "phase", "early", "2", "3", "99", "trials", "studies"),
        *("in", "Germany", "the", "US", "since", "2022", "between", "2019", "and", "before"),
        *("semaglutide", "thymosin", "\u03b1", "not", "results", "with", "who", "updated"),
        *("NCT06056804", ",", ".", "?", "-"),
    ]
)


@given(st.lists(WORDS, max_size=60).map(" ".join))
def test_any_order_of_telling_words_is_understood_the_same_way_twice(text):
    """Reading is a function of the text, and its bounds are in order."""
    filters = read(text).filters
    assert read(text) == read(text)
    assert (filters.started_from or 0) <= (filters.started_to or 99999999)
    assert (filters.updated_from or 0) <= (filters.updated_to or 99999999)


@given(st.text(st.characters(), max_size=10_000))
def test_no_text_is_too_strange(text):
    """Controls, lone surrogates and marks are read like any other character."""
    assert isinstance(read(text), Understood)


@pytest.mark.parametrize("length", [600, 10_000])
@pytest.mark.parametrize(
    "unit", ["recruiting ", "trial ", "a", "phase 2 ", "\u03b1", "thymosin-", " ", "in Germany, "]
)
def test_no_pattern_is_trapped_by_repetition(unit, length):
    """Every pattern comes back from a text that is one thing over and over."""
    assert read(unit * (length // len(unit))).trial_ids == ()
