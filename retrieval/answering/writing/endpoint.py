"""The only door to httpx: an OpenAI-compatible endpoint that writes, streamed.

What may go wrong is `EndpointFailed` or lasts no longer than its deadline; the key stands in
one header and in no message.
"""

from __future__ import annotations

import codecs
import json
import logging
import random
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from retrieval.errors import EndpointFailed

logger = logging.getLogger(__name__)

TRIES = 3
CONNECT_SECONDS = 5.0
MAX_RETRY_AFTER = 20.0  # seconds; a server that wants more is as good as down
MAX_BYTES = 4 << 20  # of one answer; a token is some four bytes and its frame some 300
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Message:
    """One message to the model."""

    role: Literal["system", "user"]
    text: str


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Where the model is and what it may cost.

    ``base_url`` ends where ``/chat/completions`` is added. ``timeout`` is in seconds and for
    everything: tries, pauses and the whole answer; a server that falls silent amid it is given
    up at most as long again later. ``backoff`` is the first pause, in seconds.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout: float = 60.0
    max_tokens: int = 512
    backoff: float = 0.5


class _TryAgain(Exception):
    """A failure before the first byte that may pass; ``after`` is what the server asks for."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


class Endpoint:
    """Streams what a model writes; safe to share between threads."""

    def __init__(self, settings: EndpointSettings) -> None:
        self._settings = settings
        self._client: httpx.Client | None = None
        self._lock = Lock()

    def write(self, messages: Sequence[Message]) -> Generator[str, None, None]:
        """Yield the pieces of the model's answer as they come.

        Closing the iterator closes the connection, so that the model stops. Raises
        `EndpointFailed`, also amid the answer.
        """
        deadline = time.monotonic() + self._settings.timeout
        for tried in range(1, TRIES + 1):
            try:
                yield from self._once(messages, deadline)
                return
            except _TryAgain as failure:
                pause = self._pause(failure, tried)
                if tried == TRIES or time.monotonic() + pause > deadline:
                    raise EndpointFailed(self._told(f"{failure} ({tried} tries)")) from None
                logger.info("the model's endpoint: %s; trying again in %.1f s", failure, pause)
                time.sleep(pause)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _opened(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(follow_redirects=False)
            return self._client

    def _once(self, messages: Sequence[Message], deadline: float) -> Iterator[str]:
        """Ask once; `_TryAgain` only before the first piece, since a piece cannot be unsaid."""
        begun = False
        try:
            with self._opened().stream(
                "POST",
                self._settings.base_url.rstrip("/") + "/chat/completions",
                content=json.dumps(self._body(messages)).encode(),
                headers=self._headers(),
                timeout=self._timeouts(deadline),
            ) as response:
                self._check(response)
                for piece in _pieces(response, deadline):
                    begun = True
                    yield piece
        except EndpointFailed as failure:
            raise EndpointFailed(self._told(str(failure))) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as error:
            why = f"{type(error).__name__}"
            if not begun and isinstance(error, httpx.ConnectError | httpx.RemoteProtocolError):
                raise _TryAgain(why) from None
            raise EndpointFailed(self._told(why)) from None

    def _body(self, messages: Sequence[Message]) -> dict[str, Any]:
        return {
            "model": self._settings.model,
            "messages": [{"role": one.role, "content": one.text} for one in messages],
            "stream": True,
            "max_tokens": self._settings.max_tokens,
            "temperature": 0,
        }

    def _headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream, application/json",
            # A compressed stream is held back until a block is full, and may unpack to anything.
            "Accept-Encoding": "identity",
        }
        if self._settings.api_key:
            headers["Authorization"] = f"Bearer {self._settings.api_key}"
        return headers

    def _timeouts(self, deadline: float) -> httpx.Timeout:
        left = max(deadline - time.monotonic(), 0.1)
        return httpx.Timeout(left, connect=min(CONNECT_SECONDS, left))

    def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in RETRIED:
            raise _TryAgain(f"status {status}", _retry_after(response.headers.get("retry-after")))
        if status != 200:
            raise EndpointFailed(f"status {status}{_hint(status)}")

    def _pause(self, failure: _TryAgain, tried: int) -> float:
        """Return seconds to wait: what the server asks for, or twice as long each time."""
        if failure.after is not None:
            return failure.after
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        return jitter * self._settings.backoff * float(2 ** (tried - 1))

    def _told(self, why: str) -> str:
        """Return a message that names the host, but no user, password or key."""
        url = urlsplit(self._settings.base_url)
        key = self._settings.api_key
        told = f"the model at {url.scheme}://{url.hostname} gave no answer: {why}"
        return told.replace(key, "***") if key else told


def _hint(status: int) -> str:
    if 300 <= status < 400:
        return "; redirects are not followed, check LLM_BASE_URL"
    return {401: "; check LLM_API_KEY", 403: "; check LLM_API_KEY", 404: "; check LLM_MODEL"}.get(
        status, ""
    )


def _retry_after(header: str | None) -> float | None:
    """Return the seconds of a Retry-After header, which may be a date; None if it is neither.

    More than `MAX_RETRY_AFTER` is returned as for ever: nobody waits so long for an answer.
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(seconds, 0.0) if seconds <= MAX_RETRY_AFTER else float("inf")


def _pieces(response: httpx.Response, deadline: float) -> Iterator[str]:
    """Yield the texts of a streamed answer, or the text of a whole one."""
    chunks = _bounded(response, deadline)
    if "json" in response.headers.get("content-type", ""):
        body = b"".join(chunks)
        yield from _text_of(_parsed(body.decode("utf-8", "replace")), "message")
        return
    ended = False
    for data in _events(chunks):
        if data == "[DONE]":
            ended = True
            break
        event = _parsed(data)
        ended = ended or _finished(event)
        yield from _text_of(event, "delta")
    if not ended:
        raise EndpointFailed("the stream broke off")


def _bounded(response: httpx.Response, deadline: float) -> Iterator[bytes]:
    """Yield the bytes of an answer until its deadline; a server that drips also ends there."""
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MAX_BYTES:
            raise EndpointFailed(f"more than {MAX_BYTES} bytes")
        if time.monotonic() > deadline:
            raise EndpointFailed("the time is up (LLM_TIMEOUT_SECONDS)")
        yield chunk


def _events(chunks: Iterator[bytes]) -> Iterator[str]:
    """Yield the data of server-sent events: the lines between two blank ones, joined."""
    data: list[str] = []
    for line in _lines(chunks):
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
    if data:
        yield "\n".join(data)


def _lines(chunks: Iterator[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    held = ""
    for chunk in chunks:
        *lines, held = (held + decoder.decode(chunk)).split("\n")
        yield from (line.removesuffix("\r") for line in lines)
    yield held.removesuffix("\r")


def _parsed(data: str) -> dict[str, Any]:
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        raise EndpointFailed("what it sent is no JSON") from None
    if not isinstance(event, dict):
        raise EndpointFailed("what it sent is no JSON object")
    if event.get("error"):
        raise EndpointFailed("it reported an error")
    return event


def _choice(event: dict[str, Any]) -> dict[str, Any]:
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    return first if isinstance(first, dict) else {}


def _finished(event: dict[str, Any]) -> bool:
    return bool(_choice(event).get("finish_reason"))


def _text_of(event: dict[str, Any], part: Literal["delta", "message"]) -> Iterator[str]:
    said = _choice(event).get(part)
    text = said.get("content") if isinstance(said, dict) else None
    if isinstance(text, str) and text:
        yield text
    elif part == "message":
        raise EndpointFailed("its answer has no text")
