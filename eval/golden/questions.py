"""Judged questions: one a line, with the quotes that answer it and how well each does.

    {"query_id": "g001", "text": "thymosin safety data", "kind": "keyword", "filters": {},
     "judgements": [{"doc_id": "clinicaltrials:NCT00001036", "quote": "...", "grade": 3}],
     "answer": "...", "path": "...", "note": "..."}

``kind`` groups questions in a report. ``filters`` are those of ``POST /v1/search``, with dates
in full (``2022-01-31``). A quote stands verbatim in its document's text, at ``start`` (code
points) where that is given and otherwise where it first occurs. Grades:

    3  answers the question by itself
    2  answers a part of it, or all of it at a lower authority
    1  on the subject, but no answer
    0  looks right and is wrong

What is not judged counts as 0. A question that the corpus cannot answer is of the kind
`UNANSWERABLE` and has no grade over 1; every other one has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from eval.lines import BadInput, numbered_lines
from retrieval.errors import BadFilter, DocumentNotFound
from retrieval.language.compounds import Ladder
from retrieval.types import Document, Filters

UNANSWERABLE = "unanswerable"
ANSWERS = 2  # from this grade on, a passage answers at least a part
FINGERPRINT = 12  # hex digits
SHOWN = 10  # problems told at once

DATES = ("updated_from", "updated_to", "started_from", "started_to")
NAMES = frozenset(field.name for field in fields(Filters))
FILTERS = TypeAdapter(Filters)


class QuestionError(BadInput):
    """A file of questions cannot be read, or judges what is not in the corpus."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How well a quote of a document answers; ``start`` is ``None`` for its first occurrence."""

    doc_id: str
    quote: str
    grade: int
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its judgements; ``answer`` and ``path`` are of generated questions."""

    query_id: str
    text: str
    kind: str
    filters: Filters
    judgements: tuple[Judgement, ...]
    answer: str | None = None
    path: str | None = None
    note: str | None = None

    @property
    def answerable(self) -> bool:
        return any(judgement.grade >= ANSWERS for judgement in self.judgements)

    @property
    def fingerprint(self) -> str:
        """What decides its score; two questions are comparable when theirs are equal."""
        judged = [asdict(judgement) for judgement in self.judgements]
        decisive = json.dumps([self.text, _given(self.filters), judged])
        return sha256(decisive.encode()).hexdigest()[:FINGERPRINT]


@dataclass(frozen=True, slots=True)
class JudgedSpan:
    """A judgement found again: ``document.text[start:end]`` is its quote."""

    doc_id: str
    trial_id: str
    start: int
    end: int
    grade: int


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question whose judgements stand in the live documents."""

    question: Question
    spans: tuple[JudgedSpan, ...]


class _JudgementLine(BaseModel):
    model_config = ConfigDict(extra="forbid")

    doc_id: Annotated[str, Field(min_length=1)]
    quote: Annotated[str, Field(min_length=1)]
    grade: Annotated[int, Field(ge=0, le=3, strict=True)]
    start: Annotated[int, Field(ge=0, strict=True)] | None = None


class _QuestionLine(BaseModel):
    model_config = ConfigDict(extra="forbid")

    # A run file has its columns between blanks.
    query_id: Annotated[str, Field(pattern=r"^\S+$")]
    text: Annotated[str, Field(pattern=r"\S")]
    kind: Annotated[str, Field(pattern=r"\S")]
    filters: dict[str, Any] = {}
    judgements: tuple[_JudgementLine, ...]
    answer: str | None = None
    path: str | None = None
    note: str | None = None


def read_questions(path: Path, ladder: Ladder) -> tuple[Question, ...]:
    """Read a file of questions (also ``.gz``).

    Raises `QuestionError` with file, line and question for what cannot be, such as an
    unknown field, a query id that stands twice, or one quote with two grades.
    """
    places: dict[str, int] = {}
    questions = []
    for number, line in numbered_lines(path, QuestionError):
        place = f"{path} line {number}"
        question = _question(line, place, ladder)
        if question.query_id in places:
            first = places[question.query_id]
            raise QuestionError(
                f"{place}, question {question.query_id}: this id stands at line {first} already"
            )
        places[question.query_id] = number
        questions.append(question)
    if not questions:
        raise QuestionError(f"{path} holds no question")
    return tuple(questions)


def resolve(
    questions: Iterable[Question], document_of: Callable[[str], Document]
) -> tuple[JudgedQuestion, ...]:
    """Find each quote in its live document.

    ``document_of`` gives a document by its id or raises `DocumentNotFound`. Raises
    `QuestionError` with the first `SHOWN` judgements that name no live document or whose
    quote is not there.
    """
    document_of = cache(document_of)
    problems: list[str] = []
    judged = []
    for question in questions:
        spans = []
        for judgement in question.judgements:
            try:
                spans.append(_span(judgement, document_of(judgement.doc_id)))
            except (DocumentNotFound, QuestionError) as error:
                quote = f"the quote {judgement.quote[:80]!r}"
                problems.append(f"question {question.query_id}, {quote}: {error}")
        judged.append(JudgedQuestion(question, tuple(spans)))
    if problems:
        more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        raise QuestionError("\n".join([*problems[:SHOWN], *more]))
    return tuple(judged)


def question_line(question: Question) -> str:
    """Write a question as a line of the format, without a line break."""
    values = asdict(question)
    filters = _given(question.filters)
    for name in DATES:
        if name in filters:
            filters[name] = date.fromisoformat(str(filters[name])).isoformat()
    values["filters"] = filters
    values["judgements"] = [_without_none(judged) for judged in values["judgements"]]
    return json.dumps(_without_none(values), ensure_ascii=False)


def _given(filters: Filters) -> dict[str, Any]:
    """Return the filters that are set, by name."""
    return {name: value for name, value in asdict(filters).items() if value not in ((), None)}


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _question(line: str, place: str, ladder: Ladder) -> Question:
    try:
        given = json.loads(line)
    except ValueError as error:
        raise QuestionError(f"{place} is no JSON: {error}") from error
    if not isinstance(given, dict):
        raise QuestionError(f"{place} is no JSON object")
    place = f"{place}, question {given.get('query_id', '(without query_id)')}"
    try:
        read = _QuestionLine.model_validate(given)
        filters = _filters(read.filters, ladder)
    except ValidationError as error:
        raise QuestionError(f"{place}: {_told(error)}") from None
    except (BadFilter, ValueError) as error:
        raise QuestionError(f"{place}: filters: {error}") from None
    judgements = tuple(Judgement(**judged.model_dump()) for judged in read.judgements)
    question = Question(**dict(read) | {"filters": filters, "judgements": judgements})
    _check(question, place)
    return question


def _told(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())


def _filters(given: dict[str, Any], ladder: Ladder) -> Filters:
    if unknown := given.keys() - NAMES:
        raise BadFilter(f"unknown {min(unknown)}; known are {', '.join(sorted(NAMES))}")
    values = {name: [value] if isinstance(value, str) else value for name, value in given.items()}
    for name in given.keys() & set(DATES):
        values[name] = _day(name, given[name])
    filters = FILTERS.validate_python(values)
    return replace(filters, compounds=tuple(map(ladder.resolve, filters.compounds)))


def _day(name: str, value: str) -> int:
    try:
        return int(date.fromisoformat(value).strftime("%Y%m%d"))
    except (TypeError, ValueError):
        raise BadFilter(f"{name} is {value!r}; write a day in full, as 2022-01-31") from None


def _check(question: Question, place: str) -> None:
    grades: dict[tuple[str, str, int | None], int] = {}
    for judgement in question.judgements:
        judged = (judgement.doc_id, judgement.quote, judgement.start)
        if judged in grades:
            raise QuestionError(
                f"{place}: the quote {judgement.quote[:80]!r} of {judgement.doc_id} is judged twice"
            )
        grades[judged] = judgement.grade
    if question.answerable and question.kind == UNANSWERABLE:
        raise QuestionError(f"{place}: the kind is {UNANSWERABLE}, but a grade is over 1")
    if not question.answerable and question.kind != UNANSWERABLE:
        raise QuestionError(
            f"{place}: no judgement has grade {ANSWERS} or 3; if the corpus cannot answer it, "
            f"its kind is {UNANSWERABLE}"
        )


def _span(judgement: Judgement, document: Document) -> JudgedSpan:
    start = judgement.start
    if start is None:
        start = document.text.find(judgement.quote)
    end = start + len(judgement.quote)
    if start < 0 or document.text[start:end] != judgement.quote:
        where = "nowhere" if judgement.start is None else f"not at {judgement.start}"
        raise QuestionError(f"it stands {where} in {document.doc_id}, as that is live")
    return JudgedSpan(document.doc_id, document.trial_id, start, end, judgement.grade)
