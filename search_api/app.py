"""The ASGI application: routes over one searcher, opened at start."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from search_api.faults import handle_errors
from search_api.gate import Gate, Opened, opener
from search_api.limits import BodyLimit
from search_api.page import page_router
from search_api.routes import router

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from retrieval.compounds import Ladder
    from retrieval.judging import Judging
    from retrieval.live import LiveIndex
    from retrieval.searcher import Searcher
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
    from retrieval.judging import Judging

    judging = Judging(settings.index_dir, log_queries=settings.query_log)
    return _app(Gate(opener(settings, warm=True)), judging)


def build_app(searcher: Searcher, live: LiveIndex, *, ladder: Ladder, judging: Judging) -> FastAPI:
    """Return the app over a searcher that is open; the app closes ``live`` when it stops."""
    return _app(Gate(lambda: Opened(searcher, live, ladder)), judging)


def _app(gate: Gate, judging: Judging) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(gate.warm)
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
    app.include_router(page_router(logged=judging.logs_queries))
    return app
