"""NLI4CT: is the evidence for a statement among the passages found in its trial?

The searcher is told the statement and the trial, and nothing else. success@k is the share of
statements with a whole line of evidence inside one of the first k passages. It is given
twice, because lists of evidence name headings too, and half of them the whole section:

- *evidence*: any line of the list, as it was judged.
- *strict*: heading lines do not count, which end in a colon or have under three words. A
  statement that has no other evidence is left out of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.collections.beir import TAG
from eval.collections.trial_statements import Span, Split, Statement, read_statements, records_file
from eval.models import Models, Profile
from eval.provenance import ROOT, commit
from eval.runs import Run, write_run
from eval.sampling import sampled
from eval.significance import bootstrap_interval
from indexer.build import BuildSettings, build
from indexer.changes import Progress
from retrieval.errors import EmptyQuery
from retrieval.index.manifest import Counts, Recipe
from retrieval.search.searcher import Searcher
from retrieval.types import Filters, Passage, Query

DEPTH = 3  # passages a statement
ALL = "all"


@dataclass(frozen=True, slots=True)
class Nli4ctTask:
    """What is measured; ``sample`` statements of the splits, or with 0 all of them."""

    folder: Path
    profile: Profile
    splits: tuple[Split, ...]
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """The passages for a statement, and the rank of the first with evidence; 0: none has."""

    statement: Statement
    passages: tuple[Passage, ...]
    rank: int
    strict_rank: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Success:
    """Shares of a group of statements; ``strict`` ones are of ``telling`` statements."""

    statements: int
    at_1: float
    at_3: float
    telling: int
    strict_at_1: float
    strict_at_3: float


@dataclass(frozen=True, slots=True, eq=False)
class Nli4ctReport:
    """What was found for each statement, in which index, by which recipe."""

    task: Nli4ctTask
    found: tuple[Found, ...]
    counts: Counts
    recipe: Recipe
    commit: str | None
    run_file: Path

    def groups(self) -> dict[str, Success]:
        """Return the shares over all statements, and by section, type and extent of evidence."""
        members: dict[str, list[Found]] = {}
        for item in self.found:
            for group in _groups(item.statement):
                members.setdefault(group, []).append(item)
        return {group: _success(members[group]) for group in sorted(members)}

    def values(self) -> dict[str, Any]:
        """Return the shares over all statements, beside all other figures."""
        groups = {name: asdict(success) for name, success in self.groups().items()}
        interval = bootstrap_interval(_hits(self.found, DEPTH))
        return {
            "success@1": groups[ALL]["at_1"],
            "success@3": groups[ALL]["at_3"],
            "strict_success@1": groups[ALL]["strict_at_1"],
            "strict_success@3": groups[ALL]["strict_at_3"],
            "success@3_interval": [round(interval.low, 4), round(interval.high, 4)],
            "groups": groups,
            "statements": len(self.found),
            "passages": sum(len(item.passages) for item in self.found),
            "sample": self.task.sample,
            "splits": list(self.task.splits),
            "profile": self.task.profile,
            "documents": self.counts.documents,
            "chunks": self.counts.chunks,
            "search_ms_p50": self._percentile(50),
            "search_ms_p95": self._percentile(95),
            "commit": self.commit,
            "recipe": asdict(self.recipe),
            "run_file": str(self.run_file),
        }

    def table(self) -> str:
        """Return the figures as aligned lines."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{'':<30} {'any line of evidence':>26}   {'strict: headings left out':>26}"
        columns = f"{'n':>8} {'@1':>8} {'@3':>8}"
        yield f"{'success':<30} {columns}   {columns}"
        for name, each in self.groups().items():
            yield (
                f"{name:<30} {each.statements:>8} {each.at_1:>8.4f} {each.at_3:>8.4f}   "
                f"{each.telling:>8} {each.strict_at_1:>8.4f} {each.strict_at_3:>8.4f}"
            )
        values = self.values()
        for name in ("passages", "splits", "profile", "documents", "chunks", "commit", "run_file"):
            yield f"{name:<18} {values[name]}"
        yield f"{'search ms p50/p95':<18} {self._percentile(50)} / {self._percentile(95)}"

    def _percentile(self, share: float) -> float:
        return round(float(np.percentile([item.milliseconds for item in self.found], share)), 1)


def run_nli4ct(
    task: Nli4ctTask, settings: BuildSettings, models: Models, *, progress: Progress
) -> Nli4ctReport:
    """Index all records, search each statement in its trial, write the run, and measure.

    ``settings`` must have `read_records` as its reader, and prune. Raises `CollectionError`
    or what a build raises.
    """
    statements = sampled(read_statements(task.folder, splits=task.splits), task.sample)
    build(
        [records_file(task.folder)],
        settings,
        embedder=models.embedder,
        ladder=models.ladder,
        progress=progress,
    )
    with models.searcher(settings.index_dir) as (searcher, manifest):
        found = search_statements(
            statements, searcher, rerank=task.profile == "best", progress=progress
        )
    run = Run(f"{TAG}-{task.profile}", {item.statement.query_id: _ids(item) for item in found})
    index_dir = settings.index_dir
    return Nli4ctReport(
        task=task,
        found=found,
        counts=manifest.counts,
        recipe=manifest.recipe,
        commit=commit(ROOT),
        run_file=write_run(run, index_dir.with_name(f"{index_dir.name}-{task.profile}.run")),
    )


def search_statements(
    statements: Sequence[Statement], searcher: Searcher, *, rerank: bool, progress: Progress
) -> tuple[Found, ...]:
    """Search each statement in its trial."""
    found = []
    for done, statement in enumerate(statements):
        progress("Searching", done, len(statements))
        filters = Filters(trial_ids=(statement.trial_id,))
        started = time.perf_counter()
        try:
            query = Query(statement.text, filters, k=DEPTH, rerank=rerank)
            hits = searcher.search(query).hits
        except EmptyQuery:
            hits = ()
        milliseconds = 1000 * (time.perf_counter() - started)
        passages = tuple(hit.passage for hit in hits)
        found.append(
            Found(
                statement,
                passages,
                rank=first_with(passages, statement.evidence),
                strict_rank=first_with(passages, statement.telling),
                milliseconds=milliseconds,
            )
        )
    progress("Searching", len(statements), len(statements))
    return tuple(found)


def first_with(passages: Sequence[Passage], lines: Sequence[Span]) -> int:
    """Return the rank of the first passage that holds one of the lines whole, or 0."""
    for rank, passage in enumerate(passages, start=1):
        if any(passage.start <= start and end <= passage.end for start, end in lines):
            return rank
    return 0


def _ids(found: Found) -> tuple[str, ...]:
    """Return what stands for each passage in the run file."""
    return tuple(f"{each.doc_id}[{each.start}:{each.end}]" for each in found.passages)


def _groups(statement: Statement) -> tuple[str, ...]:
    extent = "all" if statement.whole else "some"
    return (
        ALL,
        f"section {statement.list_name}",
        f"type {statement.about}",
        f"evidence is {extent} of the lines",
    )


def _success(found: Sequence[Found]) -> Success:
    telling = [item for item in found if item.statement.telling]
    ranks, strict = [item.rank for item in found], [item.strict_rank for item in telling]
    return Success(
        len(found),
        _share(ranks, 1),
        _share(ranks, 3),
        len(telling),
        _share(strict, 1),
        _share(strict, 3),
    )


def _share(ranks: Sequence[int], depth: int) -> float:
    """Return the share of ranks from 1 to ``depth``; 0 of none."""
    return round(sum(0 < rank <= depth for rank in ranks) / max(len(ranks), 1), 4)


def _hits(found: Sequence[Found], depth: int) -> npt.NDArray[np.float64]:
    return np.array([float(0 < item.rank <= depth) for item in found])
