"""The routes under `/v1`, and the two that a supervisor asks."""

from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Request

from retrieval.index.judging import Judging, LoggedQuery
from search_api.gate import Gate
from search_api.http import examples
from search_api.http.feedback import feedback_of
from search_api.http.schemas import FeedbackBody, SearchBody, SearchParameters
from search_api.http.views import AliveView, DocumentView, FeedbackView, ReadyView, SearchView

router = APIRouter()


async def gate_of(request: Request) -> Gate:
    """Return the app's gate; ``async``, so that it costs no thread."""
    gate: Gate = request.app.state.gate
    return gate


async def judging_of(request: Request) -> Judging:
    """Return the app's judging folder."""
    judging: Judging = request.app.state.judging
    return judging


GateOf = Annotated[Gate, Depends(gate_of)]
JudgingOf = Annotated[Judging, Depends(judging_of)]


@router.post(
    "/v1/search",
    tags=["search"],
    summary="Ranked passages, each cited to the character",
    responses={200: examples.answer(examples.SEARCH), **examples.failures(413, 422, 503)},
)
def search(
    body: Annotated[SearchBody, Body(openapi_examples=examples.BODIES)],
    gate: GateOf,
    judging: JudgingOf,
) -> SearchView:
    """Search; hits are one per trial, best first, labelled by voice and by kind of evidence."""
    return run(body, gate, judging)


@router.get(
    "/v1/search",
    tags=["search"],
    summary="The same by query string",
    responses={200: examples.answer(examples.SEARCH), **examples.failures(413, 422, 503)},
)
def search_by_url(
    parameters: Annotated[SearchParameters, Query()], gate: GateOf, judging: JudgingOf
) -> SearchView:
    """Search; a filter may be repeated, meaning any of: `?q=…&phases=PHASE2&phases=PHASE3`."""
    return run(parameters, gate, judging)


@router.get(
    "/v1/documents/{doc_id:path}",
    tags=["search"],
    summary="A whole document, for opening a citation",
    responses={
        200: examples.answer(examples.DOCUMENT),
        **examples.failures(404, 409, 422, 503),
    },
)
def document(
    doc_id: Annotated[str, Path(examples=[examples.TRIAL])],
    gate: GateOf,
    version: Annotated[
        str | None, Query(description="A citation's version; another one live is a 409.")
    ] = None,
) -> DocumentView:
    """Return a live document; `text[start:end]` of it is the text of each of its passages."""
    return DocumentView.of(gate.opened().searcher.document(doc_id, version=version))


@router.post(
    "/v1/feedback",
    tags=["search"],
    summary="A verdict on a passage",
    status_code=201,
    responses={
        201: examples.answer(examples.FEEDBACK),
        **examples.failures(404, 409, 413, 422, 503, more=examples.FEEDBACK_ERRORS),
    },
)
def feedback(
    body: Annotated[FeedbackBody, Body(openapi_examples=examples.FEEDBACK_BODIES)],
    gate: GateOf,
    judging: JudgingOf,
) -> FeedbackView:
    """Store whether a passage answers a question; `eval pool` makes judgements of verdicts."""
    verdict = feedback_of(body, gate.opened())
    judging.store(verdict)
    return FeedbackView.of(verdict)


@router.get("/healthz", tags=["health"], summary="The process is alive")
def alive() -> AliveView:
    """Answer always, also without an index."""
    return AliveView()


@router.get(
    "/readyz",
    tags=["health"],
    summary="The index is open and the models are warm",
    responses={200: examples.answer(examples.READY), **examples.failures(503)},
)
def ready(gate: GateOf) -> ReadyView:
    """Tell what is served; 503 with the reason, and what to do, while nothing can be."""
    state = gate.opened().live.state()
    refused = "; ".join(state.refused)
    return ReadyView(
        status="degraded" if refused else "ready",
        snapshot=state.snapshot,
        documents=state.documents,
        chunks=state.chunks,
        degraded=f"refused, so {state.snapshot} is served: {refused}" if refused else None,
    )


def run(asked: SearchBody | SearchParameters, gate: Gate, judging: Judging) -> SearchView:
    """Search, time it and log it; waiting for an index to open is not counted."""
    opened = gate.opened()
    start = perf_counter()
    ranking = opened.searcher.search(asked.to_query(opened.ladder))
    took_ms = (perf_counter() - start) * 1000
    judging.log(LoggedQuery.of(ranking, took_ms=took_ms))
    return SearchView.of(ranking, opened.answerer.plan(ranking), took_ms=took_ms)
