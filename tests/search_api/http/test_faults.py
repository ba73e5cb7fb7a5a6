"""Whatever a caller does wrong has one shape, a class and a message that helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.index.judging import Judging
from search_api.gate import Opened
from search_api.http.app import build_app
from search_api.http.limits import MAX_BODY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi.testclient import TestClient
    from httpx import Response

    from retrieval.language.compounds import Ladder

JSON = {"Content-Type": "application/json"}

BODIES = {
    "no query": ("{}", 422, "BadRequest", "query is missing"),
    "no body": ("", 422, "BadRequest", "body is missing"),
    "a list": ("[]", 422, "BadRequest", "JSON object"),
    "broken JSON": ('{"query":', 422, "BadRequest", "not JSON"),
    "not UTF-8": (b'{"query": "\xff"}', 400, "BadRequest", "body"),
    "deep nesting": ("[" * 100_000, 400, "BadRequest", "body"),
    "a number": ('{"query": 5}', 422, "BadRequest", "query"),
    "lone surrogate": (r'{"query": "\ud800"}', 422, "BadRequest", r"\ud800"),
    "surrogate in a name": (r'{"query": "a", "\ud800": 1}', 422, "BadRequest", r"\ud800"),
    "empty": ('{"query": ""}', 422, "EmptyQuery", "''"),
    "blank": ('{"query": " \\n"}', 422, "EmptyQuery", "no letter"),
    "punctuation": ('{"query": "?!…"}', 422, "EmptyQuery", "?!…"),
    "NUL only": (r'{"query": "\u0000"}', 422, "EmptyQuery", "no letter"),
    "k of 0": ('{"query": "a", "k": 0}', 422, "BadK", "k is 0; give a whole number from 1 to 100"),
    "k of 10000": ('{"query": "a", "k": 10000}', 422, "BadK", "10000"),
    "k of NaN": ('{"query": "a", "k": NaN}', 422, "BadK", "nan"),
    "k of 2.5": ('{"query": "a", "k": 2.5}', 422, "BadK", "2.5"),
    "unknown field": ('{"query": "a", "limit": 5}', 422, "BadRequest", "known: query"),
    "near field": ('{"query": "a", "filter": {}}', 422, "BadRequest", "did you mean 'filters'"),
    "a filter outside": ('{"query": "a", "phases": []}', 422, "BadRequest", "filters.phases"),
    "unknown filter": (
        '{"query": "a", "filters": {"phase": "PHASE2"}}',
        422,
        "BadFilter",
        "unknown filter 'phase'; did you mean 'phases'? known: kind,",
    ),
    "unknown phase": ('{"query": "a", "filters": {"phases": ["IX"]}}', 422, "BadFilter", "'IX'"),
    "unknown kind": ('{"query": "a", "filters": {"kind": "paper"}}', 422, "BadFilter", "'digest'"),
    "unknown compound": (
        '{"query": "a", "filters": {"compounds": ["no such drug"]}}',
        422,
        "BadFilter",
        "no such drug",
    ),
    "no date": (
        '{"query": "a", "filters": {"updated_from": "2024-13-45"}}',
        422,
        "BadFilter",
        "updated_from: '2024-13-45' is not a date",
    ),
    "backward range": (
        '{"query": "a", "filters": {"started_from": "2024", "started_to": "2023"}}',
        422,
        "BadFilter",
        "started_from 2024-01-01 is after started_to 2023-12-31",
    ),
    "long query": ('{"query": "' + "a" * 10_001 + '"}', 413, "QueryTooLong", "10,001"),
    "longer query": ('{"query": "' + "a" * 100_000 + '"}', 413, "QueryTooLong", "100,000"),
    "large body": ('{"query": "' + "a" * MAX_BODY + '"}', 413, "BodyTooLarge", "1,048,576"),
}

PLACES = {
    "unknown route": ("GET", "/v2/search", 404, "NotFound", "/v2/search"),
    "wrong method": ("DELETE", "/v1/search", 405, "MethodNotAllowed", "DELETE"),
    "no q": ("GET", "/v1/search", 422, "BadRequest", "q is missing"),
    "unknown parameter": ("GET", "/v1/search?q=a&phase=PHASE2", 422, "BadFilter", "'phases'"),
    "near parameter": ("GET", "/v1/search?q=a&understan=1", 422, "BadRequest", "'understand'"),
    "neither yes nor no": ("GET", "/v1/search?q=a&has_results=maybe", 422, "BadFilter", "maybe"),
    "k in words": ("GET", "/v1/search?q=a&k=ten", 422, "BadK", "'ten'"),
    "NUL in an id": ("GET", "/v1/documents/a%00b", 404, "DocumentNotFound", "a"),
    "bytes in an id": ("GET", "/v1/documents/%ff", 404, "DocumentNotFound", "\ufffd"),
}


def check(response: Response, *, status: int, error: str, words: str) -> None:
    body = response.json()
    assert (response.status_code, body["error"]) == (status, error), body
    assert set(body) == {"error", "detail"}
    assert words in body["detail"]
    assert len(body["detail"]) < 1_000


@pytest.mark.parametrize("case", BODIES)
def test_a_bad_body_is_told(client: TestClient, case: str) -> None:
    """Each bad body has its status, its class and a message with the value."""
    content, status, error, words = BODIES[case]
    response = client.post("/v1/search", content=content, headers=JSON)
    check(response, status=status, error=error, words=words)


@pytest.mark.parametrize("case", PLACES)
def test_a_bad_place_is_told(client: TestClient, case: str) -> None:
    """Routes, methods, parameters and ids fail in the same shape."""
    method, url, status, error, words = PLACES[case]
    check(client.request(method, url), status=status, error=error, words=words)


def test_a_body_that_is_no_json_by_its_type_is_told(client: TestClient) -> None:
    """A form post is answered with the content type to send."""
    response = client.post("/v1/search", data={"query": "a"})
    check(response, status=422, error="BadRequest", words="Content-Type: application/json")


def test_a_large_body_without_a_length_is_refused(client: TestClient) -> None:
    """The limit counts what arrives, whatever the header says."""

    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    response = client.post("/v1/search", content=chunks(), headers=JSON)
    check(response, status=413, error="BodyTooLarge", words="1,048,576")


def test_the_longest_query_passes(client: TestClient) -> None:
    """10,000 characters are a query, also as four bytes each."""
    assert client.post("/v1/search", json={"query": "𝒯" * 10_000}).status_code == 200


class Broken:
    """A searcher whose every call fails with something that callers must not see."""

    def search(self, _: object) -> None:
        raise RuntimeError("a secret of the inside")

    def close(self) -> None:
        """Nothing was opened."""


def test_an_internal_error_keeps_its_cause(
    client: TestClient, ladder: Ladder, tmp_path: Path
) -> None:
    """An unforeseen error is a 500 in our shape that tells nothing of the inside."""
    broken = Broken()
    judging = Judging(tmp_path, log_queries=False)
    opened = Opened(broken, broken, broken, ladder)  # type: ignore[arg-type]
    app = build_app(opened, judging=judging)
    with type(client)(app, raise_server_exceptions=False) as inner:
        response = inner.post("/v1/search", json={"query": "a"})
    check(response, status=500, error="InternalError", words="log")
    assert "secret" not in response.text


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FILTER_NAMES = st.sampled_from(["kind", "phases", "compounds", "has_results", "started_to", "x"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=ANYTHING,
    filters=ANYTHING | st.dictionaries(FILTER_NAMES, ANYTHING, max_size=3),
    k=ANYTHING,
)
def test_no_body_is_an_internal_error(
    client: TestClient, query: object, filters: object, k: object
) -> None:
    """Whatever JSON is sent, the answer is hits or an error of the caller's."""
    body = {"query": query, "filters": filters, "k": k}
    response = client.post("/v1/search", json=body)
    assert response.status_code in (200, 413, 422), response.text
