"""Dates at the border: ISO strings outside, integers ``yyyymmdd`` inside.

``2021-03`` and ``2021`` name a month and a year; as the lower end of a range they stand for
their first day, as the upper end for their last.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from retrieval.demands import iso as iso_of

DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?", re.ASCII)


def first_day(text: str) -> int:
    """Return the first day that ``text`` names, or raise `ValueError`."""
    return _day(text, last=False)


def last_day(text: str) -> int:
    """Return the last day that ``text`` names, or raise `ValueError`."""
    return _day(text, last=True)


def iso(day: int | None) -> str | None:
    """Write ``yyyymmdd`` as ``yyyy-mm-dd``."""
    return None if day is None else iso_of(day)


def _day(text: str, *, last: bool) -> int:
    match = DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a date: give yyyy-mm-dd, yyyy-mm or yyyy")
    try:
        year = int(match["year"])
        month = int(match["month"] or (12 if last else 1))
        day = int(match["day"] or (monthrange(year, month)[1] if last else 1))
        return int(date(year, month, day).isoformat().replace("-", ""))
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date: {error}") from None
