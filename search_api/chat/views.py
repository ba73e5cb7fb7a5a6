"""What the chat routes answer: OpenAI's shapes, with our citations beside them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from retrieval.answering.turns import Carried, Carry, Rewritten, Role
from retrieval.answering.types import Answer, Mode
from search_api.chat.schemas import MODEL
from search_api.chat.text import ChatText, Mark
from search_api.http.answer_views import AbstentionView, CitationView, TableView, abstention
from search_api.http.plan import PlanView
from search_api.http.views import NoteView


class UrlCitationView(BaseModel):
    """Where in `content` the mark stands (code points, end exclusive), and what it opens."""

    url: str
    title: str
    start_index: int
    end_index: int


class AnnotationView(BaseModel):
    """OpenAI's annotation, with our citation, which opens the exact text."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitationView
    citation: CitationView

    @classmethod
    def of(cls, mark: Mark) -> AnnotationView:
        source = mark.citation.source
        place = UrlCitationView(
            url=source.url, title=source.title, start_index=mark.start, end_index=mark.end
        )
        return cls(url_citation=place, citation=CitationView.of(mark.citation))


class CarriedView(BaseModel):
    """What a question took from an earlier message."""

    what: Carry
    text: str
    said_by: Role

    @classmethod
    def of(cls, carried: Carried) -> CarriedView:
        return cls(what=carried.what, text=carried.text, said_by=carried.said_by)


class EvidenceView(BaseModel):
    """What an answer rests on; in every chat answer, beside OpenAI's fields."""

    question: str = Field(description="The question that was answered, written out.")
    plan: PlanView | None = Field(
        description="How it was read and answered; null where no trial was asked about."
    )
    carried: tuple[CarriedView, ...] = Field(description="What it took from earlier messages.")
    abstained: AbstentionView | None
    citations: tuple[CitationView, ...] = Field(description="The numbers in the text, from 1.")
    tables: tuple[TableView, ...]
    notes: tuple[NoteView, ...]
    mode: Mode
    ignored: tuple[str, ...] = Field(description="What was sent and changed nothing.")
    snapshot: str

    @classmethod
    def of(
        cls, whole: Answer, text: ChatText, *, rewritten: Rewritten, ignored: tuple[str, ...]
    ) -> EvidenceView:
        return cls(
            question=rewritten.text,
            plan=PlanView.of(whole.plan),
            carried=tuple(map(CarriedView.of, rewritten.carried)),
            abstained=abstention(whole),
            citations=tuple(map(CitationView.of, text.citations)),
            tables=tuple(map(TableView.of, whole.tables)),
            notes=tuple(map(NoteView.model_validate, whole.notes)),
            mode=whole.mode,
            ignored=ignored,
            snapshot=whole.ranking.snapshot,
        )

    @classmethod
    def none(cls, question: str, *, ignored: tuple[str, ...], snapshot: str) -> EvidenceView:
        """Return what a reply rests on that needs no evidence: a greeting's, a chat's title."""
        return cls(
            question=question,
            plan=None,
            carried=(),
            abstained=None,
            citations=(),
            tables=(),
            notes=(),
            mode="extractive",
            ignored=ignored,
            snapshot=snapshot,
        )


class UsageView(BaseModel):
    """Zeros: what is quoted costs no tokens, and a writing model's are its endpoint's to count."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class MessageView(BaseModel):
    """The answer as a message that keeps its citations."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: tuple[AnnotationView, ...]
    citations: tuple[CitationView, ...]


class ChoiceView(BaseModel):
    """The one choice."""

    index: Literal[0] = 0
    message: MessageView
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class _Completion(BaseModel):
    id: str
    created: int = Field(description="Seconds since 1970.")
    model: str = MODEL


class ChatView(EvidenceView, _Completion):
    """A chat completion with its citations."""

    object: Literal["chat.completion"] = "chat.completion"
    choices: tuple[ChoiceView]
    usage: UsageView


class ChunkChoiceView(BaseModel):
    """A piece of the one choice."""

    index: Literal[0] = 0
    delta: dict[str, Any]
    logprobs: None = None
    finish_reason: Literal["stop"] | None = None


class ChunkView(_Completion):
    """A piece of a streamed completion."""

    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    choices: tuple[ChunkChoiceView, ...]
    usage: UsageView | None = None


class LastChunkView(EvidenceView, ChunkView):
    """The piece that ends the choice, with what the answer rests on."""


class BrokenView(BaseModel):
    """An error after the first piece; `error.message` is what the client library shows."""

    class Error(BaseModel):
        """OpenAI's shape of an error."""

        message: str
        type: str
        code: None = None
        param: None = None

    error: Error
    detail: str


class ModelView(BaseModel):
    """A model that can be asked."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = Field(0, description="Seconds since 1970; 0: the model has no date.")
    owned_by: str = "peptide-evidence-search"


class ModelsView(BaseModel):
    """The models that can be asked: one."""

    object: Literal["list"] = "list"
    data: tuple[ModelView, ...] = (ModelView(),)
