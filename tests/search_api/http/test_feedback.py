"""`POST /v1/feedback`, and the log of searches beside it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from retrieval.index.judging import FEEDBACK, FOLDER, GRADES, Judging, read_feedback, read_queries
from retrieval.settings import Settings
from retrieval.types import Filters
from search_api.gate import Opened
from search_api.http.app import build_app, create_app
from search_api.http.limits import MAX_BODY
from search_api.http.schemas import MAX_COMMENT
from tests.search_api.conftest import PLANNED, REPORTED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx import Response

    from retrieval.language.compounds import Ladder
    from retrieval.search.searcher import Searcher

RECORD = f"clinicaltrials:{REPORTED}"
DIGEST = f"digest:clinicaltrials:{PLANNED}"
JSON = {"Content-Type": "application/json"}


class Following:
    """A live index that stays open when the app over it is closed."""

    def __init__(self, snapshot: str) -> None:
        self.snapshot = snapshot

    def state(self) -> Following:
        return self

    def close(self) -> None:
        """The searcher's own index is shared."""


class NoAnswerer:
    """Feedback asks for no answer, and a search for no plan."""

    def plan(self, ranking: object) -> None:
        """The index has just flipped, so that there is none."""


@contextmanager
def client_of(
    searcher: Searcher, ladder: Ladder, folder: Path, *, log_queries: bool = True
) -> Iterator[TestClient]:
    judging = Judging(folder, log_queries=log_queries)
    live: Any = Following("00000007")
    nobody: Any = NoAnswerer()
    app = build_app(Opened(searcher, nobody, live, ladder), judging=judging)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def client(searcher: Searcher, ladder: Ladder, tmp_path: Path) -> Iterator[TestClient]:
    """A client over the small corpus with a judging folder of its own."""
    with client_of(searcher, ladder, tmp_path) as opened:
        yield opened


def body(**changes: Any) -> dict[str, Any]:
    plain = {"query": "thymosin safety", "doc_id": RECORD, "start": 0, "end": 10}
    return {**plain, "verdict": "relevant", **changes}


def check(response: Response, status: int, error: str, words: str) -> None:
    told = response.json()
    assert (response.status_code, told["error"]) == (status, error), told
    assert set(told) == {"error", "detail"}
    assert words in told["detail"]


@pytest.mark.parametrize("said", GRADES)
def test_a_hit_can_be_judged(client: TestClient, tmp_path: Path, said: Any) -> None:
    """A verdict on a hit's passage is stored with its words, section, trial and snapshot."""
    hit = client.post("/v1/search", json={"query": "thymosin safety"}).json()["hits"][0]
    place = {name: hit["passage"][name] for name in ("version", "start", "end")}
    response = client.post(
        "/v1/feedback",
        json=body(doc_id=hit["doc_id"], verdict=said, comment=" why\nso ", **place),
    )
    assert response.status_code == 201
    answer = response.json()
    assert (answer["stored"], answer["grade"]) == (True, GRADES[said])
    (stored,) = read_feedback(tmp_path).found
    assert answer["id"] == stored.id
    assert (stored.query, stored.verdict, stored.comment) == ("thymosin safety", said, "why\nso")
    assert (stored.doc_id, stored.trial_id) == (hit["doc_id"], hit["trial_id"])
    assert (stored.section, stored.snapshot) == (hit["section"], "00000007")
    assert (stored.quote, stored.version) == (hit["passage"]["text"], place["version"])


def test_offsets_are_code_points(client: TestClient, tmp_path: Path) -> None:
    """Letters beyond the basic plane count as one, in the query as well."""
    text = client.get(f"/v1/documents/{DIGEST}").json()["text"]
    start = text.index("𝒯α1, ﬁ, é")
    place = {"doc_id": DIGEST, "start": start, "end": start + len("𝒯α1, ﬁ, é")}
    assert client.post("/v1/feedback", json=body(query="Tα1 𝒯\t?", **place)).status_code == 201
    (stored,) = read_feedback(tmp_path).found
    assert (stored.quote, stored.query) == ("𝒯α1, ﬁ, é", "Tα1 𝒯 ?")


SPANS = {
    "beyond the text": {"start": 0, "end": 10_000_000},
    "wholly beyond it": {"start": 9_000_000, "end": 10_000_000},
    "empty": {"start": 5, "end": 5},
    "backward": {"start": 9, "end": 5},
}


@pytest.mark.parametrize("case", SPANS)
def test_a_span_outside_the_text_is_refused(client: TestClient, tmp_path: Path, case: str) -> None:
    """The error names the span and the text's length, and nothing is stored."""
    response = client.post("/v1/feedback", json=body(**SPANS[case]))
    check(response, 422, "BadSpan", f"{SPANS[case]['start']}:{SPANS[case]['end']}")
    assert read_feedback(tmp_path).found == ()


def test_a_span_ends_with_the_text_at_the_latest(client: TestClient, tmp_path: Path) -> None:
    """The whole text can be judged, one code point more cannot."""
    length = len(client.get(f"/v1/documents/{RECORD}").json()["text"])
    assert client.post("/v1/feedback", json=body(end=length)).status_code == 201
    refused = client.post("/v1/feedback", json=body(end=length + 1))
    check(refused, 422, "BadSpan", f"{length:,} code points")
    assert len(read_feedback(tmp_path).found) == 1


def test_blank_words_cannot_be_judged(client: TestClient) -> None:
    """A span of line breaks holds nothing to judge."""
    text = client.get(f"/v1/documents/{RECORD}").json()["text"]
    start = text.index("\n")
    check(
        client.post("/v1/feedback", json=body(start=start, end=start + 1)),
        422,
        "BadSpan",
        "blank",
    )


BAD: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "unknown document": ({"doc_id": "clinicaltrials:NCT0"}, 404, "DocumentNotFound", "NCT0"),
    "another version": ({"version": "sha256:" + "0" * 64}, 409, "VersionConflict", "it changed"),
    "no version": ({"version": "latest"}, 422, "BadRequest", "version"),
    "unknown verdict": ({"verdict": "good"}, 422, "BadRequest", "'relevant', 'partial', 'related'"),
    "unknown key": ({"ip": ""}, 422, "BadRequest", "unknown field 'ip'; known: query"),
    "near key": ({"coment": ""}, 422, "BadRequest", "did you mean 'comment'"),
    "a search's key": ({"k": 3}, 422, "BadRequest", "unknown field 'k'"),
    "unknown filter": ({"filters": {"phase": "2"}}, 422, "BadFilter", "did you mean 'phases'"),
    "no words": ({"query": "?!"}, 422, "EmptyQuery", "no letter"),
    "long query": ({"query": "a" * 10_001}, 413, "QueryTooLong", "10,001"),
    "long comment": ({"comment": "a" * (MAX_COMMENT + 1)}, 422, "BadRequest", "comment"),
    "start in words": ({"start": "0"}, 422, "BadRequest", "start"),
    "start as yes": ({"start": True}, 422, "BadRequest", "start"),
    "negative start": ({"start": -1}, 422, "BadRequest", "start"),
    "no id to replace": ({"replaces": "the last one"}, 422, "BadRequest", "replaces"),
    "lone surrogate": ({"comment": "\ud800"}, 422, "BadRequest", "comment"),
    "large body": ({"comment": "a" * MAX_BODY}, 413, "BodyTooLarge", "1,048,576"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_verdict_is_told_and_not_stored(
    client: TestClient, tmp_path: Path, case: str
) -> None:
    """Each has its status, its class and a message with the value."""
    changes, status, error, words = BAD[case]
    content = json.dumps(body(**changes))
    check(client.post("/v1/feedback", content=content, headers=JSON), status, error, words)
    assert not (tmp_path / FOLDER / FEEDBACK).exists()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_sites_page_cannot_judge(client: TestClient, tmp_path: Path, kind: str) -> None:
    """Only a JSON body counts, which a browser sends to no other site without asking first."""
    response = client.post(
        "/v1/feedback", content=json.dumps(body()), headers={"Content-Type": kind}
    )
    check(response, 422, "BadRequest", "Content-Type: application/json")
    assert read_feedback(tmp_path).found == ()


def test_a_reader_can_think_again(client: TestClient, tmp_path: Path) -> None:
    """A verdict that replaces the first one leaves only itself."""
    first = client.post("/v1/feedback", json=body(verdict="irrelevant")).json()["id"]
    again = client.post("/v1/feedback", json=body(replaces=first)).json()["id"]
    assert [one.id for one in read_feedback(tmp_path).found] == [again]


def test_a_verdict_that_cannot_be_stored_is_told(client: TestClient, tmp_path: Path) -> None:
    """The caller learns what to do; search goes on, though it cannot be logged either."""
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    check(client.post("/v1/feedback", json=body()), 503, "FeedbackNotStored", "make room")
    assert client.get("/v1/search?q=thymosin").status_code == 200


def test_every_search_is_logged_with_its_places(client: TestClient, tmp_path: Path) -> None:
    """By body and by URL: the words, the filters given, and where the hits stand."""
    filters = {"phases": ["phase 2"], "started_to": "2024"}
    answer = client.post(
        "/v1/search", json={"query": "thymosin recruiting", "k": 2, "filters": filters}
    ).json()
    client.get("/v1/search", params={"q": "thymosin", **filters})
    posted, got = read_queries(tmp_path).found
    assert (posted.query, posted.k, got.query, got.k) == ("thymosin recruiting", 2, "thymosin", 10)
    assert posted.filters == got.filters
    assert posted.filters.started_to == 20241231
    assert posted.filters.statuses == ()  # understood, but not given
    assert (posted.snapshot, posted.took_ms) == (answer["snapshot"], answer["took_ms"])
    for hit, logged in zip(answer["hits"], posted.hits, strict=True):
        assert (logged.rank, logged.doc_id, logged.score) == (
            hit["rank"],
            hit["doc_id"],
            hit["score"],
        )
        place = {name: hit["passage"][name] for name in ("start", "end", "version")}
        assert {name: getattr(logged, name) for name in place} == place


def test_a_verdict_belongs_to_the_question_as_it_was_asked(
    client: TestClient, tmp_path: Path
) -> None:
    """Filters of a verdict are read as those of a search, so that both are one question."""
    filters = {"phases": "phase 2", "has_results": "true"}
    client.get("/v1/search", params={"q": "thymosin", **filters})
    client.post("/v1/feedback", json=body(query="thymosin", filters=filters))
    (search,), (verdict,) = read_queries(tmp_path).found, read_feedback(tmp_path).found
    assert search.filters == verdict.filters != Filters()


def test_refused_searches_are_not_logged(client: TestClient, tmp_path: Path) -> None:
    """What was not searched teaches nothing about the ranking."""
    client.post("/v1/search", json={"query": "?!"})
    client.post("/v1/search", json={"query": "a", "k": 0})
    assert read_queries(tmp_path).found == ()


def test_without_the_log_verdicts_still_count(
    searcher: Searcher, ladder: Ladder, tmp_path: Path
) -> None:
    """`QUERY_LOG=false` keeps no search; what a reader sends on purpose is stored."""
    with client_of(searcher, ladder, tmp_path, log_queries=False) as client:
        client.get("/v1/search?q=thymosin")
        client.post("/v1/feedback", json=body())
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [FEEDBACK]


@pytest.mark.parametrize("query_log", [True, False])
def test_the_page_tells_of_the_log(tmp_path: Path, query_log: bool) -> None:
    """Who types is told that searches are kept, and only when the setting says so."""
    app = create_app(Settings(index_dir=tmp_path, query_log=query_log, _env_file=None))
    client = TestClient(app)  # not entered: the page needs no index
    assert ("Searches are kept" in client.get("/").text) is query_log
    assert app.state.judging.logs_queries is query_log
