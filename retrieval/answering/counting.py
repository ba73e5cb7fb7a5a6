"""Counts and lists: every trial that matches, found by what records state and never by rank.

A trial matches when its registry record does. What the words demand (status, phase, dates,
places, sponsor, ...) is read by `retrieval.answering.constraints`; what is left names a subject
("breast cancer"), which the records' conditions must name, or where none does their
treatments, sponsors, keywords or titles. A word that no record names is not passed over: then
nothing can be counted, and that is the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache

from retrieval.answering.constraints import (
    MARK,
    Constraint,
    Reading,
    Registered,
    folded_phrase,
    has_phrase,
    read_demands,
)
from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.types import Abstention, Claim, Routed
from retrieval.index.catalogue import Catalogue
from retrieval.index.rendered import Rendered
from retrieval.language.synonyms import find_synonyms
from retrieval.language.words import RUN, STOP_WORDS
from retrieval.question.wording import plain
from retrieval.types import CompoundMention, Filters, Source

TRIAL_ID = "protocolSection.identificationModule.nctId"
TITLE = "protocolSection.identificationModule.briefTitle"
# Where a subject may be named, and what it is then.
NAMES = (
    ("condition", "conditions"),
    ("treatment", "interventions"),
    ("sponsor", "sponsor"),
    ("keyword", "keywords"),
    ("title", "title"),
)
LONGEST_NAME = 12  # words of a condition's or treatment's name that is looked for
CITED = 25  # trials of a list that have a claim; all are in `trials`
# Words that ask for trials, or join what they are asked to be: they name no subject.
_ASKING = re.compile(
    r"\b(?:how many|number of|count(?: of)?|list|show|find|give|get|search|tell|look(?:ing)?"
    r"|which|what|all|every|each|any|please|trials?|stud(?:y|ies|ied|ying)|rcts?|records?|clinical"
    r"|registered|registry|total|altogether|overall|patients?|people|participants?|subjects?"
    r"|persons?|individuals?|adults? with|exist(?:ing)?|here|corpus|index|database|currently|now"
    r"|still|together|combined|conducted|done|performed|carried out|test(?:s|ed|ing)?"
    r"|investigat\w+|evaluat\w+|examin\w+|assess\w+|involv\w+|includ\w+|us(?:e|es|ed|ing)|focus\w*|regarding|concerning"
    r"|relat\w+ to|status|phases?|treat(?:s|ed|ing)?|receiv\w+|given|giving|available|located"
    r"|sites?|run|also|both|whose|enrol\w*|recruit\w*|start(?:ed)?|complet\w+|match\w*|me|us"
    r"|you|know of|see|compar\w+ with|target\w*|address\w*)\b"
)
_JOINING = re.compile(
    rf"[;,?!:()]|{MARK}|\.(?=\s|$)|\b(?:and|or|in|for|of|on|with|by|to|at|from|about|into|but)\b"
)
# Words that turn or bound a demand; where one is left, the question was not understood.
_UNREAD = re.compile(
    r"\b(?:not|no|non|without|never|except|excluding|other than|apart from|besides|outside|only"
    r"|neither|nor|unless|or|at least|at most|more than|less than|fewer than|over|under|same|most"
    r"|least|fewest|largest|smallest|biggest|longest|shortest|newest|oldest|latest|earliest|first|(?:do|does|is|are)n'?t)\b"
)
# What records state in fields that are not read here: no name of a subject.
_OF_RECORDS = re.compile(
    r"\b(?:non )?(?:randomi[sz]ed|(?:double|single|triple|quadruple)? ?blind(?:ed)?|open label"
    r"|masked|controlled|crossover|parallel|multi ?cent(?:er|re)|industry|universit(?:y|ies)"
    r"|wom[ae]n|m[ae]n|males?|females?|child(?:ren)?|adults?|elderly|large|small|big|new|old"
    r"|recent|without|pivotal|global|international)\b"
)
_SPONSOR = re.compile(
    r"\b(?:sponsored|funded|run|led|conducted|paid for|organi[sz]ed) by (?:the )?"
    rf"(?P<name>(?:(?!(?:in|since|with|that|which|started|are|is|have|from)\b|{MARK})[^\s;]+ ?)+)"
)


@dataclass(frozen=True, slots=True)
class Matched:
    """The records that meet all demands.

    ``demands`` tells them. ``hidden`` counts those that would, but for a field that they do not
    state; ``unknown`` are words of the question that no record names. ``otherwise`` has, for a
    name that was counted as it stands, other names of the same that records have.
    """

    records: tuple[Registered, ...]
    demands: tuple[str, ...]
    hidden: int
    unknown: tuple[str, ...]
    otherwise: tuple[tuple[str, tuple[str, ...]], ...]


def answer_count(evidence: Evidence, routed: Routed) -> Draft:
    """Return the number of matching trials, with each of them; a list's answer is the same.

    Abstains with ``not_countable`` where a word of the question is in no record's names.
    """
    matched = _matched(evidence)
    if matched.unknown:
        return _not_countable(matched)
    sources = tuple(record.source for record in matched.records)
    if routed.route == "list" and not sources:
        message = f"No trial in this corpus matches: {_told(matched)}."
        return Draft(abstained=Abstention("no_match", "nothing_matches", message), count=0)
    claims = (_total(matched), *_listed(evidence, sources[:CITED]))
    return Draft(claims, count=len(sources), trials=sources, notes=tuple(_notes(evidence, matched)))


def _matched(evidence: Evidence) -> Matched:
    registered = _registered(evidence.snapshot.catalogue)
    reading = Reading(plain(evidence.question.text, ()))
    _compounds(reading, evidence.ranking.understood.compounds)
    otherwise = _known(reading, registered)
    _sponsors(reading, registered)
    read_demands(reading)
    unknown = _subjects(reading, registered)
    reading.combine()
    if odd := _UNREAD.search(reading.text):
        unknown.append(odd[0])
    demands = reading.standing()
    # Records alone are counted, whatever kind of document is asked to be searched.
    filters = replace(evidence.question.filters, kind=(), sections=())
    selected = evidence.snapshot.columns.select(filters).documents
    ordinals = evidence.snapshot.ordinals
    pool = [record for record in registered if selected[ordinals[record.source.doc_id]]]
    verdicts = [[demand.holds(record) for demand in demands] for record in pool]
    kept = tuple(r for r, held in zip(pool, verdicts, strict=True) if all(held))
    hidden = sum(None in held and False not in held for held in verdicts)
    given = (*(demand.label for demand in demands), *_given(filters))
    return Matched(kept, given, hidden, tuple(unknown), otherwise)


def _given(filters: Filters) -> Iterator[str]:
    """Yield a caller's filters in words."""
    for field in fields(filters):
        value = getattr(filters, field.name)
        if value not in ((), None):
            told = " or ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            yield f"filter {field.name} {told}"


@lru_cache(maxsize=2)  # the live snapshot's, and the one before it while that is still asked
def _registered(catalogue: Catalogue) -> tuple[Registered, ...]:
    """Return every registry record of a snapshot, by trial id."""
    stated = catalogue.trial_fields()
    cards = (card.source for card in catalogue.cards() if card.source.kind == "trial")
    return tuple(Registered(source, stated[source.trial_id]) for source in cards)


def _compounds(reading: Reading, mentions: Sequence[CompoundMention]) -> None:
    """Put the named compounds' demands in the places of their names."""
    groups: dict[str, list[str]] = {}
    for mention in mentions:  # a family's word means any of its members
        groups.setdefault(plain(mention.matched, ()), []).append(mention.compound_id)
    for name in sorted(groups, key=len, reverse=True):
        wanted = frozenset(groups[name])
        found = Constraint(
            f"compound {' or '.join(groups[name])}",
            "compounds",
            lambda held, wanted=wanted: not wanted.isdisjoint(held),  # type: ignore[misc]
        )
        pattern = re.compile(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])")
        while met := pattern.search(reading.text):
            reading.take(met.start(), met.end(), found)


def _known(
    reading: Reading, registered: tuple[Registered, ...]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read the names that records give to conditions and treatments, and return their others.

    They come before all else: in "active tuberculosis" no status is meant. A name is counted as
    it stands, so that whoever counts by the registry's own words finds the same number.
    """
    names = _names(registered)
    runs = [(folded_phrase(r[0]), r.start(), r.end()) for r in RUN.finditer(reading.text)]
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(runs):
        for size in range(min(LONGEST_NAME, len(runs) - at), 0, -1):
            name = " ".join(word for word, _, _ in runs[at : at + size])
            if name in names and _is_a_subject(name):
                found.append((runs[at][1], runs[at + size - 1][2]))
                at += size - 1
                break
        at += 1
    otherwise = []
    for start, end in reversed(found):
        words = reading.text[start:end]
        others = [name for group in find_synonyms(words) for name in group]
        known = [n for n in others if folded_phrase(n) in names and not has_phrase(n, words)]
        otherwise += [(words, tuple(known))] if known else []
        label, field = names[folded_phrase(words)]
        reading.take(start, end, Constraint(f"{label} “{words}”", field, _Naming((words,))))
    return tuple(otherwise)


def _is_a_subject(name: str) -> bool:
    return not (_ASKING.fullmatch(name) or _OF_RECORDS.fullmatch(name) or name in STOP_WORDS)


def _named(label: str, field: str, words: str) -> Constraint:
    """Demand a name, or another name of the same."""
    others = (name for group in find_synonyms(words) for name in group)
    return Constraint(f"{label} “{words}”", field, _Naming(tuple(dict.fromkeys((words, *others)))))


def _sponsors(reading: Reading, registered: tuple[Registered, ...]) -> None:
    """Read who pays: as many words after "sponsored by" as a sponsor's name has."""
    while met := _SPONSOR.search(reading.text):
        name = met["name"].strip(" ?.,!")
        cuts = [name, *(name[: cut.start()] for cut in re.finditer(r" (?:and|or) ", name))]
        known = (
            cut
            for cut in cuts
            if any(r.fields.sponsor and has_phrase(r.fields.sponsor, cut) for r in registered)
        )
        name = next(known, cuts[-1])
        found = Constraint(f"sponsor “{name}”", "sponsor", _Naming((name,)))
        reading.take(met.start(), met.start("name") + len(name), found)


@lru_cache(maxsize=2)
def _names(registered: tuple[Registered, ...]) -> dict[str, tuple[str, str]]:
    """Return what conditions and treatments are called, folded, and which of them it is."""
    names: dict[str, tuple[str, str]] = {}
    for label, field in NAMES[:2]:
        for record in registered:
            for value in record.stated(field):
                names.setdefault(folded_phrase(value), (label, field))
    return {name: kind for name, kind in names.items() if any(map(str.isalpha, name))}


def _subjects(reading: Reading, registered: tuple[Registered, ...]) -> list[str]:
    """Read the phrases that neither ask nor demand; return those that no record names."""
    reading.text = _ASKING.sub(" ; ", reading.text)
    unknown = []
    for phrase in dict.fromkeys(map(_trimmed, _JOINING.split(reading.text))):
        if not phrase or _UNREAD.fullmatch(phrase):
            continue
        found = _naming(phrase, registered)
        start = reading.text.find(phrase)
        if found is None:
            unknown.append(phrase)
        elif start >= 0:
            reading.take(start, start + len(phrase), found)
    return unknown


def _trimmed(phrase: str) -> str:
    """Return a phrase without the stop words at its ends."""
    words = phrase.split()
    while words and words[0] in STOP_WORDS:
        words = words[1:]
    while words and words[-1] in STOP_WORDS:
        words = words[:-1]
    return " ".join(words)


def _naming(subject: str, registered: tuple[Registered, ...]) -> Constraint | None:
    """Demand that a record names a subject, in the first field where any record does."""
    if not any(map(str.isalpha, subject)) or _OF_RECORDS.search(subject):
        return None  # a number is in many names and means none; "randomized" is no subject
    for label, field in NAMES:
        if field == "sponsor" and " " not in subject:
            continue  # "children" is no sponsor, though many are called a children's hospital
        found = _named(label, field, subject)
        if any(found.holds(record) for record in registered):
            return found
    return None


@dataclass(frozen=True, slots=True)
class _Naming:
    """Tells whether any of a field's values has any of some names as whole words in a row."""

    names: tuple[str, ...]

    def __call__(self, value: str | tuple[str, ...]) -> bool:
        values = (value,) if isinstance(value, str) else value
        return any(has_phrase(one, name) for one in values for name in self.names)


def _not_countable(matched: Matched) -> Draft:
    words = " or ".join(f"“{word}”" for word in matched.unknown)
    message = (
        f"This cannot be counted: {words} is no demand that is understood here, and no name that "
        "a record gives to a condition or treatment, a sponsor, a keyword or in its title."
    )
    return Draft(abstained=Abstention("no_match", "not_countable", message), count=0)


def _total(matched: Matched) -> Claim:
    """State how many match, and what was demanded."""
    number = len(matched.records)
    trials = "trial" if number == 1 else "trials"
    return Claim(f"{number:,} {trials} in this corpus: {_told(matched)}.", (), computed=True)


def _told(matched: Matched) -> str:
    return "; ".join(matched.demands) or "every record"


def _listed(evidence: Evidence, sources: tuple[Source, ...]) -> Iterator[Claim]:
    for source in sources:
        record = Rendered(evidence.document(source.doc_id))
        spans = [span for path in (TRIAL_ID, TITLE) for span in record.spans(path)[:1]]
        cited = tuple(evidence.cite_span(record, span) for span in spans)
        yield Claim(": ".join(citation.quote for citation in cited), cited)


def _notes(evidence: Evidence, matched: Matched) -> Iterator[str]:
    for words, others in matched.otherwise:
        yield f"records that call “{words}” otherwise are not counted by it: {', '.join(others)}"
    if matched.hidden:
        yield f"{matched.hidden:,} more could match but do not state a field that was asked for"
    if len(matched.records) > CITED:
        yield f"the first {CITED} of {len(matched.records):,} trials are quoted; all are listed"
    digests = {card.source.trial_id for card in evidence.snapshot.cards}
    alone = len(digests) - len(
        {r.source.trial_id for r in _registered(evidence.snapshot.catalogue)}
    )
    if alone:
        yield f"not counted: {alone:,} known here only from a digest, which states no fields"
