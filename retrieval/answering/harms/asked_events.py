"""What a question asks of a record's adverse events: which kinds, which events, which arms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from retrieval.answering.harms.events import Arm, Event, Events, Kind
from retrieval.answering.matching import (
    doses_in,
    named_in_part,
    named_whole,
    telling_stems,
    without,
)
from retrieval.answering.stems import stems_of
from retrieval.index.rendered import Rendered
from retrieval.language.synonyms import find_synonyms
from retrieval.language.words import Runs

_NOT_SERIOUS = re.compile(
    r"\bnon[- ]?serious\b|\bnot (?:\w+ )?serious\b|\bother than (?:as )?serious\b"
    r"|\bother (?:adverse|side|events)\b",
    re.IGNORECASE,
)
_SERIOUS = re.compile(r"\bserious\w*|\bSAEs?\b", re.IGNORECASE)
_DEATHS = re.compile(r"\b(?:died?|dying|deaths?|dead|mortality|fatal\w*)\b", re.IGNORECASE)
_COUNTED = re.compile(
    r"\bhow (?:many|often|common|frequent)\b|\bwhat (?:share|percent\w*|proportion|number)\b"
    r"|\b(?:rate|incidence|frequency|number|cases?|percent\w*) of\b"
    r"|^(?:did|was|were|has|have|is|are) \b"
    r"|\b(?:did|does|was|were|has|have|is|are) (?:there )?(?:any|some|a |an |people|patients"
    r"|participants|subjects|volunteers|nobody|no one)",
    re.IGNORECASE,
)
_ARM = re.compile(
    r"\b(?:arms?|groups?|cohorts?|among|placebo|controls?)\b"
    r"|\b(?:given|on|receiving|received|taking|took|who got)\b",
    re.IGNORECASE,
)
# Words around an event's name that a question about events is made of.
_ASKING = (
    "profile tolerance harm harms incidence frequency rate cases case number percentage proportion "
    "experience experienced develop developed suffer suffered occur occurred non-serious "
    "placebo control due table overview die died dying dead mortality fatal fatalities tolerate "
    "seriously reaction reactions adr teae teaes ae occurrence observed across per total all-cause "
    "unwanted harmed hurt common often frequent frequently everyone kinds kind list listed versus"
)


# Before the names of both in one table: a term may be called as a system is.
_TERM, _SYSTEM = "term ", "system "


@dataclass(frozen=True, slots=True)
class AskedEvents:
    """What is asked of one record's events.

    ``arms`` are all of them unless ``narrowed``. ``events`` are those named, none if none
    is. ``unknown`` are words of a question that counts an event which the record doesn't name.
    """

    kinds: tuple[Kind, ...]
    arms: tuple[Arm, ...]
    events: tuple[Event, ...]
    narrowed: bool
    counted: bool
    unknown: tuple[str, ...]


def asked_events(events: Events, text: str, *, subject: Iterable[str]) -> AskedEvents:
    """Read a question, without its trial's id and title, beside a record's events.

    ``subject`` are texts whose words name no event: the trial's title, compounds.
    """
    titles = {arm.key: arm.title for arm in events.arms}
    whole_arms = named_whole(text, titles)
    rest = without(text, (titles[key] for key in whole_arms))
    kinds = kinds_asked(rest)
    listed = tuple(event for event in events.events if event.kind in kinds)
    named, unknown = _named(listed, rest, names=(*subject, *titles.values(), _ASKING))
    counted = _COUNTED.search(text) is not None
    wanted = whole_arms
    if not wanted and (_ARM.search(rest) or doses_in(rest)):
        wanted = named_in_part(without(rest, (event.term for event in named)), titles)
    about_arms = bool(named or counted or _ARM.search(text) or doses_in(text))
    arms = tuple(arm for arm in events.arms if arm.key in wanted) if about_arms else ()
    return AskedEvents(
        kinds=kinds,
        arms=arms or events.arms,
        events=named,
        narrowed=0 < len(arms) < len(events.arms),
        counted=counted,
        unknown=unknown,
    )


def kinds_asked(text: str) -> tuple[Kind, ...]:
    """Return which counts a question asks for; all where it names none."""
    if _NOT_SERIOUS.search(text):
        return ("other",)
    kinds: list[Kind] = []
    if _SERIOUS.search(text):
        kinds.append("serious")
    if _DEATHS.search(text):
        kinds.append("deaths")
    return tuple(kinds) or ("serious", "other", "deaths")


def _named(
    events: tuple[Event, ...], text: str, *, names: Iterable[str]
) -> tuple[tuple[Event, ...], tuple[str, ...]]:
    """Return the events that a text names, and its telling words that no event has."""
    whole = _named_whole(events, text)
    if whole:
        return whole, ()
    asked = telling_stems(text) - {stem for name in names for stem in stems_of(name)}
    words = [set(stems_of(f"{event.term} {event.organ_system}")) for event in events]
    shares = [len(asked & each) for each in words]
    best = max(shares, default=0)
    found = tuple(e for e, share in zip(events, shares, strict=True) if best and share == best)
    return found, _spoken(text, asked.difference(*words))


def names_an_event(record: Rendered, text: str) -> bool:
    """Tell whether a text names an event that a record posts, or an organ system of several words.

    Other forms, spellings and usual names of an event count too.
    """
    return bool(_named_whole(Events(record).events, text))


def _named_whole(events: tuple[Event, ...], text: str) -> tuple[Event, ...]:
    """Return the events that a text names by term, by another name of it, or by organ system."""
    names = {_TERM + event.term: event.term for event in events}
    systems = (event.organ_system for event in events)
    # One word alone ("Investigations") is said of much else.
    names |= {_SYSTEM + system: system for system in systems if len(system.split()) > 1}
    found = set(named_whole(text, names))
    synonyms = {stems_of(name) for group in find_synonyms(text) for name in group[1:]}
    return tuple(
        event
        for event in events
        if _TERM + event.term in found
        or _SYSTEM + event.organ_system in found
        or stems_of(event.term) in synonyms
    )


def _spoken(text: str, stems: frozenset[Runs]) -> tuple[str, ...]:
    """Return the words of a text that have these stems, as they are written."""
    return tuple(word for word in re.findall(r"[\w-]+", text) if stems.intersection(stems_of(word)))
