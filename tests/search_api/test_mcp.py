"""The MCP server, asked by the official client over both of its transports."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from starlette.exceptions import HTTPException

from retrieval.index.judging import Judging
from retrieval.index.live import LiveIndex
from search_api.gate import Gate, Opened
from search_api.mcp.server import check_caller, mcp_server
from search_api.mcp.tools import PART, TOOLS, Toolbox
from tests.conftest import ROOT
from tests.fakes import HashingEmbedder
from tests.search_api.conftest import PLANNED, REPORTED
from tests.search_api.test_serving import PATIENCE, connected, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi.testclient import TestClient
    from mcp_types import CallToolResult

    from retrieval.language.compounds import Ladder

RECORD = f"clinicaltrials:{PLANNED}"
DEMANDED = "asked for by the caller"  # what the router says of a route that it was told
JSON = {"Accept": "application/json, text/event-stream"}
LISTING = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


@pytest.fixture(scope="module")
def box(index_dir: Path, ladder: Ladder) -> Iterator[Toolbox]:
    """The tools over the small corpus."""
    embedder = HashingEmbedder()
    live = LiveIndex.open(index_dir, embedder.recipe)
    gate = Gate(lambda: Opened.over(live, embedder, ladder))
    yield Toolbox(gate, Judging(index_dir, log_queries=False))
    live.close()


def called(server: Any, *calls: tuple[str, dict[str, Any]]) -> list[CallToolResult]:
    """Return what the tools of a server answer to one client."""

    async def asked() -> list[CallToolResult]:
        async with Client(server, read_timeout_seconds=PATIENCE) as client:
            return [await client.call_tool(name, given) for name, given in calls]

    return asyncio.run(asked())


def call(box: Toolbox, name: str, **given: Any) -> CallToolResult:
    """Return what one tool answers, without a transport."""
    return called(mcp_server(box), (name, given))[0]


def test_every_tool_is_told_as_one_that_only_reads(box: Toolbox) -> None:
    """A client learns of four tools: typed in and out, read-only, and asking to be cited."""

    async def listed() -> list[Any]:
        async with Client(mcp_server(box)) as client:
            return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in asyncio.run(listed())}
    assert set(tools) == {"search", "get_document", "answer", "safety_table"}
    for tool in tools.values():
        assert tool.annotations.read_only_hint
        assert tool.input_schema["additionalProperties"] is False
        assert tool.output_schema["properties"]
        assert "Cite every statement" in tool.description


def test_search_answers_what_the_api_answers(box: Toolbox, client: TestClient) -> None:
    """The structured answer of `search` is the JSON of `POST /v1/search`."""
    given = {"query": "thymosin safety", "k": 2, "filters": {"statuses": ["COMPLETED"]}}
    found = call(box, "search", **given).structured_content
    asked = client.post("/v1/search", json=given).json()
    assert found | {"took_ms": 0} == asked | {"took_ms": 0}
    assert found["hits"][0]["trial_id"] == REPORTED


def test_the_text_of_a_hit_says_how_to_cite_it(box: Toolbox) -> None:
    """A model without the structure reads the voice, the quote and its place."""
    result = call(box, "search", query="thymosin safety", k=1)
    hit = result.structured_content["hits"][0]
    text = result.content[0].text
    assert f"cite: {hit['doc_id']} [{hit['passage']['start']}:{hit['passage']['end']}]" in text
    assert f"> {hit['passage']['text'].splitlines()[0]}" in text
    assert "registry" in text


def test_filters_may_come_as_their_json_text(box: Toolbox) -> None:
    """A client that sends objects as text is understood."""
    given = json.dumps({"trial_ids": [REPORTED]})
    found = call(box, "search", query="thymosin", filters=given).structured_content
    assert {hit["trial_id"] for hit in found["hits"]} == {REPORTED}


def test_answer_answers_what_the_api_answers(box: Toolbox, client: TestClient) -> None:
    """The structured answer of `answer` is the JSON of `POST /v1/answer`, sources in the text."""
    given = {"question": f"What is the status of {REPORTED}?"}
    result = call(box, "answer", **given)
    asked = client.post("/v1/answer", json=given).json()
    assert result.structured_content | {"took_ms": 0} == asked | {"took_ms": 0}
    for cited in asked["citations"]:
        assert f"{cited['doc_id']} [{cited['start']}:{cited['end']}]" in result.content[0].text


def test_safety_table_answers_by_the_safety_route(box: Toolbox) -> None:
    """The route is demanded, and the table is of the one trial, in the text as well."""
    result = call(box, "safety_table", trial_id=REPORTED.lower())
    answered = result.structured_content
    assert (answered["route"]["route"], answered["route"]["reason"]) == ("safety", DEMANDED)
    assert {hit["trial_id"] for hit in answered["passages"]} <= {REPORTED}
    assert answered["tables"]
    for table in answered["tables"]:
        assert table["title"] in result.content[0].text


def test_safety_table_says_what_is_only_planned(box: Toolbox) -> None:
    """A trial without posted results is an abstention with its type, in the text as well."""
    result = call(box, "safety_table", trial_id=PLANNED)
    abstained = result.structured_content["abstained"]
    assert (abstained["type"], result.is_error) == ("planned_not_reported", False)
    assert result.content[0].text.startswith("NO ANSWER (planned_not_reported: ")
    nowhere = call(box, "safety_table", trial_id="NCT00000000").structured_content["abstained"]
    assert (nowhere["type"], nowhere["reason"]) == ("no_match", "trial_not_here")


def test_a_section_is_read_alone(box: Toolbox, client: TestClient) -> None:
    """`get_document` with a section returns its slice, and says where it lies."""
    whole = client.get(f"/v1/documents/{RECORD}").json()
    section = whole["sections"][1]
    part = call(box, "get_document", doc_id=RECORD, section=section["name"]).structured_content
    assert (part["start"], part["end"]) == (section["start"], section["end"])
    assert part["text"] == whole["text"][section["start"] : section["end"]]
    assert part["characters"] == len(whole["text"])


def test_a_citation_opens_as_it_is(box: Toolbox) -> None:
    """A hit's document, version, start and end give its passage again."""
    hit = call(box, "search", query="thymosin safety", k=1).structured_content["hits"][0]
    passage = hit["passage"]
    place = {name: passage[name] for name in ("version", "start", "end")}
    opened = call(box, "get_document", doc_id=hit["doc_id"], **place)
    assert opened.structured_content["text"] == passage["text"]


def test_a_long_document_comes_in_parts(box: Toolbox) -> None:
    """No call returns more than `PART`, and the text says where it goes on."""
    opened = call(box, "get_document", doc_id=RECORD, end=50)
    assert len(opened.structured_content["text"]) == 50 < PART
    assert "[goes on at start=50]" in opened.content[0].text


@pytest.mark.parametrize(
    ("name", "given", "error"),
    [
        ("search", {"query": "?"}, "EmptyQuery"),
        ("search", {"query": "x", "k": 0}, "BadK"),
        ("search", {"query": "x", "filters": {"phase": "2"}}, "BadFilter"),
        ("search", {}, "BadRequest"),
        ("answer", {"question": "x", "stream": True}, "BadRequest"),
        ("get_document", {"doc_id": "nowhere"}, "DocumentNotFound"),
        ("get_document", {"doc_id": RECORD, "version": "sha256:0"}, "VersionConflict"),
        ("get_document", {"doc_id": RECORD, "section": "Nonsense"}, "BadSpan"),
        ("get_document", {"doc_id": RECORD, "start": 9, "end": 9}, "BadSpan"),
        ("get_document", {"doc_id": RECORD, "end": 10**9}, "BadSpan"),
    ],
)
def test_our_errors_are_tool_errors(
    box: Toolbox, name: str, given: dict[str, Any], error: str
) -> None:
    """A mistake comes back as class and detail, for a model to correct itself by."""
    result = call(box, name, **given)
    assert result.is_error
    assert result.structured_content["error"] == error
    assert result.content[0].text == f"{error}: {result.structured_content['detail']}"


def test_nothing_unexpected_is_told(tmp_path: Path) -> None:
    """What went wrong inside stays in the log."""

    def broken() -> Opened:
        raise RuntimeError("a secret path")

    box = Toolbox(Gate(broken), Judging(tmp_path, log_queries=False))
    result = call(box, "search", query="x")
    assert result.is_error
    assert result.structured_content["error"] == "InternalError"
    assert "secret" not in result.content[0].text


def test_stdio_serves_the_official_client(bundled_index: Path) -> None:
    """`python -m search_api mcp` answers on its standard streams, and stops with its client."""
    arguments = ["-m", "search_api", "mcp", "--index", str(bundled_index)]
    server = StdioServerParameters(command=sys.executable, args=arguments, cwd=ROOT)
    found, failed = called(
        server, ("search", {"query": "thymosin safety"}), ("get_document", {"doc_id": "nowhere"})
    )
    assert found.structured_content["hits"][0]["trial_id"] == REPORTED
    assert failed.structured_content["error"] == "DocumentNotFound"


def test_the_http_server_has_the_same_tools(bundled_index: Path) -> None:
    """The tools are at `/mcp` of the server, beside the API, over the same index."""
    with serving(bundled_index) as address, connected(address) as client:
        (found,) = called(f"{address}/mcp", ("search", {"query": "thymosin safety"}))
        beside = client.post("/v1/search", json={"query": "thymosin safety"}).json()
    assert found.structured_content["hits"] == beside["hits"]


def test_an_older_client_is_served(client: TestClient) -> None:
    """A request without a session or a protocol version is answered in one JSON body."""
    listed = client.post("/mcp", json=LISTING, headers=JSON).json()
    assert {tool["name"] for tool in listed["result"]["tools"]} == set(TOOLS)


def test_nothing_but_post_is_open(client: TestClient) -> None:
    """No stream is held that would keep a server from stopping."""
    assert client.get("/mcp", headers=JSON).status_code == 405


def test_another_sites_page_is_refused(client: TestClient) -> None:
    """A browser names the site of a page; its request is told off in our shape."""
    foreign = client.post("/mcp", json=LISTING, headers=JSON | {"Origin": "https://a.example"})
    assert (foreign.status_code, foreign.json()["error"]) == (403, "Forbidden")
    own = client.post("/mcp", json=LISTING, headers=JSON | {"Origin": "http://testserver"})
    assert own.status_code == 200


@pytest.mark.parametrize(
    ("server", "host", "status"),
    [
        ("127.0.0.1", "127.0.0.1:8000", None),
        ("127.0.0.1", "localhost", None),
        ("::1", "[::1]:8000", None),
        ("127.0.0.1", "a.example:8000", 421),
        ("10.0.0.5", "a.example", None),
    ],
)
def test_a_borrowed_name_is_refused_on_loopback(server: str, host: str, status: int | None) -> None:
    """A name that was pointed at this machine does not open what listens on loopback only."""
    scope = {"type": "http", "headers": [(b"host", host.encode())], "server": (server, 8000)}
    try:
        check_caller(scope)
        refused = None
    except HTTPException as error:
        refused = error.status_code
    assert refused == status
