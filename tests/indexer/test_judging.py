"""The judging folder lies in the index and is nobody's business there."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from indexer.commands import doctor, status
from indexer.publish import rollback, sweep
from retrieval.index.judging import FOLDER, Judging, read_feedback, read_queries
from retrieval.index.live import LiveIndex
from retrieval.settings import Settings
from tests.corpus import index, study, write_corpus, write_study
from tests.fakes import HashingEmbedder
from tests.judged import logged, verdict


def contents(index_dir: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (index_dir / FOLDER).iterdir()}


def test_builds_and_rollbacks_leave_judgements_alone(tmp_path):
    """Builds, the sweep of old snapshots, a rollback, status and doctor: no byte changes."""
    index_dir, embedder = tmp_path / "index", HashingEmbedder()
    corpus = write_corpus(tmp_path / "corpus", 2)
    index([corpus], index_dir, embedder)
    judging = Judging(index_dir, log_queries=True)
    judging.store(stored := verdict())
    judging.log(searched := logged("made-up fever"))
    before = contents(index_dir)
    for number in (5, 6, 7):
        write_study(corpus, study(number))
        index([corpus], index_dir, embedder, keep=2)
    rollback(index_dir)
    sweep(index_dir)
    settings = Settings(index_dir=index_dir, _env_file=None)
    assert status(settings, Namespace()).values["problems"] == []
    assert doctor(settings, Namespace(dry_run=True)).values["problems"] == []
    LiveIndex.open(index_dir, embedder.recipe).close()
    assert contents(index_dir) == before
    assert read_feedback(index_dir).found == (stored,)
    assert read_queries(index_dir).found == (searched,)


def test_judgements_before_the_first_build_stay(tmp_path):
    """A folder that holds nothing but judgements becomes an index, and keeps them."""
    index_dir = tmp_path / "index"
    index_dir.mkdir()
    Judging(index_dir, log_queries=False).store(stored := verdict())
    index([write_corpus(tmp_path / "corpus", 1)], index_dir, HashingEmbedder())
    assert read_feedback(index_dir).found == (stored,)
