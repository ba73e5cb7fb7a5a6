"""Server-sent events: what a generator yields in its thread, until its reader leaves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING, Any

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from retrieval.errors import PeptideSearchError
from search_api.http.views import ErrorView

if TYPE_CHECKING:
    from pydantic import BaseModel
    from starlette.types import Receive, Scope, Send

logger = logging.getLogger(__name__)

Events = Generator[str, None, None]

# Below the idle limit of common proxies (nginx: 60 s), so that a thinking model is not cut off.
KEEPALIVE_SECONDS = 10.0
KEEPALIVE = ": still at work\n\n"
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def event(data: BaseModel | str, *, name: str | None = None) -> str:
    """Write one event; JSON holds no line break, so that it is one ``data`` line."""
    text = data if isinstance(data, str) else data.model_dump_json()
    return f"event: {name}\ndata: {text}\n\n" if name else f"data: {text}\n\n"


def fault_of(error: Exception) -> ErrorView:
    """Tell an error after the first byte as it would be told before it."""
    if isinstance(error, PeptideSearchError):
        return ErrorView(error=type(error).__name__, detail=str(error))
    logger.error("a stream broke off", exc_info=error)
    return ErrorView(error="InternalError", detail="unexpected error; the server's log has it")


class EventStream(StreamingResponse):
    """A response of events; when its client leaves, the generator behind it is closed.

    ``left`` is set then, for what is at work in that generator and cannot be closed yet.
    """

    media_type = "text/event-stream"

    def __init__(self, events: Events, *, left: Event) -> None:
        self._left = left
        self._alive = kept_alive(events)
        super().__init__(self._alive, headers=_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; cancelled when the client leaves."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._left.set()
            await self._alive.aclose()


async def kept_alive(
    events: Events, *, seconds: float = KEEPALIVE_SECONDS
) -> AsyncGenerator[str, None]:
    """Yield the events, and a comment whenever none has come for some seconds."""
    step: asyncio.Future[str | None] = asyncio.ensure_future(_next(events))
    try:
        while True:
            done, _ = await asyncio.wait({step}, timeout=seconds)
            if not done:
                yield KEEPALIVE
                continue
            told = step.result()
            if told is None:
                return
            yield told
            step = asyncio.ensure_future(_next(events))
    finally:
        # What is at work in its thread cannot be closed before it yields.
        step.add_done_callback(lambda done: _closed(events, done))


async def _next(events: Iterator[str]) -> str | None:
    return await run_in_threadpool(next, events, None)


def _closed(events: Events, step: asyncio.Future[Any]) -> None:
    with closing(events):
        if not step.cancelled():
            step.exception()  # was told, or has nobody left to be told
