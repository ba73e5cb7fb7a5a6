"""The tools that a language model is offered: arguments, what they answer, and how it reads.

Each answers with a view of the HTTP API, and with a text that says the same to a model which
is not given the structure. Texts of documents are quoted in it as data.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from retrieval.answering.types import Question
from retrieval.errors import BadSpan
from retrieval.index.judging import Judging
from retrieval.question.types import Operation, PlanEdit
from retrieval.search.searcher import MAX_QUERY_CHARACTERS
from retrieval.types import Document, Filters
from search_api.gate import Gate
from search_api.http.answer_views import AnswerView
from search_api.http.faults import from_validation
from search_api.http.plan import PlanBody
from search_api.http.routes import run
from search_api.http.schemas import MAX_K, FilterFields, Name, Offset, SearchBody, cleaned
from search_api.http.views import DocumentView, SearchView
from search_api.mcp.text import answer_text, document_text, search_text

PART = 20_000  # code points of a document that one call returns: some 5,000 tokens


def _object(value: object) -> object:
    """Read an object that was sent as its JSON text: some clients send every argument so."""
    try:
        return json.loads(value) if isinstance(value, str) else ({} if value is None else value)
    except ValueError:
        return value


AnyFilters = Annotated[FilterFields, BeforeValidator(_object)]
FILTERS = "Explicit filters, AND-ed; they win over what is read out of the words."


class Arguments(BaseModel):
    """Arguments of a tool; an unknown name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SearchArguments(SearchBody):
    """Arguments of `search`."""

    filters: AnyFilters = Field(FilterFields(), description=FILTERS)


class AnswerArguments(Arguments):
    """Arguments of `answer`."""

    question: str = Field(max_length=MAX_QUERY_CHARACTERS, description="A question, as typed.")
    filters: AnyFilters = Field(FilterFields(), description=FILTERS)
    k: int = Field(8, ge=1, le=MAX_K, description="How many trials are looked at.")
    route: Operation | None = Field(None, description="Overrides how the question is answered.")
    plan: PlanBody = Field(PlanBody(), description="Overrides what was read, whole or in part.")


class DocumentArguments(Arguments):
    """Arguments of `get_document`."""

    doc_id: Name = Field(description="As a hit or citation names it.")
    version: str | None = Field(
        None, description="The citation's version; another one live is a VersionConflict."
    )
    section: str | None = Field(None, description="Name of the one section to read.")
    start: Offset | None = Field(None, description="First code point to read, as in a citation.")
    end: Offset | None = Field(None, description="The code point after the last to read.")


class SafetyArguments(Arguments):
    """Arguments of `safety_table`."""

    trial_id: Name = Field(description="As `NCT06056804`.")


class DocumentPartView(DocumentView):
    """A document with a part of its text: `text` is `document.text[start:end]`."""

    start: int
    end: int
    characters: int = Field(description="Length of the whole text, in Unicode code points.")


@dataclass(frozen=True, slots=True)
class Answered:
    """What a tool answers: structure for programs, and text for a model."""

    view: BaseModel
    text: str


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What the tools work on; ``call`` runs one of `TOOLS` in the caller's thread."""

    gate: Gate
    judging: Judging

    def call(self, name: str, arguments: Mapping[str, Any]) -> Answered:
        """Run a tool; raises `KeyError` for an unknown one, and else our errors only."""
        tool = TOOLS[name]
        try:
            given = tool.arguments.model_validate(arguments)
        except ValidationError as error:
            raise from_validation(error.errors(), body=tool.arguments) from None
        return tool.run(self, given)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as a model is told of it; ``view`` is the shape of its structured answers."""

    title: str
    description: str
    arguments: type[BaseModel]
    view: type[BaseModel]
    run: Callable[[Toolbox, Any], Answered]


def _search(box: Toolbox, given: SearchArguments) -> Answered:
    view = run(given, box.gate, box.judging)
    return Answered(view, search_text(view))


def _answer(box: Toolbox, given: AnswerArguments) -> Answered:
    filters = given.filters.filters(box.gate.opened().ladder)
    return _answered(
        box,
        Question(cleaned(given.question), filters, k=given.k, plan=given.plan.edit(given.route)),
    )


def _safety_table(box: Toolbox, given: SafetyArguments) -> Answered:
    trial_id = cleaned(given.trial_id)
    only = Filters(trial_ids=(trial_id.upper(),))
    edit = PlanEdit(operation="safety")
    return _answered(box, Question(f"adverse events of {trial_id}", only, plan=edit))


def _answered(box: Toolbox, question: Question) -> Answered:
    answerer = box.gate.opened().answerer
    started = perf_counter()
    answer = answerer.answer(question)
    view = AnswerView.of(answer, took_ms=(perf_counter() - started) * 1000)
    return Answered(view, answer_text(view))


def _get_document(box: Toolbox, given: DocumentArguments) -> Answered:
    document = box.gate.opened().searcher.document(given.doc_id, version=given.version)
    start, end = _part(document, given)
    whole = dict(DocumentView.of(document)) | {"text": document.text[start:end]}
    view = DocumentPartView(**whole, start=start, end=end, characters=len(document.text))
    return Answered(view, document_text(view))


def _part(document: Document, given: DocumentArguments) -> tuple[int, int]:
    """Return the span that is asked for, cut to `PART`."""
    first, last = 0, len(document.text)
    if given.section is not None:
        first, last = _section(document, given.section)
    start = first if given.start is None else given.start
    end = last if given.end is None else given.end
    if not (first <= start < end <= last):
        place = f"section {given.section}" if given.section else "text"
        raise BadSpan(
            f"start {start} and end {end} are no span of the {place} of {document.doc_id}, "
            f"which goes from {first} to {last}"
        )
    return start, min(end, start + PART)


def _section(document: Document, name: str) -> tuple[int, int]:
    for section in document.sections:
        if section.name.casefold() == name.strip().casefold():
            return section.start, section.end
    known = ", ".join(section.name for section in document.sections)
    raise BadSpan(f"{document.doc_id} has no section {name!r}; it has: {known}")


CITE = (
    "Cite every statement you take from it as doc_id [start:end], quote to the letter, and never "
    "change, add up or pool numbers. "
)
TOOLS: Mapping[str, Tool] = {
    "search": Tool(
        "Search trials and digests",
        "Ranked passages about peptides in clinical trials, one hit per trial, each with its exact "
        "place. Each says whose words it is (voice: the registry's, or an LLM's digest, which the "
        "registry overrules) and whether it reports results or only plans them (evidence). "
        f"{CITE}For how many or which trials there are use `answer`: hits are only the best k.",
        SearchArguments,
        SearchView,
        _search,
    ),
    "get_document": Tool(
        "Read a document",
        "The text of a document of the corpus, whole or in part: a section by name, or the code "
        f"points from start to end as a citation gives them; at most {PART:,} at a time. The "
        f"answer says where the part ends and how long the text is. {CITE}",
        DocumentArguments,
        DocumentPartView,
        _get_document,
    ),
    "answer": Tool(
        "Answer a question",
        "Cited claims that answer a question about trials (a field of a trial, counts and lists "
        "over the whole corpus, safety, comparison, eligibility), or `abstained` with the reason "
        f"why there is no answer here: then say so, and do not answer from memory. {CITE}Keep the "
        "citations when you repeat a claim. It gives no medical advice.",
        AnswerArguments,
        AnswerView,
        _answer,
    ),
    "safety_table": Tool(
        "Adverse events of a trial",
        "The adverse events that the registry has posted for one trial, per arm as affected / at "
        "risk, serious and other apart; percentages are computed and marked so. Without posted "
        "results it abstains, and tells a trial that only plans to report safety from one that "
        f"does not. {CITE}",
        SafetyArguments,
        AnswerView,
        _safety_table,
    ),
}
