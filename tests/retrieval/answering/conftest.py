"""A made-up corpus that is asked questions; no trial, effect or number in it is real."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from retrieval.answering.answerer import Answerer
from retrieval.answering.types import Answer, Question
from retrieval.index.live import LiveIndex
from retrieval.language.compounds import Ladder
from retrieval.search.searcher import Searcher
from tests.corpus import index, study, whole_study, write_digest, write_study
from tests.fakes import HashingEmbedder

Asking = Callable[..., Answer]

FEVER = "NCT90000041"  # whole, recruiting, with a digest that errs on its phase
COUGH = "NCT90000042"  # whole, completed, with posted results
BARE = "NCT90000043"  # states no design
ABSENT = "NCT90000099"
ONLY_DIGEST = "NCT90000044"
TITLES = {
    FEVER: "Thymalfasin for Invented Fever in Grown Adults With Hiccups",
    COUGH: "Semaglutide Against an Invented Cough in Retired Sailors",
    BARE: "Thymalfasin and Nothing Else Stated",
}


@pytest.fixture(scope="session")
def answering(tmp_path_factory: pytest.TempPathFactory, ladder: Ladder) -> Iterator[Answerer]:
    """An answerer over six made-up trials and two digests, without a reranker."""
    folder = tmp_path_factory.mktemp("answering")
    corpus = folder / "corpus"
    write_study(corpus, whole_study(41, title=TITLES[FEVER]))
    cough = whole_study(
        42,
        title=TITLES[COUGH],
        drug="semaglutide",
        status="COMPLETED",
        phase="PHASE3",
        results=True,
    )
    cough["protocolSection"]["conditionsModule"] = {"conditions": ["Active Made-up Cough"]}
    cough["protocolSection"]["sponsorCollaboratorsModule"]["leadSponsor"]["name"] = "Cough & Sons"
    write_study(corpus, cough)
    bare = study(43, title=TITLES[BARE])
    for module in ("designModule", "armsInterventionsModule", "outcomesModule"):
        del bare["protocolSection"][module]
    write_study(corpus, bare)
    for number, phase in ((45, "PHASE1"), (46, "PHASE2"), (47, "PHASE2")):
        drug = "tirzepatide" if number == 47 else "walking"
        write_study(corpus, study(number, drug=drug, phase=phase, status="TERMINATED"))
    write_digest(corpus, 41, body="This phase 3 trial gives thymalfasin against a made-up fever.")
    write_digest(corpus, 44, body="Sailors take thymalfasin against seasickness, says nobody else.")
    embedder = HashingEmbedder()
    index([corpus], folder / "index", embedder)
    live = LiveIndex.open(folder / "index", embedder.recipe)
    searcher = Searcher(live, embedder, ladder)
    yield Answerer(searcher, live, ladder=ladder, embedder=embedder)
    live.close()


@pytest.fixture
def ask(answering: Answerer) -> Asking:
    """A function that answers a question; every quote is held against its document."""

    def asked(text: str, **parts: object) -> Answer:
        answer = answering.answer(Question(text, **parts))  # type: ignore[arg-type]
        with answering._live.lease() as snapshot:
            for citation in answer.citations:
                document = snapshot.catalogue.document(citation.source.doc_id)
                assert document is not None
                assert document.text[citation.start : citation.end] == citation.quote
        return answer

    return asked
