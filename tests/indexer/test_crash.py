"""Kill -9 at any moment and a full disk leave an index that opens and answers."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.errors import DiskFull
from retrieval.index.manifest import current_name, snapshot_folder, snapshot_names
from retrieval.index.snapshot import Snapshot
from tests.corpus import index, study, write_corpus, write_study
from tests.fakes import HashingEmbedder

ROOT = Path(__file__).resolve().parents[2]
RANDOM_KILLS, PERSIST_KILLS, FLIP_KILLS = 20, 20, 20
Content = frozenset[tuple[str, str]]


def content(index_dir: Path) -> Content:
    """Open the live snapshot, ask both arms for each document, and return what it holds."""
    embedder = HashingEmbedder()
    folder = snapshot_folder(index_dir, current_name(index_dir))
    with closing(Snapshot.open(folder, embedder=embedder.recipe)) as snapshot:
        for row, place in enumerate(snapshot.places):
            assert place.chunk_id in snapshot.vectors.nearest(snapshot.matrix[[row]], k=50)[0]
        for card in snapshot.cards:
            rows = snapshot.lexical.search(card.source.title, k=1000).rows
            assert card.source.doc_id in {snapshot.places[row].doc_id for row in rows}
        return frozenset((card.source.doc_id, card.source.version) for card in snapshot.cards)


def start(index_dir: Path, corpus: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.indexer.killable", str(index_dir), str(corpus)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_when(process: subprocess.Popen[bytes], due: Callable[[], bool], *, delay: float) -> bool:
    """Kill the build ``delay`` seconds after ``due``; return whether it was still running."""
    while process.poll() is None and not due():
        time.sleep(0.0005)
    time.sleep(delay)
    alive = process.poll() is None
    process.kill()
    process.wait()
    return alive


@pytest.fixture(scope="module")
def corpora(tmp_path_factory) -> tuple[Path, Path]:
    """Two corpora: one record in common, one changed, one only here and one only there."""
    folder = tmp_path_factory.mktemp("corpora")
    first = write_corpus(folder / "first", 3)
    second = write_corpus(folder / "second", 2)
    write_study(second, study(1, summary="The same trial in other invented words."))
    write_study(second, study(9, results=True))
    return first, second


def test_a_killed_build_leaves_the_old_corpus_or_the_new_one(tmp_path, corpora):
    """After sixty kills at every stage, CURRENT has always opened and never held a mixture."""
    index_dir = tmp_path / "index"
    corpus = tmp_path / "corpus"
    wanted: list[Content] = []
    for source in corpora:
        shutil.rmtree(corpus, ignore_errors=True)
        shutil.copytree(source, corpus)
        started = time.perf_counter()
        index([corpus], index_dir, HashingEmbedder(), prune=True)
        wanted.append(content(index_dir))
    duration = 1.5 * (time.perf_counter() - started)  # the interpreter starts, too
    assert len(set(wanted)) == 2
    chance = random.Random(0)
    killed = 0

    def at_random() -> tuple[Callable[[], bool], float]:
        return (lambda: True), chance.uniform(0, duration)

    def at_persist() -> tuple[Callable[[], bool], float]:
        return (lambda: any(index_dir.glob("building-*/chroma/*/header.bin"))), chance.uniform(
            0, 0.012
        )

    def at_flip() -> tuple[Callable[[], bool], float]:
        live = current_name(index_dir)
        return (lambda: snapshot_names(index_dir)[0] > live), chance.uniform(0, 0.004)

    moments = [at_random] * RANDOM_KILLS + [at_persist] * PERSIST_KILLS + [at_flip] * FLIP_KILLS
    for number, moment in enumerate(moments):
        before = content(index_dir)
        target = 1 if before == wanted[0] else 0
        shutil.rmtree(corpus)
        shutil.copytree(corpora[target], corpus)
        due, delay = moment()
        killed += kill_when(start(index_dir, corpus), due, delay=delay)
        assert content(index_dir) in wanted, f"kill {number} left a mixture"
    assert killed > len(moments) // 2
    index([corpus], index_dir, HashingEmbedder(), prune=True)
    assert content(index_dir) in wanted
    assert not list(index_dir.glob("building-*"))


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of four MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a tmpfs is not allowed here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_leaves_the_live_snapshot_as_it_was(tmp_path, small_disk):
    """Wherever the space runs out, the error says so and the old corpus still answers."""
    index_dir = small_disk / "index"
    index([write_corpus(tmp_path / "first", 1)], index_dir, HashingEmbedder())
    before = content(index_dir)
    more = write_corpus(tmp_path / "more", 4)
    free = shutil.disk_usage(small_disk).free
    failures: list[str] = []
    for kib in range(40, 1400, 80):
        filler = small_disk / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, free - kib * 1024))
        try:
            index([more], index_dir, HashingEmbedder())
        except DiskFull as error:
            failures.append(str(error))
            assert "live snapshot is as it was" in str(error)
            assert content(index_dir) == before
        else:
            break
        finally:
            filler.unlink()
    assert len(failures) >= 3
    assert any("ran full" in failure for failure in failures), "no failure in mid-build"
    index([more], index_dir, HashingEmbedder(), keep=1)
    assert len(content(index_dir)) == 4
