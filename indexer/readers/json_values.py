"""The records of a JSON text, one at a time, so that a bad one costs no other."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from indexer.readers.outcome import Refusal
from indexer.readers.source import MIB, RECORD_BYTES

# `strict=False`: control characters inside strings are cleaned later, not refused.
_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\n\r]*")
PAGE_KEYS = ("studies", "digests")
"""Keys under which a page lists its records."""


@dataclass(frozen=True, slots=True)
class Item:
    """A record's value, or its refusal, and its place in the text (empty for a whole text)."""

    position: str
    content: object


def json_items(text: str, *, first_line: int = 1) -> Iterator[Item]:
    """Yield the records of a value, of a list, or of a page of the registry's API.

    Records before a defect are yielded, then the defect as a `Refusal` in ``Item.content``.
    ``first_line`` is the number of the text's first line in its file.
    """
    start = _skip(text, 0)
    try:
        if text.startswith("[", start):
            end = yield from _elements(text, start, "")
        elif text.startswith("{", start):
            end = yield from _page_or_value(text, start)
        else:
            value, end = _value(text, start)
            yield Item("", value)
        if (end := _skip(text, end)) < len(text):
            raise json.JSONDecodeError("Extra data", text, end)
    except json.JSONDecodeError as error:
        yield Item(f"byte {_byte(text, error.pos)}", _bad_json(error, first_line))
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        yield Item("", Refusal("bad_json", f"broken JSON: {reason}"))


def parses(text: str) -> bool:
    """Say whether a text is a whole JSON object or list."""
    try:
        value, end = _value(text, _skip(text, 0))
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict | list) and _skip(text, end) == len(text)


def _elements(text: str, start: int, name: str) -> Generator[Item, None, int]:
    """Yield the elements of the list that opens at ``start``; return where it ends."""
    position = _skip(text, start + 1)
    index = 0
    while not text.startswith("]", position):
        if index:
            position = _expect(text, position, ",")
        begin = position
        value, position = _value(text, begin)
        if position - begin > RECORD_BYTES:
            message = f"a record of more than {RECORD_BYTES // MIB} MiB"
            value = Refusal("too_large", message)
        yield Item(f"{name}[{index}]", value)
        position = _skip(text, position)
        index += 1
    return position + 1


def _page_or_value(text: str, start: int) -> Generator[Item, None, int]:
    """Yield a page's records as they are read, or the object as one record."""
    members: dict[str, object] = {}
    position = _skip(text, start + 1)
    is_page = False
    while not text.startswith("}", position):
        if members or is_page:
            position = _expect(text, position, ",")
        if not text.startswith('"', position):
            raise json.JSONDecodeError("Expecting property name", text, position)
        key, position = _value(text, position)
        position = _expect(text, _skip(text, position), ":")
        if key in PAGE_KEYS and text.startswith("[", position):
            is_page = True
            position = yield from _elements(text, position, str(key))
        else:
            members[str(key)], position = _value(text, position)
        position = _skip(text, position)
    if not is_page:
        value: object = members
        if position - start > RECORD_BYTES:
            value = Refusal("too_large", f"a record of more than {RECORD_BYTES // MIB} MiB")
        yield Item("", value)
    return position + 1


def _value(text: str, position: int) -> tuple[object, int]:
    if position >= len(text):
        raise json.JSONDecodeError("The text ends early", text, position)
    return _DECODER.raw_decode(text, position)


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _expect(text: str, position: int, mark: str) -> int:
    if not text.startswith(mark, position):
        raise json.JSONDecodeError(f"Expecting {mark!r}", text, position)
    return _skip(text, position + 1)


def _byte(text: str, position: int) -> int:
    return len(text[:position].encode("utf-8", "surrogatepass"))


def _bad_json(error: json.JSONDecodeError, first_line: int) -> Refusal:
    line = error.lineno + first_line - 1
    return Refusal("bad_json", f"broken JSON: {error.msg} at line {line}, column {error.colno}")
