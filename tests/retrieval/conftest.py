"""A made-up corpus whose trials have telling titles, opened once for the modules of a search."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from retrieval.index.live import LiveIndex
from retrieval.index.snapshot import Snapshot
from tests.corpus import index, whole_study, write_corpus, write_digest, write_study
from tests.fakes import HashingEmbedder

# More than four content words are a name; the second is full of words that could be filters,
# the third may be a subject, and stands in the fourth.
TITLES = {
    "NCT90000021": "Thymalfasin for Invented Fever in Grown Adults With Hiccups",
    "NCT90000022": "Recruiting Families to Phase 3 Semaglutide Trials in Portugal",
    "NCT90000023": "Walking for Invented Knees",
    "NCT90000024": "Walking for Invented Knees and Made-up Elbows",
}
FEVER, FAMILIES, KNEES, ELBOWS = TITLES


@pytest.fixture(scope="session")
def titled_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveIndex]:
    """Four trials with telling titles, the first with results and a digest, among six others."""
    folder = tmp_path_factory.mktemp("titled")
    corpus = write_corpus(folder / "corpus", 6)
    for trial_id, title in TITLES.items():
        drug = "thymalfasin" if trial_id == FEVER else "walking"
        record = whole_study(int(trial_id[-2:]), title=title, drug=drug, results=trial_id == FEVER)
        write_study(corpus, record)
    write_digest(corpus, 21, body="Thymalfasin might help grown adults with the invented fever.")
    embedder = HashingEmbedder()
    index([corpus], folder / "index", embedder)
    live = LiveIndex.open(folder / "index", embedder.recipe)
    yield live
    live.close()


@pytest.fixture
def snapshot(titled_index: LiveIndex) -> Iterator[Snapshot]:
    """The snapshot of that index."""
    with titled_index.lease() as leased:
        yield leased
