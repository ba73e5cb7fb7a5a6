"""What a caller may send, and its translation to a `Query`.

Every model forbids unknown names, so that a misspelt filter is an error and never a search
without it.
"""

import re
from dataclasses import replace
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from retrieval.answering.types import Question
from retrieval.errors import BadFilter
from retrieval.index.filter_keys import KNOWN_KEYS
from retrieval.index.judging import Verdict
from retrieval.language.compounds import Ladder
from retrieval.question.types import Operation
from retrieval.search.searcher import MAX_QUERY_CHARACTERS
from retrieval.types import Filters, Kind, Query
from search_api.dates import first_day, iso, last_day
from search_api.http.plan import PlanBody

MAX_K = 100  # trials that one answer holds; the core itself ranks more
MAX_COMMENT = 2_000  # characters
MAX_QUOTE = 50_000  # characters; above the longest passage under any setting of the chunker
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def _many(value: object) -> object:
    """Read one value as a list of one, and null as no filter."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def given(value: object) -> object:
    """Read null filters as none."""
    return {} if value is None else value


def _date(value: str) -> str:
    first_day(value)
    return value.strip()


Many = BeforeValidator(_many)
Name = Annotated[str, Field(min_length=1, max_length=500)]
Day = Annotated[str, AfterValidator(_date)]
People = Annotated[int, Field(ge=0, le=1_000_000_000)]


def _spellings(name: str) -> str:
    return f"Any spelling of: {', '.join(KNOWN_KEYS[name])}."


class FilterFields(BaseModel):
    """Filters, AND-ed; a list means any of, and one value may stand for a list of one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Annotated[tuple[Kind, ...], Many] = Field(
        (), description="`trial`: the registry's record; `digest`: an LLM's summary of it."
    )
    trial_ids: Annotated[tuple[Name, ...], Many] = Field((), description="NCT ids.")
    compounds: Annotated[tuple[Name, ...], Many] = Field(
        (), description="Ids or any known name: `thymalfasin` is `thymosin-alpha-1`."
    )
    conditions: Annotated[tuple[Name, ...], Many] = Field(
        (), description="Whole words of a condition or of its MeSH term."
    )
    phases: Annotated[tuple[Name, ...], Many] = Field((), description=_spellings("phases"))
    statuses: Annotated[tuple[Name, ...], Many] = Field((), description=_spellings("statuses"))
    study_types: Annotated[tuple[Name, ...], Many] = Field(
        (), description=_spellings("study_types")
    )
    has_results: bool | None = Field(
        None, description="Whether the registry has posted results for the trial."
    )
    countries: Annotated[tuple[Name, ...], Many] = Field((), description="As `United States`.")
    sections: Annotated[tuple[Name, ...], Many] = Field(
        (), description="Sections that a passage may come from, as `Adverse events`."
    )
    updated_from: Day | None = Field(
        None, description="Last update at the registry; yyyy-mm-dd, yyyy-mm or yyyy, inclusive."
    )
    updated_to: Day | None = Field(None, description="A month or a year includes its last day.")
    started_from: Day | None = Field(None, description="Start of the study, inclusive.")
    started_to: Day | None = Field(None, description="Start of the study, inclusive.")
    enrollment_from: People | None = Field(
        None, description="People enrolled or planned, at least."
    )
    enrollment_to: People | None = Field(None, description="People enrolled or planned, at most.")

    @model_serializer(mode="wrap")
    def _only_given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value not in (None, (), [])}

    @classmethod
    def of(cls, filters: Filters) -> "FilterFields":
        """Write filters as a request may send them."""
        given: dict[str, Any] = {name: getattr(filters, name) for name in FilterFields.model_fields}
        return FilterFields.model_construct(**given | {name: iso(given[name]) for name in DATES})

    def filters(self, ladder: Ladder) -> Filters:
        """Translate; raise `BadFilter` for an unknown compound or a range that runs backward."""
        given: dict[str, Any] = {name: getattr(self, name) for name in FilterFields.model_fields}
        for name in DATES:
            if given[name] is not None:
                given[name] = (first_day if name.endswith("_from") else last_day)(given[name])
        for field in ("updated", "started"):
            start, end = given[f"{field}_from"], given[f"{field}_to"]
            if start and end and start > end:
                raise BadFilter(
                    f"{field}_from {iso(start)} is after {field}_to {iso(end)}; swap them"
                )
        fewest, most = self.enrollment_from, self.enrollment_to
        if fewest is not None and most is not None and fewest > most:
            raise BadFilter(f"enrollment_from {fewest} is over enrollment_to {most}; swap them")
        given["compounds"] = tuple(dict.fromkeys(map(ladder.resolve, self.compounds)))
        return Filters(**given)


DATES = ("updated_from", "updated_to", "started_from", "started_to")


class Knobs(BaseModel):
    """How to search, whatever is searched for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    k: int = Field(10, ge=1, le=MAX_K, description="How many trials to return.")
    rerank: bool | None = Field(
        None,
        description="Read the twenty best passages again, together with the question: slower by "
        "some hundred milliseconds, and better for long claims. Null means no.",
    )
    understand: bool = Field(
        True, description="Read compounds, phases, dates and intent out of the words."
    )


class Asked(BaseModel):
    """What to search for, in a body."""

    query: str = Field(max_length=MAX_QUERY_CHARACTERS, description="A question or some words.")
    filters: Annotated[FilterFields, BeforeValidator(given)] = Field(
        FilterFields(), description="Explicit filters win over understood ones."
    )


class AskedByUrl(BaseModel):
    """What to search for, in a query string."""

    q: str = Field(max_length=MAX_QUERY_CHARACTERS, description="A question or some words.")


class SearchBody(Knobs, Asked):
    """The body of `POST /v1/search`."""

    plan: PlanBody = Field(PlanBody(), description="Overrides what was read, whole or in part.")

    def to_query(self, ladder: Ladder) -> Query:
        """Translate, or raise `BadFilter`."""
        query = _query(self.query, self.filters.filters(ladder), knobs=self)
        return replace(query, plan=self.plan.edit())


class SearchParameters(FilterFields, Knobs, AskedByUrl):
    """The query string of `GET /v1/search`; a filter may be repeated, meaning any of."""

    def to_query(self, ladder: Ladder) -> Query:
        """Translate, or raise `BadFilter`."""
        return _query(self.q, self.filters(ladder), knobs=self)


class AnswerBody(BaseModel):
    """The body of `POST /v1/answer`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(max_length=MAX_QUERY_CHARACTERS, description="A question, as typed.")
    filters: Annotated[FilterFields, BeforeValidator(given)] = Field(
        FilterFields(), description="Explicit filters win over understood ones."
    )
    k: int = Field(8, ge=1, le=MAX_K, description="How many trials are looked at.")
    stream: bool = Field(False, description="Server-sent events: claims as they are ready.")
    route: Operation | None = Field(None, description="Overrides how the question is answered.")
    plan: PlanBody = Field(PlanBody(), description="Overrides what was read, whole or in part.")

    def to_question(self, ladder: Ladder) -> Question:
        """Translate, or raise `BadFilter`."""
        edit = self.plan.edit(self.route)
        return Question(cleaned(self.question), self.filters.filters(ladder), k=self.k, plan=edit)


Offset = Annotated[int, Field(ge=0, strict=True)]


class FeedbackBody(Asked):
    """The body of `POST /v1/feedback`: a verdict on one passage for one question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    doc_id: Name = Field(description="The document of the passage, as a hit names it.")
    version: str | None = Field(
        None,
        pattern="^sha256:[0-9a-f]{64}$",
        description="The passage's version; another one live is a 409.",
    )
    start: Offset = Field(description="First code point of the passage in the document's text.")
    end: Offset = Field(description="The code point after its last.")
    verdict: Verdict = Field(
        description="`relevant`: answers the question by itself; `partial`: answers a part; "
        "`related`: on the subject, but no answer; `irrelevant`: wrong, or of something else."
    )
    comment: str | None = Field(
        None, max_length=MAX_COMMENT, description="Why. It is stored: no personal data."
    )
    replaces: str | None = Field(
        None,
        pattern="^[0-9a-f]{16}$",
        description="The id of a verdict on the same passage that this one takes back.",
    )


def cleaned(query: str) -> str:
    """Return a query without control characters and outer blanks."""
    return CONTROL.sub(" ", query).strip()


def _query(text: str, filters: Filters, *, knobs: Knobs) -> Query:
    return Query(
        text=cleaned(text),
        filters=filters,
        k=knobs.k,
        understand=knobs.understand,
        rerank=knobs.rerank,
    )
