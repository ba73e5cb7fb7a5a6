"""The ablation: the product, the product without each of its parts, and two plain indexes.

All systems of a collection are asked in one run, query by query in turn, so that quality and
waiting are of the same minutes. The judged questions of our domain are scored by passages,
collections in BEIR form by documents (`eval.collections.judged_sets`). Where passages are
judged, both plain systems hold chunks; where documents are, plain BM25 holds them whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from eval.ablation.interleaved import Asked, interleave
from eval.ablation.plain import chunk_units, plain_chroma, unit_vectors, whole_units
from eval.ablation.plain_bm25 import PlainBM25
from eval.ablation.report import AblationReport, Column, Row
from eval.ablation.variants import IndexVariant, Product, System, index_variants, variants
from eval.collections.collection import read_collection, read_corpus
from eval.collections.judged_sets import JudgedDocuments, JudgedPassages, JudgedSet
from eval.commands import index_name
from eval.golden.questions import Question, QuestionError, read_questions, resolve
from eval.models import Models, Profile
from eval.provenance import Provenance
from eval.runs import write_run
from eval.sampling import sampled
from indexer.build import BuildSettings, build
from indexer.changes import Progress, ReadFile
from indexer.chunking import ChunkSize
from indexer.readers import read_file
from retrieval.index.live import LiveIndex
from retrieval.index.manifest import Counts
from retrieval.search.searcher import Searcher
from retrieval.search.weights import DEFAULT
from retrieval.types import Document

PLAIN_CHROMA, PLAIN_BM25 = "plain Chroma", "plain BM25"
RUNS = "ablation"  # folder of the run files


@dataclass(frozen=True, slots=True)
class AblationTask:
    """What is measured: judged questions over a corpus, and any test collections.

    Parts are left out of ``profile``. ``cache`` keeps indexes, vectors and run files;
    ``sample`` queries of each collection are asked, or with 0 all of them.
    """

    questions: Path
    corpus: tuple[Path, ...]
    beir: tuple[Path, ...]
    profile: Profile
    cache: Path
    size: ChunkSize
    sample: int = 0


def run_ablation(
    task: AblationTask,
    models: Models,
    *,
    settings: Mapping[str, Any],
    provenance: Provenance,
    progress: Progress,
) -> AblationReport:
    """Build what is missing, ask every system every query, write the runs, and measure.

    ``settings`` are those in force, for the report. Raises `QuestionError`,
    `CollectionError`, `QrelsError`, or what a build raises.
    """
    work = _Ablation(task, models, progress)
    return AblationReport(
        whole=task.profile,
        columns=(work.golden(), *map(work.beir, task.beir)),
        sample=task.sample,
        settings=settings,
        tuning=asdict(DEFAULT),
        provenance=provenance,
    )


class _Ablation:
    """One run; each collection becomes a column."""

    def __init__(self, task: AblationTask, models: Models, progress: Progress) -> None:
        self._task = task
        self._models = models
        self._progress = progress

    def golden(self) -> Column:
        """Ask the answerable questions; the indexes built otherwise are asked them too."""
        task, models = self._task, self._models
        questions = sampled(_answerable(task, models), task.sample)
        index_dir = task.cache / _corpus_name(task.corpus)
        with ExitStack() as stack:
            live = self._open(stack, task.corpus, index_dir, read=read_file)
            searcher = Searcher(live, models.embedder, models.ladder)
            judged = JudgedPassages(resolve(questions, searcher.document))
            systems = self._plain(stack, live, whole=False) | self._product(live)
            for variant in index_variants(task.size, models.embedder.recipe):
                systems[variant.name] = self._varied(stack, variant, index_dir)
            return self._column(judged, systems, _counts(live), plain="chunks")

    def beir(self, folder: Path) -> Column:
        """Ask the judged queries of a test collection."""
        collection = read_collection(folder.resolve())
        judged = JudgedDocuments(collection, sample=self._task.sample)
        index_dir = self._task.cache / index_name(folder)
        with ExitStack() as stack:
            live = self._open(stack, [collection.corpus], index_dir, read=read_corpus)
            systems = self._plain(stack, live, whole=True) | self._product(live)
            plain = "chunks (Chroma) and whole documents (BM25)"
            return self._column(judged, systems, _counts(live), plain=plain)

    def _column(
        self, judged: JudgedSet, systems: Mapping[str, System], counts: Counts, *, plain: str
    ) -> Column:
        asked = interleave(judged.queries, systems, what=judged.name, progress=self._progress)
        rows = {name: self._row(judged, name, answers) for name, answers in asked.items()}
        return Column(
            name=judged.name,
            query_ids=tuple(judged.queries),
            measures=judged.measures,
            counts=counts,
            plain=plain,
            rows=rows,
            notes=judged.notes,
        )

    def _row(self, judged: JudgedSet, name: str, asked: Asked) -> Row:
        """Write a system's run, then measure it."""
        run = judged.run(asked.hits, tag=_slug(name))
        write_run(run, self._task.cache / RUNS / judged.name / f"{_slug(name)}.run")
        measured = judged.measured(run)
        order = [measured.query_ids.index(query_id) for query_id in judged.queries]
        values = {measure: measured.values[measure][order] for measure in judged.measures}
        return Row(values, asked.milliseconds)

    def _open(
        self, stack: ExitStack, paths: Sequence[Path], index_dir: Path, *, read: ReadFile
    ) -> LiveIndex:
        """Bring the product's own index up to date, and open it."""
        models, size = self._models, self._task.size
        settings = BuildSettings(index_dir, size, keep=1, prune=True, read=read)
        build(
            paths,
            settings,
            embedder=models.embedder,
            ladder=models.ladder,
            progress=self._progress,
        )
        return stack.enter_context(models.live(index_dir))

    def _plain(self, stack: ExitStack, live: LiveIndex, *, whole: bool) -> dict[str, System]:
        """Index the live documents plainly."""
        embedder = self._models.embedder
        documents = _documents(live)
        chunks = chunk_units(documents, embedder, size=self._task.size)
        cache = self._task.cache / "plain" / f"{embedder.recipe.digest}.vectors"
        vectors = unit_vectors(chunks, embedder, cache=cache, progress=self._progress)
        chroma = stack.enter_context(plain_chroma(chunks, vectors, embedder))
        bm25 = PlainBM25(whole_units(documents) if whole else chunks)
        return {PLAIN_CHROMA: chroma, PLAIN_BM25: bm25}

    def _product(self, live: LiveIndex) -> dict[str, System]:
        """Return the product and what is left of it, over its own index."""
        models = self._models
        return {
            each.name: Product(
                Searcher(
                    live,
                    models.embedder,
                    models.ladder,
                    reranker=models.reranker,
                    tuning=each.tuning,
                ),
                rerank=each.rerank,
                understand=each.understand,
            )
            for each in variants(self._task.profile)
        }

    def _varied(self, stack: ExitStack, variant: IndexVariant, index_dir: Path) -> System:
        """Build the corpus' index otherwise, and open the product over it."""
        models = replace(self._models, embedder=variant.wrap(self._models.embedder))
        folder = index_dir.with_name(f"{index_dir.name}-{variant.slug}")
        task = replace(self._task, size=variant.size)
        varied = _Ablation(task, models, self._progress)
        live = varied._open(stack, task.corpus, folder, read=read_file)
        searcher = Searcher(live, models.embedder, models.ladder, reranker=models.reranker)
        return Product(searcher, rerank=task.profile == "best")


def _answerable(task: AblationTask, models: Models) -> list[Question]:
    questions = read_questions(task.questions, models.ladder)
    answerable = [question for question in questions if question.answerable]
    if not answerable:
        raise QuestionError(f"{task.questions} has no answerable question to measure by")
    return answerable


def _documents(live: LiveIndex) -> tuple[Document, ...]:
    with live.lease() as snapshot:
        return tuple(entry.document for entry in snapshot.catalogue.chunked())


def _counts(live: LiveIndex) -> Counts:
    with live.lease() as snapshot:
        return snapshot.manifest.counts


def _corpus_name(corpus: Sequence[Path]) -> str:
    paths = "\n".join(str(path.resolve()) for path in corpus)
    return f"golden-{sha256(paths.encode()).hexdigest()[:8]}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())
