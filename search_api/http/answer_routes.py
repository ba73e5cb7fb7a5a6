"""`POST /v1/answer`: a whole answer, or its claims as they stand."""

from collections.abc import Generator
from contextlib import closing
from threading import Event
from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Body

from retrieval.answering.types import Answer, Claim, Question
from retrieval.index.judging import Judging, LoggedQuery
from search_api.gate import Opened
from search_api.http import answer_examples, examples
from search_api.http.answer_views import AnswerView, ClaimView, DoneView
from search_api.http.routes import GateOf, JudgingOf
from search_api.http.schemas import AnswerBody
from search_api.http.streaming import Events, EventStream, event, fault_of

router = APIRouter()

Steps = Generator[Answer | Claim, None, None]


@router.post(
    "/v1/answer",
    tags=["answer"],
    summary="Cited claims, or a typed abstention",
    response_model=AnswerView,
    responses={
        200: answer_examples.ANSWERED,
        **examples.failures(413, 422, 503, more=answer_examples.ERRORS),
    },
)
def answer(
    body: Annotated[AnswerBody, Body(openapi_examples=answer_examples.BODIES)],
    gate: GateOf,
    judging: JudgingOf,
) -> AnswerView | EventStream:
    """Answer in quotes and copied values; what is not there is said with the field that shows.

    With `stream`, server-sent events: `start` (the answer without its claims: passages, what was
    understood, how it is answered, tables), a `claim` each, `answer` (all of it), `done`. An
    error after the first event is an event `error` of the shape of all errors, and the last.
    """
    started = perf_counter()
    opened, left = gate.opened(), Event()
    question = body.to_question(opened.ladder)
    first, steps = begun(opened, question, judging=judging, left=left)
    if body.stream:
        return EventStream(_events(first, steps, started), left=left)
    *_, whole = steps
    return AnswerView.of(whole, took_ms=_milliseconds(started))  # type: ignore[arg-type]  # the last


def begun(
    opened: Opened, question: Question, *, judging: Judging, left: Event
) -> tuple[Answer, Steps]:
    """Search, log it, and return the answer without claims and what will follow it.

    A model that writes what follows stops when ``left`` is set.
    Raises what `Answerer.answer` raises; nothing of what follows is the caller's mistake.
    """
    started = perf_counter()
    steps = opened.answerer.stream(question, left=left.is_set)
    first: Answer = next(steps)  # type: ignore[assignment]  # the first is the answer's frame
    judging.log(LoggedQuery.of(first.ranking, took_ms=_milliseconds(started)))
    return first, steps


def _events(first: Answer, steps: Steps, started: float) -> Events:
    with closing(steps):
        yield event(AnswerView.of(first, took_ms=_milliseconds(started)), name="start")
        try:
            for step in steps:
                yield _told(step, started)
        except Exception as error:
            yield event(fault_of(error), name="error")
        else:
            yield event(DoneView(took_ms=_milliseconds(started)), name="done")


def _told(step: Answer | Claim, started: float) -> str:
    if isinstance(step, Claim):
        return event(ClaimView.of(step), name="claim")
    return event(AnswerView.of(step, took_ms=_milliseconds(started)), name="answer")


def _milliseconds(started: float) -> float:
    return (perf_counter() - started) * 1000
