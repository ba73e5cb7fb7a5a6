"""Trials by acronyms, study ids and codes; every trial here is made up."""

from __future__ import annotations

import pytest

from retrieval.search.names import Names, looks_like_a_code
from retrieval.search.registered import Registered
from retrieval.types import Source, TrialFields


def trial(number: int, title: str = "A Made-up Trial", **stated: tuple[str, ...]) -> Registered:
    trial_id = f"NCT{90000000 + number}"
    return Registered(
        Source(trial_id, "trial", trial_id, title, "", "v"),
        TrialFields(
            conditions=stated.get("conditions", ()),
            keywords=stated.get("keywords", ()),
            stated=tuple(stated.items()),
        ),
    )


NAMES = Names(
    [
        trial(1, acronym=("REIMAGINE 5",), organisation_id=("LMX-003",)),
        trial(2, acronym=("SIERRA",), interventions=("Drug KL1333",)),
        trial(3, acronym=("TNT/NW",), former_ids=("NCT98000022",)),
        trial(4, acronym=("TNT/NW",)),
        trial(5, title="MORE-VR for Made-up Cravings", acronym=("T1D",)),
        trial(6, keywords=("T1D",)),
        trial(7, conditions=("T1D",)),
        trial(8, acronym=("Click",)),
    ]
)


@pytest.mark.parametrize(
    ("text", "trials", "by"),
    [
        ("HbA1c range of REIMAGINE 5?", (1,), "acronym"),
        ("reimagine-5 enrollment", (1,), "acronym"),
        ("protocol LMX-003: how many people", (1,), "study_id"),
        ("what phase is KL1333", (2,), "code"),
        ("KL-1333 dose", (2,), "code"),
        ("SIERRA doses", (2,), "acronym"),
        ("the sierra trial", (2,), "acronym"),
        ("enrollment of TNT/NW", (3, 4), "acronym"),
        ("what phase is NCT98000022", (3,), "id"),
        ("craving with MORE-VR", (5,), "title"),
    ],
)
def test_names_find_their_trials(text: str, trials: tuple[int, ...], by: str) -> None:
    """Names count with and without hyphens, in the case of the record or beside a trial noun."""
    (found,) = NAMES.found_in(text)
    assert found.trials == tuple(f"NCT{90000000 + one}" for one in trials)
    assert found.by == by


@pytest.mark.parametrize(
    "text",
    [
        "skiing in the sierra",  # an ordinary word
        "kids with T1D",  # what others are about too
        "click here",
        "REIMAGINE 6",
        "REIMAGINE",
        "5 mg of KL",
    ],
)
def test_words_are_no_names(text: str) -> None:
    """A word that is said of much else, or a part of a name, names no trial."""
    assert NAMES.found_in(text) == ()


@pytest.mark.parametrize(
    ("word", "is_code"),
    [
        ("JS207", True),
        ("SURPASS-T1D-2", True),
        ("5mg", False),
        ("semaglutide", False),
        ("12", False),
    ],
)
def test_codes_are_told_from_words_and_doses(word: str, is_code: bool) -> None:
    """A code has letters and digits, and a dose is none."""
    assert looks_like_a_code(word) is is_code
