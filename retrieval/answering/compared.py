"""Two trials in one question: "Metsera's MET097 and Zealand's petrelintide: enrolment?".

Where a question compares, each half of it is searched for by itself; the two trials that the halves
find are meant, if they are two and the whole question finds both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from retrieval.types import Ranking

_COMPARES = re.compile(
    r"\b(?:compar\w+|versus|vs|than|differ\w*|both|each|two|same|either|respectively)\b",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"\s(?:versus|vs\.?|against|compared (?:with|to)|than|and|or|with|,)\s|[,;:–]\s|\s-\s",
    re.IGNORECASE,
)
MAX_SPLITS = 5
MIN_WORDS = 2  # of a half that describes a trial
AMONG = 8  # trials that the whole question finds


def compared_in(text: str, ranking: Ranking, find: Callable[[str], str]) -> tuple[str, ...]:
    """Return the two trials that a question compares, or none.

    ``find`` returns the trial that a text names, or describes clearly; an empty string for none.
    """
    if not ranking.reading.short or _COMPARES.search(text) is None:
        return ()
    hits = tuple(dict.fromkeys(hit.source.trial_id for hit in ranking.hits))[:AMONG]
    seen: dict[str, str] = {}

    def found(half: str) -> str:
        if half not in seen:
            seen[half] = find(half)
        return seen[half]

    for left, right in _halves(text):
        first = found(left)
        second = found(right) if first else ""
        if (
            first
            and second
            and first != second
            and {first, second} <= {*hits, *ranking.subject.named}
        ):
            return first, second
    return ()


def _halves(text: str) -> Iterator[tuple[str, str]]:
    """Yield a question's parts before and after a joint, the joints in the middle first."""
    joints = [met.span() for met in _JOINT.finditer(text)]
    joints.sort(key=lambda span: abs(span[0] - len(text) / 2))
    for start, end in joints[:MAX_SPLITS]:
        left, right = text[:start], text[end:]
        if min(len(left.split()), len(right.split())) >= MIN_WORDS:
            yield left, right
