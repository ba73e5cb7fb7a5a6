"""An answer as one text for a chat: claims with numbers, tables in Markdown, notes, sources.

Written piece by piece, so that a claim can leave as soon as it stands; each mark's place is
kept, in code points of the whole text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.answering.types import Answer, Cell, Citation, Claim, Table
from retrieval.types import Hit, Note
from search_api.dates import iso

ROWS = 25  # of a table; all of them are in `tables`
COMPUTED = "†"
DIGEST = "LLM digest"
LEGEND = f"{COMPUTED} computed from the records, not quoted from them."
# A document's Markdown or HTML must not load an image or draw a link in the reader's client.
_ACTIVE = re.compile(r"(?<=\])(?=\()|(?=<[A-Za-z/!?])|(?<=!)(?=\[)")


@dataclass(frozen=True, slots=True)
class Mark:
    """A citation's mark in the text: ``text[start:end]`` is ``[number]``."""

    citation: Citation
    number: int
    start: int
    end: int


class ChatText:
    """The text as it grows, and its marks; one per answer."""

    def __init__(self) -> None:
        self._claims: list[Claim] = []
        self._abstained = False
        self._numbers: dict[Citation, int] = {}
        self._length = 0
        self.marks: list[Mark] = []

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the numbers stand for, from 1."""
        return tuple(self._numbers)

    def opening(self, first: Answer) -> Iterator[str]:
        """Write what is known before any claim: an abstention's words."""
        if first.abstained:
            self._abstained = True
            yield from self._written(f"{_inert(first.abstained.message)}\n\n")

    def claim(self, claim: Claim) -> Iterator[str]:
        """Write a claim with the numbers of its citations."""
        self._claims.append(claim)
        mark = f" {COMPUTED}" if claim.computed else ""
        whose = f" ({DIGEST})" if is_of_digests(claim) else ""
        yield from self._written(f"{_inert(claim.text)}{mark}{whose}")
        for cited in claim.citations:
            number = self._numbers.setdefault(cited, len(self._numbers) + 1)
            start = self._length + 1
            yield from self._written(f" [{number}]")
            self.marks.append(Mark(cited, number, start, self._length))
        yield from self._written("\n\n")

    def closing(self, whole: Answer) -> Iterator[str]:
        """Write the rest of the whole answer: claims that were not told yet, tables, sources."""
        if not self._abstained:
            yield from self.opening(whole)
        for claim in whole.claims:
            if claim not in self._claims:
                yield from self.claim(claim)
        for table in whole.tables:
            yield from self._written(f"{_table(table)}\n\n")
        if _has_computed(whole):
            yield from self._written(f"{LEGEND}\n\n")
        for note in notes_of(whole):
            yield from self._written(f"Note: {_inert(note.text)}\n\n")
        if self._numbers:
            yield from self._written(f"Sources\n\n{self._sources()}\n")

    def _written(self, piece: str) -> Iterator[str]:
        self._length += len(piece)
        yield piece

    def _sources(self) -> str:
        """List the cited documents, each once, with all the numbers that are of it."""
        numbers: defaultdict[str, list[int]] = defaultdict(list)
        for cited, number in self._numbers.items():
            numbers[cited.source.doc_id].append(number)
        firsts = {cited.source.doc_id: cited for cited in reversed(self._numbers)}
        rows = (
            f"- {' '.join(f'[{one}]' for one in of)} {_source(firsts[doc_id])}"
            for doc_id, of in numbers.items()
        )
        return "\n".join(rows)


def is_of_digests(claim: Claim) -> bool:
    """Tell whether a claim rests on a model's words only."""
    return bool(claim.citations) and all(
        cited.labels.voice == "llm_digest" for cited in claim.citations
    )


def notes_of(answer: Answer) -> tuple[Note, ...]:
    """Return the notes on what the answer itself shows.

    That neighbours are among the passages is left out where the answer is of no neighbour.
    """
    asked = {hit.source.trial_id for hit in answer.ranking.hits if _is_named(hit)}
    cells = [cell for table in answer.tables for row in (*table.rows, table.notes) for cell in row]
    cited = [*answer.citations, *(cell.citation for cell in cells if cell.citation)]
    shown = {one.source.trial_id for one in cited} | {one.trial_id for one in answer.trials}
    if not shown <= asked:
        return answer.notes
    return tuple(note for note in answer.notes if note.kind != "neighbours")


def _is_named(hit: Hit) -> bool:
    return "exact" in hit.explanation.boosts


def voice_of(citation: Citation) -> str:
    """Say whose words a citation is and of when."""
    labels = citation.labels
    whose = "registry record"
    if labels.voice == "llm_digest":
        whose = f"LLM digest by {labels.digest_model or 'an unnamed model'}"
    as_of = iso(labels.as_of)
    return f"{whose}, as of {as_of}" if as_of else whose


def _source(citation: Citation) -> str:
    source = citation.source
    title = _inert(source.title)
    return f"{source.trial_id}: {title} ({_inert(voice_of(citation))}) {source.url}"


def _has_computed(answer: Answer) -> bool:
    cells = [cell for table in answer.tables for row in table.rows[:ROWS] for cell in row]
    return any(claim.computed for claim in answer.claims) or any(cell.computed for cell in cells)


def _table(table: Table) -> str:
    rows = [" | ".join(map(_cell, row)) for row in table.rows[:ROWS]]
    head = " | ".join(map(_in_cell, table.columns))
    rule = " | ".join("---" for _ in table.columns)
    lines = [f"**{_inert(table.title)}**", "", *(f"| {row} |" for row in (head, rule, *rows))]
    if len(table.rows) > ROWS:
        lines += ["", f"{len(table.rows) - ROWS} more rows are in the response's `tables`."]
    lines += [f"\n{_cell(note)}" for note in table.notes]
    return "\n".join(lines)


def _cell(cell: Cell) -> str:
    text = _in_cell(cell.text)
    return f"{text} {COMPUTED}" if cell.computed and text else text


def _in_cell(text: str) -> str:
    return " ".join(_inert(text).replace("|", "\\|").split())


def _inert(text: str) -> str:
    """Return a text whose Markdown links, images and HTML are shown and not obeyed."""
    return _ACTIVE.sub(r"\\", text)
