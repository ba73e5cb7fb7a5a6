"""The gate over answers: judged questions against a stored run, as `eval.golden.gate` for search.

A question's score is 1 or 0 where the right answer is to abstain. Otherwise it is the mean of
two: whether a place of grade 3 is cited, and the share of citations that stand at a place of
grade 2 or more. What is never allowed (a misquote, a wrong number) fails without a baseline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.answers.checks import Checked
from eval.golden import gate
from eval.golden.questions import Question
from eval.models import Profile
from eval.provenance import Provenance

MEASURE = "answer score"


@dataclass(frozen=True, slots=True)
class NotCompared:
    """There was no baseline to hold a run against, and why."""

    why: str
    passed: bool = True

    def values(self) -> dict[str, Any]:
        """Return everything, as JSON knows it."""
        return {"passed": self.passed, "why": self.why}

    def lines(self) -> Iterator[str]:
        """Say it to people."""
        yield f"gate      not compared: {self.why}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a run; see `eval.golden.gate.Verdict`."""

    of: gate.Verdict

    @property
    def passed(self) -> bool:
        return self.of.passed

    def values(self) -> dict[str, Any]:
        """Return everything, as JSON knows it."""
        return self.of.values()

    def lines(self) -> Iterator[str]:
        """Say it to people."""
        for line in self.of.lines():
            yield line.replace("nDCG@10", MEASURE)


def score(item: Checked) -> float:
    """Return what an answer to a judged question is worth, from 0 to 1."""
    if item.case.abstains:
        return float(bool(item.abstained))
    precise = item.citations.share if item.citations and item.citations.of else 0.0
    return (float(bool(item.answered)) + precise) / 2


def hold_against(
    checked: Iterable[Checked], questions: Iterable[Question], baseline: Path, *, profile: Profile
) -> Verdict | NotCompared:
    """Compare the scores of judged questions with those that a file stores for a profile.

    Raises `eval.golden.gate.BaselineError` for a file that is none.
    """
    if not baseline.exists():
        return NotCompared(f"there is no {baseline}; --save-baseline makes it")
    stored = gate.read_baselines(baseline)
    if profile not in stored:
        return NotCompared(f"{baseline} has no profile {profile}; --save-baseline adds it")
    return Verdict(gate.compare(_scored(checked, questions), stored[profile], recipe={}))


def save(
    checked: Iterable[Checked],
    questions: Iterable[Question],
    baseline: Path,
    *,
    profile: Profile,
    provenance: Provenance,
) -> NotCompared:
    """Store the scores as what later runs are held against."""
    ours = gate.baseline_of(_scored(checked, questions), provenance, recipe={})
    gate.save_baseline(baseline, profile, ours, measure=MEASURE)
    return NotCompared(f"this run is now the {profile} baseline in {baseline}")


def _scored(checked: Iterable[Checked], questions: Iterable[Question]) -> list[gate.Scored]:
    by_id = {question.query_id: question for question in questions}
    return [
        gate.Scored(by_id[item.case.case_id], score(item))
        for item in checked
        if item.case.case_id in by_id
    ]
