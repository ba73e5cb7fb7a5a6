"""Filter columns: what `Filters` means, evaluated on a snapshot's own numpy files.

Every filtered value is a key of a vocabulary, and every key has the sorted ordinals of the
documents that hold it (for sections: the rows of chunks), all in one inverted list:

    vocabulary.json        field -> sorted keys; fields in order, keys numbered through
    offsets, postings      key number -> postings[offsets[n] : offsets[n + 1]]
    present                (fields of documents, documents) bool: does it state the field?
    dates                  (2, documents): updated and started as yyyymmdd, 0 for unknown
    enrollment             (documents,): people enrolled or planned, -1 for unknown; a snapshot
                           of an earlier version has none, and there it is unknown of all
    chunk_documents        (chunks,): the ordinal of each chunk's document

Keys are made from values by the same functions for documents and for filters, so spelling
variants meet in one key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.errors import BadFilter, IndexDamaged
from retrieval.index.filter_keys import KNOWN_KEYS, filter_keys
from retrieval.types import Filters

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from retrieval.types import TrialFields

    Mask = npt.NDArray[np.bool_]

DOCUMENT_FIELDS = (
    "kind",
    "trial_ids",
    "compounds",
    "conditions",
    "phases",
    "statuses",
    "study_types",
    "has_results",
    "countries",
)
FIELDS = (*DOCUMENT_FIELDS, "sections")
DATES = ("updated", "started")
RANGES = (*DATES, "enrollment")
VOCABULARY = "vocabulary.json"
ENROLLMENT = "enrollment.npy"
MOST = np.iinfo(np.int64).max
UNKNOWN = -1  # people; a trial that was withdrawn enrolls none


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """What a document is filtered by."""

    kind: str
    trial_id: str
    fields: TrialFields


@dataclass(frozen=True, slots=True)
class Selection:
    """The documents and chunks that filters let through, as masks over ordinals and rows.

    ``hidden`` counts the documents that were left out only because they lack a filtered
    field. ``everything`` says that no filter was given. With a ``sections`` filter a
    document is selected when it has a chunk in one of the sections.
    """

    documents: Mask
    chunks: Mask
    hidden: int
    everything: bool


def write_columns(
    folder: Path,
    rows: Sequence[ColumnRow],
    *,
    chunk_documents: npt.NDArray[np.int32],
    chunk_sections: Sequence[str],
) -> None:
    """Write the columns of ``rows``, one per document; the same input gives the same bytes.

    ``chunk_documents`` and ``chunk_sections`` have one entry per chunk, in row order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    inverted: dict[str, dict[str, list[int]]] = {field: {} for field in FIELDS}
    present = np.zeros((len(DOCUMENT_FIELDS), len(rows)), np.bool_)
    for ordinal, row in enumerate(rows):
        for number, (field, values) in enumerate(_values(row).items()):
            present[number, ordinal] = _post(inverted[field], field, values, ordinal)
    for number, section in enumerate(chunk_sections):
        _post(inverted["sections"], "sections", (section,), number)
    vocabulary = {field: sorted(keys) for field, keys in inverted.items()}
    lists = [inverted[field][key] for field in FIELDS for key in vocabulary[field]]
    offsets = np.cumsum([0, *(len(postings) for postings in lists)], dtype=np.int64)
    postings = np.fromiter((number for postings in lists for number in postings), np.int32)
    dates = [[getattr(row.fields, date) or 0 for row in rows] for date in DATES]
    (folder / VOCABULARY).write_text(json.dumps(vocabulary), encoding="utf-8")
    np.save(folder / "offsets.npy", offsets)
    np.save(folder / "postings.npy", postings)
    np.save(folder / "present.npy", present)
    np.save(folder / "dates.npy", np.array(dates, np.int32))
    np.save(folder / ENROLLMENT, np.array([_enrollment(row) for row in rows], np.int64))
    np.save(folder / "chunk_documents.npy", chunk_documents.astype(np.int32))


class Columns:
    """A snapshot's filter columns, mapped from disk; threads may share it."""

    def __init__(self, folder: Path) -> None:
        vocabulary = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
        self._offsets = _mapped(folder / "offsets.npy")
        self._postings = _mapped(folder / "postings.npy")
        self._present = _mapped(folder / "present.npy")
        self._dates = _mapped(folder / "dates.npy")
        self._enrollment = (
            _mapped(folder / ENROLLMENT)
            if (folder / ENROLLMENT).exists()
            else np.full(self._present.shape[1], UNKNOWN, np.int64)
        )
        self._chunk_documents = _mapped(folder / "chunk_documents.npy")
        self._keys: dict[str, dict[str, int]] = {}
        number = 0
        for field in FIELDS:
            keys = vocabulary[field]
            self._keys[field] = {key: number + n for n, key in enumerate(keys)}
            number += len(keys)
        self._conditions = _Phrases(self._keys["conditions"])
        self._everything = Selection(
            _all_of(self._present.shape[1]),
            _all_of(len(self._chunk_documents)),
            hidden=0,
            everything=True,
        )

    @classmethod
    def open(cls, folder: Path) -> Columns:
        """Map the columns that `write_columns` wrote.

        Raises:
            IndexDamaged: a file is missing or cannot be read.
        """
        try:
            return cls(folder)
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise IndexDamaged(f"the filter columns in {folder} cannot be read: {error}") from error

    def select(self, filters: Filters) -> Selection:
        """Return what ``filters`` let through.

        Raises:
            BadFilter: a phase, status, study type or kind that does not exist, or a value
                without a letter or digit.
        """
        if filters == Filters():
            return self._everything
        matching = np.ones(self._present.shape[1], np.bool_)
        possible = matching.copy()
        for matches, present in self._tests(filters):
            matching &= matches
            possible &= matches | ~present
        chunks = matching[self._chunk_documents]
        if filters.sections:
            in_section = self._holders("sections", filters.sections, len(chunks))
            holding = np.zeros_like(matching)
            holding[self._chunk_documents[in_section]] = True
            chunks &= in_section
            matching &= holding
            possible &= holding
        hidden = int(np.count_nonzero(possible) - np.count_nonzero(matching))
        return Selection(matching, chunks, hidden, everything=False)

    def about(self, compounds: Sequence[str]) -> Mask:
        """Return a mask over documents: those about any of the compounds, by their ids."""
        return self._holders("compounds", compounds, self._present.shape[1])

    def _tests(self, filters: Filters) -> Iterator[tuple[Mask, Mask]]:
        """Yield, for each given filter, which documents match and which state the field."""
        documents = self._present.shape[1]
        for field, present in zip(DOCUMENT_FIELDS, self._present, strict=True):
            values = _given(getattr(filters, field))
            if values:
                yield self._holders(field, values, documents), present
        numbers = [(days, days > 0) for days in self._dates]
        numbers.append((self._enrollment, self._enrollment > UNKNOWN))
        for name, (values, known) in zip(RANGES, numbers, strict=True):
            first, last = getattr(filters, f"{name}_from"), getattr(filters, f"{name}_to")
            if first is None and last is None:
                continue
            matches = known.copy()
            if first is not None:
                matches &= values >= first
            if last is not None:
                matches &= values <= last
            yield matches, known

    def _holders(self, field: str, values: Sequence[str], size: int) -> Mask:
        """Return the mask of what holds any of ``values``; ``PHASE2/PHASE3`` is held by both."""
        combined = [value for value in values if len(filter_keys(field, value)) > 1]
        mask = self._holding(field, [value for value in values if value not in combined], size)
        for value in combined:
            each = [self._holding(field, [key], size) for key in filter_keys(field, value)]
            mask |= np.logical_and.reduce(each)
        return mask

    def _holding(self, field: str, values: Sequence[str], size: int) -> Mask:
        numbers = np.array([n for value in values for n in self._numbers(field, value)], np.int64)
        starts = self._offsets[numbers]
        lengths = self._offsets[numbers + 1] - starts
        before = np.cumsum(lengths) - lengths
        held = np.repeat(starts - before, lengths) + np.arange(lengths.sum())
        mask = np.zeros(size, np.bool_)
        mask[self._postings[held]] = True
        return mask

    def _numbers(self, field: str, value: str) -> list[int]:
        """Return the numbers of the keys that a filter's value stands for."""
        keys = filter_keys(field, value)
        if not keys:
            raise BadFilter(f"{field}: {value!r} holds no letter or digit; give a value or none")
        if field == "conditions":
            return [number for key in keys for number in self._conditions.containing(key)]
        self._check_known(field, value, keys)
        return [self._keys[field][key] for key in keys if key in self._keys[field]]

    def _check_known(self, field: str, value: str, keys: Sequence[str]) -> None:
        if field not in KNOWN_KEYS:
            return
        known = sorted({*KNOWN_KEYS[field], *self._keys[field]})
        for key in keys:
            if key not in known:
                near = get_close_matches(key, known, n=len(known))
                others = [name for name in known if name not in near]
                raise BadFilter(f"{field}: unknown {value!r}; known are {', '.join(near + others)}")


class _Phrases:
    """Finds the keys that contain some words in a row, in one pass over all keys."""

    def __init__(self, keys: Mapping[str, int]) -> None:
        self._numbers = list(keys.values())
        lines = [f" {key} \n" for key in keys]
        self._text = "".join(lines)
        self._ends = np.cumsum([len(line) for line in lines], dtype=np.int64)

    def containing(self, words: str) -> list[int]:
        """Return the numbers of the keys that contain ``words``."""
        needle = f" {words} "
        places = []
        at = self._text.find(needle)
        while at >= 0:
            places.append(at)
            at = self._text.find(needle, at + 1)
        lines = np.unique(np.searchsorted(self._ends, places, side="right"))
        return [self._numbers[line] for line in lines.tolist()]


def _values(row: ColumnRow) -> Mapping[str, Sequence[str]]:
    """Return a document's values by field, in the order of `DOCUMENT_FIELDS`."""
    fields = row.fields
    return {
        "kind": (row.kind,),
        "trial_ids": (row.trial_id,),
        "compounds": fields.compounds,
        "conditions": (*fields.conditions, *fields.condition_terms),
        "phases": fields.phases,
        "statuses": _given(fields.status),
        "study_types": _given(fields.study_type),
        "has_results": _given(fields.has_results),
        "countries": fields.countries,
    }


def _enrollment(row: ColumnRow) -> int:
    known = row.fields.enrollment
    return UNKNOWN if known is None else min(known, MOST)


def _given(value: Sequence[str] | str | bool | None) -> Sequence[str]:
    """Return a single or absent value in the form of a list."""
    if value is None:
        return ()
    return (str(value),) if isinstance(value, str | bool) else value


def _post(lists: dict[str, list[int]], field: str, values: Sequence[str], number: int) -> bool:
    """File ``number`` under every key of ``values``; say whether there was any."""
    keys = {key for value in values for key in filter_keys(field, value)}
    for key in keys:
        lists.setdefault(key, []).append(number)
    return bool(keys)


def _mapped(path: Path) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.load(path, mmap_mode="r").view(np.ndarray)
    return array


def _all_of(size: int) -> Mask:
    everything = np.ones(size, np.bool_)
    everything.flags.writeable = False  # shared by every search without a filter
    return everything
