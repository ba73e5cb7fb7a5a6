"""A test collection through the product's own searcher."""

from __future__ import annotations

import json
from dataclasses import replace
from math import log2
from pathlib import Path

import pytest

from eval.collections.beir import BeirTask, run_beir
from eval.collections.collection import read_corpus
from eval.measures import NAMES
from eval.models import Models
from eval.provenance import provenance
from eval.report.subjects import beir_subject
from eval.report.write import report_on, write_report
from eval.runs import Run, RunError, read_run, write_run
from indexer.build import BuildSettings, quiet
from indexer.chunking import ChunkSize
from tests.eval.made_up import QUERIES, corpus_lines, write_collection
from tests.fakes import HashingEmbedder


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("beir")
    long = {**QUERIES, "q1": "fever cure " * 1000}
    write_collection(
        folder / "made-up",
        queries="".join(json.dumps({"_id": q, "text": text}) + "\n" for q, text in long.items()),
    )
    return folder


@pytest.fixture(scope="module")
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture(scope="module")
def run(place, embedder, ladder):
    """Run the collection, parts of the task as given."""
    settings = BuildSettings(
        place / "cache/v1.2", ChunkSize(64, 8), keep=1, prune=True, read=read_corpus
    )

    def run_task(**parts):
        task = replace(BeirTask(place / "made-up"), **parts)
        return run_beir(task, settings, Models(embedder, ladder), progress=quiet)

    return run_task


@pytest.fixture(scope="module")
def report(run):
    return run()


def test_every_judged_query_counts_found_for_or_not(report):
    """The figures are those of a count by hand, and told with their intervals."""
    values = report.values()
    found = 1 / (1 + 1 / log2(3))  # q2 has a second relevant document that is not there
    assert values["nDCG@10"] == pytest.approx((1 + found + 0) / 3, abs=1e-4)
    assert values["RR@10"] == pytest.approx(2 / 3, abs=1e-4)
    assert (values["queries"], values["documents"], values["qrels"]) == (3, 3, 4)
    assert values["unknown_documents"] == 1
    for name in NAMES:
        low, high = values["intervals"][name]
        assert 0 <= low <= values[name] <= high <= 1


def test_the_report_says_what_it_was_made_with(report):
    """Profile, commit, recipe, speed and notes stand beside the figures, as JSON."""
    values = json.loads(json.dumps(report.values()))
    assert values["profile"] == "best"
    assert values["recipe"]["embedder"]["name"] == "hashing"
    assert values["recipe"]["chunk_tokens"] == 64
    assert 0 < values["search_ms_p50"] <= values["search_ms_p95"]
    assert "commit" in values
    told = " / ".join(values["notes"])
    assert "1 judged documents are not in the corpus" in told
    assert "without a letter or digit, which find nothing and count 0: 1" in told
    assert "queries cut at 10000 characters: 1" in told
    assert all(name in report.table() for name in (*NAMES, "search_ms_p95", "hashing"))


def test_the_run_is_written_before_it_is_measured(report, place):
    """Its file holds what was found, in order, and is named after index and profile."""
    assert report.run_file == place / "cache/v1.2-best.run"
    written = read_run(report.run_file)
    assert written.of("q1")[0] == "d1"
    assert written.of("q2")[0] == "d2"
    assert not written.of("q3")
    assert written.rankings == {
        q: found for q, found in report.searched.run.rankings.items() if found
    }
    assert report.searched.passages["q1", "d1"] == "An invented fever and its invented cure."


def test_a_second_run_embeds_nothing_and_profiles_have_their_own_files(report, run, embedder):
    """The index is cached; a fast run stands beside the best one and can be its baseline."""
    embedded = embedder.embedded
    fast = run(profile="fast", baseline=report.run_file)
    assert embedder.embedded == embedded
    assert fast.run_file != report.run_file
    assert fast.comparison.a == str(report.run_file)
    assert fast.values()["comparison"]["measures"]["nDCG@10"]["difference"] == 0
    assert str(report.run_file) in fast.table()


def test_the_report_of_a_collection_shows_what_was_found(report, run, tmp_path):
    """Passages, judged grades, recipe and settings; with a baseline, both sides."""
    made = report_on(beir_subject(report, {"embedding_model": "x"}), provenance(["beir"]))
    first = next(example for example in made.best if example.query_id == "q1").sides[0].hits[0]
    assert (first.document_id, first.grade, first.rank) == ("d1", 2, 1)
    assert first.text == "An invented fever and its invented cure."
    page, _ = (path.read_text() for path in write_report(made, tmp_path)[::-1])
    assert all(
        word in page for word in ("hashing", "embedding model", "95th percentile", "hiccups")
    )
    compared = beir_subject(run(profile="fast", baseline=report.run_file), {})
    assert compared.measurements[0].name == str(report.run_file)
    assert not compared.ranking_values().any()


def test_a_baseline_of_another_collection_is_refused_at_once(run, place, tmp_path):
    """Nothing is searched, and no run is written, for a comparison that cannot be made."""
    stranger = write_run(Run("t", {"other": ("x",)}), tmp_path / "stranger.run")
    with pytest.raises(RunError, match="another collection"):
        run(baseline=stranger, run_file=place / "never.run")
    assert not (place / "never.run").exists()


def test_an_index_is_its_corpus_and_nothing_else(tmp_path, ladder):
    """A document that left the corpus is not found any more."""
    folder = write_collection(tmp_path / "c")
    settings = BuildSettings(tmp_path / "i", ChunkSize(64, 8), keep=1, prune=True, read=read_corpus)

    def documents() -> int:
        models = Models(HashingEmbedder(), ladder)
        report = run_beir(BeirTask(folder), settings, models, progress=quiet)
        return report.counts.documents

    assert documents() == 3
    (folder / "corpus.jsonl.gz").unlink()
    (folder / "corpus.jsonl").write_text(
        "\n".join([*corpus_lines().splitlines()[:2], '{"_id": "v"}'])
    )
    assert documents() == 2
