"""The open index behind the routes: there from the start, or as soon as it appears."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from retrieval.errors import IndexUnusable, PeptideSearchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrieval.answering.answerer import Answerer
    from retrieval.answering.writing.writer import Writer
    from retrieval.index.live import LiveIndex
    from retrieval.language.compounds import Ladder
    from retrieval.models.embedder import Embedder
    from retrieval.models.reranker import Reranker
    from retrieval.search.searcher import Searcher
    from retrieval.settings import Settings

logger = logging.getLogger(__name__)

# A damaged index is read and hashed again on each try, a missing one costs nothing.
RETRY_SECONDS = 1.0


class NotReady(IndexUnusable):
    """The server cannot answer until something outside the index is put right."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An index that is open, what searches it and answers from it, and the compounds' names."""

    searcher: Searcher
    answerer: Answerer
    live: LiveIndex
    ladder: Ladder

    @classmethod
    def over(  # noqa: PLR0913 - all that answers are made with
        cls,
        live: LiveIndex,
        embedder: Embedder,
        ladder: Ladder,
        *,
        reranker: Reranker | None = None,
        line_reader: Reranker | None = None,
        writer: Writer | None = None,
    ) -> Opened:
        """Return what searches and answers over an index that is open."""
        from retrieval.answering.answerer import Answerer
        from retrieval.search.searcher import Searcher

        searcher = Searcher(live, embedder, ladder, reranker=reranker)
        answerer = Answerer(
            searcher,
            live,
            ladder=ladder,
            embedder=embedder,
            reranker=reranker,
            line_reader=line_reader,
            writer=writer,
        )
        return cls(searcher, answerer, live, ladder)


def opener(settings: Settings, *, warm: bool) -> Callable[[], Opened]:
    """Return a function that opens the index; its first call loads the models.

    ``warm`` makes them ready for a first query as quick as the others.
    """

    @cache
    def models() -> tuple[Embedder, Ladder, Reranker | None, Reranker | None, Writer | None]:
        from retrieval.answering.writing.loading import load_writer
        from retrieval.language.compounds import load_ladder
        from retrieval.models.loading import load_embedder, load_line_reader, load_reranker

        threads = settings.embedding_threads
        embedder = load_embedder(settings.embedding_model, threads=threads)
        reranker = load_reranker(settings.reranker, threads=threads)
        line_reader = load_line_reader(settings.reranker, threads=threads)
        for model in (embedder, reranker, line_reader):
            if warm and model is not None:
                model.warm()
        ladder = load_ladder()
        return embedder, ladder, reranker, line_reader, load_writer(settings, ladder)

    def open_index() -> Opened:
        from retrieval.index.live import LiveIndex

        embedder, ladder, reranker, line_reader, writer = models()
        live = LiveIndex.open(settings.index_dir, embedder.recipe)
        return Opened.over(
            live, embedder, ladder, reranker=reranker, line_reader=line_reader, writer=writer
        )

    return open_index


class Gate:
    """Hands out the open index; while there is none, each caller is told why.

    Safe for many threads: one of them opens, the others wait for it.
    """

    def __init__(self, open_index: Callable[[], Opened]) -> None:
        self._open_index = open_index
        self._lock = Lock()
        self._opened: Opened | None = None
        self._failure: IndexUnusable | None = None
        self._next_try = 0.0

    def opened(self) -> Opened:
        """Return the open index, or raise the `IndexUnusable` that stands in its way."""
        if self._opened is not None:
            return self._opened
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def warm(self) -> None:
        """Open early; a failure is logged and raised again for those who ask."""
        try:
            self.opened()
        except IndexUnusable as error:
            logger.warning("not ready: %s: %s", type(error).__name__, error)

    def close(self) -> None:
        """Close the index, if it was opened."""
        with self._lock:
            if self._opened is not None:
                self._opened.live.close()
                self._opened = None

    def _open(self) -> Opened:
        if self._failure is not None and monotonic() < self._next_try:
            raise type(self._failure)(*self._failure.args)
        try:
            return self._open_index()
        except PeptideSearchError as error:
            self._failure = _as_unusable(error)
            self._next_try = monotonic() + RETRY_SECONDS
            raise self._failure from None


def _as_unusable(error: PeptideSearchError) -> IndexUnusable:
    if isinstance(error, IndexUnusable):
        return error
    return NotReady(f"{type(error).__name__}: {error}")
