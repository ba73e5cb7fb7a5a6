"""A Chroma folder is finished when it is built: opening it changes none of its HNSW files."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from retrieval.index.manifest import current_name, describe_files, snapshot_folder
from retrieval.index.snapshot import Snapshot
from retrieval.index.vectors import BATCH, VectorEntry, VectorIndex, build_vectors
from retrieval.types import Chunk, EmbeddedChunk
from tests.corpus import index
from tests.fakes import HashingEmbedder

READ = """
import sys, pathlib, numpy as np
from retrieval.index.vectors import VectorIndex
index = VectorIndex.open(pathlib.Path(sys.argv[1]))
print(index.nearest(np.eye(8, dtype=np.float32)[:1], k=1)[0][0])
index.close()
"""


def entries(count):
    """Chunks whose vectors point along the axes in turn, the first along the first."""
    axes = np.eye(8, dtype=np.float32)
    for number in range(count):
        chunk = Chunk(f"c{number}", "d", "Design", 0, 4, "text", "none")
        yield VectorEntry(EmbeddedChunk(chunk, axes[number % 8]), {"kind": "trial"})


@pytest.mark.parametrize("count", [1, 2, 3])
def test_opening_a_small_index_rewrites_nothing(tmp_path, count):
    """One chunk, below Chroma's least threshold, is persisted by the build like any other."""
    folder = tmp_path / "chroma"
    build_vectors(folder, entries(count), count=count)
    built = describe_files(folder)
    for _ in range(2):
        opened = VectorIndex.open(folder)
        assert opened.count() == count
        assert opened.nearest(np.eye(8, dtype=np.float32)[:1], k=count)[0][0] == "c0"
        assert len(opened.matching({"kind": "trial"})) == count
        opened.close()
    readers = [
        subprocess.Popen([sys.executable, "-c", READ, str(folder)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [reader.communicate()[0].split() for reader in readers] == [[b"c0"]] * 2
    assert describe_files(folder) == built


def test_a_chunk_more_than_a_batch_is_persisted_with_the_others(tmp_path):
    """The threshold counts the whole build, so that a last batch of one is written as well."""
    folder = tmp_path / "chroma"
    build_vectors(folder, entries(BATCH + 1), count=BATCH + 1)
    built = describe_files(folder)
    opened = VectorIndex.open(folder)
    assert opened.count() == BATCH + 1
    opened.nearest(np.eye(8, dtype=np.float32)[:1], k=1)
    opened.close()
    assert describe_files(folder) == built


def test_an_index_of_one_chunk_is_whole_after_its_build(tmp_path):
    """The smallest corpus is served, again and again."""
    page = tmp_path / "page.txt"
    page.write_text("Background\n\nOne invented line.\n\nSource: clinicaltrials:NCT90000001")
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    assert index([page], index_dir, embedder).counts.chunks == 1
    for _ in range(2):
        live = snapshot_folder(index_dir, current_name(index_dir))
        snapshot = Snapshot.open(live, embedder=embedder.recipe)
        assert snapshot.vectors.nearest(snapshot.matrix[:1], k=1) == [[snapshot.places[0].chunk_id]]
        snapshot.close()
