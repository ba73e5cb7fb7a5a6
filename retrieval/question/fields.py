"""What a record can be asked for by name (``fields.toml``), and which of it a question asks for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from retrieval.question.tables import spelled

# What is told of a trial that is only named.
OVERVIEW = (
    "title",
    "summary",
    "status",
    "phase",
    "conditions",
    "interventions",
    "enrollment",
    "has_results",
)
_LISTED = re.compile(r" and |&")


# What the values of a field are; empty where it can be asked for and not demanded.
Holds = Literal["token", "name", "flag", "number", "date", "age", "count", "distinct", "days", ""]
_NEVER = r"(?!)"  # of a field without cues


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record.

    ``paths`` are patterns of the values that answer, ``[*]`` for each index; ``section`` is
    where they stand, or would. ``whole`` quotes the line of a value and not the value alone.
    ``weak`` cues are also said in passing. ``holds`` says what its values are where it can be
    demanded of trials, and ``demanded`` where those stand.
    """

    name: str
    label: str
    section: str
    paths: tuple[str, ...]
    cue: re.Pattern[str]
    whole: bool
    weak: bool
    holds: Holds
    demanded: tuple[str, ...]


@cache
def load_fields() -> Mapping[str, Field]:
    """Return the fields by name, in the order in which their cues are tried; read once."""
    return parse_fields(table_text())


def table_text() -> str:
    """Return the table as it is written."""
    return files("retrieval.question").joinpath("fields.toml").read_text("utf-8")


def table_digest() -> str:
    """Return a digest of the table: where it changes, records are read again."""
    return sha256(table_text().encode()).hexdigest()[:16]


def parse_fields(text: str) -> Mapping[str, Field]:
    """Return the fields of a table in the form of ``fields.toml``."""
    rows = tomllib.loads(text)
    fragments = rows["fragments"]
    return MappingProxyType(
        {
            name: Field(
                name=name,
                label=row.get("label", name.replace("_", " ")),
                section=row["section"],
                paths=tuple(row["paths"]),
                cue=re.compile(spelled("|".join(row.get("cues", ())), fragments) or _NEVER),
                whole=row.get("whole", False),
                weak=row.get("weak", False),
                holds=row.get("holds", ""),
                demanded=tuple(row.get("demanded", row["paths"])),
            )
            for name, row in rows["field"].items()
        }
    )


def fields_asked(plain_text: str) -> tuple[str, ...]:
    """Return the names of the fields that a plain text asks for, in the order of the text."""
    found, _ = _taken(plain_text)
    strong = any(not field.weak for _, field in found)
    listed = not strong or _LISTED.search(plain_text)
    ordered = sorted(found, key=lambda one: one[0])
    asked = [field.name for _, field in ordered if listed or not field.weak]
    return tuple(name for name in asked if name != "summary" or asked == [name])


def fields_met(plain_text: str) -> tuple[str, ...]:
    """Return the names of all fields whose words stand in a plain text, in its order."""
    return tuple(field.name for _, field in sorted(_taken(plain_text)[0], key=lambda one: one[0]))


def beside_fields(plain_text: str) -> str:
    """Return what a plain text says beside the words that ask for fields."""
    return _taken(plain_text)[1]


def _taken(plain_text: str) -> tuple[list[tuple[int, Field]], str]:
    """Return the fields that are met, each with its place, and the text without their words."""
    left = plain_text
    found: list[tuple[int, Field]] = []
    for field in load_fields().values():
        met = field.cue.search(left)
        if met:
            found.append((met.start(), field))
            left = left[: met.start()] + " " * len(met[0]) + left[met.end() :]
    return found, left
