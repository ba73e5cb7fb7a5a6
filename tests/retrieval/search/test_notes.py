"""What the notes say of words, names and misspellings, over a real index of made-up trials."""

from __future__ import annotations

import pytest

from retrieval.index.live import LiveIndex
from retrieval.search.searcher import Searcher
from retrieval.types import Query
from tests.corpus import index, study, write_study
from tests.fakes import HashingEmbedder


@pytest.fixture(scope="module")
def searcher(tmp_path_factory, ladder):
    """Two made-up trials: thymalfasin for fever, thymosin beta 4 for the eye."""
    folder = tmp_path_factory.mktemp("notes")
    corpus = folder / "corpus"
    write_study(corpus, study(1, title="Thymalfasin for invented vitiligo and heart attack"))
    write_study(corpus, study(2, title="Eye drops for dryness", drug="thymosin beta 4"))
    embedder = HashingEmbedder()
    index([corpus], folder / "index", embedder)
    live = LiveIndex.open(folder / "index", embedder.recipe)
    yield Searcher(live, embedder, ladder)
    live.close()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("thymalfsin fever", "“thymalfsin” was read as Thymosin alpha-1"),
        ("tymosin fever", "“tymosin” was read as Thymosin alpha-1 or Thymosin beta-4"),
        ("thymalfasin eye", "no document about Thymosin alpha-1 here says “eye”"),
        ("price of Zadaxin?", "no document about Thymosin alpha-1 here says “price”"),
    ],
)
def test_what_a_reader_would_not_expect_is_told(searcher, text, note):
    """How a word was read, and which words no document about the compound has."""
    assert note in [one.text for one in searcher.search(Query(text)).notes]


@pytest.mark.parametrize(
    "text",
    [
        "thymalfasin fever",
        "thymalfasin side effects?",  # a document may say adverse events
        "thymalfasin vitilligo",  # nearly a word of the title
        "thymalfasin AMI",  # its title says heart attack
        "How long did people stay on thymalfasin for invented fever?",
        "thymosin eye drops",  # said of the other thymosin
        "eye",
    ],
)
def test_what_may_well_be_answered_is_not_denied(searcher, text):
    """A note that is told wrongly costs more than one that is missing."""
    assert searcher.search(Query(text)).notes == ()
