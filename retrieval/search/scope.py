"""Which filters are in force: the explicit ones, and those read from a query's words."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from retrieval.index.columns import Columns, Selection
from retrieval.types import Filters, Note


@dataclass(frozen=True, slots=True)
class Scope:
    """The filters in force, what they select, and what a reader should know of them."""

    filters: Filters
    selection: Selection
    notes: tuple[Note, ...]


def scope_of(explicit: Filters, read: Filters, columns: Columns) -> Scope:
    """Apply both; an explicit field overrides the same field read from the words.

    Filters that were only read give way when they would leave nothing: words must not hide
    everything in silence.
    """
    merged = replace(read, **_given(explicit))
    selection = columns.select(merged)
    if merged == explicit or selection.chunks.any():
        return Scope(merged, selection, ())
    note = f"nothing matches {_told(read)}, which was read from the words: it was not applied"
    return Scope(explicit, columns.select(explicit), (Note("filters_not_applied", note),))


def _given(filters: Filters) -> dict[str, Any]:
    """Return the filters that are set, by name."""
    values = {field.name: getattr(filters, field.name) for field in fields(filters)}
    return {name: value for name, value in values.items() if value not in ((), None)}


def _told(filters: Filters) -> str:
    return ", ".join(
        f"{name} {' or '.join(map(str, value)) if isinstance(value, tuple) else value}"
        for name, value in _given(filters).items()
    )
