"""The ASGI application: routes over one searcher, opened at start."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.routing import Route

from search_api.chat.routes import router as chat
from search_api.gate import Gate, Opened, opener
from search_api.http.answer_routes import router as answers
from search_api.http.faults import handle_errors
from search_api.http.limits import BodyLimit
from search_api.http.routes import router
from search_api.page.serve import page_router

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from retrieval.index.judging import Judging
    from retrieval.settings import Settings

DESCRIPTION = """
Semantic search over digests of clinical trials and the registry records behind them.
Every hit cites the exact text (`document.text[start:end] == passage.text`, Unicode code
points) and says whose words it is and whether it reports results or only plans them.
Every error has the same shape: `{"error": "ClassName", "detail": "..."}`.
"""


def create_app(settings: Settings) -> FastAPI:
    """Return the app over the index that ``settings`` name.

    It starts without an index too, says so at `/readyz`, and takes one up when it appears.
    """
    from retrieval.index.judging import Judging

    judging = Judging(settings.index_dir, log_queries=settings.query_log)
    return _app(Gate(opener(settings, warm=True)), judging)


def build_app(opened: Opened, *, judging: Judging) -> FastAPI:
    """Return the app over an index that is open; the app closes it when it stops."""
    return _app(Gate(lambda: opened), judging)


def _app(gate: Gate, judging: Judging) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        from search_api.mcp.server import serving
        from search_api.mcp.tools import Toolbox

        await run_in_threadpool(gate.warm)
        async with serving(Toolbox(gate, judging)) as app.state.mcp:
            yield
        await run_in_threadpool(gate.close)

    app = FastAPI(
        title="Peptide Evidence Search",
        summary="Ranked, cited passages about peptides in clinical trials",
        description=DESCRIPTION,
        version=version("peptide-evidence-search"),
        lifespan=lifespan,
        # One schema for filters, sent or answered: what was understood can be sent back.
        separate_input_output_schemas=False,
    )
    app.state.gate = gate
    app.state.judging = judging
    app.add_middleware(BodyLimit)
    handle_errors(app)
    app.include_router(router)
    app.include_router(answers)
    app.include_router(chat)
    app.include_router(page_router(logged=judging.logs_queries))
    app.router.routes.append(Route("/mcp", endpoint=_Mcp(app), methods=["POST"]))
    return app


class _Mcp:
    """Hands requests to the MCP endpoint that the lifespan opened; not a route of OpenAPI."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app.state.mcp(scope, receive, send)
