"""One key for every spelling of a filter's value: ``Phase II``, ``phase 2``, ``PHASE2``.

The closed vocabularies are those of ClinicalTrials.gov's API v2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from retrieval.language.countries import country_key
from retrieval.language.words import split_words

Keys = tuple[str, ...]

KNOWN_KEYS: Mapping[str, Keys] = {
    "kind": ("digest", "trial"),
    "phases": ("EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4", "NA"),
    "statuses": (
        "ACTIVE_NOT_RECRUITING",
        "APPROVED_FOR_MARKETING",
        "AVAILABLE",
        "COMPLETED",
        "ENROLLING_BY_INVITATION",
        "NOT_YET_RECRUITING",
        "NO_LONGER_AVAILABLE",
        "RECRUITING",
        "SUSPENDED",
        "TEMPORARILY_NOT_AVAILABLE",
        "TERMINATED",
        "UNKNOWN",
        "WITHDRAWN",
        "WITHHELD",
    ),
    "study_types": ("EXPANDED_ACCESS", "INTERVENTIONAL", "OBSERVATIONAL"),
}

PHASE = re.compile(r"(?P<early>EARLY_)?(?:PHASE_?)?(?P<number>[0-4]|I{1,3}|IV)_?[ABC]?")
PHASE_NUMBERS = {"I": "1", "II": "2", "III": "3", "IV": "4"}
NOT_APPLICABLE = frozenset({"NA", "N_A", "NOT_APPLICABLE"})


def filter_keys(field: str, value: str) -> Keys:
    """Return the keys of a value of the `Filters` field; none where it says nothing.

    Only a phase may have two (``PHASE2/PHASE3``).
    """
    return tuple(key for key in READERS[field](value) if key)


def _token(value: str) -> str:
    """Return ``ACTIVE_NOT_RECRUITING`` for ``Active, not recruiting``."""
    return "_".join(re.findall(r"[^\W_]+", value.upper()))


def _phases(value: str) -> Keys:
    if _token(value) in NOT_APPLICABLE:
        return ("NA",)
    return tuple(_phase(part) for part in re.split(r"[/|,]", value))


def _phase(part: str) -> str:
    token = _token(part)
    match = PHASE.fullmatch(token)
    if match is None:
        return token
    number = PHASE_NUMBERS.get(match["number"], match["number"])
    if match["early"]:
        return "EARLY_PHASE1" if number == "1" else token
    return "EARLY_PHASE1" if number == "0" else f"PHASE{number}"


def _status(value: str) -> Keys:
    return (_token(value).removesuffix("_STATUS"),)


def _words(value: str) -> Keys:
    return (" ".join(run for word in split_words(value) for run in word),)


def _plain(value: str) -> Keys:
    return (" ".join(value.split()).casefold(),)


READERS: Mapping[str, Callable[[str], Keys]] = {
    "kind": _plain,
    "trial_ids": _plain,
    "compounds": _plain,
    "conditions": _words,
    "phases": _phases,
    "statuses": _status,
    "study_types": lambda value: (_token(value),),
    "has_results": _plain,
    "countries": lambda value: (country_key(value),),
    "sections": _plain,
}
