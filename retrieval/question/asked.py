"""Which section of a trial's record answers a question about that trial."""

from __future__ import annotations

import re

_OUTCOME = r"(?:outcomes?|end ?points?)"
_PEOPLE = r"(?:participants|people|patients|subjects|volunteers)"
EVENTS = ("Adverse events", "Other adverse events", "Serious adverse events")
# In order: the first cue that is met decides. Sections are those that records are rendered to.
_CUES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"(?<!non )(?<!not )(?<!as )\bserious\b|\bsaes?\b|\bdie[ds]?\b|\bdeaths?\b",
        ("Adverse events", "Serious adverse events"),
    ),
    (
        r"(?:stopped|left|dropped|withdrew|quit|discontinu\w+)\b.*\b(?:because|due|early|adverse)",
        ("Participant flow", "Outcome results"),
    ),
    (
        r"(?:been|is anything|are \w+|\w+ \w+) (?:reported|posted|published|shown)(?: \w+)?$"
        r"|(?:posted|reported|shown|published) (?:yet|already|so far)",
        ("Status and dates",),
    ),
    (
        r"adverse|side effects?|\b[st]?aes?\b|serious|safety|tolerab|harms?\b",
        EVENTS,
    ),
    (r"primary completion|completion date|start(?:ing)? date", ("Status and dates",)),
    (
        rf"\b(?:primary|secondary|main|other|key) (?:\(\w+\) )?{_OUTCOME}|{_OUTCOME} measures?"
        r"|time ?frame|\b(?:do|does|will) (?:they|it|the \w+) measure|they measure|measured?\b",
        ("Planned outcomes",),
    ),
    (
        r"\bresults? (?:posted|available|yet|out|published)"
        r"|(?:post(?:ed)?|publish(?:ed)?|any|have|are) (?:its |the |any )?results"
        r"|results? .*\b(?:posted|out yet|available)|published anything",
        ("Status and dates",),
    ),
    (
        r"\b(?:results?|values?|reported|came out|how did)\b.*\b(?:arm|group|for|on|with)\b"
        r"|^did\b.*\b(?:than|less|more|better|improve|work|lower|reduce)\b|\bby how (?:much|many)\b"
        r"|how many .*\b(?:than|compared|improved|stayed|responded)\b|\boutcome results?\b",
        ("Outcome results",),
    ),
    (
        r"\bstatus\b|recruiting|recruitment"
        r"|\b(?:has|have|is|was|did)\b.*\b(?:completed?|finish(?:ed)?|terminated|withdrawn|over)\b"
        r"|still (?:open|going|running)|can \w+ still"
        r"|\b(?:when|since)\b.*\b(?:start|began|begin|end|over|finish|complet|running)"
        r"|\bwhen (?:did|does|will|is|was)\b",
        ("Status and dates",),
    ),
    (
        r"\bphase\b|randomi[sz]|allocat|at random|by chance|is it chance|mask|blind|open label"
        r"|intervention model|parallel|cross ?over|side by side|single group|purpose|enrol"
        rf"|sample size|how many {_PEOPLE}|number of {_PEOPLE}|how (?:big|large)|study type"
        r"|(?:type|kind) of study|interventional|observational|observe|watch people|halfway|stage"
        r"|treat, (?:to )?prevent|treatment, prevention|know what they are getting",
        ("Design",),
    ),
    (r"eligib|inclusion|exclusion|criteria", ("Eligibility",)),
    (r"sponsor|fund|\bwho (?:runs|is behind)|company|\bruns\b", ("Sponsor",)),
)
# Words that ask for a section only where a fact is asked, and else name the subject.
_WEAK_CUES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"\bages?\b|how old|youngest|oldest|\bsex(?:es)?\b|\b(?:men|women|males?|females?)\b"
        r"|healthy|who can|\b(?:join|take part)\b",
        ("Eligibility",),
    ),
    (r"countr|location|\bwhere\b|\bsites?\b|cit(?:y|ies)\b|hospitals?\b", ("Locations",)),
    (
        r"\barms?\b|groups?\b|intervention|treatment|receive|given|tested|tried|dos(?:e|ing|age)"
        r"|compar|drugs?\b",
        ("Arms and interventions",),
    ),
    (r"condition|disease|illness|disorder|problem|indication", ("Conditions and keywords",)),
)
_PATTERNS = tuple((re.compile(cue), sections) for cue, sections in _CUES)
_WEAK_PATTERNS = tuple((re.compile(cue), sections) for cue, sections in _WEAK_CUES)


def asked_sections(plain_text: str, *, fact: bool) -> tuple[str, ...]:
    """Return the sections that answer a question; none if nothing tells.

    ``fact`` says that the text asks for a fact of one trial: then weaker cues count as well.
    """
    for pattern, sections in (*_PATTERNS, *(_WEAK_PATTERNS if fact else ())):
        if pattern.search(plain_text):
            return sections
    return ()


# Where nothing in particular is asked, the question is what a trial is about.
OVERVIEW = ("Brief summary", "Title")
_FACT = re.compile(
    r"^(?:what|who|whom|whose|when|where|why|how|did|do|does|was|were|has|have|had|can|could|should"
    r"|is (?!there)|are (?!there)|which (?!trial|stud))|\?$"
)


def asks_a_fact(plain_text: str) -> bool:
    """Tell whether a text asks for a fact, rather than for trials on a subject."""
    return _FACT.search(plain_text) is not None


# A sentence of five words or more with its full stop, that neither asks nor requests.
_STATEMENT = re.compile(
    r"^(?!(?:please|count|list|show|find|give|tell|compare|summari[sz]e|explain|describe|search|get|i|who"
    r"|whom|what|which|when|where|why|how|is|are|was|were|do|does|did|can|could|should|would|has"
    r"|have|will|any)\b)(?:\S+\s+){4,}\S+\.\s*$",
    re.IGNORECASE,
)
_REQUESTED = re.compile(r"\b(?:please|pls|plz|kindly)\b", re.IGNORECASE)


def asserts(text: str) -> bool:
    """Tell whether a text is a statement, and neither asks nor requests."""
    return _STATEMENT.search(text) is not None and _REQUESTED.search(text) is None


# Who left, finished or was screened stands in the participant flow.
_LEFT = re.compile(
    r"\b(?:dropp?ed out|drop ?outs?|withdr[ae]w|withdrawn by|lost to follow ?up|discontinued"
    r"|did not (?:finish|complete)|didn t (?:finish|complete)|(?:stayed|remained) in|finished"
    r"|were screened|completed it|(?:left|quit) the (?:trial|study)|left early|not completed)\b"
)


def asks_who_left(plain_text: str) -> bool:
    """Tell whether a text asks who left a trial, or stayed to its end."""
    return _LEFT.search(plain_text) is not None
