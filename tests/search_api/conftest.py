"""A small corpus with every label in it, indexed for real, and a client over it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from indexer.build import BuildSettings, build
from indexer.chunking import ChunkSize
from retrieval.index.judging import Judging
from retrieval.index.live import LiveIndex
from retrieval.search.searcher import Searcher
from search_api.gate import Opened
from search_api.http.app import build_app
from tests.fakes import HashingEmbedder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.language.compounds import Ladder
    from retrieval.models.embedder import Embedder

PLANNED = "NCT90000001"
REPORTED = "NCT90000002"

DIGEST = f"""Back to Thymosin-alpha-1 research
thymosin-alpha-1 immune modulator rct 2024-01-03 ClinicalTrials

Thymalfasin Before Surgery in Rectal Cancer

Background

Thymalfasin is studied beside radiotherapy. Greek and beyond: Tα1, 𝒯α1, ﬁ, é.

Results

No results exist yet. Adverse events are to be counted as a secondary outcome.

thymosin-alpha-1 safety data present
Source: clinicaltrials:{PLANNED} · Ingested 2026-04-03 · Digest: example-model
"""


def record(trial_id: str, *, title: str, drug: str, **more: Any) -> dict[str, Any]:
    """Return a small study in the registry's shape."""
    return {
        "protocolSection": {
            "identificationModule": {"nctId": trial_id, "briefTitle": title},
            "statusModule": {
                "overallStatus": more.get("status", "RECRUITING"),
                "startDateStruct": {"date": "2023-05"},
                "lastUpdatePostDateStruct": {"date": "2024-02-03"},
            },
            "descriptionModule": {"briefSummary": f"{drug} is given to see what it does. 𝒯α1."},
            "conditionsModule": {"conditions": ["Rectal Cancer"]},
            "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE2"]},
            "armsInterventionsModule": {"interventions": [{"type": "DRUG", "name": drug}]},
            "outcomesModule": {
                "secondaryOutcomes": [
                    {"measure": "Adverse events", "timeFrame": "90 days after the last dose"}
                ]
            },
        },
        "hasResults": "results" in more,
        **({"resultsSection": more["results"]} if "results" in more else {}),
    }


ADVERSE_EVENTS = {
    "adverseEventsModule": {
        "timeFrame": "12 weeks",
        "eventGroups": [
            {
                "id": "EG000",
                "title": "Thymalfasin",
                "seriousNumAffected": 3,
                "seriousNumAtRisk": 40,
            },
            {"id": "EG001", "title": "Control", "seriousNumAffected": 5, "seriousNumAtRisk": 41},
        ],
        "seriousEvents": [
            {
                "term": "Pneumonia",
                "organSystem": "Infections and infestations",
                "stats": [
                    {"groupId": "EG000", "numAffected": 3, "numAtRisk": 40},
                    {"groupId": "EG001", "numAffected": 5, "numAtRisk": 41},
                ],
            }
        ],
    }
}


def write_corpus(folder: Path) -> Path:
    """Write a digest, a record without results and a record with adverse events."""
    folder.mkdir(parents=True, exist_ok=True)
    planned = record(PLANNED, title="Thymalfasin in Rectal Cancer", drug="Thymalfasin")
    reported = record(
        REPORTED,
        title="Thymalfasin in Hepatitis B",
        drug="Thymalfasin",
        status="COMPLETED",
        results=ADVERSE_EVENTS,
    )
    (folder / "digest.txt").write_text(DIGEST, encoding="utf-8")
    (folder / "planned.json").write_text(json.dumps(planned), encoding="utf-8")
    (folder / "reported.json").write_text(json.dumps(reported), encoding="utf-8")
    return folder


def build_index(index_dir: Path, corpus: Path, *, embedder: Embedder, ladder: Ladder) -> str:
    """Bring ``index_dir`` up to date with ``corpus`` and return the live snapshot's name."""
    settings = BuildSettings(index_dir=index_dir, size=ChunkSize(tokens=128, overlap=16))
    return build([corpus], settings, embedder=embedder, ladder=ladder).snapshot


@pytest.fixture(scope="session")
def index_dir(tmp_path_factory: pytest.TempPathFactory, ladder: Ladder) -> Path:
    """An index of the small corpus, made with the hashing embedder."""
    folder = tmp_path_factory.mktemp("api")
    build_index(
        folder / "index",
        write_corpus(folder / "corpus"),
        embedder=HashingEmbedder(),
        ladder=ladder,
    )
    return folder / "index"


@pytest.fixture(scope="session")
def searcher(index_dir: Path, ladder: Ladder) -> Iterator[Searcher]:
    """A searcher over the small corpus."""
    embedder = HashingEmbedder()
    live = LiveIndex.open(index_dir, embedder.recipe)
    yield Searcher(live, embedder, ladder)
    live.close()


@pytest.fixture(scope="session")
def client(index_dir: Path, ladder: Ladder) -> Iterator[TestClient]:
    """A client of the whole application over the small corpus."""
    embedder = HashingEmbedder()
    live = LiveIndex.open(index_dir, embedder.recipe)
    judging = Judging(index_dir, log_queries=True)
    app = build_app(Opened.over(live, embedder, ladder), judging=judging)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def bundled_index(
    tmp_path_factory: pytest.TempPathFactory, bundled_embedder: Embedder, ladder: Ladder
) -> Path:
    """An index of the small corpus that the command line can open: made by the default model."""
    folder = tmp_path_factory.mktemp("bundled")
    corpus = write_corpus(folder / "corpus")
    build_index(folder / "index", corpus, embedder=bundled_embedder, ladder=ladder)
    return folder / "index"
