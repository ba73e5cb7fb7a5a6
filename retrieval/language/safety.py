"""Which texts speak of safety: the words by which a passage answers a safety question."""

from __future__ import annotations

import re

SAFETY = re.compile(
    r"\b(?:safety(?! (?:population|analysis|set))|safe|adverse|side[ -]effects?|tolerab\w+|"
    r"well[ -]tolerated|toxicit\w+|"
    r"(?:TR)?AEs?|TEAEs?|SAEs?|TRAEs|serious events?|deaths?|mortality|hypersensitivity|"
    r"dose[- ]limiting|discontinu\w+ due to)\b",
    re.IGNORECASE,
)


def speaks_of_safety(text: str) -> bool:
    """Tell whether a chunk's text names safety, harm or tolerability."""
    return SAFETY.search(text) is not None
