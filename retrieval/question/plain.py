"""The plain form in which rules read a text, and the way back to what was typed.

Folded, on one line, hyphens only in numbers, each compound as ``DRUG``. Upper case cannot
occur in folded text, so that a placeholder is never a word of the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.language.folding import fold, fold_offsets
from retrieval.language.mention import CompoundMention

DRUG = "DRUG"

_LETTER_HYPHEN = re.compile(r"(?<=[a-z])-|-(?=[a-z])")
_BLANKS = re.compile(r"\s+")
# As typed: "us" is a pronoun, and "pH" no phase.
_UNITED_STATES = re.compile(r"\b(?:USA|US|U\.S\.A\.|U\.S\.)(?!\w)")
_ACIDITY = re.compile(r"\bpH\b")


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in plain form; ``starts`` and ``ends`` map its characters to the typed text."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def typed(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the typed text that ``text[start:end]`` stands for."""
        return self.starts[start], self.ends[end - 1]


def plain_form(text: str, mentions: Sequence[CompoundMention]) -> Plain:
    """Return the plain form of a text whose compounds are ``mentions``."""
    pieces = list(_pieces(text))
    folded = "".join(piece for piece, _, _ in pieces)
    starts = [start for piece, start, _ in pieces for _ in piece]
    ends = [end for piece, _, end in pieces for _ in piece]
    folded, starts, ends = _replaced(_LETTER_HYPHEN, " ", folded, starts, ends)
    folded, starts, ends = _replaced(_BLANKS, " ", folded, starts, ends)
    names = {_one_line(mention.matched) for mention in mentions}
    for name in sorted(names, key=lambda name: (-len(name), name)):
        word = re.compile(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])")
        folded, starts, ends = _replaced(word, DRUG, folded, starts, ends)
    lead = len(folded) - len(folded.lstrip())
    size = len(folded.strip())
    kept = slice(lead, lead + size)
    return Plain(folded[kept], tuple(starts[kept]), tuple(ends[kept]))


def _one_line(text: str) -> str:
    return " ".join(_LETTER_HYPHEN.sub(" ", fold(text)).split())


def _pieces(text: str) -> list[tuple[str, int, int]]:
    """Return the text in pieces, folded, each with the span it was typed in."""
    special = {
        found.start(): (found.end(), "united states") for found in _UNITED_STATES.finditer(text)
    }
    special |= {found.start(): (found.end(), "acidity") for found in _ACIDITY.finditer(text)}
    folded, offsets = fold(text), fold_offsets(text)
    pieces: list[tuple[str, int, int]] = []
    at = 0
    while at < len(folded):
        start = offsets[at]
        if start in special and (at == 0 or offsets[at - 1] != start):
            end, word = special[start]
            pieces.append((word, start, end))
            while at < len(folded) and offsets[at] < end:
                at += 1
            continue
        pieces.append((folded[at], start, start + 1))
        at += 1
    return pieces


def _replaced(
    pattern: re.Pattern[str], by: str, text: str, starts: list[int], ends: list[int]
) -> tuple[str, list[int], list[int]]:
    """Replace what a pattern finds; each new character stands for all that it replaces."""
    if not pattern.search(text):
        return text, starts, ends
    parts: list[str] = []
    new_starts: list[int] = []
    new_ends: list[int] = []
    at = 0
    for found in pattern.finditer(text):
        first, last = found.span()
        parts += [text[at:first], by]
        new_starts += [*starts[at:first], *[starts[first]] * len(by)]
        new_ends += [*ends[at:first], *[ends[last - 1]] * len(by)]
        at = last
    return (
        "".join([*parts, text[at:]]),
        [*new_starts, *starts[at:]],
        [*new_ends, *ends[at:]],
    )
