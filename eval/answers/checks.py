"""One answer, checked: by the letter, by its numbers, and against what is known.

    quotes     document.text[start:end] is the quote, for every citation of claims and tables
    numbers    every number of a claim stands in one of its quotes, and every NCT id in a quote
               or among the cited trials; the first of a computed claim is the count, and that
               is the number of trials listed
    cells      a cited cell is a part of its quote
    computed   a computed percentage is that of the last affected/at risk before it in its row
    citations  those that share at least half with a place of grade 2 or more, of all
    recalled   places of grade 3 that a citation shares at least half with, of all

Two spans share at least half when their overlap is half of the shorter one: a citation may
quote a line where the value was judged, and the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from eval.answers.cases import Case, relevant, stands_in
from eval.golden.questions import JudgedSpan
from retrieval.answering.types import Answer, Cell, Citation, Claim, Table
from retrieval.index.rendered import pattern_of
from retrieval.types import Document

BEST = 3  # the grade of a place that answers by itself
OpenDocument = Callable[[str, str], Document]  # by doc_id and version
T = TypeVar("T")

_NUMBER = re.compile(r"NCT\d{8}|\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?", re.IGNORECASE)
# In one cell, or in two beside each other.
_OF = re.compile(r"(\d[\d,]*)\s*[/|]\s*(\d[\d,]*)(?![\w.%])")
_PERCENT = re.compile(r"(\d+(?:\.(\d+))?)\s*%")


@dataclass(frozen=True, slots=True)
class Tally:
    """``good`` of ``of``; adds up."""

    good: int = 0
    of: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.good + other.good, self.of + other.of)

    @property
    def share(self) -> float:
        return self.good / self.of if self.of else 1.0

    @property
    def whole(self) -> bool:
        return self.good == self.of


@dataclass(frozen=True, slots=True)
class Checked:
    """A case, its answer, and what the checks found; ``None`` where there is nothing to check.

    ``abstained`` is ``type/reason`` or empty. ``exact`` says whether the values stand in the
    claims and their places under the citations, ``listed`` whether count and trials are those
    of the case, ``answered`` whether a place of grade 3 is cited.
    """

    case: Case
    answer: Answer
    milliseconds: float
    abstained: str
    quotes: Tally
    numbers: Tally
    cells: Tally
    computed: Tally
    citations: Tally | None
    recalled: Tally | None
    exact: bool | None
    listed: bool | None
    problems: tuple[str, ...]

    @property
    def answered(self) -> bool | None:
        return None if self.recalled is None else self.recalled.good > 0

    @property
    def withheld(self) -> bool:
        """An abstention that leaves the reader without any place that answers."""
        helped = self.citations is not None and self.citations.good > 0
        return bool(self.abstained) and not helped


def check(case: Case, answer: Answer, document: OpenDocument, *, milliseconds: float) -> Checked:
    """Check an answer; ``document`` opens a document of the corpus in the cited version."""
    problems: list[str] = []
    quotes = _tally(_all_citations(answer), lambda one: _verbatim(one, document), problems, "quote")
    numbers = _tally(answer.claims, lambda one: _numbers_stand(one, answer), problems, "numbers")
    cited = (cell for table in answer.tables for cell in _cells(table) if cell.citation)
    cells = _tally(cited, _copied, problems, "cell")
    rows = (row for table in answer.tables for row in _percents(table))
    computed = _tally(rows, _recomputed, problems, "computed")
    exact = _exact(case, answer, document) if case.values else None
    listed = _listed(case, answer) if case.trials is not None else None
    abstained = answer.abstained
    return Checked(
        case=case,
        answer=answer,
        milliseconds=milliseconds,
        abstained=f"{abstained.type}/{abstained.reason}" if abstained else "",
        quotes=quotes,
        numbers=numbers,
        cells=cells,
        computed=computed,
        citations=_precise(case, answer),
        recalled=_recalled(case, answer),
        exact=exact,
        listed=listed,
        problems=tuple(problems),
    )


def numbers_of(text: str) -> set[str]:
    """Return the numbers and NCT ids of a text, without thousands separators."""
    return {match[0].replace(",", "").upper() for match in _NUMBER.finditer(text)}


def shares(citation: Citation, span: JudgedSpan) -> bool:
    """Tell whether a citation and a judged place overlap by half of the shorter one."""
    shared = min(citation.end, span.end) - max(citation.start, span.start)
    shorter = min(citation.end - citation.start, span.end - span.start)
    return citation.source.doc_id == span.doc_id and shared > 0 and 2 * shared >= shorter


def _tally(items: Iterable[T], good: Callable[[T], bool], problems: list[str], what: str) -> Tally:
    found = Tally()
    for item in items:
        right = good(item)
        found += Tally(int(right), 1)
        if not right:
            problems.append(f"{what}: {_shown(item)}")
    return found


def _shown(item: object) -> str:
    match item:
        case Citation():
            return f"{item.source.doc_id} [{item.start}:{item.end}] {item.quote[:200]!r}"
        case Claim():
            return f"{item.text[:200]!r} from {[one.quote[:200] for one in item.citations]}"
        case Cell():
            return (
                f"{item.text[:200]!r} from {item.citation.quote[:200] if item.citation else ''!r}"
            )
    return str(item)


def _all_citations(answer: Answer) -> Iterator[Citation]:
    yield from answer.citations
    cells = (cell for table in answer.tables for cell in _cells(table))
    yield from dict.fromkeys(cell.citation for cell in cells if cell.citation)


def _cells(table: Table) -> Iterator[Cell]:
    yield from (cell for row in table.rows for cell in row)
    yield from table.notes


def _verbatim(citation: Citation, document: OpenDocument) -> bool:
    opened = document(citation.source.doc_id, citation.source.version)
    if citation.path is not None and not _has_path(opened, citation):
        return False
    return bool(citation.quote) and opened.text[citation.start : citation.end] == citation.quote


def _has_path(document: Document, citation: Citation) -> bool:
    """Tell whether the cited path is one that the document renders where it is cited."""
    places = (span for span in document.paths if span.path == citation.path)
    return any(span.start < citation.end and citation.start < span.end for span in places)


def _numbers_stand(claim: Claim, answer: Answer) -> bool:
    if claim.computed:
        first = _NUMBER.search(claim.text)
        told = first[0].replace(",", "") if first else ""
        return told == str(answer.count) and answer.count == len(set(answer.trials))
    held = {cited.source.trial_id for cited in claim.citations}
    for cited in claim.citations:
        held |= numbers_of(cited.quote)
    return numbers_of(claim.text) <= held


def _copied(cell: Cell) -> bool:
    text, quote = (" ".join(one.split()) for one in (cell.text, _quote(cell)))
    return text in quote


def _quote(cell: Cell) -> str:
    return cell.citation.quote if cell.citation else ""


def _percents(table: Table) -> Iterator[tuple[str, str]]:
    """Yield each computed percentage with what stands before it in its row."""
    for row in table.rows:
        for at, cell in enumerate(row):
            if cell.computed and "%" in cell.text:
                yield cell.text, " | ".join(other.text for other in row[:at])


def _recomputed(row: tuple[str, str]) -> bool:
    """Tell whether a percentage is that of the last two numbers of its row before it."""
    told = _PERCENT.search(row[0])
    parts = _OF.findall(row[1])
    if told is None or not parts:
        return False
    affected, at_risk = (int(number.replace(",", "")) for number in parts[-1])
    decimals = len(told[2] or "")
    # Half of the last digit, and what a float loses.
    return at_risk > 0 and abs(100 * affected / at_risk - float(told[1])) <= 0.5001 / 10**decimals


def _exact(case: Case, answer: Answer, document: OpenDocument) -> bool:
    said = "\n".join(claim.text for claim in answer.claims)
    return all(stands_in(value, said) for value in case.values) and (
        not case.path or _cited_at(case, answer, document)
    )


def _cited_at(case: Case, answer: Answer, document: OpenDocument) -> bool:
    """Tell whether each distinct value at the path stands under a citation."""
    cited = [one for one in answer.citations if one.source.doc_id == case.doc_id]
    if not cited:
        return False
    opened = document(case.doc_id, cited[0].source.version)
    wanted: dict[str, bool] = {}
    for span in opened.paths:
        if pattern_of(span.path) == pattern_of(case.path) and _within(span.path, case.path):
            value = opened.text[span.start : span.end]
            held = any(one.start <= span.start and span.end <= one.end for one in cited)
            wanted[value] = wanted.get(value, False) or held
    return bool(wanted) and all(wanted.values())


def _within(path: str, pattern: str) -> bool:
    """Tell whether a path is one of a pattern's, whose own indices must be met."""
    return re.fullmatch(re.escape(pattern).replace(r"\[\*\]", r"\[\d+\]"), path) is not None


def _listed(case: Case, answer: Answer) -> bool:
    found = [source.trial_id for source in answer.trials]
    wanted = case.trials or frozenset()
    return len(found) == len(set(found)) == answer.count == len(wanted) and wanted == set(found)


def _precise(case: Case, answer: Answer) -> Tally | None:
    if not case.spans or not relevant(case):
        return None
    right = [any(shares(one, span) for span in relevant(case)) for one in answer.citations]
    return Tally(sum(right), len(right))


def _recalled(case: Case, answer: Answer) -> Tally | None:
    best = [span for span in case.spans if span.grade == BEST]
    if not best:
        return None
    return Tally(sum(any(shares(one, s) for one in answer.citations) for s in best), len(best))
