"""Questions that a corpus cannot answer, made from its raw records, and such as it can.

Six kinds, each with the abstention that is right:

    no_such_trial      an NCT id that no record has               no_match/trial_not_here
    not_given          a field that the record leaves out         no_match/not_given
    no_events          adverse events, where nothing is posted    planned_not_reported/planned_only
                       where a planned outcome speaks of safety, else no_results_posted
    no_results         results, where nothing is posted           no_results_posted
    no_such_compound   a medicine that no record mentions         no_match/compound_not_here
    advice             what a physician should be asked           out_of_scope/medical_advice

Beside them stand the same wordings where there is an answer: fields that are given, events
and results that are posted, compounds that are here. Wording and choice depend on the seed
and the trial alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from eval.answers.cases import Case
from eval.generated.phrasings import MIN_WORDS, TrialName, chance, pick
from eval.generated.raw_records import UNKNOWN_ENROLLMENT, RawRecord, all_words
from retrieval.answering.types import Question
from retrieval.language.safety import speaks_of_safety

PLANNED = "protocolSection.outcomesModule"
EVENTS = "resultsSection.adverseEventsModule.eventGroups"
OUTCOMES = "resultsSection.outcomeMeasuresModule.outcomeMeasures"
TREATMENTS = "protocolSection.armsInterventionsModule.interventions.name"
CONDITIONS = "protocolSection.conditionsModule.conditions"
RESULTS = frozenset({"no_results_posted/results_not_posted"})
ONLY_PLANNED = frozenset({"planned_not_reported/planned_only"})

Maker = Callable[[Sequence[RawRecord], int], Iterator[Case]]


@cache
def wordings() -> Mapping[str, Any]:
    """Read the wordings that come with the project."""
    source = files("eval.answers").joinpath("answer_wordings.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


def absence_cases(records: Sequence[RawRecord], *, seed: int, each: int) -> Iterator[Case]:
    """Yield ``each`` questions at most of every kind, and of each kind that has an answer."""
    for make in (_no_such_trial, _events, _results, _fields, _compounds, _advice):
        groups: dict[str, dict[str, Case]] = {}
        for case in make(records, seed):
            groups.setdefault(case.group, {}).setdefault(case.question.text, case)
        for group, cases in groups.items():
            order = sorted(cases.values(), key=lambda case: chance(seed, group, case.case_id))
            yield from order[:each]


def name_of(record: RawRecord, *key: object) -> str:
    """Return a trial's id, or its title in quotes where that has enough words to name it."""
    name = TrialName(record.trial_id, record.title)
    if len(name.key) < MIN_WORDS or chance(*key, "naming") % 3:
        return record.trial_id
    return f'the trial "{name.title.strip(" .?")}"'


def _case(group: str, key: str, text: str, *types: str) -> Case:
    return Case(
        case_id=f"{group}-{key}".replace("/", "-"),
        group=group,
        question=Question(text),
        abstains=bool(types),
        types=frozenset(types),
    )


def _worded(kind: str, style: str, *key: object, **names: str) -> str:
    template: str = pick(wordings()[kind][style], kind, style, *key)
    return template.format(**names)


def _no_such_trial(records: Sequence[RawRecord], seed: int) -> Iterator[Case]:
    known = all_words(records)
    for record in records:
        trial_id = f"NCT{chance(seed, record.trial_id, 'made up') % 10**8:08d}"
        if trial_id.casefold() not in known:
            text = _worded("no_such_trial", "ask", seed, trial_id, trial=trial_id)
            yield _case("absent/no_such_trial", trial_id, text, "no_match/trial_not_here")


def _events(records: Sequence[RawRecord], seed: int) -> Iterator[Case]:
    for record in records:
        name = name_of(record, seed, record.trial_id, "events")
        text = _worded("no_events", "ask", seed, record.trial_id, trial=name)
        if record.at(EVENTS):
            # One named event may well be none of those that are posted.
            if "nausea" not in text or "nausea" in all_words([record]):
                yield _case("present/events", record.trial_id, text)
        elif not record.has_results:
            planned = _plans_safety(record)
            kind = "planned_events" if planned else "no_events"
            right = ONLY_PLANNED if planned else RESULTS
            yield _case(f"absent/{kind}", record.trial_id, text, *right)


def _plans_safety(record: RawRecord) -> bool:
    outcomes = (
        record.at(f"{PLANNED}.{kind}Outcomes.{part}")
        for kind in ("primary", "secondary", "other")
        for part in ("measure", "description")
    )
    return any(speaks_of_safety(text) for texts in outcomes for text in texts)


def _results(records: Sequence[RawRecord], seed: int) -> Iterator[Case]:
    for record in records:
        name = name_of(record, seed, record.trial_id, "results")
        text = _worded("no_results", "ask", seed, record.trial_id, trial=name)
        if record.at(OUTCOMES):
            yield _case("present/results", record.trial_id, text)
        elif not record.has_results:
            yield _case("absent/no_results", record.trial_id, text, *RESULTS)


def _fields(records: Sequence[RawRecord], seed: int) -> Iterator[Case]:
    for record in records:
        for field, path in wordings()["field_path"].items():
            key = f"{field}-{record.trial_id}"
            name = name_of(record, seed, key)
            text = _worded("field", field, seed, key, trial=name)
            values = record.at(path)
            if not values:
                yield _case("absent/not_given", key, text, "no_match/not_given")
            elif values != [UNKNOWN_ENROLLMENT]:
                yield _case("present/given", key, text)


def _compounds(records: Sequence[RawRecord], seed: int) -> Iterator[Case]:
    known, names = all_words(records), wordings()["names"]
    for name in (*names["medicines"], *names["invented"]):
        if name.casefold() not in known:
            for turn in range(3):
                text = _worded("no_such_compound", "ask", seed, name, turn, compound=name)
                reasons = ["no_match/compound_not_here"]
                # A name that nobody knows cannot be known for a compound's.
                reasons += ["no_match/nothing_close"] * (name in names["invented"])
                yield _case("absent/no_such_compound", f"{name}-{turn}", text, *reasons)
    treatments = "\n".join(name for record in records for name in record.at(TREATMENTS))
    for name in names["known"]:
        if name in treatments.casefold():
            for turn in range(3):
                text = _worded("compound", "ask", seed, name, turn, compound=name)
                yield _case("present/compound", f"{name}-{turn}", text)


def _advice(records: Sequence[RawRecord], seed: int) -> Iterator[Case]:
    conditions = sorted({each for record in records for each in record.at(CONDITIONS)})
    if not conditions:
        return
    for number in range(100):
        key = (seed, "advice", number)
        text = _worded(
            "advice",
            "ask",
            *key,
            compound=pick(wordings()["names"]["known"], *key, "compound"),
            condition=pick(conditions, *key, "condition").lower(),
        )
        yield _case("absent/advice", str(number), text, "out_of_scope/medical_advice")
