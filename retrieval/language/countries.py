"""Countries as the registry spells them and as people write them (``countries.toml``).

One table reads the words of a sentence about trials and the value of a filter.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from retrieval.language.folding import fold
from retrieval.language.words import split_words
from retrieval.question.wording import DRUG, FOLLOW, STRETCH, TRIAL, is_negated, word_before

# "Sold in Germany": the place of something else.
_ELSEWHERE = re.compile(
    "approval|approved|available|sold|marketed|licensed|born|live|lives|living|use|used"
)
_SITES = r"(?:(?:study |trial )?(?:sites?|cent(?:re|er)s?|locations?|hospitals?|clinics?))\b"
# "UK trials": what may stand between the two; "UK Biobank studies" are something else.
_KIND = (
    rf"(?:(?:based|clinical|recruiting|completed|ongoing|active|open|randomi[sz]ed|observational"
    rf"|interventional|phase [0-4iv]+[abc]?|{DRUG}) ){{0,3}}"
)
_TRIALS = r"(?:trials|studies|rcts)\b"
_ASKED = (
    "any|all|the|list|show|find|me|which|what|many|for|of|only|recruiting|completed|ongoing|active"
    rf"|{DRUG}"
)


@dataclass(frozen=True, slots=True)
class Country:
    """A country in the registry's spellings, the present one first, and in other people's."""

    registry: tuple[str, ...]
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every way to write it."""
        return (*self.registry, *self.also)


@cache
def load_countries() -> tuple[Country, ...]:
    """Return the countries of ``countries.toml``, read once."""
    rows = tomllib.loads(files("retrieval.language").joinpath("countries.toml").read_text("utf-8"))
    plain = [Country((name,)) for name in rows["plain"]]
    others = [
        Country(tuple(row["registry"]), tuple(row.get("also", ()))) for row in rows["country"]
    ]
    return (*plain, *others)


def country_key(name: str) -> str:
    """Return one key for all spellings of a country; an unknown one has its own."""
    key = _joined(name)
    return _keys().get(key, key)


@cache
def _keys() -> dict[str, str]:
    return {
        _joined(name): _joined(country.registry[0])
        for country in load_countries()
        for name in country.names
    }


def _joined(name: str) -> str:
    """Return the folded letters of a name, without the article."""
    runs = [run for word in split_words(name) for run in word]
    return "".join(runs[1:] if len(runs) > 1 and runs[0] == "the" else runs)


def countries(sentence: str) -> Iterator[str]:
    """Yield every registry spelling of the countries in which trials are asked to be held."""
    patterns, name = _patterns()
    for found in (found for pattern in patterns for found in pattern.finditer(sentence)):
        at = found.start("place")
        if is_negated(sentence, at) or _ELSEWHERE.fullmatch(word_before(sentence, at)):
            continue
        for place in name.findall(found["names"]):
            yield from _spellings()[place]


def places_in(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield where countries are named after a preposition, and their registry spellings."""
    name = _patterns()[1].pattern
    listed = rf"\b(?:in|from|across|within|at)(?: sites in)? (?:the )?{name}"
    more = rf"(?:(?:,| and| or|/) ?(?:the )?{name})*"
    for found in re.finditer(listed + more, text):
        names = _patterns()[1].findall(found[0])
        spelled = tuple(one for each in names for one in _spellings()[each])
        yield found.start(), found.end(), spelled


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    """Map each way to write a country, folded, to the registry's spellings."""
    return {fold(name): country.registry for country in load_countries() for name in country.names}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], ...], re.Pattern[str]]:
    """Return the patterns of a place with its countries, and that of one country."""
    longest_first = sorted(_spellings(), key=lambda name: (-len(name), name))
    name = rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"  # one ends in ")"
    names = rf"(?P<names>(?:the )?{name}(?:(?:,| and| or|, and|, or|/) ?(?:the )?{name})*)"
    place = rf"(?P<place>\b(?:in|from|across|within)) {names}{FOLLOW}"
    anchor = rf"(?:{TRIAL} {STRETCH}|\brecruiting (?:only )?)"
    at_sites = rf"{TRIAL} {STRETCH}(?P<place>\b(?:with|having|at|across|from|in)) {names} {_SITES}"
    before = rf"(?P<place>(?:^|\b(?:{_ASKED}) )){names} {_KIND}{_TRIALS}"
    return (
        tuple(re.compile(pattern) for pattern in (anchor + place, at_sites, before)),
        re.compile(name),
    )
