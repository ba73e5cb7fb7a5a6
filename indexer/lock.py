"""The writer's lock: one indexer at a time, and the second one learns whom it waits for."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import IndexLocked


@contextmanager
def writer_lock(index_dir: Path) -> Iterator[None]:
    """Hold the lock of an index folder, or raise `IndexLocked` with the holder's pid.

    The kernel lets go of it when the process dies, however it dies.
    """
    index_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(index_dir / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            raise IndexLocked(
                f"another indexer (pid {pid}) is at work on {index_dir}; wait for it to end"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
