"""Weights of our own training, which come with the package: small, and checked by their hash."""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from retrieval.errors import ModelError


def checked_weights(
    name: str, digest: str, *, folder: Traversable | None = None
) -> tuple[dict[str, Any], bytes]:
    """Return what weights were made of, and their bytes.

    ``digest`` names the file beside them that has their hash; the ``folder`` is the package's own
    unless another is given. Raises `ModelError` when they are missing or not those that were
    trained.
    """
    folder = folder or files("retrieval.models")
    try:
        made = json.loads(folder.joinpath(digest).read_text("utf-8"))
        weights = folder.joinpath(name).read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(f"{name} is not whole: {error}; install the package again") from None
    found = sha256(weights).hexdigest()
    if found != made["sha256"]:
        raise ModelError(
            f"{name} has the hash {found}, not {made['sha256']}: install the package again"
        )
    return made, weights
