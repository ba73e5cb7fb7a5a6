"""The matcher: rules of ``rules.toml`` over a plain text, the longest match first.

Every rule is tried on every sentence; of matches that overlap the longest stands, then that of
the rule that comes first. What stands takes its words away, so that no word is read twice.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from retrieval.demands import Demand, Is, Value
from retrieval.question.ages import read_ages
from retrieval.question.dates import read_dates
from retrieval.question.phases import read_phase
from retrieval.question.places import read_places, read_sites
from retrieval.question.sizes import read_sizes
from retrieval.question.tables import spelled
from retrieval.question.wording import is_searching

_SENTENCE = re.compile(r"(?<=[.?!;]) ")


@dataclass(frozen=True, slots=True)
class Found:
    """Words of a sentence that a rule read, by offsets in the plain text."""

    start: int
    end: int
    demand: Demand
    rule: str
    sure: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """One way for a guard to hold: what ends before the words, follows, or is in the sentence."""

    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    sentence: re.Pattern[str] | None

    def holds(self, sentence: str, start: int, end: int) -> bool:
        return (
            (self.before is None or self.before.search(sentence[:start]) is not None)
            and (self.after is None or self.after.match(sentence, end) is not None)
            and (self.sentence is None or self.sentence.search(sentence) is not None)
        )


Guard = tuple[_Place, ...]
# A grammar yields what it reads of a sentence: span, demand, and whether it is surely meant.
Grammar = Callable[[str], Iterator[tuple[int, int, Demand, bool]]]
GRAMMARS: Mapping[str, Grammar] = {
    "dates": read_dates,
    "countries": read_places,
    "sizes": read_sizes,
    "several_sites": read_sites,
    "ages": read_ages,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table; ``exists`` and ``sure`` are guards of which one must hold."""

    name: str
    field: str
    values: tuple[Value, ...]
    words: re.Pattern[str] | None
    reader: str
    exists: tuple[Guard, ...]
    sure: tuple[Guard, ...]
    unless: tuple[Guard, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]

    def read(self, sentence: str) -> Iterator[Found]:
        """Yield what the rule reads of a sentence, by offsets in it."""
        if self.reader in GRAMMARS:
            for start, end, demand, sure in GRAMMARS[self.reader](sentence):
                if not _any(self.unless, sentence, start, end):
                    held = sure and (not self.sure or _any(self.sure, sentence, start, end))
                    yield Found(start, end, demand, self.name, held)
            return
        for match in self.words.finditer(sentence) if self.words else ():
            span = match.span()
            if _any(self.unless, sentence, *span):
                continue
            if self.exists and not _any(self.exists, sentence, *span):
                continue
            values = read_phase(match) if self.reader == "phases" else self.values
            sure = _any(self.sure, sentence, *span)
            yield Found(*span, Is(self.field, values), self.name, sure)


def _any(guards: Iterable[Guard], sentence: str, start: int, end: int) -> bool:
    return any(place.holds(sentence, start, end) for guard in guards for place in guard)


def parse_rules(text: str) -> tuple[Rule, ...]:
    """Return the rules of a table in the form of ``rules.toml``, in its order."""
    table = tomllib.loads(text)
    fragments = table["fragments"]

    def place(row: Mapping[str, str]) -> _Place:
        before = f"(?:{spelled(row['before'], fragments)})$" if "before" in row else None
        return _Place(
            re.compile(before) if before else None,
            re.compile(spelled(row["after"], fragments)) if "after" in row else None,
            re.compile(spelled(row["sentence"], fragments)) if "sentence" in row else None,
        )

    guards = {name: tuple(map(place, rows)) for name, rows in table["guards"].items()}
    return tuple(
        Rule(
            name=row["name"],
            field=row.get("field", ""),
            values=tuple(row.get("values", ())),
            words=re.compile(rf"\b(?:{spelled(row['words'], fragments)})(?!\w)")
            if "words" in row
            else None,
            reader=row.get("reader", ""),
            exists=tuple(guards[name] for name in row.get("exists", ())),
            sure=tuple(guards[name] for name in row.get("sure", ())),
            unless=tuple(guards[name] for name in row.get("unless", ())),
            yes=tuple(row["yes"]),
            no=tuple(row["no"]),
        )
        for row in table["rule"]
    )


@cache
def load_rules() -> tuple[Rule, ...]:
    """Return the rules of ``rules.toml``, read once."""
    return parse_rules(files("retrieval.question").joinpath("rules.toml").read_text("utf-8"))


def matches(plain_text: str, rules: Sequence[Rule]) -> tuple[Found, ...]:
    """Return what the rules read of a plain text, in its order; no two overlap."""
    found: list[tuple[int, int, Found]] = []
    for offset, sentence in sentences(plain_text):
        searching = is_searching(sentence)
        for number, rule in enumerate(rules):
            for one in rule.read(sentence):
                start, end = one.start + offset, one.end + offset
                moved = Found(start, end, one.demand, one.rule, one.sure and searching)
                found.append((start - end, number, moved))
    taken: list[Found] = []
    for _, _, one in sorted(found, key=lambda each: (*each[:2], each[2].start)):
        if all(one.end <= other.start or other.end <= one.start for other in taken):
            taken.append(one)
    return tuple(sorted(taken, key=lambda each: each.start))


def sentences(plain_text: str) -> Iterator[tuple[int, str]]:
    """Yield the sentences of a plain text, each with its offset."""
    at = 0
    for end in [*_SENTENCE.finditer(plain_text), None]:
        last = end.start() if end else len(plain_text)
        yield at, plain_text[at:last]
        at = end.end() if end else last
