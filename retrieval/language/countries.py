"""Countries as the registry spells them and as people write them (``countries.toml``).

One table reads the words of a question and the value of a filter.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from retrieval.language.folding import fold
from retrieval.language.words import split_words


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


@cache
def country_spellings() -> dict[str, tuple[str, ...]]:
    """Map each way to write a country, folded, to the registry's spellings."""
    return {fold(name): country.registry for country in load_countries() for name in country.names}


@cache
def demonyms() -> dict[str, tuple[str, ...]]:
    """Map what is of a country ("korean") to the registry's spellings of the country."""
    rows = tomllib.loads(files("retrieval.language").joinpath("countries.toml").read_text("utf-8"))
    return {word: country_spellings()[fold(name)] for word, name in rows["demonyms"].items()}
