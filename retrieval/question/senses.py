"""What is asked of trials, in kinds: harms, who may take part, a count, what came out.

Every kind has its words in ``senses.toml``, once; whoever needs one asks here. Kinds do not
exclude each other: "how many people had nausea?" counts people and asks for harms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from retrieval.question.tables import read_table, spelled

_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Sense:
    """A row of the table: ``aside`` are words that do not count, "safety monitoring board"."""

    name: str
    words: re.Pattern[str]
    aside: re.Pattern[str]
    yes: tuple[str, ...]
    no: tuple[str, ...]


@cache
def load_senses() -> Mapping[str, Sense]:
    """Return the rows of ``senses.toml`` by name, read once."""
    table = read_table("senses.toml")
    fragments = table["fragments"]
    return MappingProxyType(
        {
            name: Sense(
                name=name,
                words=re.compile(spelled("|".join(row["words"]), fragments)),
                aside=re.compile(spelled(row["aside"], fragments)) if "aside" in row else _NEVER,
                yes=tuple(row["yes"]),
                no=tuple(row["no"]),
            )
            for name, row in table["sense"].items()
        }
    )


def times(plain_text: str, name: str) -> int:
    """Return how often words of a sense stand in a plain text; they do not overlap."""
    sense = load_senses()[name]
    return sum(1 for _ in sense.words.finditer(sense.aside.sub(" ", plain_text)))


def asks(plain_text: str, *names: str) -> bool:
    """Tell whether a plain text has words of any of the senses."""
    senses = load_senses()
    return any(
        senses[name].words.search(senses[name].aside.sub(" ", plain_text)) is not None
        for name in names
    )


def beside_sense(plain_text: str, name: str) -> str:
    """Return a plain text without the words that only sound like a sense."""
    return load_senses()[name].aside.sub(" ", plain_text)
