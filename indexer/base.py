"""What a build starts from: the newest snapshot whose catalogue and vectors are whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.embedder import EmbedderRecipe
from retrieval.errors import IndexDamaged, IndexMissing
from retrieval.manifest import (
    DERIVED,
    SCHEMA_VERSION,
    VECTOR_KEYS,
    VECTORS,
    Manifest,
    current_name,
    names_before,
    snapshot_folder,
)
from retrieval.types import Vector

Known = Callable[[bytes], Vector | None]


@dataclass(frozen=True, slots=True)
class Base:
    """A snapshot to start from; ``whole`` is false when a derived folder of it is damaged."""

    folder: Path
    manifest: Manifest
    whole: bool


def find_base(index_dir: Path) -> tuple[Base | None, list[str]]:
    """Return the snapshot to start from, and what is wrong with those passed over.

    The live one is preferred, then the ones before it. Damage to a derived folder only
    means that it is made again.
    """
    try:
        current = current_name(index_dir)
    except IndexMissing:
        return None, []
    notes: list[str] = []
    for name in (current, *names_before(index_dir, current)):
        folder = snapshot_folder(index_dir, name)
        try:
            manifest = Manifest.read(folder)
        except IndexDamaged as error:
            notes.append(str(error))
            continue
        if manifest.recipe.schema != SCHEMA_VERSION:
            notes.append(f"snapshot {name} has schema {manifest.recipe.schema}: all is read anew")
            continue
        damage = manifest.damage(folder)
        notes += [f"snapshot {name} is damaged: {path} {what}" for path, what in damage.items()]
        if all(path.startswith(DERIVED) for path in damage):
            return Base(folder, manifest, whole=not damage and name == current), notes
    return None, notes


def known_vectors(base: Base | None, recipe: EmbedderRecipe) -> Known:
    """Return a lookup of the base's vectors by key; empty for another embedder's base."""
    if base is None or base.manifest.recipe.embedder != recipe:
        return lambda key: None
    keys = np.load(base.folder / VECTOR_KEYS)
    matrix = np.load(base.folder / VECTORS, mmap_mode="r")
    rows = {key.tobytes(): row for row, key in enumerate(keys)}

    def known(key: bytes) -> Vector | None:
        row = rows.get(key)
        return None if row is None else matrix[row]

    return known
