"""How the demands of a question are joined: negations, alternatives, values that add up.

The text is looked at with one mark in the place of each demand's words, so that what stands
between two of them tells how they belong together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from retrieval.demands import AnyOf, Between, Demand, Is, Not
from retrieval.question.types import Mention, ReadDemand

_FIRST = 0xE000  # private characters: no word of a question has one
_MARK = "[\ue000-\uf8ff]"
_FILL = (
    r"(?:[\s;,]|\b(?:in|of|on|for|by|from|with|at|to|a|an|the|any|about|phases?|be|been|being|are"
    r"|is|were|trials?|stud(?:y|ies|ying|ied)|includ\w+|involv\w+|us(?:e|es|ed|ing)|treat\w*"
    r"|test\w*|have|has|having|target\w*|located|conducted|run|yet|longer)\b)*"
)
_DENIAL = (
    r"(?:\bbut\s+)?\b(?:not|no|non|without|never|except(?:\s+for)?|excluding|other\s+than"
    r"|apart\s+from|besides|outside(?:\s+of)?|(?:do|does|is|are|were)n['’]?t)\b"
)
_NEGATED = re.compile(rf"{_DENIAL}{_FILL}(?P<mark>{_MARK})")
_ALTERNATIVE = re.compile(rf"(?P<one>{_MARK})[\s,;]*\bor\b{_FILL}(?P<other>{_MARK})")
_LISTED = re.compile(
    rf"(?P<one>{_MARK})\s*,\s*(?P<other>{_MARK})(?=(?:\s*,\s*{_MARK})*[\s,;]*\bor\b{_FILL}{_MARK})"
)
# "List semaglutide and liraglutide trials": each of them is asked for.
_EACH = re.compile(
    rf"(?P<one>{_MARK})(?:\s*,|\s+and)\s+(?P<other>{_MARK})(?=\s+(?:trials|studies|rcts)\b)"
)
_ONLY_WORDS = r"(?:only|exclusively|solely|entirely|just)"
_NO_OTHER = (
    r"(?:[\s,(]*(?:and )?(?:(?:in )?no ?(?:other|where else)(?: (?:countr(?:y|ies)|place|phase"
    r"|group|nation))?"
    r"|nothing else|alone|not elsewhere)\b\)?|[\s,]*\(not [^)]*\))"
)
# "Only in Denmark", "phase 2 only", "children and nothing else": the field has no other value.
_ONLY = re.compile(
    rf"\b{_ONLY_WORDS}\b{_FILL}(?P<mark>{_MARK})(?:\s*{_NO_OTHER})?"
    rf"|(?P<first>{_MARK})\s*(?:\b{_ONLY_WORDS}\b|{_NO_OTHER})(?:\s*{_NO_OTHER})?"
)
# Where several values of a field can be stated, the field that counts them.
NUMBERS = {
    "countries": "number_of_countries",
    "phase": "number_of_phases",
    "age_groups": "number_of_age_groups",
}
# Fields with one value a trial: several that are asked for are alternatives.
SINGLE = frozenset(("status", "study_type", "kind", "masking", "allocation", "intervention_model"))


def joined(text: str, mentions: Sequence[Mention]) -> tuple[ReadDemand, ...]:
    """Return the demands of a plain text's mentions, in its order, as all of them must hold."""
    return _merged(_Joining(text, mentions).standing())


def between(text: str, mentions: Sequence[Mention]) -> str:
    """Return a plain text with a mark for each demand that stands when all are joined."""
    joining = _Joining(text, mentions)
    joining.standing()
    return joining.text


class _Joining:
    """The text with a mark for each demand, and what the marks stand for."""

    def __init__(self, text: str, mentions: Sequence[Mention]) -> None:
        text = re.sub(_MARK, " ", text)  # one that was typed is no mark
        self._read: list[ReadDemand] = []
        parts, at = [], 0
        for mention in sorted(mentions, key=lambda one: one.start):
            if mention.kind in ("order", "group"):
                parts += [text[at : mention.start], " "]
                at = mention.end
            elif mention.demand is not None:
                parts += [text[at : mention.start], " ", chr(_FIRST + len(self._read)), " "]
                self._read.append(mention.demand)
                at = mention.end
        self.text = "".join([*parts, text[at:]])

    def standing(self) -> tuple[ReadDemand, ...]:
        """Return what is left when negations and alternatives were read."""
        while met := _ONLY.search(self.text):
            self._only(met)
        while met := _NEGATED.search(self.text):
            one = self._marked(met["mark"])
            self._put(met, replace(one, demand=Not(one.demand), sure=False))
        while met := _LISTED.search(self.text) or _ALTERNATIVE.search(self.text):
            self._put(met, _either(self._marked(met["one"]), self._marked(met["other"])))
        while met := _EACH.search(self.text):
            both = self._marked(met["one"]), self._marked(met["other"])
            if {_field(one.demand) for one in both} != {"compounds"}:
                break
            self._put(met, _either(*both))
        return tuple(self._marked(mark) for mark in re.findall(_MARK, self.text))

    def _only(self, met: re.Match[str]) -> None:
        """Take "only" away; where the field may have more values, it must have one."""
        mark = met["mark"] or met["first"]
        one = self._marked(mark)
        number = NUMBERS.get(_field(one.demand))
        also = ""
        if number is not None and isinstance(one.demand, Is):
            self._read.append(replace(one, demand=Between(number, 1, 1), sure=False))
            also = chr(_FIRST + len(self._read) - 1)
        self.text = f"{self.text[: met.start()]} {mark} {also} {self.text[met.end() :]}"

    def _marked(self, mark: str) -> ReadDemand:
        return self._read[ord(mark) - _FIRST]

    def _put(self, met: re.Match[str], demand: ReadDemand) -> None:
        self._read.append(demand)
        mark = chr(_FIRST + len(self._read) - 1)
        self.text = f"{self.text[: met.start()]} {mark} {self.text[met.end() :]}"


def _field(demand: Demand) -> str:
    """Return the field of a demand; of alternatives the one that all are on, or none."""
    if isinstance(demand, Not):
        return ""
    if isinstance(demand, AnyOf):
        fields = {_field(one) for one in demand.of}
        return fields.pop() if len(fields) == 1 else ""
    return demand.field


def _either(one: ReadDemand, other: ReadDemand) -> ReadDemand:
    """Return one of two demands; values of one field are put together."""
    first, second = one.demand, other.demand
    if isinstance(first, Is) and isinstance(second, Is) and first.field == second.field:
        either: Demand = Is(first.field, tuple(dict.fromkeys((*first.values, *second.values))))
    else:
        before = first.of if isinstance(first, AnyOf) else (first,)
        either = AnyOf((*before, second))
    return _both(one, other, either)


def _both(one: ReadDemand, other: ReadDemand, demand: Demand) -> ReadDemand:
    """Return a demand that the words of two make together."""
    return ReadDemand(
        demand=demand,
        words=f"{one.words} … {other.words}",
        start=min(one.start, other.start),
        end=max(one.end, other.end),
        sure=one.sure and other.sure,
        rule=one.rule,
    )


def _merged(demands: Sequence[ReadDemand]) -> tuple[ReadDemand, ...]:
    """Put the values of a field together where a trial has one, and the ends of a range."""
    kept: dict[tuple[str, object], ReadDemand] = {}
    for number, one in enumerate(demands):
        demand = one.demand
        key: tuple[str, object] = ("", number)
        if isinstance(demand, Is) and demand.field in SINGLE:
            key = ("is", demand.field)
        elif isinstance(demand, Between):
            key = ("between", demand.field)
        before = kept.get(key)
        if before is None:
            kept[key] = one
        elif isinstance(demand, Between):
            kept[key] = _within(before, one)
        else:
            kept[key] = _either(before, one)
    return tuple(sorted(kept.values(), key=lambda one: one.start))


def _within(one: ReadDemand, other: ReadDemand) -> ReadDemand:
    """Return both ranges as one; it may be empty, and then nothing meets it."""
    first, second = one.demand, other.demand
    if not (isinstance(first, Between) and isinstance(second, Between)):
        return other
    lows = [low for low in (first.low, second.low) if low is not None]
    highs = [high for high in (first.high, second.high) if high is not None]
    within = Between(first.field, max(lows, default=None), min(highs, default=None))
    return _both(one, other, within)
