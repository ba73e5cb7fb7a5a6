"""Ages that trials are asked to take: "65 and up", "maximum age below 18"; in months."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.demands import Between, Demand

YEAR = 12
_PEOPLE = r"(?:(?:people|patients|adults|participants|subjects|volunteers|those) )?(?:aged )?"
_FROM = re.compile(
    rf"\b(?:only |just )?(?:tak\w+ |accept\w* |enrol\w* |for |in )?(?:only |just )?{_PEOPLE}"
    r"(?:over )?(?P<age>\d{1,3}) ?(?:years? )?(?:(?:and|or) (?:up|over|older|above)"
    r"|\+)(?! (?:participants|patients|people))"
    r"|\b(?:min(?:imum)?|lower|youngest) age (?:of |is |limit )*(?:at least |of "
    r"|over )?(?P<least>\d{1,3})\b"
)
_TO = re.compile(
    r"\b(?:max(?:imum)?|upper|oldest) age (?:limit )?(?:is |of )?(?:below|under"
    r"|less than) (?P<below>\d{1,3})\b"
    r"|\b(?:stop(?:ping|s)? at )?(?:only )?under (?P<under>\d{1,2})s?\b(?! (?:participants"
    r"|patients|people|percent|kg|mg|%))"
    r"|\b(?:max(?:imum)?|upper|oldest) age (?:limit )?(?:is |of )?(?:at most "
    r"|up to )?(?P<most>\d{1,3})\b"
)


def read_ages(sentence: str) -> Iterator[tuple[int, int, Demand, bool]]:
    """Yield the age limits that a sentence asks trials to have; a search never hides by them."""
    for met in _FROM.finditer(sentence):
        years = int(met["age"] or met["least"])
        yield *met.span(), Between("minimum_age", years * YEAR, None), False
    for met in _TO.finditer(sentence):
        below = met["below"] or met["under"]
        last = int(below) * YEAR - 1 if below else int(met["most"]) * YEAR
        yield *met.span(), Between("maximum_age", None, last), False
