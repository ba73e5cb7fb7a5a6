"""What a query's words say: trials, compounds, filters and intent; no model, no guess.

Compounds and trial ids are reported, never filtered by: a search expands the ones and pins
the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from retrieval.demands import Between, Is
from retrieval.language.compounds import Ladder
from retrieval.language.mention import CompoundMention
from retrieval.language.words import STOP_WORDS
from retrieval.question.asked import asks_a_fact
from retrieval.question.read import read
from retrieval.question.senses import asks, times
from retrieval.question.types import FILTERS, ReadDemand, Reading
from retrieval.question.wording import NCT_ID, names_trials_or_drug
from retrieval.types import Filters, Intent, Understood

T = TypeVar("T")


# Where a question has words of two intents, the one with more of them wins, then the first.
_TOPICS: tuple[tuple[Intent, str], ...] = (
    ("eligibility", "eligibility"),
    ("safety", "harms"),
    ("dose", "dose"),
    ("efficacy", "efficacy"),
    ("status", "status"),
    ("design", "design"),
)


def understand(text: str, ladder: Ladder) -> Understood:
    """Return what the words of a query say; never raises, whatever the text."""
    return understood(read(text, ladder), ladder)


def understood(reading: Reading, ladder: Ladder) -> Understood:
    """Return what a reading says of trials, compounds, filters and intent.

    A query that names a trial has no filter: "Is NCT… recruiting?" must not hide the trial
    when the answer is no.
    """
    filters = Filters() if reading.trial_ids else sure_filters(reading.demands)
    known = Understood(
        trial_ids=reading.trial_ids,
        compounds=reading.compounds,
        excluded=_excluded(reading.compounds, ladder),
        filters=filters,
    )
    return replace(known, intent=_intent(reading)) if reading.short else known


def sure_filters(demands: Iterable[ReadDemand]) -> Filters:
    """Return the filters that surely are asked for; a range that is empty is none.

    What is denied, or one of several alternatives on other fields, hides nothing.
    """
    given: dict[str, Any] = {}
    for one in demands:
        demand = one.demand
        if one.sure and isinstance(demand, Is) and demand.field in FILTERS:
            name = FILTERS[demand.field]
            given[name] = demand.values[0] if name == "has_results" else _values(demand)
        elif one.sure and isinstance(demand, Between) and demand.field in FILTERS:
            low, high = demand.low, demand.high
            if low is None or high is None or low <= high:
                name = FILTERS[demand.field]
                given |= {f"{name}_from": low, f"{name}_to": high}
    return Filters(**given)


def _values(demand: Is) -> tuple[Any, ...]:
    ordered = demand.field in ("countries", "kind")
    return demand.values if ordered else tuple(sorted(map(str, demand.values)))


def _excluded(mentions: tuple[CompoundMention, ...], ladder: Ladder) -> tuple[str, ...]:
    named = [mention.compound_id for mention in mentions]
    lookalikes = (other for one in named for other in ladder.get(one).lookalikes)
    return _unique(other for other in lookalikes if other not in named)


def _intent(reading: Reading) -> Intent:
    """Return what a question is after: trials counted or listed, or a topic."""
    if asks(reading.plain, "count"):
        return "count"
    topic = _topic(reading.plain)
    if asks(reading.plain, "list") or _describes_trials(reading, topic):
        return "list"
    return topic


def _topic(plain_text: str) -> Intent:
    words = {topic: times(plain_text, sense) for topic, sense in _TOPICS}
    if not (names_trials_or_drug(plain_text) or NCT_ID.search(plain_text)):
        words["status"] = 0  # "completed" and "recruiting" are said of many things
    topic = max(words, key=lambda one: words[one])
    return topic if words[topic] else "narrative"


def _describes_trials(reading: Reading, topic: Intent) -> bool:
    """Tell whether trials are described by what they must state, and nothing else is asked."""
    if not any(one.rule != "compound" for one in reading.demands):
        return False
    if STOP_WORDS.issuperset(reading.left):
        return True  # nothing but demands: of trials, whatever they are called
    if not asks(reading.plain, "several"):
        return False
    if topic == "design":
        return not asks_a_fact(reading.plain.rstrip("? "))  # "crossover trials?"
    return topic in ("status", "narrative")


def _unique(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))
