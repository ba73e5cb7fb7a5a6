"""The last check refuses a snapshot whose search structures do not match its texts."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from indexer.build import quiet
from indexer.chroma import write_chroma
from indexer.verify import verify
from retrieval.errors import IndexDamaged, VerificationFailed
from retrieval.index.catalogue import chroma_rows_digest
from retrieval.index.lexical import LexicalEntry, build_lexical
from retrieval.index.manifest import (
    CHROMA,
    TANTIVY_CHUNKS,
    TANTIVY_DOCUMENTS,
    VECTORS,
    Manifest,
    current_name,
    describe_files,
    snapshot_folder,
)
from tests.corpus import index, write_corpus
from tests.fakes import HashingEmbedder


@pytest.fixture
def folder(tmp_path):
    """A good snapshot to spoil."""
    index([write_corpus(tmp_path / "corpus", 4)], tmp_path / "index", HashingEmbedder())
    return snapshot_folder(tmp_path / "index", current_name(tmp_path / "index"))


def describe_again(folder):
    """Make the manifest agree with the spoiled files, so that only the search can tell."""
    manifest = Manifest.read(folder)
    rows = chroma_rows_digest(folder / CHROMA)
    replace(manifest, files=describe_files(folder), chroma_rows=rows).write(folder)


def test_a_good_snapshot_passes(folder):
    """The check accepts what a build made."""
    verify(folder, quiet)


def test_chunks_under_the_wrong_vectors_are_noticed(folder):
    """A Chroma folder whose vectors belong to other chunks finds none by its own."""
    matrix = np.load(folder / VECTORS)
    shutil.rmtree(folder / CHROMA)
    np.save(folder / VECTORS, -matrix)
    write_chroma(folder, quiet)
    np.save(folder / VECTORS, matrix)
    describe_again(folder)
    with pytest.raises(VerificationFailed, match="own vector"):
        verify(folder, quiet)


@pytest.mark.parametrize(
    ("name", "what"), [(TANTIVY_CHUNKS, "chunks"), (TANTIVY_DOCUMENTS, "documents")]
)
def test_texts_without_their_words_are_noticed(folder, name, what):
    """A lexical index of other texts finds no chunk, and no document, by a word of its own."""
    due = getattr(Manifest.read(folder).counts, what)
    shutil.rmtree(folder / name)
    wrong = (LexicalEntry(row, "x", "x", "x", "zzz") for row in range(due))
    build_lexical(folder / name, wrong)
    describe_again(folder)
    with pytest.raises(VerificationFailed, match="no word of"):
        verify(folder, quiet)


def test_a_missing_document_is_noticed(folder):
    """A documents index with one too few is not what the manifest counts."""
    due = Manifest.read(folder).counts.documents
    shutil.rmtree(folder / TANTIVY_DOCUMENTS)
    build_lexical(
        folder / TANTIVY_DOCUMENTS,
        (LexicalEntry(row, "x", "x", "x", "x") for row in range(due - 1)),
    )
    describe_again(folder)
    with pytest.raises(IndexDamaged, match=f"{due - 1} in tantivy's documents, not {due}"):
        verify(folder, quiet)
