"""How a finished folder becomes the live snapshot, and how an older one becomes it again."""

from __future__ import annotations

import shutil
from pathlib import Path
from secrets import token_hex

from indexer.lock import writer_lock
from retrieval.errors import IndexDamaged, IndexMissing
from retrieval.index.manifest import (
    CURRENT,
    SNAPSHOTS,
    Manifest,
    current_name,
    fsync_folder,
    names_before,
    snapshot_folder,
    snapshot_names,
    write_durably,
)

BUILDING = "building"  # folders of this prefix are builds under way, or what a kill left


def next_name(index_dir: Path) -> str:
    """Return a name that sorts after every snapshot there is, and was never used before.

    The number alone would come again after a rollback, and a reader that refused the
    damaged snapshot of that name would refuse its successor.
    """
    numbers = (name.partition("-")[0] for name in snapshot_names(index_dir))
    newest = max((int(number) for number in numbers if number.isdigit()), default=0)
    return f"{newest + 1:08d}-{token_hex(3)}"


def publish(building: Path, index_dir: Path, *, name: str, keep: int) -> None:
    """Make a finished, fsynced folder the live snapshot and sweep what it outdates.

    ``keep`` snapshots stay, this one included, for rollback and for readers that still
    search the one before.
    """
    snapshots = index_dir / SNAPSHOTS
    snapshots.mkdir(exist_ok=True)
    building.rename(snapshots / name)
    fsync_folder(snapshots)
    write_durably(index_dir / CURRENT, f"{name}\n")
    for outdated in snapshot_names(index_dir)[keep:]:
        # The flip is done; what cannot be removed now is outdated for the next build, too.
        shutil.rmtree(snapshots / outdated, ignore_errors=True)


def sweep(index_dir: Path) -> None:
    """Remove what killed builds left: half-made folders, and snapshots never made current.

    Where CURRENT names no snapshot that is there, every snapshot stays: any may be the live one.
    """
    for leftover in index_dir.glob(f"{BUILDING}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        current = current_name(index_dir)
    except IndexMissing:
        return
    names = snapshot_names(index_dir)
    for name in names if current in names else ():
        if name > current:
            shutil.rmtree(snapshot_folder(index_dir, name))


def rollback(index_dir: Path) -> tuple[str, str]:
    """Make the newest whole snapshot before the live one live; return (from, to).

    The snapshot rolled back from is removed by the next build. Raises `IndexMissing` when
    there is none to go back to.
    """
    with writer_lock(index_dir):
        current = current_name(index_dir)
        for name in names_before(index_dir, current):
            try:
                Manifest.read(snapshot_folder(index_dir, name)).check(
                    snapshot_folder(index_dir, name)
                )
            except IndexDamaged:
                continue
            write_durably(index_dir / CURRENT, f"{name}\n")
            return current, name
    raise IndexMissing(f"{index_dir} holds no whole snapshot older than {current}")
