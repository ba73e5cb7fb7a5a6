"""Event streams: alive while something works, closed when nobody reads."""

from __future__ import annotations

import asyncio
import time
from threading import Event
from typing import TYPE_CHECKING

import pytest

from search_api.http.streaming import KEEPALIVE, EventStream, event, kept_alive
from search_api.http.views import AliveView
from tests.llm_server import said
from tests.llm_server import serving as model
from tests.search_api.test_serving import PATIENCE, connected, serving

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


class Working:
    """A generator's doings: it yields one event, then waits to be let on."""

    def __init__(self) -> None:
        self.let_on, self.closed = Event(), Event()

    def events(self) -> Generator[str, None, None]:
        try:
            yield "one"
            self.let_on.wait(PATIENCE)
            yield "two"
        finally:
            self.closed.set()


def test_an_event_is_one_line_of_data() -> None:
    """A line break in the data cannot end an event."""
    assert event(AliveView(), name="x") == 'event: x\ndata: {"status":"alive"}\n\n'


def test_a_pause_is_filled_with_comments() -> None:
    """While an event is awaited, comments keep the connection open; nothing is lost."""
    working = Working()

    async def read() -> list[str]:
        seen = []
        async for told in kept_alive(working.events(), seconds=0.01):
            seen.append(told)
            if seen[-2:] == [KEEPALIVE, KEEPALIVE]:
                working.let_on.set()
        return seen

    seen = asyncio.run(read())
    assert (seen[0], seen[1], seen[-1]) == ("one", KEEPALIVE, "two")
    assert working.closed.wait(PATIENCE)


def test_an_error_reaches_the_reader() -> None:
    """What the generator raises is raised, not waited for."""

    def events() -> Generator[str, None, None]:
        yield "one"
        raise RuntimeError

    async def read() -> None:
        async for _ in kept_alive(events()):
            pass

    with pytest.raises(RuntimeError):
        asyncio.run(read())


def test_whoever_leaves_closes_the_generator() -> None:
    """A client that leaves in the middle stops what works for it."""
    working, left = Working(), Event()

    async def visit() -> None:
        gone = asyncio.Event()

        async def receive() -> dict[str, str]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            if message.get("body"):
                gone.set()

        stream = EventStream(working.events(), left=left)
        await stream({"type": "http"}, receive, send)  # type: ignore[arg-type]
        assert left.is_set()
        working.let_on.set()
        while not working.closed.is_set():
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(visit(), PATIENCE))


def test_a_model_stops_when_the_client_leaves(bundled_index: Path) -> None:
    """The writing endpoint's connection is closed although nothing it says stands."""
    invented = "The moon is made of cheese. " * 400
    with (
        model(said(invented, pause=0.5)) as endpoint,
        serving(bundled_index, LLM_BASE_URL=endpoint.url) as address,
        connected(address) as client,
    ):
        body = {"question": "What is thymalfasin given for?", "stream": True}
        with client.stream("POST", "/v1/answer", json=body) as response:
            next(response.iter_lines())
            deadline = time.monotonic() + PATIENCE
            while not endpoint.asked and time.monotonic() < deadline:
                time.sleep(0.02)
        assert endpoint.left.wait(8)  # seconds; left alone it would go on for 24
