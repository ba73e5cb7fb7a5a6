"""What a question says, as values: one reading of its text, and the plan that comes of it.

    text -> Reading(Mention) -> Plan(Demand)

Offsets are Unicode code points into ``Reading.text``, ends exclusive. Dates are integers
``yyyymmdd``. Fields are those of ``fields.toml``, by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from retrieval.demands import Demand
from retrieval.language.mention import CompoundMention

Operation = Literal[
    "lookup",
    "count",
    "list",
    "safety",
    "results",
    "comparison",
    "eligibility",
    "statement",  # something is asserted: what bears on it?
    "advice",
    "narrative",
]
SubjectKind = Literal["one", "several", "all", "none"]
NamedBy = Literal["id", "title", "acronym", "study_id", "code", "first_hit", "state", "filter", ""]


# The filter of each field that a search can hide by.
FILTERS = {
    "kind": "kind",
    "phase": "phases",
    "status": "statuses",
    "study_type": "study_types",
    "has_results": "has_results",
    "countries": "countries",
    "last_update": "updated",
    "start_date": "started",
    "enrollment": "enrollment",
}


@dataclass(frozen=True, slots=True)
class ReadDemand:
    """A demand, the words that make it, and the rule that read them.

    ``sure`` says that a search may hide by it; a count takes every demand.
    """

    demand: Demand
    words: str
    start: int
    end: int
    sure: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A piece of a question that a rule understood; no word is in two of them."""

    start: int
    end: int
    kind: str
    rule: str
    demand: ReadDemand | None  # an id or a word of asking demands nothing


@dataclass(frozen=True, slots=True)
class Arranged:
    """How trials are asked to be arranged, and the words that say so, by offsets in the plain text.

    An ``order`` wants the one with the most of a field, or the least where ``ascending``; a
    ``group`` wants them counted by the values of it.
    """

    kind: Literal["order", "group"]
    field: str
    ascending: bool
    rule: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A question read once: every word of ``plain`` is in a mention or in ``left``.

    Mentions have offsets into ``plain``, demands into ``text``; all demands must hold. ``short``
    is false of a case history or an abstract, of which only ids and compounds are read.
    """

    text: str
    plain: str
    short: bool
    trial_ids: tuple[str, ...]
    compounds: tuple[CompoundMention, ...]
    mentions: tuple[Mention, ...]
    demands: tuple[ReadDemand, ...]
    left: tuple[str, ...]
    arranged: Arranged | None = None


@dataclass(frozen=True, slots=True)
class PlanSubject:
    """What a question is about in a snapshot, by which kind of name, and why that was taken."""

    kind: SubjectKind
    trial_ids: tuple[str, ...]
    named_by: NamedBy
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question is answered: returned with the answer, and may be sent back edited."""

    operation: Operation
    fields: tuple[str, ...]
    subject: PlanSubject
    demands: tuple[ReadDemand, ...]
    left: tuple[str, ...]
    confidence: float
    why: str


@dataclass(frozen=True, slots=True)
class PlanEdit:
    """What a caller puts in the place of what was read; ``None`` and no trials leave it."""

    operation: Operation | None = None
    fields: tuple[str, ...] | None = None
    trial_ids: tuple[str, ...] = ()
    demands: tuple[Demand, ...] | None = None


AS_READ = PlanEdit()
