"""Questions that are not English, word by word: ``languages.toml`` says what each word asks.

No translation: names, numbers and ids stay, and a word that the table lacks stays too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from retrieval.language.folding import fold
from retrieval.language.words import STOP_WORDS

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\S")
_PIECE = re.compile(r"[^\W_]+")
LEAST = 2  # marks of a language, and more than English words
ENGLISH = STOP_WORDS | {
    "trial", "study", "trials", "studies", "how", "many", "which", "phase", "results", "dose",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Glossed:
    """A question in English words, and the language that it was asked in."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class _Language:
    marks: frozenset[str]
    words: Mapping[str, str]
    phrases: re.Pattern[str]


def glossed(text: str) -> Glossed | None:
    """Return a question in English words, or None where it is English or of no known language."""
    pieces = [piece.lower() for piece in _PIECE.findall(fold(text))]
    english = sum(piece in ENGLISH for piece in pieces)
    found = {
        name: sum(piece in language.marks and piece not in ENGLISH for piece in pieces)
        for name, language in _languages().items()
    }
    best = max(found, key=lambda name: found[name])
    if found[best] < LEAST or found[best] <= english:
        return None
    language = _languages()[best]
    written = language.phrases.sub(
        lambda met: language.words[met[0].lower().replace("’", "'")], _apart(text)
    )
    return Glossed(" ".join(written.split()), best)


def _apart(text: str) -> str:
    """Return a text whose words are without accents, an article apart from its noun."""
    words = (fold(word) if word.islower() or word.istitle() else word for word in text.split())
    return re.sub(r"\b([ldLD])['’](?=\w)", r"\1 ", " ".join(words)).lstrip("¿¡")


@cache
def _languages() -> Mapping[str, _Language]:
    table = tomllib.loads(files("retrieval.question").joinpath("languages.toml").read_text("utf-8"))
    return {name: _language(row) for name, row in table.items()}


def _language(row: Mapping[str, object]) -> _Language:
    words = {str(word): str(gloss) for word, gloss in dict(row["words"]).items()}  # type: ignore[call-overload]  # a table
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    pattern = rf"(?<![\w'’-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w'’-])"
    return _Language(
        frozenset(str(row["marks"]).split()), words, re.compile(pattern, re.IGNORECASE)
    )
