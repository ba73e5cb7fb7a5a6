"""Test collections in BEIR form: corpus.jsonl, queries.jsonl and qrels.tsv, each also .gz.

A corpus line is ``{"_id", "title", "text"}``, a query line ``{"_id", "text"}``; the qrels may
also stand in ``qrels/test.tsv`` (`eval.collections.qrels` says what they look like). The rules
for what is not as it should be:

- An id is a string or a whole number, not empty and without white space, because run files
  could not hold it. An id that stands twice is an error, and so is a corpus, a file of
  queries or of qrels that holds nothing.
- Every judged query counts, also one without a word or for which nothing is found: with 0.
  A judged query that queries.jsonl lacks is an error; queries that nobody judged are passed
  over.
- Judged documents that the corpus lacks cannot be found: they stay, are counted and told.
  When the corpus lacks all of them, the files are of different collections: an error.
- A document without text is its title; one with neither is left out, counted and told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.collections.qrels import read_qrels
from eval.lines import BadInput, numbered_lines
from indexer.readers import Quarantined, Read
from retrieval.language.compounds import Ladder
from retrieval.types import Document, PageFields, Section, TrialFields

if TYPE_CHECKING:
    from ir_measures import Qrel

QRELS = ("qrels.tsv", "qrels/test.tsv")
# Half of a pair: JSON can hold one, but no UTF-8 exists for it.
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class CollectionError(BadInput):
    """A file of a test collection is missing, malformed, or contradicts another."""


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query of a collection; ``query_id`` is what judgements refer to."""

    query_id: str
    text: str


@dataclass(frozen=True, slots=True)
class CorpusItem:
    """A document of a corpus as its line states it; title and text may be empty."""

    document_id: str
    title: str
    text: str

    @property
    def body(self) -> str:
        """What is searched and shown: the text, or the title of a document without one."""
        return self.text if self.text.strip() else self.title


@dataclass(frozen=True, slots=True)
class Collection:
    """Queries that have judgements, the judgements, and where the corpus stands.

    ``notes`` tell what a reader of the figures must know about the files.
    """

    corpus: Path
    queries: tuple[JudgedQuery, ...]
    qrels: tuple[Qrel, ...]
    unknown_documents: int
    notes: tuple[str, ...]


def read_collection(folder: Path, *, qrels: Path | None = None) -> Collection:
    """Read a collection's folder, with its own judgements or those of another file.

    Raises `CollectionError` or `QrelsError`, which name file and line.
    """
    corpus = find_file(folder, "corpus.jsonl")
    known, empty = _documents(corpus)
    judgements = qrels or find_file(folder, *QRELS)
    judged = read_qrels(judgements)
    unknown = {qrel.doc_id for qrel in judged} - known
    if unknown.issuperset(qrel.doc_id for qrel in judged):
        raise CollectionError(
            f"{corpus} has none of the {len(unknown)} documents that {judgements} judges, "
            f"such as {min(unknown)}: are they of one collection?"
        )
    return Collection(
        corpus,
        tuple(_judged(read_queries(folder), {qrel.query_id for qrel in judged}, judgements)),
        judged,
        len(unknown),
        tuple(_notes(judged, unknown=len(unknown), empty=empty)),
    )


def read_queries(folder: Path) -> tuple[JudgedQuery, ...]:
    """Read all queries of a collection, judged or not, or raise `CollectionError`."""
    path = find_file(folder, "queries.jsonl")
    queries = tuple(JudgedQuery(item.document_id, item.text) for item in _once(path))
    if not queries:
        raise CollectionError(f"{path} holds no query")
    return queries


def read_items(corpus: Path, wanted: Container[str]) -> dict[str, CorpusItem]:
    """Return the wanted documents of a corpus by id, as far as it has them."""
    return {item.document_id: item for _, item in _items(corpus) if item.document_id in wanted}


def read_corpus(path: Path, ladder: Ladder) -> Iterator[Read | Quarantined]:
    """Yield the documents of a corpus file in the form that a build reads.

    Each is a document of its own trial, so that nothing is collapsed.
    """
    for number, item in _items(path):
        if not item.body.strip():
            # Not quarantined: a build keeps what it once read from a file that is broken now.
            continue
        document = Document(
            doc_id=item.document_id,
            kind="trial",
            trial_id=item.document_id,
            title=item.title,
            text=item.body,
            sections=(Section("Text", 0, len(item.body)),),
            fields=TrialFields(),
            page=PageFields(),
            paths=(),
            source_url="",
        )
        yield Read(document, str(path), f"line {number}", ())


def find_file(folder: Path, *names: str) -> Path:
    """Return the first of the files that a folder has, plain or .gz, or raise."""
    for name in names:
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                return path
    raise CollectionError(f"{folder} has no {' and no '.join(f'{name}[.gz]' for name in names)}")


def _documents(corpus: Path) -> tuple[set[str], int]:
    """Return the ids of a corpus, and how many documents have neither title nor text."""
    known: set[str] = set()
    empty = 0
    for item in _once(corpus):
        known.add(item.document_id)
        empty += not item.body.strip()
    if len(known) == empty:
        raise CollectionError(f"{corpus} holds no document" + " with a text" * bool(empty))
    return known, empty


def _judged(
    queries: tuple[JudgedQuery, ...], judged: set[str], judgements: Path
) -> Iterator[JudgedQuery]:
    if missing := judged - {query.query_id for query in queries}:
        raise CollectionError(
            f"{judgements} judges {len(missing)} queries that queries.jsonl lacks, "
            f"such as {min(missing)}: are they of one collection?"
        )
    return (query for query in queries if query.query_id in judged)


def _notes(qrels: tuple[Qrel, ...], *, unknown: int, empty: int) -> Iterator[str]:
    if unknown:
        yield f"{unknown} judged documents are not in the corpus, so no search can find them"
    if empty:
        yield f"{empty} documents have neither title nor text, so no search can find them"
    relevant = {qrel.query_id for qrel in qrels if qrel.relevance > 0}
    if hopeless := len({qrel.query_id for qrel in qrels} - relevant):
        yield f"{hopeless} judged queries have no relevant document and count with 0"


def _once(path: Path) -> Iterator[CorpusItem]:
    seen: dict[str, int] = {}
    for number, item in _items(path):
        first = seen.setdefault(item.document_id, number)
        if first != number:
            raise CollectionError(
                f"{path} has {item.document_id} twice: line {first} and line {number}"
            )
        yield item


def _items(path: Path) -> Iterator[tuple[int, CorpusItem]]:
    for number, line in numbered_lines(path, CollectionError):
        place = f"{path} line {number}"
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CollectionError(f"{place} is no JSON: {error}") from error
        if not isinstance(item, dict):
            raise CollectionError(f"{place} is no JSON object: {line.strip()[:80]}")
        yield (
            number,
            CorpusItem(
                _id(item.get("_id"), place),
                _text(item.get("title"), f"{place}: title"),
                _text(item.get("text"), f"{place}: text"),
            ),
        )


def _id(value: object, place: str) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or text.split() != [text] or LONE_SURROGATE.search(text):
        raise CollectionError(
            f"{place}: _id must be a whole number or a text without white space, not {value!r}"
        )
    return text


def _text(value: object, place: str) -> str:
    """Return a text; a missing one is empty, and a lone surrogate becomes U+FFFD."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise CollectionError(f"{place} must be a text, not {str(value)[:80]}")
    return LONE_SURROGATE.sub("\ufffd", str(value))
