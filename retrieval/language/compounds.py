"""The alias ladder: which words name which compound (data in ``compounds.toml``).

A name is matched by its *key*: folded to lower-case ASCII, separators dropped, so that
``BPC-157``, ``bpc 157`` and ``BPC157`` share the key ``bpc157``. A text is cut into runs of
letters and runs of digits; neighbouring runs are joined until no name begins that way, and
the longest name wins. A text may drop a name's separators but not add others: ``L L 37`` is
no LL-37.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import accumulate
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from retrieval.errors import BadFilter, PeptideSearchError
from retrieval.language.folding import fold, fold_offsets
from retrieval.language.mention import CompoundMention

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RUN = re.compile(r"[a-z]+|[0-9]+")
JOINERS = " -_/\t\r\n"
MIN_KEY = 3  # characters; anything shorter turns up in ordinary text


class LadderError(PeptideSearchError):
    """``compounds.toml`` contradicts itself."""


@dataclass(frozen=True, slots=True)
class Compound:
    """A compound and its names.

    ``aliases`` are other names in any case, ``exact`` those found only in the case written.
    ``lookalikes`` are ids of other compounds that are easily taken for this one (both ways),
    ``lookalike_names`` such names outside the ladder. ``parts`` are the ids of what a
    combination is made of. ``drug_class`` and ``note`` may be empty.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    lookalikes: tuple[str, ...] = ()
    lookalike_names: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    drug_class: str = ""
    note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, the preferred one first."""
        return tuple(dict.fromkeys((self.name, *self.aliases, *self.exact)))


@dataclass(frozen=True, slots=True)
class Family:
    """Words that name several compounds at once, such as ``thymosin``; likeliest member first."""

    id: str
    words: tuple[str, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a key stands for: no compound (a look-alike), one, or a family's members."""

    ids: tuple[str, ...]
    written: frozenset[str] = frozenset()  # allowed spellings without separators; empty: any

    def allows(self, written: str) -> bool:
        return not self.written or _letters(written) in self.written


def _letters(text: str) -> str:
    """Return the letters and digits of ``text`` in the case they are written."""
    return "".join(c for c in text if c.isalnum())


def _runs(name: str) -> list[str]:
    """Return the folded runs of a name; each Greek letter is a run of its own."""
    return RUN.findall(fold(re.sub(r"([^\W\d_a-zA-Z])", r" \1 ", name)))


def _key(name: str) -> str:
    return "".join(_runs(name))


class Ladder:
    """The compounds, and the search for their names in a text; immutable, safe to share."""

    def __init__(self, compounds: Iterable[Compound], families: Iterable[Family] = ()) -> None:
        """Index the names, or raise `LadderError` where two claims collide."""
        self.compounds = tuple(compounds)
        self.families = tuple(families)
        self._by_id = {compound.id: compound for compound in self.compounds}
        self._meanings: dict[str, _Meaning] = {}
        self._starts: set[str] = set()
        self._cuts: defaultdict[str, set[str]] = defaultdict(set)  # where a name may be cut
        self._check_ids()
        for name, meaning in self._claims():
            self._index(name, meaning)

    @property
    def digest(self) -> str:
        """Sixteen hex digits that stand for all names and claims of this ladder."""
        return sha256(repr((self.compounds, self.families)).encode()).hexdigest()[:16]

    def find(self, text: str, *, families: bool = True) -> tuple[CompoundMention, ...]:
        """Return each compound named in the text once, in the order of first mention.

        ``matched`` is a slice of ``text``. A family word ("thymosin") counts for all of its
        members, unless the text also names one of them: then it means that one. To label a
        document, pass ``families=False``: a guess is no label.
        """
        folded = fold(text)
        if self._starts.isdisjoint(RUN.findall(folded)):
            return ()
        found = list(self._matches(text, folded))
        named = {meaning.ids[0] for meaning, _ in found if len(meaning.ids) == 1}
        mentions: dict[str, CompoundMention] = {}
        for meaning, matched in found:
            if len(meaning.ids) > 1 and (not families or named.intersection(meaning.ids)):
                continue
            for compound_id in meaning.ids:
                mentions.setdefault(compound_id, CompoundMention(compound_id, matched))
        return tuple(mentions.values())

    def label(self, text: str) -> tuple[str, ...]:
        """Return the ids of what a text is about: compounds it names, and parts of those.

        A trial of a combination is a trial of each part. A family word labels nothing: a
        guess is no label.
        """
        named = [mention.compound_id for mention in self.find(text, families=False)]
        parts = [part for compound_id in named for part in self._by_id[compound_id].parts]
        return tuple(dict.fromkeys((*named, *parts)))

    def get(self, compound_id: str) -> Compound:
        """Return the compound with this id, or raise `BadFilter`."""
        try:
            return self._by_id[compound_id]
        except KeyError:
            raise BadFilter(self._unknown(compound_id)) from None

    def resolve(self, name: str) -> str:
        """Return the id for an id, a name or an alias in any case, or raise `BadFilter`."""
        if name in self._by_id:
            return name
        meaning = self._meanings.get(_key(name))
        if meaning is None or not meaning.ids:
            raise BadFilter(self._unknown(name))
        if len(meaning.ids) > 1:
            raise BadFilter(f"compound {name!r} may be {' or '.join(meaning.ids)}: name one")
        return meaning.ids[0]

    def expansions(self, compound_id: str) -> tuple[str, ...]:
        """Return all names of a compound to search lexically, the preferred one first.

        Spellings that lexical search folds alike ("BPC-157", "bpc157") are given once.
        Raises `BadFilter` for an unknown id.
        """
        return self.get(compound_id).names

    def _matches(self, text: str, folded: str) -> Iterator[tuple[_Meaning, str]]:
        """Yield what is named, and the words that name it, leftmost and longest first."""
        runs = list(RUN.finditer(folded))
        offsets = fold_offsets(text)
        free = 0  # the first run that no name has taken
        for at, run in enumerate(runs):
            if at < free or run.group() not in self._starts:
                continue
            named: tuple[_Meaning, str] | None = None
            for last, keys in self._keys(folded, runs, at=at):
                meaning = self._meanings.get(keys[-1])
                matched = text[offsets[run.start()] : offsets[runs[last].end() - 1] + 1]
                if meaning and meaning.allows(matched) and self._cuts[keys[-1]].issuperset(keys):
                    named, free = (meaning, matched), last + 1
            if named:
                yield named

    def _keys(
        self, folded: str, runs: list[re.Match[str]], *, at: int
    ) -> Iterator[tuple[int, list[str]]]:
        """Yield (last run, keys) for the whole words from ``at`` on that may begin a name.

        ``keys`` has the key after each run, so that the last one is that of all the words.
        """
        if _continues_word(runs, at):
            return
        keys = [""]
        for last in range(at, len(runs)):
            gap = folded[runs[last - 1].end() : runs[last].start()] if last > at else ""
            keys.append(keys[-1] + runs[last].group())
            if gap.strip(JOINERS) or keys[-1] not in self._starts:
                return
            if not _continues_word(runs, last + 1):
                yield last, keys[1:]

    def _check_ids(self) -> None:
        if len(self._by_id) < len(self.compounds):
            raise LadderError("two compounds of the ladder share an id")
        for compound in self.compounds:
            self._check_known(compound.id, (*compound.lookalikes, *compound.parts))
        for family in self.families:
            self._check_known(family.id, family.members)

    def _check_known(self, owner: str, ids: tuple[str, ...]) -> None:
        for unknown in set(ids) - self._by_id.keys():
            raise LadderError(f"{owner} of the ladder refers to {unknown}, which is not in it")

    def _claims(self) -> Iterator[tuple[str, _Meaning]]:
        """Yield every name with its meaning; look-alikes outside the ladder mean nothing."""
        for compound in self.compounds:
            exact = {_key(name): frozenset({_letters(name)}) for name in compound.exact}
            for name in compound.names:
                yield name, _Meaning((compound.id,), exact.get(_key(name), frozenset()))
            for name in compound.lookalike_names:
                yield name, _Meaning(())
        for family in self.families:
            for word in family.words:
                yield word, _Meaning(family.members)

    def _index(self, name: str, meaning: _Meaning) -> None:
        runs = _runs(name)
        key = "".join(runs)
        if len(key) < MIN_KEY:
            raise LadderError(f"{name!r} of the ladder is too short to be told from a word")
        known = self._meanings.setdefault(key, meaning)
        if known != meaning:
            raise LadderError(f"{name!r} of the ladder stands for {known.ids} and {meaning.ids}")
        self._starts.update(accumulate(runs))
        self._cuts[key].update(accumulate(runs))

    def _unknown(self, name: str) -> str:
        near = get_close_matches(_key(name), self._meanings, n=8, cutoff=0.7)
        ids = _unique(compound_id for key in near for compound_id in self._meanings[key].ids)[:3]
        hint = f"; did you mean {' or '.join(ids)}?" if ids else ""
        return f"no compound {name!r} in the alias ladder{hint}"


def _continues_word(runs: list[re.Match[str]], at: int) -> bool:
    """Tell whether a run belongs to the word of the run before it, as ``4`` does in ``GLP4``."""
    return 0 < at < len(runs) and runs[at - 1].end() == runs[at].start()


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


class _CompoundRow(BaseModel):
    """One ``[[compound]]`` of the file."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    name: str
    aliases: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    not_: tuple[str, ...] = Field((), alias="not")
    not_names: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    class_: str = Field("", alias="class")
    note: str = ""


class _FamilyRow(BaseModel):
    """One ``[[family]]`` of the file."""

    model_config = ConfigDict(extra="forbid")

    id: str
    words: tuple[str, ...] = Field(min_length=1)
    members: tuple[str, ...] = Field(min_length=2)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    compound: tuple[_CompoundRow, ...]
    family: tuple[_FamilyRow, ...] = ()


def parse_ladder(source: str) -> Ladder:
    """Read a ladder from TOML text, or raise `LadderError` that says what is wrong."""
    try:
        rows = _File.model_validate(tomllib.loads(source))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise LadderError(f"the alias ladder cannot be read: {error}") from error
    lookalikes: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows.compound:
        for other in row.not_:
            lookalikes[row.id].append(other)
            lookalikes[other].append(row.id)
    return Ladder(
        (
            Compound(
                id=row.id,
                name=row.name,
                aliases=row.aliases,
                exact=row.exact,
                lookalikes=_unique(lookalikes[row.id]),
                lookalike_names=row.not_names,
                parts=row.parts,
                drug_class=row.class_,
                note=row.note,
            )
            for row in rows.compound
        ),
        (Family(row.id, row.words, row.members) for row in rows.family),
    )


@cache
def load_ladder() -> Ladder:
    """Return the ladder of ``compounds.toml``, read once; `LadderError` if it is unsound."""
    return parse_ladder(files("retrieval.language").joinpath("compounds.toml").read_text("utf-8"))
