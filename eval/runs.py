"""Runs: what a system found for each query, best first, and their TREC files.

A line is ``query-id Q0 doc-id rank score tag``. One rule orders the documents of a query,
wherever a run is read, shown or measured:

    the higher score first; equal scores by the rank column; equal ranks by document id.

trec_eval ignores the rank column and breaks ties by document id, from the last to the first.
So that it agrees with us, what is written (and handed to ir_measures) has scores that fall
by one from rank to rank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from eval.lines import BadInput, numbered_lines

COLUMNS = "query-id, Q0, doc-id, rank, score and tag"


class RunError(BadInput):
    """A run file is missing, malformed or empty, or belongs to another collection."""


@dataclass(frozen=True, slots=True)
class Run:
    """Document ids per query id, best first; a query may be absent or have none."""

    tag: str
    rankings: Mapping[str, tuple[str, ...]]

    def of(self, query_id: str) -> tuple[str, ...]:
        """Return what was found for a query, which may be nothing."""
        return self.rankings.get(query_id, ())


@dataclass(frozen=True, slots=True, order=True)
class _Line:
    """A line of a run; the order of its fields is the order of documents."""

    falling_score: float
    rank: int
    doc_id: str


def read_run(path: Path) -> Run:
    """Read a run file, gzipped or not, or raise `RunError` that names the line."""
    found: dict[str, dict[str, _Line]] = {}
    tag = ""
    for number, text in numbered_lines(path, RunError):
        place = f"{path} line {number}"
        query_id, line, tag = _parsed(text, place)
        if line.doc_id in (lines := found.setdefault(query_id, {})):
            raise RunError(f"{place} ranks {line.doc_id} for query {query_id} again")
        lines[line.doc_id] = line
    if not found:
        raise RunError(f"{path} holds no line, so there is nothing to measure")
    return Run(
        tag,
        {
            query_id: tuple(line.doc_id for line in sorted(lines.values()))
            for query_id, lines in found.items()
        },
    )


def write_run(run: Run, path: Path) -> Path:
    """Write a run in TREC form, ranks from 1, scores falling by one; return the path.

    Queries for which nothing was found have no line. Raises `RunError` when the file
    cannot be written.
    """
    lines = (
        f"{query_id} Q0 {doc_id} {rank} {len(ranking) - rank + 1} {run.tag}\n"
        for query_id, ranking in run.rankings.items()
        for rank, doc_id in enumerate(ranking, start=1)
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise RunError(f"the run cannot be written to {path}: {error}") from error
    return path


def _parsed(text: str, place: str) -> tuple[str, _Line, str]:
    columns = text.split()
    try:
        query_id, _, doc_id, rank, score, tag = columns
        line = _Line(-float(score), int(rank), doc_id)
    except ValueError:
        raise RunError(
            f"{place}: expected {COLUMNS}, rank a whole number and score a number, "
            f"not {text.strip()[:80]!r}"
        ) from None
    if not isfinite(line.falling_score):
        raise RunError(f"{place}: the score {score} is not a finite number, so it has no order")
    return query_id, line, tag
