"""The live index: follows CURRENT, opens a new snapshot while the old one serves.

A reader notices a flip within `POLL_SECONDS`, opens the new snapshot beside the old one,
hands it to the next search and closes the old one when its last search has ended. A
snapshot that does not match its manifest is refused; the one before it, or the one being
served, stays.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import IndexDamaged, IndexUnusable
from retrieval.index.manifest import current_name, names_before, snapshot_folder
from retrieval.index.snapshot import Snapshot
from retrieval.models.embedder import EmbedderRecipe

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class IndexState:
    """What is being served; ``refused`` tells each snapshot that could not be, and why."""

    snapshot: str
    documents: int
    chunks: int
    refused: tuple[str, ...]


class _Lease:
    """A snapshot with the number of searches that still use it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.users = 0
        self.retired = False


class LiveIndex:
    """The index of one folder, for one embedder, for as long as it is open."""

    def __init__(
        self, index_dir: Path, lease: _Lease, *, recipe: EmbedderRecipe, refused: dict[str, str]
    ) -> None:
        self._index_dir = index_dir
        self._recipe = recipe
        self._lease = lease
        self._refused = refused
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._closing = threading.Event()
        self._follower = threading.Thread(target=self._follow, name="follow-CURRENT", daemon=True)
        self._follower.start()

    @classmethod
    def open(cls, index_dir: Path, recipe: EmbedderRecipe) -> LiveIndex:
        """Open the live snapshot, or the newest one before it that is whole.

        Raises `IndexMissing`, `IndexDamaged` (none is whole) or `RecipeMismatch`.
        """
        refused: dict[str, str] = {}
        current = current_name(index_dir)
        for name in (current, *names_before(index_dir, current)):
            try:
                snapshot = Snapshot.open(snapshot_folder(index_dir, name), embedder=recipe)
            except IndexDamaged as error:
                refused[name] = str(error)
                continue
            return cls(index_dir, _Lease(snapshot), recipe=recipe, refused=refused)
        raise IndexDamaged(
            f"no snapshot in {index_dir} is whole: {'; '.join(refused.values())}. "
            "`python -m indexer build PATH...` makes a new one."
        )

    def state(self) -> IndexState:
        with self._lock:
            manifest = self._lease.snapshot.manifest
            refused = tuple(self._refused.values())
        return IndexState(manifest.name, manifest.counts.documents, manifest.counts.chunks, refused)

    @contextmanager
    def lease(self) -> Iterator[Snapshot]:
        """Hold the live snapshot open for one search."""
        with self._lock:
            lease = self._lease
            lease.users += 1
        try:
            yield lease.snapshot
        except IndexDamaged as error:
            self._distrust(lease, str(error))
            raise
        finally:
            with self._lock:
                lease.users -= 1
            self._close_if_unused(lease)

    def refresh(self) -> None:
        """Look at CURRENT now and open what it names, unless that was refused before."""
        with self._refreshing:
            self._refresh()

    def close(self) -> None:
        """Stop following and close the snapshot once its searches have ended."""
        self._closing.set()
        self._follower.join()
        with self._lock:
            lease = self._lease
            lease.retired = True
        self._close_if_unused(lease)

    def _follow(self) -> None:
        while not self._closing.wait(POLL_SECONDS):
            try:
                self.refresh()
            except Exception:  # a follower that dies would serve old text for ever, unseen
                logger.exception("CURRENT of %s could not be followed", self._index_dir)

    def _distrust(self, lease: _Lease, reason: str) -> None:
        """Serve the newest whole snapshot before one that proved damaged while open."""
        with self._refreshing:
            if lease is not self._lease:
                return
            name = lease.snapshot.manifest.name
            with self._lock:
                self._refused[name] = reason
            for older in names_before(self._index_dir, name):
                try:
                    folder = snapshot_folder(self._index_dir, older)
                    snapshot = Snapshot.open(folder, embedder=self._recipe)
                except (IndexUnusable, OSError):
                    continue
                self._replace(snapshot)
                return

    def _refresh(self) -> None:
        try:
            name = current_name(self._index_dir)
        except IndexUnusable:
            return  # the folder is being moved or restored; what is open goes on serving
        if name in self._refused:
            return
        if name == self._lease.snapshot.manifest.name:
            with self._lock:
                self._refused.clear()  # rolled back: what was refused is live no more
            return
        try:
            snapshot = Snapshot.open(snapshot_folder(self._index_dir, name), embedder=self._recipe)
        except IndexUnusable as error:
            with self._lock:
                self._refused[name] = str(error)
            return
        except OSError:
            return  # too many open files, say: it is tried again at the next look
        self._replace(snapshot)
        with self._lock:
            self._refused.clear()

    def _replace(self, snapshot: Snapshot) -> None:
        with self._lock:
            before, self._lease = self._lease, _Lease(snapshot)
            before.retired = True
        self._close_if_unused(before)

    def _close_if_unused(self, lease: _Lease) -> None:
        with self._lock:
            close = lease.retired and lease.users == 0
            if close:
                lease.retired = False  # so that only one thread closes it
        if close:
            lease.snapshot.close()
