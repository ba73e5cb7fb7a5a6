"""Judging files keep every letter, and tell what a person has written wrong."""

from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.judging.judging_file import COLUMNS, JudgingFileError, JudgingRow, read_rows, write_rows
from retrieval.types import Filters

FORMS = ("file.jsonl", "file.tsv")
WORDS = st.text(st.characters(exclude_categories=["Cs"]))
ASKED = WORDS.filter(str.strip)
GRADES = st.none() | st.integers(0, 3)


def row(**changes):
    values = {
        "grade": None,
        "query": "made-up fever",
        "text": "invented words",
        "verdict_grade": 3,
        "verdicts": ("relevant", "relevant"),
        "comments": ("fits",),
        "title": "Made-up trial",
        "section": "Summary",
        "kind": "trial",
        "filters": Filters(),
        "query_id": "q012345678901",
        "doc_id": "clinicaltrials:NCT90000001",
        "start": 3,
        "end": 17,
        "version": "sha256:" + "0" * 64,
    }
    return JudgingRow(**values | changes)


ROWS = st.builds(
    row,
    grade=GRADES,
    query=ASKED,
    text=WORDS | st.sampled_from(["=1", "-5", "'q'", "\ttab", "+", "@", '"', "a\r\nb", "a\rb"]),
    verdict_grade=GRADES,
    comments=st.lists(WORDS, max_size=2).map(tuple),
    title=WORDS,
    filters=st.builds(
        Filters,
        phases=st.lists(WORDS, max_size=2).map(tuple),
        has_results=st.none() | st.booleans(),
        started_to=st.none() | st.just(20240131),
    ),
)


@pytest.mark.parametrize("name", FORMS)
@given(rows=st.lists(ROWS, max_size=4))
def test_rows_come_back_as_they_were_written(tmp_path_factory, name, rows):
    """In both forms, whatever letters they hold."""
    path = tmp_path_factory.mktemp("judging") / name
    write_rows(path, rows)
    assert read_rows(path) == tuple(rows)


@given(text=WORDS)
def test_a_spreadsheet_computes_no_cell(tmp_path_factory, text):
    """A cell that would be a formula begins with an apostrophe."""
    path = tmp_path_factory.mktemp("judging") / "file.tsv"
    write_rows(path, [row(text=text, query=f"={text}", title=f"@{text}")])
    with path.open(encoding="utf-8", newline="") as file:
        (cells,) = csv.DictReader(file, dialect=csv.excel_tab)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells.values())


def test_the_grade_stands_first_and_empty(tmp_path):
    """What is to be filled in is the first thing on a line; no rank and no score is told."""
    write_rows(tmp_path / "file.jsonl", [row()])
    line = json.loads((tmp_path / "file.jsonl").read_text())
    assert next(iter(line.items())) == ("grade", None)
    assert tuple(line) == COLUMNS
    assert not {"rank", "score"} & line.keys()


@pytest.mark.parametrize("grade", ["4", "-1", "good", "1.5"])
@pytest.mark.parametrize("name", FORMS)
def test_an_impossible_grade_is_told_with_its_place(tmp_path, name, grade):
    """The error names the file, the row and the column."""
    path = tmp_path / name
    write_rows(path, [row(), row(grade=3, text="third\nline")])
    # The grade opens the row in both forms.
    begin, end = ('{"grade": ', ", ") if name.endswith("jsonl") else ("\n", "\tmade-up")
    shown = json.dumps(grade) if name.endswith("jsonl") else grade
    text = path.read_text().replace(f"{begin}3{end}", f"{begin}{shown}{end}", 1)
    path.write_text(text)
    with pytest.raises(JudgingFileError, match=rf"{name} (line|row) 2: grade: "):
        read_rows(path)


def test_a_spreadsheets_own_ways_are_understood(tmp_path):
    """A byte order mark, Windows line ends, a column of notes and `3.0` do no harm."""
    path = tmp_path / "file.tsv"
    write_rows(path, [row(grade=3)])
    head, line = path.read_text().split("\n")[:2]
    line = line.replace("3\t", "3.0\t", 1)
    path.write_bytes(f"\ufeff{head}\tnotes\r\n{line}\tmine\r\n".encode())
    assert read_rows(path) == (row(grade=3),)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("file.csv", "", "ends in"),
        ("file.jsonl", "{broken", "line 1 is no JSON"),
        ("file.jsonl", "[]", "line 1"),
        ("file.jsonl", '{"grade": 3}', "query: Field required"),
        ("file.tsv", "grade\tquery\n3\tfever\n", "text: Field required"),
        ("file.tsv", b"\xff\xfe", "cannot be read"),
    ],
)
def test_what_is_no_judging_file_is_refused(tmp_path, name, content, told):
    """The error says what is wrong with it."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(JudgingFileError, match=told):
        read_rows(path)
