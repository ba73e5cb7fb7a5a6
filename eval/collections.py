"""Test collections in BEIR form: corpus.jsonl and queries.jsonl (each also .gz), qrels.tsv.

A corpus line is ``{"_id", "title", "text"}``, a query line ``{"_id", "text"}``, a line of the
qrels ``query-id corpus-id score`` with or without a header. Every query that has a judgement
counts, also when nothing was found for it. Judgements of documents that the corpus lacks
stay: they are documents that cannot be found, and `unknown_documents` counts them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from ir_measures import Qrel

from indexer.readers import Quarantined, Read
from retrieval.compounds import Ladder
from retrieval.errors import PeptideSearchError
from retrieval.types import Document, PageFields, Section, TrialFields


class CollectionError(PeptideSearchError):
    """A file of a test collection is missing or contradicts itself."""


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query of a collection; ``query_id`` is what judgements refer to."""

    query_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """Queries that have judgements, the judgements, and where the corpus stands."""

    corpus: Path
    queries: tuple[JudgedQuery, ...]
    qrels: tuple[Qrel, ...]
    unknown_documents: int


def read_collection(folder: Path) -> Collection:
    """Read a collection's folder, or raise `CollectionError` that names file and line."""
    corpus = _file(folder, "corpus.jsonl")
    known = {document_id for document_id, _ in _ids(corpus)}
    if not known:
        raise CollectionError(f"{corpus} holds no document")
    qrels = tuple(_qrels(folder / "qrels.tsv"))
    judged = {qrel.query_id for qrel in qrels}
    texts = _queries(_file(folder, "queries.jsonl"))
    if missing := judged - texts.keys():
        raise CollectionError(
            f"{folder / 'qrels.tsv'} judges {len(missing)} queries that queries.jsonl lacks, "
            f"such as {min(missing)}: are they of one collection?"
        )
    queries = (JudgedQuery(query_id, text) for query_id, text in texts.items())
    unknown = {qrel.doc_id for qrel in qrels} - known
    return Collection(
        corpus, tuple(query for query in queries if query.query_id in judged), qrels, len(unknown)
    )


def read_corpus(path: Path, ladder: Ladder) -> Iterator[Read | Quarantined]:
    """Yield the documents of a corpus file in the form that a build reads.

    Each is a document of its own trial, so that nothing is collapsed.
    """
    for position, item in _lines(path):
        title, text = str(item.get("title") or ""), str(item.get("text") or "")
        body = text if text.strip() else title
        if not body.strip():
            yield Quarantined(str(path), position, "no_body", "neither title nor text")
            continue
        document_id = str(item["_id"])
        document = Document(
            doc_id=document_id,
            kind="trial",
            trial_id=document_id,
            title=title,
            text=body,
            sections=(Section("Text", 0, len(body)),),
            fields=TrialFields(),
            page=PageFields(),
            paths=(),
            source_url="",
        )
        yield Read(document, str(path), position, ())


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise CollectionError(f"{folder} has no {name} and no {name}.gz")


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with _open(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                item = json.loads(line)
                item["_id"]
            except (ValueError, KeyError, TypeError) as error:
                raise CollectionError(f"{path} line {number}: {error!r}") from error
            yield f"line {number}", item


def _ids(path: Path) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for position, item in _lines(path):
        item_id = str(item["_id"])
        if item_id in seen:
            raise CollectionError(f"{path} has {item_id} twice: {seen[item_id]} and {position}")
        seen[item_id] = position
        yield item_id, str(item.get("text") or "")


def _queries(path: Path) -> dict[str, str]:
    return dict(_ids(path))


def _qrels(path: Path) -> Iterator[Qrel]:
    if not path.is_file():
        raise CollectionError(f"{path} is missing")
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        columns = line.split()
        if not columns or (number == 1 and columns[-1] == "score"):
            continue
        try:
            query_id, document_id, score = columns
            relevance = int(score)
        except ValueError:
            raise CollectionError(
                f"{path} line {number}: expected query-id, corpus-id and a whole score, "
                f"not {line[:80]!r}"
            ) from None
        if (query_id, document_id) in seen:
            raise CollectionError(f"{path} line {number} judges {query_id} {document_id} again")
        seen.add((query_id, document_id))
        yield Qrel(query_id, document_id, relevance)
