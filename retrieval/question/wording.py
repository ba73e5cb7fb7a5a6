"""The plain form in which a query's words are read for filters, and the patterns they share.

A hard filter hides documents, so words become one only where they clearly speak of trials:
in a short query, in a sentence that asks or names rather than claims, and next to a trial
noun. Everything here decides against a filter when in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.language.mention import CompoundMention
from retrieval.question.plain import DRUG, plain_form

# A longer text is a case history or an abstract: TREC 2021's patients take 40 to 330 words.
MAX_WORDS = 40
MAX_CHARACTERS = 600

NCT_ID = re.compile(r"(?<![a-z0-9])nct[\s:#_-]{0,3}([0-9]{8})(?![0-9])")

TRIAL = r"\b(?:trials?|stud(?:y|ies)|rcts?)\b"
RECORDS = r"\b(?:trials|studies|rcts|records|digests)\b"
WORD = r"[^\s,;:?!()]+"

_CUES = (
    "not yet|active|recruiting|enrolling|completed|terminated|withdrawn|suspended|early|phases?"
    "|ph|observational|interventional|expanded|randomi[sz]ed"
)
_BREAKS = (
    "the|this|these|those|a|an|and|or|of|in|to|for|with|without|from|by|at|on|into|as|than|who"
    "|whom|that|which|is|are|was|were|be|been|has|have|had|we|i|my|our|during|after|before|since"
    r"|patients|participants|subjects|volunteers|people"
    r"|\w*(?:cells|cytes?|phils?|phages?|proteins?|factors?|enzymes?|kinases?|receptors?)"
    "|insulin|metabolism|metabolic|response|reaction|detoxification|depolari[sz]ation"
)
# Words between a cue and the trial noun it describes: one noun phrase.
GAP = rf"(?:(?!(?:{_BREAKS})\b){WORD},? |(?:and|or) (?=(?:{_CUES})\b)){{0,6}}"
# Words between a trial noun and what is said of it: no new clause, nobody else's doings.
STRETCH = rf"(?:(?!(?:who|whose|whom|where|when|if|because|after)\b){WORD},? ){{0,8}}"
# What may come after a cue, so that "in Guinea" is not read out of "in Guinea pigs".
FOLLOW = (
    r"(?=$|[,;:?!()]| \(|\.(?:\s|$)| (?:and|or|in|at|with|without|for|of|on|from|since|after|before"
    r"|between|until|through|to|by|but|not|are|there|exist|that|which|ended|finished|registered|started|updated|posted|now|only|please|phases?"
    rf"|recruiting|completed|trials?|stud(?:y|ies)|rcts?|results|{DRUG})\b)"
)

_REQUEST = re.compile(
    r"^(?:please |can you |could you |i want|i need|i am looking|i'm looking|looking for|do you"
    r"|show|list|find|give|get|search|tell|which|what|any\b|are there|is there|how many|how much"
    r"|are any|have any|count|compare|summari[sz]e|why|when)"
)
# "Is it recruiting?" asks about a trial; a filter would hide the one whose answer is no.
_YES_OR_NO = re.compile(
    r"^(?:is|are|was|were|has|have|had|did|does|do)\b(?! (?:there|any|you)\b)|\bwhether\b"
)
_CLAIM = re.compile(
    r"(?<!to )\b(?:show(?:s|ed|n)?|suggest(?:s|ed)?|demonstrat(?:e|es|ed)|indicat(?:e|es|ed)"
    r"|reveal(?:s|ed)?|found|confirm(?:s|ed)?|report(?:s|ed) (?:that|a|an)|conclude[sd]?"
    r"|reduc(?:e|es|ed)|increas(?:e|es|ed)|improv(?:e|es|ed)|decreas(?:e|es|ed)|lower(?:s|ed)"
    r"|associated|caus(?:e|es|ed)|leads?|led|prevent(?:s|ed)?|enhanc(?:e|es|ed)"
    r"|inhibit(?:s|ed)?|induc(?:e|es|ed)|promot(?:e|es|ed)|aims?|evaluat(?:e|es|ed)"
    r"|investigat(?:e|es|ed)|had|we|this)\b"
)
_IS = re.compile(
    r"(?<!that )(?<!which )(?<!there )\b(?:is|are|was|were)\b"
    rf"(?! (?:there|currently|still|now|actively|open|updated|started|(?:{_CUES})\b))"
)
# No pattern for a filter matches a sentence without one of these.
_TRIAL_WORD = re.compile(rf"{TRIAL}|{DRUG}|\b(?:records?|digests?|recruiting|status)\b")


def plain(text: str, mentions: Sequence[CompoundMention]) -> str:
    """Return the text folded, on one line, compounds as ``DRUG``; hyphens stay in numbers."""
    return plain_form(text, mentions).text


def is_short(text: str) -> bool:
    """Tell whether a text is short enough to be a search rather than a case history."""
    return len(text) <= MAX_CHARACTERS and len(text.split()) <= MAX_WORDS


def is_searching(sentence: str) -> bool:
    """Tell whether a sentence asks for trials, and is no claim and no yes-or-no question."""
    if not _TRIAL_WORD.search(sentence) or _YES_OR_NO.search(sentence):
        return False
    return bool(_REQUEST.search(sentence)) or not (_CLAIM.search(sentence) or _IS.search(sentence))


def word_before(sentence: str, at: int) -> str:
    """Return the word that ends before ``at``, or an empty string."""
    words = _words_before(sentence, at)
    return words[-1] if words else ""


def _words_before(sentence: str, at: int) -> list[str]:
    return re.findall(WORD, sentence[:at])


def names_trials_or_drug(sentence: str) -> bool:
    """Tell whether the sentence has a trial noun or names a compound."""
    return DRUG in sentence or re.search(TRIAL, sentence) is not None
