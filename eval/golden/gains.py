"""What a ranking is worth to a judged question, by passage and by trial.

A hit's grade is the best among the judged quotes that its passage covers: all of the quote,
or half of its characters or more. A trial gains once, at its first hit with a positive
grade; its record and digests are one trial. The best possible ranking has every trial once,
at the best of its grades.

No document id of a run can say that, so runs are written with ids for it: ``NCT01@3`` is the
hit at which the trial gains 3, ``NCT01@0#4`` the hit at rank 4 that is judged and gains
nothing, ``NCT01#5`` one that nobody judged. The qrels hold every grade of a trial, and so
their own ideal would count a trial more than once. nDCG@10 is therefore the run's nDCG@10
over that of the best run, under the same qrels; the three are written, so that any
evaluation tool can check it. RR@10 and P@5 count grades of `ANSWERS` and more as relevant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ir_measures import Qrel

from eval.golden.questions import ANSWERS, JudgedQuestion, JudgedSpan
from eval.measures import MAIN, Values, measure
from eval.runs import Run
from retrieval.types import Hit, Passage

DEPTH = 10  # hits a question
RELEVANCE = ("RR@10", "P@5")  # measures that know only relevant or not
NAMES = (MAIN, *RELEVANCE, "Judged@10")


@dataclass(frozen=True, slots=True)
class JudgedHit:
    """A hit at its rank, its grade (``None``: not judged) and what the ranking gains by it."""

    hit: Hit
    rank: int
    grade: int | None
    gain: int

    @property
    def run_id(self) -> str:
        """What stands for this hit in a run file."""
        trial_id = self.hit.source.trial_id
        if self.gain:
            return f"{trial_id}@{self.gain}"
        return f"{trial_id}#{self.rank}" if self.grade is None else f"{trial_id}@0#{self.rank}"


def judged_hits(question: JudgedQuestion, hits: Iterable[Hit]) -> tuple[JudgedHit, ...]:
    """Return the hits with their grades and gains, in their order."""
    gained: set[str] = set()
    judged = []
    for rank, hit in enumerate(hits, start=1):
        grades = [span.grade for span in question.spans if covers(hit.passage, span)]
        grade = max(grades, default=None)
        gain = 0 if hit.source.trial_id in gained else grade or 0
        if gain:
            gained.add(hit.source.trial_id)
        judged.append(JudgedHit(hit, rank, grade, gain))
    return tuple(judged)


def covers(passage: Passage, span: JudgedSpan) -> bool:
    """Tell whether a passage shows at least half of a judged quote."""
    shared = min(passage.end, span.end) - max(passage.start, span.start)
    return passage.doc_id == span.doc_id and 2 * shared >= span.end - span.start


def run_of(rankings: Mapping[str, Sequence[JudgedHit]], *, tag: str) -> Run:
    """Return the run of judged hits by query id."""
    return Run(tag, {query: tuple(hit.run_id for hit in hits) for query, hits in rankings.items()})


def best_run(questions: Iterable[JudgedQuestion]) -> Run:
    """Return the best possible run: each trial once, at the best of its grades."""
    best = {
        question.question.query_id: sorted(
            ((max(grades), trial_id) for trial_id, grades in _grades(question).items()),
            key=lambda pair: -pair[0],
        )
        for question in questions
    }
    return Run(
        "best",
        {
            query_id: tuple(f"{trial_id}@{grade}" for grade, trial_id in trials if grade)
            for query_id, trials in best.items()
        },
    )


def qrels_of(questions: Iterable[JudgedQuestion]) -> tuple[Qrel, ...]:
    """Return the judgements of the ids that a run may hold."""
    return tuple(
        Qrel(question.question.query_id, run_id, grade)
        for question in questions
        for trial_id, grades in _grades(question).items()
        for run_id, grade in _ids(trial_id, grades)
    )


def measured(questions: Sequence[JudgedQuestion], run: Run) -> dict[str, Values]:
    """Return the values of `NAMES`, each of shape (questions,), in the order of the questions.

    Every question must have an answer: a ranking for one that has none gains nothing.
    """
    qrels = qrels_of(questions)
    graded = measure(qrels, run)
    best = measure(qrels, best_run(questions))
    relevant = measure([q._replace(relevance=int(q.relevance >= ANSWERS)) for q in qrels], run)
    values = graded.values | {name: relevant.values[name] for name in RELEVANCE}
    values[MAIN] = np.divide(graded.values[MAIN], best.values[MAIN])
    return {name: values[name] for name in NAMES}


def _grades(question: JudgedQuestion) -> dict[str, set[int]]:
    grades: dict[str, set[int]] = {}
    for span in question.spans:
        grades.setdefault(span.trial_id, set()).add(span.grade)
    return grades


def _ids(trial_id: str, grades: set[int]) -> Iterable[tuple[str, int]]:
    for grade in sorted(grades - {0}):
        yield f"{trial_id}@{grade}", grade
    for rank in range(1, DEPTH + 1):
        yield f"{trial_id}@0#{rank}", 0
