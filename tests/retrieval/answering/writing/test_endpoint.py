"""The endpoint, held to a true server on loopback."""

from __future__ import annotations

import json
import logging
import socket
from contextlib import closing
from dataclasses import replace
from time import monotonic

import pytest

from retrieval.answering.writing.endpoint import Endpoint, EndpointSettings, Message
from retrieval.errors import EndpointFailed
from tests.llm_server import DONE, Reply, event, said, serving

ASKED = [Message("system", "made-up rules"), Message("user", "a made-up question")]
KEY = "made-up-key-1234"
JSON = {"Content-Type": "application/json"}


def settings(url, **changes):
    made = EndpointSettings(url, "made-up-model", api_key=KEY, timeout=20, backoff=0.01)
    return replace(made, **changes)


def written(url, **changes):
    with closing(Endpoint(settings(url, **changes))) as endpoint:
        return "".join(endpoint.write(ASKED))


def failure(url, **changes):
    with pytest.raises(EndpointFailed) as caught:
        written(url, **changes)
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_pieces_come_as_they_are_said():
    """A streamed answer is yielded piece by piece, and the request is the OpenAI shape."""
    with serving(said("one two three four", words=2)) as server:
        assert list(Endpoint(settings(server.url, max_tokens=77)).write(ASKED)) == [
            "one two",
            " three four",
        ]
    assert server.asked[0] == {
        "path": "/v1/chat/completions",
        "model": "made-up-model",
        "messages": [
            {"role": "system", "content": "made-up rules"},
            {"role": "user", "content": "a made-up question"},
        ],
        "stream": True,
        "max_tokens": 77,
        "temperature": 0,
    }
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_no_key_sends_no_authorization():
    """Without a key there is no such header: a local server may refuse an empty one."""
    with serving(said("yes")) as server:
        written(server.url, api_key="")
    assert "authorization" not in server.headers[0]


def test_an_answer_that_is_not_streamed_is_read():
    """Some servers ignore `stream` and answer with one JSON object."""
    body = json.dumps({"choices": [{"message": {"content": "all at once"}}]}).encode()
    with serving(Reply([body], headers=JSON)) as server:
        assert written(server.url) == "all at once"


def test_events_may_be_torn_anywhere():
    """Bytes that come one by one, CR line ends, comments and split characters change nothing."""
    body = b": hello\r\n" + event("caf\u00e9 \u03b1").replace(b"\n", b"\r\n") + DONE.encode()
    body = body.replace(b"\\u00e9", "\u00e9".encode())
    with serving(Reply([bytes([byte]) for byte in body])) as server:
        assert written(server.url) == "caf\u00e9 \u03b1"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply([b"data: {broken\n\n"]), "no JSON"),
        (Reply([b"data: [1]\n\n"]), "no JSON object"),
        (Reply([b'data: {"error": {"message": "made-up-key-1234"}}\n\n']), "reported an error"),
        (Reply([b"<html>"], headers=JSON), "no JSON"),
        (Reply([b"{}"], headers=JSON), "no text"),
        (Reply([event("half a")]), "broke off"),
        (Reply([event("half a")], broken=True), "RemoteProtocolError"),
        (Reply([], status=401), "LLM_API_KEY"),
        (Reply([], status=302, headers={"Location": "http://example.test/"}), "redirects"),
        (Reply([], status=503), "status 503"),
    ],
)
def test_what_makes_no_sense_is_one_error(reply, told):
    """Malformed, broken, refused or moved: `EndpointFailed`, without the key in its words."""
    with serving(reply) as server:
        assert told in failure(server.url)


def test_a_busy_server_is_asked_again():
    """A 429 and a 503 before the first byte are tried again, as long as `Retry-After` says."""
    busy = Reply([], status=429, headers={"Retry-After": "1"})
    with serving(busy, Reply([], status=503), said("at last")) as server:
        begun = monotonic()
        assert written(server.url) == "at last"
    assert len(server.asked) == 3
    assert monotonic() - begun >= 1


def test_a_server_that_wants_too_long_is_given_up():
    """An hour of `Retry-After` is not waited for."""
    with serving(Reply([], status=429, headers={"Retry-After": "3600"})) as server:
        assert "status 429 (1 tries)" in failure(server.url)


def test_nothing_is_asked_twice_once_it_has_begun():
    """What was said cannot be unsaid: a break amid the answer is an error, not another try."""
    with serving(Reply([event("half a")], broken=True)) as server:
        failure(server.url)
    assert len(server.asked) == 1


def test_nobody_there_is_one_error():
    """A port where nobody listens is tried three times, then told."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "ConnectError (3 tries)" in failure(f"http://127.0.0.1:{port}/v1")


def test_a_silent_server_is_given_up():
    """No byte within the time allowed is a failure."""
    with serving(said("late", pause=5.0)) as server:
        begun = monotonic()
        assert "Timeout" in failure(server.url, timeout=0.3)
    assert monotonic() - begun < 4


def test_a_dripping_server_is_given_up():
    """The time is for the whole answer, not for each byte of it."""
    with serving(said("word " * 200, words=1, pause=0.05)) as server:
        assert "time is up" in failure(server.url, timeout=0.5)


def test_an_endless_answer_is_given_up():
    """More bytes than any answer has are not read."""
    with serving(Reply([b": " + b"x" * (1 << 20) + b"\n"] * 8)) as server:
        assert "bytes" in failure(server.url)


def test_leaving_closes_the_connection():
    """Who stops reading stops the model: the server's next writes fail."""
    with serving(said("word " * 2_000, words=1, pause=0.005)) as server:
        pieces = Endpoint(settings(server.url)).write(ASKED)
        next(pieces)
        pieces.close()
        assert server.left.wait(timeout=10)


def test_the_key_is_in_no_log(caplog):
    """Neither our log nor httpx's holds the key, nor does the settings' repr."""
    caplog.set_level(logging.DEBUG)
    with serving(Reply([], status=503), said("yes")) as server:
        written(server.url)
        assert "trying again" in caplog.text
        assert KEY not in caplog.text
        assert KEY not in repr(settings(server.url))
