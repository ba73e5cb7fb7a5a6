"""What an answer may draw on: one question's ranking, and the snapshot that it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from retrieval.answering.lines.ranking import Read, kinds_asked
from retrieval.answering.lines.terms import Terms
from retrieval.answering.types import Abstention, Citation, Claim, Question, Table
from retrieval.errors import IndexDamaged
from retrieval.index.rendered import Rendered
from retrieval.index.snapshot import Snapshot
from retrieval.language.compounds import Ladder
from retrieval.models.embedder import Embedder
from retrieval.models.line_ranker import LineRanker
from retrieval.models.reranker import Reranker
from retrieval.question.clauses import clauses_of
from retrieval.question.types import NamedBy
from retrieval.question.wording import plain
from retrieval.types import Document, Labels, Note, PathSpan, Ranking, Source

_QUOTES = re.compile('["“”„«»]')  # round a title that was taken out


@dataclass(frozen=True, slots=True)
class Draft:
    """What one route has to say; the answerer makes the answer of it."""

    claims: tuple[Claim, ...] = ()
    abstained: Abstention | None = None
    tables: tuple[Table, ...] = ()
    count: int | None = None
    trials: tuple[Source, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """One question's ranking with the texts behind it.

    ``named`` are the trials of this corpus that it is about, in the order of their naming, and
    ``named_by`` says by which kind of name. ``reads`` has each trial's lines as they were ranked.
    """

    question: Question
    ranking: Ranking
    named: tuple[str, ...]
    named_by: NamedBy
    snapshot: Snapshot
    ladder: Ladder
    embedder: Embedder
    reranker: Reranker | None
    line_ranker: LineRanker
    line_reader: Reranker | None
    terms: Terms
    reads: dict[str, Read] = field(default_factory=dict)
    _kinds: dict[str, Mapping[str, float]] = field(default_factory=dict)
    _documents: dict[str, Document] = field(default_factory=dict)
    _records: dict[str, Rendered | None] = field(default_factory=dict)

    @property
    def kinds_asked(self) -> Mapping[str, float]:
        """How likely each kind of a record's lines answers the question, adding up to 1."""
        return self._kinds_of(self.question.text)

    @cached_property
    def asked(self) -> tuple[tuple[str, Mapping[str, float]], ...]:
        """The question and each of its parts, if it asks for several things, with the kinds."""
        texts = (self.question.text, *clauses_of(self.question.text))
        return tuple((text, self._kinds_of(text)) for text in texts)

    def _kinds_of(self, text: str) -> Mapping[str, float]:
        if text not in self._kinds:
            self._kinds[text] = kinds_asked(self.line_ranker, text, self.embedder)
        return self._kinds[text]

    @cached_property
    def residual(self) -> str:
        """What the question says beside the trials it names, in plain form."""
        text = self.ranking.subject.residual
        return plain(" ".join(_QUOTES.sub(" ", text).split()), ())

    def document(self, doc_id: str) -> Document:
        """Return a document of the snapshot; read once per question."""
        if doc_id not in self._documents:
            document = self.snapshot.catalogue.document(doc_id)
            if document is None:
                raise IndexDamaged(f"{doc_id} has a card and no text in the same snapshot")
            self._documents[doc_id] = document
        return self._documents[doc_id]

    def record(self, trial_id: str) -> Rendered | None:
        """Return the registry's record of a trial, if the corpus has it."""
        if trial_id not in self._records:
            found = self._of(trial_id, registry=True)
            self._records[trial_id] = Rendered(found[0]) if found else None
        return self._records[trial_id]

    def posts(self, trial_id: str) -> bool:
        """Tell whether a trial's record has posted results here."""
        record = self.record(trial_id)
        sections = record.document.sections if record else ()
        return any(section.evidence == "reported" for section in sections)

    def digests(self, trial_id: str) -> list[Document]:
        """Return the digests of a trial."""
        return self._of(trial_id, registry=False)

    def source(self, doc_id: str) -> Source:
        """Return what is shown of a document."""
        return self.snapshot.cards[self.snapshot.ordinals[doc_id]].source

    def cite(self, document: Document, start: int, end: int, path: str | None = None) -> Citation:
        """Return the citation of a slice, with the one path it renders if there is one."""
        card = self.snapshot.cards[self.snapshot.ordinals[document.doc_id]]
        section = next((s for s in document.sections if s.start <= start < s.end), None)
        within = [p.path for p in document.paths if start <= p.start and p.end <= end]
        return Citation(
            source=card.source,
            labels=Labels(
                voice=document.voice,
                digest_model=card.digest_model,
                evidence=section.evidence if section else "none",
                as_of=card.as_of,
                has_results=self.snapshot.has_results(document.trial_id),
            ),
            start=start,
            end=end,
            quote=document.text[start:end],
            path=path or (within[0] if len(within) == 1 else None),
        )

    def cite_span(self, record: Rendered, span: PathSpan) -> Citation:
        """Return the citation of one value of a record."""
        return self.cite(record.document, span.start, span.end, span.path)

    def cite_lines(self, record: Rendered, spans: Sequence[PathSpan]) -> Citation:
        """Return the citation of the whole lines from the first to the last of some values."""
        start, end = record.line(spans[0])[0], record.line(spans[-1])[1]
        return self.cite(record.document, start, end)

    def _of(self, trial_id: str, *, registry: bool) -> list[Document]:
        ordinals = self.snapshot.trials.get(trial_id, [])
        cards = (self.snapshot.cards[ordinal].source for ordinal in ordinals)
        return [self.document(c.doc_id) for c in cards if (c.kind == "trial") is registry]
