"""What a query's words say: trials, compounds, filters and intent; no model, no guess.

The query is folded once to a plain form (`retrieval.question.wording`); each kind of filter is read
from it by a small module of patterns. Compounds and trial ids are reported, never filtered
by: a search expands the ones and pins the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from retrieval.language.compounds import Ladder
from retrieval.language.countries import countries
from retrieval.language.folding import fold
from retrieval.language.misspellings import find_compounds
from retrieval.question.cues import (
    asks_for_trials,
    has_results,
    kinds,
    phases,
    statuses,
    study_types,
)
from retrieval.question.periods import Period, periods
from retrieval.question.sizes import sizes
from retrieval.question.wording import (
    GAP,
    NCT_ID,
    RECORDS,
    TRIAL,
    is_short,
    names_trials_or_drug,
    plain,
    searching_sentences,
)
from retrieval.types import CompoundMention, Filters, Intent, Understood

T = TypeVar("T")

_HOW_MANY = re.compile(rf"\b(?:how many|number of|count(?: of)?) {GAP}(?:{TRIAL}|{RECORDS})")
_LIST = re.compile(
    rf"\b(?:list|show(?: me)?|find(?: me)?|give me|search for|which|what|any|are there|looking for)"
    rf" (?:all |the |me )*{GAP}{RECORDS}"
)
# Where a question has words of two intents, the one with more of them wins, then the first.
_TOPICS: dict[Intent, re.Pattern[str]] = {
    "eligibility": re.compile(
        r"\b(?:eligib\w+|inclusion|exclusion|criteria|who can|can i (?:join|enrol\w*|participate)"
        r"|qualif(?:y|ies)|(?:join|enrol) in)\b"
    ),
    "safety": re.compile(
        r"\b(?:safe(?:ty|ly)?|adverse|side effects?|saes?|teaes?|aes|toxic\w*"
        r"|tolera(?:bility|ble|ted)|harms?|harmful|contraindicat\w+)\b"
    ),
    "dose": re.compile(
        r"\b(?:dos(?:e|es|ing|age|ages)|how much|how often|mg|mcg|titrat\w+|regimens?)\b"
    ),
    "efficacy": re.compile(
        r"\b(?:efficacy|effective(?:ness)?|work|works|benefits?|improv\w+|weight loss"
        r"|response rates?|survival|outperform\w*|superior\w*)\b"
    ),
    "status": re.compile(
        r"\b(?:status|recruit(?:ing|ment)|completed|terminated|withdrawn|suspended|ongoing"
        r"|results? (?:posted|available|yet)|posted results"
        r"|when (?:did|does|will|is)|(?:start|completion) date)\b"
    ),
    "design": re.compile(
        r"\b(?:design(?:ed)?|(?:what|which) phase|enrol?lment|randomi[sz](?:ed|ation)"
        r"|blind(?:ed|ing)?|placebo|arms?|comparators?"
        r"|endpoints?|end points?|outcome measures?|(?:primary|secondary) outcomes?|sample size"
        r"|how many (?:patients|participants|people|subjects)|crossover|allocation)\b"
    ),
}


def understand(text: str, ladder: Ladder) -> Understood:
    """Return what the words of a query say; never raises, whatever the text.

    Filters come only from short queries that speak of trials, and never from one that names
    a trial: "Is NCT… recruiting?" must not hide the trial when the answer is no.
    """
    trial_ids = _unique(f"NCT{digits}" for digits in NCT_ID.findall(fold(text)))
    short = is_short(text)
    mentions = find_compounds(text, ladder) if short else ladder.find(text)
    understood = Understood(
        trial_ids=trial_ids, compounds=mentions, excluded=_excluded(mentions, ladder)
    )
    if not short:
        return understood
    words = plain(text, mentions)
    filters = Filters() if trial_ids else read_filters(words)
    return replace(understood, filters=filters, intent=_intent(words, filters))


def read_filters(plain_text: str) -> Filters:
    """Return the filters that the sentences of a plain short query ask for."""
    sentences = list(searching_sentences(plain_text))
    spans = [period for sentence in sentences for period in periods(sentence)]
    results = {asked for sentence in sentences if (asked := has_results(sentence)) is not None}
    updated_from, updated_to = _bounds(period for period in spans if period.event == "updated")
    started_from, started_to = _bounds(period for period in spans if period.event == "started")
    fewest, most = _within(
        (size.fewest, size.most) for sentence in sentences for size in sizes(sentence)
    )
    return Filters(
        kind=_unique(kind for sentence in sentences for kind in kinds(sentence)),
        phases=_sorted(phase for sentence in sentences for phase in phases(sentence)),
        statuses=_sorted(status for sentence in sentences for status in statuses(sentence)),
        study_types=_sorted(one for sentence in sentences for one in study_types(sentence)),
        has_results=results.pop() if len(results) == 1 else None,
        countries=_unique(one for sentence in sentences for one in countries(sentence)),
        updated_from=updated_from,
        updated_to=updated_to,
        started_from=started_from,
        started_to=started_to,
        enrollment_from=fewest,
        enrollment_to=most,
    )


def _excluded(mentions: tuple[CompoundMention, ...], ladder: Ladder) -> tuple[str, ...]:
    named = [mention.compound_id for mention in mentions]
    lookalikes = (other for one in named for other in ladder.get(one).lookalikes)
    return _unique(other for other in lookalikes if other not in named)


def _bounds(spans: Iterable[Period]) -> tuple[int | None, int | None]:
    return _within((period.first, period.last) for period in spans)


def _within(ranges: Iterable[tuple[int | None, int | None]]) -> tuple[int | None, int | None]:
    """Return the ends of what lies in all ranges; two that exclude each other say nothing."""
    known = list(ranges)
    first = max((low for low, _ in known if low is not None), default=None)
    last = min((high for _, high in known if high is not None), default=None)
    if first is not None and last is not None and first > last:
        return None, None
    return first, last


def _intent(plain_text: str, filters: Filters) -> Intent:
    if _HOW_MANY.search(plain_text):
        return "count"
    if _LIST.search(plain_text):
        return "list"
    words = {topic: len(pattern.findall(plain_text)) for topic, pattern in _TOPICS.items()}
    if not (names_trials_or_drug(plain_text) or NCT_ID.search(plain_text)):
        words["status"] = 0  # "completed" and "recruiting" are said of many things
    topic = max(words, key=lambda one: words[one])
    if words[topic] and topic != "status":
        return topic
    if filters != Filters() and asks_for_trials(plain_text):
        return "list"
    return topic if words[topic] else "narrative"


def _unique(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))
