"""A made-up test collection in BEIR form."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

CORPUS = {
    "d1": ("Fever", "An invented fever and its invented cure."),
    "d2": ("", "A made-up cough, which nothing cures."),
    "d3": ("Only a title about hiccups", ""),
}
QUERIES = {"q1": "fever cure", "q2": "cough", "q3": "???", "unjudged": "fever"}
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td2\t1\nq2\tgone\t1\nq3\td3\t1\n"


def corpus_lines() -> str:
    return "".join(
        json.dumps({"_id": document_id, "title": title, "text": text}) + "\n"
        for document_id, (title, text) in CORPUS.items()
    )


def query_lines() -> str:
    return "".join(json.dumps({"_id": each, "text": text}) + "\n" for each, text in QUERIES.items())


def write_collection(
    folder: Path,
    *,
    corpus: str | None = None,
    queries: str | None = None,
    qrels: str | None = QRELS,
) -> Path:
    """Write a collection, parts of it as given; the corpus is gzipped."""
    folder.mkdir()
    text = corpus_lines() if corpus is None else corpus
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "queries.jsonl").write_text(query_lines() if queries is None else queries)
    if qrels is not None:
        (folder / "qrels.tsv").write_text(qrels)
    return folder
