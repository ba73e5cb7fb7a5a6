"""Alive, ready, degraded; and a server that waits for its index."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from fastapi.testclient import TestClient

from retrieval.index.judging import Judging
from retrieval.index.live import LiveIndex
from retrieval.settings import Settings
from search_api.gate import Opened
from search_api.http.app import build_app, create_app
from tests.fakes import HashingEmbedder
from tests.search_api.conftest import build_index, write_corpus

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.language.compounds import Ladder
    from retrieval.models.embedder import Embedder


def test_a_ready_server_tells_what_it_serves(client: TestClient) -> None:
    """`/readyz` names the snapshot and its counts, and nothing is degraded."""
    state = client.get("/readyz").json()
    assert state["status"] == "ready"
    assert state["degraded"] is None
    assert state["documents"] == 3
    assert state["chunks"] >= 3
    assert state["snapshot"] == client.get("/v1/search?q=a+trial").json()["snapshot"]


def test_a_server_without_an_index_waits_for_one(
    tmp_path: Path, bundled_embedder: Embedder, ladder: Ladder
) -> None:
    """It is alive, says which command to run, and serves as soon as there is an index."""
    app = create_app(Settings(index_dir=tmp_path / "index", _env_file=None))
    with TestClient(app) as client:
        assert client.get("/healthz").json() == {"status": "alive"}
        for response in (client.get("/readyz"), client.get("/v1/search?q=thymosin")):
            assert (response.status_code, response.json()["error"]) == (503, "IndexMissing")
            assert "python -m indexer build" in response.json()["detail"]
        corpus = write_corpus(tmp_path / "corpus")
        build_index(tmp_path / "index", corpus, embedder=bundled_embedder, ladder=ladder)
        assert client.get("/readyz").json()["documents"] == 3
        assert client.get("/v1/search?q=thymosin").json()["hits"]


def test_a_damaged_snapshot_is_told_and_the_one_before_is_served(
    tmp_path: Path, ladder: Ladder
) -> None:
    """`/readyz` is `degraded` and says why; search goes on in the older snapshot."""
    embedder, index, corpus = HashingEmbedder(), tmp_path / "index", tmp_path / "corpus"
    write_corpus(corpus)
    older = build_index(index, corpus, embedder=embedder, ladder=ladder)
    shutil.copy(corpus / "digest.txt", corpus / "other.txt")
    with (corpus / "other.txt").open("r+", encoding="utf-8") as file:
        text = file.read().replace("NCT90000001", "NCT90000003")
        file.seek(0)
        file.write(text)
    newer = build_index(index, corpus, embedder=embedder, ladder=ladder)
    (index / "snapshots" / newer / "vectors.npy").write_bytes(b"")

    live = LiveIndex.open(index, embedder.recipe)
    judging = Judging(index, log_queries=False)
    app = build_app(Opened.over(live, embedder, ladder), judging=judging)
    with TestClient(app) as client:
        state = client.get("/readyz").json()
        assert (state["status"], state["snapshot"]) == ("degraded", older)
        assert newer in state["degraded"]
        assert client.get("/v1/search?q=thymosin").json()["snapshot"] == older


def test_another_embedder_is_not_ready(index_dir: Path) -> None:
    """An index made by another embedder is refused with a 503 that names the repair."""
    with TestClient(create_app(Settings(index_dir=index_dir, _env_file=None))) as client:
        response = client.get("/readyz")
        assert (response.status_code, response.json()["error"]) == (503, "RecipeMismatch")
        assert "indexer build" in response.json()["detail"]


def test_a_model_that_cannot_be_loaded_is_not_ready(tmp_path: Path) -> None:
    """A wrong `EMBEDDING_MODEL` leaves the server alive and says so at `/readyz`."""
    settings = Settings(
        index_dir=tmp_path, embedding_model=str(tmp_path / "nothing"), _env_file=None
    )
    with TestClient(create_app(settings)) as client:
        assert client.get("/healthz").status_code == 200
        response = client.get("/readyz")
        assert (response.status_code, response.json()["error"]) == (503, "NotReady")
        assert "ModelError" in response.json()["detail"]
