"""How many people trials enroll, in a sentence: "over 500 patients", "at least 100 people"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.question.wording import FOLLOW, STRETCH, TRIAL, is_negated

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d{1,7})"
_PEOPLE = (
    r"(?:(?:study |trial |enrolled )?(?:participants?|patients|people|subjects|volunteers"
    r"|individuals|persons|enrollees))"
)
# From the number on, and above it; up to the number, and under it.
_FROM = r"at least|no (?:fewer|less) than|not (?:fewer|less) than|a minimum of|>=|≥"
_ABOVE = r"more than|over|above|greater than|larger than|bigger than|>"
_TO = r"at most|no more than|not more than|up to|a maximum of|<=|≤"
_UNDER = r"fewer than|less than|under|below|smaller than|<"
_WORD_BEFORE = rf"(?:{_FROM}|{_ABOVE}|{_TO}|{_UNDER})"
_BOUND = rf"(?<!\w)(?<!no )(?<!not )(?P<word>{_WORD_BEFORE}) ?(?P<number>{_NUMBER})"
_OPEN = rf"(?<![\w,.])(?P<number>{_NUMBER}) ?(?P<word>\+|or more|or fewer|or less)"
_BETWEEN = rf"\b(?:between|from) (?P<number>{_NUMBER}) (?:and|to) (?P<second>{_NUMBER})"
# "Per arm" is no trial's size, and neither is what some of the people did.
_ALL = r"(?! (?:per|in each|in every|in one|in the \w+ (?:arm|group)|on|at|by)\b)"
_SECOND = rf"(?= (?:and|but) {_WORD_BEFORE} ?{_NUMBER}\b)"  # "over 100 and under 500 people"
_SIZE_WORD = r"\b(?:enrol?l?ments?|sample sizes?)(?: (?:of|is))?"
_OF_PEOPLE = tuple(
    re.compile(rf"{amount}(?:{_SECOND}| {_PEOPLE}{_ALL}{FOLLOW})")
    for amount in (_BOUND, _OPEN, _BETWEEN)
)
_OF_SIZE = tuple(
    re.compile(rf"{_SIZE_WORD} {amount}(?:{_SECOND}|{_ALL}{FOLLOW})")
    for amount in (_BOUND, _OPEN, _BETWEEN)
)
_OF_TRIALS = re.compile(rf"{TRIAL} {STRETCH}$")
_WORDS = {
    kind: re.compile(words)
    for kind, words in (
        ("from", rf"{_FROM}|\+|or more"),
        ("above", _ABOVE),
        ("to", rf"{_TO}|or fewer|or less"),
        ("under", _UNDER),
    )
}


@dataclass(frozen=True, slots=True)
class Size:
    """How many people a trial enrolls, both ends inclusive; ``None`` is an open end."""

    fewest: int | None
    most: int | None


def sizes(sentence: str) -> Iterator[Size]:
    """Yield the sizes that trials are asked to have."""
    if not any(character.isdigit() for character in sentence):
        return
    for pattern in (*_OF_PEOPLE, *_OF_SIZE):
        for found in pattern.finditer(sentence):
            at = found.start()
            if _OF_TRIALS.search(sentence[:at]) and not is_negated(sentence, at):
                yield _size(found)


def _size(found: re.Match[str]) -> Size:
    number = _count(found["number"])
    given = found.groupdict()
    if given.get("second"):
        return Size(number, _count(found["second"]))
    kind = next(kind for kind, words in _WORDS.items() if words.fullmatch(found["word"]))
    if kind in ("from", "above"):
        return Size(number + (kind == "above"), None)
    return Size(None, number - (kind == "under"))


def _count(number: str) -> int:
    return int(number.replace(",", ""))
