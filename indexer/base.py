"""What a build starts from: the newest snapshot whose catalogue is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.errors import IndexDamaged, IndexMissing, RecipeMismatch
from retrieval.index.manifest import (
    CATALOGUE,
    SCHEMA_VERSION,
    VECTOR_KEYS,
    VECTORS,
    Manifest,
    current_name,
    names_before,
    snapshot_folder,
    snapshot_names,
)
from retrieval.models.embedder import EmbedderRecipe
from retrieval.types import Vector

Known = Callable[[bytes], Vector | None]


@dataclass(frozen=True, slots=True)
class Base:
    """A snapshot to start from; ``whole`` is false when anything beside its texts is damaged."""

    folder: Path
    manifest: Manifest
    whole: bool


def find_base(index_dir: Path) -> tuple[Base | None, list[str]]:
    """Return the snapshot to start from, and what is wrong with those passed over.

    The live one is preferred, then the ones before it. Texts are all that is needed: what
    else is damaged is made again. Raises `RecipeMismatch` rather than leave behind the
    documents of an index that another version of this program made.
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
            raise RecipeMismatch(
                f"snapshot {name} has schema {manifest.recipe.schema}, this program makes "
                f"{SCHEMA_VERSION}: build into a new folder from all the sources"
            )
        damage = manifest.damage(folder)
        notes += [f"snapshot {name} is damaged: {path} {what}" for path, what in damage.items()]
        if CATALOGUE in damage:
            notes.append(f"the texts of snapshot {name} ({_held(manifest)}) are lost")
            continue
        if notes and name != current:
            notes.append(
                f"this build starts from snapshot {name} ({_held(manifest)}): build again from "
                "all the sources to be sure that nothing is missing"
            )
        return Base(folder, manifest, whole=not damage and name == current), notes
    return None, notes


def known_vectors(index_dir: Path, recipe: EmbedderRecipe) -> Known:
    """Return a lookup of vectors by key over every snapshot of this embedder that is whole."""
    rows: dict[bytes, Vector] = {}
    for folder in _vector_folders(index_dir, recipe):
        matrix = np.load(folder / VECTORS, mmap_mode="r")
        for key, vector in zip(np.load(folder / VECTOR_KEYS), matrix, strict=True):
            rows.setdefault(key.tobytes(), vector)
    return rows.get


def _vector_folders(index_dir: Path, recipe: EmbedderRecipe) -> Iterator[Path]:
    for name in snapshot_names(index_dir):
        folder = snapshot_folder(index_dir, name)
        try:
            manifest = Manifest.read(folder)
        except IndexDamaged:
            continue
        if manifest.recipe.embedder == recipe and not manifest.damage(
            folder, only=(VECTORS, VECTOR_KEYS)
        ):
            yield folder


def _held(manifest: Manifest) -> str:
    return f"{manifest.counts.documents} documents"
