"""Grading natural questions by what a reader gets: quotes, tables, trials, or why there is none.

A question is right when each of its ``accept`` is found in what is told and none of its ``reject``
in the claims; one with ``must_abstain`` when that type of abstention comes. Of a dialogue the
last reply is graded, its turns asked as a chat client would.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.natural.questions import NaturalQuestion
from indexer.changes import Progress
from retrieval.answering.answerer import Answerer
from retrieval.answering.conversation import standalone
from retrieval.answering.turns import Turn
from retrieval.answering.types import Answer, Question
from retrieval.language.compounds import Ladder

SHOWN = 600  # characters of what is told that a failure keeps


@dataclass(frozen=True, slots=True)
class Graded:
    """A question with its answer, and whether it is right, refused, or of a trial not meant."""

    question: NaturalQuestion
    answer: Answer
    right: bool
    wrongly_refused: bool
    of_another: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class GradeReport:
    """What a run over natural questions came to; ``floor`` is the share that a gate asks for."""

    graded: tuple[Graded, ...]
    floor: float | None = None

    @property
    def share(self) -> float:
        """The share of right answers."""
        return float(np.mean([one.right for one in self.graded])) if self.graded else 0.0

    @property
    def passed(self) -> bool:
        """Whether the gate holds; without one it does."""
        return self.floor is None or self.share >= self.floor

    def values(self) -> dict[str, Any]:
        """Return everything, as JSON knows it."""
        return {
            "kinds": {kind: {"n": n, "right": right} for kind, n, right in self._kinds()},
            "n": len(self.graded),
            "n_right": sum(one.right for one in self.graded),
            "right": self.share,
            "wrongly_refused": sum(one.wrongly_refused for one in self.graded),
            "of_another_trial": sum(one.of_another for one in self.graded),
            "seconds_p50": self._seconds(50),
            "seconds_p95": self._seconds(95),
            "floor": self.floor,
            "passed": self.passed,
        }

    def table(self) -> str:
        """Return the report for people."""
        rows = [f"{kind:16}{n:>5}{right:>7}{right / n:>8.2f}" for kind, n, right in self._kinds()]
        told = self.values()
        return "\n".join(
            (
                f"{'kind':16}{'n':>5}{'right':>7}{'share':>8}",
                *rows,
                f"right {told['n_right']}/{len(self.graded)} = {self.share:.3f}"
                + (f", gate {self.floor:.2f}" if self.floor is not None else ""),
                f"wrongly refused {told['wrongly_refused']}, of a trial that was not meant "
                f"{told['of_another_trial']}",
                f"an answer takes {1000 * told['seconds_p50']:.0f} ms (p50), "
                f"{1000 * told['seconds_p95']:.0f} ms (p95)",
            )
        )

    def write_failures(self, path: Path) -> None:
        """Write each wrong answer, one a line."""
        path.write_text("".join(f"{_failure(one)}\n" for one in self.graded if not one.right))

    def _kinds(self) -> Iterator[tuple[str, int, int]]:
        kinds: defaultdict[str, list[bool]] = defaultdict(list)
        for one in self.graded:
            kinds[one.question.kind].append(one.right)
        for kind, flags in sorted(kinds.items()):
            yield kind, len(flags), sum(flags)

    def _seconds(self, percent: int) -> float:
        return float(np.percentile([one.seconds for one in self.graded] or [0.0], percent))


def grade_all(
    questions: Sequence[NaturalQuestion],
    answerer: Answerer,
    ladder: Ladder,
    *,
    progress: Progress,
    floor: float | None = None,
) -> GradeReport:
    """Ask every question and grade what comes."""
    graded = []
    for done, question in enumerate(questions):
        progress("Answering", done, len(questions))
        started = time.perf_counter()
        answer = _asked(question, answerer, ladder)
        graded.append(_graded(question, answer, time.perf_counter() - started))
    progress("Answering", len(questions), len(questions))
    return GradeReport(tuple(graded), floor)


def _asked(question: NaturalQuestion, answerer: Answerer, ladder: Ladder) -> Answer:
    """Return the answer to the last turn, after the others were asked and answered."""
    turns: list[Turn] = []
    for text in question.turns[:-1]:
        turns.append(Turn("user", text))
        written = standalone(turns, ladder, knowing=answerer.meant)
        answer = answerer.answer(Question(written.text))
        cited = " ".join(dict.fromkeys(one.source.trial_id for one in answer.citations))
        turns.append(Turn("assistant", f"{answer.text}\n{cited}"))
    turns.append(Turn("user", question.text))
    return answerer.answer(Question(standalone(turns, ladder, knowing=answerer.meant).text))


def _graded(question: NaturalQuestion, answer: Answer, seconds: float) -> Graded:
    everything, claims = told(answer), "\n".join(claim.text for claim in answer.claims)
    missing = [one for one in question.accept if not one.search(everything)]
    wrong = [one for one in question.reject if one.search(claims)]
    wanted = question.must_abstain
    kind = answer.abstained.type if answer.abstained else None
    right = not missing and not wrong and (wanted is None or kind == wanted)
    cited = {one.source.trial_id for one in answer.citations}
    meant = set(question.trial_ids)
    strange = bool(meant) and bool(cited) and not cited & meant and answer.count is None
    return Graded(
        question,
        answer,
        right=right,
        wrongly_refused=wanted is None and answer.abstained is not None and not right,
        of_another=strange and answer.abstained is None,
        seconds=seconds,
    )


def told(answer: Answer) -> str:
    """Return everything that a reader is told: claims, sources, tables, trials, abstention."""
    parts = [claim.text for claim in answer.claims]
    parts += [f"{one.source.trial_id} {one.quote}" for one in answer.citations]
    for table in answer.tables:
        parts += [table.title, " | ".join(table.columns)]
        parts += [" | ".join(cell.text for cell in row) for row in table.rows]
        parts += [note.text for note in table.notes]
    if answer.count is not None:
        parts.append(f'"count": {answer.count}')
    parts += [f"{source.trial_id} {source.title}" for source in answer.trials]
    if answer.abstained:
        parts.append(f"{answer.abstained.type} {answer.abstained.message}")
    return "\n".join(parts)


def _failure(one: Graded) -> str:
    return json.dumps(
        {
            "id": one.question.id,
            "kind": one.question.kind,
            "question": one.question.turns,
            "must_abstain": one.question.must_abstain,
            "abstained": one.answer.abstained.type if one.answer.abstained else None,
            "route": one.answer.routed.route,
            "trials": sorted({c.source.trial_id for c in one.answer.citations})[:5],
            "right_trials": one.question.trial_ids,
            "missing": [p.pattern for p in one.question.accept if not p.search(told(one.answer))],
            "told": told(one.answer)[:SHOWN],
        },
        ensure_ascii=False,
    )
