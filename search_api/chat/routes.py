"""`POST /v1/chat/completions` and `GET /v1/models`: answers for clients of the OpenAI API."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event
from time import time
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Body, Path

from retrieval.answering.conversation import standalone
from retrieval.answering.turns import Rewritten
from retrieval.answering.types import Answer, Claim
from search_api.chat import examples as chat_examples
from search_api.chat.housekeeping import housekeeping
from search_api.chat.schemas import MODEL, ChatBody
from search_api.chat.text import ChatText
from search_api.chat.views import (
    AnnotationView,
    BrokenView,
    ChatView,
    ChoiceView,
    ChunkChoiceView,
    ChunkView,
    EvidenceView,
    LastChunkView,
    MessageView,
    ModelsView,
    ModelView,
    UsageView,
)
from search_api.gate import Opened
from search_api.http import examples
from search_api.http.answer_routes import Steps, begun
from search_api.http.faults import UnknownModel
from search_api.http.routes import GateOf, JudgingOf
from search_api.http.streaming import Events, EventStream, event, fault_of

router = APIRouter()


@router.post(
    "/v1/chat/completions",
    tags=["chat"],
    summary="An answer in the shape of an OpenAI chat completion",
    response_model=ChatView,
    responses={
        200: chat_examples.COMPLETED,
        **examples.failures(400, 404, 413, 422, 503, more=chat_examples.ERRORS),
    },
)
def complete(
    body: Annotated[ChatBody, Body(openapi_examples=chat_examples.BODIES)],
    gate: GateOf,
    judging: JudgingOf,
) -> ChatView | EventStream:
    """Answer the last user message, as `POST /v1/answer` does, in one text with its citations.

    A follow-up ("and in the placebo arm?") is written out first: `question` and `carried` say
    how. System messages instruct nobody. Streamed, the last piece has `annotations` and
    `citations`; an error after the first piece is a piece with `error`.
    """
    turns = body.turns()
    opened, left = gate.opened(), Event()
    if reply := housekeeping(turns):
        return _plain(reply, body, opened, left=left)
    rewritten = standalone(turns, opened.ladder, knowing=opened.answerer.meant)
    question = body.to_question(rewritten.text, opened.ladder)
    first, steps = begun(opened, question, judging=judging, left=left)
    completion = Completion(rewritten, body.ignored)
    if body.stream:
        wants_usage = bool(body.stream_options and body.stream_options.include_usage)
        events = completion.events(first, steps, wants_usage=wants_usage)
        return EventStream(events, left=left)
    return completion.whole(first, steps)


def _plain(text: str, body: ChatBody, opened: Opened, *, left: Event) -> ChatView | EventStream:
    """Return a reply that needs no search."""
    completion = Completion(Rewritten(text), body.ignored)
    with opened.live.lease() as snapshot:
        evidence = EvidenceView.none(
            body.turns()[-1].text, ignored=body.ignored, snapshot=snapshot.manifest.name
        )
    if body.stream:
        return EventStream(completion.told(text, evidence), left=left)
    message = MessageView(content=text, annotations=(), citations=())
    return ChatView(
        **dict(evidence),
        id=completion.id,
        created=completion.created,
        choices=(ChoiceView(message=message),),
        usage=UsageView(),
    )


@router.get("/v1/models", tags=["chat"], summary="The models that can be asked: one")
def models() -> ModelsView:
    """List the one model; there is no choice of it, only of the endpoint that may write."""
    return ModelsView()


@router.get(
    "/v1/models/{model}",
    tags=["chat"],
    summary="One model",
    responses=examples.failures(404, 422, more=chat_examples.MODEL_ERRORS),
)
def model(model: Annotated[str, Path(examples=[MODEL])]) -> ModelView:
    """Return the model of this name."""
    if model != MODEL:
        raise UnknownModel(f"no model {model!r} here; there is {MODEL!r}")
    return ModelView()


@dataclass
class Completion:
    """One chat answer, written as its claims stand."""

    rewritten: Rewritten
    ignored: tuple[str, ...]
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid4().hex}")
    created: int = field(default_factory=lambda: int(time()))
    text: ChatText = field(default_factory=ChatText)
    answer: Answer | None = None

    def whole(self, first: Answer, steps: Steps) -> ChatView:
        """Return the completion."""
        content = "".join(self._pieces(first, steps)).rstrip()
        evidence = self._evidence()
        message = MessageView(
            content=content, annotations=self._annotations(), citations=evidence.citations
        )
        return ChatView(
            **dict(evidence),
            id=self.id,
            created=self.created,
            choices=(ChoiceView(message=message),),
            usage=UsageView(),
        )

    def events(self, first: Answer, steps: Steps, *, wants_usage: bool) -> Events:
        """Yield the completion as server-sent events, the role at once."""
        with closing(steps):
            yield self._chunk({"role": "assistant", "content": "", "refusal": None})
            try:
                for piece in self._pieces(first, steps):
                    yield self._chunk({"content": piece})
            except Exception as error:
                yield event(_broken(error))
                return
            yield self._last()
            if wants_usage:
                yield event(ChunkView(**self._heading(), choices=(), usage=UsageView()))
            yield event("[DONE]")

    def told(self, text: str, evidence: EvidenceView) -> Events:
        """Yield a text that is whole from the start as server-sent events."""
        yield self._chunk({"role": "assistant", "content": "", "refusal": None})
        yield self._chunk({"content": text})
        yield self._last_of(evidence, ())
        yield event("[DONE]")

    def _pieces(self, first: Answer, steps: Steps) -> Iterator[str]:
        yield from self.text.opening(first)
        for step in steps:
            if isinstance(step, Claim):
                yield from self.text.claim(step)
            else:
                self.answer = step
                yield from self.text.closing(step)

    def _heading(self) -> dict[str, Any]:
        return {"id": self.id, "created": self.created}

    def _chunk(self, delta: dict[str, Any]) -> str:
        return event(ChunkView(**self._heading(), choices=(ChunkChoiceView(delta=delta),)))

    def _last(self) -> str:
        return self._last_of(self._evidence(), self._annotations())

    def _last_of(self, evidence: EvidenceView, marks: tuple[AnnotationView, ...]) -> str:
        annotations = [one.model_dump(mode="json") for one in marks]
        citations = [one.model_dump(mode="json") for one in evidence.citations]
        delta = {"annotations": annotations, "citations": citations}
        choice = ChunkChoiceView(delta=delta, finish_reason="stop")
        return event(LastChunkView(**dict(evidence), **self._heading(), choices=(choice,)))

    def _evidence(self) -> EvidenceView:
        assert self.answer is not None  # noqa: S101 - the last step is the whole answer
        return EvidenceView.of(
            self.answer, self.text, rewritten=self.rewritten, ignored=self.ignored
        )

    def _annotations(self) -> tuple[AnnotationView, ...]:
        return tuple(map(AnnotationView.of, self.text.marks))


def _broken(error: Exception) -> BrokenView:
    fault = fault_of(error)
    told = BrokenView.Error(message=f"{fault.error}: {fault.detail}", type=fault.error)
    return BrokenView(error=told, detail=fault.detail)
