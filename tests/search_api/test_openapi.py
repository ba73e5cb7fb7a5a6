"""The OpenAPI document: complete, and true about what the server does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from retrieval import errors
from search_api.chat import examples as chat_examples
from search_api.chat.schemas import ChatBody
from search_api.chat.views import ChatView
from search_api.http import answer_examples, examples, faults
from search_api.http.answer_views import AnswerView
from search_api.http.schemas import AnswerBody, FeedbackBody, SearchBody
from search_api.http.views import DocumentView, FeedbackView, ReadyView, SearchView

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from pydantic import BaseModel

ROUTES = {
    ("post", "/v1/search"),
    ("get", "/v1/search"),
    ("post", "/v1/answer"),
    ("post", "/v1/chat/completions"),
    ("get", "/v1/models"),
    ("get", "/v1/models/{model}"),
    ("get", "/v1/documents/{doc_id}"),
    ("post", "/v1/feedback"),
    ("get", "/healthz"),
    ("get", "/readyz"),
}


@pytest.fixture(scope="module")
def openapi(client: TestClient) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/openapi.json").json()
    return document


def test_every_route_is_documented(openapi: dict[str, Any]) -> None:
    """The document holds the promised routes, each with a summary and a description."""
    operations = {
        (method, path): operation
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    }
    assert set(operations) == ROUTES
    assert all(one["summary"] and one["description"] for one in operations.values())


def test_every_body_and_error_has_an_example(openapi: dict[str, Any]) -> None:
    """No request body and no error is left to be guessed."""
    for methods in openapi["paths"].values():
        for operation in methods.values():
            bodies = [operation["requestBody"]] if "requestBody" in operation else []
            answers = [one for code, one in operation["responses"].items() if code[0] != "2"]
            for one in (*bodies, *answers):
                assert one["content"]["application/json"]["examples"]


def test_no_error_has_another_shape(openapi: dict[str, Any]) -> None:
    """The framework's own validation error is nowhere in the document."""
    assert "HTTPValidationError" not in openapi["components"]["schemas"]


@pytest.mark.parametrize("name", examples.BODIES)
def test_example_bodies_are_answered(client: TestClient, name: str) -> None:
    """Every example of a request works."""
    body = examples.BODIES[name]["value"]
    SearchBody.model_validate(body)
    assert client.post("/v1/search", json=body).status_code == 200


@pytest.mark.parametrize("name", examples.FEEDBACK_BODIES)
def test_example_verdicts_are_understood(client: TestClient, name: str) -> None:
    """Every example of a verdict is legal; its document is not in the small corpus."""
    body = examples.FEEDBACK_BODIES[name]["value"]
    FeedbackBody.model_validate(body)
    response = client.post("/v1/feedback", json=body)
    assert (response.status_code, response.json()["error"]) == (404, "DocumentNotFound")


@pytest.mark.parametrize("name", answer_examples.BODIES)
def test_example_questions_are_answered(client: TestClient, name: str) -> None:
    """Every example of a question works."""
    body = answer_examples.BODIES[name]["value"]
    AnswerBody.model_validate(body)
    assert client.post("/v1/answer", json=body).status_code == 200


@pytest.mark.parametrize("name", chat_examples.BODIES)
def test_example_chats_are_answered(client: TestClient, name: str) -> None:
    """Every example of a conversation works."""
    body = chat_examples.BODIES[name]["value"]
    ChatBody.model_validate(body)
    assert client.post("/v1/chat/completions", json=body).status_code == 200


@pytest.mark.parametrize(
    ("view", "example"),
    [
        (AnswerView, answer_examples.ANSWER),
        (ChatView, chat_examples.COMPLETION),
        (SearchView, examples.SEARCH),
        (DocumentView, examples.DOCUMENT),
        (FeedbackView, examples.FEEDBACK),
        (ReadyView, examples.READY),
    ],
)
def test_example_answers_have_the_real_shape(
    view: type[BaseModel], example: dict[str, Any]
) -> None:
    """An example answer is what the model writes, no field more or less."""
    assert view.model_validate(example).model_dump(mode="json") == example


def test_example_errors_exist() -> None:
    """Every error class in the examples is a class of ours with the status it stands under."""
    told = [(status, details) for status, (_, details) in examples.ERRORS.items()]
    more = (examples.FEEDBACK_ERRORS, answer_examples.ERRORS, chat_examples.ERRORS)
    told += [one for errors_of in more for one in errors_of.items()]
    for status, details in told:
        for name in details:
            error = getattr(errors, name, None) or getattr(faults, name)
            assert error.status == status
