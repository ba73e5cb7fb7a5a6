"""The manifest of a snapshot: the recipe it was made by, its counts, and what its files hold.

INDEX_DIR/
  CURRENT                   the name of the live snapshot; the only file that ever changes
  lock                      held by the one writer, which leaves its pid in it
  snapshots/NAME/
    manifest.json           this module
    catalogue.sqlite3       documents, spans of chunks, origins, quarantine
    vectors.npy             (chunks, dimension) float32, unit length
    vector_keys.npy         (chunks, 32) uint8: sha256 of each chunk's embedding text
    columns/                filter columns
    chroma/  tantivy/       derived from the files above; tantivy holds chunks/ and documents/
  building/                 a build under way; swept when its builder has died
  journal/                  vectors of an unfinished build, by recipe
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path
from shlex import quote
from typing import Any

from retrieval.errors import IndexDamaged, IndexMissing, RecipeMismatch
from retrieval.index.catalogue import chroma_rows_digest
from retrieval.models.embedder import EmbedderRecipe

# Bump when a file of a snapshot changes its meaning.
SCHEMA_VERSION = 1

# Bump when the lexical indexes change: a build then makes them anew and keeps the vectors.
LEXICAL_VERSION = 2

# Bump when the filter columns change: likewise. An older snapshot is searched without the new.
COLUMNS_VERSION = 2

CURRENT = "CURRENT"
NO_NAME = "(missing)"  # what stands in for the name when CURRENT is lost
SNAPSHOTS = "snapshots"
MANIFEST = "manifest.json"
CATALOGUE = "catalogue.sqlite3"
VECTORS = "vectors.npy"
VECTOR_KEYS = "vector_keys.npy"
COLUMNS = "columns"
SAFETY = "speaks_of_safety.npy"
CHROMA = "chroma"
TANTIVY = "tantivy"
TANTIVY_CHUNKS = f"{TANTIVY}/chunks"
TANTIVY_DOCUMENTS = f"{TANTIVY}/documents"
CHROMA_SQLITE = "chroma.sqlite3"
DERIVED = (CHROMA, TANTIVY)  # these come back from the catalogue and the matrix


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a snapshot of the same inputs looks like."""

    embedder: EmbedderRecipe
    chunk_tokens: int
    chunk_overlap: int
    chunker: int
    header: int
    reader: int
    ladder: str
    lexical: int = 1  # of manifests that do not say
    columns: int = 1  # likewise
    schema: int = SCHEMA_VERSION
    chromadb: str = version("chromadb")
    tantivy: str = version("tantivy")


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a snapshot holds."""

    documents: int
    digests: int
    trials: int
    chunks: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of a snapshot: path relative to it, size in bytes, sha256 in hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot says about itself. ``created`` is ISO 8601 in UTC."""

    name: str
    parent: str | None
    created: str
    method: str
    recipe: Recipe
    counts: Counts
    chroma_rows: str
    files: tuple[FileEntry, ...]

    def write(self, folder: Path) -> None:
        """Write the manifest into a snapshot's folder, on disk when this returns."""
        write_durably(folder / MANIFEST, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read a snapshot's manifest; raises `IndexDamaged` or `RecipeMismatch`."""
        try:
            values = json.loads((folder / MANIFEST).read_text())
            return _manifest(values)
        except FileNotFoundError:
            raise IndexDamaged(f"snapshot {folder.name} has no {MANIFEST}") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexDamaged(f"{folder / MANIFEST} cannot be read: {error!r}") from error

    def damage(self, folder: Path, *, only: tuple[str, ...] = ()) -> dict[str, str]:
        """Compare files with their size and hash; return per damaged path what is wrong.

        ``only`` names the files to look at; without it all are, Chroma's rows included.
        """
        wrong = {
            entry.path: _difference(folder / entry.path, entry)
            for entry in self.files
            if not only or entry.path in only
        }
        if only:
            return {path: difference for path, difference in wrong.items() if difference}
        try:
            if chroma_rows_digest(folder / CHROMA) != self.chroma_rows:
                wrong[f"{CHROMA}/{CHROMA_SQLITE}"] = "its rows were changed"
        except IndexDamaged as error:
            wrong[f"{CHROMA}/{CHROMA_SQLITE}"] = str(error)
        return {path: difference for path, difference in wrong.items() if difference}

    def check(self, folder: Path) -> None:
        """Raise `IndexDamaged` that names every file that does not match."""
        if damage := self.damage(folder):
            listed = "; ".join(f"{path} {what}" for path, what in damage.items())
            raise IndexDamaged(f"snapshot {self.name} is damaged: {listed}")


def describe_files(folder: Path) -> tuple[FileEntry, ...]:
    """Return size and hash of every file of a finished snapshot, by path.

    Chroma's SQLite file is left out: opening it may change it; `Manifest.chroma_rows`
    stands for its content.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(
        FileEntry(path.relative_to(folder).as_posix(), path.stat().st_size, sha256_of(path))
        for path in paths
        if path.name != MANIFEST and not path.name.startswith(CHROMA_SQLITE)
    )


def _difference(path: Path, entry: FileEntry) -> str:
    if not path.is_file():
        return "is missing"
    size = path.stat().st_size
    if size != entry.size:
        return f"has {size} bytes, not {entry.size}"
    found = sha256_of(path)
    return "" if found == entry.sha256 else f"has sha256 {found[:12]}…, not {entry.sha256[:12]}…"


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def check_readable(manifest: Manifest, embedder: EmbedderRecipe | None) -> None:
    """Refuse a snapshot that this code or this embedder cannot read, with both values."""
    recipe = manifest.recipe
    pairs: list[tuple[str, Any, Any]] = [
        ("schema", recipe.schema, SCHEMA_VERSION),
        ("lexical index", recipe.lexical, LEXICAL_VERSION),
        ("chromadb", recipe.chromadb, version("chromadb")),
    ]
    if embedder is not None:
        ours, theirs = asdict(embedder), asdict(recipe.embedder)
        pairs += [(f"embedder {name}", theirs[name], ours[name]) for name in ours]
    differences = [f"{name} {was!r}, now {now!r}" for name, was, now in pairs if was != now]
    if differences:
        raise RecipeMismatch(
            f"snapshot {manifest.name} was built with {'; '.join(differences)}. "
            "Run `python -m indexer build` with the present settings, or restore the old ones."
        )


def current_name(index_dir: Path) -> str:
    """Return the name of the live snapshot, or raise `IndexMissing`.

    Damage to CURRENT shows as the name of a snapshot that is not there; so does its absence
    where there are snapshots. Each of those was verified before it got its name, so that
    any may be fallen back to.
    """
    try:
        return (index_dir / CURRENT).read_text(errors="replace").strip()
    except FileNotFoundError:
        if snapshot_names(index_dir):
            return NO_NAME
        raise IndexMissing(
            f"no index in {index_dir}; make one with `python -m indexer build PATH... "
            f"--index {quote(str(index_dir))}`"
        ) from None
    except OSError as error:
        raise IndexDamaged(f"{index_dir / CURRENT} cannot be read: {error}") from error


def snapshot_folder(index_dir: Path, name: str) -> Path:
    """Return the folder of the snapshot with this name."""
    return index_dir / SNAPSHOTS / name


def snapshot_names(index_dir: Path) -> list[str]:
    """Return the names of all published snapshots, newest first."""
    folder = index_dir / SNAPSHOTS
    return sorted((path.name for path in folder.glob("*") if path.is_dir()), reverse=True)


def names_before(index_dir: Path, current: str) -> list[str]:
    """Return what to fall back to: the snapshots before the live one, newest first.

    They are all there are where CURRENT names none of them.
    """
    names = snapshot_names(index_dir)
    return [name for name in names if name < current] if current in names else names


def write_durably(path: Path, text: str) -> None:
    """Replace a file atomically: write beside it, fsync, rename, fsync the folder."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    fsync_folder(path.parent)


def fsync_folder(folder: Path) -> None:
    """Make names in a folder durable: a rename is on disk only after this."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_tree(folder: Path) -> None:
    """Make every file and name under a folder durable."""
    for path in _walk(folder):
        fsync_folder(path)


def _walk(folder: Path) -> Iterator[Path]:
    yield from folder.rglob("*")
    yield folder


def _manifest(values: dict[str, Any]) -> Manifest:
    recipe = values.pop("recipe")
    embedder = EmbedderRecipe(**recipe.pop("embedder"))
    counts = Counts(**values.pop("counts"))
    files = tuple(FileEntry(**entry) for entry in values.pop("files"))
    return Manifest(
        recipe=Recipe(embedder=embedder, **recipe), counts=counts, files=files, **values
    )
