"""Abbreviations and lay words: which names stand for one thing (data in ``synonyms.toml``).

A name is matched by its folded runs (`retrieval.language.words`), so that case, hyphens and accents
count for nothing; abbreviations that mean something else in another case are found only as
written. The longest name wins: "type 2 diabetes" is read whole.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from retrieval.errors import PeptideSearchError
from retrieval.language.words import Runs, split_words

if TYPE_CHECKING:
    from retrieval.language.compounds import Ladder

_TOKEN = re.compile(r"[^\s,;:?!()\[\]/]+")


class SynonymError(PeptideSearchError):
    """``synonyms.toml`` contradicts itself."""


@dataclass(frozen=True, slots=True)
class Group:
    """Names of one thing; ``exact`` are found only in the case written.

    ``classes`` is empty but for a class of drugs: then it holds what the ladder's
    ``drug_class`` of a member says.
    """

    names: tuple[str, ...]
    exact: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    @property
    def all_names(self) -> tuple[str, ...]:
        """Every name, those for any case first."""
        return (*self.names, *self.exact)


@dataclass(frozen=True, slots=True)
class _Named:
    """A group that a text names, and the words that name it."""

    group: Group
    matched: str


@dataclass(frozen=True, slots=True)
class _Entry:
    group: Group
    written: str = ""  # letters that it must have as they are; empty: any case


class Synonyms:
    """The groups, and the search for their names in a text; immutable, safe to share."""

    def __init__(self, groups: Iterable[Group]) -> None:
        """Index the names, or raise `SynonymError` where two groups claim one."""
        self.groups = tuple(groups)
        self._entries: defaultdict[Runs, list[_Entry]] = defaultdict(list)
        for group in self.groups:
            for name in group.names:
                self._index(name, _Entry(group))
            for name in group.exact:
                self._index(name, _Entry(group, _letters(name)))
        self._starts = frozenset(runs[0].removesuffix("s") for runs in self._entries)
        self._longest = max(map(len, self._entries), default=0)

    def find(self, text: str) -> Iterator[tuple[Group, str]]:
        """Yield the groups that a text names, each once, with the words that name it."""
        tokens = [
            (runs, token.start(), token.end())
            for token in _TOKEN.finditer(text)
            if (runs := _runs(token.group()))
        ]
        seen: set[Group] = set()
        at = 0
        while at < len(tokens):
            length, named = self._longest_at(text, tokens, at=at)
            if named is not None and named.group not in seen:
                seen.add(named.group)
                yield named.group, named.matched
            at += max(length, 1)

    def _longest_at(
        self, text: str, tokens: list[tuple[Runs, int, int]], *, at: int
    ) -> tuple[int, _Named | None]:
        """Return the tokens of the longest name that begins here, and what it names."""
        if tokens[at][0][0].removesuffix("s") not in self._starts:
            return 0, None
        runs: Runs = ()
        best: tuple[int, _Named | None] = (0, None)
        for length, (more, _, end) in enumerate(tokens[at:], start=1):
            runs += more
            if len(runs) > self._longest + 1:
                break
            matched = text[tokens[at][1] : end].rstrip(".'\"")
            for entry in self._named_by(runs):
                if entry.written in ("", _letters(matched)):
                    best = (length, _Named(entry.group, matched))
        return best

    def _named_by(self, runs: Runs) -> list[_Entry]:
        """Return what the runs may name; an English plural names what its singular does."""
        entries = self._entries.get(runs, [])
        last = runs[-1]
        if not entries and len(last) > 2 and last.endswith("s"):
            return self._entries.get((*runs[:-1], last[:-1]), [])
        return entries

    def _index(self, name: str, entry: _Entry) -> None:
        runs = _runs(name)
        if not runs:
            raise SynonymError(f"{name!r} of the synonyms has no letter")
        for known in self._entries[runs]:
            if known.written == entry.written or not (known.written and entry.written):
                raise SynonymError(
                    f"{name!r} of the synonyms stands twice: in {known.group.names[0]!r} and "
                    f"{entry.group.names[0]!r}"
                )
        self._entries[runs].append(entry)


def find_synonyms(text: str) -> tuple[tuple[str, ...], ...]:
    """Return, for each thing with several names that the text names, all of its names.

    The words of the text come first, as they are typed there. In the order of first mention.
    """
    return tuple(
        (matched, *(name for name in group.all_names if _runs(name) != _runs(matched)))
        for group, matched in load_synonyms().find(text)
    )


def plain_names(text: str) -> tuple[str, ...]:
    """Return the usual name of each thing that the text calls by another of its names."""
    found = load_synonyms().find(text)
    return tuple(
        group.all_names[0]
        for group, matched in found
        if _runs(group.all_names[0]) != _runs(matched)
    )


def class_members(text: str, ladder: Ladder) -> tuple[str, ...]:
    """Return the ids of the compounds of each class of drugs that the text names."""
    classes = [name for group, _ in load_synonyms().find(text) for name in group.classes]
    return tuple(
        compound.id
        for compound in ladder.compounds
        if any(name in compound.drug_class for name in classes)
    )


def _letters(text: str) -> str:
    """Return letters and digits in the case they are written, without a plural's ending."""
    letters = "".join(c for c in text if c.isalnum())
    return letters[:-1] if len(letters) > 2 and letters.endswith("s") else letters


def _runs(text: str) -> Runs:
    return tuple(run for word in split_words(text) for run in word)


class _Row(BaseModel):
    """One ``[[group]]`` of the file."""

    model_config = ConfigDict(extra="forbid")

    names: tuple[str, ...] = Field(min_length=1)
    exact: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    group: tuple[_Row, ...]


def parse_synonyms(source: str) -> Synonyms:
    """Read groups from TOML text, or raise `SynonymError` that says what is wrong."""
    try:
        rows = _File.model_validate(tomllib.loads(source))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise SynonymError(f"the synonyms cannot be read: {error}") from error
    return Synonyms(Group(row.names, row.exact, row.classes) for row in rows.group)


@cache
def load_synonyms() -> Synonyms:
    """Return the groups of ``synonyms.toml``, read once; `SynonymError` if it is unsound."""
    return parse_synonyms(files("retrieval.language").joinpath("synonyms.toml").read_text("utf-8"))
