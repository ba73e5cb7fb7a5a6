"""Judging files: passages to be graded by a person, as JSON lines or for a spreadsheet.

A row is one passage for one question. Whoever judges writes its ``grade`` and leaves the rest:
3 answers the question by itself, 2 answers a part of it, 1 is on the subject but no answer, 0
is wrong or of something else; null or an empty cell is not judged. ``verdicts`` are those of
readers, ``verdict_grade`` what they come to. Rows stand in the order of questions and
documents, never of ranks, so that nobody is led.

``.jsonl`` holds an object a line; ``.tsv`` a header and tab-separated cells, which any
spreadsheet reads and writes. Columns that somebody adds are passed over.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from eval.lines import BadInput, numbered_lines
from retrieval.index.judging import Verdict
from retrieval.types import Filters, Kind

Grade = Annotated[int, Field(ge=0, le=3)]
Words = Annotated[str, Field(pattern=r"\S")]
Id = Annotated[str, Field(pattern=r"^\S+$")]  # qrels have their columns between blanks

JSON_LINES, SPREADSHEET = ".jsonl", ".tsv"
# A spreadsheet computes a cell that begins so; an apostrophe before it keeps it a text.
COMPUTED = ("=", "+", "-", "@", "\t", "\r", "'")
NESTED = ("verdicts", "comments", "filters")  # JSON within a cell
MAX_CELL = 1 << 24  # characters; csv's own limit is below a long passage


class JudgingFileError(BadInput):
    """A judging file is missing, malformed, or of a form that is not known."""


@dataclass(frozen=True, slots=True)
class JudgingRow:
    """A passage to be judged; ``text`` is ``document.text[start:end]`` of that ``version``."""

    grade: Grade | None
    query: Words
    text: str
    verdict_grade: Grade | None
    verdicts: tuple[Verdict, ...]
    comments: tuple[str, ...]
    title: str
    section: str
    kind: Kind
    filters: Filters
    query_id: Id
    doc_id: Id
    start: Annotated[int, Field(ge=0)]
    end: int
    version: str


COLUMNS = tuple(field.name for field in fields(JudgingRow))
ROW = TypeAdapter(JudgingRow)


def check_form(path: Path) -> None:
    """Raise `JudgingFileError` for a name that tells no form."""
    if path.suffix not in (JSON_LINES, SPREADSHEET):
        raise JudgingFileError(
            f"{path}: a judging file ends in {JSON_LINES} (JSON lines) or {SPREADSHEET} "
            "(for a spreadsheet)"
        )


def read_rows(path: Path) -> tuple[JudgingRow, ...]:
    """Read a judging file, or raise `JudgingFileError` that names the row and the column."""
    check_form(path)
    rows = _cells(path) if path.suffix == SPREADSHEET else _objects(path)
    return tuple(_row(values, place) for place, values in rows)


def write_rows(path: Path, rows: Iterable[JudgingRow]) -> None:
    """Write a judging file in the form that its name tells, in the place of what was there."""
    check_form(path)
    written = (_shown(row) for row in rows)
    text = _table(written) if path.suffix == SPREADSHEET else _lines(written)
    replace_file(path, text)


def replace_file(path: Path, text: str) -> None:
    """Write a file as a whole, or leave it as it was and raise `JudgingFileError`."""
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(path)
    except OSError as error:
        raise JudgingFileError(f"{path} cannot be written: {error}") from error


def _shown(row: JudgingRow) -> dict[str, Any]:
    values: dict[str, Any] = ROW.dump_python(row, mode="json")
    given = ROW.dump_python(row, mode="json", exclude_defaults=True)
    return values | {"filters": given["filters"]}


def _lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _table(rows: Iterable[dict[str, Any]]) -> str:
    table = io.StringIO(newline="")
    # Its lines end in \r\n: csv quotes a cell with either only because they do.
    writer = csv.DictWriter(table, COLUMNS, dialect=csv.excel_tab)
    writer.writeheader()
    writer.writerows({name: _cell(name, row[name]) for name in COLUMNS} for row in rows)
    return table.getvalue()


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False) if name in NESTED else str(value)
    return f"'{text}" if text.startswith(COMPUTED) else text


def _value(name: str, cell: str | None) -> object:
    text = (cell or "").removeprefix("'")
    if name in ("grade", "verdict_grade"):
        return text.strip() or None
    return json.loads(text) if name in NESTED else text


def _objects(path: Path) -> Iterator[tuple[str, object]]:
    for number, line in numbered_lines(path, JudgingFileError):
        place = f"{path} line {number}"
        try:
            yield place, json.loads(line)
        except ValueError as error:
            raise JudgingFileError(f"{place} is no JSON: {error}") from error


def _cells(path: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    csv.field_size_limit(MAX_CELL)
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, dialect=csv.excel_tab)
            for number, row in enumerate(table, start=1):
                yield f"{path} row {number}", {n: _value(n, row[n]) for n in COLUMNS if n in row}
    except FileNotFoundError:
        raise JudgingFileError(f"{path} is missing") from None
    except (OSError, ValueError, csv.Error) as error:
        raise JudgingFileError(f"{path} cannot be read, at row {number}: {error}") from error


def _row(values: object, place: str) -> JudgingRow:
    try:
        return ROW.validate_python(values)
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'the row'}: {item['msg']}"
            for item in error.errors()
        )
        raise JudgingFileError(f"{place}: {told}") from None
