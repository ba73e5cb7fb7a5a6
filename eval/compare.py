"""Two runs over the same judged queries: differences, how sure they are, who wins where.

A difference is B - A throughout. A judged query that only one run answers counts with 0 for
the other, one that neither answers with 0 for both; `Comparison.notes` say how many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.measures import Measured, Values, measure
from eval.runs import Run, RunError
from eval.significance import Interval, bootstrap_interval, paired_p

if TYPE_CHECKING:
    from ir_measures import Qrel

# Values closer than this are a tie: they differ by the order of additions only.
TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Side:
    """One of the runs that are compared, under the name that messages and tables show."""

    name: str
    run: Run


@dataclass(frozen=True, slots=True)
class Difference:
    """B against A by one measure; ``interval`` is that of the mean difference, at 95 %.

    ``wins`` counts queries that are better in B. ``p`` is not corrected for there being
    several measures.
    """

    measure: str
    mean_a: float
    mean_b: float
    interval: Interval
    p: float
    wins: int
    ties: int
    losses: int

    @property
    def mean(self) -> float:
        return self.mean_b - self.mean_a

    def values(self) -> dict[str, Any]:
        """Return the figures by name, rounded."""
        return {
            "a": round(self.mean_a, 4),
            "b": round(self.mean_b, 4),
            "difference": round(self.mean, 4),
            "interval": [round(self.interval.low, 4), round(self.interval.high, 4)],
            "p": round(self.p, 5),
            "wins": self.wins,
            "ties": self.ties,
            "losses": self.losses,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both runs' values for every judged query, and their differences by measure."""

    a: str
    b: str
    measured_a: Measured
    measured_b: Measured
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]

    def per_query(self, name: str) -> Values:
        """Return B - A of one measure, shape (queries,), in the order of the query ids."""
        difference: Values = self.measured_b.values[name] - self.measured_a.values[name]
        return difference

    def values(self) -> dict[str, Any]:
        """Return what was compared and the differences by measure."""
        return {
            "run_a": self.a,
            "run_b": self.b,
            "queries": len(self.measured_a.query_ids),
            "measures": {each.measure: each.values() for each in self.differences},
            "notes": list(self.notes),
        }

    def table(self) -> str:
        """Return the figures as aligned lines."""
        rows = "\n".join(map(_row, self.differences))
        heads = f"{'':<10} {'A':>7} {'B':>7} {'B - A':>8}   {'95 % interval':<18} {'p':>7}"
        return (
            f"A  {self.a}\nB  {self.b}\n{len(self.measured_a.query_ids)} judged queries\n\n"
            f"{heads} {'better':>7} {'equal':>6} {'worse':>6}\n{rows}"
        )


def compare(qrels: Sequence[Qrel], a: Side, b: Side) -> Comparison:
    """Compare two runs over every judged query; raises `RunError` for a stranger to the qrels."""
    for side in (a, b):
        require_kinship(qrels, side)
    measured_a, measured_b = measure(qrels, a.run), measure(qrels, b.run)
    return Comparison(
        a=a.name,
        b=b.name,
        measured_a=measured_a,
        measured_b=measured_b,
        differences=tuple(_difference(name, measured_a, measured_b) for name in measured_a.values),
        notes=tuple(_notes(measured_a.query_ids, a.run, b.run)),
    )


def require_kinship(qrels: Sequence[Qrel], side: Side) -> None:
    """Raise `RunError` for a run that shares no query, or no document, with the judgements."""
    judged = {qrel.query_id for qrel in qrels}
    answered = [query_id for query_id in side.run.rankings if query_id in judged]
    if not answered:
        example = next(iter(side.run.rankings), "none")
        raise RunError(
            f"{side.name} answers none of the {len(judged)} judged queries (such as "
            f"{min(judged)}) but others (such as {example}): is it of another collection?"
        )
    found = {doc_id for query_id in answered for doc_id in side.run.of(query_id)}
    if found and found.isdisjoint(qrel.doc_id for qrel in qrels):
        raise RunError(
            f"none of the {len(found)} documents in {side.name} (such as {min(found)}) "
            f"is judged for any query (as {qrels[0].doc_id} is): is it of another collection?"
        )


def _difference(name: str, measured_a: Measured, measured_b: Measured) -> Difference:
    differences = measured_b.values[name] - measured_a.values[name]
    differences[np.abs(differences) < TIE] = 0
    return Difference(
        measure=name,
        mean_a=measured_a.mean(name),
        mean_b=measured_b.mean(name),
        interval=bootstrap_interval(differences),
        p=paired_p(differences),
        wins=int((differences > 0).sum()),
        ties=int((differences == 0).sum()),
        losses=int((differences < 0).sum()),
    )


def _notes(judged: Sequence[str], a: Run, b: Run) -> Iterator[str]:
    only_a = sum(bool(a.of(query_id)) and not b.of(query_id) for query_id in judged)
    only_b = sum(bool(b.of(query_id)) and not a.of(query_id) for query_id in judged)
    neither = sum(not a.of(query_id) and not b.of(query_id) for query_id in judged)
    if only_a:
        yield f"judged queries that only A answers, counted 0 for B: {only_a}"
    if only_b:
        yield f"judged queries that only B answers, counted 0 for A: {only_b}"
    if neither:
        yield f"judged queries that neither run answers, counted 0 for both: {neither}"
    if unjudged := len({*a.rankings, *b.rankings} - {*judged}):
        yield f"queries without a judgement, left out: {unjudged}"


def _row(each: Difference) -> str:
    interval = f"{each.interval.low:+.4f} to {each.interval.high:+.4f}"
    return (
        f"{each.measure:<10} {each.mean_a:>7.4f} {each.mean_b:>7.4f} {each.mean:>+8.4f}   "
        f"{interval:<18} {each.p:>7.4f} {each.wins:>7} {each.ties:>6} {each.losses:>6}"
    )
