"""What `/v1/answer` answers: the answer's types in the shapes that users script against."""

from typing import Any, Self

from pydantic import BaseModel, Field

from retrieval.answering.types import (
    AbstentionReason,
    AbstentionType,
    Answer,
    Cell,
    Citation,
    Claim,
    Mode,
    Table,
)
from retrieval.question.types import Operation
from retrieval.types import Kind, Source, Voice
from search_api.dates import iso
from search_api.http.plan import PlanView
from search_api.http.schemas import FilterFields
from search_api.http.views import HitView, NoteView, UnderstoodView


class CitationView(BaseModel):
    """A quote and its place: `document.text[start:end] == quote`, in Unicode code points."""

    doc_id: str
    version: str
    start: int
    end: int
    quote: str
    path: str | None = Field(description="JSON path of the one record value that is quoted.")
    kind: Kind
    trial_id: str
    title: str
    url: str
    voice: Voice = Field(description="Whose words these are.")
    digest_model: str | None
    as_of: str | None = Field(description="yyyy-mm-dd: the state of the source.")

    @classmethod
    def of(cls, citation: Citation) -> Self:
        source, labels = citation.source, citation.labels
        return cls(
            doc_id=source.doc_id,
            version=source.version,
            start=citation.start,
            end=citation.end,
            quote=citation.quote,
            path=citation.path,
            kind=source.kind,
            trial_id=source.trial_id,
            title=source.title,
            url=source.url,
            voice=labels.voice,
            digest_model=labels.digest_model,
            as_of=iso(labels.as_of),
        )


class ClaimView(BaseModel):
    """A statement and what it rests on."""

    text: str
    citations: tuple[CitationView, ...]
    computed: bool = Field(description="It holds a number that was counted, not copied.")

    @classmethod
    def of(cls, claim: Claim) -> Self:
        return cls(
            text=claim.text,
            citations=tuple(map(CitationView.of, claim.citations)),
            computed=claim.computed,
        )


class CellView(BaseModel):
    """A value of a table; without a citation a heading, or computed from its row."""

    text: str
    citation: CitationView | None
    computed: bool

    @classmethod
    def of(cls, cell: Cell) -> Self:
        citation = CitationView.of(cell.citation) if cell.citation else None
        return cls(text=cell.text, citation=citation, computed=cell.computed)


class TableView(BaseModel):
    """Values side by side; every row has a cell for every column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[CellView, ...], ...]
    notes: tuple[CellView, ...]

    @classmethod
    def of(cls, table: Table) -> Self:
        return cls(
            title=table.title,
            columns=table.columns,
            rows=tuple(tuple(map(CellView.of, row)) for row in table.rows),
            notes=tuple(map(CellView.of, table.notes)),
        )


class AbstentionView(BaseModel):
    """Why there is no answer."""

    type: AbstentionType
    reason: AbstentionReason
    message: str


class RouteView(BaseModel):
    """How the question was answered, and why so."""

    route: Operation
    reason: str
    fields: tuple[str, ...]


class TrialView(BaseModel):
    """A trial of a list."""

    trial_id: str
    doc_id: str
    title: str
    url: str

    @classmethod
    def of(cls, source: Source) -> Self:
        return cls(
            trial_id=source.trial_id, doc_id=source.doc_id, title=source.title, url=source.url
        )


class AnswerView(BaseModel):
    """Cited claims, or a typed abstention with the cited fields that show the absence."""

    question: str
    abstained: AbstentionView | None
    claims: tuple[ClaimView, ...]
    text: str = Field(description="The claims with the numbers of their citations, from 1.")
    citations: tuple[CitationView, ...] = Field(description="What the numbers in `text` stand for.")
    passages: tuple[HitView, ...] = Field(
        description="Passages: first those that hold the claims' quotes, then the other hits."
    )
    tables: tuple[TableView, ...]
    count: int | None = Field(description="Of a count or list: all matching trials.")
    trials: tuple[TrialView, ...] = Field(description="Of a count or list: each of them.")
    route: RouteView
    plan: PlanView
    understood: UnderstoodView
    filters: FilterFields = Field(description="The filters in force: explicit and understood.")
    hidden_by_filters: int = Field(description="Documents that lack a filtered field.")
    notes: tuple[NoteView, ...]
    mode: Mode
    dropped: dict[str, int] = Field(
        description="Sentences of a model that did not stand up to their sources, by reason."
    )
    snapshot: str
    took_ms: float

    @classmethod
    def of(cls, answer: Answer, *, took_ms: float) -> Self:
        return cls(
            question=answer.question.text,
            abstained=abstention(answer),
            claims=tuple(map(ClaimView.of, answer.claims)),
            text=answer.text,
            citations=tuple(map(CitationView.of, answer.citations)),
            passages=tuple(map(HitView.of, answer.ranking.hits)),
            tables=tuple(map(TableView.of, answer.tables)),
            count=answer.count,
            trials=tuple(map(TrialView.of, answer.trials)),
            route=RouteView(
                route=answer.routed.route, reason=answer.routed.reason, fields=answer.routed.fields
            ),
            plan=PlanView.of(answer.plan),
            understood=UnderstoodView.of(answer.ranking.understood),
            filters=FilterFields.of(answer.ranking.filters),
            hidden_by_filters=answer.ranking.hidden_by_filters,
            notes=tuple(map(NoteView.model_validate, answer.notes)),
            mode=answer.mode,
            dropped=dict(answer.dropped),
            snapshot=answer.ranking.snapshot,
            took_ms=round(took_ms, 2),
        )


class DoneView(BaseModel):
    """The last event of a stream that told everything."""

    took_ms: float


def abstention(answer: Answer) -> AbstentionView | None:
    """Return why there is no answer, if there is none."""
    if answer.abstained is None:
        return None
    stated: dict[str, Any] = {
        name: getattr(answer.abstained, name) for name in ("type", "reason", "message")
    }
    return AbstentionView(**stated)
