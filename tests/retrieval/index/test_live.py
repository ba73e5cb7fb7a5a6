"""A reader follows CURRENT, and serves what is whole."""

from __future__ import annotations

import shutil
import threading

import pytest

from indexer.publish import rollback
from retrieval.errors import IndexDamaged, IndexMissing, RecipeMismatch
from retrieval.index.live import LiveIndex
from retrieval.index.manifest import (
    CATALOGUE,
    MANIFEST,
    TANTIVY_CHUNKS,
    TANTIVY_DOCUMENTS,
    VECTORS,
    current_name,
    snapshot_folder,
)
from tests.corpus import index, study, write_corpus, write_study
from tests.fakes import HashingEmbedder


@pytest.fixture(scope="module")
def two_snapshots(tmp_path_factory):
    """An index folder with a snapshot of two documents before the live one of three."""
    folder = tmp_path_factory.mktemp("live")
    corpus = write_corpus(folder / "corpus", 2)
    index([corpus], folder / "index", HashingEmbedder())
    write_study(corpus, study(8))
    index([corpus], folder / "index", HashingEmbedder())
    return folder / "index"


@pytest.fixture
def index_dir(two_snapshots, tmp_path):
    """A copy of that index to damage."""
    return shutil.copytree(two_snapshots, tmp_path / "index")


META = [f"{folder}/meta.json" for folder in (TANTIVY_CHUNKS, TANTIVY_DOCUMENTS)]


def names(index_dir):
    """The older and the newer snapshot's names."""
    return sorted(path.name for path in (index_dir / "snapshots").iterdir())


def opened(index_dir):
    return LiveIndex.open(index_dir, HashingEmbedder().recipe)


@pytest.mark.parametrize("name", [VECTORS, CATALOGUE, *META, MANIFEST])
@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_a_damaged_snapshot_is_refused_and_the_one_before_is_served(index_dir, name, damage):
    """A flipped, cut or missing file is noticed, named, and never read."""
    path = snapshot_folder(index_dir, current_name(index_dir)) / name
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 255
        path.write_bytes(data)
    elif damage == "truncate":
        path.write_bytes(data[: len(data) // 2])
    else:
        path.unlink()
    live = opened(index_dir)
    state = live.state()
    live.close()
    assert (state.snapshot, state.documents) == (names(index_dir)[0], 2)
    assert len(state.refused) == 1
    assert name in state.refused[0]


def test_changed_rows_in_chromas_tables_are_noticed(index_dir):
    """Chroma's SQLite file is checked by its rows, because opening may touch its bytes."""
    import sqlite3

    folder = snapshot_folder(index_dir, current_name(index_dir))
    connection = sqlite3.connect(folder / "chroma/chroma.sqlite3")
    connection.execute("UPDATE embedding_metadata SET string_value = 'x' WHERE id = 1")
    connection.commit()
    connection.close()
    live = opened(index_dir)
    assert "chroma.sqlite3" in live.state().refused[0]
    live.close()


def test_with_no_whole_snapshot_the_reader_says_what_to_do(index_dir):
    """Damage everywhere is an error that names the command that mends it."""
    for path in index_dir.glob(f"snapshots/*/{VECTORS}"):
        path.write_bytes(b"")
    with pytest.raises(IndexDamaged, match="indexer build"):
        opened(index_dir)


def test_no_index_and_another_embedders_index_are_told_apart(index_dir, tmp_path):
    """Each error names the folder or both recipes, and the command."""
    with pytest.raises(IndexMissing, match="indexer build"):
        opened(tmp_path / "nothing")
    with pytest.raises(RecipeMismatch, match=r"'hashing', now 'another'.*indexer build"):
        LiveIndex.open(index_dir, HashingEmbedder(name="another").recipe)


def test_a_flip_is_followed_while_a_search_still_uses_the_old_snapshot(tmp_path):
    """The old snapshot stays open until its last search has ended."""
    corpus = write_corpus(tmp_path / "corpus", 1)
    index([corpus], tmp_path / "index", HashingEmbedder())
    live = opened(tmp_path / "index")
    with live.lease() as old:
        write_study(corpus, study(3))
        index([corpus], tmp_path / "index", HashingEmbedder())
        live.refresh()
        assert live.state().snapshot == names(tmp_path / "index")[1]
        assert len(old.vectors.nearest(old.matrix[:1], k=1)[0]) == 1
        assert old.catalogue.document("clinicaltrials:NCT90000000") is not None
    with live.lease() as new:
        assert new.manifest.counts.documents == 2
    live.close()


def test_a_damaged_new_snapshot_does_not_replace_the_one_being_served(index_dir):
    """A flip to a broken snapshot is refused, told, and the old one goes on."""
    older, newer = names(index_dir)
    (index_dir / "CURRENT").write_text(f"{older}\n")
    live = opened(index_dir)
    snapshot_folder(index_dir, newer).joinpath(VECTORS).write_bytes(b"short")
    (index_dir / "CURRENT").write_text(f"{newer}\n")
    live.refresh()
    state = live.state()
    assert state.snapshot == older
    assert newer in state.refused[0]
    (index_dir / "CURRENT").write_text(f"{older}\n")
    live.refresh()
    assert live.state().refused == (), "rolled back: nothing is wrong any more"
    live.close()


@pytest.mark.parametrize("damage", [b"", b"\xff\0", b"0000\0002", b"00000000\n"])
def test_a_damaged_current_serves_the_newest_snapshot_and_loses_none(index_dir, tmp_path, damage):
    """A reader falls back and says so; the next build starts from there and sweeps nothing."""
    older, newer = names(index_dir)
    (index_dir / "CURRENT").write_bytes(damage)
    live = opened(index_dir)
    assert (live.state().snapshot, len(live.state().refused)) == (newer, 1)
    live.close()
    corpus = tmp_path / "corpus"
    write_study(corpus, study(9))
    assert index([corpus], index_dir, HashingEmbedder()).counts.documents == 4
    assert names(index_dir)[:2] == [older, newer]


def test_a_build_after_damage_and_rollback_is_served(tmp_path):
    """The snapshot after a rollback has a name of its own, so that no reader refuses it."""
    index_dir, embedder = tmp_path / "index", HashingEmbedder()
    corpus = write_corpus(tmp_path / "corpus", 1)
    for number in (5, 6):
        write_study(corpus, study(number))
        index([corpus], index_dir, embedder)
    damaged = current_name(index_dir)
    snapshot_folder(index_dir, damaged).joinpath(VECTORS).write_bytes(b"short")
    live = opened(index_dir)
    assert live.state().refused
    rollback(index_dir)
    write_study(corpus, study(7))
    index([corpus], index_dir, embedder)
    live.refresh()
    state = live.state()
    live.close()
    assert (state.documents, state.refused) == (4, ())
    assert current_name(index_dir) != damaged


def test_damage_that_shows_while_serving_falls_back_and_is_told(index_dir):
    """A snapshot that breaks while it is open is left for the one before it."""
    live = opened(index_dir)
    older, newer = names(index_dir)
    with pytest.raises(IndexDamaged), live.lease():
        raise IndexDamaged("a page of the catalogue is gone")
    state = live.state()
    live.refresh()
    assert live.state() == state
    live.close()
    assert state.snapshot == older
    assert state.refused == ("a page of the catalogue is gone",)
    assert current_name(index_dir) == newer


def test_a_missing_current_serves_the_newest_snapshot(index_dir):
    """Every snapshot was verified before it got its name, so any may be fallen back to."""
    (index_dir / "CURRENT").unlink()
    live = opened(index_dir)
    assert live.state().snapshot == names(index_dir)[1]
    live.close()


def test_leases_from_many_threads_close_each_snapshot_once(index_dir):
    """Flipping to and fro under searches neither fails a search nor leaks a snapshot."""
    live = opened(index_dir)
    failures: list[Exception] = []

    def search() -> None:
        for _ in range(50):
            try:
                with live.lease() as snapshot:
                    snapshot.vectors.nearest(snapshot.matrix[:1], k=1)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for name in names(index_dir) * 4:
        (index_dir / "CURRENT").write_text(f"{name}\n")
        live.refresh()
    for thread in threads:
        thread.join()
    live.close()
    assert not failures


def test_opening_writes_nothing_of_ours(index_dir):
    """Names, sizes and times of our own files are the same after a reader came and went."""

    def listing():
        return {
            path: (path.stat().st_size, path.stat().st_mtime_ns)
            for path in index_dir.rglob("*")
            if path.is_file() and not path.name.startswith("chroma.sqlite3")
        }

    before = listing()
    live = opened(index_dir)
    with live.lease() as snapshot:
        snapshot.vectors.nearest(snapshot.matrix[:1], k=1)
    live.close()
    assert listing() == before
