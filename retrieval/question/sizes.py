"""How many people trials enroll, in a sentence: "over 500 patients", "at least 100 people"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.demands import Between, Demand
from retrieval.question.wording import FOLLOW

_NUMBER = r"(?:\d{1,3}(?:[, ]\d{3})+|\d{1,7})"
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
# "Enrolling" and the like belong to the size, and are no status.
_LEAD = re.compile(
    r"(?:\b(?:that|which|have|has|with|having|enrol\w*|including|recruit(?:ed|ing)|planning"
    r"|planning or reporting|reporting|a|sample size|of|is) )+$"
)
_WORDS = {
    kind: re.compile(words)
    for kind, words in (
        ("from", rf"{_FROM}|\+|or more"),
        ("above", _ABOVE),
        ("to", rf"{_TO}|or fewer|or less"),
        ("under", _UNDER),
    )
}


def read_sizes(sentence: str) -> Iterator[tuple[int, int, Demand, bool]]:
    """Yield the sizes that a sentence asks trials to have: span, demand, and that it is sure."""
    if not any(character.isdigit() for character in sentence):
        return
    for pattern in (*_OF_PEOPLE, *_OF_SIZE):
        for found in pattern.finditer(sentence):
            lead = _LEAD.search(sentence[: found.start()])
            fewest, most = _size(found)
            start = lead.start() if lead else found.start()
            yield start, found.end(), Between("enrollment", fewest, most), True


def _size(found: re.Match[str]) -> tuple[int | None, int | None]:
    number = _count(found["number"])
    given = found.groupdict()
    if given.get("second"):
        return (number, _count(found["second"]))
    kind = next(kind for kind, words in _WORDS.items() if words.fullmatch(found["word"]))
    if kind in ("from", "above"):
        return (number + (kind == "above"), None)
    return (None, number - (kind == "under"))


def _count(number: str) -> int:
    return int(number.replace(",", "").replace(" ", ""))
