"""Periods of time in a sentence about trials: "since 2022", "updated before March 2021".

Dates are integers ``yyyymmdd``, both ends inclusive; a month or a year is taken whole.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from retrieval.demands import Between, Demand
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
_YEAR = r"(?:19[89]\d|20\d\d|2100)"
_DATE = (
    rf"(?:{_YEAR}(?:-\d\d(?:-\d\d)?)?"
    rf"|(?:\d{{1,2}} )?(?:{_MONTH_WORD})\.?(?: \d{{1,2}},)?,? (?:of )?{_YEAR})"
)
_DATED = (
    rf"\b(?P<word>between|from|since|on or after|after|later than|before|prior to|earlier than"
    rf"|on or before|until|through|by|up to|in|during) (?:the year )?(?P<first>{_DATE})"
    rf"(?: (?:and|to|until|through) (?P<second>{_DATE}))?"
    rf"(?P<tail>,? (?:or|and) (?:later|after|newer|since|earlier|before|older)(?! {_DATE})"
    r"|,? onwards?| or later| and later)?"
)
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
# What happened at a date: the words before it, and the field that states when.
_EVENTS = (
    (r"(?:last )?(?:updated|modified)", "last_update"),
    (r"(?:start(?:ed|ing|s)?|began|begun|beginning|initiated|launched)", "start_date"),
    (r"primary completion", "primary_completion_date"),
    (
        r"(?:(?:estimated |planned |expected )?(?:study )?completion(?: date)?|complet(?:ed|es|ing)"
        r"|finish(?:ed|es|ing)?|end(?:ed|s|ing)?|conclud(?:ed|es|ing))",
        "completion_date",
    ),
    (r"results (?:(?:were|are|first|been) )*(?:posted|published|released)", "results_first_posted"),
    (r"(?:first )?(?:registered|submitted)(?: \(submitted\))?|first posted", "first_posted"),
)
_VERBS = tuple(
    (
        re.compile(rf"\b(?:(?:that|which|were|was|are|have|had|been) )*(?P<verb>{words})[ ,]*$"),
        field,
    )
    for words, field in _EVENTS
)
_UPDATED = re.compile(r"\b(?:updated|modified)\b")
# Another date than the start is meant, and the words do not say which.
_OTHER_EVENT = re.compile(
    r"\b(?:completed|ended|ending|finished|terminated|withdrawn|suspended|posted|published"
    r"|registered|approved|approval|diagnos\w+|born|results)\b"
)
_NO_FIELD = re.compile(r"\b(?:published|approved|approval|diagnos\w+|born|posted)[ ,]*$")
_RECORDS = re.compile(RECORDS)
_ABOUT_TRIALS = re.compile(rf"{TRIAL}(?:,? (?!(?:who|whose|whom|when)\b){WORD}){{0,12}},? $")


def read_dates(sentence: str) -> Iterator[tuple[int, int, Demand, bool]]:
    """Yield the periods of a sentence about trials: span, demand, and whether it is sure.

    The words before a date say of what it is; where nothing does, trials are asked to have
    started then. A status that is said with a date ("completed in 2020") keeps its own words.
    """
    if not names_trials_or_drug(sentence) and not _RECORDS.search(sentence):
        return
    for found in _ANY_PERIOD.finditer(sentence):
        word = _open_word(found["word"], found["tail"])
        bounds = _bounds(word, found["first"], found["second"])
        before = sentence[: found.start()]
        if bounds is None or (_NO_FIELD.search(before) and not before.endswith("results posted ")):
            continue
        low, high = _number(bounds[0]), _number(bounds[1])
        verb, field = _verb(before)
        follows = re.compile(FOLLOW).match(sentence, found.end()) is not None
        if not verb and not follows:
            continue  # "after 2100 kcal"
        sure = follows and _is_sure(sentence, found, field, said=verb is not None)
        keeps = verb is None or verb["verb"] in ("completed", "results posted")
        start = found.start() if keeps or verb is None else verb.start()
        yield start, found.end(), Between(field, low, high), sure


def _verb(before: str) -> tuple[re.Match[str] | None, str]:
    for verb, field in _VERBS:
        if met := verb.search(before):
            return met, field
    return None, "last_update" if _UPDATED.search(before) else "start_date"


def _is_sure(sentence: str, found: re.Match[str], field: str, *, said: bool) -> bool:
    """Tell whether a date is surely one of trials, so that a search may hide by it."""
    if field == "last_update" or said:
        return True
    if found["word"] in ("in", "during", "by") or word_before(sentence, found.start()).endswith(
        "ed"
    ):
        return False
    if _OTHER_EVENT.search(sentence):
        return False
    return _ABOUT_TRIALS.search(sentence[: found.start()]) is not None


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
