"""The wordings of generated questions (data in ``phrasings.toml``), chosen by a hash."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Literal, TypeVar

from retrieval.language.words import STOP_WORDS, split_words

Naming = Literal["id", "title"]
NAMINGS: tuple[Naming, ...] = ("id", "title")
STYLES = ("ask", "lay", "terse")

MIN_WORDS = 3  # content words; a title of fewer names a subject, not a trial

T = TypeVar("T")

_ACRONYM = re.compile(r"\s*[(\[][^\s()\[\]]{2,20}[)\]]")
_ARM = re.compile(r"(?i)\b(?:arm|group|cohort)$")
_WORD = re.compile(r"[^\W_](?:[^\s,;:!?\"()\[\]]*[^\W_+%])?[+%]?")


@dataclass(frozen=True, slots=True)
class Phrasings:
    """Templates by field or naming, then by style: ``ask``, ``terse``, ``lay``."""

    namings: Mapping[str, Mapping[str, Sequence[str]]]
    fields: Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class TrialName:
    """What a trial is called: its id and the brief title as the record gives it."""

    trial_id: str
    title: str

    @property
    def plain(self) -> str:
        """The title without acronyms in brackets."""
        return " ".join(_ACRONYM.sub("", self.title).split()).strip(" .?:;,-") or self.title

    @property
    def words(self) -> str:
        """The content words of the plain title, in lower case."""
        words = _WORD.findall(self.plain.lower())
        return " ".join(word for word in words if word not in STOP_WORDS)

    @property
    def key(self) -> tuple[str, ...]:
        """What two titles share that a reader would take for one."""
        runs = (run for word in split_words(self.plain) for run in word)
        return tuple(run for run in runs if run not in STOP_WORDS)


@cache
def load_phrasings() -> Phrasings:
    """Read the wordings that come with the project."""
    source = files("eval.generated").joinpath("phrasings.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(source)
    return Phrasings(tables["naming"], tables["field"])


def chance(*key: object) -> int:
    """Return a large number that depends on the key only, the same on every machine."""
    return int.from_bytes(sha256("\0".join(map(str, key)).encode()).digest()[:8])


def pick(options: Sequence[T], *key: object) -> T:
    """Return one of the options by the key's hash."""
    return options[chance(*key) % len(options)]


def word_question(
    field: str,
    naming: Naming,
    trial: TrialName,
    *,
    names: Mapping[str, str],
    key: tuple[object, ...],
) -> str:
    """Return a question for a field of a trial; ``key`` decides on style and wording."""
    phrasings = load_phrasings()
    style = pick(STYLES, *key, "style")
    template = pick(phrasings.fields[field][style], *key, "wording")
    namings = phrasings.namings[naming]
    naming_template = pick(namings.get(style, namings["ask"]), *key, "naming")
    named = naming_template.format(
        id=trial.trial_id,
        low=trial.trial_id.lower(),
        title=trial.title.strip(" .?"),
        plain=trial.plain,
        words=trial.words,
    )
    if _ARM.search(names.get("arm", "")):
        template = re.sub(r"\{arm\} (?:arm|group)\b", "{arm}", template)
    return template.format(trial=named, **names)
