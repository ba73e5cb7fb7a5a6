"""Whether a section of a digest reports results, says that there are none yet, or neither.

The rule, in order:

1. A section whose name does not promise findings is ``none``.
2. One that says that it has no results is not ``reported``, whatever else it tells: its
   other findings are then somebody else's.
3. One with a sentence that reports, and that neither looks ahead nor says what is unsaid,
   is ``reported``.
4. One that looks ahead is ``planned``; the rest, mere denials among it, is ``none``.

To call a plan a result is the worse mistake, so every doubt is settled against ``reported``.
"""

from __future__ import annotations

import re

from retrieval.types import Evidence

_FINDINGS = re.compile(
    r"(?i)\b(?:results?|findings?|safety|efficacy|outcomes?|adverse|side effects?|tolerability"
    r"|what (?:they|the study|researchers) found)\b"
)
_GIVEN = r"(?:available|posted|reported|published|released|given|known|disclosed|described|stated)"
_NO_RESULTS = re.compile(
    r"(?i)\bno (?:\w+ ){0,2}(?:results?|findings|data)\b"
    r"|\b(?:reports?|gives?|has|have|offers?|states?) no (?:\w+ )?outcomes?\b"
    r"|\bno outcomes? (?:is|are|has|have)\b"
    rf"|\b(?:results?|data|findings)\b[^.;]{{0,60}}?\b(?:not|yet to be)\b[^.;]{{0,30}}?\b{_GIVEN}\b"
    rf"|\b(?:not|n't) (?:yet )?{_GIVEN} (?:\w+ ){{0,2}}(?:results?|data|findings|outcomes)\b"
    r"|\b(?:results?|data|findings)\b[^.;]{0,40}?\b(?:pending|awaited)\b"
)
_UNSAID = re.compile(
    rf"(?i)\b(?:not|n't|neither|nothing|never|none|unknown)\b[^.;]{{0,30}}?\b{_GIVEN}\b"
)
_AHEAD = re.compile(
    r"(?i)\b(?:will|would|aims?|intends?|plan(?:s|ned)?|to be|designed to|objectives? (?:is|are)"
    r"|goal is|seeks? to|expect(?:s|ed)?|anticipated|hypothesi[sz]ed?|recruit(?:s|ing)|ongoing"
    r"|(?:endpoints?|outcomes?) (?:is|are|includes?)"
    r"|(?:is|are|was|were) (?:the|a) (?:primary|secondary) (?:endpoint|outcome)s?)\b"
)
_REPORTS = re.compile(
    r"(?i)\b(?:show(?:ed|n)|demonstrated|observed|achieved|reduced|improved|increased|decreased"
    r"|declined|lowered|fell|rose|lost|occurred|experienced|resulted in|led to|died|discontinued"
    r"|met (?:its|the) (?:primary|secondary))\b"
    r"|\b(?:was|were) (?:\w+ )?(?:tolerated|safe|effective|higher|lower|greater|fewer|similar"
    r"|associated|seen|found|reported|recorded|noted|superior|inferior|significant|met)\b"
    r"|\d\s?%|\d\s?/\s?\d|\b\d+ of \d+\b|\bmean -?\d|\bp\s?[<=]\s?0?\.\d"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def evidence_of(name: str, text: str) -> Evidence:
    """Return the kind of evidence that a digest's section gives."""
    if _FINDINGS.search(name) is None:
        return "none"
    sentences = _SENTENCE_END.split(text)
    if _NO_RESULTS.search(text) is None and any(map(_reports, sentences)):
        return "reported"
    return "planned" if _AHEAD.search(text) else "none"


def _reports(sentence: str) -> bool:
    return bool(
        _REPORTS.search(sentence) and not _AHEAD.search(sentence) and not _UNSAID.search(sentence)
    )
