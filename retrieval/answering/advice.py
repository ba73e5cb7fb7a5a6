"""Questions for a physician: recognized, and refused with the titles of what the corpus holds.

What is asked for oneself or for one person is advice, whatever else is said. What is asked of
people at large ("can you take it while pregnant?"), or said of oneself in passing ("I am on
insulin"), is advice only where no trial is spoken of: there it is a search, or a matter of who
may take part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.paths import IDENTITY
from retrieval.answering.types import Abstention, Citation, Claim, Routed
from retrieval.answering.writing.verifier import speaks_to_a_model

SHOWN = 3  # trials that are pointed to
TITLES = (f"{IDENTITY}.briefTitle", f"{IDENTITY}.officialTitle")  # the one to show first

_SHOULD = r"(?:should|shall|can|can't|could|may|might|must|do|would|ought)"
_RELATIVE = (
    r"(?:mother|father|parents?|child|children|son|daughter|wife|husband|mom|mum|dad|kids?|brother"
    r"|sister|friend|partner|baby|girlfriend|boyfriend|uncle|aunt|cousin|patient|dog|cat"
    r"|grand\w+)"
)
_ONE = rf"(?:i|we|my (?:\w+ ){{0,2}}?{_RELATIVE}|he|she)"
_PEOPLE = (
    r"(?:you|one|someone|somebody|anyone|anybody|people|they|(?:an? |the )?(?:\w+ )?(?:women|woman"
    r"|men|man|children|child|kids|adults?|teenagers?|diabetics|patients?|athletes|mothers?))"
)
_DOCTOR = (
    r"(?:doctor|physician|gp|endocrinologist|nurse|dentist|oncologist|cardiologist|dermatologist"
    r"|surgeon|coach|trainer|pharmacist|therapist)"
)
# What is looked up, and no drug: "could I get a list", "can I use the index".
_LOOKED_UP = (
    r"(?:list|overview|summary|tables?|count|number|information|info|details?|data|links?|copy"
    r"|results?|trials?|stud(?:y|ies)|rcts?|records?|citations?|sources?|references?|access"
    r"|answers?|datasets?|evidence|papers?|index|search|tool|filters?|site|api|look|events?"
    r"|effects|criteria"
    r"|phase|status|sponsor|dates?|outcomes?|more|all|every\w*)\b"
)
_NOT_LOOKED_UP = rf"(?! (?:\S+ ){{0,4}}?{_LOOKED_UP})(?! (?:with|by|from|this|only|it to find)\b)"
_DOSE = (
    r"(?:(?:take|taking)(?! (?:part|place|a look)\b)|inject(?:ing)?|stop(?:ping)?|switch(?:ing)?"
    r"|mix(?:ing)?|stack(?:ing)?|dos(?:e|ing)|increase|reduce|skip|double|quit|drink|eat|swallow"
    rf"|(?:change|move|go over|convert) to|wait for|go for|ask for{_NOT_LOOKED_UP}|choose|pick"
    rf"|be on|stay on|go (?:on|off)|come off|taper|reconstitute|combine{_NOT_LOOKED_UP}"
    rf"|combining{_NOT_LOOKED_UP})\b"
)
_HAVE = (
    rf"(?:(?:use|using|give|be given|start|buy|get|have|try|need|want){_NOT_LOOKED_UP}\b"
    r"(?! to\b| part\b))"
)
_WAYS = (
    r"(?:take(?! part)|inject|reconstitute|mix|cycle|store|stack|dose|taper|administer"
    r"|prepare|draw up|titrate)\b"
)
# "What should I know about it": the answer is read, not done.
_READ = (
    r"(?:(?:\w+ )?(?:know|look|read|search|cite|see|ask(?! for\b)|check|call|compare|find|type"
    r"|write|join"
    r"|enrol\w*|participate|apply|take part|contact|look up|expect to find)\b|be aware\b)"
)
_PERSONAL = (
    rf"\b{_SHOULD} {_ONE} (?:to )?(?:\w+ ){{0,3}}?(?:{_DOSE}|(?<!do we ){_HAVE})",
    rf"\b{_ONE} (?:should|ought to|must|need to|have to) (?:\w+ )?{_DOSE}",
    rf"\b(?:should|shall|ought) {_ONE} (?:to )?be (?:given|on|put on|worried|concerned)\b",
    r"\b(?:what|which|how much|how many|how often|how long|when)\b.*\b(?:should|shall|must|ought) "
    rf"{_ONE}\b(?! {_READ})",
    r"\bwhat (?:can|could|do|should|must|would) (?:i|we) do(?: now|$|\?| (?:if|when|about)\b)",
    rf"\bshould my (?:\w+ ){{0,2}}?(?:{_RELATIVE}|{_DOCTOR})\b(?! {_READ})",
    rf"\b(?:think|say|believe|mean) (?:that )?{_ONE} (?:should|need|could|can|must|ought)\b",
    r"\bdo(?:es)? (?:i|my \w+) (?:really )?need (?!to\b|an? (?:nct|key|account|id|registry)\b)",
    r"\b(?:am|will|would|could|might|can) i (?:be )?(?:going to )?(?:die|overdose|be (?:ok|okay"
    r"|fine|harmed)|ok|okay|lose|gain|get (?:sick|ill|fat|pregnant|addicted|better|worse|well"
    r"|cancer|diabetes)|need surgery|go blind)\b",
    r"\bi(?:'ve| have)?(?: \w+)? (?:overdosed|missed (?:a|my|one|the) (?:\w+ )?(?:dose|shot"
    r"|injection)|(?:took|taken|injected|had|swallowed) (?:too (?:much|many)|twice|double|two"
    r"|an extra|the wrong))\b",
    r"\b(?:safe|good|bad|right|ok|okay|dangerous|harmful|suitable|recommended|useful|healthy) "
    r"(?:for|to give) (?:me|us|my)\b",
    r"\b(?:better|best|worse|right|enough) for (?:me|us|my \w+)\b",
    rf"\b(?:would|can|could|do|will) you (?:\w+ )?(?:recommend|advise|suggest){_NOT_LOOKED_UP}\b",
    r"\b(?:would|can|could|do|will) you (?:prescribe|diagnose)\b",
    rf"\b(?:recommend(?:ed)?|advise|prescribe|suggest) (?:me|us|for me|i)\b{_NOT_LOOKED_UP}",
    rf"\bwhere (?:can|could|do|should) (?:i|we|you|one) (?:\w+ )?(?:buy|order|purchase|obtain|get)"
    rf"\b{_NOT_LOOKED_UP}",
    r"\b(?:diagnose|cure|treat|heal|fix) (?:me|my|us)\b|(?<!can you )(?<!could you )\bhelp "
    r"(?:me|us)(?: (?:lose|sleep|heal|recover|gain|stop|quit|with my)\b|[?.! ]*$)|\bhelp my\b",
    rf"\bhow (?:do|can|should|would|must) (?:i|we) (?:\w+ )?(?:{_WAYS}|use{_NOT_LOOKED_UP}\b"
    r"|(?:treat|lose|cure|get rid|heal)\b)",
    rf"\bif i (?:\w+ )?{_DOSE}",
    r"\b(?:is|are|was) \S+ (?:\w+ ){0,3}?worth (?:it|trying|taking|using|a try)\b",
)
_GENERAL = (
    rf"\b(?:can|can't|could|may|should|must|ought|shall) {_PEOPLE} (?:\w+ ){{0,6}}?"
    rf"(?:to )?{_DOSE}",
    rf"\b(?:should|ought|can|may) {_PEOPLE} (?:to )?(?:\w+ )?{_HAVE}",
    r"\b(?:can|could|may|should) (?:\S+ ){1,6}?be (?:combined|mixed|stacked|injected|stopped"
    r"|taken|swallowed|used (?:with|while|during|if|together|alongside|instead|daily))\b",
    r"\b(?:best|recommended|right|correct|safe|safest|proper|ideal|optimal) "
    r"(?!phase\b)(?:\w+ ){0,2}?(?:dose|dosage|dosing|amount|way to|protocol|cycle|stack)\b",
    r"\b(?:what|which) (?:\w+ )?(?:dose|dosage|peptide|drug) (?:is|would be|to) "
    r"(?:best|right|take|use|inject)\b",
    rf"\bhow (?:to|do you|do people|should one|does one) (?:\w+ )?{_WAYS}",
    r"\b(?:is it|is that|is this|would it be|\S+) (?:safe|ok|okay|fine|wise|dangerous|bad) to "
    r"(?:take|use|inject|combine|mix|stop|drink|drive|eat|stack)\b",
    r"\b(?:is|would) (?:it|that|this|\S+ing \S+) (?:be )?(?:a )?(?:good|bad) idea\b",
    r"\bi(?:'m| am| have been|'ve been) (?:\w+ )?(?:taking|injecting|using|pregnant|breastfeeding"
    r"|on (?!(?:an?|the|our|this|your) (?:\w+ )?(?:committee|board|team|panel|project|page|site"
    r"|review|call)\b|behalf\b|it\b|call\b))",
    r"\bi(?:'ve| have)?(?: \w+)? (?:took|taken|injected|swallowed)(?! part\b| a look\b)\b",
    r"\bi (?:was|got|have been|'ve been) (?:given|prescribed|put on)\b"
    r"|\bmy (?:\w+ )?(?:dose|dosage)\b",
    r"\bi (?:want|need|would like|am trying|wish|hope|have) to (?:lose|gain|sleep|heal|build|cure"
    r"|treat|get rid|take(?! part)|try|use|start|inject)\b",
    rf"\bwould you (?:\w+ )?{_DOSE}",
    rf"\bshould {_PEOPLE} (?:\w+ ){{0,4}}?(?:receive|be given|{_HAVE})",
    rf"\bmy (?:\w+ )?{_DOCTOR} (?:\w+ )?(?:prescribe[sd]?|recommend\w*|told|suggest\w*|wants?|put"
    r"|gave|gives|sa(?:id|ys)|offer\w*|advise\w*)\b",
)
_OF_A_TRIAL = re.compile(r"\bnct ?\d{8}\b|\b(?:trials?|stud(?:y|ies)|rcts?|arms?|participants)\b")
# Who may take part is stated; what one must stop for it too.
_TO_JOIN = re.compile(r"\bto (?:join|enrol\w*|qualify|take part|participate)\b|\beligib\w+")
_ASKED_OF_ONE = re.compile("|".join(_PERSONAL))
_ASKED_OF_ALL = re.compile("|".join(_GENERAL))


def advice_asked(plain_text: str, *, of_a_trial: bool = False) -> str | None:
    """Return the words of a text in plain form that ask what to do or take, or None.

    ``of_a_trial`` says that it names one.
    """
    text = plain_text.replace("’", "'")
    of_a_trial = of_a_trial or _OF_A_TRIAL.search(text) is not None
    if of_a_trial and _TO_JOIN.search(text):
        return None
    found = _ASKED_OF_ONE.search(text) or (None if of_a_trial else _ASKED_OF_ALL.search(text))
    return found[0].strip() if found else None


def answer_advice(evidence: Evidence, routed: Routed) -> Draft:
    """Abstain as out of scope, and point to the titles of what the corpus holds on the subject."""
    titles = tuple(islice(_titles(evidence), SHOWN))
    held = "; what trials here are about is cited below" if titles else ""
    message = (
        "This is a question for a physician or pharmacist, and no trial record can answer it: "
        "records say what was planned and seen in groups of people, not what is right for one"
        f"{held}."
    )
    return Draft(
        claims=tuple(Claim(title.quote, (title,)) for title in titles),
        abstained=Abstention("out_of_scope", "medical_advice", message),
    )


def _titles(evidence: Evidence) -> Iterator[Citation]:
    """Yield the title of each trial on what the question names, but none that gives orders."""
    named = evidence.ranking.subject.about
    about = (hit for hit in evidence.ranking.hits if hit.source.trial_id in named)
    for trial_id in dict.fromkeys(hit.source.trial_id for hit in about):
        title = _record_title(evidence, trial_id) or _digest_title(evidence, trial_id)
        if title is not None and not speaks_to_a_model(title.quote):
            yield title


def _record_title(evidence: Evidence, trial_id: str) -> Citation | None:
    record = evidence.record(trial_id)
    if record is None:
        return None
    spans = (span for path in TITLES for span in record.spans(path))
    return next((evidence.cite_span(record, span) for span in spans), None)


def _digest_title(evidence: Evidence, trial_id: str) -> Citation | None:
    """Return the first line of a digest's title."""
    for digest in evidence.digests(trial_id):
        for section in digest.sections:
            if section.name == "Title" and section.start < section.end:
                line = digest.text[section.start : section.end].split("\n", 1)[0]
                return evidence.cite(digest, section.start, section.start + len(line))
    return None
