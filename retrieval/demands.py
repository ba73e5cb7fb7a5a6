"""Demands: what a trial must state, as values that are compared, logged and sent.

    Is | Between | Named   on one field of the registry's schema
    Not | AnyOf            of other demands

A record that does not state a field neither meets a demand on it nor its opposite.
"""

from __future__ import annotations

from dataclasses import dataclass

Value = str | int | bool


@dataclass(frozen=True, slots=True)
class Is:
    """The field has any of the values; they are the registry's own tokens."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A number, or a date as yyyymmdd, between two ends that are both meant; None is open."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Named:
    """A value of the field has one of the names as whole words in a row, plurals aside."""

    field: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a demand."""

    of: Demand


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Any of some demands."""

    of: tuple[Demand, ...]


Demand = Is | Between | Named | Not | AnyOf


def iso(day: int) -> str:
    """Write a date ``yyyymmdd`` as ``yyyy-mm-dd``."""
    return f"{day // 10_000:04}-{day // 100 % 100:02}-{day % 100:02}"
