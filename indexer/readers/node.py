"""A JSON value that knows its path, so that what is rendered can be traced back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from indexer.readers.text import clean, one_line

Style = Callable[["Node"], str]
"""How a value is worded; an empty string means that there is nothing to say."""

UNKNOWN_ENROLLMENT = 99_999_999
"""What the registry writes where an enrollment is not known."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What all nodes of a record share: the warnings so far, and the people it names."""

    warnings: list[str] = field(default_factory=list)
    people: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A value inside a record. Absent values are nodes too, whose ``value`` is None.

    A value of the wrong type reads as absent, with a warning.
    """

    value: object
    path: str = ""
    reading: Reading = field(default_factory=Reading)

    def at(self, path: str) -> Node:
        """Return the value at a dotted path of keys below this one."""
        value = self.value
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return Node(value, f"{self.path}.{path}" if self.path else path, self.reading)

    def items(self, path: str) -> list[Node]:
        """Return the elements of the list at a dotted path of keys."""
        found = self.at(path)
        if found.value is None:
            return []
        if not isinstance(found.value, list):
            self._mistyped(found, "a list")
            return []
        return [
            Node(value, f"{found.path}[{index}]", self.reading)
            for index, value in enumerate(found.value)
        ]

    @property
    def text(self) -> str:
        """The value as cleaned text; empty when absent."""
        value = self.value
        if isinstance(value, str):
            text = clean(value).strip()
            people = self.reading.people
            return people.sub("[name removed]", text) if people else text
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float):
            return str(value)
        if value is not None:
            self._mistyped(self, "text")
        return ""

    def warn(self, message: str) -> None:
        """Note what the record got wrong."""
        self.reading.warnings.append(message)

    def _mistyped(self, node: Node, expected: str) -> None:
        self.warn(f"{node.path}: expected {expected}, found {type(node.value).__name__}")


def plain(node: Node) -> str:
    """The value's words on one line."""
    return one_line(node.text)


def prose(node: Node) -> str:
    """The value's words with their line ends."""
    return node.text


def words(node: Node) -> str:
    """A registry token in words: ``NOT_YET_RECRUITING`` is "Not yet recruiting"."""
    text = re.sub(r"(?<=[A-Z])(?=\d)", " ", plain(node)).replace("_", " ")
    if text == "NA":
        return "NA (not applicable)"
    return text.capitalize() if text.isupper() else text


def enrollment(node: Node) -> str:
    """The number enrolled, or that the registry does not know it."""
    text = plain(node)
    return f"unknown (registered as {text})" if text == str(UNKNOWN_ENROLLMENT) else text
