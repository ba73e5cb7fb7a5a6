"""The people that a record names, so that their names can be left out wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

# "Medical Director", "Clinical Transparency (dept. 2834)": offices stand where names do.
_OFFICE = re.compile(
    r"(?i)\d|\b(?:call|center|centre|clinic(?:al)?|company|contact|corp|dep(?:t|artment)|director"
    r"|disclosure|global|group|hospital|inc|information|institute|investigator|investigation"
    r"|ltd|manager|medical|medicine|monitor|office|officer|research|science|sciences|sponsor"
    r"|study|team|therapeutics|transparency|trials?|university)\b"
)
_PREFIX = re.compile(r"(?i)^(?:(?:dr|prof|professor|mr|mrs|ms|med|associate)\b\.?\s*)+")
_NAME_WORDS = range(2, 6)
_HOLDERS = (
    ("protocolSection", "contactsLocationsModule", "overallOfficials", "name"),
    ("protocolSection", "contactsLocationsModule", "centralContacts", "name"),
    ("protocolSection", "contactsLocationsModule", "locations", "contacts", "name"),
    ("protocolSection", "contactsLocationsModule", "locations_nested", "contacts", "name"),
    ("protocolSection", "sponsorCollaboratorsModule", "responsibleParty", "investigatorFullName"),
    ("protocolSection", "sponsorCollaboratorsModule", "responsibleParty", "oldNameTitle"),
    ("resultsSection", "moreInfoModule", "pointOfContact", "title"),
    ("annotationSection", "annotationModule", "unpostedAnnotation", "unpostedResponsibleParty"),
)
"""Where the registry keeps people's names; none of these is rendered."""


def people_pattern(record: object) -> re.Pattern[str] | None:
    """Return a pattern of the people's names that a study holds, or None without any.

    Middle names may be missing where a name is repeated; titles after a comma are no part
    of it.
    """
    stated = (value for holder in _HOLDERS for value in _strings(record, holder))
    patterns = {pattern for name in stated if (pattern := _name_pattern(name))}
    if not patterns:
        return None
    # The longest first: a shorter name may be the beginning of another.
    longest_first = sorted(patterns, key=lambda pattern: (-len(pattern), pattern))
    return re.compile(rf"\b(?:{'|'.join(longest_first)})\b")


def _strings(value: object, keys: tuple[str, ...]) -> Iterator[str]:
    """Yield the strings that the keys lead to, through every element of lists between."""
    if isinstance(value, list):
        for element in value:
            yield from _strings(element, keys)
    elif keys and isinstance(value, dict):
        yield from _strings(value.get(keys[0]), keys[1:])
    elif not keys and isinstance(value, str):
        yield value


def _name_pattern(stated: str) -> str:
    name = _PREFIX.sub("", stated.split(",", maxsplit=1)[0].strip())
    parts = name.split()
    if len(parts) not in _NAME_WORDS or _OFFICE.search(name) or not name[0].isupper():
        return ""
    first, *middle, last = (re.escape(part) for part in parts)
    return first + "".join(rf"(?:\s+{part})?" for part in middle) + rf"\s+{last}"
