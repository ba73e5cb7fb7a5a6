"""Every error leaves as ``{"error": "ClassName", "detail": "..."}``.

Ours carry their own status. What pydantic, the router or the parser refuse is translated to
our tree; whatever else happens is a 500 whose cause is in the log only.
"""

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from retrieval.errors import BadFilter, BadK, BadRequest, PeptideSearchError, QueryTooLong
from retrieval.search.searcher import MAX_QUERY_CHARACTERS
from search_api.http.schemas import (
    MAX_K,
    AnswerBody,
    FeedbackBody,
    FilterFields,
    SearchBody,
    SearchParameters,
)

OPENAI_ROUTES = ("/v1/chat/", "/v1/models")
SHOWN = 80  # characters of a bad value that an error repeats
KNOBS = set(SearchParameters.model_fields) - set(FilterFields.model_fields)
BODIES: dict[str, type[BaseModel]] = {  # others take a `SearchBody`
    "/v1/answer": AnswerBody,
    "/v1/feedback": FeedbackBody,
}
# What pydantic says in its own terms, in the caller's.
REASONS = {
    "model_attributes_type": "give a JSON object, with Content-Type: application/json",
    "string_unicode": "not valid Unicode, half of a surrogate pair is missing",
}


class BodyTooLarge(PeptideSearchError):
    """A request body over the limit."""

    status = 413


class UnsupportedRequest(BadRequest):
    """A chat request for what an answer here cannot be."""

    status = 400


class UnknownModel(PeptideSearchError):
    """A chat model that is not here."""

    status = 404


def error_response(error: PeptideSearchError) -> JSONResponse:
    """Write one of our errors in the shape of all errors."""
    return _response(error.status, type(error).__name__, detail=str(error))


def from_validation(
    problems: Sequence[Mapping[str, Any]], *, body: type[BaseModel] = SearchBody
) -> PeptideSearchError:
    """Translate pydantic's error details; the first one gives the class."""
    errors = [_translated(problem, body=body) for problem in problems]
    return type(errors[0])("; ".join(str(error) for error in errors))


def handle_errors(app: FastAPI) -> None:
    """Register the handlers on ``app``."""

    @app.exception_handler(PeptideSearchError)
    async def ours(request: Request, error: PeptideSearchError) -> JSONResponse:
        return _for(request, error_response(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        body = BODIES.get(request.url.path, SearchBody)
        return _for(request, error_response(from_validation(error.errors(), body=body)))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        name = HTTPStatus(error.status_code).phrase.title().replace(" ", "")
        detail = f"{request.method} {request.url.path}: {error.detail}; see /docs for what there is"
        told = _response(error.status_code, name, detail=detail, headers=error.headers)
        return _for(request, told)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        detail = "unexpected error; the server's log has it"
        return _for(request, _response(500, "InternalError", detail=detail))


def _for(request: Request, response: JSONResponse) -> JSONResponse:
    """Return an error as the clients of a route read it: those of OpenAI's API have their own."""
    if not request.url.path.startswith(OPENAI_ROUTES):
        return response
    ours = json.loads(bytes(response.body))
    name, detail = ours["error"], ours["detail"]
    error = {"message": f"{name}: {detail}", "type": name, "code": name, "param": None}
    headers = {
        key: value for key, value in response.headers.items() if not key.startswith("content-")
    }
    return JSONResponse({"error": error, "detail": detail}, response.status_code, headers=headers)


def _response(
    status: int, name: str, *, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    body = {"error": name, "detail": detail}
    return JSONResponse(body, status, headers=dict(headers) if headers else None)


def _translated(problem: Mapping[str, Any], *, body: type[BaseModel]) -> PeptideSearchError:
    place = [str(part) for part in problem["loc"]]
    in_url = place[:1] == ["query"] and len(place) > 1
    if in_url or place[:1] == ["body"]:
        place = place[1:]
    name = place[0] if place else ""
    got = _short(problem.get("input"))
    match problem["type"]:
        case "json_invalid":
            reason = problem.get("ctx", {}).get("error", problem["msg"])
            return BadRequest(f"the body is not JSON: {reason} at character {name}")
        case "extra_forbidden":
            return _unknown(place, in_url=in_url, body=body)
        case "missing":
            return BadRequest(f"{name or 'the body'} is missing")
        case "string_too_long" if name in ("query", "q", "question"):
            length = len(problem["input"])
            return QueryTooLong(
                f"the query has {length:,} characters; the limit is {MAX_QUERY_CHARACTERS:,}"
            )
    if name == "k":
        return BadK(f"k is {got}; give a whole number from 1 to {MAX_K}")
    reason = REASONS.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
    kind = BadFilter if name in {"filters", *FilterFields.model_fields} else BadRequest
    return kind(f"{'.'.join(place) or 'the body'}: {reason} (got {got})")


def _unknown(place: Sequence[str], *, in_url: bool, body: type[BaseModel]) -> BadRequest:
    name = place[-1]
    fields = FilterFields if place[0] == "filters" else body
    known = list((SearchParameters if in_url else fields).model_fields)
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}? " if near else ""
    if len(place) == 1 and not in_url and name in FilterFields.model_fields:
        hint = f"did you mean filters.{name}? "
    is_filter = place[0] == "filters" or (in_url and not KNOBS.intersection(near))
    kind, noun = (BadFilter, "filter") if is_filter else (BadRequest, "field")
    return kind(f"unknown {noun} {_short(name)}; {hint}known: {', '.join(known)}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
