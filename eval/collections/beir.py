"""A test collection through the product's own searcher: index, search, write the run, measure."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.collections.collection import Collection, read_collection
from eval.collections.searching import Searched, search_all
from eval.compare import Comparison, Side, compare, require_kinship
from eval.measures import Measured, measure, unjudged_share
from eval.models import Models, Profile
from eval.provenance import ROOT, commit
from eval.runs import read_run, write_run
from eval.significance import Interval, bootstrap_interval
from indexer.build import BuildSettings, build
from indexer.changes import Progress
from retrieval.index.manifest import Counts, Recipe

TAG = "peptide-evidence-search"


@dataclass(frozen=True, slots=True)
class BeirTask:
    """What is measured. ``best`` reranks, ``fast`` does not.

    Without ``qrels`` the judgements are the folder's own; without ``run_file`` the run stands
    beside the index, named after it and the profile; ``baseline`` is a run file to be
    compared with.
    """

    folder: Path
    profile: Profile = "best"
    qrels: Path | None = None
    run_file: Path | None = None
    baseline: Path | None = None

    def run_path(self, index_dir: Path) -> Path:
        """Return where the run is written; profiles have different places."""
        return self.run_file or index_dir.with_name(f"{index_dir.name}-{self.profile}.run")


@dataclass(frozen=True, slots=True, eq=False)
class BeirReport:
    """What one collection came to, over all judged queries."""

    task: BeirTask
    collection: Collection
    searched: Searched
    measured: Measured
    intervals: dict[str, Interval]
    baseline: Side | None
    comparison: Comparison | None
    counts: Counts
    recipe: Recipe
    commit: str | None
    index_seconds: float
    search_seconds: float
    run_file: Path

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures must know."""
        compared = self.comparison.notes if self.comparison else ()
        return (*self.collection.notes, *self.searched.notes, *compared)

    def values(self) -> dict[str, Any]:
        """Return the means by measure, beside all other figures."""
        return {
            **{name: round(mean, 4) for name, mean in self.measured.means().items()},
            "intervals": {
                name: [round(interval.low, 4), round(interval.high, 4)]
                for name, interval in self.intervals.items()
            },
            "queries": len(self.collection.queries),
            "documents": self.counts.documents,
            "chunks": self.counts.chunks,
            "qrels": len(self.collection.qrels),
            "unknown_documents": self.collection.unknown_documents,
            "unjudged_share": round(unjudged_share(self.collection.qrels, self.searched.run), 4),
            "index_seconds": round(self.index_seconds, 2),
            "search_seconds": round(self.search_seconds, 2),
            "search_ms_p50": round(self.searched.percentile(50), 1),
            "search_ms_p95": round(self.searched.percentile(95), 1),
            "profile": self.task.profile,
            "commit": self.commit,
            "recipe": asdict(self.recipe),
            "run_file": str(self.run_file),
            "comparison": self.comparison.values() if self.comparison else None,
            "notes": list(self.notes),
        }

    def table(self) -> str:
        """Return the figures as aligned lines."""
        lines = [*self._means(), *self._figures()]
        if self.comparison:
            lines += ["", self.comparison.table()]
        return "\n".join(lines)

    def _means(self) -> Iterator[str]:
        for name, interval in self.intervals.items():
            yield (
                f"{name:<18} {self.measured.mean(name):.4f}   "
                f"95 % interval {interval.low:.4f} to {interval.high:.4f}"
            )

    def _figures(self) -> Iterator[str]:
        values = self.values()
        for name in ("intervals", "recipe", "comparison", "notes", *self.intervals):
            del values[name]
        for name, value in values.items():
            yield f"{name:<18} {'unknown' if value is None else value}"
        embedder, recipe = self.recipe.embedder, self.recipe
        yield (
            f"{'recipe':<18} {embedder.name}, chunks of {recipe.chunk_tokens} tokens "
            f"with {recipe.chunk_overlap} of overlap"
        )


def run_beir(
    task: BeirTask, settings: BuildSettings, models: Models, *, progress: Progress
) -> BeirReport:
    """Index a collection's corpus, search its queries, write the run, then measure it.

    ``settings`` must have `read_corpus` as its reader, and prune, so that the index is the
    corpus and nothing else. The index stays in their folder: a second run of the same corpus
    embeds nothing. Raises `CollectionError`, `QrelsError` or `RunError`, or what a build
    raises.
    """
    collection = read_collection(task.folder, qrels=task.qrels)
    baseline = None if task.baseline is None else Side(str(task.baseline), read_run(task.baseline))
    if baseline is not None:  # now, and not after an hour of indexing
        require_kinship(collection.qrels, baseline)
    started = time.perf_counter()
    built = build(
        [collection.corpus],
        settings,
        embedder=models.embedder,
        ladder=models.ladder,
        progress=progress,
    )
    indexed = time.perf_counter()
    with models.searcher(settings.index_dir) as (searcher, manifest):
        searched = search_all(
            collection.queries,
            searcher,
            rerank=task.profile == "best",
            tag=f"{TAG}-{task.profile}",
            progress=progress,
        )
    ended = time.perf_counter()
    run_file = write_run(searched.run, task.run_path(settings.index_dir))
    ours = Side(str(run_file), searched.run)
    measured = measure(collection.qrels, searched.run)
    return BeirReport(
        task=task,
        collection=collection,
        searched=searched,
        measured=measured,
        intervals={name: bootstrap_interval(each) for name, each in measured.values.items()},
        baseline=baseline,
        comparison=None if baseline is None else compare(collection.qrels, baseline, ours),
        counts=built.counts,
        recipe=manifest.recipe,
        commit=commit(ROOT),
        index_seconds=indexed - started,
        search_seconds=ended - indexed,
        run_file=run_file,
    )
