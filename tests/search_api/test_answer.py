"""`POST /v1/answer`: whole, and as server-sent events."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from retrieval.answering.turns import Meant
from retrieval.answering.types import Question
from retrieval.index.judging import Judging
from search_api.gate import Opened
from search_api.http.app import build_app
from tests.search_api.conftest import PLANNED, REPORTED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.answering.types import Answer, Claim
    from retrieval.language.compounds import Ladder
    from retrieval.search.searcher import Searcher

QUESTIONS = [
    f"What phase is {PLANNED}?",
    f"serious adverse events in {REPORTED}",
    f"adverse events of {PLANNED}",
    "What is thymalfasin given for?",
    "How many trials of thymalfasin are recruiting?",
    "Should I take thymalfasin?",
    "What phase is NCT99999999?",
]


def told(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the events of a stream by name, in order; comments are none."""
    blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
    parsed = (re.fullmatch(r"event: (\w+)\ndata: (.*)", block) for block in blocks)
    return [(found[1], json.loads(found[2])) for found in parsed if found]


def streamed(client: TestClient, question: str) -> list[tuple[str, dict[str, Any]]]:
    body = {"question": question, "stream": True}
    with client.stream("POST", "/v1/answer", json=body) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        return told("".join(response.iter_text()))


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_quote_is_in_its_document(client: TestClient, question: str) -> None:
    """Whatever is asked, `document.text[start:end]` of the cited version is the quote."""
    answer = client.post("/v1/answer", json={"question": question}).json()
    cells = [cell for table in answer["tables"] for row in table["rows"] for cell in row]
    cited = answer["citations"] + [cell["citation"] for cell in cells if cell["citation"]]
    for one in cited:
        path = f"/v1/documents/{one['doc_id']}?version={one['version']}"
        assert client.get(path).json()["text"][one["start"] : one["end"]] == one["quote"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_numbers_in_the_text_are_the_citations(client: TestClient, question: str) -> None:
    """The text names each citation by its place in the list, and no other."""
    answer = client.post("/v1/answer", json={"question": question}).json()
    assert answer["claims"] or answer["abstained"]
    marks = [int(mark) for line in answer["text"].splitlines() for mark in marks_of(line)]
    assert set(marks) == set(range(1, len(answer["citations"]) + 1))


def marks_of(line: str) -> list[str]:
    """Return the numbers at a line's end."""
    trailing = re.search(r"(?: \[\d+\])+$", line)
    return re.findall(r"\d+", trailing[0]) if trailing else []


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_stream_tells_the_same_answer(client: TestClient, question: str) -> None:
    """First the frame, then the claims, then the whole answer, as it is without a stream."""
    whole = client.post("/v1/answer", json={"question": question}).json()
    (first, frame), *claims, (last, answer), (end, _) = streamed(client, question)
    assert (first, last, end) == ("start", "answer", "done")
    assert [one for _, one in claims] == whole["claims"]
    assert answer | {"took_ms": 0} == whole | {"took_ms": 0}
    changing = {"claims": [], "text": frame["text"], "citations": [], "took_ms": 0}
    assert frame | {"took_ms": 0} == whole | changing


@pytest.mark.parametrize("stream", [True, False])
def test_a_bad_question_is_an_ordinary_error(client: TestClient, stream: bool) -> None:
    """What can be told before the first event has a status and the shape of all errors."""
    response = client.post("/v1/answer", json={"question": "?!", "stream": stream})
    assert (response.status_code, response.json()["error"]) == (422, "EmptyQuery")


class Failing:
    """An answerer that breaks off after its first step."""

    def __init__(self, first: Answer) -> None:
        self.first = first

    def meant(self, _: str) -> Meant:
        return Meant((), ())

    def stream(self, _: Question, **__: object) -> Iterator[Answer | Claim]:
        yield self.first
        raise RuntimeError("a secret of the inside")


def test_a_late_error_is_the_last_event(
    index_dir: Path, searcher: Searcher, ladder: Ladder, tmp_path: Path
) -> None:
    """After the first event an error is an event of our shape, and tells nothing of the inside."""
    from retrieval.index.live import LiveIndex
    from tests.fakes import HashingEmbedder

    embedder = HashingEmbedder()
    live = LiveIndex.open(index_dir, embedder.recipe)
    opened = Opened.over(live, embedder, ladder)
    failing: Any = Failing(next(opened.answerer.stream(Question("thymosin"))))
    broken = Opened(searcher, failing, live, ladder)
    app = build_app(broken, judging=Judging(tmp_path, log_queries=False))
    with TestClient(app) as client:
        events = streamed(client, "thymosin")
        chat = {"model": "peptide-evidence", "messages": [{"role": "user", "content": "thymosin"}]}
        pieces = client.post("/v1/chat/completions", json=chat | {"stream": True}).text
    assert [name for name, _ in events] == ["start", "error"]
    assert events[-1][1]["error"] == "InternalError"
    last = json.loads(pieces.strip().split("\n\n")[-1].removeprefix("data: "))
    assert last["error"]["type"] == "InternalError"
    assert "secret" not in json.dumps(events) + pieces


def test_the_caller_may_choose_the_route(client: TestClient) -> None:
    """`route` overrides how a question is answered."""
    body = {"question": f"What phase is {PLANNED}?", "route": "narrative"}
    assert client.post("/v1/answer", json=body).json()["route"]["route"] == "narrative"


def test_filters_hold_for_answers(client: TestClient) -> None:
    """What a filter hides is neither a passage nor cited."""
    body = {"question": "thymalfasin adverse events", "filters": {"trial_ids": [REPORTED]}}
    answer = client.post("/v1/answer", json=body).json()
    seen = {one["trial_id"] for one in (*answer["passages"], *answer["citations"])}
    assert seen == {REPORTED}


def test_answers_are_logged_as_searches(client: TestClient, index_dir: Path) -> None:
    """The log of queries has what was asked for an answer, once."""
    words = "thymalfasin asked for the log of answers"
    client.post("/v1/answer", json={"question": words})
    logs = (file.read_text(encoding="utf-8") for file in (index_dir / "judging").glob("*.jsonl"))
    assert sum(log.count(words) for log in logs) == 1
