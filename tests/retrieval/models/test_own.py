"""Weights of our own training: whole, small, and refused when they are others."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from retrieval.errors import ModelError
from retrieval.models import own
from retrieval.models.cross_encoder import (
    SHA256,
    TUNED,
    TUNED_DIGEST,
    BundledLineReader,
    BundledReranker,
)
from retrieval.models.line_ranker import DIGEST, WEIGHTS, load_line_ranker

MOST = 40_000_000  # bytes of all weights of our own


def test_the_weights_that_ship_are_whole_and_small() -> None:
    """Each has the hash that stands beside it."""
    sizes = [
        len(own.checked_weights(*pair)[1]) for pair in ((WEIGHTS, DIGEST), (TUNED, TUNED_DIGEST))
    ]
    assert sum(sizes) < MOST


def test_the_reader_was_tuned_from_the_model_that_is_bundled() -> None:
    """Other first layers under tuned last ones would be no model."""
    made, _ = own.checked_weights(TUNED, TUNED_DIGEST)
    assert made["base"] == SHA256["model.onnx"]


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    """The message says which file, and what to do."""
    folder = files("retrieval.models")
    for name in (WEIGHTS, DIGEST):
        (tmp_path / name).write_bytes(folder.joinpath(name).read_bytes())
    with (tmp_path / WEIGHTS).open("ab") as weights:
        weights.write(b"x")
    with pytest.raises(ModelError, match="install the package again"):
        own.checked_weights(WEIGHTS, DIGEST, folder=tmp_path)
    (tmp_path / WEIGHTS).unlink()
    with pytest.raises(ModelError, match="not whole"):
        own.checked_weights(WEIGHTS, DIGEST, folder=tmp_path)


def test_kinds_asked_add_up() -> None:
    """Whatever is asked, the likelihoods of the kinds add up to 1."""
    ranker = load_line_ranker()
    kinds = ranker.kinds_asked(np.zeros(ranker.dimension, np.float32), ["what", "phase"])
    assert sum(kinds.values()) == pytest.approx(1)
    assert set(kinds) == set(ranker.kinds)


def test_the_tuned_weights_are_in_use() -> None:
    """The reader answers otherwise than the model it was tuned from, and closer to the line."""
    question = "how many dropped out in each arm?"
    line = "Participant flow: Period: Overall Study; Not completed: Made-up A 3; Placebo 1"
    beside = "Brief summary: Each arm of this made-up study is given drops for the eye."
    gaps = []
    for reader in (BundledReranker(threads=1), BundledLineReader(threads=1)):
        right, wrong = reader.opinions(question, [line, beside]).tolist()
        gaps.append(right - wrong)
    base, tuned = gaps
    assert tuned > base
