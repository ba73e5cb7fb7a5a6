"""Where a digest states a field otherwise than the registry's record: both are quoted.

Only what a digest says outright is read (a phase, a number of people enrolled, a status, a
design, that there are or are no results); a digest that is silent disputes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from retrieval.answering.evidence import Evidence
from retrieval.answering.quoting import quoted
from retrieval.answering.spans import sentence_spans
from retrieval.answering.types import Claim
from retrieval.answering.writing.verifier import speaks_to_a_model
from retrieval.index.rendered import Rendered
from retrieval.question.wording import plain

_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_PHASE = re.compile(
    r"\bphase ((?:[0-4]|i{1,3}|iv)[ab]?(?:(?: ?[/-] ?| and | or )(?:[0-4]|i{1,3}|iv)[ab]?)*)\b"
)
# Of the whole trial: "50 men and 70 women", or the people of one arm, are not its enrollment.
_PEOPLE = re.compile(
    r"\b(?:enrol\w*|recruits?|recruited|targets?|plans? to (?:enrol|recruit)|randomi[sz]ed)"
    r" (?:about |around |some |up to |a total of |an estimated )?(\d[\d,]*) (?:\w+ ){0,2}?"
    r"(?:patients|participants|people|adults|volunteers|subjects|individuals)\b(?! (?:of|in) the)"
    r"|\b(\d[\d,]*) (?:\w+ ){0,2}?(?:patients|participants|people|adults|volunteers|subjects"
    r"|individuals)"
    r" (?:took part|joined|(?:were|are|will be) (?:enrolled|recruited|randomi[sz]ed))\b"
)
_STATUS = re.compile(
    r"\b(?:study|trial|it) (?:is|was|has been) (?:now |currently |still |already )?"
    r"(completed|terminated|withdrawn|suspended|recruiting|not yet recruiting)\b"
)
_RESULTS = re.compile(
    r"\bno (?:posted |published |reported |study |trial )?results (?:exist"
    r"|are (?:available|posted|out)|have been (?:posted|published|reported))\b"
    r"|\bresults (?:are|have) not\b"
)
_MASKING = re.compile(r"\b(open label|double blind|single blind|triple blind|quadruple blind)\b")
_MASKED = {
    "open label": "None",
    "single blind": "Single",
    "double blind": "Double",
    "triple blind": "Triple",
    "quadruple blind": "Quadruple",
}
_ALLOCATION = re.compile(r"\b(non[- ]?randomi[sz]ed|randomi[sz]ed)\b")

_OTHERS = re.compile(r"\b(?:trials|studies|previous|earlier|another|larger|later)\b")


def _phases(text: str) -> set[str]:
    found = (
        number for met in _PHASE.finditer(text) for number in re.findall(r"[0-4]|iv|i+", met[1])
    )
    return {_ROMAN.get(number, number) for number in found}


def _numbers(text: str) -> set[str]:
    return {(met[1] or met[2]).replace(",", "") for met in _PEOPLE.finditer(text)}


def _statuses(text: str) -> set[str]:
    return {met[1] for met in _STATUS.finditer(text)}


def _posted(text: str) -> set[str]:
    return {"no" for _ in _RESULTS.finditer(text)}


def _masking(text: str) -> set[str]:
    return {_MASKED[met[1]].lower() for met in _MASKING.finditer(text)}


def _allocation(text: str) -> set[str]:
    return {
        "non randomized" if met[1].startswith("non") else "randomized"
        for met in _ALLOCATION.finditer(text)
    }


# What a digest says of a field, read from a plain sentence.
_SAID: Mapping[str, Callable[[str], set[str]]] = {
    "phase": _phases,
    "enrollment": _numbers,
    "status": _statuses,
    "has_results": _posted,
    "masking": _masking,
    "allocation": _allocation,
}


def disputes(
    evidence: Evidence, record: Rendered, stated: Mapping[str, Sequence[str]], *, prefix: str = ""
) -> list[Claim]:
    """Return the sentences of digests that state a field otherwise than the record.

    ``stated`` maps the names of fields to the record's values.
    """
    claims: dict[str, Claim] = {}
    for name in (name for name in stated if name in _SAID):
        for claim, said in _sentences(evidence, record.document.trial_id, name, prefix=prefix):
            if stated[name] and said.isdisjoint(_plainly(name, stated[name])):
                claims.setdefault(claim.text, claim)
    return list(claims.values())


def _sentences(
    evidence: Evidence, trial_id: str, name: str, *, prefix: str
) -> Iterator[tuple[Claim, set[str]]]:
    """Yield the sentences of digests that say something of a field, and what they say."""
    for document in evidence.digests(trial_id):
        for section in document.sections:
            for start, end in sentence_spans(document.text, section.start, section.end):
                sentence = plain(document.text[start:end], ())
                if _OTHERS.search(sentence) or speaks_to_a_model(sentence):
                    continue  # "two double-blind trials before it" are not this one
                if said := _SAID[name](sentence):
                    yield quoted(evidence.cite(document, start, end), prefix=prefix), said


def _plainly(name: str, values: Sequence[str]) -> set[str]:
    """Return a record's values as they are compared."""
    if name == "phase":
        return {digit for value in values for digit in re.findall(r"\d", value)}
    return {value.lower() for value in values}
