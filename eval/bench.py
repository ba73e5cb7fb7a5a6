"""Benchmarks: each compares two things in one run and reports their ratio.

Absolute times are shown for orientation only; the machine may be slow, shared or both.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar
from urllib.request import urlopen

import numpy as np

from indexer.build import BuildReport, BuildSettings, build
from indexer.chunking import ChunkSize
from indexer.fields import effective_fields
from retrieval.errors import BuildError
from retrieval.index.catalogue import Catalogue
from retrieval.index.headers import contextual_header, embedding_text
from retrieval.index.live import LiveIndex
from retrieval.index.manifest import CATALOGUE, current_name, snapshot_folder
from retrieval.index.snapshot import Snapshot
from retrieval.language.compounds import load_ladder
from retrieval.models.embedder import Embedder
from retrieval.models.loading import load_embedder
from retrieval.search.searcher import Searcher
from retrieval.settings import Settings
from retrieval.types import Filters, Query

QUERIES = (
    "thymosin safety data",
    "semaglutide weight loss in adolescents",
    "GLP-1 receptor agonist and kidney outcomes",
    "peptide vaccine for melanoma",
    "octreotide for carcinoid syndrome diarrhea",
    "oxytocin nasal spray autism",
    "insulin glargine hypoglycemia at night",
    "lutetium dotatate neuroendocrine tumours progression free survival",
    "teriparatide fracture healing",
    "C-peptide preservation in new onset type 1 diabetes",
    "does liraglutide help people with polycystic ovary syndrome lose weight",
    "antimicrobial peptide for diabetic foot ulcer",
    "exenatide Parkinson's disease",
    "natriuretic peptide guided heart failure therapy",
    "growth hormone releasing hormone analog HIV lipodystrophy",
    "kidney transplant rejection biomarkers",
)
ROUNDS = 25
# A filter that leaves few of the chunks: every 97th trial.
SELECTIVE_STEP = 97
READY_SECONDS = 60

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure: what, its value, its unit, and the goal if there is one."""

    name: str
    value: float
    unit: str
    goal: str = ""


@dataclass(frozen=True, slots=True)
class BenchReport:
    """All figures of one run."""

    figures: tuple[Figure, ...]

    def table(self) -> str:
        """Return the figures as aligned lines."""
        width = max(len(figure.name) for figure in self.figures)
        return "\n".join(
            f"{figure.name:<{width}}  {figure.value:>10.3f} {figure.unit:<5} {figure.goal}"
            for figure in self.figures
        )

    def values(self) -> dict[str, float]:
        """Return the figures by name."""
        return {figure.name: figure.value for figure in self.figures}


def run_bench(data: Path, work: Path, *, documents: int, settings: Settings) -> BenchReport:
    """Measure indexing, search and server start over the data that ``data`` holds.

    The searched index is kept under ``work``: its first build takes long, later runs reuse
    it. Raises `BuildError` when the data is not there.
    """
    records = data / "trial-records" / "studies.jsonl.gz"
    descriptions = data / "trial-descriptions" / "trials.jsonl.gz"
    for path in (records, descriptions):
        if not path.is_file():
            raise BuildError(f"{path} is missing; name the folder of the data with --data")
    embedder = load_embedder("bundled", threads=settings.embedding_threads)
    embedder.warm()
    work.mkdir(parents=True, exist_ok=True)
    corpus = write_descriptions(descriptions, work / f"corpus-{documents}.jsonl", count=documents)
    large = work / f"index-{documents}"
    _build([corpus], large, embedder, settings)
    return BenchReport(
        (
            *_indexing(records, work / "index-records", embedder, settings),
            *_searching(large, embedder),
            *_serving(large),
        )
    )


def write_descriptions(source: Path, target: Path, *, count: int) -> Path:
    """Write the first ``count`` trial descriptions as minimal registry records, once.

    A record gets title and brief summary. The detailed descriptions would take two hours to
    embed on two cores, and add chunks without adding documents.
    """
    if not target.exists():
        with gzip.open(source, "rt") as lines, target.open("w") as out:
            for line in islice(lines, count):
                out.write(json.dumps(_as_record(json.loads(line))) + "\n")
    return target


def _as_record(item: dict[str, str]) -> dict[str, object]:
    return {
        "protocolSection": {
            "identificationModule": {"nctId": item["nct_id"], "briefTitle": item["title"]},
            "descriptionModule": {
                "briefSummary": item["brief_summary"],
            },
        }
    }


def _build(
    paths: Sequence[Path], index_dir: Path, embedder: Embedder, settings: Settings
) -> BuildReport:
    return build(
        paths,
        BuildSettings(index_dir, ChunkSize(settings.chunk_tokens, settings.chunk_overlap), keep=1),
        embedder=embedder,
        ladder=load_ladder(),
        progress=_say,
    )


def _say(phase: str, done: int, total: int) -> None:
    if done == total or done % 2048 == 0:
        sys.stderr.write(f"\r{phase} {done}/{total}   ")


def _indexing(
    records: Path, index_dir: Path, embedder: Embedder, settings: Settings
) -> Iterator[Figure]:
    """A whole first build against the bare embedder on the same texts, and an unchanged one."""
    shutil.rmtree(index_dir, ignore_errors=True)
    whole, report = _timed(lambda: _build([records], index_dir, embedder, settings))
    unchanged, _ = _timed(lambda: _build([records], index_dir, embedder, settings))
    texts = _embedding_texts(index_dir)
    bare, _ = _timed(lambda: embedder.embed_documents(texts))
    yield Figure("records indexed", report.counts.documents, "")
    yield Figure("chunks embedded", report.embedded, "")
    yield Figure("index build", whole, "s")
    yield Figure("bare embedder, same chunks", bare, "s")
    yield Figure("build throughput / bare embedder", bare / whole, "ratio", "goal 0.85 or more")
    yield Figure("first build / unchanged build", whole / unchanged, "ratio", "goal 50 or more")


def _embedding_texts(index_dir: Path) -> list[str]:
    folder = snapshot_folder(index_dir, current_name(index_dir))
    ladder = load_ladder()
    texts: dict[str, None] = {}
    with closing(Catalogue(folder / CATALOGUE)) as catalogue:
        fields_of = catalogue.trial_fields()
        for entry in catalogue.chunked():
            for chunk in entry.chunks:
                header = contextual_header(
                    title=entry.document.title,
                    fields=effective_fields(entry.document, fields_of),
                    section=chunk.section,
                    ladder_names=lambda compound_id: ladder.get(compound_id).name,
                )
                texts[embedding_text(chunk, header)] = None
    return list(texts)


def _searching(index_dir: Path, embedder: Embedder) -> Iterator[Figure]:
    """The searcher against the bare minimum: embed the query, ask Chroma for ten texts."""
    live = LiveIndex.open(index_dir, embedder.recipe)
    searcher = Searcher(live, embedder, load_ladder())
    full: list[float] = []
    bare: list[float] = []
    with live.lease() as snapshot:
        for _ in range(ROUNDS):
            for text in QUERIES:
                bare.append(_timed(partial(_plain, snapshot, embedder, text))[0])
                full.append(_timed(partial(searcher.search, Query(text)))[0])
        warm = len(QUERIES)  # the first round fills caches on both sides
        low, high, floor = (
            np.percentile(np.array(times[warm:]) * 1000, share)
            for times, share in ((full, 50), (full, 99), (bare, 50))
        )
        yield Figure("documents searched", snapshot.manifest.counts.documents, "")
        yield Figure("chunks searched", snapshot.manifest.counts.chunks, "")
        yield Figure("search p50", low, "ms")
        yield Figure("search p99", high, "ms")
        yield Figure("embed + Chroma p50", floor, "ms")
        yield Figure("search p50 / (embed + Chroma) p50", low / floor, "ratio", "goal 2 or less")
        yield Figure("search p99 / p50", high / low, "ratio", "goal under 5")
        recall = _filtered_recall(snapshot, embedder)
        yield Figure("recall@10 under a selective filter", recall, "", "goal 1.0")
    live.close()


def _plain(snapshot: Snapshot, embedder: Embedder, text: str) -> None:
    snapshot.vectors.nearest(embedder.embed_query(text)[None, :], k=10)


def _filtered_recall(snapshot: Snapshot, embedder: Embedder) -> float:
    trials = tuple(list(snapshot.trials)[::SELECTIVE_STEP])
    selection = snapshot.columns.select(Filters(trial_ids=trials))
    allowed = np.flatnonzero(selection.chunks)
    shares = []
    for text in QUERIES:
        vector = embedder.embed_query(text)
        found = snapshot.nearest(vector, k=10, selection=selection)
        scores = [float(np.dot(snapshot.matrix[row], vector)) for row in allowed]
        exact = [int(allowed[place]) for place in np.argsort(scores)[::-1][:10]]
        shares.append(len({*exact} & {*found.tolist()}) / len(exact))
    return float(np.mean(shares))


def _serving(index_dir: Path) -> Iterator[Figure]:
    """Seconds from starting the server to /readyz, and its resident memory."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    server = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "search_api", "--index", str(index_dir), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/readyz", deadline=started + READY_SECONDS)
        yield Figure("server ready", time.perf_counter() - started, "s", "goal 10 or less")
        yield Figure("server memory", _resident_mib(server.pid), "MiB")
    finally:
        server.terminate()
        server.wait()


def _wait_until_ready(url: str, *, deadline: float) -> None:
    while time.perf_counter() < deadline:
        try:
            with urlopen(url, timeout=1):  # noqa: S310 - loopback
                return
        except OSError:
            time.sleep(0.02)
    raise BuildError(f"{url} was not ready within {READY_SECONDS} s")


def _resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    value = work()
    return time.perf_counter() - started, value
