"""How the trials that a question asks for are arranged: by the most of a field, or in groups."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from retrieval.question.tables import read_table, spelled
from retrieval.question.types import Arranged
from retrieval.question.wording import RECORDS, TRIAL


@dataclass(frozen=True, slots=True)
class Arranging:
    """A row of the table."""

    arranged: Arranged
    words: re.Pattern[str]
    yes: tuple[str, ...]
    no: tuple[str, ...]


@cache
def load_arrangings() -> Sequence[Arranging]:
    """Return the rows of ``arranging.toml``, in its order; read once."""
    table = read_table("arranging.toml")
    fragments = table["fragments"]
    return tuple(
        Arranging(
            arranged=Arranged(
                kind=kind,
                field=row["field"],
                ascending=row.get("ascending", False),
                rule=row["name"],
                start=0,
                end=0,
            ),
            words=re.compile(rf"\b(?:{spelled(row['words'], fragments)})(?!\w)"),
            yes=tuple(row["yes"]),
            no=tuple(row["no"]),
        )
        for kind in ("order", "group")
        for row in table[kind]
    )


def arranged_in(plain_text: str) -> tuple[Arranged, ...]:
    """Return how a plain text asks for trials to be arranged, the longest words first.

    Further words that say the same again ("started first? oldest start date") come after.
    """
    if re.search(rf"{TRIAL}|{RECORDS}", plain_text) is None:
        return ()
    found = [
        (met.end() - met.start(), -number, met, row.arranged)
        for number, row in enumerate(load_arrangings())
        for met in row.words.finditer(plain_text)
    ]
    found.sort(key=lambda one: one[:2], reverse=True)
    taken: list[Arranged] = []
    for _, _, met, one in found:
        same = not taken or (one.field, one.ascending) == (taken[0].field, taken[0].ascending)
        apart = all(met.end() <= other.start or other.end <= met.start() for other in taken)
        if same and apart:
            taken.append(replace(one, start=met.start(), end=met.end()))
    return tuple(taken)
