"""Which files a build reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from indexer.readers.reading import HTML_SUFFIXES, JSON_SUFFIXES, suffix_of
from retrieval.errors import BuildError

SUFFIXES = JSON_SUFFIXES | HTML_SUFFIXES | {".md", ".markdown", ".txt"}
"""What a folder is searched for, each also with ``.gz``; a file named by itself is always read."""


NOT_CORPUS = ".noindex"
"""A file of this name in a folder keeps the walk out of it, unless the folder is named itself."""


class InputMissing(BuildError):
    """A path that was given names no file and no folder."""


def find_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files to read, each once: those named, and those in the folders named.

    Folders are walked whole and in sorted order; hidden files, other suffixes and a folder's
    README are passed over, and so is a folder inside with a ``.noindex`` file. Raises
    `InputMissing` before anything is yielded.
    """
    missing = [path for path in paths if not (path.is_file() or path.is_dir())]
    if missing:
        names = ", ".join(str(path) for path in missing)
        raise InputMissing(f"no such file or folder: {names}; check the path")
    return _files(paths)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    seen = set()
    for path in paths:
        for file in [path] if path.is_file() else _walk(path):
            real = file.resolve()
            if real not in seen:
                seen.add(real)
                yield file


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if not (path.is_symlink() or (path / NOT_CORPUS).exists()):
                yield from _walk(path)
        elif path.is_file() and suffix_of(path) in SUFFIXES and not _is_readme(path):
            yield path


def _is_readme(path: Path) -> bool:
    return path.name.split(".")[0].casefold() == "readme"
