"""An OpenAI-compatible endpoint on loopback that says what it is told to say.

A true HTTP server with a socket: what is tested against it is what a remote would see.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from time import sleep
from typing import Any

DONE = "data: [DONE]\n\n"


@dataclass(frozen=True)
class Reply:
    """One answer: raw pieces of a body, each after ``pause`` seconds.

    ``broken`` ends the connection in the middle of the body.
    """

    pieces: Sequence[bytes] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/event-stream"})
    pause: float = 0.0
    broken: bool = False


def said(text: str, *, words: int = 3, **reply: Any) -> Reply:
    """Return the reply of a model that says a text, streamed a few words at a time."""
    parts = text.split(" ")
    pieces = [" ".join(parts[at : at + words]) for at in range(0, len(parts), words)]
    spaced = [piece if not at else f" {piece}" for at, piece in enumerate(pieces)]
    return Reply([*map(event, spaced), DONE.encode()], **reply)


def event(text: str) -> bytes:
    """Return a piece of a model's text as a server-sent event."""
    chunk = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


class LlmServer:
    """What the server was asked, and whether its client left in the middle of an answer.

    Replies are given in turn, the last one again and again.
    """

    def __init__(self, replies: Sequence[Reply]) -> None:
        self.replies = list(replies)
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.left = Event()
        self.url = ""

    @property
    def prompt(self) -> str:
        """All the text of the last request's messages."""
        return "\n".join(message["content"] for message in self.asked[-1]["messages"])


@contextmanager
def serving(*replies: Reply) -> Iterator[LlmServer]:
    """Serve replies on a free port of loopback until the block ends."""
    state = LlmServer(replies)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.asked.append(json.loads(body) | {"path": self.path})
            state.headers.append({name.lower(): value for name, value in self.headers.items()})
            reply = state.replies.pop(0) if len(state.replies) > 1 else state.replies[0]
            self._answer(reply)

        def _answer(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                for piece in reply.pieces:
                    sleep(reply.pause)
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                if not reply.broken:
                    self.wfile.write(b"0\r\n\r\n")
            except OSError:
                state.left.set()
            self.close_connection = reply.broken

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
