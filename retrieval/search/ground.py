"""A reading in a corpus: what is left of a question names something that records name.

A count asks for every trial that meets all demands. What words demand by themselves (status,
phase, dates, places, ...) the reading has; here the words that it left are looked up among the
names that the corpus knows: conditions and treatments as they stand, sponsors, then any phrase
in the first field that has it. What no record names is told, never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.demands import AnyOf, Demand, Is, Named
from retrieval.language.countries import country_spellings
from retrieval.language.phrases import folded_phrase, has_phrase
from retrieval.language.synonyms import find_synonyms
from retrieval.language.words import RUN, STOP_WORDS
from retrieval.question.asking import (
    ASKING,
    JOINING,
    OF_RECORDS,
    SPONSOR_BEFORE,
    SPONSORED,
    UNREAD,
)
from retrieval.question.joining import between, joined
from retrieval.question.telling import telling_words
from retrieval.question.types import Mention, ReadDemand, Reading
from retrieval.search.registered import Registry

# Where a phrase may be named, in this order.
NAMES = (
    "conditions",
    "interventions",
    "other_names",
    "cities",
    "sponsor",
    "collaborators",
    "mesh_terms",
    "keywords",
)
LONGEST_NAME = 12  # words of a condition's or treatment's name that is looked for
_COLLABORATOR = re.compile(
    r"\b(?:on board )?(?:as (?:an? )?)?collaborat(?:ors?|es?(?: on)?|ing(?: on)?|ed(?: on)?)\b"
)
TAKEN = "\ue000"  # stands in the place of words that are read


@dataclass(frozen=True, slots=True)
class Grounded:
    """A reading with what the corpus knows of it: all of ``demands`` must hold.

    ``unknown`` are words that no rule reads and no record names. ``otherwise`` has, for a name
    that is taken as it stands, other names of the same that records have.
    """

    reading: Reading
    demands: tuple[ReadDemand, ...]
    unknown: tuple[str, ...]
    otherwise: tuple[tuple[str, tuple[str, ...]], ...]


def ground(reading: Reading, registry: Registry) -> Grounded:
    """Look up in a corpus what a reading left."""
    return _Grounding(reading, registry).grounded()


class _Grounding:
    def __init__(self, reading: Reading, registry: Registry) -> None:
        self._reading = reading
        self._registry = registry
        self._mentions = list(reading.mentions)
        self._text = reading.plain.replace(TAKEN, " ")  # one that was typed is no mark
        for mention in reading.mentions:
            self._take(mention.start, mention.end)

    def grounded(self) -> Grounded:
        self._collaborators()
        otherwise = tuple(self._known())
        self._sponsors()
        unknown = list(self._phrases())
        demands = joined(self._reading.plain, self._mentions)
        if odd := self._unread():
            unknown.append(odd)
        return Grounded(self._reading, demands, tuple(dict.fromkeys(unknown)), otherwise)

    def _take(self, start: int, end: int) -> None:
        self._text = self._text[:start] + TAKEN * (end - start) + self._text[end:]

    def _named(self, start: int, end: int, field: str, names: tuple[str, ...], rule: str) -> None:
        words = self._reading.plain[start:end]
        demand: Demand = Named(field, names)
        if field == "interventions":  # what it is also called is its name as well
            demand = AnyOf((demand, Named("other_names", names)))
        read = ReadDemand(demand, words, start, end, sure=False, rule=rule)
        self._mentions.append(Mention(start, end, "name", rule, read))
        self._take(start, end)

    def _known(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Take whole names of conditions and treatments; yield their other names in the corpus.

        A name is taken as it stands, so that whoever counts by the registry's own words finds
        the same number.
        """
        runs = [(folded_phrase(r[0]), *r.span()) for r in RUN.finditer(self._text)]
        at = 0
        while at < len(runs):
            for size in range(min(LONGEST_NAME, len(runs) - at), 0, -1):
                start, end = runs[at][1], runs[at + size - 1][2]
                name = " ".join(word for word, _, _ in runs[at : at + size])
                if TAKEN in self._text[start:end] or name not in self._registry.whole_names:
                    continue
                if _is_a_subject(name):
                    words = self._text[start:end]
                    self._named(
                        start, end, self._registry.whole_names[name], (words,), "name.whole"
                    )
                    at += size - 1
                    if others := self._otherwise(words):
                        yield words, others
                    break
            at += 1

    def _otherwise(self, words: str) -> tuple[str, ...]:
        known = (
            name
            for name in _other_names(words)
            if folded_phrase(name) in self._registry.whole_names
        )
        return tuple(name for name in known if not has_phrase(name, words))

    def _sponsors(self) -> None:
        """Read who pays: as many words after "sponsored by" as a sponsor's name has."""
        for before in SPONSOR_BEFORE.finditer(self._text):
            name = before["name"]
            if TAKEN not in name and self._registry.any_meets(Named("sponsor", (name,))):
                self._named(*before.span(), "sponsor", (name,), "name.sponsor")
        while met := SPONSORED.search(self._text):
            name = met["name"].strip(" ?.,!")
            cuts = [name, *(name[: cut.start()] for cut in re.finditer(r" (?:and|or) ", name))]
            known = (c for c in cuts if c and self._registry.any_meets(Named("sponsor", (c,))))
            name = next(known, cuts[-1])
            if not name.strip():
                break
            end = met.start("name") + len(name)
            self._named(met.start(), end, "sponsor", (name,), "name.sponsor")

    def _collaborators(self) -> None:
        """Read who collaborates: the words beside "collaborator" that a record's one has."""
        met = _COLLABORATOR.search(self._text)
        if met is None:
            return
        runs = [run for run in RUN.finditer(self._text) if TAKEN not in run[0]]
        for size in range(LONGEST_NAME, 0, -1):
            for at in range(len(runs) - size + 1):
                start, end = runs[at].start(), runs[at + size - 1].end()
                name = self._text[start:end]
                if TAKEN in name or ASKING.search(name) or not telling_words(name):
                    continue
                if self._registry.any_meets(Named("collaborators", (name,))):
                    self._named(start, end, "collaborators", (name,), "name.collaborator")
                    self._take(*met.span())
                    return

    def _phrases(self) -> Iterator[str]:
        """Take the phrases that neither ask nor demand; yield those that no record names."""
        text = ASKING.sub(lambda met: TAKEN * len(met[0]), self._text)
        at = 0
        for piece in [*JOINING.finditer(text), None]:
            last = piece.start() if piece else len(text)
            start, end = _trimmed(text, at, last)
            at = piece.end() if piece else last
            phrase = text[start:end]
            if not any(map(str.isalnum, phrase)) or UNREAD.fullmatch(phrase):
                continue
            if spelled := country_spellings().get(phrase):
                # No rule read it where it stands, and it is never passed over.
                words = self._reading.plain[start:end]
                read = ReadDemand(
                    Is("countries", spelled), words, start, end, sure=False, rule="name.country"
                )
                self._mentions.append(Mention(start, end, "name", "name.country", read))
                self._take(start, end)
                continue
            # "Treatment" stands in many names and tells no subject; what is not read is told.
            general = not OF_RECORDS.search(phrase) and not telling_words(phrase)
            found = None if general else self._field_of(phrase)
            if found is None:
                yield phrase
            else:
                self._named(start, end, *found, "name.phrase")

    def _field_of(self, phrase: str) -> tuple[str, tuple[str, ...]] | None:
        """Return the first field in which any record names a phrase, and its names."""
        if not any(map(str.isalpha, phrase)) or OF_RECORDS.search(phrase):
            return None  # a number is in many names and means none; "large" is no subject
        names = tuple(dict.fromkeys((phrase, *_other_names(phrase))))
        for field in NAMES:
            if field in ("sponsor", "collaborators") and " " not in phrase:
                continue  # "children" is no sponsor, though many are called a children's hospital
            if self._registry.any_meets(Named(field, names)):
                return field, names
        return None

    def _unread(self) -> str | None:
        """Return a word that turns or bounds a demand and was not read by the joining."""
        odd = UNREAD.search(ASKING.sub(" ", between(self._reading.plain, self._mentions)))
        return odd[0] if odd else None


def _other_names(phrase: str) -> tuple[str, ...]:
    """Return the other names of what a whole phrase names; a part of it names something else."""
    whole = folded_phrase(phrase)
    groups = (group for group in find_synonyms(phrase) if whole in map(folded_phrase, group))
    return tuple(name for group in groups for name in group)


def _is_a_subject(name: str) -> bool:
    if ASKING.fullmatch(name) or OF_RECORDS.fullmatch(name) or name in STOP_WORDS:
        return False
    return " " in name or bool(telling_words(name))  # "healthy volunteers" is a condition of some


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span without the stop words and blanks at its ends."""
    words = [met.span() for met in re.finditer(r"\S+", text[start:end])]
    spans = [(start + first, start + last) for first, last in words]
    while spans and text[slice(*spans[0])] in STOP_WORDS:
        spans = spans[1:]
    while spans and text[slice(*spans[-1])] in STOP_WORDS:
        spans = spans[:-1]
    return (spans[0][0], spans[-1][1]) if spans else (start, start)
