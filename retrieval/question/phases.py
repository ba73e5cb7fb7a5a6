"""Phases as they are written: "phase 2", "phase II or IV", "phase 1b/2a", "early phase 1"."""

from __future__ import annotations

import re

_PHASE_TOKENS = {"0": "EARLY_PHASE1", "1": "PHASE1", "2": "PHASE2", "3": "PHASE3", "4": "PHASE4"}
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_NUMBER = re.compile(r"[0-4]|iv|i{1,3}")


def read_phase(match: re.Match[str]) -> tuple[str, ...]:
    """Return the phases that the groups ``early`` and ``numbers`` of a match name, any of which.

    "Phase 2/3" is one value, ``PHASE2/PHASE3``: a trial that is both.
    """
    numbers = re.sub(r"and/or|phases?", "or", match["numbers"])
    found = _NUMBER.findall(numbers.replace("or", " "))
    tokens = [_PHASE_TOKENS[_ROMAN.get(number, number)] for number in found]
    if match["early"]:
        tokens = ["EARLY_PHASE1" if phase == "PHASE1" else phase for phase in tokens]
    if "/" in numbers:
        return ("/".join(dict.fromkeys(tokens)),)
    if re.search(r"\dto|\d to |\d ?- ?\d|i to |i-i", numbers) and len(tokens) == 2:
        first, last = (sorted(_PHASE_TOKENS.values()).index(token) for token in tokens)
        return tuple(sorted(_PHASE_TOKENS.values())[first : last + 1]) or tuple(tokens)
    return tuple(dict.fromkeys(tokens))
