"""What a run over answers came to, for people, for programs and for the gate."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from eval.answers.checks import Checked, Tally
from eval.answers.gate import NotCompared, Verdict
from eval.significance import Interval

Z = 1.96  # of a 95 % interval
SHOWN = 12  # failures shown; --failures writes all
# What must hold for every answer, whoever asked.
HARD = ("quotes", "numbers", "cells", "computed")


def wilson(tally: Tally) -> Interval:
    """Return Wilson's 95 % interval of a share; all of [0, 1] where there is nothing."""
    if not tally.of:
        return Interval(0.0, 1.0)
    spread = Z * Z / tally.of
    middle = (tally.share + spread / 2) / (1 + spread)
    half = math.sqrt(tally.share * (1 - tally.share) * spread + spread * spread / 4) / (1 + spread)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def is_right(item: Checked) -> bool:
    """Tell whether an answer is as right as is known: see `Case`.

    An abstention is right by its type. Otherwise the reader must be given something: the
    values at their places, all the trials, or a place that answers.
    """
    if item.case.abstains:
        return bool(item.abstained) and (not item.case.types or item.abstained in item.case.types)
    if item.case.abstains is False and item.withheld:
        return False
    known = (item.exact, item.listed, item.answered if item.exact is None else None)
    return all(held is not False for held in known)


def total(items: Iterable[Checked], name: str) -> Tally:
    """Return the sum of a tally over answers; those without it add nothing."""
    return sum((getattr(item, name) or Tally() for item in items), start=Tally())


def share_of(flags: Iterable[bool | None]) -> Tally:
    """Return how many of the known are true."""
    known = [flag for flag in flags if flag is not None]
    return Tally(sum(known), len(known))


@dataclass(frozen=True, slots=True)
class AnswersReport:
    """Checked answers; ``gate`` holds those of the golden set against a stored run."""

    checked: tuple[Checked, ...]
    gate: Verdict | NotCompared = NotCompared("there is no baseline for these questions")  # noqa: RUF009

    @property
    def passed(self) -> bool:
        """Whether nothing was misquoted or miscounted, and the gate is content."""
        return self.gate.passed and all(total(self.checked, name).whole for name in HARD)

    def against(self, gate: Verdict | NotCompared) -> AnswersReport:
        """Return the report with what a gate says."""
        return replace(self, gate=gate)

    def groups(self) -> dict[str, list[Checked]]:
        """Return the answers by group, in the order of asking."""
        groups: dict[str, list[Checked]] = {}
        for item in self.checked:
            groups.setdefault(item.case.group, []).append(item)
        return groups

    def abstentions(self) -> dict[str, Tally]:
        """Return precision and recall of abstaining at all, then precision by type.

        Only questions of which it is known whether there is an answer count. An abstention
        that cites a place which answers is none that withholds.
        """
        known = [item for item in self.checked if item.case.abstains is not None]
        said = [item for item in known if _abstains(item)]
        rows = {
            "precision": share_of(bool(item.case.abstains) for item in said),
            "recall": share_of(bool(item.abstained) for item in known if item.case.abstains),
            "right type": share_of(is_right(item) for item in known if item.case.abstains),
        }
        for kind in sorted({item.abstained for item in said}):
            of_kind = [item for item in said if item.abstained == kind]
            rows[f"precision {kind}"] = share_of(
                bool(item.case.abstains) and is_right(item) for item in of_kind
            )
        return rows

    def values(self) -> dict[str, Any]:
        """Return all figures by name, as JSON knows them."""
        return {
            "questions": len(self.checked),
            **{name: _told(total(self.checked, name)) for name in (*HARD, "citations", "recalled")},
            "abstentions": {name: _told(tally) for name, tally in self.abstentions().items()},
            "groups": {name: _row(items) for name, items in self.groups().items()},
            "answer_p50_ms": _percentile(self.checked, 50),
            "answer_p95_ms": _percentile(self.checked, 95),
            "passed": self.passed,
            "gate": self.gate.values(),
        }

    def failures(self) -> Iterator[dict[str, Any]]:
        """Yield every answer that is wrong or holds what does not stand."""
        for item in self.checked:
            if item.problems or not is_right(item):
                yield {
                    "case": item.case.case_id,
                    "group": item.case.group,
                    "question": item.case.question.text,
                    "route": item.answer.routed.route,
                    "expected": _expected(item),
                    "abstained": item.abstained,
                    "count": item.answer.count,
                    "claims": [claim.text[:300] for claim in item.answer.claims[:6]],
                    "problems": list(item.problems),
                    "trials": _difference(item),
                }

    def write_failures(self, path: Path) -> None:
        """Write the failures, one a line."""
        lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in self.failures())
        path.write_text("".join(lines), encoding="utf-8")

    def table(self) -> str:
        """Return the figures as lines for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{len(self.checked)} questions answered"
        for name in HARD:
            yield f"{name:<12} {_shown(total(self.checked, name))}"
        yield ""
        yield (
            f"{'group':<26} {'n':>5} {'right':>6} {'95 %':>14} {'abst':>5} {'exact':>6} "
            f"{'cit P':>6} {'cit R':>6} {'ms':>6}"
        )
        for name, items in self.groups().items():
            yield _group_line(name, items)
        yield ""
        for name, tally in self.abstentions().items():
            yield f"abstention {name:<44} {_shown(tally)}"
        p50, p95 = (_percentile(self.checked, share) for share in (50, 95))
        yield f"answer p50 {p50} ms, p95 {p95} ms"
        failures = list(self.failures())
        for each in failures[:SHOWN]:
            became = each["abstained"] or "answered"
            yield f"wrong     {each['group']}: {each['question'][:90]} -> {became}"
        if len(failures) > SHOWN:
            yield f"          and {len(failures) - SHOWN} more; --failures FILE writes them all"
        yield from self.gate.lines()


def _abstains(item: Checked) -> bool:
    return item.withheld if item.case.abstains is False else bool(item.abstained)


def _expected(item: Checked) -> str:
    case = item.case
    if case.abstains:
        return " or ".join(sorted(case.types)) or "any abstention"
    if case.trials is not None:
        return f"{len(case.trials)} trials"
    return "; ".join(case.values) or "an answer"


def _difference(item: Checked) -> dict[str, list[str]]:
    """Return the trials of a count or list that are missing, and those too many."""
    if item.case.trials is None or item.listed:
        return {}
    found = {source.trial_id for source in item.answer.trials}
    missing, extra = item.case.trials - found, found - item.case.trials
    return {"missing": sorted(missing)[:SHOWN], "extra": sorted(extra)[:SHOWN]}


def _row(items: Sequence[Checked]) -> dict[str, Any]:
    return {
        "questions": len(items),
        "right": _told(share_of(map(is_right, items))),
        "abstained": sum(bool(item.abstained) for item in items),
        "exact": _told(share_of(item.exact for item in items)),
        "listed": _told(share_of(item.listed for item in items)),
        "answered": _told(share_of(item.answered for item in items)),
        "citations": _told(total(items, "citations")),
        "recalled": _told(total(items, "recalled")),
        "p50_ms": _percentile(items, 50),
    }


def _group_line(name: str, items: Sequence[Checked]) -> str:
    right = share_of(map(is_right, items))
    interval = wilson(right)
    exact = share_of(item.exact if item.exact is not None else item.listed for item in items)
    return (
        f"{name:<26} {len(items):>5} {right.share:>6.3f} [{interval.low:.3f}, {interval.high:.3f}] "
        f"{sum(bool(item.abstained) for item in items):>5} {_cell(exact)} "
        f"{_cell(total(items, 'citations'))} {_cell(total(items, 'recalled'))} "
        f"{_percentile(items, 50):>6.0f}"
    )


def _cell(tally: Tally) -> str:
    return f"{tally.share:>6.3f}" if tally.of else f"{'-':>6}"


def _shown(tally: Tally) -> str:
    if not tally.of:
        return "nothing to check"
    interval = wilson(tally)
    counts = f"{tally.good} of {tally.of}"
    return f"{tally.share:.4f} [{interval.low:.4f}, {interval.high:.4f}]  {counts}"


def _told(tally: Tally) -> dict[str, Any]:
    if not tally.of:
        return {"share": None, "good": 0, "of": 0}
    interval = wilson(tally)
    return {
        "share": round(tally.share, 4),
        "good": tally.good,
        "of": tally.of,
        "interval": [round(interval.low, 4), round(interval.high, 4)],
    }


def _percentile(items: Sequence[Checked], share: float) -> float:
    times = [item.milliseconds for item in items]
    return round(float(np.percentile(times, share)), 1) if times else 0.0
