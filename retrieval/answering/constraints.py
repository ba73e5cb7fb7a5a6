"""Constraints: what a question demands of every trial that it counts or lists.

A search reads a filter from words only where it is sure, because a filter hides. A count is
asked for: here every word either makes a constraint, or asks, or names a subject that records
must name; none is passed over in silence. A reader takes the words that it understood away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from retrieval.language.countries import places_in
from retrieval.language.words import split_words
from retrieval.question.periods import dates_in
from retrieval.question.sizes import sizes
from retrieval.types import Source, TrialFields

FIRST_MARK = 0xE000  # private characters: no word of a question has one
MARK = "[\ue000-\uf8ff]"
_BETWEEN = (
    r"(?:[\s;,]|\b(?:in|of|on|for|by|from|with|at|to|a|an|the|any|about|phases?|be|been|being|are|is"
    r"|were|trials?|stud(?:y|ies|ying|ied)|includ\w+|involv\w+|us(?:e|es|ed|ing)|treat\w*|test\w*"
    r"|have|has|having|target\w*|located|conducted|run)\b)*"
)
_NEGATED = re.compile(
    r"(?:\bbut\s+)?\b(?:not|no|non|without|never|except(?:\s+for)?|excluding|other\s+than"
    rf"|apart\s+from|besides|outside(?:\s+of)?|(?:do|does|is|are|were)n'?t)\b{_BETWEEN}(?P<mark>{MARK})"
)
_ALTERNATIVE = re.compile(rf"(?P<one>{MARK})[\s,;]*\bor\b{_BETWEEN}(?P<other>{MARK})")
_LISTED = re.compile(
    rf"(?P<one>{MARK})\s*,\s*(?P<other>{MARK})(?=(?:\s*,\s*{MARK})*[\s,;]*\bor\b{_BETWEEN}{MARK})"
)
PHRASES_KEPT = 200_000  # names of records whose folded form is kept: some 30 MB


@dataclass(frozen=True, slots=True)
class Registered:
    """A registry record as it is counted."""

    source: Source
    fields: TrialFields

    def stated(self, field: str) -> Any:  # noqa: ANN401 - of each field another type
        """Return the value of a field; conditions come with their index terms."""
        if field == "title":
            return self.source.title
        if field == "conditions":
            return (*self.fields.conditions, *self.fields.condition_terms)
        return getattr(self.fields, field)


@dataclass(frozen=True, slots=True)
class Constraint:
    """A demand on one field of a record: in words, and as a test of the field's value."""

    label: str
    field: str
    accepts: Callable[[Any], bool]

    def holds(self, record: Registered) -> bool | None:
        """Tell whether a record meets it; None where the record does not state the field."""
        value = record.stated(self.field)
        if value is None or (value == () and self.field != "compounds"):
            return None  # no compound of the ladder is an answer, and no country is none
        return self.accepts(value)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a demand."""

    of: Demand

    @property
    def label(self) -> str:
        return f"not {self.of.label}"

    def holds(self, record: Registered) -> bool | None:
        """Tell whether a record fails the demand; None where it does not say."""
        held = self.of.holds(record)
        return None if held is None else not held


@dataclass(frozen=True, slots=True)
class Either:
    """Any of some demands."""

    of: tuple[Demand, ...]

    @property
    def label(self) -> str:
        return " or ".join(demand.label for demand in self.of)

    def holds(self, record: Registered) -> bool | None:
        """Tell whether a record meets one of them; None where none holds and one is unknown."""
        held = [demand.holds(record) for demand in self.of]
        return True if True in held else None if None in held else False


Demand = Constraint | Not | Either


class Reading:
    """A question as it is read: what was understood stands in the text as one mark each."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.demands: list[Demand] = []

    def take(self, start: int, end: int, demand: Demand) -> None:
        """Put the mark of a demand in the place of its words."""
        self.demands.append(demand)
        self._put(start, end, chr(FIRST_MARK + len(self.demands) - 1))

    def drop(self, start: int, end: int) -> None:
        """Take words away; those beside them are no phrase."""
        self._put(start, end, ";")

    def marked(self, mark: str) -> Demand:
        """Return the demand of a mark."""
        return self.demands[ord(mark) - FIRST_MARK]

    def standing(self) -> tuple[Demand, ...]:
        """Return the demands whose marks stand in the text, in its order."""
        return tuple(self.marked(mark) for mark in re.findall(MARK, self.text))

    def combine(self) -> None:
        """Read the negations and alternatives between marks."""
        while met := _NEGATED.search(self.text):
            self.take(met.start(), met.end(), Not(self.marked(met["mark"])))
        while met := _LISTED.search(self.text) or _ALTERNATIVE.search(self.text):
            either = Either((self.marked(met["one"]), self.marked(met["other"])))
            self.take(met.start(), met.end(), either)

    def _put(self, start: int, end: int, sign: str) -> None:
        self.text = f"{self.text[:start]} {sign} {self.text[end:]}"


# In order: the longer phrase is tried first.
_STATUSES = (
    (r"not yet (?:open|recruiting)|yet to (?:recruit|start)", ("NOT_YET_RECRUITING",)),
    (r"active,? (?:but |and )?not recruiting", ("ACTIVE_NOT_RECRUITING",)),
    (r"enrol\w* by invitation(?: only)?", ("ENROLLING_BY_INVITATION",)),
    (
        r"(?:of |with )?(?:an? )?unknown (?:recruitment )?status|status (?:is )?unknown",
        ("UNKNOWN",),
    ),
    (
        r"(?:still |currently |actively |now )*(?:recruiting|open for (?:enrol\w+|recruitment)"
        r"|enrolling|accepting)(?: (?:new )?(?:patients|participants|people|volunteers))?",
        ("RECRUITING",),
    ),
    (r"(?:already )?(?:completed|finished|concluded)", ("COMPLETED",)),
    (r"terminated|stopped early", ("TERMINATED",)),
    (r"withdrawn", ("WITHDRAWN",)),
    (r"suspended", ("SUSPENDED",)),
    (
        r"(?:still |currently )*(?:ongoing|active|running|open)",
        ("RECRUITING", "ACTIVE_NOT_RECRUITING", "ENROLLING_BY_INVITATION"),
    ),
)
_NOT = r"(?:not|no longer|never|aren'?t|isn'?t|except|excluding|other than) (?:been |the |yet )?"
_NUMBER = r"(?:[0-4]|iv|i{1,3})[abc]?"
_PHASES = re.compile(
    rf"\b(?P<early>early )?(?:phases?|ph)\.? ?(?P<first>{_NUMBER})\b"
    rf"(?P<more>(?:(?: ?/ ?| ?- ?|,? or |,? and | to |, ?)(?:phases? ?)?{_NUMBER}\b)*)"
)
_PHASE_TOKENS = {"0": "EARLY_PHASE1", "1": "PHASE1", "2": "PHASE2", "3": "PHASE3", "4": "PHASE4"}
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_TYPES = (
    ("INTERVENTIONAL", r"interventional"),
    ("OBSERVATIONAL", r"observational"),
    ("EXPANDED_ACCESS", r"expanded access"),
)
_WITHOUT = re.compile(
    r"\b(?:without|with no|lacking|(?:have|has|having) (?:no|not)|no|not|(?:haven|hasn)'?t)"
    r"(?: (?:yet|any|posted|published|reported|available))* results\b(?: posted| available| yet)*"
)
_WITH = re.compile(
    r"\b(?:with|having|have|has|that have|which have|whose)?(?: (?:any|posted|published|reported"
    r"|available))* ?results\b(?: (?:are |were |been )?(?:posted|available|published|reported))*"
)
_EVENTS = {
    "started": re.compile(
        r"\b(?:start(?:ed|ing|s)?|began|begun|beginning|launched|initiated)[ ,]*$"
    ),
    "completed": re.compile(r"\b(?:complet\w+|finish\w*|end(?:ed|ing|s)?|conclud\w+)[ ,]*$"),
    "updated": re.compile(r"\b(?:updated|modified)[ ,]*$"),
}
_OTHER_DATE = re.compile(r"\b(?:posted|registered|published|approved)[ ,]*$")
_SIZES = re.compile(
    r"\b(?:that |which |and |but )*(?:with |enrolling |enrolled |having |including |recruited )*"
    r"(?:a )?(?:sample size |enrol\w+ )?(?:of |is )?"
    r"(?:at least|more than|over|above|fewer than|less than|under|below|at most|up to|between|from)"
    r" [\d,]+(?: (?:and|to|or) [\d,]+)?(?: or more| or fewer| or less)?"
    r"(?: (?:patients|participants|people|subjects|volunteers|persons|enrolled))*"
)


def read_demands(reading: Reading) -> None:
    """Read all demands but those for compounds, names and sponsors."""
    for read in (_people, _dates, _results, _statuses, _phases, _types, _places):
        read(reading)


def _statuses(reading: Reading) -> None:
    """A trial has one status, so that several that are asked for are alternatives."""
    found: list[tuple[str, ...]] = []
    for words, values in _STATUSES:
        while met := re.search(rf"\b(?:{words})\b", reading.text):
            negated = re.search(rf"\b{_NOT}$", reading.text[: met.start()])
            label = f"status {' or '.join(values)}"
            one = Constraint(label, "status", frozenset(values).__contains__)
            if negated:
                reading.take(met.start(), met.end(), one)
            else:
                found.append(values)
                reading.drop(met.start(), met.end())
    if found:
        wanted = dict.fromkeys(value for values in found for value in values)
        label = f"status {' or '.join(wanted)}"
        end = len(reading.text)
        reading.text = re.sub(r";[\s;]*\b(?:or|and)\b[\s;]*(?=;)", "; ", reading.text)
        end = len(reading.text)
        reading.take(end, end, Constraint(label, "status", frozenset(wanted).__contains__))


def _phases(reading: Reading) -> None:
    while met := _PHASES.search(reading.text):
        more = re.sub("phases?", " ", met["more"])
        numbers = re.findall(r"[0-4]|iv|i{1,3}", f"{met['first']} {more}")
        tokens = dict.fromkeys(_PHASE_TOKENS[_ROMAN.get(n, n)] for n in numbers)
        if met["early"]:
            tokens = dict.fromkeys("EARLY_PHASE1" if t == "PHASE1" else t for t in tokens)
        if "/" in met["more"]:  # a phase 2/3 trial is one that is both
            label, both = f"phase {' and '.join(tokens)}", frozenset(tokens)
            found = Constraint(label, "phases", both.issubset)
        else:
            found = _any_of("phase", "phases", tuple(tokens))
        reading.take(met.start(), met.end(), found)


def _types(reading: Reading) -> None:
    for token, word in _TYPES:
        while met := re.search(rf"\b{word}\b", reading.text):
            found = Constraint(
                f"study type {token}", "study_type", frozenset((token,)).__contains__
            )
            reading.take(met.start(), met.end(), found)


def _results(reading: Reading) -> None:
    for pattern, posted in ((_WITHOUT, False), (_WITH, True)):
        if met := pattern.search(reading.text):
            label = "results posted" if posted else "no results posted"
            found = Constraint(label, "has_results", frozenset((posted,)).__contains__)
            reading.take(met.start(), met.end(), found)
            return


def _places(reading: Reading) -> None:
    for start, end, countries in reversed(list(places_in(reading.text))):
        reading.take(start, end, _any_of("country", "countries", countries))


def _dates(reading: Reading) -> None:
    for start, end, first, last in reversed(list(dates_in(reading.text))):
        before = reading.text[:start]
        if _OTHER_DATE.search(before):
            continue  # no field of the index has it: its words stay, and nothing matches them
        verbs = ((name, verb.search(before)) for name, verb in _EVENTS.items())
        name, verb = next(((n, v) for n, v in verbs if v), ("started", None))
        # "Completed in 2020" tells the status too: its verb stays to be read.
        begin = start if verb is None or name == "completed" else verb.start()
        reading.take(begin, end, _ranged(name, first, last))


def _people(reading: Reading) -> None:
    asked = list(sizes(reading.text)) or list(sizes(f"trials {reading.text}"))
    met = _SIZES.search(reading.text)
    if asked and met:
        reading.take(met.start(), met.end(), _ranged("enrollment", asked[0].fewest, asked[0].most))


def has_phrase(text: str, phrase: str) -> bool:
    """Tell whether the words of a phrase stand in a text in a row, plurals aside."""
    return f" {folded_phrase(phrase)} " in f" {folded_phrase(text)} "


@lru_cache(maxsize=PHRASES_KEPT)
def folded_phrase(text: str) -> str:
    """Return the folded words of a text, without a plural's ``s``, one blank between them."""
    runs = (run for word in split_words(text) for run in word)
    return " ".join(r[:-1] if len(r) > 3 and r[-1] == "s" and r[-2:] != "ss" else r for r in runs)


def _any_of(label: str, field: str, values: Sequence[str]) -> Constraint:
    """Demand one of some values of a field that has several."""
    return Constraint(
        f"{label} {' or '.join(values)}", field, lambda held: not set(values).isdisjoint(held)
    )


def _ranged(field: str, first: int | None, last: int | None) -> Constraint:
    """Demand a number, or a date as yyyymmdd, between two ends that are both meant."""
    low, high = (first or 0), (last if last is not None else 10**18)
    ends = [f"from {first}"] * (first is not None) + [f"to {last}"] * (last is not None)
    return Constraint(f"{field} {' '.join(ends)}", field, lambda value: low <= value <= high)
