"""A question that says too little to stand alone: what it leans on is the state of the talk.

The state is the trials that were last spoken of, and what was last asked. A question that names
another trial and asks nothing is the last question asked of it; one that asks and names none is
asked of the last trial; a few words for an arm ask the last question again, with that arm.
"""

from __future__ import annotations

import re

from retrieval.answering.follow_ups import (
    CORRECTION,
    ENDS,
    LEAD,
    ONLY,
    PLACEBO,
    PREPOSITION,
    WHICH_ONES,
    enumerated,
)
from retrieval.answering.turns import Carried, Knowing, Past, Rewritten, trials_in
from retrieval.demands import Is
from retrieval.language.compounds import Ladder
from retrieval.question.fields import beside_fields, fields_asked, load_fields
from retrieval.question.read import read
from retrieval.question.senses import asks
from retrieval.question.telling import telling_words
from retrieval.question.wording import RECORDS, TRIAL, is_short, plain

# "Thanks, different topic: ..." begins anew.
_ANEW = re.compile(
    r"^(?:(?:thanks|thank you|ok(?:ay)?|great|cool|perfect|got it)\b[\s,.!;:-]*)*"
    r"(?:(?:and |now )?(?:a |on to )?(?:different|new|another|other|separate|unrelated)"
    r" (?:topic|question|subject|matter|thing|one)|changing (?:the )?(?:topic|subject)"
    r"|something (?:else|different))\b[\s,.!;:-]*",
    re.IGNORECASE,
)
_PARDON = re.compile(
    r"\b(?:sorry|oops|wrong|number|trial|study|one|id|meant?|mean|i|no|not|actually|that|this"
    r"|was|is|it|the|rather|instead|wait|correction|what|how|about|and|or|for|in|of|same|then|ok"
    r"|okay|now|also|too|und|et|y|e)\b",
    re.IGNORECASE,
)
_FOREIGN_LEAD = re.compile(r"^(?:und|et|y|e|\u00bfy|pour|para|f\u00fcr|per)\b", re.IGNORECASE)
FEW = 14  # words: a longer question describes what it asks of
_OF_THOSE = re.compile(
    r"^(?:and |so |ok |then )*(?:how many|which)(?: ones?)? "
    r"(?:of (?:them|these|those)|are|have|were|is)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"^(?:and |but |so |ok,? )*(?:what|how) about (?:the )?", re.IGNORECASE)
_OTHER = re.compile(
    r"\b(?:other|second|first|third|last|arm|group|cohort|dose|results?)\b", re.IGNORECASE
)
_POINTS = re.compile(r"\b(?:it|its|them|those|these|they|this|that)\b", re.IGNORECASE)
SHORT = 6  # words: so few with a question mark ask of what was spoken of
OWN = 2  # telling words: with more a question has a subject of its own
ARM_WORDS = 5
_ASKS = re.compile(
    r"^(?:and |but |so |ok |then )*(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were"
    r"|do"
    r"|does|did|has|have|had|can|could|any)\b"
)
# "A trial", "what is a p-value": no trial that was spoken of.
_OF_ANY = re.compile(
    r"\b(?:an?|any|another|some) (?:trial|study)\b|^(?:\w+,? )?what (?:is|are|does) an? \b"
)


def leaning(text: str, past: Past, knowing: Knowing, ladder: Ladder) -> Rewritten:
    """Return a question written out by the state of the talk, or as it is."""
    anew = _ANEW.match(text)
    if anew and anew.end() < len(text):
        return Rewritten(text[anew.end() :])
    if not past.question or not is_short(text):
        return Rewritten(text)
    return (
        _narrower(text, past, ladder)
        or _of_the_last(text, past, knowing, ladder)
        or Rewritten(text)
    )


def _of_the_last(text: str, past: Past, knowing: Knowing, ladder: Ladder) -> Rewritten | None:
    """Return a question asked of the trials that were last spoken of, if it leans on them."""
    if other := _of_another_subject(text, past, knowing):
        return other
    if not _leans(text, ladder) or knowing(text).trials:
        return None
    trials = past.named.trials or _cited(past) or knowing(past.question).trials
    if not trials:
        return None
    carried = tuple(Carried("trial", one, "assistant") for one in trials)
    names = " and ".join(trials)
    if _names_an_arm(text):
        asked = Carried("question", past.question, "user")
        told = all(trial in past.question for trial in trials)
        again = past.question if told else f"{past.question} ({names})"
        return Rewritten(f"{again} {text}", (asked, *carried))
    lead = LEAD.match(text)
    core = text[lead.end() if lead else 0 :].rstrip(ENDS)
    return Rewritten(f"{core} in {names}?", carried)


def _of_another_subject(text: str, past: Past, knowing: Knowing) -> Rewritten | None:
    """Return the last question asked of "what about pregabalin?": a name in the place of one."""
    lead = _ABOUT.match(text)
    names = knowing(past.question).words if lead else ()
    if lead is None or len(names) != 1 or names[0] not in past.question:
        return None
    rest = text[lead.end() :].strip(ENDS)
    words = plain(rest, ())
    if _names_an_arm(text) or fields_asked(words) or asks(words, "harms") or _POINTS.search(rest):
        return None
    if not telling_words(words) or len(rest.split()) > ARM_WORDS or _OTHER.search(rest):
        return None
    written = past.question.replace(names[0], rest)
    return Rewritten(written, (Carried("question", past.question, "user"),))


def narrowed(text: str, past: Past, ladder: Ladder) -> Rewritten | None:
    """Return the last count or list asked again of fewer, where "those" are asked for."""
    return _narrower(text, past, ladder) if _OF_THOSE.match(text) else None


def of_another(text: str, past: Past, knowing: Knowing) -> Rewritten | None:
    """Return the last question asked of the trial that is named, where nothing else is said."""
    if not past.question or not is_short(text) or trials_in(text):
        return None
    meant = knowing(text)
    if not meant.trials or not meant.words:
        return None
    trials, words = meant.trials, meant.words
    rest = text
    for one in words:
        rest = rest.replace(one, " ")
    lead = CORRECTION.match(rest)
    rest = _PARDON.sub(" ", rest[lead.end() if lead else 0 :])
    if any(map(str.isalnum, rest)):
        return Rewritten(text) if not _POINTS.search(rest) else None
    asked = past.question
    for one in (*past.named.trials, *knowing(past.question).words):
        asked = asked.replace(one, " ")
    if asked == past.question:
        return None  # what was asked of no trial cannot be asked of this one
    asked = re.sub(
        r"\b(?:of|in|on|for|from|at|is|does|by)\s*[?.!]*\s*$", "", " ".join(asked.split())
    )
    written = f"{asked.rstrip(ENDS)} in {' and '.join(trials)}?"
    return Rewritten(written, (Carried("question", past.question, "user"),))


def _narrower(text: str, past: Past, ladder: Ladder) -> Rewritten | None:
    """Return the last count or list with the demands of a few words more."""
    if enumerated(past.question) is None and re.search(RECORDS, past.question.lower()) is None:
        return None
    if len(text.split()) > FEW or re.search(rf"{TRIAL}", text.lower()):
        return None
    reading = read(f"trials {_spoken(text)}", ladder)
    demands = [one for one in reading.demands if one.rule != "compound"]
    if not demands:
        return None
    words = " and ".join(one.words for one in demands)
    joint = "that are" if demands[0].demand.__class__ is Is else ""
    written = f"{past.question.rstrip(ENDS)} {joint} {words}?".replace("  ", " ")
    return Rewritten(written, (Carried("question", past.question, "user"),))


def _spoken(text: str) -> str:
    """Return what narrows, without the words of asking which."""
    lead = LEAD.match(text)
    rest = text[lead.end() if lead else 0 :].strip(ENDS)
    return re.sub(r"^(?:which|what|how many)(?: of (?:them|these|those))?\b", "", rest, flags=re.I)


def _leans(text: str, ladder: Ladder) -> bool:
    """Tell whether a question asks something, and describes no trial or subject of its own."""
    words = plain(text, ())
    if ladder.find(text) or trials_in(text) or len(text.split()) > FEW:
        return False
    if (
        PREPOSITION.match(text)
        or re.search(RECORDS, words)
        or _OF_ANY.search(words)
        or WHICH_ONES.fullmatch(text.strip(ENDS))
    ):
        return False
    if _FOREIGN_LEAD.match(text) or _names_an_arm(text):
        return True
    if len(words.split()) <= SHORT and text.rstrip().endswith("?"):
        return len(telling_words(words)) <= OWN + 1
    strong = any(not load_fields()[name].weak for name in fields_asked(words))
    asking = (strong and not ONLY.match(text)) or asks(words, "harms") or _ASKS.search(words)
    return bool(asking) and len(telling_words(beside_fields(words))) <= OWN


def _names_an_arm(text: str) -> bool:
    lead = LEAD.match(text)
    rest = text[lead.end() if lead else 0 :].strip(ENDS)
    arm = PLACEBO.search(rest)
    if arm is None or len(rest.split()) > ARM_WORDS:
        return False
    return (
        re.search(r"\b(?:what|how|who|when|where|why|which|does|did|is|was)\b", rest.lower())
        is None
    )


def _cited(past: Past) -> tuple[str, ...]:
    return past.cited if len(past.cited) == 1 else ()
