"""The regression gate: a run against the stored baseline, question by question.

A search of one index gives the same hits every time, so a fall on these questions is a fact;
a test can only say whether it would hold for others. Hence two rules. A run fails when the
mean nDCG@10 of the questions that both know

* fell by `INTOLERABLE` or more, whatever any test says, or
* fell by `NEGLIGIBLE` or more, and a one-sided paired randomisation test gives p < `LEVEL`.

The alternative is one-sided because a gate asks only whether a run is worse: of 170
questions, five that drop to nothing beside none that gained have p = 1/32, and two-sided
they would pass with 1/16. What is smaller than `NEGLIGIBLE` may be the processor: int8
models round differently on each. Four of 170 that drop to nothing, or five beside one that
was found, meet the first rule.

A question that was reworded or judged again since is compared with nothing, and so is a new
one; all of them are named. When less than `SHARED` of the baseline's questions can be
compared, the gate is blind and fails too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.golden.questions import Question
from eval.lines import BadInput
from eval.provenance import Provenance
from eval.significance import paired_p

LEVEL = 0.05
NEGLIGIBLE = 0.005  # mean nDCG@10
INTOLERABLE = 0.02  # mean nDCG@10
SHARED = 0.5  # share of the baseline's questions
# A question of a baseline file; on a line by itself, so that a change of it reads well.
ONE_QUESTION = re.compile(r'\{\s+("fingerprint": "\w+"),\s+("value": [\d.e-]+)\s+\}')
DIGITS = 6  # of a stored value; what differs by less is the same


class BaselineError(BadInput):
    """A baseline is missing, or is none."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A question with its nDCG@10."""

    question: Question
    value: float


class BaselineValue(BaseModel):
    """What a question scored, and the fingerprint of the question that was scored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fingerprint: str
    value: Annotated[float, Field(ge=0, le=1)]


class Baseline(BaseModel):
    """What one profile scored, when, with which code and by which recipe."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    created: str
    commit: str | None
    recipe: dict[str, Any]
    questions: dict[str, BaselineValue]


class _BaselineFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    measure: str = "nDCG@10"
    profiles: dict[str, Baseline]


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose value is another than the baseline's."""

    query_id: str
    kind: str
    text: str
    before: float
    after: float

    def __str__(self) -> str:
        return f"{self.query_id:<8} {self.before:.3f} -> {self.after:.3f}  {self.kind}: {self.text}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says.

    ``before`` and ``after`` are means over the ``compared`` questions, ``p`` is one-sided.
    ``worse`` and ``better`` have the greatest change first. ``reason`` is empty when the run
    passed, and ``recipe`` names the parts of it that are others than the baseline's.
    """

    baseline: str
    compared: int
    before: float
    after: float
    p: float
    reason: str
    worse: tuple[Change, ...]
    better: tuple[Change, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    reworded: tuple[str, ...]
    recipe: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.reason

    def values(self) -> dict[str, Any]:
        """Return everything, as JSON knows it."""
        return {"passed": self.passed, **asdict(self)}

    def lines(self) -> Iterable[str]:
        """Say it to people; the questions that got worse are all named."""
        yield f"gate      {'passed' if self.passed else f'FAILED: {self.reason}'}"
        yield f"baseline  {self.baseline}"
        yield (
            f"compared  {self.compared} questions: nDCG@10 {self.before:.4f} -> {self.after:.4f}, "
            f"p {self.p:.4f}, {len(self.worse)} worse, {len(self.better)} better"
        )
        for what in ("added", "removed", "reworded", "recipe"):
            if names := getattr(self, what):
                yield f"{what:<9} {', '.join(names)}"
        yield from (f"worse     {change}" for change in self.worse)
        yield from (f"better    {change}" for change in self.better)


@dataclass(frozen=True, slots=True)
class NotCompared:
    """There was no baseline to hold a run against, and why."""

    why: str
    passed: bool = True

    def values(self) -> dict[str, Any]:
        """Return everything, as JSON knows it."""
        return asdict(self)

    def lines(self) -> Iterable[str]:
        """Say it to people."""
        yield f"gate      not compared: {self.why}"


def read_baselines(path: Path) -> dict[str, Baseline]:
    """Return the baselines of a file by profile, or raise `BaselineError`."""
    try:
        return _BaselineFile.model_validate_json(path.read_bytes()).profiles
    except FileNotFoundError:
        raise BaselineError(f"{path} is missing; --save-baseline makes it") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BaselineError(f"{path} is no baseline: {where}: {first['msg']}") from None


def save_baseline(
    path: Path, profile: str, baseline: Baseline, *, measure: str = "nDCG@10"
) -> None:
    """Store the baseline of a profile; those of other profiles stay."""
    others = read_baselines(path) if path.exists() else {}
    profiles = dict(sorted((others | {profile: baseline}).items()))
    file = _BaselineFile(measure=measure, profiles=profiles)
    text = ONE_QUESTION.sub(r"{\1, \2}", file.model_dump_json(indent=1))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n", encoding="utf-8")


def baseline_of(
    scored: Iterable[Scored], provenance: Provenance, *, recipe: Mapping[str, Any]
) -> Baseline:
    """Return the baseline that these values make."""
    return Baseline(
        created=provenance.created,
        commit=provenance.commit,
        recipe=dict(recipe),
        questions={
            item.question.query_id: BaselineValue(
                fingerprint=item.question.fingerprint, value=round(item.value, DIGITS)
            )
            for item in scored
        },
    )


def compare(scored: Iterable[Scored], baseline: Baseline, *, recipe: Mapping[str, Any]) -> Verdict:
    """Hold the values of a run, made by a recipe, against a baseline."""
    now = {item.question.query_id: item for item in scored}
    stored = baseline.questions
    same = [
        query_id
        for query_id in stored.keys() & now.keys()
        if stored[query_id].fingerprint == now[query_id].question.fingerprint
    ]
    changes = [_change(now[query_id], stored[query_id]) for query_id in sorted(same)]
    before = _mean([change.before for change in changes])
    after = _mean([change.after for change in changes])
    p = _worse_p(changes)
    return Verdict(
        baseline=f"{baseline.created}, commit {baseline.commit}",
        compared=len(changes),
        before=before,
        after=after,
        p=p,
        reason=_reason(before - after, p, compared=len(changes), stored=len(stored)),
        worse=tuple(sorted((c for c in changes if c.after < c.before), key=_rise)),
        better=tuple(sorted((c for c in changes if c.after > c.before), key=_rise, reverse=True)),
        added=tuple(sorted(now.keys() - stored.keys())),
        removed=tuple(sorted(stored.keys() - now.keys())),
        reworded=tuple(sorted((stored.keys() & now.keys()) - set(same))),
        recipe=tuple(sorted(k for k in recipe if recipe[k] != baseline.recipe.get(k))),
    )


def _change(item: Scored, stored: BaselineValue) -> Change:
    question = item.question
    after = round(item.value, DIGITS)
    return Change(question.query_id, question.kind, question.text, stored.value, after)


def _rise(change: Change) -> float:
    return change.after - change.before


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _worse_p(changes: list[Change]) -> float:
    """Return the one-sided p; flipped signs are symmetric, so it is half the two-sided one."""
    rises = np.array([_rise(change) for change in changes])
    if not rises.any():
        return 1.0
    half = paired_p(rises) / 2
    return half if rises.sum() < 0 else 1 - half


def _reason(fall: float, p: float, *, compared: int, stored: int) -> str:
    if compared < SHARED * stored or not compared:
        return (
            f"only {compared} of the baseline's {stored} questions are still what they were, too "
            "few to compare; --save-baseline stores a new one"
        )
    if fall >= INTOLERABLE:
        return f"the mean fell by {fall:.4f}, and {INTOLERABLE} is too much whatever a test says"
    if fall >= NEGLIGIBLE and p < LEVEL:
        return f"the mean fell by {fall:.4f} with p {p:.4f}, under {LEVEL}"
    return ""
