"""Countries in a sentence about trials, spelled as the registry does (``countries.toml``)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from retrieval.folding import fold
from retrieval.wording import FOLLOW, STRETCH, TRIAL, is_negated, word_before

# "Sold in Germany": the place of something else.
_ELSEWHERE = re.compile(
    "approval|approved|available|sold|marketed|licensed|born|live|lives|living|use|used"
)


def countries(sentence: str) -> Iterator[str]:
    """Yield every registry spelling of the countries in which trials are asked to be held."""
    pattern, name = _patterns()
    for found in pattern.finditer(sentence):
        at = found.start("place")
        if is_negated(sentence, at) or _ELSEWHERE.fullmatch(word_before(sentence, at)):
            continue
        for place in name.findall(found["names"]):
            yield from _spellings()[place]


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    """Map each way to write a country, folded, to the registry's spellings."""
    rows = tomllib.loads(files("retrieval").joinpath("countries.toml").read_text("utf-8"))
    spellings: dict[str, tuple[str, ...]] = {fold(name): (name,) for name in rows["plain"]}
    for row in rows["country"]:
        for word in (*row["registry"], *row.get("also", ())):
            spellings[fold(word)] = tuple(row["registry"])
    return spellings


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the pattern of a place with its countries, and that of one country."""
    longest_first = sorted(_spellings(), key=lambda name: (-len(name), name))
    name = rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b"
    names = rf"(?P<names>(?:the )?{name}(?:(?:,| and| or|, and|, or|/) ?(?:the )?{name})*)"
    place = rf"(?P<place>\b(?:in|from|across|within)) {names}{FOLLOW}"
    anchor = rf"(?:{TRIAL} {STRETCH}|\brecruiting (?:only )?)"
    return re.compile(anchor + place), re.compile(name)
