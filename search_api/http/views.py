"""What the API answers: the core's types in the shapes that users script against."""

from dataclasses import asdict
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from retrieval.index.judging import GRADES, Feedback, Verdict
from retrieval.question.types import Plan
from retrieval.types import (
    Document,
    Evidence,
    Hit,
    Intent,
    Kind,
    Labels,
    NoteKind,
    PageFields,
    Ranking,
    TrialFields,
    Understood,
    Voice,
)
from search_api.dates import iso
from search_api.http.plan import PlanView
from search_api.http.schemas import FilterFields


class Mirror(BaseModel):
    """A view with the fields of one of the core's types, read from it by name."""

    model_config = ConfigDict(from_attributes=True)


class ErrorView(BaseModel):
    """The shape of every error."""

    error: str = Field(description="Class of the error, stable for programs.")
    detail: str = Field(description="What happened, with which values, and what to do.")


class AliveView(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class ReadyView(BaseModel):
    """The index is open and the models are warm."""

    status: Literal["ready", "degraded"]
    snapshot: str
    documents: int
    chunks: int
    degraded: str | None = Field(
        description="Why a newer snapshot is not served; null when all is well."
    )


class CompoundView(BaseModel):
    """A compound and the words of the query that named it."""

    id: str
    matched: str
    corrected: bool = Field(description="The words are only nearly a name of it.")


class UnderstoodView(BaseModel):
    """What was read out of the query's words; `filters` may be sent back as they are."""

    trial_ids: tuple[str, ...]
    compounds: tuple[CompoundView, ...]
    excluded: tuple[str, ...] = Field(
        description="Compounds that look like a named one and are not it."
    )
    filters: FilterFields
    intent: Intent

    @classmethod
    def of(cls, understood: Understood) -> Self:
        return cls(
            trial_ids=understood.trial_ids,
            compounds=tuple(
                CompoundView(
                    id=mention.compound_id, matched=mention.matched, corrected=mention.corrected
                )
                for mention in understood.compounds
            ),
            excluded=understood.excluded,
            filters=FilterFields.of(understood.filters),
            intent=understood.intent,
        )


class PassageView(Mirror):
    """A slice of the document: `document.text[start:end] == text`, in Unicode code points."""

    text: str
    start: int
    end: int
    version: str
    paths: tuple[str, ...] = Field(description="JSON paths into the record that it renders.")


class LabelsView(BaseModel):
    """Whose words these are, and what they can prove."""

    voice: Voice
    digest_model: str | None
    evidence: Evidence = Field(description="Results reported, only planned, or neither.")
    as_of: str | None = Field(description="yyyy-mm-dd: the state of the source.")
    has_results: bool | None = Field(description="Whether the registry has posted results.")
    conflict: bool = Field(
        description="A digest speaks of results where the registry has none posted; it wins."
    )

    @classmethod
    def of(cls, labels: Labels) -> Self:
        return cls(
            voice=labels.voice,
            digest_model=labels.digest_model,
            evidence=labels.evidence,
            as_of=iso(labels.as_of),
            has_results=labels.has_results,
            conflict=labels.conflict,
        )


class ArmView(Mirror):
    """Where one arm of the search had the passage."""

    rank: int
    score: float


class ExplanationView(Mirror):
    """Why the hit stands where it stands; null: that arm did not return it."""

    lexical: ArmView | None
    dense: ArmView | None
    rerank: float | None
    aliases: tuple[str, ...]
    boosts: tuple[str, ...]


class RelatedView(BaseModel):
    """A passage with its source, labels and explanation."""

    rank: int
    score: float
    doc_id: str
    kind: Kind
    trial_id: str
    title: str
    section: str
    url: str
    passage: PassageView
    labels: LabelsView
    explanation: ExplanationView

    @classmethod
    def of(cls, hit: Hit) -> Self:
        return cls(
            rank=hit.rank,
            score=hit.score,
            doc_id=hit.source.doc_id,
            kind=hit.source.kind,
            trial_id=hit.source.trial_id,
            title=hit.source.title,
            section=hit.passage.section,
            url=hit.source.url,
            passage=PassageView.model_validate(hit.passage),
            labels=LabelsView.of(hit.labels),
            explanation=ExplanationView.model_validate(hit.explanation),
        )


class HitView(RelatedView):
    """A trial's best passage, and the best of the trial's other documents."""

    related: tuple[RelatedView, ...] = ()

    @classmethod
    def of(cls, hit: Hit) -> Self:
        related = tuple(RelatedView.of(other) for other in hit.related)
        return cls(**dict(RelatedView.of(hit)), related=related)


class NoteView(Mirror):
    """What a reader would otherwise not expect; the kind is for programs."""

    kind: NoteKind
    text: str


class SearchView(BaseModel):
    """Hits by rank, one per trial."""

    query: str
    understood: UnderstoodView
    plan: PlanView | None = Field(description="How it would be answered; null at a flip.")
    filters: FilterFields = Field(description="The filters in force: explicit and understood.")
    hits: tuple[HitView, ...]
    hidden_by_filters: int = Field(description="Documents that lack a filtered field.")
    notes: tuple[NoteView, ...] = Field(description="What a reader would otherwise not expect.")
    snapshot: str
    took_ms: float

    @classmethod
    def of(cls, ranking: Ranking, plan: Plan | None, *, took_ms: float) -> Self:
        return cls(
            query=ranking.query.text,
            understood=UnderstoodView.of(ranking.understood),
            plan=PlanView.of(plan) if plan else None,
            filters=FilterFields.of(ranking.filters),
            hits=tuple(HitView.of(hit) for hit in ranking.hits),
            hidden_by_filters=ranking.hidden_by_filters,
            notes=tuple(map(NoteView.model_validate, ranking.notes)),
            snapshot=ranking.snapshot,
            took_ms=round(took_ms, 2),
        )


class FeedbackView(BaseModel):
    """A verdict that was stored; its `id` lets a later one replace it."""

    id: str
    stored: Literal[True] = True
    time: str
    verdict: Verdict
    grade: int = Field(description="What the verdict is worth as a judgement, 0 to 3.")
    doc_id: str
    trial_id: str
    section: str
    version: str
    quote: str = Field(description="The passage that was judged: `document.text[start:end]`.")
    snapshot: str

    @classmethod
    def of(cls, feedback: Feedback) -> Self:
        names = cls.model_fields.keys() - {"stored", "grade"}
        stated = {name: getattr(feedback, name) for name in names}
        return cls(**stated, grade=GRADES[feedback.verdict])


class SectionView(Mirror):
    """A named slice of the document's text."""

    name: str
    start: int
    end: int
    evidence: Evidence


class FieldsView(BaseModel):
    """What the registry states; null and [] mean that it does not say."""

    compounds: tuple[str, ...]
    conditions: tuple[str, ...]
    condition_terms: tuple[str, ...]
    interventions: tuple[str, ...]
    keywords: tuple[str, ...]
    phases: tuple[str, ...]
    status: str | None
    study_type: str | None
    has_results: bool | None
    countries: tuple[str, ...]
    started: str | None
    completed: str | None
    updated: str | None
    enrollment: int | None
    sponsor: str | None
    acronym: str | None
    stated: dict[str, tuple[str | int | bool, ...]] = Field(
        description="All else that can be demanded, by the names of `plan.demands`."
    )


class PageView(BaseModel):
    """Header, tags and footer of a digest's page: low trust, never searched, never quoted."""

    compound: str | None
    header: str | None
    date: str | None
    registry: str | None
    tags: tuple[str, ...]
    ingested: str | None
    model: str | None


class DocumentView(BaseModel):
    """A whole document, for opening a citation."""

    doc_id: str
    kind: Kind
    trial_id: str
    title: str
    text: str
    sections: tuple[SectionView, ...]
    fields: FieldsView
    page: PageView
    url: str
    version: str

    @classmethod
    def of(cls, document: Document) -> Self:
        return cls(
            doc_id=document.doc_id,
            kind=document.kind,
            trial_id=document.trial_id,
            title=document.title,
            text=document.text,
            sections=tuple(map(SectionView.model_validate, document.sections)),
            fields=FieldsView(
                **_plain(document.fields, days=("started", "completed", "updated"))
                | {"stated": dict(document.fields.stated)}
            ),
            page=PageView(**_plain(document.page, days=("date", "ingested"))),
            url=document.source_url,
            version=document.version,
        )


def _plain(fields: TrialFields | PageFields, *, days: tuple[str, ...]) -> dict[str, Any]:
    return asdict(fields) | {name: iso(getattr(fields, name)) for name in days}
