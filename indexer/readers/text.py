"""Cleaning of what records and pages state: characters, people's addresses, dates."""

from __future__ import annotations

import re
from datetime import date

# Everything that JSON may smuggle into a string and no reader sees: C0 and C1 controls but
# tab and newline, and surrogates without a partner (no UTF-8 exists for them).
_UNSEEN = re.compile(r"\r\n?|[\x00-\x08\x0b-\x1f\x7f-\x9f]|[\ud800-\udfff]")
_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
# Only numbers that a telephone word announces: bare digit groups are as often doses, DOIs
# and ranges as they are phones.
_PHONE = re.compile(
    r"(?i)\b(?P<label>phone|telephone|tel|mobile|fax|call|contact)\b(?P<gap>[\s.:#]{1,6})"
    r"(?P<number>\+?\(?\d[\d\s().-]{6,18}\d)"
)
_PHONE_DIGITS = 8
_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff\U000e0000-\U000e007f]",
)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:[T ]\d{2}:\d{2}.*)?", re.DOTALL)


def clean(text: str) -> str:
    """Drop control characters, mend lone surrogates, and mask e-mails and phones."""
    text = _UNSEEN.sub(_replacement, text)
    if "@" in text:
        text = _EMAIL.sub("[e-mail removed]", text)
    return _PHONE.sub(_masked_phone, text)


def one_line(text: str) -> str:
    """Collapse every run of white space, line ends among them, to one blank."""
    return " ".join(text.split())


def drop_invisible(text: str) -> str:
    """Drop zero-width characters, soft hyphens and tag characters."""
    return _INVISIBLE.sub("", text)


def parse_date(text: str) -> int | None:
    """Return ``yyyymmdd`` of an ISO date, the first day where it names none, or None."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else 1 for part in match.groups())
    try:
        date(year, month, day)
    except ValueError:
        return None
    return year * 10_000 + month * 100 + day


def _replacement(match: re.Match[str]) -> str:
    found = match.group()
    if found[0] == "\r":
        return "\n"
    return "\ufffd" if "\ud800" <= found <= "\udfff" else ""


def _masked_phone(match: re.Match[str]) -> str:
    digits = sum(character.isdigit() for character in match["number"])
    if digits < _PHONE_DIGITS:
        return match.group()
    return f"{match['label']}{match['gap']}[phone removed]"
