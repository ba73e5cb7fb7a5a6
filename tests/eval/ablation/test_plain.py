"""The plain systems are what they say: nearest chunks in Chroma, and BM25 by its formula."""

from __future__ import annotations

import re
from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.ablation.plain import Unit, chunk_units, hits_of, plain_chroma, unit_vectors, whole_units
from eval.ablation.plain_bm25 import PlainBM25
from indexer.build import quiet
from indexer.chunking import ChunkSize
from retrieval.types import Document, Filters, PageFields, Query, Section, TrialFields
from tests.fakes import HashingEmbedder

# Without endings that a stemmer would cut.
WORDS = ("fever", "cough", "hiccup", "tea", "salt", "moon", "rain", "bread")


def document(name, text, *, title="", sections=()):
    return Document(
        doc_id=name,
        kind="trial",
        trial_id=name,
        title=title,
        text=text,
        sections=sections or (Section("Text", 0, len(text)),),
        fields=TrialFields(),
        page=PageFields(),
        paths=(),
        source_url="",
    )


def bm25(query, texts):
    """The score of each text that has a word of the query, by the formula."""
    bags = [Counter(re.findall(r"\w+", text.lower())) for text in texts]
    mean = sum(bag.total() for bag in bags) / len(bags)
    scores = {}
    for row, bag in enumerate(bags):
        for word in set(re.findall(r"\w+", query.lower())) & bag.keys():
            having = sum(word in other for other in bags)
            rarity = log(1 + (len(bags) - having + 0.5) / (having + 0.5))
            length = 1.2 * (1 - 0.75 + 0.75 * bag.total() / mean)
            scores[row] = scores.get(row, 0) + rarity * 2.2 * bag[word] / (bag[word] + length)
    return scores


texts_of_words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=30).map(" ".join)


@given(texts=st.lists(texts_of_words, min_size=1, max_size=8), query=texts_of_words)
def test_plain_bm25_scores_by_the_formula(texts, query):
    """Every text with a word of the query is found, at Okapi's score, best first."""
    units = whole_units(document(str(row), text) for row, text in enumerate(texts))
    found = list(PlainBM25(units).scored(Query(query)))
    scores = {int(unit.document.doc_id): score for unit, score in found}
    assert scores == pytest.approx(bm25(query, texts), rel=1e-4)
    assert [score for _, score in found] == sorted(scores.values(), reverse=True)


def test_plain_bm25_reads_titles_and_stems_and_nothing_into_a_query():
    """Operators, filters and other names of a compound mean nothing to it."""
    plain = PlainBM25(
        whole_units(
            [
                document("a", "It was cured.", title="Fevers of the moon"),
                document("b", "thymalfasin in phase 3"),
            ]
        )
    )

    def ids(text, **asked):
        return [hit.source.doc_id for hit in plain.search(Query(text, **asked))]

    assert ids("FEVER") == ids("curing") == ids("-fever") == ids('"fever moon') == ["a"]
    assert ids("fever AND thymalfasin") == ["b", "a"]  # either word; b is shorter
    assert ids("thymosin alpha 1") == ids("???") == []
    assert ids("thymalfasin", filters=Filters(phases=("PHASE1",))) == ["b"]


def test_plain_chroma_ranks_documents_by_their_nearest_chunk():
    """Its order is that of the exact cosines, each document once."""
    embedder = HashingEmbedder()
    random = np.random.default_rng(3)
    documents = [
        document(str(row), " ".join(random.choice(WORDS, size=60)) + f" number {row}")
        for row in range(12)
    ]
    units = chunk_units(documents, embedder, size=ChunkSize(16, 2))
    assert len(units) > 3 * len(documents)
    vectors = embedder.embed_documents([unit.text for unit in units])
    with plain_chroma(units, vectors, embedder) as plain:
        hits = plain.search(Query("hiccup tea number 7", k=5))
    cosines = vectors @ embedder.embed_query("hiccup tea number 7")
    nearest = [units[row] for row in np.argsort(-cosines, kind="stable")]
    expected = list(dict.fromkeys(unit.document.doc_id for unit in nearest))[:5]
    assert [hit.source.doc_id for hit in hits] == expected
    assert hits[0].passage.text == nearest[0].text
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]


def test_chunks_are_of_title_and_text_without_header_or_section():
    """The first begins with the title, a section is no border, a span shows its document."""
    text = "Fever came. " * 4 + "Rain fell. " * 20
    sections = (Section("One", 0, 24), Section("Two", 24, len(text)))
    made = document("a", text, title="A made-up title", sections=sections)
    units = chunk_units([made], HashingEmbedder(), size=ChunkSize(40, 0))
    assert units[0].text.startswith("A made-up title\n\nFever came. Fever came. Fever came.")
    assert len(units) > 1
    for unit in units:
        assert unit.text.endswith(text[unit.start : unit.end])
        assert "Section" not in unit.text
    shown = " ".join(text[unit.start : unit.end] for unit in units)
    assert shown.split() == text.split()


def test_a_document_that_is_its_title_says_it_once():
    """A collection's document without a text of its own is not doubled."""
    (unit,) = whole_units([document("a", "Only a title", title="Only a title")])
    assert unit.text == "Only a title"


def test_a_hit_is_a_document_s_first_unit():
    """Of several units of one document the best is shown, and ``k`` counts documents."""
    one, two = document("a", "one and more"), document("b", "two")
    best, second = Unit(one, 4, 12, "and more"), Unit(one, 0, 3, "one")
    hits = hits_of([best, second, *whole_units([two])], k=2)
    assert [hit.passage.text for hit in hits] == ["and more", "two"]
    assert [hit.rank for hit in hits] == [1, 2]
    assert len(hits_of([best, *whole_units([two])], k=1)) == 1


def test_vectors_of_plain_chunks_are_embedded_once(tmp_path):
    """A second run takes them from the file, in the order of the units."""
    embedder = HashingEmbedder()
    units = whole_units(document(str(row), WORDS[row % 3]) for row in range(7))
    cache = tmp_path / "vectors"
    first, again = (
        np.stack(list(unit_vectors(units, embedder, cache=cache, progress=quiet))) for _ in range(2)
    )
    assert embedder.embedded == 3  # as many as there are different texts
    assert np.array_equal(first, again)
    assert np.array_equal(first[4], embedder.embed_query(WORDS[1]))
