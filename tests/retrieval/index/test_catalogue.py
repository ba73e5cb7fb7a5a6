"""The catalogue gives back what was put in, and forgets what was removed."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from retrieval.errors import IndexDamaged
from retrieval.index.catalogue import Catalogue, CatalogueWriter
from retrieval.index.entries import (
    ChunkedDocument,
    Origin,
    QuarantineItem,
    document_digest,
    title_key,
)
from retrieval.types import Chunk, Document, PageFields, PathSpan, Section, TrialFields


def document(doc_id: str, text: str = "Ωmega: naïve 🧪 text") -> ChunkedDocument:
    sections = (Section("Body", 0, len(text), layout="lines", evidence="planned"),)
    whole = Document(
        doc_id=doc_id,
        kind="trial",
        trial_id=doc_id.partition(":")[2],
        title="A made-up Title",
        text=text,
        sections=sections,
        fields=TrialFields(phases=("PHASE1", "PHASE2"), has_results=False, updated=20240102),
        page=PageFields(tags=("a", "b"), model="m"),
        paths=(PathSpan(0, 5, "a.b[0]"), PathSpan(7, 12, "a.c")),
        source_url="https://example.org",
    )
    chunk = Chunk(f"{doc_id}@v#0", doc_id, "Body", 0, 5, text[:5], "planned")
    return ChunkedDocument(whole, (chunk,))


def write(path, *entries, base=None, remove=()):
    writer = CatalogueWriter(path, base=base)
    for entry in entries:
        writer.put(entry, digest=document_digest(entry.document), origin=Origin("f", "line 1"))
    for doc_id in remove:
        writer.remove(doc_id)
    writer.set_files({"f": "stamp"}, {"f": {entry.document.doc_id for entry in entries}})
    writer.set_quarantine([QuarantineItem("g", "", "bad_json", "why")])
    writer.seal()
    writer.close()
    return Catalogue(path)


def test_a_document_comes_back_equal(tmp_path):
    """Every field, span and tuple survives, and so do characters beyond the BMP."""
    entry = document("x:1")
    with closing(write(tmp_path / "c", entry)) as catalogue:
        assert list(catalogue.chunked()) == [entry]
        assert catalogue.slice("x:1", 7, 14) == entry.document.text[7:14]
        assert catalogue.paths_within("x:1", 4, 8) == ("a.b[0]", "a.c")
        assert catalogue.stored()["x:1"].digest == document_digest(entry.document)
        assert catalogue.quarantine() == (QuarantineItem("g", "", "bad_json", "why"),)
        assert catalogue.holdings() == {"f": {"x:1"}}


def test_a_removed_document_leaves_no_bytes_behind(tmp_path):
    """Compacting takes removed text off the disk, not only out of the tables."""
    write(tmp_path / "a", document("x:1", "SECRETWORD text"), document("x:2")).close()
    assert b"SECRETWORD" in (tmp_path / "a").read_bytes()
    with closing(write(tmp_path / "b", base=tmp_path / "a", remove=["x:1"])) as catalogue:
        assert set(catalogue.stored()) == {"x:2"}
    assert b"SECRETWORD" not in (tmp_path / "b").read_bytes()


def test_any_change_of_a_document_changes_its_digest():
    """Fields and paths count as well as text."""
    from dataclasses import replace

    whole = document("x:1").document
    others = [
        replace(whole, text=whole.text + " "),
        replace(whole, fields=replace(whole.fields, status="COMPLETED")),
        replace(whole, page=replace(whole.page, model="n")),
        replace(whole, paths=whole.paths[:1]),
    ]
    assert len({document_digest(d) for d in (whole, *others)}) == 5


def test_titles_are_found_up_to_case_and_punctuation(tmp_path):
    """A title's key is its letters and digits."""
    assert title_key("  A MADE-UP title. ") == title_key("a made up Title")
    with closing(write(tmp_path / "c", document("x:1"))) as catalogue:
        assert catalogue.titled("a made-UP title!") == ("x:1",)
        assert catalogue.titled("!!") == ()


def test_a_missing_or_garbled_file_is_damage(tmp_path):
    """Both are errors that name the file."""
    with pytest.raises(IndexDamaged, match="missing"):
        Catalogue(tmp_path / "none")
    (tmp_path / "junk").write_bytes(b"not a database, not at all" * 100)
    with pytest.raises(IndexDamaged, match="junk"):
        Catalogue(tmp_path / "junk").stored()


def test_threads_that_come_and_go_leave_no_file_open(tmp_path):
    """A server's threads end when they idle; the file is open as often as there were calls."""
    path = tmp_path / "catalogue.sqlite3"
    write(path, document("a:1"))

    def opened() -> int:
        return sum(os.path.realpath(one) == str(path) for one in Path("/proc/self/fd").iterdir())

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("no /proc to count open files in")
    with closing(Catalogue(path)) as catalogue:
        for _ in range(20):
            thread = Thread(target=catalogue.count_chunks)
            thread.start()
            thread.join()
        assert opened() == 1
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _: catalogue.document("a:1"), range(200)))
        assert found == [document("a:1").document] * 200
        assert opened() <= 8
    assert opened() == 0
