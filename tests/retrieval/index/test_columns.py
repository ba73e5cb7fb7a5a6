"""Filters select what a plain reading of their definition selects."""

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import BadFilter, IndexDamaged
from retrieval.index.columns import ColumnRow, Columns, write_columns
from retrieval.types import Filters, TrialFields

# The registry's token, and ways to write it in a filter.
PHASES = {
    "EARLY_PHASE1": ["Early Phase 1", "phase 0", "EARLY_PHASE1"],
    "PHASE1": ["PHASE1", "phase I", "1"],
    "PHASE2": ["phase 2", "Phase II", "PHASE2", "phase 2b"],
    "PHASE3": ["Phase III", "PHASE3"],
    "NA": ["N/A", "na", "Not Applicable"],
}
STATUSES = {
    "RECRUITING": ["Recruiting", "RECRUITING"],
    "ACTIVE_NOT_RECRUITING": ["Active, not recruiting", "ACTIVE_NOT_RECRUITING"],
    "UNKNOWN": ["Unknown status", "unknown"],
}
COUNTRIES = {
    "United States": ["USA", "U.S.", "united states"],
    "Turkey (Türkiye)": ["Turkey", "Türkiye"],
    "Korea, Republic of": ["South Korea", "korea, republic of"],
    "Japan": ["JAPAN"],
}
CONDITIONS = ["Locally Advanced Rectal Cancer", "Rectal Cancer", "Cancer", "Colorectal Cancer"]
CONDITION_QUERIES = ["rectal cancer", "CANCER", "Rectal", "advanced rectal", "cancer rectal"]
TYPES = ["INTERVENTIONAL", "OBSERVATIONAL"]
COMPOUNDS = ["semaglutide", "thymosin-alpha-1"]
SECTIONS = ["Eligibility", "Adverse events", "Brief summary"]
DAYS = [20200101, 20210630, 20210701, 20251231]
PEOPLE = [0, 12, 500, 3_000_000_000]


def few(values):
    """Up to two of the values, each once."""
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


def spelled(tokens):
    """Up to two spellings of the tokens, as (spelling, token) pairs."""
    return few([(spelling, token) for token, all_ in tokens.items() for spelling in all_])


ROWS = st.builds(
    ColumnRow,
    kind=st.sampled_from(["trial", "digest"]),
    trial_id=st.sampled_from(["NCT00000001", "NCT00000002", "NCT00000003"]),
    fields=st.builds(
        TrialFields,
        compounds=few(COMPOUNDS),
        conditions=few(CONDITIONS),
        condition_terms=few(CONDITIONS),
        phases=few(list(PHASES)),
        status=st.sampled_from([None, *STATUSES]),
        study_type=st.sampled_from([None, *TYPES]),
        has_results=st.sampled_from([None, True, False]),
        countries=few(list(COUNTRIES)),
        started=st.sampled_from([None, *DAYS]),
        updated=st.sampled_from([None, *DAYS]),
        enrollment=st.sampled_from([None, *PEOPLE]),
    ),
)
CHUNKED = st.lists(st.tuples(ROWS, st.lists(st.sampled_from(SECTIONS), max_size=3)), max_size=8)
FILTERS = {
    "kind": few(["trial", "digest"]),
    "trial_ids": few(["nct00000001", "NCT00000002", "NCT99999999"]),
    "compounds": few(["Semaglutide", "thymosin-alpha-1", "tb-500"]),
    "conditions": few(CONDITION_QUERIES),
    "phases": spelled(PHASES),
    "statuses": spelled(STATUSES),
    "countries": spelled(COUNTRIES),
    "study_types": few(["Interventional", "OBSERVATIONAL"]),
    "has_results": st.booleans(),
    "sections": few(["eligibility", "ADVERSE EVENTS", "Outcomes"]),
    "updated_from": st.sampled_from(DAYS),
    "updated_to": st.sampled_from(DAYS),
    "started_from": st.sampled_from(DAYS),
    "started_to": st.sampled_from(DAYS),
    "enrollment_from": st.sampled_from(PEOPLE),
    "enrollment_to": st.sampled_from(PEOPLE),
}


@st.composite
def asked(draw):
    """Filters on a few fields, and the same with the registry's tokens instead of spellings."""
    fields = draw(st.lists(st.sampled_from(sorted(FILTERS)), max_size=4, unique=True))
    values = {field: draw(FILTERS[field]) for field in fields}
    pairs = values.keys() & {"phases", "statuses", "countries"}
    typed = {field: tuple(text for text, _ in values[field]) for field in pairs}
    meant = {field: tuple(token for _, token in values[field]) for field in pairs}
    return Filters(**{**values, **typed}), Filters(**{**values, **meant})


def any_of(wanted, held):
    """True, False, or None where the document lacks the field."""
    return None if not held else any(value in held for value in wanted)


def whole_words(query, condition):
    return re.search(rf"\b{re.escape(query)}\b", condition, re.IGNORECASE) is not None


def within(value, first, last):
    if value is None:
        return None
    return (first is None or first <= value) and (last is None or value <= last)


def verdicts(row, filters):
    """Each given filter's plain verdict on a document: True, False, None for lacking."""
    fields = row.fields
    conditions = (*fields.conditions, *fields.condition_terms)
    for wanted, held in (
        (filters.kind, [row.kind]),
        ([value.upper() for value in filters.trial_ids], [row.trial_id]),
        ([value.lower() for value in filters.compounds], fields.compounds),
        (filters.phases, fields.phases),
        (filters.statuses, [fields.status] * bool(fields.status)),
        ([value.upper() for value in filters.study_types], [fields.study_type or ""]),
        (filters.countries, fields.countries),
    ):
        if wanted:
            yield any_of(wanted, [value for value in held if value])
    if filters.conditions:
        hits = [whole_words(v, name) for v in filters.conditions for name in conditions]
        yield any(hits) if conditions else None
    if filters.has_results is not None:
        yield None if fields.has_results is None else fields.has_results == filters.has_results
    for value, first, last in (
        (fields.updated, filters.updated_from, filters.updated_to),
        (fields.started, filters.started_from, filters.started_to),
        (fields.enrollment, filters.enrollment_from, filters.enrollment_to),
    ):
        if first is not None or last is not None:
            yield within(value, first, last)


def write(folder, chunked):
    """Write columns of (row, section names of its chunks) pairs, and open them."""
    write_columns(
        Path(folder),
        [row for row, _ in chunked],
        chunk_documents=np.array([n for n, (_, s) in enumerate(chunked) for _ in s], np.int32),
        chunk_sections=[section for _, sections in chunked for section in sections],
    )
    return Columns.open(Path(folder))


def columns_of(tmp_path, **fields):
    """Columns of one trial with one chunk."""
    row = ColumnRow("trial", "NCT00000001", TrialFields(**fields))
    return write(tmp_path, [(row, ["Eligibility"])])


@settings(max_examples=300)
@given(CHUNKED, asked())
def test_selection_equals_a_plain_evaluation(chunked, filters):
    """Masks and the hidden count are those of a loop over documents that reads the definition."""
    typed, meant = filters
    wanted = {section.lower() for section in meant.sections}
    documents, chunks, hidden = [], [], 0
    for row, sections in chunked:
        found = list(verdicts(row, meant))
        held = [not wanted or section.lower() in wanted for section in sections]
        reachable = any(held) or not wanted
        documents.append(all(found) and reachable)
        chunks.extend(all(found) and fits for fits in held)
        hidden += reachable and False not in found and None in found
    with TemporaryDirectory() as folder:
        selection = write(folder, chunked).select(typed)
    assert selection.documents.tolist() == documents
    assert selection.chunks.tolist() == chunks
    assert selection.hidden == hidden
    assert selection.everything == (typed == Filters())


def test_enrollment_is_counted_past_thirty_two_bits(tmp_path):
    """A registry's number is compared as it is, not cut to what a smaller integer holds."""
    selection = columns_of(tmp_path, enrollment=3_000_000_000)
    assert selection.select(Filters(enrollment_from=3_000_000_000)).documents.tolist() == [True]
    assert selection.select(Filters(enrollment_from=3_000_000_001)).documents.tolist() == [False]


def test_columns_of_an_earlier_version_know_no_enrollment(tmp_path):
    """There every document lacks the field: none matches, and all are counted as hidden."""
    columns_of(tmp_path, enrollment=40)
    (tmp_path / "enrollment.npy").unlink()
    selection = Columns.open(tmp_path).select(Filters(enrollment_from=0))
    assert (selection.documents.tolist(), selection.hidden) == ([False], 1)


def test_both_phases_of_a_combined_trial_match(tmp_path):
    """A PHASE2/PHASE3 trial is found under either phase, also when written as one token."""
    for number, phases in enumerate([("PHASE2", "PHASE3"), ("PHASE2/PHASE3",)]):
        columns = columns_of(tmp_path / str(number), phases=phases)
        found = [columns.select(Filters(phases=(p,))).documents[0] for p in ("phase 2", "III", "1")]
        assert found == [True, True, False]


def test_a_combined_phase_is_one_that_has_both(tmp_path):
    """Who asks for phase 2/3 wants neither phase alone; a list still means any of."""
    for number, (phases, found) in enumerate(
        [(("PHASE2", "PHASE3"), True), (("PHASE2",), False), (("PHASE4",), True)]
    ):
        columns = columns_of(tmp_path / str(number), phases=phases)
        filters = Filters(phases=("phase 2/3", "IV"))
        assert columns.select(filters).documents.tolist() == [found]


@pytest.mark.parametrize(
    ("filters", "near"),
    [
        (Filters(phases=("PHASE22",)), "PHASE2"),
        (Filters(statuses=("Recruting",)), "RECRUITING"),
        (Filters(study_types=("intervention",)), "INTERVENTIONAL"),
        (Filters(kind=("trials",)), "trial"),
    ],
)
def test_unknown_token_is_refused_with_the_near_miss_first(tmp_path, filters, near):
    """A token outside a closed vocabulary names itself and what it may have meant."""
    with pytest.raises(BadFilter, match=rf"unknown '.+'; known are {near}, "):
        columns_of(tmp_path).select(filters)


@pytest.mark.parametrize("field", ["conditions", "countries", "phases", "trial_ids", "sections"])
def test_blank_value_is_refused(tmp_path, field):
    """A value that says nothing is the caller's mistake, not a filter that matches nothing."""
    with pytest.raises(BadFilter, match=field):
        columns_of(tmp_path).select(Filters(**{field: (" ",)}))


def test_wild_condition_text_neither_fails_nor_leaks(tmp_path):
    """Quotes, newlines, Greek and lone surrogates in values are data, also in the vocabulary."""
    columns = columns_of(
        tmp_path, conditions=('a "b"\nc', "β\ud800-thalassemia"), countries=("\ud800x",)
    )
    assert columns.select(Filters(conditions=("Beta Thalassemia",))).documents[0]
    assert columns.select(Filters(conditions=('"B" c',))).documents[0]
    assert not columns.select(Filters(conditions=("thal",))).documents[0]


def test_conditions_match_as_whole_words(tmp_path):
    """Words are found inside a longer condition, not inside a longer word or a neighbour's."""
    conditions = ["Rectal", "Cancer", "Colorectal Cancer", "Rectal Cancer", "Late Rectal Cancer II"]
    rows = [ColumnRow("trial", "NCT00000001", TrialFields(conditions=(c,))) for c in conditions]
    columns = write(tmp_path, [(row, ["Eligibility"]) for row in rows])
    for typed, found in [
        ("rectal cancer", [3, 4]),
        ("rectal", [0, 3, 4]),
        ("cancer", [1, 2, 3, 4]),
    ]:
        selection = columns.select(Filters(conditions=(typed,)))
        assert selection.documents.nonzero()[0].tolist() == found


WRITE = """
import sys, pathlib, numpy
from retrieval.index.columns import ColumnRow, write_columns
from retrieval.types import TrialFields
fields = TrialFields(conditions=tuple("bcadefgh"), phases=("PHASE2/PHASE3",))
write_columns(
    pathlib.Path(sys.argv[1]),
    [ColumnRow("trial", "NCT00000001", fields)],
    chunk_documents=numpy.zeros(3, numpy.int32),
    chunk_sections=["b", "a", "c"],
)
"""


def test_same_input_gives_the_same_bytes(tmp_path):
    """Files are byte-identical whatever order a process's sets have."""
    for seed in ("1", "2"):
        command = [sys.executable, "-c", WRITE, str(tmp_path / seed)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed})
    one, two = ({f.name: f.read_bytes() for f in (tmp_path / s).iterdir()} for s in ("1", "2"))
    assert one == two


def test_missing_or_cut_file_is_damage(tmp_path):
    """Every file of the columns is needed whole."""
    columns_of(tmp_path)
    for file in sorted(tmp_path.iterdir()):
        content = file.read_bytes()
        for wrong in (content[: len(content) // 2], b""):
            file.write_bytes(wrong)
            with pytest.raises(IndexDamaged, match="columns"):
                Columns.open(tmp_path)
        file.write_bytes(content)
    assert Columns.open(tmp_path).select(Filters()).everything
