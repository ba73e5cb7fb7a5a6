"""What a run over judged questions came to, for people, for programs and for the gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from eval.golden.gains import JudgedHit
from eval.golden.gate import NotCompared, Verdict
from eval.golden.questions import JudgedQuestion, Question
from eval.measures import MAIN, Values
from eval.models import Profile
from eval.provenance import Provenance
from eval.significance import Interval, bootstrap_interval
from retrieval.index.manifest import Counts

LOWEST = 10  # questions shown; a report has all


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its judged hits; ``told`` when the reader learns that there is no answer."""

    judged: JudgedQuestion
    hits: tuple[JudgedHit, ...]
    notes: tuple[str, ...]
    told: bool
    milliseconds: float

    @property
    def question(self) -> Question:
        return self.judged.question


@dataclass(frozen=True, slots=True)
class Origin:
    """What was measured: which profile of which code, over which index of which recipe."""

    profile: Profile
    provenance: Provenance
    snapshot: str
    counts: Counts
    recipe: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Files:
    """Where the run, its qrels and the best possible run were written, in TREC form."""

    run: str
    qrels: str
    best: str


@dataclass(frozen=True, slots=True, eq=False)
class GoldenReport:
    """A measured run.

    ``answered`` holds the answerable questions, in the order of each array of ``measures``,
    and ``unanswerable`` the others.
    """

    origin: Origin
    answered: tuple[Answered, ...]
    unanswerable: tuple[Answered, ...]
    measures: Mapping[str, Values]
    files: Files
    gate: Verdict | NotCompared

    @property
    def passed(self) -> bool:
        return self.gate.passed

    @property
    def wrongly_told(self) -> tuple[str, ...]:
        """The answerable questions whose reader is told that there is no answer."""
        return tuple(item.question.query_id for item in self.answered if item.told)

    def intervals(self) -> dict[str, Interval]:
        """Return the bootstrap interval of each mean."""
        return {name: bootstrap_interval(values) for name, values in self.measures.items()}

    def percentile(self, share: float) -> float:
        """Return a percentile of the milliseconds of all searches."""
        times = [item.milliseconds for item in (*self.answered, *self.unanswerable)]
        return float(np.percentile(times, share))

    def kinds(self) -> dict[str, dict[str, float]]:
        """Return the number of questions and the mean of each measure, by kind."""
        kinds = np.array([item.question.kind for item in self.answered])
        return {
            kind: {
                "questions": int((kinds == kind).sum()),
                **{name: float(values[kinds == kind].mean()) for name, values in self._items()},
            }
            for kind in dict.fromkeys(kinds.tolist())
        }

    def values(self) -> dict[str, Any]:
        """Return everything, as JSON knows it."""
        told = [item.question.query_id for item in self.unanswerable if item.told]
        return {
            **{name: round(float(values.mean()), 4) for name, values in self._items()},
            "questions": len(self.answered) + len(self.unanswerable),
            "answerable": len(self.answered),
            "unanswerable": len(self.unanswerable),
            "told": told,
            "wrongly_told": list(self.wrongly_told),
            "search_p50_ms": round(self.percentile(50), 2),
            "search_p95_ms": round(self.percentile(95), 2),
            "intervals": {name: asdict(interval) for name, interval in self.intervals().items()},
            "kinds": self.kinds(),
            "origin": asdict(self.origin),
            "per_query": self._per_query(),
            "files": asdict(self.files),
            "passed": self.passed,
            "gate": self.gate.values(),
        }

    def table(self) -> str:
        """Return the figures as lines for people."""
        return "\n".join(self._lines())

    def honesty(self) -> Iterator[str]:
        """Say how often the reader is told that there is no answer, rightly and wrongly."""
        told = sum(item.told for item in self.unanswerable)
        silent = [item.question.query_id for item in self.unanswerable if not item.told]
        wrongly = self.wrongly_told
        yield (
            f"told that there is no answer: {told} of {len(self.unanswerable)} unanswerable "
            f"questions{_named(silent, ' (not: ')}, wrongly {len(wrongly)} of "
            f"{len(self.answered)} answerable{_named(wrongly, ' (')}"
        )

    def _items(self) -> list[tuple[str, Values]]:
        return list(self.measures.items())

    def _per_query(self) -> dict[str, dict[str, Any]]:
        return {
            item.question.query_id: {
                **{name: round(float(values[place]), 4) for name, values in self._items()},
                "kind": item.question.kind,
                "told": item.told,
                "ms": round(item.milliseconds, 2),
            }
            for place, item in enumerate(self.answered)
        }

    def _lines(self) -> Iterator[str]:
        origin = self.origin
        yield (
            f"{len(self.answered)} answerable questions, profile {origin.profile}, "
            f"{origin.counts.documents} documents in {origin.counts.chunks} chunks, "
            f"commit {origin.provenance.commit}"
        )
        if origin.counts.quarantined:
            yield f"{origin.counts.quarantined} inputs are in quarantine and not searched"
        for name, interval in self.intervals().items():
            mean = self.measures[name].mean()
            yield f"{name:<10} {mean:.4f}  [{interval.low:.4f}, {interval.high:.4f}]"
        yield ""
        yield f"{'kind':<24} {'n':>4} " + " ".join(f"{name:>10}" for name in self.measures)
        for kind, row in self.kinds().items():
            count, *means = row.values()
            yield f"{kind:<24} {count:>4} " + " ".join(f"{mean:>10.4f}" for mean in means)
        yield ""
        yield from self.honesty()
        yield f"search p50 {self.percentile(50):.1f} ms, p95 {self.percentile(95):.1f} ms"
        yield from self._lowest()
        yield f"run {self.files.run}"
        yield from self.gate.lines()

    def _lowest(self) -> Iterator[str]:
        values = self.measures[MAIN]
        for place in np.argsort(values, kind="stable")[:LOWEST]:
            if values[place] < 1:
                question = self.answered[place].question
                yield f"lowest    {question.query_id:<8} {values[place]:.3f}  {question.text}"


def _named(query_ids: tuple[str, ...] | list[str], opening: str) -> str:
    if not query_ids:
        return ""
    more = f" and {len(query_ids) - LOWEST} more" if len(query_ids) > LOWEST else ""
    return f"{opening}{', '.join(query_ids[:LOWEST])}{more})"
