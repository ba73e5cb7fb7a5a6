"""What several test modules share, and an environment in which nothing reaches for a network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

# Libraries read these when they are imported, so they stand before every import of ours.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")

import pytest
from hypothesis import settings

# The two cores of a small machine are shared: no example is held to a time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

if TYPE_CHECKING:
    from retrieval.language.compounds import Ladder
    from retrieval.models.embedder import Embedder

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the project; a test that needs it is skipped without."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder `shared` with the real data is not beside the project")
    return folder


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The sample corpus that comes with the project."""
    return ROOT / "seeds"


@pytest.fixture(scope="session")
def ladder() -> Ladder:
    """The alias ladder of compounds that comes with the project."""
    from retrieval.language.compounds import load_ladder

    return load_ladder()


@pytest.fixture(scope="session")
def bundled_embedder() -> Embedder:
    """The default embedder, loaded once: its weights take a second or two to check."""
    from retrieval.models.loading import load_embedder

    return load_embedder("bundled", threads=0)
