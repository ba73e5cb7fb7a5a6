"""The bundled reranker is the model that it claims to be, and reads each text by itself."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.errors import ModelError
from retrieval.models.cross_encoder import MAX_QUERY_TOKENS, TEMPERATURE
from retrieval.models.loading import load_reranker

# The model card's own example.
QUERY = "How many people live in Berlin?"
ANSWER = (
    "Berlin has a population of 3,520,031 registered inhabitants in an area of 891.82 square "
    "kilometers."
)
OTHER = "Berlin is well known for its museums."


@pytest.fixture(scope="module")
def reranker():
    """The bundled reranker, loaded once."""
    return load_reranker("bundled", threads=0)


def logits(opinions):
    return TEMPERATURE * np.log(opinions / (1 - opinions))


def test_the_model_cards_pair_is_told_apart(reranker):
    """The logits are those of the model card, but for what eight bits cost."""
    answer, other = logits(reranker.opinions(QUERY, [ANSWER, OTHER]))
    assert answer == pytest.approx(9.22, abs=1)
    assert other == pytest.approx(-4.08, abs=1)


def test_an_opinion_depends_on_its_own_text_alone(reranker):
    """Company, its length and its order change nothing, to the last bit."""
    texts = [ANSWER, OTHER, "x", "word " * 400]
    together = reranker.opinions(QUERY, texts)
    alone = [reranker.opinions(QUERY, [text])[0] for text in texts]
    turned = reranker.opinions(QUERY, texts[::-1])[::-1]
    assert together.tolist() == alone == turned.tolist()


def test_no_texts_give_no_opinions(reranker):
    """An empty list is answered with an empty array."""
    opinions = reranker.opinions(QUERY, [])
    assert opinions.shape == (0,)
    assert opinions.dtype == np.float32


@pytest.mark.parametrize("query", ["", "?", "Berlin " * 3000, "x" * 10_000, "Tα1 \0 🧪"])
@pytest.mark.parametrize("text", ["", "Berlin " * 3000, "x" * 20_000])
def test_texts_of_any_length_are_read(reranker, query, text):
    """What does not fit is cut; nothing fails, and an opinion is a number in 0..1."""
    (opinion,) = reranker.opinions(query, [text])
    assert 0 <= opinion <= 1


def test_a_long_query_leaves_room_for_the_text(reranker):
    """Of a long query the beginning is read, so that texts are still told apart."""
    long = f"{QUERY} {'and so on ' * 1000}"
    opinions = reranker.opinions(long, [ANSWER, OTHER])
    assert opinions[0] > opinions[1]
    words = "who lives in Berlin " * MAX_QUERY_TOKENS
    first = reranker.opinions(words, [ANSWER])
    assert first == reranker.opinions(f"{words} and something else", [ANSWER])


def test_a_long_text_is_read_from_its_beginning(reranker):
    """The end of a text that does not fit counts for nothing, and its beginning does."""
    filler = "and so on " * 1000
    plain = reranker.opinions(QUERY, [filler])
    assert reranker.opinions(QUERY, [f"{filler} {ANSWER}"]) == plain
    assert reranker.opinions(QUERY, [f"{ANSWER} {filler}"]) > plain


def test_none_goes_without_and_another_name_is_refused():
    """The setting has two values, and a third is an error that names both."""
    assert load_reranker("none", threads=0) is None
    with pytest.raises(ModelError, match=r"'other'.*'bundled' or 'none'"):
        load_reranker("other", threads=0)
