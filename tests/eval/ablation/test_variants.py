"""The rows of an ablation: each is the product less one thing, asked in turn with the others."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from eval.ablation.interleaved import interleave
from eval.ablation.variants import (
    FIRST_STAGE,
    RERANKING,
    HeaderlessEmbedder,
    index_variants,
    variants,
)
from indexer.build import quiet
from indexer.chunking import ChunkSize
from retrieval.errors import EmptyQuery
from retrieval.search.weights import DEFAULT
from retrieval.types import Query
from tests.fakes import HashingEmbedder


class Recording:
    """A system that finds nothing and writes down that it was asked."""

    def __init__(self, name, asked):
        self.name = name
        self.asked = asked

    def search(self, query):
        self.asked.append((query.text, self.name))
        if query.text == "???":
            raise EmptyQuery("no word")
        return ()


def test_systems_are_asked_in_turn_and_another_first_each_time():
    """Every system has every query once, after one that only warms it."""
    asked = []
    systems = {name: Recording(name, asked) for name in "abc"}
    queries = {text: Query(text) for text in ("one", "???", "two", "three")}
    found = interleave(queries, systems, what="queries", progress=quiet)
    assert asked[:3] == [("one", "a"), ("one", "b"), ("one", "c")]
    turns = [[name for text, name in asked[3:] if text == query] for query in queries]
    assert ["".join(turn) for turn in turns] == ["abc", "bca", "cab", "abc"]
    for name in systems:
        assert found[name].hits == dict.fromkeys(queries, ())
        assert found[name].milliseconds.shape == (4,)


@pytest.mark.parametrize("name", [*FIRST_STAGE, *RERANKING])
def test_a_variant_leaves_one_part_out(name):
    """A weight of the product's own is 0, and no other row has the same weights."""
    tuning = (FIRST_STAGE | RERANKING)[name]
    gone = [
        field.name
        for field in fields(tuning)
        if getattr(DEFAULT, field.name) and not getattr(tuning, field.name)
    ]
    assert gone
    same = [other for other, value in (FIRST_STAGE | RERANKING).items() if value == tuning]
    assert same == [name]


def test_every_weight_of_the_product_is_left_out_once():
    """A part that is new in the tuning has a row of its own; depths are no parts."""
    rows = [*(FIRST_STAGE | RERANKING).values()]
    parts = [field.name for field in fields(DEFAULT) if isinstance(field.default, float)]
    assert not [name for name in parts if all(getattr(row, name) for row in rows)]


def test_rows_of_the_fast_profile_never_rerank():
    """Of the best profile all but the fast row do."""
    assert not any(each.rerank for each in variants("fast"))
    assert [each.name for each in variants("best") if not each.rerank] == ["fast"]
    assert [each.name for each in variants("fast") if each.tuning == DEFAULT] == [
        "fast",
        "without understanding",
    ]


def test_the_headerless_embedder_embeds_a_chunk_s_text_alone():
    """Its vectors are those of the text without the first line, under a recipe of its own."""
    inner = HashingEmbedder()
    bare = HeaderlessEmbedder(inner)
    text = "Fever\n\nand a second line"
    vector = bare.embed_documents([f"A title | Section: Made-up\n{text}"])[0]
    assert np.array_equal(vector, inner.embed_query(text))
    assert np.array_equal(bare.embed_query(text), vector)
    assert bare.recipe.digest != inner.recipe.digest
    assert replace(bare.recipe, name=inner.recipe.name) == inner.recipe


def test_a_chunk_that_the_embedder_would_cut_is_no_variant():
    """Sizes of half and one and a half are tried as far as the model reads them."""
    names = [each.name for each in index_variants(ChunkSize(256, 32), HashingEmbedder().recipe)]
    assert names[1:] == ["chunks of 128 tokens", "chunks of 384 tokens"]
    narrow = HashingEmbedder(max_tokens=400).recipe
    assert len(index_variants(ChunkSize(256, 32), narrow)) == 2
