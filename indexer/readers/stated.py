"""What a record states of the fields that can be demanded, by the paths of the one table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from indexer.readers.node import UNKNOWN_ENROLLMENT, Node, Reading
from indexer.readers.text import one_line, parse_date
from retrieval.demands import Value
from retrieval.index.rendered import is_masked
from retrieval.question.fields import Field
from retrieval.types import Stated

_AGE = re.compile(r"(\d+) (year|month|week|day|hour|minute)s?", re.IGNORECASE)
# Months in a unit of age.
_MONTHS = {"year": 12.0, "month": 1.0, "week": 12 / 52, "day": 12 / 365}


def stated_of(study: Node, fields: Mapping[str, Field]) -> Stated:
    """Return the values of each field that a record states, each once and in its order."""
    # What cannot be read is warned of where it is rendered.
    quiet = Node(study.value, reading=Reading(people=study.reading.people))
    found = ((name, tuple(dict.fromkeys(_values(quiet, field)))) for name, field in fields.items())
    return tuple((name, values) for name, values in found if values)


def _values(study: Node, field: Field) -> Iterator[Value]:
    if field.holds == "count":
        most = max(len(list(_at(study, path))) for path in field.demanded)
        yield from (most,) if most else ()
    elif field.holds == "distinct":
        texts = {one_line(node.text) for path in field.demanded for node in _at(study, path)}
        yield from (len(texts - {""}),) if texts - {""} else ()
    elif field.holds == "days":
        days = [parse_date(node.text) for path in field.demanded for node in _at(study, path)]
        if len(days) == 2 and days[0] and days[1] and days[0] <= days[1]:  # start, completion
            yield (_day(days[1]) - _day(days[0])).days
    elif field.holds:
        nodes = (node for path in field.demanded for node in _at(study, path))
        yield from (value for node in nodes if (value := _value(node, field)) is not None)


def _value(node: Node, field: Field) -> Value | None:
    if field.holds == "flag":
        return node.value if isinstance(node.value, bool) else None
    if field.holds == "number":
        known = isinstance(node.value, int) and node.value != UNKNOWN_ENROLLMENT
        return node.value if known and not isinstance(node.value, bool) else None  # type: ignore[return-value]  # an int
    if field.holds == "date":
        return parse_date(node.text) if node.text else None
    if field.holds == "age":
        return _months(node.text)
    text = one_line(node.text)
    return text if text and not is_masked(text) else None


def _at(node: Node, path: str) -> Iterator[Node]:
    """Yield the values at a path; ``[*]`` stands for each index."""
    head, star, rest = path.partition("[*]")
    if not star:
        holder, _, key = head.rpartition(".")
        parent = node.at(holder) if holder else node
        # Who sponsors or collaborates may be a person, and stays unnamed.
        if key != "name" or parent.at("class").text != "INDIV":
            found = parent.at(key)
            if found.value is not None:
                yield found
        return
    for item in node.items(head):
        if rest:
            yield from _at(item, rest.removeprefix("."))
        else:
            yield item


def _months(text: str) -> int | None:
    found = _AGE.fullmatch(text.strip())
    return int(int(found[1]) * _MONTHS.get(found[2].lower(), 0.0)) if found else None


def _day(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)
