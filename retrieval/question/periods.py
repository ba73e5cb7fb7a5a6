"""Periods of time in a sentence about trials: "since 2022", "updated before March 2021".

Dates are integers ``yyyymmdd``, both ends inclusive; a month or a year is taken whole.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from retrieval.question.wording import (
    FOLLOW,
    RECORDS,
    TRIAL,
    WORD,
    names_trials_or_drug,
    word_before,
)

_MONTHS = "january february march april may june july august september october november december"
_MONTH = {name[:3]: number for number, name in enumerate(_MONTHS.split(), start=1)}
_MONTH_WORD = "|".join(rf"{name[:3]}(?:{name[3:]})?" for name in _MONTHS.split()) + "|sept"
_YEAR = r"(?:19[89]|20\d)\d"
_DATE = (
    rf"(?:{_YEAR}(?:-\d\d(?:-\d\d)?)?"
    rf"|(?:\d{{1,2}} )?(?:{_MONTH_WORD})\.?(?: \d{{1,2}},)?,? (?:of )?{_YEAR})"
)
_DATED = (
    rf"\b(?P<word>between|from|since|on or after|after|later than|before|prior to|earlier than"
    rf"|on or before|until|through|by|up to|in|during) (?P<first>{_DATE})"
    rf"(?: (?:and|to|until|through) (?P<second>{_DATE}))?"
    rf"(?P<tail>,? (?:or|and) (?:later|after|newer|since|earlier|before|older)|,? onwards?)?"
)
_PERIOD = re.compile(_DATED + FOLLOW)
_ANY_PERIOD = re.compile(rf"{_DATED}(?![\w-])")
_LATER = re.compile(r"later|after|newer|since|onward")

_ISO = re.compile(rf"({_YEAR})(?:-(\d\d)(?:-(\d\d))?)?")
_SPOKEN = re.compile(
    rf"(?:(\d{{1,2}}) )?([a-z]{{3}})[a-z]*\.?(?: (\d{{1,2}}),)?,? (?:of )?({_YEAR})"
)

# For each word: does the period begin, or end, at the date, and does it count the date itself?
_SIDES: dict[str, tuple[Literal["begins", "ends"], bool]] = {
    "since": ("begins", True),
    "on or after": ("begins", True),
    "after": ("begins", False),
    "later than": ("begins", False),
    "before": ("ends", False),
    "prior to": ("ends", False),
    "earlier than": ("ends", False),
    "on or before": ("ends", True),
    "until": ("ends", True),
    "through": ("ends", True),
    "by": ("ends", True),
    "up to": ("ends", True),
}

_PAIRED = frozenset({"between", "from"})

_UPDATED = re.compile(r"\b(?:updated|modified)\b")
_STARTED = frozenset(
    {"started", "starting", "began", "begun", "beginning", "initiated", "launched"}
)
# Another date than the start is meant, and the index has none for it.
_OTHER_EVENT = re.compile(
    r"\b(?:completed|ended|ending|finished|terminated|withdrawn|suspended|posted|published"
    r"|registered|approved|approval|diagnos\w+|born|results)\b"
)
_RECORDS = re.compile(RECORDS)
_ABOUT_TRIALS = re.compile(rf"{TRIAL}(?:,? (?!(?:who|whose|whom|when)\b){WORD}){{0,12}},? $")


@dataclass(frozen=True, slots=True)
class Period:
    """When something happened to trials; ``None`` is an open end."""

    event: Literal["started", "updated"]
    first: int | None
    last: int | None


def periods(sentence: str) -> Iterator[Period]:
    """Yield the periods in which trials are asked to have started or been updated."""
    for found in _PERIOD.finditer(sentence):
        event = _event(sentence, found)
        word = _open_word(found["word"], found["tail"])
        bounds = _bounds(word, found["first"], found["second"])
        if event and bounds:
            yield Period(event, _number(bounds[0]), _number(bounds[1]))


def dates_in(sentence: str) -> Iterator[tuple[int, int, int | None, int | None]]:
    """Yield where a period stands, and its first and last day, whatever happened in it.

    For a sentence that is known to ask for trials; what follows the date may be anything.
    """
    for found in _ANY_PERIOD.finditer(sentence):
        bounds = _bounds(_open_word(found["word"], found["tail"]), found["first"], found["second"])
        if bounds:
            yield found.start(), found.end(), _number(bounds[0]), _number(bounds[1])


def _event(sentence: str, found: re.Match[str]) -> Literal["started", "updated"] | None:
    before = word_before(sentence, found.start())
    if before in _STARTED:
        return "started" if names_trials_or_drug(sentence) else None
    if _UPDATED.search(sentence):
        about = names_trials_or_drug(sentence) or _RECORDS.search(sentence)
        return "updated" if about else None
    if found["word"] in ("in", "during", "by") or before.endswith("ed"):
        return None
    if _OTHER_EVENT.search(sentence) or not _ABOUT_TRIALS.search(sentence[: found.start()]):
        return None
    return "started"


def _open_word(word: str, tail: str | None) -> str:
    """Return the word that says what the tail of a date does: "in 2024 or later"."""
    if not tail or word not in ("in", "during", "from"):
        return word
    return "since" if _LATER.search(tail) else "until"


def _number(day: date | None) -> int | None:
    return day.year * 10_000 + day.month * 100 + day.day if day else None


def _bounds(word: str, first: str, second: str | None) -> tuple[date | None, date | None] | None:
    """Return the first and last day meant; None for what is no period or no date."""
    days = _days(first)
    last_days = _days(second) if second else days
    if days is None or last_days is None or bool(second) != (word in _PAIRED):
        return None
    if word not in _SIDES:
        return (days[0], last_days[1]) if days[0] <= last_days[1] else None
    side, inclusive = _SIDES[word]
    if side == "begins":
        return (days[0] if inclusive else days[1] + timedelta(days=1)), None
    return None, (days[1] if inclusive else days[0] - timedelta(days=1))


def _days(text: str) -> tuple[date, date] | None:
    """Return the first and last day of a written date, month or year."""
    if iso := _ISO.fullmatch(text):
        year, month, day = iso.groups()
        return _calendar(int(year), month=month, day=day)
    if spoken := _SPOKEN.fullmatch(text):
        day_before, name, day_after, year = spoken.groups()
        return _calendar(int(year), month=str(_MONTH[name]), day=day_before or day_after)
    return None


def _calendar(year: int, *, month: str | None, day: str | None) -> tuple[date, date] | None:
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    try:
        last = monthrange(year, int(month))[1]
        first_day, last_day = (int(day), int(day)) if day else (1, last)
        return date(year, int(month), first_day), date(year, int(month), last_day)
    except ValueError:
        return None
