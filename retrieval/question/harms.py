"""The words by which a question asks for harms; one sense of safety for search and answers."""

from __future__ import annotations

import re

_PEOPLE = r"(?:people|patients|participants|subjects|volunteers|persons|men|women|children)\b"
_SEEN = r"(?:occur\w*|happen\w*|seen|observed|reported|experienced)"
HARMS = re.compile(
    r"\badverse\b|\bside effects?\b|\b[st]?aes?\b|\bteaes?\b|\bsafe(?:ty|ly)?\b|\bunsafe\b"
    r"|\btolera(?:bility|ble|ted)\b|\bharm(?:s|ful|ed)?\b|\btoxic\w*|\bcontraindicat\w+"
    r"|\bdeaths?\b|\bdie[ds]?\b|\bdying\b|\bmortality\b|\bfatal\w*"
    r"|\bserious (?:event|side|harm)"
    rf"|\bhow many (?:\w+ ){{0,3}}?(?:{_PEOPLE}).*\b(?:had|have|experienced|suffered|developed)"
    r" (?!(?:in|at|on|by|for|results?|been|to|a site|sites?)\b)\w"
    rf"|\bhow (?:often|common|frequent(?:ly)?)\b.*\b{_SEEN}"
)
# A committee that watches safety is no harm.
_MONITORING = re.compile(r"\b(?:safety )?monitoring (?:committee|board)|\bdsmbs?\b|\bdmcs?\b")


def beside_monitoring(plain_text: str) -> str:
    """Return a text without the names of committees that watch safety."""
    return _MONITORING.sub(" ", plain_text)


def harms_asked(plain_text: str) -> int:
    """Return how many words of a plain text ask for harms."""
    return len(HARMS.findall(beside_monitoring(plain_text)))
