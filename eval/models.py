"""The models that an evaluation searches with, and the searcher they make over an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from retrieval.errors import SettingsError
from retrieval.index.live import LiveIndex
from retrieval.index.manifest import Manifest
from retrieval.language.compounds import Ladder, load_ladder
from retrieval.models.embedder import Embedder
from retrieval.models.loading import (
    NO_MODEL,
    load_embedder,
    load_line_reader,
    load_reranker,
)
from retrieval.models.reranker import Reranker
from retrieval.search.searcher import Searcher
from retrieval.settings import Settings

Profile = Literal["fast", "best"]  # best reranks, fast does not


@dataclass(frozen=True, slots=True)
class Models:
    """What a searcher needs beside an index; without a reranker nothing is read again."""

    embedder: Embedder
    ladder: Ladder
    reranker: Reranker | None = None
    line_reader: Reranker | None = None

    @contextmanager
    def live(self, index_dir: Path) -> Iterator[LiveIndex]:
        """Yield the live index of a folder, the models warm: no query then waits for one."""
        self.embedder.warm()
        for model in (self.reranker, self.line_reader):
            if model is not None:
                model.warm()
        live = LiveIndex.open(index_dir, self.embedder.recipe)
        try:
            yield live
        finally:
            live.close()

    @contextmanager
    def searcher(self, index_dir: Path) -> Iterator[tuple[Searcher, Manifest]]:
        """Yield a searcher over the live index of a folder, and what that index is."""
        with self.live(index_dir) as live:
            with live.lease() as snapshot:
                manifest = snapshot.manifest
            yield Searcher(live, self.embedder, self.ladder, reranker=self.reranker), manifest


def load_models(settings: Settings, profile: Profile) -> Models:
    """Load the models of a profile: ``fast`` goes without the reranker.

    Raises `SettingsError` when ``best`` is asked for and the settings name no reranker, or
    `ModelError`.
    """
    if profile == "best" and settings.reranker == NO_MODEL:
        raise SettingsError(
            f"the profile best reads its passages with a reranker, and RERANKER={NO_MODEL}: "
            "name one, or ask for --profile fast"
        )
    threads = settings.embedding_threads
    return Models(
        load_embedder(settings.embedding_model, threads=threads),
        load_ladder(),
        load_reranker(settings.reranker, threads=threads) if profile == "best" else None,
        load_line_reader(settings.reranker, threads=threads) if profile == "best" else None,
    )
