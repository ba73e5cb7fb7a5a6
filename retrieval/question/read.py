"""A question read once: ids, compounds, and what its words demand of trials.

    text -> plain form -> rules -> negations and alternatives -> Reading

Pure: knows the alias ladder and the rules, and no corpus.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from retrieval.demands import Is
from retrieval.language.compounds import Ladder
from retrieval.language.folding import fold
from retrieval.language.mention import CompoundMention
from retrieval.language.misspellings import find_compounds
from retrieval.question.arranging import arranged_in
from retrieval.question.joining import joined
from retrieval.question.matcher import Found, load_rules, matches
from retrieval.question.plain import DRUG, Plain, plain_form
from retrieval.question.types import FILTERS, Mention, PlanEdit, ReadDemand, Reading
from retrieval.question.wording import NCT_ID, is_short

_DRUG = re.compile(rf"\b{DRUG}\b")


def read(text: str, ladder: Ladder) -> Reading:
    """Return what a text says; never raises, whatever the text.

    Demands are read from short texts only: a case history may name phases, statuses and places
    without asking for them.
    """
    trial_ids = tuple(dict.fromkeys(f"NCT{digits}" for digits in NCT_ID.findall(fold(text))))
    short = is_short(text)
    compounds = find_compounds(text, ladder) if short else ladder.find(text)
    if not short:
        return Reading(text, "", short, trial_ids, compounds, (), (), ())
    plain = plain_form(text, compounds)
    found = sorted(
        (*matches(plain.text, load_rules()), *_drugs(plain, text, compounds)),
        key=lambda one: one.start,
    )
    ids = [Mention(*met.span(), "id", "id", None) for met in NCT_ID.finditer(plain.text)]
    ruled = [
        Mention(one.start, one.end, one.rule.partition(".")[0], one.rule, _demand(plain, text, one))
        for one in found
    ]
    arranged = arranged_in(plain.text)
    for one in arranged:
        # "The most participants" is no size, and "how many in each phase" demands none.
        ruled = [m for m in ruled if m.end <= one.start or one.end <= m.start]
        ruled.append(Mention(one.start, one.end, one.kind, one.rule, None))
    mentions = tuple(sorted((*ruled, *ids), key=lambda mention: mention.start))
    return Reading(
        text=text,
        plain=plain.text,
        short=short,
        trial_ids=trial_ids,
        compounds=compounds,
        mentions=mentions,
        demands=joined(plain.text, mentions),
        left=_left(plain.text, mentions),
        arranged=next(iter(arranged), None),
    )


def edited(reading: Reading, edit: PlanEdit) -> Reading:
    """Return a reading with the demands that a caller put in the place of those read."""
    if edit.demands is None:
        return reading
    given = tuple(ReadDemand(one, "", 0, 0, sure=True, rule="caller") for one in edit.demands)
    mentions = tuple(replace(mention, demand=None) for mention in reading.mentions)
    return replace(reading, mentions=mentions, demands=given)


def _drugs(plain: Plain, text: str, compounds: Sequence[CompoundMention]) -> Iterable[Found]:
    """Yield the demand of each named compound; a family's word means any of its members."""
    groups: dict[str, list[str]] = {}
    for mention in compounds:
        groups.setdefault(_key(mention.matched), []).append(mention.compound_id)
    for met in _DRUG.finditer(plain.text):
        start, end = plain.typed(*met.span())
        ids = tuple(dict.fromkeys(groups.get(_key(text[start:end]), ())))
        if ids:
            yield Found(*met.span(), Is("compounds", ids), "compound", sure=False)


def _key(name: str) -> str:
    return plain_form(name, ()).text


def _demand(plain: Plain, text: str, found: Found) -> ReadDemand:
    start, end = plain.typed(found.start, found.end)
    # A search hides only by what it has a filter for.
    sure = found.sure and getattr(found.demand, "field", "") in FILTERS
    return ReadDemand(found.demand, text[start:end], start, end, sure, found.rule)


def _left(plain_text: str, mentions: Sequence[Mention]) -> tuple[str, ...]:
    """Return the words that no mention has."""
    rest = list(plain_text)
    for mention in mentions:
        rest[mention.start : mention.end] = " " * (mention.end - mention.start)
    return tuple(re.findall(r"[^\s,;:?!()]+", "".join(rest)))
