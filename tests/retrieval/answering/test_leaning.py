"""Follow-ups by the state of a talk; a made-up corpus of two trials stands behind it."""

from __future__ import annotations

import pytest

from retrieval.answering.conversation import standalone
from retrieval.answering.turns import Meant, Turn
from retrieval.language.compounds import load_ladder

A, B = "NCT90000001", "NCT90000002"
NAMES = {"FALCON": A, "DIAGNODE-3": B, "testosterone gel": B}


def knowing(text: str) -> Meant:
    """Know two trials by a name each, and one by a description."""
    for name, trial in NAMES.items():
        if name.lower() in text.lower():
            start = text.lower().index(name.lower())
            return Meant((trial,), (text[start : start + len(name)],))
    return Meant((A,), ()) if "sailors with hiccups" in text else Meant((), ())


def asked(*texts: str) -> str:
    turns = [Turn("user" if n % 2 == 0 else "assistant", text) for n, text in enumerate(texts)]
    return standalone(turns, load_ladder(), knowing=knowing).text


@pytest.mark.parametrize(
    ("first", "then", "written"),
    [
        ("what phase is FALCON?", "who's the sponsor?", f"who's the sponsor in {A}?"),
        ("what about the sailors with hiccups?", "any harms?", f"any harms in {A}?"),
        ("collaborator on FALCON?", "and DIAGNODE-3?", f"collaborator in {B}?"),
        ("dose in FALCON?", "sorry, I meant DIAGNODE-3", f"dose in {B}?"),
        ("pain on the drug in FALCON?", "placebo?", f"pain on the drug in FALCON? ({A}) placebo?"),
        ("side effects of FALCON?", "and of testosterone gel?", f"side effects in {B}?"),
        (
            "how many trials are there in Pakistan",
            "and how many of them already completed?",
            "how many trials are there in Pakistan that are already completed?",
        ),
    ],
)  # fmt: skip
def test_a_follow_up_is_written_out(first: str, then: str, written: str) -> None:
    """A subject is inherited, replaced where another is named, and an arm asks again."""
    assert " ".join(asked(first, "…", then).split()) == written


@pytest.mark.parametrize(
    "then",
    [
        "thanks, different topic: how many trials recruit?",
        "which trials recruit in Japan?",
        "what is a p-value?",
        "what dose did the trial of walking in bakers with colds use?",
    ],
)
def test_a_new_subject_takes_nothing_along(then: str) -> None:
    """What stands alone is left as it is, without the words that begin anew."""
    assert A not in asked("what phase is FALCON?", "Phase 2", then)
