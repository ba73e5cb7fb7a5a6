"""Folding a text character by character, so that what is found can be shown as it was typed.

`retrieval.language.words` folds for comparison and forgets where a word stood; this keeps the
way back.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from retrieval.language.words import GREEK


class _FoldTable(dict[int, str]):
    """For ``str.translate``: each character to its lower-case ASCII reading where it has one."""

    def __missing__(self, codepoint: int) -> str:
        folded = _fold_character(chr(codepoint))
        if codepoint < 0x3000:  # Latin, Greek, punctuation; a bound on what a caller can store
            self[codepoint] = folded
        return folded


def _fold_character(character: str) -> str:
    if unicodedata.category(character) == "Pd":
        return "-"
    plain = "".join(c for c in unicodedata.normalize("NFKD", character) if not _silent(c))
    return "".join(GREEK.get(c, c) for c in plain.casefold())


def _silent(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Cf")


# NFKD would glue "TM" to a brand; a sharp s is how many keyboards write beta.
_FOLD = _FoldTable({ord("™"): " ", ord("℠"): " ", ord("ß"): "beta", ord("−"): "-"})


def fold(text: str) -> str:
    """Return the text in lower case, without accents, Greek letters spelled, dashes plain.

    Lengths may change (``α`` becomes ``alpha``); `fold_offsets` maps back.
    """
    return text.lower() if text.isascii() else text.translate(_FOLD)


def fold_offsets(text: str) -> Sequence[int]:
    """Return, for each character of ``fold(text)`` and its end, its offset in ``text``."""
    if text.isascii():
        return range(len(text) + 1)
    offsets = [at for at, character in enumerate(text) for _ in fold(character)]
    return [*offsets, len(text)]
