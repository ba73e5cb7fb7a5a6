"""A real server on a loopback port, asked without pause while the index changes under it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import httpx

from tests.conftest import ROOT
from tests.search_api.conftest import build_index, record, write_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.language.compounds import Ladder
    from retrieval.models.embedder import Embedder

PATIENCE = 90  # seconds until a snapshot must have been taken up, on the slowest machine


@contextmanager
def serving(index: Path, **environment: str) -> Iterator[str]:
    """Start the server in a process of its own and yield its address; it stops on SIGTERM."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "search_api", "--index", str(index), "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stderr=subprocess.DEVNULL
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(PATIENCE)


def connected(address: str) -> httpx.Client:
    """Return a client once the server accepts connections."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            httpx.get(f"{address}/healthz", timeout=PATIENCE)
        except httpx.ConnectError:
            assert time.monotonic() < deadline, "the server never listened"
            time.sleep(0.05)
        else:
            return httpx.Client(base_url=address, timeout=PATIENCE)


def ask_until(stop: threading.Event, client: httpx.Client) -> list[tuple[int, str]]:
    """Search, and open the first hit's document, again and again."""
    seen = []
    while not stop.is_set():
        found = client.post("/v1/search", json={"query": "thymosin safety"})
        snapshot = found.json()["snapshot"]
        opened = client.get(f"/v1/documents/{found.json()['hits'][0]['doc_id']}")
        seen += [(found.status_code, snapshot), (opened.status_code, snapshot)]
    return seen


def wait_for(client: httpx.Client, *, snapshot: str) -> None:
    """Return when the server has served ``snapshot`` for a moment."""
    deadline = time.monotonic() + PATIENCE
    while client.get("/v1/search?q=thymosin").json()["snapshot"] != snapshot:
        assert time.monotonic() < deadline, "the new snapshot was not taken up"
        time.sleep(0.05)
    time.sleep(0.3)


def test_no_request_fails_while_a_snapshot_is_published(
    tmp_path: Path, bundled_embedder: Embedder, ladder: Ladder
) -> None:
    """Searches and documents go on through a build and its flip, then show the new corpus."""
    index, corpus = tmp_path / "index", write_corpus(tmp_path / "corpus")
    before = build_index(index, corpus, embedder=bundled_embedder, ladder=ladder)
    with serving(index) as address, connected(address) as client:
        assert client.get("/readyz").json()["snapshot"] == before
        stop = threading.Event()
        with ThreadPoolExecutor() as pool:
            askers = [pool.submit(ask_until, stop, client) for _ in range(3)]
            try:
                added = record("NCT90000009", title="Semaglutide in Obesity", drug="Semaglutide")
                (corpus / "added.json").write_text(json.dumps(added), encoding="utf-8")
                after = build_index(index, corpus, embedder=bundled_embedder, ladder=ladder)
                wait_for(client, snapshot=after)
            finally:
                stop.set()
        seen = [answer for asker in askers for answer in asker.result()]
        assert {status for status, _ in seen} == {200}
        assert {snapshot for _, snapshot in seen} == {before, after}
        hits = client.get("/v1/search", params={"q": "semaglutide obesity"}).json()["hits"]
        assert hits[0]["trial_id"] == "NCT90000009"


def test_a_long_query_by_url_is_told_in_our_shape(bundled_index: Path) -> None:
    """A query string far beyond the limit is a 413 of ours, not the server library's 400."""
    with serving(bundled_index) as address, connected(address) as client:
        plain = HTTPConnection(client.base_url.host, client.base_url.port)  # httpx stops at 64 KiB
        plain.request("GET", f"/v1/search?q={'a' * 100_000}")
        asked = plain.getresponse()
        assert (asked.status, json.load(asked)["error"]) == (413, "QueryTooLong")
        plain.close()
        large = client.post("/v1/search", content=b" " * (8 << 20))
        assert (large.status_code, large.json()["error"]) == (413, "BodyTooLarge")
