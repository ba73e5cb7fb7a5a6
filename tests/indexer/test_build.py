"""A build is a function from (live snapshot, inputs) to the next snapshot."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings as ChromaSettings

from indexer.journal import VectorJournal, vector_key
from indexer.lock import writer_lock
from retrieval.errors import BuildError, IndexLocked, NothingToBuild, RecipeMismatch, SettingsError
from retrieval.index.catalogue import Catalogue
from retrieval.index.headers import HEADER_TOKENS
from retrieval.index.manifest import (
    CATALOGUE,
    CHROMA,
    LEXICAL_VERSION,
    MANIFEST,
    TANTIVY,
    VECTORS,
    Manifest,
    current_name,
    snapshot_folder,
    snapshot_names,
)
from retrieval.index.snapshot import Snapshot
from retrieval.types import Filters
from tests.corpus import index, study, write_corpus, write_digest, write_study
from tests.fakes import HashingEmbedder


def live(index_dir: Path) -> Path:
    return snapshot_folder(index_dir, current_name(index_dir))


def doc_ids(index_dir: Path) -> set[str]:
    return set(Catalogue(live(index_dir) / CATALOGUE).stored())


def test_an_unchanged_corpus_embeds_nothing_and_keeps_its_snapshot(tmp_path):
    """The second build of the same files leaves CURRENT as it is."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    corpus = write_corpus(tmp_path / "corpus", 4)
    first = index([corpus], index_dir, embedder)
    embedded = embedder.embedded
    second = index([corpus], index_dir, embedder)
    assert first.changed
    assert not second.changed
    assert second.snapshot == first.snapshot
    assert second.unchanged == 4
    assert embedder.embedded == embedded == first.embedded


def test_a_changed_document_embeds_only_its_changed_chunks(tmp_path):
    """A new sentence in one section leaves the vectors of every other section in use."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    corpus = write_corpus(tmp_path / "corpus", 4)
    index([corpus], index_dir, embedder)
    before = embedder.embedded
    write_study(corpus, study(1, summary="A summary that says something else entirely."))
    report = index([corpus], index_dir, embedder)
    assert (report.updated, report.unchanged) == (1, 3)
    assert report.embedded == embedder.embedded - before == 1
    assert report.reused == report.counts.chunks - 1


def test_the_vector_of_a_reused_chunk_is_the_vector_of_its_text(tmp_path):
    """Every row of the matrix is what the embedder says of that chunk, reused or not."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    corpus = write_corpus(tmp_path / "corpus", 3)
    index([corpus], index_dir, embedder)
    write_study(corpus, study(0, summary="Rewritten."))
    index([corpus], index_dir, embedder)
    fresh_dir = tmp_path / "fresh"
    index([corpus], fresh_dir, HashingEmbedder())
    ours, fresh = (np.load(live(folder) / VECTORS) for folder in (index_dir, fresh_dir))
    assert np.array_equal(ours, fresh)


def test_documents_of_other_files_stay_and_prune_removes_what_is_gone(tmp_path):
    """Only --prune removes a document, and then from every store."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    corpus = write_corpus(tmp_path / "corpus", 3)
    index([corpus], index_dir, embedder)
    (corpus / "NCT90000001.json").unlink()
    assert index([corpus], index_dir, embedder).removed == 0
    assert len(doc_ids(index_dir)) == 3
    assert index([corpus], index_dir, embedder, prune=True).removed == 1
    assert doc_ids(index_dir) == {"clinicaltrials:NCT90000000", "clinicaltrials:NCT90000002"}
    removed = b"NCT90000001"
    for path in live(index_dir).rglob("*"):
        assert path.is_dir() or removed not in path.read_bytes(), path
    assert not list((index_dir / "journal").iterdir())


def test_prune_keeps_a_document_that_another_file_still_holds(tmp_path):
    """A copy of a record in a second file takes over when the first file goes."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    write_study(tmp_path / "corpus/a", study(1))
    write_study(tmp_path / "corpus/b", study(1, updated="2020-01-01", summary="Older words."))
    report = index([tmp_path / "corpus"], index_dir, embedder)
    assert any("the newest is kept" in note for note in report.notes)
    shutil.rmtree(tmp_path / "corpus/a")
    report = index([tmp_path / "corpus"], index_dir, embedder, prune=True)
    assert (report.removed, report.updated) == (0, 1)
    document = Catalogue(live(index_dir) / CATALOGUE).document("clinicaltrials:NCT90000001")
    assert document is not None
    assert "Older words." in document.text


def test_prune_keeps_the_documents_of_a_file_that_broke(tmp_path):
    """A file that cannot be read any more is no reason to forget what it held."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    corpus = write_corpus(tmp_path / "corpus", 2)
    index([corpus], index_dir, embedder)
    (corpus / "NCT90000001.json").write_text('{"protocolSection": {')
    report = index([corpus], index_dir, embedder, prune=True)
    assert report.removed == 0
    assert [item.code for item in report.quarantined] == ["bad_json"]
    assert len(doc_ids(index_dir)) == 2


def test_prune_does_not_empty_the_index(tmp_path):
    """A corpus whose every file is gone is more likely a mistake than a wish."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    corpus = write_corpus(tmp_path / "corpus", 1)
    index([corpus], index_dir, embedder)
    (corpus / "NCT90000000.json").rename(tmp_path / "elsewhere.json")
    (corpus / "note.txt").write_text("no source here")
    with pytest.raises(NothingToBuild, match="empty"):
        index([corpus], index_dir, embedder, prune=True)
    assert len(doc_ids(index_dir)) == 1


def test_the_newest_of_two_versions_wins_in_any_order_of_builds(tmp_path):
    """An older copy does not replace a newer one that was indexed before it."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    new = write_study(tmp_path / "new", study(1, updated="2025-01-01", summary="New words."))
    old = write_study(tmp_path / "old", study(1, updated="2020-01-01", summary="Old words."))
    index([new], index_dir, embedder)
    report = index([old], index_dir, embedder)
    assert not report.changed
    assert "the newest is kept" in report.notes[0]


def test_equal_copies_are_one_document_and_no_conflict(tmp_path):
    """The same record in two files is told as nothing and rebuilt as nothing."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    for name in ("a", "b"):
        write_study(tmp_path / "corpus" / name, study(1))
    first = index([tmp_path / "corpus"], index_dir, embedder)
    second = index([tmp_path / "corpus"], index_dir, embedder)
    assert (first.added, first.notes, second.changed) == (1, (), False)


def test_deleted_chroma_and_tantivy_folders_come_back_without_embedding(tmp_path):
    """Derived folders are made from catalogue and matrix alone."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    corpus = write_corpus(tmp_path / "corpus", 3)
    first = index([corpus], index_dir, embedder)
    embedded = embedder.embedded
    for name in (CHROMA, TANTIVY):
        shutil.rmtree(live(index_dir) / name)
    second = index([corpus], index_dir, embedder)
    assert embedder.embedded == embedded
    assert second.counts == first.counts
    Snapshot.open(live(index_dir), embedder=embedder.recipe).close()


def test_a_damaged_matrix_is_made_anew_from_the_snapshot_before(tmp_path):
    """A flipped byte in the vectors sends the build back to the last whole snapshot."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    corpus = write_corpus(tmp_path / "corpus", 3)
    index([corpus], index_dir, embedder)
    write_study(corpus, study(7))
    index([corpus], index_dir, embedder)
    matrix = live(index_dir) / VECTORS
    damaged = bytearray(matrix.read_bytes())
    damaged[-1] ^= 1
    matrix.write_bytes(damaged)
    report = index([corpus], index_dir, embedder)
    assert any("vectors.npy" in note for note in report.notes)
    assert report.counts.documents == 4
    Manifest.read(live(index_dir)).check(live(index_dir))


@pytest.mark.parametrize("current", [None, b"", b"\xff\x00", b"00000099\n"])
def test_a_lost_current_loses_no_document(tmp_path, current):
    """A build that cannot tell which snapshot is live starts from the newest, and says so."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    index([write_corpus(tmp_path / "corpus", 3)], index_dir, embedder)
    (index_dir / "CURRENT").unlink()
    if current is not None:
        (index_dir / "CURRENT").write_bytes(current)
    report = index([write_study(tmp_path / "more", study(7))], index_dir, embedder)
    assert report.counts.documents == 4
    assert any("starts from snapshot" in note for note in report.notes)


def test_damaged_vectors_cost_no_document(tmp_path):
    """Texts are what a build starts from; vectors that are damaged are computed again."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    first = index([write_corpus(tmp_path / "corpus", 3)], index_dir, embedder)
    (live(index_dir) / VECTORS).write_bytes(b"short")
    report = index([write_study(tmp_path / "more", study(7))], index_dir, embedder)
    assert report.counts.documents == 4
    assert report.embedded == report.counts.chunks > first.counts.chunks


def test_lost_texts_are_told_with_what_to_do(tmp_path):
    """When the catalogue is gone, the build names the snapshot it falls back to."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    corpus = write_corpus(tmp_path / "corpus", 2)
    index([corpus], index_dir, embedder)
    write_study(corpus, study(8))
    index([corpus], index_dir, embedder)
    (live(index_dir) / CATALOGUE).write_bytes(b"short")
    report = index([write_study(tmp_path / "more", study(7))], index_dir, embedder)
    assert any("(3 documents) are lost" in note for note in report.notes)
    assert any("(2 documents): build again from all the sources" in n for n in report.notes)
    assert index([corpus], index_dir, embedder).counts.documents == 4


def test_an_index_of_another_schema_is_not_left_behind(tmp_path):
    """A build into the index of another program version is refused, not begun from nothing."""
    index_dir, corpus = tmp_path / "index", write_corpus(tmp_path / "corpus", 1)
    index([corpus], index_dir, HashingEmbedder())
    manifest = live(index_dir) / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"schema": 1', '"schema": 99'))
    with pytest.raises(RecipeMismatch, match="schema 99"):
        index([corpus], index_dir, HashingEmbedder())


def test_an_older_lexical_index_is_refused_and_made_anew_without_embedding(tmp_path):
    """A reader names both versions and the command; that command computes no vector again."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    corpus = write_corpus(tmp_path / "corpus", 2)
    first = index([corpus], index_dir, embedder)
    path = live(index_dir) / MANIFEST
    values = json.loads(path.read_text())
    assert values["recipe"].pop("lexical") == LEXICAL_VERSION
    path.write_text(json.dumps(values))
    told = rf"lexical index 1, now {LEXICAL_VERSION}.*python -m indexer build"
    with pytest.raises(RecipeMismatch, match=told):
        Snapshot.open(live(index_dir), embedder=embedder.recipe)
    embedded = embedder.embedded
    second = index([corpus], index_dir, embedder)
    assert second.changed
    assert (second.embedded, embedder.embedded) == (0, embedded)
    assert second.counts == first.counts
    Snapshot.open(live(index_dir), embedder=embedder.recipe).close()


def test_a_file_name_that_is_not_utf8_is_quarantined(tmp_path):
    """One odd name does not stop a build."""
    corpus = write_corpus(tmp_path / "corpus", 1)
    odd = Path(os.fsdecode(os.fsencode(corpus) + b"/a\xff.json"))
    odd.write_text((corpus / "NCT90000000.json").read_text())
    report = index([corpus], tmp_path / "index", HashingEmbedder())
    assert [item.code for item in report.quarantined] == ["bad_file_name"]
    assert report.added == 1


def test_another_embedder_means_a_full_build(tmp_path):
    """Vectors of two embedders never share a matrix."""
    index_dir = tmp_path / "index"
    corpus = write_corpus(tmp_path / "corpus", 2)
    first = index([corpus], index_dir, HashingEmbedder())
    other = HashingEmbedder(name="another", dimension=64)
    second = index([corpus], index_dir, other)
    assert second.changed
    assert second.embedded == first.embedded
    assert np.load(live(index_dir) / VECTORS).shape[1] == 64


def test_an_interrupted_build_goes_on_from_its_journal(tmp_path):
    """Vectors that were on disk when the builder died are not computed again."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    corpus = write_corpus(tmp_path / "corpus", 3)

    class Dying(HashingEmbedder):
        def warm(self) -> None: ...

        def embed_documents(self, texts, *, progress=None):
            vectors = super().embed_documents(texts, progress=progress)
            path = index_dir / "journal" / f"{self.recipe.digest}.vectors"
            journal = VectorJournal(path, dimension=self.recipe.dimension)
            journal.append([vector_key(text) for text in texts], vectors)
            raise BuildError("the power went out")

    with pytest.raises(BuildError, match="power"):
        index([corpus], index_dir, Dying())
    report = index([corpus], index_dir, embedder)
    assert (report.embedded, embedder.embedded) == (0, 0)
    assert not list((index_dir / "journal").iterdir())


def test_a_second_indexer_is_told_the_pid_of_the_first(tmp_path):
    """Two writers never work on one index."""
    corpus = write_corpus(tmp_path / "corpus", 1)
    with (
        writer_lock(tmp_path / "index"),
        pytest.raises(IndexLocked, match=r"pid \d+"),
    ):
        index([corpus], tmp_path / "index", HashingEmbedder())


def test_nothing_to_build_leaves_no_index(tmp_path):
    """An empty folder, and one of unreadable files, say why and publish nothing."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToBuild, match="no file"):
        index([tmp_path / "empty"], tmp_path / "index", HashingEmbedder())
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/a.json").write_text("{")
    with pytest.raises(NothingToBuild, match="bad_json"):
        index([tmp_path / "bad"], tmp_path / "index", HashingEmbedder())
    assert not snapshot_names(tmp_path / "index")


def test_old_snapshots_are_swept_and_some_are_kept(tmp_path):
    """``keep`` counts the live snapshot and those that a rollback may return to."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    for number in range(4):
        write_study(tmp_path / "corpus", study(number))
        index([tmp_path / "corpus"], index_dir, embedder, keep=2)
    assert [name.partition("-")[0] for name in snapshot_names(index_dir)] == [
        "00000004",
        "00000003",
    ]
    assert not list(index_dir.glob("building-*"))


def test_any_chroma_client_can_read_the_collection(tmp_path):
    """Chroma holds each chunk's id, text, vector and flat filter fields, dates as integers."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    write_corpus(tmp_path / "corpus", 2)
    write_digest(tmp_path / "corpus", 0, body="An invented background.")
    index([tmp_path / "corpus"], index_dir, embedder)
    copy = shutil.copytree(live(index_dir) / CHROMA, tmp_path / "chroma")
    client = chromadb.PersistentClient(
        str(copy), settings=ChromaSettings(anonymized_telemetry=False)
    )
    collection = client.get_collection("chunks", embedding_function=None)
    found = collection.get(where={"$and": [{"started": {"$gte": 20230101}}, {"kind": "trial"}]})
    assert found["ids"]
    for chunk_id, text, metadata in zip(
        found["ids"], found["documents"], found["metadatas"], strict=True
    ):
        document = Catalogue(live(index_dir) / CATALOGUE).document(metadata["doc_id"])
        assert document.text[metadata["start"] : metadata["end"]] == text
        assert chunk_id.startswith(f"{metadata['doc_id']}@{document.version}#")
        assert metadata["started"] == 20230102
        assert metadata["phases"] == ["PHASE2"]
    client.close()


def test_a_file_that_cannot_be_read_stops_no_build(tmp_path):
    """It goes to quarantine until its bytes can be had; the rest is indexed."""
    index_dir, corpus = tmp_path / "index", write_corpus(tmp_path / "corpus", 1)
    failing = Path("/proc/self/mem")  # a regular file whose every first read fails
    if not failing.is_file():
        pytest.skip("no /proc with a file that fails to be read")
    (corpus / "failing.json").symlink_to(failing)
    for _ in range(2):
        report = index([corpus], index_dir, HashingEmbedder())
        assert [item.code for item in report.quarantined] == ["unreadable"]
        assert report.counts.documents == 1
    (corpus / "failing.json").unlink()
    write_study(corpus, study(7)).rename(corpus / "failing.json")
    report = index([corpus], index_dir, HashingEmbedder())
    assert (report.quarantined, report.counts.documents) == ((), 2)


def test_chunks_that_the_embedder_would_cut_are_refused(tmp_path):
    """A chunk and its header must fit the window: what lies beyond it would never be found."""
    corpus = write_corpus(tmp_path / "corpus", 1)
    fitting = HashingEmbedder(max_tokens=64 + HEADER_TOKENS)
    assert index([corpus], tmp_path / "index", fitting).changed
    with pytest.raises(SettingsError, match=r"CHUNK_TOKENS=64 .* at most 63,"):
        index([corpus], tmp_path / "other", HashingEmbedder(max_tokens=63 + HEADER_TOKENS))
    with pytest.raises(SettingsError, match="choose another EMBEDDING_MODEL"):
        index([corpus], tmp_path / "other", HashingEmbedder(max_tokens=16))
    assert not (tmp_path / "other").exists()


def test_a_digest_is_filtered_by_its_trials_record(tmp_path):
    """Phase and status belong to the trial: its digest matches the same filters."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    write_corpus(tmp_path / "corpus", 1)
    write_digest(tmp_path / "corpus", 0, body="An invented background.")
    write_digest(tmp_path / "corpus", 77, body="A digest whose record is not here.")
    index([tmp_path / "corpus"], index_dir, embedder)
    snapshot = Snapshot.open(live(index_dir), embedder=embedder.recipe)
    selection = snapshot.columns.select(Filters(phases=("PHASE2",)))
    chosen = {
        snapshot.cards[ordinal].source.doc_id for ordinal in np.flatnonzero(selection.documents)
    }
    assert chosen == {"clinicaltrials:NCT90000000", "digest:clinicaltrials:NCT90000000"}
    assert selection.hidden == 1
    snapshot.close()


def test_a_record_with_six_thousand_values_does_not_poison_the_collection(tmp_path):
    """More metadata values than Chroma survives are capped; the filter columns keep them all."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    record = study(1)
    record["protocolSection"]["conditionsModule"]["conditions"] = [
        f"Invented condition {number}" for number in range(6000)
    ]
    write_study(tmp_path / "corpus", record)
    index([tmp_path / "corpus"], index_dir, embedder)
    snapshot = Snapshot.open(live(index_dir), embedder=embedder.recipe)
    assert snapshot.vectors.nearest(snapshot.matrix[:1], k=1)
    assert snapshot.columns.select(Filters(conditions=("Invented condition 5999",))).documents.any()
    snapshot.close()


def test_the_manifest_says_what_the_snapshot_is(tmp_path):
    """Recipe, counts, parent and the hash of each file are on record."""
    embedder, index_dir = HashingEmbedder(), tmp_path / "index"
    corpus = write_corpus(tmp_path / "corpus", 2)
    first = index([corpus], index_dir, embedder)
    write_study(corpus, study(8))
    index([corpus], index_dir, embedder)
    manifest = Manifest.read(live(index_dir))
    assert manifest.parent == first.snapshot
    assert manifest.recipe.embedder == embedder.recipe
    assert manifest.counts.documents == 3
    assert {entry.path for entry in manifest.files} >= {CATALOGUE, VECTORS}
    assert json.loads((live(index_dir) / "manifest.json").read_text())["counts"]["documents"] == 3
