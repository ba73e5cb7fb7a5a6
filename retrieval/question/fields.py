"""What a record can be asked for by name (``fields.toml``), and which of it a question asks for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

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
_FRAGMENT = re.compile(r"<(\w+)>")
_LISTED = re.compile(r" and |&")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record.

    ``paths`` are patterns of the values that answer, ``[*]`` for each index; ``section`` is
    where they stand, or would. ``whole`` quotes the line of a value and not the value alone.
    ``weak`` cues are also said in passing.
    """

    name: str
    label: str
    section: str
    paths: tuple[str, ...]
    cue: re.Pattern[str]
    whole: bool
    weak: bool


@cache
def load_fields() -> Mapping[str, Field]:
    """Return the fields by name, in the order in which their cues are tried; read once."""
    text = files("retrieval.question").joinpath("fields.toml").read_text("utf-8")
    rows = tomllib.loads(text)
    fragments = rows["fragments"]
    return MappingProxyType(
        {
            name: Field(
                name=name,
                label=row.get("label", name.replace("_", " ")),
                section=row["section"],
                paths=tuple(row["paths"]),
                cue=re.compile(
                    _FRAGMENT.sub(lambda found: fragments[found[1]], "|".join(row["cues"]))
                ),
                whole=row.get("whole", False),
                weak=row.get("weak", False),
            )
            for name, row in rows["field"].items()
        }
    )


def fields_asked(plain_text: str) -> tuple[str, ...]:
    """Return the names of the fields that a plain text asks for, in the order of the text."""
    left = plain_text
    found: list[tuple[int, Field]] = []
    for field in load_fields().values():
        met = field.cue.search(left)
        if met:
            found.append((met.start(), field))
            left = left[: met.start()] + " " * len(met[0]) + left[met.end() :]
    strong = any(not field.weak for _, field in found)
    listed = not strong or _LISTED.search(plain_text)
    ordered = sorted(found, key=lambda one: one[0])
    asked = [field.name for _, field in ordered if listed or not field.weak]
    return tuple(name for name in asked if name != "summary" or asked == [name])
