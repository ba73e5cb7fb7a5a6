"""The lexical index: the one door to tantivy.

A snapshot has two: of its chunks, to find the passage, and of its whole documents, whose words
tell more surely what they are about (nDCG@10 on SciFact's training queries, before fusion:
chunks 0.687, documents 0.694; fused with the dense arm: 0.750 and 0.773). Each is derived from
the catalogue, written once by `build_lexical` and then only read; opening it writes nothing,
so any number of processes may share it.
What a person typed is never parsed as tantivy's query language: a query is built from the
terms of its folded words (`retrieval.language.words`). One entry feeds five fields:

    text, title, header   stemmed runs: IL-2, IL2 and "IL 2" share the terms il and 2
    exact                 title and text unstemmed, every word in one piece (bpc-157)
    trial_id              the folded id, for queries that name one
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

import numpy as np

from retrieval.errors import BuildError, IndexDamaged
from retrieval.language.words import STOP_WORDS, Runs, split_words

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    import tantivy

# Tuned on SciFact's training queries and held against TREC 2021 clinical trials, where a
# heavier title would do better still. No collection has chunk headers, so theirs is a guess
# below the title's; a compound's other names weigh less than the words that were typed.
STEMMED_WEIGHTS = {"text": 1.0, "title": 0.5, "header": 0.3}
EXACT_WEIGHT = 0.3
CODE_WEIGHT = 0.5
TRIAL_ID_WEIGHT = 5.0  # more than all that a mention in the text scores
NAME_WEIGHT = 0.7

# Distinct words; of a longer query the rarest are kept, which is faster and no worse.
MAX_QUERY_WORDS = 60
# In a long description most words are beside the point, and the rare ones name the disease: up
# to the first length words count alike, from the second on a word counts by its rarity once
# more. On TREC 2021's patient descriptions (77 words without stop words), documents alone,
# nDCG@10 rises from 0.329 to 0.398; on SciFact's claims (12 words) it would fall.
SHORT_QUERY_WORDS = 15
LONG_QUERY_WORDS = 40
WRITER_HEAP = 1_000_000_000  # bytes, an upper bound; what fits becomes one segment

# Measured at 40,000 chunks: a row in a term set, and a hit fetched to be masked.
TERM_SET_MICROSECONDS = 3.3
FETCH_MICROSECONDS = 0.5


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """A chunk or a whole document as it is searched.

    ``row`` is the chunk's row in the vector matrix, or the document's ordinal.
    """

    row: int
    trial_id: str
    title: str
    header: str
    text: str


@dataclass(frozen=True, slots=True)
class LexicalHits:
    """Rows and their BM25 scores, best first, ties by row; both of shape ``(hits,)``."""

    rows: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]


def build_lexical(folder: Path, entries: Iterable[LexicalEntry]) -> None:
    """Write the index of ``entries`` into an empty or absent folder, and seal it.

    When this returns every file is synced and no thread of the writer is alive.

    Raises:
        BuildError: the folder holds an index already, or tantivy could not write.
    """
    import tantivy

    folder.mkdir(parents=True, exist_ok=True)
    if tantivy.Index.exists(str(folder)):
        raise BuildError(f"{folder} holds a lexical index already; build into an empty folder")
    try:
        # Sorted by row, tantivy's own tie-break (the lower document first) is ours.
        index = tantivy.Index(_schema(), path=str(folder), sort_by_field="row")
        _register_analyzers(index)
        writer = index.writer(heap_size=WRITER_HEAP, num_threads=1)
        for entry in entries:
            writer.add_document(_document(entry))
        writer.commit()
        writer.wait_merging_threads()
    except (ValueError, OSError) as error:
        raise BuildError(f"tantivy could not write its index in {folder}: {error}") from error


class LexicalIndex:
    """A sealed lexical index, open for searching; threads may share it."""

    def __init__(self, folder: Path, searcher: tantivy.Searcher) -> None:
        self._folder = folder
        self._searcher = searcher
        self._queries = _Queries()

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """Open a sealed folder, writing nothing.

        Raises:
            IndexDamaged: the folder holds no index, or one that tantivy cannot read.
        """
        import tantivy

        with _damage_in(folder):
            index = tantivy.Index.open(str(folder))
            index.config_reader(reload_policy="manual")  # it never changes: watch nothing
            return cls(folder, index.searcher())

    def count(self) -> int:
        """Return the number of chunks."""
        return self._searcher.num_docs

    def search(
        self,
        text: str,
        *,
        k: int,
        names: Sequence[Sequence[str]] = (),
        allowed: npt.NDArray[np.bool_] | None = None,
        fields: Sequence[str] = tuple(STEMMED_WEIGHTS),
    ) -> LexicalHits:
        """Return the ``k`` best rows for ``text``, read as a bag of words.

        ``names`` holds one group per compound: all its names, the typed one among them; a
        row scores its best name, not their sum. ``allowed`` is a mask over rows, shape
        ``(count(),)``; the result is then complete: the ``k`` best of the allowed rows.
        ``fields`` are the stemmed fields that are searched.

        Raises:
            IndexDamaged: tantivy met bytes that it cannot read.
        """
        rows = self.count() if allowed is None else int(np.count_nonzero(allowed))
        with _damage_in(self._folder):
            words = self._telling(text)
            parts = [*self._queries.of_words(words, fields), *self._queries.of_codes(text)]
            for group in names:
                parts.extend(self._queries.of_names(group, fields))
            if not parts or not rows or k < 1:
                return LexicalHits(np.empty(0, np.int64), np.empty(0, np.float32))
            query = self._queries.any_of(parts)
            if allowed is None:
                return self._best(query, k=k, fetch=k, allowed=None)
            return self._best_within(query, allowed, k=k, rows=rows)

    def close(self) -> None:
        """Let go of the files; the index cannot be searched afterwards."""
        if hasattr(self, "_searcher"):
            del self._searcher

    def _best_within(
        self,
        query: tantivy.Query,
        allowed: npt.NDArray[np.bool_],
        *,
        k: int,
        rows: int,
    ) -> LexicalHits:
        """Name the allowed rows to tantivy when they are few, else fetch more and mask."""
        fetch = min(2 * k * self.count() // rows, self.count())
        if rows * TERM_SET_MICROSECONDS < fetch * FETCH_MICROSECONDS:
            query = self._queries.within(query, rows=allowed.nonzero()[0])
            return self._best(query, k=k, fetch=min(k, rows), allowed=None)
        return self._best(query, k=k, fetch=fetch, allowed=allowed)

    def _best(
        self,
        query: tantivy.Query,
        *,
        k: int,
        fetch: int,
        allowed: npt.NDArray[np.bool_] | None,
    ) -> LexicalHits:
        """Fetch until ``k`` allowed hits are found, or there are no more."""
        while True:
            hits = self._fetch(query, min(fetch, self.count()))
            kept = slice(None) if allowed is None else allowed[hits.rows]
            rows, scores = hits.rows[kept], hits.scores[kept]
            if len(rows) >= k or len(hits.rows) < fetch or fetch >= self.count():
                return LexicalHits(rows[:k], scores[:k])
            fetch *= 4

    def _fetch(self, query: tantivy.Query, fetch: int) -> LexicalHits:
        found = self._searcher.search(query, limit=fetch, count=False).hits
        addresses = [address for _, address in found]
        rows = np.array(self._searcher.fast_field_values("row", addresses), np.int64)
        scores = np.array([score for score, _ in found], np.float32)
        order = np.lexsort((rows, -scores))
        return LexicalHits(rows[order], scores[order])

    def _telling(self, text: str) -> dict[Runs, float]:
        """Return the distinct words without stop words, each with its emphasis (0..1].

        Of a long query the rarest `MAX_QUERY_WORDS` are kept. A query of nothing but stop words
        keeps them: it has nothing else to say.
        """
        distinct = list(dict.fromkeys(split_words(text)))
        telling = [word for word in distinct if "-".join(word) not in STOP_WORDS] or distinct
        power = (len(telling) - SHORT_QUERY_WORDS) / (LONG_QUERY_WORDS - SHORT_QUERY_WORDS)
        if power <= 0:
            return dict.fromkeys(telling, 1.0)
        rarity = {word: self._rarity(word) for word in telling}
        kept = sorted(telling, key=lambda word: rarity[word], reverse=True)[:MAX_QUERY_WORDS]
        most = rarity[kept[0]] or 1.0
        return {word: (rarity[word] / most) ** min(power, 1.0) for word in kept}

    def _rarity(self, word: Runs) -> float:
        """Return the inverse document frequency of the word's rarest run; 0 if unknown."""
        frequency = min(self._searcher.doc_freq("text", stem) for stem in stemmed(word))
        count = self.count()
        return log(1 + (count - frequency + 0.5) / (frequency + 0.5)) if frequency else 0.0


class _Queries:
    """Builds tantivy queries out of words; holds tantivy's classes, imported once."""

    def __init__(self) -> None:
        from tantivy import Occur, Query

        self._query = Query
        self._occur = Occur
        self._schema = _schema()

    def of_words(
        self, words: Mapping[Runs, float], fields: Sequence[str]
    ) -> Iterator[tantivy.Query]:
        """Yield a term query for every run, whole word, and word that might be a trial's id.

        ``words`` maps each word to its emphasis, a factor of its weights.
        """
        stems: dict[str, float] = {}
        for word, emphasis in words.items():
            for stem in stemmed(word):
                stems[stem] = max(emphasis, stems.get(stem, 0.0))
        for stem, emphasis in stems.items():
            for field in fields:
                yield self._term(field, stem, STEMMED_WEIGHTS[field] * emphasis)
        for word, emphasis in words.items():
            yield self._term("exact", "-".join(word), EXACT_WEIGHT * emphasis)
        for code in dict.fromkeys("-".join(word) for word in words if len(word) > 1):
            yield self._term("trial_id", code, TRIAL_ID_WEIGHT)

    def of_codes(self, text: str) -> Iterator[tantivy.Query]:
        """Yield phrases that keep the parts of a code together, as in IL-2 and IL 2."""
        words = split_words(text)
        codes = [word for word in words if len(word) > 1]
        for (*_, first), second in pairwise(words):
            if first.isalpha() and second[0].isdigit() and first not in STOP_WORDS:
                codes.append((first, second[0]))
        for code in list(dict.fromkeys(codes))[:MAX_QUERY_WORDS]:
            yield self._phrase("text", code, CODE_WEIGHT)

    def of_names(self, names: Sequence[str], fields: Sequence[str]) -> Iterator[tantivy.Query]:
        """Yield, per field, the best-scoring of a compound's names."""
        spelled = (tuple(run for word in split_words(name) for run in word) for name in names)
        known = [name for name in dict.fromkeys(spelled) if name]
        if not known:
            return
        for field in fields:
            weight = NAME_WEIGHT * STEMMED_WEIGHTS[field]
            # A phrase scores the sum of its words; the mean keeps long names from winning.
            scored = [self._phrase(field, name, weight / len(name)) for name in known]
            yield self._query.disjunction_max_query(scored)

    def any_of(self, parts: Sequence[tantivy.Query]) -> tantivy.Query:
        """Return the disjunction of ``parts``; scores add up."""
        return self._query.boolean_query([(self._occur.Should, part) for part in parts])

    def within(self, query: tantivy.Query, *, rows: npt.NDArray[np.int64]) -> tantivy.Query:
        """Return ``query`` restricted to ``rows``, its scores unchanged."""
        allowed = self._query.term_set_query(self._schema, "row", rows.tolist())
        unscored = self._query.const_score_query(allowed, 0.0)
        must = self._occur.Must
        return self._query.boolean_query([(must, query), (must, unscored)])

    def _phrase(self, field: str, runs: Runs, weight: float) -> tantivy.Query:
        stems = stemmed(runs)
        if len(stems) == 1:
            return self._term(field, stems[0], weight)
        phrase = self._query.phrase_query(self._schema, field, list(stems))
        return self._query.boost_query(phrase, weight)

    def _term(self, field: str, term: str, weight: float) -> tantivy.Query:
        query = self._query.term_query(self._schema, field, term, index_option="freq")
        return self._query.boost_query(query, weight)


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    for field in STEMMED_WEIGHTS:
        builder.add_text_field(field, tokenizer_name="stemmed")
    builder.add_text_field("exact", tokenizer_name="spaced", index_option="freq")
    builder.add_text_field("trial_id", tokenizer_name="spaced", index_option="freq")
    builder.add_unsigned_field("row", indexed=True, fast=True)
    return builder.build()


def _document(entry: LexicalEntry) -> tantivy.Document:
    import tantivy

    title, text = split_words(entry.title), split_words(entry.text)
    document = tantivy.Document()
    document.add_text("text", _spaced(text))
    document.add_text("title", _spaced(title))
    document.add_text("header", _spaced(split_words(entry.header)))
    document.add_text("exact", " ".join("-".join(word) for word in title + text))
    trial_id = (run for word in split_words(entry.trial_id) for run in word)
    document.add_text("trial_id", "-".join(trial_id))
    document.add_unsigned("row", entry.row)
    return document


def _spaced(words: Iterable[Runs]) -> str:
    return " ".join(run for word in words for run in word)


def _register_analyzers(index: tantivy.Index) -> None:
    """Words arrive folded and split; only spaces and stems are left to tantivy."""
    import tantivy

    spaced = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("spaced", spaced)
    index.register_tokenizer("stemmed", _stemmer())


@lru_cache(maxsize=1)
def _stemmer() -> tantivy.TextAnalyzer:
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    return builder.filter(tantivy.Filter.stemmer("english")).build()


def stemmed(runs: Runs) -> Runs:
    """Return the English stem of each folded run, as searches compare them."""
    return tuple(_stemmer().analyze(" ".join(runs)))


@contextmanager
def _damage_in(folder: Path) -> Iterator[None]:
    """Turn what tantivy raises on unreadable bytes, Rust's panics included, to our error."""
    try:
        yield
    except BaseException as error:
        # A panic is a BaseException whose class cannot be imported, only named.
        panicked = type(error).__name__ == "PanicException"
        if not (panicked or isinstance(error, ValueError | OSError)):
            raise
        raise IndexDamaged(
            f"the lexical index in {folder} cannot be read: {error}; build it again"
        ) from error
