"""A bound on request bodies, kept before anything is parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from search_api.http.faults import BodyTooLarge, error_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 1 << 20  # bytes; the longest legal query with every filter is far below
# Bytes of a refused body that are still read, so that a client which sends first and reads
# later sees the 413 and not a reset connection.
MAX_DRAIN = 64 << 20


class BodyLimit:
    """ASGI middleware that answers 413 to a body over `MAX_BODY`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        messages, size = await _read(receive)
        if size > MAX_BODY:
            error = BodyTooLarge(f"the body is larger than {MAX_BODY:,} bytes; send less")
            await error_response(error)(scope, receive, send)
            return
        await self._app(scope, _replay(messages, receive), send)


async def _read(receive: Receive) -> tuple[list[Message], int]:
    """Read a body of at most `MAX_BODY` bytes; of a larger one, return only a size over it."""
    messages: list[Message] = []
    size, more = 0, True
    while more and size <= MAX_DRAIN:
        message = await receive()
        size += len(message.get("body", b""))
        if size <= MAX_BODY:
            messages.append(message)
        more = message["type"] == "http.request" and message.get("more_body", False)
    return messages, size


def _replay(messages: list[Message], receive: Receive) -> Receive:
    pending = iter(messages)

    async def replayed() -> Message:
        for message in pending:
            return message
        return await receive()

    return replayed
