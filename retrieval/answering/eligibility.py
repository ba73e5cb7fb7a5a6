"""Eligibility: the registry's lines on who may take part, word for word.

Whether somebody in particular may is for the trial's staff to decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from retrieval.answering.absence import Absence, no_record
from retrieval.answering.chosen import (
    compounds_named,
    nothing_here,
    trials_named,
    trials_on_subject,
)
from retrieval.answering.criteria import Criterion, Part, criteria_of, criterion_claim
from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.matching import beside_names, telling_stems
from retrieval.answering.paths import ELIGIBILITY, REGISTRY_ID
from retrieval.answering.quoting import line_claim
from retrieval.answering.stems import stems_of
from retrieval.answering.types import Abstention, Claim, Routed
from retrieval.index.rendered import Rendered
from retrieval.language.words import Runs
from retrieval.types import Note

MAX_CLAIMS = 12  # of one named trial; of all trials where none is named
MAX_TRIALS = 3
MAX_READ = 16  # records that are looked through for eligibility
MAX_MATCHING = 6  # criteria that answer a particular question
ENOUGH = 1 / 3  # of a question's telling words: fewer match by chance
LIKELY = 0.5  # a reranker's opinion from which a line without a shared word is taken

STAFF = "Only the trial's own staff can decide whether a person may take part."
NO_MATCH = "No line of the criteria of {trial} has the words of the question; they are given whole."
CUT = "More criteria follow in the record; open it to read them all."

# The fields of eligibility, in the record's order, and the words that ask for each.
_FIELDS = {
    "sex": r"\b(?:sex(?:es)?|gender|women|woman|men|man|males?|females?|girls?|boys?)\b",
    "minimumAge": r"\b(?:ages?|aged|old|older|young\w*|years?|child\w*|kids?|teen\w*|adolescen\w+"
    r"|i (?:am|m) \d{1,3}|\d{1,3} ?(?:yo|yrs?)|minors?|adults?|elderly|seniors?|infants?"
    r"|bab(?:y|ies))\b",
    "maximumAge": "",  # asked for together with the minimum
    "healthyVolunteers": r"\bhealthy\b",
}
_LABELS = {
    "sex": "sex",
    "minimumAge": "minimum age",
    "maximumAge": "maximum age",
    "healthyVolunteers": "word on healthy volunteers",
}
_PERSONAL = re.compile(r"\b(?:i|i'm|i've|my|me|we|our)\b", re.IGNORECASE)
_INCLUSION = re.compile(r"\binclu(?:sion|de[ds]?)\b", re.IGNORECASE)
_EXCLUSION = re.compile(
    r"\b(?:exclu(?:sion|de[ds]?)|not allowed|cannot|can't|rules? out)\b", re.IGNORECASE
)
# Other words for what is asked, as criteria say it.
_WORDS = {
    r"\b(?:women|woman|females?|girls?)\b": "women woman female females pregnant childbearing",
    r"\b(?:men|man|males?|boys?)\b": "men man male males",
    r"\bpregnan\w+": "pregnant pregnancy lactating breastfeeding childbearing",
    r"\bsmok\w+": "smoker smokers smoking tobacco",
}
_ASKING = (
    "join joining take part participate participation qualify qualified qualifies qualification "
    "require requires required requirement requirements include includes excluded exclude allowed "
    "accept accepts accepted enter entering apply wish able still must rule rules who inclusion "
    "exclusion criterion pass"
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a question asks of eligibility: fields, a part of the criteria, words in them.

    A criterion answers when it has ``enough`` of the words.
    """

    text: str
    fields: tuple[str, ...]
    part: Part
    words: frozenset[Runs]
    enough: int

    @property
    def particular(self) -> bool:
        """Whether only some of the lines answer."""
        return bool(self.fields or self.words or self.part)


@dataclass(frozen=True, slots=True)
class _Found:
    """The lines of one record that answer, and what a reader must know of them."""

    claims: tuple[Claim, ...]
    notes: tuple[Note, ...]


def answer_eligibility(evidence: Evidence, routed: Routed) -> Draft:
    """Return the lines of eligibility that answer, of the trials named or of the best ones."""
    asked = _asked(evidence)
    named = trials_named(evidence)
    trials = named or _best_trials(evidence)
    if not trials:
        return nothing_here()
    room = MAX_CLAIMS if named else MAX_CLAIMS // len(trials)
    claims: list[Claim] = []
    notes = [Note("for_the_reader", STAFF)] if _PERSONAL.search(evidence.question.text) else []
    absences: list[Absence] = []
    for trial in trials:
        found = _of_trial(evidence, trial, asked, prefix=f"{trial}: " if len(trials) > 1 else "")
        claims += found.claims[:room]
        if isinstance(found, Absence):
            absences.append(found)
        else:
            notes += [*found.notes, *([Note("not_shown", CUT)] if len(found.claims) > room else [])]
    messages = [absence.message for absence in absences]
    if len(absences) == len(trials):
        return Draft(tuple(claims), Abstention("no_match", "not_given", " ".join(messages)))
    told = (*notes, *(Note("absence", message) for message in messages))
    return Draft(tuple(claims), notes=tuple(dict.fromkeys(told)))


def _best_trials(evidence: Evidence) -> list[str]:
    """Return the first trials on the subject that state who may take part; else the first."""
    trials = trials_on_subject(evidence)[:MAX_READ]
    stating = [
        trial
        for trial in trials
        if (record := evidence.record(trial))
        and any(span.path.startswith(ELIGIBILITY) for span in record.document.paths)
    ]
    return (stating or trials)[:MAX_TRIALS]


def _asked(evidence: Evidence) -> _Asked:
    text = beside_names(evidence)
    compounds = [evidence.ladder.get(one) for one in compounds_named(evidence)]
    names = [name for compound in compounds for name in compound.names]
    words = set(telling_stems(text, names=[*names, _ASKING]))
    enough = max(1, ceil(len(words) * ENOUGH))
    for cue, spoken in _WORDS.items():
        if re.search(cue, text, re.IGNORECASE):
            words.update(stems_of(spoken))
    fields = [f for f, cue in _FIELDS.items() if cue and re.search(cue, text, re.IGNORECASE)]
    if "minimumAge" in fields:
        fields.append("maximumAge")
    return _Asked(
        text=text,
        fields=tuple(field for field in _FIELDS if field in fields),
        part=_part(text),
        words=frozenset(words),
        enough=enough,
    )


def _part(text: str) -> Part:
    """Return which of the criteria are asked for; an empty string for both."""
    inclusion, exclusion = _INCLUSION.search(text), _EXCLUSION.search(text)
    if bool(inclusion) is bool(exclusion):
        return ""
    return "inclusion" if inclusion else "exclusion"


def _of_trial(evidence: Evidence, trial: str, asked: _Asked, *, prefix: str) -> _Found | Absence:
    record = evidence.record(trial)
    if record is None:
        return no_record(trial)
    fields = asked.fields or tuple(_FIELDS)
    lines = _field_claims(evidence, record, fields, prefix=prefix)
    criteria = [one for one in criteria_of(record) if asked.part in (one.part, "")]
    matching = _matching(evidence, record, criteria, asked)
    missed = bool(asked.words and criteria and not matching and not asked.fields)
    chosen = matching if asked.fields or matching else criteria
    claims = [criterion_claim(evidence, record, one, prefix=prefix) for one in chosen]
    if not asked.particular or asked.fields or missed or not claims:
        claims = [*lines, *claims]
    if not claims:
        wanted = " or ".join(_LABELS[field] for field in asked.fields) or "eligibility criteria"
        message = f"The registry's record of {trial} does not give the {wanted}."
        shown = _field_claims(evidence, record, tuple(_FIELDS), prefix=prefix)
        shown = shown or [
            line_claim(evidence, record, span, prefix=prefix)
            for span in record.spans(REGISTRY_ID)[:1]
        ]
        return Absence("no_match", "not_given", message, tuple(shown))
    absent = [f for f in asked.fields if not record.spans(f"{ELIGIBILITY}.{f}")]
    notes = [
        Note("not_given", f"{trial}: the record gives no {_LABELS[field]}.") for field in absent
    ]
    notes += [Note("absence", NO_MATCH.format(trial=trial))] if missed else []
    return _Found(tuple(claims), tuple(notes))


def _field_claims(
    evidence: Evidence, record: Rendered, fields: Sequence[str], *, prefix: str
) -> list[Claim]:
    spans = [span for field in fields for span in record.spans(f"{ELIGIBILITY}.{field}")[:1]]
    return [line_claim(evidence, record, span, prefix=prefix) for span in spans]


def _matching(
    evidence: Evidence, record: Rendered, criteria: Sequence[Criterion], asked: _Asked
) -> list[Criterion]:
    """Return the criteria that have most of the question's words, or that a reranker likes."""
    if not asked.words or not criteria:
        return []
    texts = [record.document.text[slice(*one.span)] for one in criteria]
    shares = [len(asked.words & set(stems_of(text))) for text in texts]
    best = max(shares)
    if best >= asked.enough:
        found = [one for one, share in zip(criteria, shares, strict=True) if share == best]
        return found[:MAX_MATCHING]
    if evidence.reranker is None:
        return []
    opinions = evidence.reranker.opinions(asked.text, texts).tolist()
    liked = [(-o, n) for n, o in enumerate(opinions) if o >= LIKELY]
    return [criteria[n] for _, n in sorted(liked)[:MAX_MATCHING]]
