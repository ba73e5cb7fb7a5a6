"""Trial records as plain JSON, read without the product: what its answers are held against.

Files hold one study, a list of them, a page ``{"studies": [...]}``, or one study a line; each
also gzipped. What is no study is passed over.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENDINGS = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
UNKNOWN_ENROLLMENT = 99_999_999  # what the registry writes for "unknown"


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A study as it came."""

    trial_id: str
    study: dict[str, Any]

    def at(self, path: str) -> list[Any]:
        """Return the values at a path of names; every element of a list on the way counts."""
        values: list[Any] = [self.study]
        for name in path.split("."):
            found = (value[name] for value in values if isinstance(value, dict) and name in value)
            values = [item for one in found for item in (one if isinstance(one, list) else [one])]
        return [value for value in values if value not in (None, "", {})]

    def first(self, path: str) -> str:
        """Return the first value at a path as text, or an empty string."""
        return next((str(value) for value in self.at(path)), "")

    @property
    def title(self) -> str:
        return self.first("protocolSection.identificationModule.briefTitle")

    @property
    def has_results(self) -> bool:
        return self.study.get("hasResults") is True or "resultsSection" in self.study


def read_raw(paths: Iterable[Path]) -> tuple[RawRecord, ...]:
    """Return the studies of files and folders, each trial once, by id."""
    files = (file for path in paths for file in _files(path))
    studies = (study for file in files for study in _studies(file) if isinstance(study, dict))
    records = {record.trial_id: record for record in map(_record, studies) if record.trial_id}
    return tuple(records[trial_id] for trial_id in sorted(records))


def all_words(records: Sequence[RawRecord]) -> str:
    """Return everything that records say, in lower case: a word that is not in it is nowhere."""
    return "\n".join(json.dumps(each.study, ensure_ascii=False) for each in records).casefold()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.name.endswith(ENDINGS) else []
    return sorted(file for file in path.rglob("*") if file.name.endswith(ENDINGS))


def _studies(file: Path) -> Iterator[Any]:
    data = file.read_bytes()
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
    try:
        whole = json.loads(text)
    except ValueError:
        yield from (json.loads(line) for line in text.splitlines() if line.strip())
        return
    if isinstance(whole, dict):
        whole = whole.get("studies", [whole])
    yield from whole


def _record(study: dict[str, Any]) -> RawRecord:
    protocol = study.get("protocolSection", {})
    return RawRecord(protocol.get("identificationModule", {}).get("nctId", ""), study)
