"""A record's document, read back by JSON path: which values it renders, where, in which line.

A path pattern has ``[*]`` for every index: ``protocolSection.designModule.phases[*]``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from retrieval.types import Document, PathSpan

Span = tuple[int, int]

_INDEX = re.compile(r"\[\d+\]")
# What the readers write over people's names, addresses and numbers.
_MASKED = re.compile(r"\[(?:name|e-mail|phone) removed\]")


def pattern_of(path: str) -> str:
    """Return a path with ``[*]`` for each index."""
    return _INDEX.sub("[*]", path)


def is_masked(text: str) -> bool:
    """Tell whether a person's name, address or number was taken out of a text."""
    return _MASKED.search(text) is not None


@dataclass(frozen=True)
class Rendered:
    """The values of a document by path pattern, each in the order of the text."""

    document: Document

    @cached_property
    def _spans(self) -> dict[str, list[PathSpan]]:
        spans = defaultdict(list)
        for span in self.document.paths:
            spans[pattern_of(span.path)].append(span)
        return spans

    @cached_property
    def _firsts(self) -> dict[str, PathSpan]:
        return {span.path: span for span in reversed(self.document.paths)}

    @cached_property
    def _lines(self) -> dict[int, list[PathSpan]]:
        lines = defaultdict(list)
        for span in self.document.paths:
            lines[self.line_start(span)].append(span)
        return lines

    def spans(self, pattern: str) -> list[PathSpan]:
        """Return where the values of a pattern stand."""
        return self._spans.get(pattern, [])

    def first_spans(self, pattern: str) -> list[PathSpan]:
        """Return where each value of a pattern stands first: some are written again."""
        return [span for span in self.spans(pattern) if self._firsts[span.path] is span]

    def value(self, span: PathSpan) -> str:
        """Return a value as it is rendered."""
        return self.document.text[span.start : span.end]

    def values(self, spans: Sequence[PathSpan]) -> list[str]:
        """Return the distinct values of some spans, in their order."""
        return list(dict.fromkeys(map(self.value, spans)))

    def at(self, path: str) -> str:
        """Return the value of a path where it stands first, or an empty string."""
        return self.value(self._firsts[path]) if path in self._firsts else ""

    def line_start(self, span: PathSpan) -> int:
        """Return where the line of a span begins."""
        return self.document.text.rfind("\n", 0, span.start) + 1

    def line(self, span: PathSpan) -> Span:
        """Return the whole line of a span."""
        end = self.document.text.find("\n", span.end)
        return self.line_start(span), len(self.document.text) if end < 0 else end

    def line_mates(self, span: PathSpan) -> list[PathSpan]:
        """Return all spans in the line of a span, this one among them."""
        return self._lines[self.line_start(span)]
