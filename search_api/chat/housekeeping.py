"""What front ends ask of any chat model beside the user's questions: titles, tags, greetings.

It is answered from the conversation's own words, without a search; it is no question about
trials, and is neither logged nor pooled for judges.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence

from retrieval.answering.turns import Turn
from retrieval.question.telling import telling_words

TITLE_WORDS = 6
TAGS = 3
FOLLOW_UPS = 3
HERE = (
    "This service answers questions about clinical trials of peptides and related treatments from "
    "the registry's records and digests of them, with citations: a trial's status, design, dose, "
    "eligibility, sites, results and adverse events, comparisons, and how many trials match. Ask, "
    "for example, “what phase is NCT…”, “side effects of semaglutide” or “which trials recruit in "
    "Japan?”."
)
_TASK = re.compile(
    r"\b(?:generate|create|write|suggest|provide|produce)\b[^.?!\n]{0,80}"
    r"\b(?P<what>titles?|tags?|follow[- ]?ups?|follow[- ]?up questions?|quer(?:y|ies)|emoji)\b"
    r"[^\n]{0,400}\b(?:this|the|our|following|above|chat)\W+(?:chat|conversation|dialogue|history"
    r"|messages?|discussion)\b",
    re.IGNORECASE | re.DOTALL,
)
_OF_TRIALS = re.compile(r"\b(?:trial|study|nct\d{8})\b", re.IGNORECASE)
_JSON = re.compile(r"\bjson\b", re.IGNORECASE)
_KEY = re.compile(r'\{\s*\\?"(?P<key>\w+)\\?"\s*:')
_GREETING = re.compile(
    r"(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|hallo|hola|bonjour|ciao"
    r"|thanks?(?: you)?(?: (?:very|so) much| a lot)?|thank you|thx|ty|ok(?:ay)?|great|cool|bye"
    r"|goodbye|who are you|what can you do|help)(?: (?:there|all|everyone|again))?[\s!.,?:)]*",
    re.IGNORECASE,
)
_USER = re.compile(r"^\s*(?:user|human)\s*:\s*(?P<text>.+)$", re.IGNORECASE | re.MULTILINE)


def housekeeping(turns: Sequence[Turn]) -> str | None:
    """Return the reply to a greeting or a front end's task, or None for a question."""
    last = next((turn.text for turn in reversed(turns) if turn.role == "user"), "")
    if _GREETING.fullmatch(last.strip()):
        return HERE
    task = _TASK.search(last)
    # Whoever speaks of a trial before the conversation itself is quoted asks about it.
    if task is None or _OF_TRIALS.search(last.partition("\n")[0]):
        return None
    asked = [met["text"].strip() for met in _USER.finditer(last)]
    asked += [turn.text for turn in turns[:-1] if turn.role == "user"]
    return _done(task["what"].lower(), asked, last)


def _done(what: str, asked: Sequence[str], task: str) -> str:
    """Return what a task asks for, made of the user's own words."""
    told = " ".join(asked)
    key = _KEY.search(task)
    if what.startswith("title") or what == "emoji":
        title = " ".join(told.split()[:TITLE_WORDS]) or "Clinical trials"
        return json.dumps({key["key"] if key else "title": title}) if _JSON.search(task) else title
    if what.startswith("tag"):
        words = Counter("-".join(word) for word in telling_words(told))
        tags = [word for word, _ in words.most_common(TAGS)] or ["clinical-trials"]
        return (
            json.dumps({key["key"] if key else "tags": tags})
            if _JSON.search(task)
            else ", ".join(tags)
        )
    name = "queries" if what.startswith("quer") else "follow_ups"
    questions = list(dict.fromkeys(asked))[-FOLLOW_UPS:]
    return (
        json.dumps({key["key"] if key else name: questions})
        if _JSON.search(task)
        else "\n".join(questions)
    )
