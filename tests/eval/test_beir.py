"""A test collection through the product's own searcher."""

from __future__ import annotations

import gzip
import json
from math import log2
from pathlib import Path

import pytest
from ir_measures import Qrel, ScoredDoc

from eval.beir import measure, run_beir, write_run
from eval.collections import Collection, CollectionError, JudgedQuery, read_collection, read_corpus
from indexer.build import BuildSettings, quiet
from indexer.chunking import ChunkSize
from tests.fakes import HashingEmbedder

CORPUS = {
    "d1": ("Fever", "An invented fever and its invented cure."),
    "d2": ("", "A made-up cough, which nothing cures."),
    "d3": ("Only a title about hiccups", ""),
}
QUERIES = {"q1": "fever cure", "q2": "cough", "q3": "???", "unjudged": "fever"}
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td2\t1\nq2\tgone\t1\nq3\td3\t1\n"


def write(folder: Path, *, qrels: str = QRELS, queries: str | None = None) -> Path:
    folder.mkdir()
    with gzip.open(folder / "corpus.jsonl.gz", "wt") as out:
        for document_id, (title, text) in CORPUS.items():
            out.write(json.dumps({"_id": document_id, "title": title, "text": text}) + "\n")
    lines = (json.dumps({"_id": query_id, "text": text}) for query_id, text in QUERIES.items())
    (folder / "queries.jsonl").write_text(queries if queries is not None else "\n".join(lines))
    (folder / "qrels.tsv").write_text(qrels)
    return folder


def test_a_collection_is_searched_measured_and_written_as_a_run(tmp_path, ladder):
    """Every judged query counts, found for or not; a second run embeds nothing."""
    folder, embedder = write(tmp_path / "made-up"), HashingEmbedder()
    settings = BuildSettings(tmp_path / "cache/index", ChunkSize(64, 8), keep=1, read=read_corpus)

    def run():
        return run_beir(folder, settings, embedder=embedder, ladder=ladder, progress=quiet)

    report = run()
    embedded = embedder.embedded
    assert (report.queries, report.documents, report.qrels) == (3, 3, 4)
    assert report.unknown_documents == 1
    found = 1 / (1 + 1 / log2(3))  # q2 has a second relevant document that is not there
    assert report.measures["nDCG@10"] == pytest.approx((1 + found + 0) / 3, abs=1e-4)
    assert report.measures["RR@10"] == pytest.approx(2 / 3, abs=1e-4)
    lines = [line.split() for line in Path(report.run_file).read_text().splitlines()]
    assert lines[0][:4] == ["q1", "Q0", "d1", "1"]
    assert run().measures == report.measures
    assert embedder.embedded == embedded


def test_measures_agree_with_a_naive_count():
    """nDCG@10 by its formula, for graded judgements and a query without any hit."""
    qrels = (Qrel("a", "x", 2), Qrel("a", "y", 1), Qrel("b", "x", 1))
    queries = (JudgedQuery("a", ""), JudgedQuery("b", ""))
    run = [ScoredDoc("a", "z", 0.9), ScoredDoc("a", "y", 0.8), ScoredDoc("a", "x", 0.7)]
    gained, ideal = 1 / log2(3) + 2 / log2(4), 2 / log2(2) + 1 / log2(3)
    means = measure(Collection(Path(), queries, qrels, 0), run)
    assert means["nDCG@10"] == pytest.approx(gained / ideal / 2, abs=1e-4)
    assert means["R@100"] == pytest.approx(0.5)


def test_a_run_file_ranks_each_query_from_one(tmp_path):
    """The TREC columns are query, Q0, document, rank, score and tag."""
    run = [ScoredDoc("a", "x", 0.9), ScoredDoc("a", "y", 0.8), ScoredDoc("b", "x", 0.7)]
    lines = write_run(run, tmp_path / "run").read_text().splitlines()
    assert [line.split()[:4] for line in lines] == [
        ["a", "Q0", "x", "1"],
        ["a", "Q0", "y", "2"],
        ["b", "Q0", "x", "1"],
    ]


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"qrels": "q1 d1 high\n"}, "line 1"),
        ({"qrels": "q1 d1 1\nq1 d1 2\n"}, "again"),
        ({"qrels": "other d1 1\n"}, "one collection"),
        ({"queries": '{"_id": "q1", "text": "a"}\n{"_id": "q1", "text": "b"}'}, "twice"),
        ({"queries": "{broken"}, "line 1"),
        ({"queries": '{"text": "no id"}'}, "line 1"),
    ],
)
def test_a_collection_that_contradicts_itself_is_refused(tmp_path, parts, told):
    """The error names the file and the place."""
    with pytest.raises(CollectionError, match=told):
        read_collection(write(tmp_path / "bad", **parts))


def test_a_missing_file_is_named(tmp_path):
    """An empty folder is no collection."""
    with pytest.raises(CollectionError, match=r"corpus\.jsonl"):
        read_collection(tmp_path)
