"""The journal gives back what was written whole, and nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.journal import VectorJournal, vector_key

TEXTS = ("one", "two", "three")
KEYS = [vector_key(text) for text in TEXTS]
VECTORS = np.arange(12, dtype=np.float32).reshape(3, 4)


def written(path):
    journal = VectorJournal(path, dimension=4)
    journal.append(KEYS, VECTORS)
    journal.close()


def found(path):
    journal = VectorJournal(path, dimension=4)
    vectors = [journal.get(key) for key in KEYS]
    journal.close()
    return vectors


def test_vectors_come_back_as_they_were(tmp_path):
    """A reopened journal knows every vector by the text it stands for."""
    written(tmp_path / "journal")
    assert np.array_equal(np.stack(found(tmp_path / "journal")), VECTORS)


@given(cut=st.integers(1, 155))
@settings(max_examples=40)
def test_a_torn_tail_costs_only_its_row(tmp_path_factory, cut):
    """However much of the end is missing, whole rows survive and appending goes on."""
    path = tmp_path_factory.mktemp("journal") / "journal"
    written(path)
    row = path.stat().st_size // 3
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - cut)
    whole = 3 - -(-cut // row)
    assert [vector is not None for vector in found(path)] == [n < whole for n in range(3)]
    written(path)
    assert np.array_equal(np.stack(found(path)), VECTORS)


@given(place=st.integers(0, 155), flip=st.integers(1, 255))
@settings(max_examples=60)
def test_an_altered_row_is_dropped(tmp_path_factory, place, flip):
    """A flipped byte never becomes a vector."""
    path = tmp_path_factory.mktemp("journal") / "journal"
    written(path)
    data = bytearray(path.read_bytes())
    data[place] ^= flip
    path.write_bytes(data)
    for vector, true in zip(found(path), VECTORS, strict=True):
        assert vector is None or np.array_equal(vector, true)
    assert sum(vector is None for vector in found(path)) == 1
