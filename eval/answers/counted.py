"""Counts and lists, made from raw records, with the trials that match by a direct count.

Each question demands one to three things that some record states, so that something may
match; what matches is found by comparing the JSON's own values, without the product.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from eval.answers.absent import wordings
from eval.answers.cases import Case
from eval.generated.phrasings import chance, pick
from eval.generated.raw_records import RawRecord
from retrieval.answering.types import Question

PROTOCOL = "protocolSection"
PHASES = {
    "EARLY_PHASE1": "early phase 1",
    "PHASE1": "phase 1",
    "PHASE2": "phase 2",
    "PHASE3": "phase 3",
    "PHASE4": "phase 4",
}
STATUSES = {
    "COMPLETED": "completed",
    "RECRUITING": "recruiting",
    "TERMINATED": "terminated",
    "WITHDRAWN": "withdrawn",
    "SUSPENDED": "suspended",
    "NOT_YET_RECRUITING": "not yet recruiting",
    "ACTIVE_NOT_RECRUITING": "active, not recruiting",
    "UNKNOWN": "unknown status",
}
TYPES = {"INTERVENTIONAL": "interventional", "OBSERVATIONAL": "observational"}
COMPOUNDS = ("semaglutide", "tirzepatide", "liraglutide", "metformin", "cagrilintide")
# The registry renamed these, and old records kept the old name.
SAME_COUNTRY = (
    {"South Korea", "Korea, Republic of"},
    {"Turkey", "Turkey (Türkiye)"},
)
SUBJECTS = ("compound", "condition")  # names, which have synonyms; the others are fields
CONDITION = re.compile(r"[A-Za-z][A-Za-z' -]{3,40}")  # what is typed without thinking


@dataclass(frozen=True, slots=True)
class Demand:
    """A demand: where its words stand in a noun phrase, the words, and what meets it."""

    place: str
    words: str
    meets: Callable[[RawRecord], bool]


def counted_cases(records: Sequence[RawRecord], *, seed: int, each: int) -> Iterator[Case]:
    """Yield ``each`` questions of either form at most, no two with the same words."""
    for form in ("count", "list"):
        seen: set[str] = set()
        order = sorted(records, key=lambda record: chance(seed, form, record.trial_id))
        for record in order:
            demands = _chosen(record, seed, form)
            what = _phrase(demands)
            if len(seen) < each and what not in seen:
                seen.add(what)
                yield _case(records, demands, what, form, seed)


def _case(
    records: Sequence[RawRecord], demands: Sequence[Demand], what: str, form: str, seed: int
) -> Case:
    met = (record for record in records if all(demand.meets(record) for demand in demands))
    template: str = pick(wordings()["total"][form], seed, form, what)
    named = any(demand.place in SUBJECTS for demand in demands)
    return Case(
        case_id=f"{form}-{chance(what) % 10**8:08d}",
        group=f"counted/{form}_{'subject' if named else 'fields'}",
        question=Question(template.format(what=what)),
        abstains=False,
        trials=frozenset(record.trial_id for record in met),
    )


def _chosen(record: RawRecord, seed: int, form: str) -> list[Demand]:
    key = (seed, form, record.trial_id)
    possible = sorted(_demands(record), key=lambda demand: chance(*key, demand.place))
    return possible[: 1 + chance(*key, "how many") % 3]


def _phrase(demands: Sequence[Demand]) -> str:
    """Return the demands as a noun phrase: "completed phase 2 trials of obesity in Spain"."""
    by_place = {demand.place: demand.words for demand in demands}
    before = [by_place[place] for place in ("status", "phase", "type") if place in by_place]
    after = [
        by_place[place]
        for place in ("compound", "condition", "country", "year", "results")
        if place in by_place
    ]
    return " ".join([*before, "trials", *after])


def _demands(record: RawRecord) -> Iterator[Demand]:
    status = record.first(f"{PROTOCOL}.statusModule.overallStatus")
    if status in STATUSES:
        yield _same("status", STATUSES[status], f"{PROTOCOL}.statusModule.overallStatus", status)
    for phase in record.at(f"{PROTOCOL}.designModule.phases")[:1]:
        if phase in PHASES:
            yield _same("phase", PHASES[phase], f"{PROTOCOL}.designModule.phases", phase)
    kind = record.first(f"{PROTOCOL}.designModule.studyType")
    if kind in TYPES:
        yield _same("type", TYPES[kind], f"{PROTOCOL}.designModule.studyType", kind)
    country = record.first(f"{PROTOCOL}.contactsLocationsModule.locations.country")
    if country:
        yield Demand("country", f"in {country}", partial(_in_country, country))
    if year := record.first(f"{PROTOCOL}.statusModule.startDateStruct.date")[:4]:
        yield Demand("year", f"that started in {year}", lambda one: _started(one) == year)
    if record.has_results:
        yield Demand("results", "with posted results", lambda one: one.has_results)
    yield from _subjects(record)


def _subjects(record: RawRecord) -> Iterator[Demand]:
    for condition in record.at(f"{PROTOCOL}.conditionsModule.conditions")[:1]:
        if CONDITION.fullmatch(condition):
            words = condition.lower()
            yield Demand("condition", f"of {words}", partial(_names, words, _conditions))
    named = [name for name in COMPOUNDS if _names(name, _interventions, record)]
    for name in named[:1]:
        yield Demand("compound", f"with {name}", partial(_names, name, _interventions))


def _same(place: str, words: str, path: str, value: str) -> Demand:
    return Demand(place, words, lambda record: value in record.at(path))


def _in_country(country: str, record: RawRecord) -> bool:
    names = next((group for group in SAME_COUNTRY if country in group), {country})
    return not names.isdisjoint(record.at(f"{PROTOCOL}.contactsLocationsModule.locations.country"))


def _started(record: RawRecord) -> str:
    return record.first(f"{PROTOCOL}.statusModule.startDateStruct.date")[:4]


def _conditions(record: RawRecord) -> list[str]:
    terms = record.at("derivedSection.conditionBrowseModule.meshes.term")
    return [*record.at(f"{PROTOCOL}.conditionsModule.conditions"), *terms]


def _interventions(record: RawRecord) -> list[str]:
    arms = f"{PROTOCOL}.armsInterventionsModule.interventions"
    return [*record.at(f"{arms}.name"), *record.at(f"{arms}.otherNames")]


def _names(words: str, texts: Callable[[RawRecord], list[str]], record: RawRecord) -> bool:
    """Tell whether one of a record's texts has the words as whole words in a row."""
    pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
    return any(pattern.search(text) for text in texts(record))
