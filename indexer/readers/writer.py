"""A writer that records, for each value it appends, where it stands and where it came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from indexer.readers.node import Node, Style, plain
from retrieval.types import Evidence, Layout, PathSpan, Section

NOT_REPORTED = "not reported"


class Writer:
    """Appends text section by section; ``text``, ``sections`` and ``paths`` are the outcome."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._section_start = 0
        self.sections: list[Section] = []
        self.paths: list[PathSpan] = []

    @property
    def text(self) -> str:
        return "".join(self._parts)

    @contextmanager
    def section(
        self, name: str, *, layout: Layout = "lines", evidence: Evidence = "none"
    ) -> Iterator[None]:
        """Open a section under its heading line; one that stays empty leaves no trace."""
        parts, length = len(self._parts), self._length
        self.put(f"\n\n{name}\n" if length else f"{name}\n")
        self._section_start = self._length
        yield
        if self._length == self._section_start:
            del self._parts[parts:]
            self._length = length
            return
        self.sections.append(Section(name, self._section_start, self._length, layout, evidence))

    def line(self, text: str = "") -> None:
        """Begin a new line with ``text``."""
        if self._length > self._section_start:
            self.put("\n")
        self.put(text)

    def put(self, text: str) -> None:
        """Append words of ours."""
        self._parts.append(text)
        self._length += len(text)

    def value(self, node: Node, style: Style = plain) -> bool:
        """Append a value of the record and remember its path; say whether there was one."""
        return self.traced(style(node), node.path)

    def traced(self, text: str, path: str) -> bool:
        """Append text that renders the record's value at ``path``."""
        if not text:
            return False
        start = self._length
        self.put(text)
        self.paths.append(PathSpan(start, self._length, path))
        return True

    def value_or(self, fallback: str, node: Node, *, style: Style = plain) -> None:
        """Append a value of the record, or words of ours when it is absent."""
        if not self.value(node, style):
            self.put(fallback)

    def fact(self, label: str, node: Node, *, style: Style = plain) -> None:
        """Write the line ``label: value``, or nothing when the value is absent."""
        text = style(node)
        if text:
            self.line(f"{label}: ")
            self.traced(text, node.path)

    def labelled(self, label: str, node: Node, *, style: Style = plain) -> None:
        """Go on in the same line with ``label value``, or nothing when it is absent."""
        text = style(node)
        if text:
            self.put(label)
            self.traced(text, node.path)

    def joined(self, label: str, nodes: Iterable[Node], *, style: Style = plain) -> None:
        """Go on in the same line with ``label a; b; c``, or nothing when there is none."""
        separator = label
        for node in nodes:
            text = style(node)
            if text:
                self.put(separator)
                self.traced(text, node.path)
                separator = "; "

    def list_line(self, label: str, nodes: list[Node], *, style: Style = plain) -> None:
        """Write the line ``label: a; b; c``, or nothing when there is none."""
        if any(style(node) for node in nodes):
            self.line()
            self.joined(f"{label}: ", nodes, style=style)
