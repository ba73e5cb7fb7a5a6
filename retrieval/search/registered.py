"""The registry records of a snapshot as they are counted: which of them meet a demand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from retrieval.demands import AnyOf, Between, Demand, Is, Named, Not
from retrieval.index.catalogue import Catalogue
from retrieval.language.phrases import folded_phrase, has_phrase
from retrieval.types import Source, TrialFields


@dataclass(frozen=True, slots=True)
class Registered:
    """A registry record as it is counted."""

    source: Source
    fields: TrialFields

    def stated(self, field: str) -> tuple[Any, ...]:
        """Return the values of a field; empty where the record does not state it."""
        if field == "title":
            return (self.source.title,)
        if field == "conditions":
            return (*self.fields.conditions, *self.fields.condition_terms)
        if field == "compounds":
            return self.fields.compounds
        return next((values for name, values in self.fields.stated if name == field), ())


def holds(demand: Demand, record: Registered) -> bool | None:
    """Tell whether a record meets a demand; None where it does not state the field."""
    if isinstance(demand, Not):
        held = holds(demand.of, record)
        return None if held is None else not held
    if isinstance(demand, AnyOf):
        each = [holds(one, record) for one in demand.of]
        return True if True in each else None if None in each else False
    stated = record.stated(demand.field)
    if not stated and demand.field not in ("compounds", "other_names"):
        return None  # no compound of the ladder is an answer, and no country is none
    if isinstance(demand, Is):
        return any(_is(value, stated) for value in demand.values)
    if isinstance(demand, Named):
        return any(has_phrase(value, name) for value in stated for name in demand.names)
    return any(_within(value, demand) for value in stated)


def _is(value: object, stated: tuple[Any, ...]) -> bool:
    """Tell whether a value is stated; ``PHASE2/PHASE3`` is where both are."""
    parts = str(value).split("/") if isinstance(value, str) else [value]
    return all(part in stated for part in parts)


def _within(value: int, demand: Between) -> bool:
    low = demand.low is None or demand.low <= value
    return low and (demand.high is None or value <= demand.high)


class Registry:
    """Every registry record of a snapshot, by trial id, and what they call things."""

    def __init__(self, catalogue: Catalogue) -> None:
        stated = catalogue.trial_fields()
        cards = (card.source for card in catalogue.cards() if card.source.kind == "trial")
        self.records = tuple(Registered(source, stated[source.trial_id]) for source in cards)

    @cached_property
    def whole_names(self) -> dict[str, str]:
        """What conditions and treatments are called, folded, with the field that has it."""
        names: dict[str, str] = {}
        for field in ("conditions", "interventions"):
            for record in self.records:
                for value in record.stated(field):
                    names.setdefault(folded_phrase(value), field)
        return {name: field for name, field in names.items() if any(map(str.isalpha, name))}

    def any_meets(self, demand: Demand) -> bool:
        """Tell whether any record meets a demand."""
        return any(holds(demand, record) for record in self.records)


@lru_cache(maxsize=2)  # the live snapshot's, and the one before it while that is still asked
def registry_of(catalogue: Catalogue) -> Registry:
    """Return the records of a snapshot; read once."""
    return Registry(catalogue)
