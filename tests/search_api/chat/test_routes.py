"""The chat backend, asked by the official `openai` client over loopback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest

from tests.search_api.conftest import PLANNED, REPORTED
from tests.search_api.test_serving import PATIENCE, connected, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = "peptide-evidence"
SEEN = f"What is the status of {PLANNED}?"


@pytest.fixture(scope="module")
def address(bundled_index: Path) -> Iterator[str]:
    with serving(bundled_index, QUERY_LOG="false") as served, connected(served):
        yield served


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=f"{address}/v1", api_key="none", max_retries=0, timeout=PATIENCE
    ) as opened:
        yield opened


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def ask(client: openai.OpenAI, *messages: dict[str, Any], **more: Any) -> Any:
    return client.chat.completions.create(model=MODEL, messages=list(messages), **more)


def test_the_one_model_is_listed(client: openai.OpenAI) -> None:
    """`models.list` and `models.retrieve` tell the name that is asked with."""
    assert [model.id for model in client.models.list()] == [MODEL]
    assert client.models.retrieve(MODEL).object == "model"


def test_a_completion_keeps_its_citations(client: openai.OpenAI, address: str) -> None:
    """The message, its annotations and the top level have the citations, each at its mark."""
    done = ask(client, {"role": "system", "content": "be brief"}, user(SEEN), temperature=0.2)
    message = done.choices[0].message
    assert (done.object, done.choices[0].finish_reason, message.role) == (
        "chat.completion",
        "stop",
        "assistant",
    )
    assert done.citations
    assert message.citations == done.citations
    assert "RECRUITING" in message.content.upper()
    for annotation in message.annotations:
        place = annotation.url_citation
        number = int(message.content[place.start_index : place.end_index].strip("[]"))
        cited = done.citations[number - 1]
        assert annotation.citation == cited
        assert (place.url, place.title) == (cited["url"], cited["title"])
    with connected(address) as plain:
        text = plain.get(f"/v1/documents/{cited['doc_id']}").json()["text"]
    assert text[cited["start"] : cited["end"]] == cited["quote"]


def test_a_stream_joins_to_the_completion(client: openai.OpenAI) -> None:
    """The pieces make the same text; the role comes first, citations and usage last."""
    whole = ask(client, user(SEEN))
    chunks = list(ask(client, user(SEEN), stream=True, stream_options={"include_usage": True}))
    first, *pieces, last, usage = chunks
    assert (first.choices[0].delta.role, first.choices[0].delta.content) == ("assistant", "")
    content = "".join(chunk.choices[0].delta.content for chunk in pieces)
    assert content.rstrip() == whole.choices[0].message.content
    assert last.choices[0].finish_reason == "stop"
    assert last.citations == last.choices[0].delta.citations == whole.citations
    annotated = [one.model_dump() for one in whole.choices[0].message.annotations]
    assert last.choices[0].delta.annotations == annotated
    assert (usage.choices, usage.usage.total_tokens) == ([], 0)
    assert len({chunk.id for chunk in chunks}) == 1


@pytest.mark.parametrize("stream", [True, False])
def test_a_follow_up_carries_the_trial(client: openai.OpenAI, stream: bool) -> None:
    """What is asked without a name is asked of the trial before, and that is told."""
    earlier = ask(client, user(SEEN)).choices[0].message.content
    turns = (user(SEEN), assistant(earlier), user([{"type": "text", "text": "and what phase?"}]))
    answer = ask(client, *turns, stream=stream)
    told = list(answer)[-1] if stream else answer
    assert told.carried == [{"what": "trial", "text": PLANNED, "said_by": "user"}]
    assert {cited["trial_id"] for cited in told.citations} == {PLANNED}


def test_a_question_is_asked_again_of_another_trial(client: openai.OpenAI) -> None:
    """ "And NCT…?" asks what was asked before."""
    answer = ask(client, user(SEEN), assistant("…"), user(f"and {REPORTED}?"))
    assert answer.question == f"What is the status of {REPORTED}?"
    assert {cited["trial_id"] for cited in answer.citations} == {REPORTED}


def test_a_table_is_in_the_text(client: openai.OpenAI) -> None:
    """Adverse events are a Markdown table; what is computed is marked, all cells are kept."""
    answer = ask(client, user(f"adverse events in {REPORTED}"))
    content = answer.choices[0].message.content
    assert "| --- |" in content
    assert "%" not in content or "†" in content
    assert answer.tables[0]["rows"]


def test_absence_is_said_in_the_text(client: openai.OpenAI) -> None:
    """An abstention opens the text, and its type is beside it."""
    answer = ask(client, user("What phase is NCT99999999?"))
    assert answer.abstained["type"] == "no_match"
    assert answer.choices[0].message.content.startswith(answer.abstained["message"])


def test_filters_go_in_the_body(client: openai.OpenAI) -> None:
    """`extra_body` takes the filters of `POST /v1/answer`."""
    body = {"filters": {"trial_ids": [REPORTED]}}
    answer = ask(client, user("thymalfasin adverse events"), extra_body=body)
    assert {cited["trial_id"] for cited in answer.citations} == {REPORTED}


def test_what_changes_nothing_is_told(client: openai.OpenAI) -> None:
    """Settings of a model are taken, and named as ignored."""
    answer = ask(
        client, {"role": "developer", "content": "rhyme"}, user(SEEN), seed=7, max_tokens=5
    )
    assert answer.ignored == ["max_tokens", "seed", "system message"]


def test_an_unknown_model_is_not_found(client: openai.OpenAI) -> None:
    """The client raises its own error for a model that is not here, with our shape in it."""
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="gpt", messages=[user(SEEN)])  # type: ignore[list-item]
    assert refused.value.response.json()["error"]["type"] == "UnknownModel"
    assert "no model 'gpt' here" in refused.value.message
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt")


TOOLS = [{"type": "function", "function": {"name": "f"}}]
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("messages", "more", "ignored"),
    [
        ([user(SEEN)], {"tools": TOOLS, "tool_choice": "auto"}, ["tool_choice", "tools"]),
        ([user(SEEN)], {"logprobs": True}, ["logprobs"]),
        ([user(SEEN)], {"response_format": {"type": "json_object"}}, ["response_format"]),
        ([user(SEEN)], {"n": 1}, []),
        (
            [
                user(
                    [
                        {"type": "text", "text": SEEN},
                        {"type": "image_url", "image_url": {"url": "data:,"}},
                    ]
                )
            ],
            {},
            ["image_url part"],
        ),
        (
            [
                user(SEEN),
                {"role": "assistant", "content": None, "tool_calls": [CALL]},
                {"role": "tool", "content": "x", "tool_call_id": "1"},
                user(SEEN),
            ],
            {},
            ["tool message"],
        ),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_what_front_ends_always_send_is_answered_and_named(
    client: openai.OpenAI,
    messages: list[Any],
    more: dict[str, Any],
    ignored: list[str],
    stream: bool,
) -> None:
    """Tools that may be called, formats, parts and roles change nothing, and are told."""
    if stream:
        ask(client, *messages, stream=True, **more)
        return
    answer = ask(client, *messages, **more)
    assert answer.ignored == ignored
    assert answer.choices[0].message.content


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (
            'Generate a concise title for this chat history as JSON {"title": ...}\nUser: '
            "side effects of thymalfasin",
            "title",
        ),
        ("Suggest 3 follow-up questions for this conversation, in JSON", "follow_ups"),
        ('Create tags for the conversation, answer in JSON: {"tags": [...]}', "tags"),
    ],
)
def test_housekeeping_is_answered_without_a_search(
    client: openai.OpenAI, text: str, key: str
) -> None:
    """What a front end asks for itself comes from the conversation, with no citation."""
    answer = ask(client, user(SEEN), {"role": "assistant", "content": "…"}, user(text))
    assert key in json.loads(answer.choices[0].message.content)
    assert answer.citations == []
    assert answer.plan is None


@pytest.mark.parametrize("text", ["hello", "Thanks!", "hi there"])
def test_a_greeting_is_told_what_can_be_asked(client: openai.OpenAI, text: str) -> None:
    """Nobody who says hello is told of cosines."""
    content = ask(client, user(text)).choices[0].message.content
    assert "clinical trials" in content
    assert "cosine" not in content


@pytest.mark.parametrize(
    ("messages", "more", "words"),
    [
        ([user(SEEN)], {"tools": TOOLS, "tool_choice": "required"}, "tool_choice"),
        ([user(SEEN)], {"n": 2}, "n cannot"),
        ([{"role": "system", "content": "x"}], {}, "no message has the role 'user'"),
        ([], {}, "no message has the role 'user'"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_what_cannot_be_honoured_is_refused(
    client: openai.OpenAI, messages: list[Any], more: dict[str, Any], words: str, stream: bool
) -> None:
    """What would change the shape of the answer is a 400 that names it."""
    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, *messages, stream=stream, **more)
    told = refused.value.response.json()
    assert told["error"]["type"] == "UnsupportedRequest"
    assert words in told["detail"]


def test_an_empty_question_is_the_callers_mistake(client: openai.OpenAI) -> None:
    """A user message without words is told as a search without words is."""
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        ask(client, user("?!"))
    assert refused.value.response.json()["error"]["code"] == "EmptyQuery"
