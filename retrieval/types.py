"""One frozen type per stage; a later stage contains the earlier one.

    record -> Document -> Chunk -> EmbeddedChunk          (building)
    question -> Query -> Hit(Passage) -> Ranking          (searching)

All offsets are Unicode code points into ``Document.text``; ends are exclusive. Dates are
integers ``yyyymmdd``; a date that names only a month or a year stands for its first day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

import numpy as np
import numpy.typing as npt

from retrieval.demands import Value
from retrieval.language.mention import CompoundMention
from retrieval.question.types import AS_READ, NamedBy, PlanEdit, Reading

# Shape (dimension,), or (n, dimension) for several; unit length.
Vector = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float32]  # shape (n,), higher is better

Kind = Literal["digest", "trial"]
# Fields of the schema with the values that a record states.
Stated = tuple[tuple[str, tuple[Value, ...]], ...]
Voice = Literal["registry", "llm_digest"]
Evidence = Literal["reported", "planned", "none"]
Layout = Literal["prose", "lines"]
Intent = Literal[
    "safety", "efficacy", "dose", "eligibility", "design", "status", "count", "list", "narrative"
]


@dataclass(frozen=True, slots=True)
class Section:
    """A named slice of a document's text; chunks never cross its borders.

    ``layout`` is ``lines`` where each line is one fact that must not be cut (an adverse
    event, an outcome, an arm). ``evidence`` says whether the section reports results,
    plans them, or neither.
    """

    name: str
    start: int
    end: int
    layout: Layout = "prose"
    evidence: Evidence = "none"


@dataclass(frozen=True, slots=True)
class PathSpan:
    """The JSON path of the record value that ``text[start:end]`` renders."""

    start: int
    end: int
    path: str


@dataclass(frozen=True, slots=True)
class TrialFields:
    """What the registry states about a trial, in the registry's own tokens.

    ``None`` and ``()`` mean that the record does not say. ``compounds`` are ids of the
    alias ladder (``retrieval/language/compounds.toml``). ``stated`` has, by name, the values
    of every field of the registry's schema that can be demanded (``question/fields.toml``).
    """

    compounds: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    condition_terms: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    status: str | None = None
    study_type: str | None = None
    has_results: bool | None = None
    countries: tuple[str, ...] = ()
    started: int | None = None
    completed: int | None = None
    updated: int | None = None
    enrollment: int | None = None
    sponsor: str | None = None
    acronym: str | None = None
    stated: Stated = ()


@dataclass(frozen=True, slots=True)
class PageFields:
    """Header, tags and footer of a digest's page: low trust, never embedded, never quoted."""

    compound: str | None = None
    header: str | None = None
    date: int | None = None
    registry: str | None = None
    tags: tuple[str, ...] = ()
    ingested: int | None = None
    model: str | None = None


def content_version(text: str) -> str:
    """Return the version of a text: ``sha256:`` and the hex digest of its UTF-8 bytes."""
    return f"sha256:{sha256(text.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Document:
    """A judged and cited text: a digest, or a trial record rendered to sections.

    ``doc_id`` is ``clinicaltrials:NCT…`` for a record and ``digest:clinicaltrials:NCT…``
    for a digest of it. ``trial_id`` is the NCT id (for another registry, the whole source
    id). ``title`` is shown with hits and embedded in every chunk's header.
    """

    doc_id: str
    kind: Kind
    trial_id: str
    title: str
    text: str
    sections: tuple[Section, ...]
    fields: TrialFields
    page: PageFields
    paths: tuple[PathSpan, ...]
    source_url: str

    @property
    def version(self) -> str:
        return content_version(self.text)

    @property
    def voice(self) -> Voice:
        return "registry" if self.kind == "trial" else "llm_digest"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A slice of one section: ``text == document.text[start:end]``."""

    chunk_id: str
    doc_id: str
    section: str
    start: int
    end: int
    text: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class EmbeddedChunk:
    """A chunk and its unit vector, shape ``(dimension,)``; lives between embedder and store."""

    chunk: Chunk
    vector: Vector


@dataclass(frozen=True, slots=True)
class Filters:
    """AND of the given fields, each a list meaning any of; empty means not filtered.

    A document that lacks a field does not match a filter on it. Values are the registry's
    tokens (``PHASE2``, ``RECRUITING``, ``INTERVENTIONAL``); ``compounds`` are ladder ids;
    ``conditions`` match as whole words inside a condition or its MeSH term. The ``from``
    and ``to`` dates are inclusive, and so are the numbers of people enrolled.
    """

    kind: tuple[Kind, ...] = ()
    trial_ids: tuple[str, ...] = ()
    compounds: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    study_types: tuple[str, ...] = ()
    has_results: bool | None = None
    countries: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    updated_from: int | None = None
    updated_to: int | None = None
    started_from: int | None = None
    started_to: int | None = None
    enrollment_from: int | None = None
    enrollment_to: int | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What a caller asks for. ``rerank=None`` leaves the choice to the searcher: it does not.

    ``plan`` overrides what is read of the text.
    """

    text: str
    filters: Filters = Filters()
    k: int = 10
    understand: bool = True
    rerank: bool | None = None
    plan: PlanEdit = AS_READ


@dataclass(frozen=True, slots=True)
class Understood:
    """What was read out of a query's words; explicit filters override ``filters``.

    ``excluded`` are compounds that look like a named one and are not it
    (thymosin beta 4 for thymosin alpha 1).
    """

    trial_ids: tuple[str, ...] = ()
    compounds: tuple[CompoundMention, ...] = ()
    excluded: tuple[str, ...] = ()
    filters: Filters = Filters()
    intent: Intent = "narrative"


@dataclass(frozen=True, slots=True)
class ArmScore:
    """Rank (from 1) and raw score (higher is better) of a chunk in one arm."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a hit stands where it stands; ``None`` means the arm did not return it."""

    lexical: ArmScore | None
    dense: ArmScore | None
    rerank: float | None
    aliases: tuple[str, ...]
    boosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """Whose words these are, and what kind of evidence. ``as_of`` is ``yyyymmdd``."""

    voice: Voice
    digest_model: str | None
    evidence: Evidence
    as_of: int | None
    has_results: bool | None

    @property
    def conflict(self) -> bool:
        """A digest and the registry disagree on whether there are results; the registry wins.

        The digest reports what the registry has not posted, or calls planned what it has.
        """
        states = {"reported": True, "planned": False}.get(self.evidence)
        if self.voice == "registry" or states is None or self.has_results is None:
            return False
        return states is not self.has_results


@dataclass(frozen=True, slots=True)
class Passage:
    """What is shown: neighbouring chunks of one section, merged. ``paths`` are JSON paths."""

    doc_id: str
    section: str
    start: int
    end: int
    text: str
    version: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """The document behind a hit, without its text."""

    doc_id: str
    kind: Kind
    trial_id: str
    title: str
    url: str
    version: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One trial's best passage; ``related`` are the best of the trial's other documents."""

    rank: int
    score: float
    source: Source
    passage: Passage
    labels: Labels
    explanation: Explanation
    related: tuple[Hit, ...] = ()


# What a note is about; decisions read this, people read the text.
NoteKind = Literal[
    "older_snapshot",  # the newest is unusable
    "filters_not_applied",
    "read_as",  # a misspelt name
    "subject",  # which trial was taken, where no words name it
    "neighbours",  # other trials stand beside the one that was asked for
    "trial_missing",
    "compound_missing",
    "unsaid",  # words that no document about the compound has
    "nothing_close",
    "rerank_not_applied",
    "absence",  # a part of the answer is not here
    "not_given",  # a field that a record does not state
    "dispute",  # a digest says otherwise than its record
    "apart",  # numbers of different trials are not added up
    "not_shown",  # more was found
    "named_otherwise",  # records that call it by another name
    "digests_alone",
    "for_the_reader",  # what is left to judge
    "model",  # what a language model wrote, and what was removed of it
]


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader would otherwise not expect, in a sentence."""

    kind: NoteKind
    text: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a search found a question to be about.

    ``named`` are the trials of its hits that the words name, in the order of their naming, ``by``
    which kind of name, as ``names`` are written; ``about`` those and the ones about a named
    compound. ``residual`` is what the question says beside those names. ``clear`` is the first
    hit's trial where it stands clear of the second, whose score is ``runner_up`` of its own (0..1).
    """

    named: tuple[str, ...]
    by: NamedBy
    names: tuple[str, ...]
    about: frozenset[str]
    residual: str
    clear: str
    runner_up: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer to a query: hits by rank, what was understood, and what filters hid.

    ``hidden_by_filters`` counts documents that lack a filtered field. ``notes`` tell what
    the searcher did that a reader would otherwise not expect.
    """

    query: Query
    reading: Reading
    subject: Resolved
    understood: Understood
    filters: Filters
    hits: tuple[Hit, ...]
    hidden_by_filters: int
    snapshot: str
    notes: tuple[Note, ...] = field(default=())
