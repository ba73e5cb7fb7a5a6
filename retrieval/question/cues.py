"""Phases, statuses, study types, result availability and kind, read out of one sentence.

Sentences come from `retrieval.question.wording`; values are the registry's own tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.question.wording import (
    DRUG,
    FOLLOW,
    GAP,
    RECORDS,
    STRETCH,
    TRIAL,
    is_negated,
    names_trials_or_drug,
    word_before,
)
from retrieval.types import Kind

# --- Status --------------------------------------------------------------------------------

_STATUSES = {
    "RECRUITING": "recruiting",
    "COMPLETED": "completed",
    "TERMINATED": "terminated",
    "WITHDRAWN": "withdrawn",
    "SUSPENDED": "suspended",
}
# These say by themselves that a trial is meant.
_STATUS_PHRASES = {
    "NOT_YET_RECRUITING": r"not yet recruiting",
    "ACTIVE_NOT_RECRUITING": r"active,? (?:but )?not recruiting",
    "ENROLLING_BY_INVITATION": r"enrolling by invitation",
    "UNKNOWN": r"(?:unknown status|status unknown)",
}
_ANY_STATUS = "|".join([*_STATUSES.values(), *_STATUS_PHRASES.values()])
_ADVERB = r"(?:(?:currently|still|now|actively|already) )?"
_BE = r"(?:is|are|was|were|been)"
# "Patients who completed two trials": somebody did something to a trial.
_RECRUITED = r"(?:patients|participants|subjects|volunteers|people|women|men|children|adults)"
_DOER = re.compile(rf"(?:who|have|has|had|having|we|they|i|he|she|successfully|{_RECRUITED})")
# Terms in which these words tell nothing of a trial.
_TERMS = r"(?! (?:suicides?|strokes?|animation|pregnanc(?:y|ies)|abortions?)\b)"


def statuses(sentence: str) -> Iterator[str]:
    """Yield the statuses that the sentence asks trials to have."""
    for status, word in _STATUSES.items():
        if word in sentence and any(_holds(sentence, one) for one in _STATUS_PATTERNS[status]):
            yield status
    if names_trials_or_drug(sentence):
        for status, phrase in _STATUS_PHRASES.items():
            found = re.search(rf"\b{phrase}\b", sentence)
            if found and not is_negated(sentence, found.start()):
                yield status


def _holds(sentence: str, pattern: re.Pattern[str]) -> bool:
    starts = [found.start("cue") for found in pattern.finditer(sentence)]
    return any(
        not is_negated(sentence, at) and not _DOER.fullmatch(word_before(sentence, at))
        for at in starts
    )


def _status_patterns(word: str) -> list[re.Pattern[str]]:
    cue = rf"(?P<cue>\b{word}\b){_TERMS}"
    others = rf"(?:(?:{_ANY_STATUS})(?:,| and| or|, or) )*"
    patterns = [
        rf"{cue},? {GAP}{TRIAL}",
        rf"{TRIAL} {STRETCH}{_BE} {_ADVERB}{others}{cue}{FOLLOW}",
        rf"{TRIAL} {_ADVERB}{others}{cue}{FOLLOW}",
        rf"\bstatus:?(?: is| of)? {others}{cue}{FOLLOW}",
    ]
    if word == "recruiting":
        patterns += [
            rf"{TRIAL} {STRETCH}{cue}(?:{FOLLOW}| {_RECRUITED}\b)",
            rf"{DRUG} {_ADVERB}{others}{cue}{FOLLOW}",
            rf"^{cue} {DRUG}(?:$|\?)",
        ]
    return [re.compile(pattern) for pattern in patterns]


_STATUS_PATTERNS = {status: _status_patterns(word) for status, word in _STATUSES.items()}

# --- Phase ---------------------------------------------------------------------------------

_NUMERAL = r"(?:[0-4]|iv|i{1,3})(?:[abc])?"
_PHASE = (
    rf"\b(?P<cue>(?:(?P<early>early )?(?:phases?|ph\.?) ?{_NUMERAL}"
    rf"(?:(?: ?[/,-] ?| and | or | to | and/or )(?:phase ?)?{_NUMERAL}\b)*))(?![\w.%])"
)
_EVIDENCE = r"(?:results|data|safety|efficacy|outcomes|evidence|readouts?)"
_NOT_A_TRIAL_PHASE = re.compile(
    r" (?:of\b|insulin|enzym|metabol|biotransform|respon|reaction|conjugat|detox|depolari|block"
    r"|secretion|cell|sleep|clock|contraction|relaxation|of the)"
)
_PHASE_PATTERNS = [
    re.compile(pattern)
    for pattern in (
        rf"{_PHASE},? {GAP}{TRIAL}",
        rf"{TRIAL} {STRETCH}{_PHASE}{FOLLOW}",
        rf"{DRUG},? {_PHASE}",
        rf"{_PHASE} {DRUG}",
        rf"{DRUG} .*{_PHASE}[?.]?$",
        rf"{DRUG} .*{_PHASE} {_EVIDENCE}\b",
        rf"{_PHASE} {_EVIDENCE}\b.* {DRUG}",
    )
]
_PHASE_VALUES = {"0": "EARLY_PHASE1", "1": "PHASE1", "2": "PHASE2", "3": "PHASE3", "4": "PHASE4"}
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}


def phases(sentence: str) -> Iterator[str]:
    """Yield the phases asked for; "phase 2/3" yields both, and a filter means any of them."""
    for pattern in _PHASE_PATTERNS if "ph" in sentence else ():
        for found in pattern.finditer(sentence):
            if is_negated(sentence, found.start("cue")):
                continue
            if not _NOT_A_TRIAL_PHASE.match(sentence, found.end("cue")):
                yield from _phase_values(found["cue"], early=bool(found["early"]))


def _phase_values(cue: str, *, early: bool) -> Iterator[str]:
    numbers = re.sub(r"early|phases?|ph\.?|and|or|to", " ", cue)
    for number in re.findall(r"[0-4]|iv|i{1,3}", numbers):
        value = _PHASE_VALUES[_ROMAN.get(number, number)]
        yield "EARLY_PHASE1" if early and value == "PHASE1" else value


# --- Study type, results, kind -------------------------------------------------------------

_STUDY_TYPES = {
    word.upper(): re.compile(rf"(?P<cue>\b{word}\b),? {GAP}{TRIAL}")
    for word in ("observational", "interventional")
}
_EXPANDED_ACCESS = re.compile(rf"\bexpanded access\b(?! to (?!{DRUG}))")
_RESULTS = (
    rf"(?:(?:posted|reported|available|registry) )?results(?:{FOLLOW}| (?:posted|available)\b)"
)
_WITH_RESULTS = re.compile(rf"{TRIAL} {STRETCH}(?:with|having|(?:that|which) have) {_RESULTS}")
_WITHOUT_RESULTS = re.compile(
    rf"{TRIAL} {STRETCH}(?:(?:without|lacking|with no|(?:that|which) have no) (?:any )?{_RESULTS}"
    r"|(?:that|which) have not posted results)"
)
_DIGESTS = re.compile(
    rf"(?:^|\b(?:{DRUG}|trials?|show|list|find|me|any|all|the|our|your|only|latest|which|what) )"
    rf"digests?(?:{FOLLOW}| (?:about|covering)\b)"
)
_RECORDS = re.compile(rf"\b(?:registry|trial|clinicaltrials\.gov) records?(?! only){FOLLOW}")


def study_types(sentence: str) -> Iterator[str]:
    """Yield the study types asked for."""
    for study_type, pattern in _STUDY_TYPES.items():
        if _holds(sentence, pattern):
            yield study_type
    if _EXPANDED_ACCESS.search(sentence) and names_trials_or_drug(sentence):
        yield "EXPANDED_ACCESS"


def has_results(sentence: str) -> bool | None:
    """Tell whether trials with, or without, posted results are asked for; None: neither.

    Only a property of trials counts. "Posted results of thymalfasin?" may have to be answered
    with "none are posted", which a filter would hide.
    """
    if "results" not in sentence:
        return None
    without = _WITHOUT_RESULTS.search(sentence)
    if without or _WITH_RESULTS.search(sentence):
        return not without
    return None


def kinds(sentence: str) -> Iterator[Kind]:
    """Yield the kind of document asked for, where digests or registry records are named."""
    if _DIGESTS.search(sentence) and names_trials_or_drug(sentence):
        yield "digest"
    if _RECORDS.search(sentence):
        yield "trial"


def asks_for_trials(sentence: str) -> bool:
    """Tell whether trials, records or digests are spoken of in the plural."""
    return re.search(RECORDS, sentence) is not None
