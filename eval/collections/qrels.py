"""Judgements (qrels): which document is how relevant to which query.

Two forms are read, and told apart by the number of columns of the first line:

| columns | form |
|---|---|
| 3 | BEIR: ``query-id corpus-id score``, with or without a header |
| 4 | TREC: ``query-id iteration doc-id grade``; the iteration is ignored |

Columns are separated by white space, so that no id holds any. A grade is a whole number: 0
is judged and not relevant, higher is better, and a negative one (TREC's spam, say) is kept
but gains nothing. A pair is judged once, and some grade must be positive, because without
one every measure is zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ir_measures import Qrel

from eval.lines import BadInput, numbered_lines

FORMS = {
    3: "query-id, corpus-id and a whole score",
    4: "query-id, iteration, doc-id and a whole grade",
}
# What the last column of a first line is called when the line is a header.
HEADERS = {"score", "grade", "rel", "relevance", "label"}


class QrelsError(BadInput):
    """A file of judgements is missing, malformed, empty, or judges a pair twice."""


def read_qrels(path: Path) -> tuple[Qrel, ...]:
    """Read the judgements of a file in their order, or raise `QrelsError` that names the line."""
    qrels = tuple(_once(_qrels(path), path))
    if not qrels:
        raise QrelsError(f"{path} holds no judgement")
    if all(qrel.relevance <= 0 for _, qrel in qrels):
        raise QrelsError(
            f"{path} judges no document relevant: all {len(qrels)} grades are 0 or less, "
            "and every measure would be 0"
        )
    return tuple(qrel for _, qrel in qrels)


def _qrels(path: Path) -> Iterator[tuple[int, Qrel]]:
    form = 0
    for number, line in numbered_lines(path, QrelsError):
        columns = line.split()
        if not form and columns[-1].lower() in HEADERS:
            form = len(columns)
            continue
        form = form or len(columns)
        yield number, _qrel(columns, form, f"{path} line {number}")


def _qrel(columns: list[str], form: int, place: str) -> Qrel:
    expected = FORMS.get(form, " or ".join(FORMS.values()))
    try:
        if form not in FORMS or len(columns) != form:
            raise ValueError
        return Qrel(columns[0], columns[-2], int(columns[-1]))
    except ValueError:
        shown = " ".join(columns)[:80]
        raise QrelsError(f"{place}: expected {expected}, not {shown!r}") from None


def _once(qrels: Iterator[tuple[int, Qrel]], path: Path) -> Iterator[tuple[int, Qrel]]:
    seen: dict[tuple[str, str], int] = {}
    for number, qrel in qrels:
        first = seen.setdefault((qrel.query_id, qrel.doc_id), number)
        if first != number:
            raise QrelsError(
                f"{path} line {number} judges {qrel.query_id} {qrel.doc_id} again; line {first} did"
            )
        yield number, qrel
