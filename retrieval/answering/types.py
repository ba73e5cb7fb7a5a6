"""What an answer is made of.

    Question -> Ranking -> Answer(Claim(Citation), Table(Cell), Abstention)

An answer holds nothing that is not cited: a claim's text is a quote, or words of ours around
values that its citations hold to the letter. What is computed (a count, a percentage) says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from retrieval.question.types import AS_READ, Operation, Plan, PlanEdit
from retrieval.types import Filters, Labels, Note, Ranking, Source

Mode = Literal["extractive", "llm"]
AbstentionType = Literal[
    "no_match", "no_results_posted", "planned_not_reported", "out_of_scope", "conflict"
]
# The finer reason within a type, for programs.
AbstentionReason = Literal[
    "trial_not_here",
    "compound_not_here",
    "nothing_close",
    "not_given",  # the registry's record does not state the field
    "results_not_posted",
    "events_not_posted",  # results are posted, adverse events are not among them
    "planned_only",
    "medical_advice",
    "sources_disagree",
    "nothing_matches",  # a list that is empty
    "not_countable",  # a word of the question is in no record's names
]

NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants answered. ``k`` is how many trials are looked at.

    ``plan`` overrides what is read of the text.
    """

    text: str
    filters: Filters = NO_FILTERS
    k: int = 8
    plan: PlanEdit = AS_READ


@dataclass(frozen=True, slots=True)
class Routed:
    """How a question is answered, and why so. ``fields`` are asked for, by ``fields.toml``.

    ``reads`` says that the lines of the whole record are read for what is asked.
    """

    route: Operation
    reason: str
    fields: tuple[str, ...] = ()
    reads: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and its place: ``document(doc_id, version).text[start:end] == quote``.

    ``path`` is the JSON path of the record's value, where the quote renders exactly one.
    """

    source: Source
    labels: Labels
    start: int
    end: int
    quote: str
    path: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement and what it rests on; ``computed`` marks a number that no source holds."""

    text: str
    citations: tuple[Citation, ...]
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a table. Without a citation it is a heading, or ``computed`` from its row."""

    text: str
    citation: Citation | None = None
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Values side by side: every row has a cell for every column.

    ``notes`` say what a reader must know (time frame, threshold, how a percentage came about);
    each is a cell, so that what is copied is cited.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why there is no answer: a type for readers, a finer reason, and words."""

    type: AbstentionType
    reason: AbstentionReason
    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or an abstention whose claims are the cited fields that show the absence.

    ``count`` and ``trials`` are of counts and lists: all matching trials, never the first k.
    ``dropped`` tells what a model wrote and the verifier
    removed, by reason.
    """

    question: Question
    routed: Routed
    plan: Plan
    claims: tuple[Claim, ...]
    abstained: Abstention | None
    ranking: Ranking
    tables: tuple[Table, ...] = ()
    count: int | None = None
    trials: tuple[Source, ...] = ()
    notes: tuple[Note, ...] = ()
    mode: Mode = "extractive"
    dropped: tuple[tuple[str, int], ...] = ()

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations of the claims, each once, in the order of their numbers from 1."""
        return tuple(dict.fromkeys(cited for claim in self.claims for cited in claim.citations))

    @property
    def text(self) -> str:
        """The answer as it is read: each claim with the numbers of its citations."""
        numbers = {citation: at for at, citation in enumerate(self.citations, start=1)}
        lines = [self.abstained.message] if self.abstained else []
        for claim in self.claims:
            marks = " ".join(f"[{numbers[cited]}]" for cited in claim.citations)
            lines.append(f"{claim.text} {marks}".rstrip())
        return "\n".join(lines)
