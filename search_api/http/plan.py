"""The plan in JSON: what was read of a question, and the part of it that a caller overrides."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from retrieval.demands import AnyOf, Between, Demand, Is, Named, Not
from retrieval.errors import BadRequest
from retrieval.question.fields import load_fields
from retrieval.question.types import (
    NamedBy,
    Operation,
    Plan,
    PlanEdit,
    ReadDemand,
    SubjectKind,
)
from search_api.dates import first_day, iso, last_day

Op = Literal["is", "between", "named", "not", "any_of"]
# What filters call a field is what a plan calls it.
PLURALS = {"phase": "phases", "status": "statuses", "study_type": "study_types"}
_SINGULARS = {plural: name for name, plural in PLURALS.items()}
DATES = frozenset(
    (
        "start_date",
        "primary_completion_date",
        "completion_date",
        "last_update",
        "first_posted",
        "results_first_posted",
    )
)


class DemandView(BaseModel):
    """What trials must state, with the words that were read."""

    field: str | None = Field(description="None of a demand that is made of others.")
    op: Op
    value: Any = Field(description="A list; `{from, to}` of `between`; demands of `not`, `any_of`.")
    words: str
    start: int = Field(description="First code point of the words in the question.")
    end: int
    sure: bool = Field(description="Whether a search hides by it; a count takes all demands.")
    rule: str = Field(description="The rule that read the words.")

    @classmethod
    def of(cls, read: ReadDemand) -> Self:
        return cls(
            **told(read.demand),
            words=read.words,
            start=read.start,
            end=read.end,
            sure=read.sure,
            rule=read.rule,
        )


class SubjectView(BaseModel):
    """What the question is about."""

    kind: SubjectKind
    trial_ids: tuple[str, ...]
    named_by: NamedBy
    why: str


class PlanView(BaseModel):
    """How the question is answered; may be sent back edited, whole or in part."""

    operation: Operation
    fields: tuple[str, ...]
    subject: SubjectView
    demands: tuple[DemandView, ...]
    left: tuple[str, ...] = Field(description="Words that no rule read.")
    confidence: float = Field(description="By operation, set by hand; 1 where a caller chose it.")
    why: str

    @classmethod
    def of(cls, plan: Plan) -> Self:
        subject = plan.subject
        return cls(
            operation=plan.operation,
            fields=tuple(PLURALS.get(name, name) for name in plan.fields),
            subject=SubjectView(
                kind=subject.kind,
                trial_ids=subject.trial_ids,
                named_by=subject.named_by,
                why=subject.why,
            ),
            demands=tuple(map(DemandView.of, plan.demands)),
            left=plan.left,
            confidence=plan.confidence,
            why=plan.why,
        )


class _Given(BaseModel):
    # What a plan told beside its values ("words", "why") may come back with it, and says nothing.
    model_config = ConfigDict(extra="ignore", frozen=True)


class DemandBody(_Given):
    """A demand as `plan` tells it."""

    op: Op
    field: str | None = None
    value: Any = None

    def demand(self) -> Demand:
        """Translate; raises `BadRequest` for what is no demand."""
        if self.op == "not":
            return Not(_inner(self.value))
        if self.op == "any_of":
            return AnyOf(tuple(map(_inner, self._values())))
        field = _known(self.field)
        if self.op == "between":
            return self._between(field)
        values = self._values()
        if self.op == "named":
            return Named(field, tuple(map(str, values)))
        if not all(isinstance(value, str | int | bool) for value in values):
            raise BadRequest(f"the demand on {field} has the value {self.value!r}: give tokens")
        return Is(field, values)

    def _values(self) -> tuple[Any, ...]:
        values = tuple(self.value) if isinstance(self.value, list | tuple) else (self.value,)
        if not values or None in values:
            raise BadRequest(f"the demand {self.op} on {self.field!r} has no value; give a list")
        return values

    def _between(self, field: str) -> Between:
        value = self.value
        if not isinstance(value, dict) or not set(value) <= {"from", "to"}:
            raise BadRequest(f'a demand "between" has a value of "from" and "to", not {value!r}')
        low, high = value.get("from"), value.get("to")
        if field in DATES:
            low = first_day(low) if isinstance(low, str) else low
            high = last_day(high) if isinstance(high, str) else high
        if not all(end is None or (isinstance(end, int)) for end in (low, high)):
            raise BadRequest(f"the ends of the demand on {field} are {low!r} and {high!r}")
        return Between(field, low, high)


def _inner(value: object) -> Demand:
    """Return the demand inside another one."""
    try:
        return DemandBody.model_validate(value).demand()
    except (ValidationError, RecursionError) as error:
        raise BadRequest(f"a demand holds {str(value)[:80]!r}, which is none") from error


class SubjectBody(_Given):
    """The trials that are meant."""

    trial_ids: tuple[str, ...] = ()


def _absent(value: object) -> object:
    return {} if value is None else value


class PlanBody(_Given):
    """A plan, whole or in part: what is given overrides what was read."""

    operation: Operation | None = None
    fields: tuple[str, ...] | None = None
    subject: Annotated[SubjectBody, BeforeValidator(_absent)] = SubjectBody()
    demands: tuple[DemandBody, ...] | None = None

    def edit(self, route: Operation | None = None) -> PlanEdit:
        """Translate; raises `BadRequest` for a field or value that does not exist.

        ``route`` is the older way to name the operation; the plan's own wins.
        """
        return PlanEdit(
            operation=self.operation or route,
            fields=None if self.fields is None else tuple(map(_known_field, self.fields)),
            trial_ids=tuple(one.strip().upper() for one in self.subject.trial_ids),
            demands=None if self.demands is None else tuple(one.demand() for one in self.demands),
        )


def told(demand: Demand) -> dict[str, Any]:
    """Return a demand as JSON tells it."""
    if isinstance(demand, Not):
        return {"field": None, "op": "not", "value": told(demand.of)}
    if isinstance(demand, AnyOf):
        return {"field": None, "op": "any_of", "value": [told(one) for one in demand.of]}
    field = PLURALS.get(demand.field, demand.field)
    if isinstance(demand, Is):
        return {"field": field, "op": "is", "value": list(demand.values)}
    if isinstance(demand, Named):
        return {"field": field, "op": "named", "value": list(demand.names)}
    ends: dict[str, Any] = {"from": demand.low, "to": demand.high}
    if demand.field in DATES:
        ends = {name: iso(day) for name, day in ends.items()}
    return {"field": field, "op": "between", "value": ends}


def _known(field: str | None) -> str:
    """Return a field's own name; demands may be on names that are no lookup as well."""
    if field is None:
        raise BadRequest("a demand of a plan names no field")
    return _SINGULARS.get(field, field)


def _known_field(field: str) -> str:
    name = _SINGULARS.get(field, field)
    if name not in load_fields():
        raise BadRequest(f"plan.fields: unknown {field!r}; known are {', '.join(load_fields())}")
    return name
