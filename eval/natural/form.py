"""Whether a file holds natural questions: told by its first line, without reading the rest."""

from __future__ import annotations

import json
from pathlib import Path

KEYS = {"accept", "gold", "evidence"}  # what no judged question of the golden set has


def is_natural(path: Path) -> bool:
    """Tell whether a file's first line is a natural question with its verified answer."""
    try:
        with path.open(encoding="utf-8") as lines:
            first = json.loads(next(lines, "null"))
    except (OSError, ValueError):
        return False  # whoever reads it will say what is wrong
    return isinstance(first, dict) and bool(KEYS & first.keys())
