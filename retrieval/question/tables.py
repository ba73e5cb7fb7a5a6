"""Tables of words (``*.toml`` beside this module): patterns that are written once, and named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from retrieval.question.wording import FOLLOW, GAP, RECORDS, STRETCH, TRIAL

# Named groups of a pattern, "(?P<low>", are no fragments.
_FRAGMENT = re.compile(r"(?<!\?P)<(\w+)>")
COMMON = {
    "gap": GAP,
    "stretch": STRETCH,
    "follow": FOLLOW,
    "trial": TRIAL,
    "records": RECORDS,
    "people": r"(?:people|patients|participants|subjects|volunteers|persons|men|women|children"
    r"|adults)",
}


def read_table(name: str) -> Mapping[str, Any]:
    """Return a table of this package."""
    return tomllib.loads(files("retrieval.question").joinpath(name).read_text("utf-8"))


def spelled(pattern: str, fragments: Mapping[str, str]) -> str:
    """Return a pattern with each ``<name>`` replaced by its fragment, to any depth.

    Fragments of the table come before the common ones. Raises `KeyError` for an unknown name.
    """
    known = {**COMMON, **fragments}
    while _FRAGMENT.search(pattern):
        pattern = _FRAGMENT.sub(lambda found: known[found[1]], pattern)
    return pattern
