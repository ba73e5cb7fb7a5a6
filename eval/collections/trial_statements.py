"""Statements about trials with numbered lines of evidence, in NLI4CT's form.

A folder holds ``records.jsonl``, ``train.json`` and ``dev.json``, each also .gz. A record is
four lists of lines; a statement names a trial or two, one of the lists, and the numbers
(from 0) of the lines that prove or refute it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from eval.collections.collection import CollectionError, find_file
from eval.lines import numbered_lines
from indexer.readers import Read
from retrieval.language.compounds import Ladder
from retrieval.types import Document, Evidence, PageFields, Section, TrialFields

Split = Literal["dev", "train"]
ListName = Literal["Intervention", "Eligibility", "Results", "Adverse Events"]
About = Literal["Single", "Comparison"]
Span = tuple[int, int]

# What the sections of a registry's record are called here, and what kind of evidence they are.
SECTIONS: Mapping[ListName, tuple[str, Evidence]] = {
    "Intervention": ("Arms and interventions", "none"),
    "Eligibility": ("Eligibility", "none"),
    "Results": ("Outcome results", "reported"),
    "Adverse Events": ("Adverse events", "reported"),
}
SPLITS: Mapping[str, tuple[Split, ...]] = {
    "dev": ("dev",),
    "train": ("train",),
    "all": ("dev", "train"),
}
HEADING_WORDS = 3  # a line of fewer words is a heading


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement asked of one trial; ``evidence`` are spans of the trial's document.

    ``telling`` is the evidence without heading lines, and may be empty. ``whole`` says that
    every line of the list is evidence.
    """

    query_id: str
    text: str
    about: About
    list_name: ListName
    trial_id: str
    evidence: tuple[Span, ...]
    telling: tuple[Span, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """A record as a document, and the span of each line by the name of its list."""

    document: Document
    lines: Mapping[ListName, tuple[Span, ...]]


Lines = tuple[str, ...]


class _Record(BaseModel):
    trial_id: Annotated[str, Field(alias="Clinical Trial ID", pattern=r"^\S+$")]
    intervention: Annotated[Lines, Field(alias="Intervention")]
    eligibility: Annotated[Lines, Field(alias="Eligibility")]
    results: Annotated[Lines, Field(alias="Results")]
    adverse_events: Annotated[Lines, Field(alias="Adverse Events")]

    def lists(self) -> dict[ListName, Lines]:
        return {
            "Intervention": self.intervention,
            "Eligibility": self.eligibility,
            "Results": self.results,
            "Adverse Events": self.adverse_events,
        }


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    trial_id: str
    evidence: tuple[int, ...]


class _Entry(BaseModel):
    about: Annotated[About, Field(alias="Type")]
    list_name: Annotated[ListName, Field(alias="Section_id")]
    text: Annotated[str, Field(alias="Statement")]
    primary_id: Annotated[str, Field(alias="Primary_id")]
    secondary_id: Annotated[str | None, Field(alias="Secondary_id")] = None
    primary: Annotated[tuple[int, ...], Field(alias="Primary_evidence_index")]
    secondary: Annotated[tuple[int, ...], Field(alias="Secondary_evidence_index")] = ()

    def sides(self) -> Iterator[_Side]:
        yield _Side("primary", self.primary_id, self.primary)
        if self.secondary_id is not None:
            yield _Side("secondary", self.secondary_id, self.secondary)


ENTRIES = TypeAdapter(dict[str, _Entry])


def records_file(folder: Path) -> Path:
    """Return the file of records of a folder, or raise `CollectionError`."""
    return find_file(folder, "records.jsonl")


def read_records(path: Path, ladder: Ladder) -> Iterator[Read]:
    """Yield the records of a file in the form that a build reads; raise `CollectionError`."""
    for number, rendered in _records(path):
        yield Read(rendered.document, str(path), f"line {number}", ())


def read_statements(folder: Path, *, splits: tuple[Split, ...]) -> tuple[Statement, ...]:
    """Read the statements of a folder, each once for every trial that it names.

    Raises `CollectionError` for a trial that is not among the records, or evidence that is
    not in its list or says nothing.
    """
    records = {item.document.trial_id: item for _, item in _records(records_file(folder))}
    statements = tuple(
        _statement(f"{split}/{statement_id}/{side.name}", entry, side, records=records)
        for split in splits
        for statement_id, entry in _entries(find_file(folder, f"{split}.json")).items()
        for side in entry.sides()
    )
    if not statements:
        raise CollectionError(f"{folder} has no statement in {' or '.join(splits)}")
    return statements


def _statement(
    query_id: str, entry: _Entry, side: _Side, *, records: Mapping[str, Rendered]
) -> Statement:
    if side.trial_id not in records:
        raise CollectionError(f"{query_id}: {side.trial_id} is not among the records")
    rendered = records[side.trial_id]
    lines = rendered.lines[entry.list_name]
    if any(not 0 <= number < len(lines) for number in side.evidence):
        raise CollectionError(
            f"{query_id}: {entry.list_name} of {side.trial_id} has the lines 0 to "
            f"{len(lines) - 1}, and the evidence is {sorted(side.evidence)}"
        )
    chosen = {number for number in side.evidence if lines[number][0] < lines[number][1]}
    if not chosen:
        raise CollectionError(f"{query_id}: no line of {side.trial_id} with words is its evidence")
    evidence = tuple(lines[number] for number in sorted(chosen))
    text = rendered.document.text
    return Statement(
        query_id=query_id,
        text=entry.text,
        about=entry.about,
        list_name=entry.list_name,
        trial_id=side.trial_id,
        evidence=evidence,
        telling=tuple(span for span in evidence if not _is_heading(text[slice(*span)])),
        whole=len(chosen) == sum(start < end for start, end in lines),
    )


def _is_heading(line: str) -> bool:
    return line.endswith(":") or len(line.split()) < HEADING_WORDS


def _entries(path: Path) -> dict[str, _Entry]:
    text = "\n".join(line for _, line in numbered_lines(path, CollectionError))
    try:
        return ENTRIES.validate_json(text)
    except ValidationError as error:
        raise CollectionError(f"{path}: {_told(error)}") from None


def _records(path: Path) -> Iterator[tuple[int, Rendered]]:
    seen: dict[str, int] = {}
    for number, line in numbered_lines(path, CollectionError):
        place = f"{path} line {number}"
        try:
            record = _Record.model_validate_json(line)
        except ValidationError as error:
            raise CollectionError(f"{place}: {_told(error)}") from None
        first = seen.setdefault(record.trial_id, number)
        if first != number:
            raise CollectionError(f"{place}: {record.trial_id} stands at line {first} already")
        if not any(line.strip() for lines in record.lists().values() for line in lines):
            raise CollectionError(f"{place}: {record.trial_id} has no line with words")
        yield number, _rendered(record)


def _told(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _rendered(record: _Record) -> Rendered:
    """Write a record down: a section for each list with words, a line for each of its lines."""
    text = ""
    sections = []
    spans: dict[ListName, tuple[Span, ...]] = {}
    for name, lines in record.lists().items():
        start, places = len(text), []
        for line in lines:
            words = " ".join(line.split())
            places.append((len(text), len(text) + len(words)))
            text += f"{words}\n" if words else ""
        spans[name] = tuple(places)
        title, evidence = SECTIONS[name]
        if start < len(text):
            sections.append(Section(title, start, len(text), "lines", evidence))
    document = Document(
        doc_id=f"clinicaltrials:{record.trial_id}",
        kind="trial",
        trial_id=record.trial_id,
        title="",
        text=text,
        sections=tuple(sections),
        fields=TrialFields(),
        page=PageFields(),
        paths=(),
        source_url="",
    )
    return Rendered(document, spans)
