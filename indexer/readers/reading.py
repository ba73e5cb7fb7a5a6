"""One file in, documents and refusals out: the format is told from the content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from indexer.readers.digest import digest_document
from indexer.readers.digest_json import is_digest, json_page
from indexer.readers.json_values import Item, json_items, parses
from indexer.readers.markup import html_blocks, is_html, text_blocks
from indexer.readers.outcome import Quarantined, Read, Refusal
from indexer.readers.page import Page, parse_page
from indexer.readers.source import (
    Line,
    Readable,
    check_text,
    head_of,
    open_source,
    read_lines,
    read_whole,
)
from indexer.readers.trial import is_study, read_study
from retrieval.language.compounds import Ladder

HTML_SUFFIXES = frozenset({".html", ".htm"})
LINE_SUFFIXES = frozenset({".jsonl", ".ndjson"})
JSON_SUFFIXES = LINE_SUFFIXES | {".json"}

# A Markdown page may begin with a bracket too; JSON goes on with a string or another bracket.
_JSON_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*[\"}]|\[\s*[\[{\]])")


def read_file(path: Path, ladder: Ladder) -> Iterator[Read | Quarantined]:
    """Yield every document of a file, and a `Quarantined` for each thing that is none.

    Never raises for what a file holds. JSON lines are read one at a time; other files are
    held in memory, up to the limits of `indexer/readers/source.py`.
    """
    try:
        if _is_json(path):
            for item in _json_records(path):
                yield _read_record(item, path, ladder)
        else:
            yield _read_page(path, ladder)
    except Refusal as refusal:
        yield _quarantined(refusal, path, "")
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        yield Quarantined(str(path), "", "unreadable", message)


def suffix_of(path: Path) -> str:
    """Return the suffix that tells the format: the one before ``.gz``, in lower case."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return suffixes[-1] if suffixes else ""


def _is_json(path: Path) -> bool:
    with open_source(path) as source:
        head = head_of(source)
    check_text(head)
    return suffix_of(path) in JSON_SUFFIXES or _JSON_START.match(head) is not None


def _json_records(path: Path) -> Iterator[Item]:
    with open_source(path) as source:
        by_line = _holds_lines(source, suffix_of(path))
    with open_source(path) as source:
        if not by_line:
            yield from json_items(_not_empty(read_whole(source)))
            return
        for line in read_lines(source):
            place = f"line {line.number}"
            if isinstance(line.content, Refusal):
                yield Item(place, line.content)
                continue
            for item in json_items(line.content, first_line=line.number):
                nested = item.position if not item.position.startswith("byte") else ""
                yield Item(f"{place} {nested}".strip(), item.content)


def _holds_lines(source: Readable, suffix: str) -> bool:
    """Say whether a file is JSON lines: its first or second line is a value of its own."""
    first, second = _first_lines(source)
    if second is None:
        return False
    if any(isinstance(line.content, Refusal) for line in (first, second) if line):
        return suffix in LINE_SUFFIXES
    texts = [str(line.content).strip() for line in (first, second) if line]
    if texts[0] in ("{", "["):
        return False
    return suffix in LINE_SUFFIXES or any(map(parses, texts))


def _first_lines(source: Readable) -> tuple[Line | None, Line | None]:
    lines: list[Line] = []
    try:
        lines.extend(islice(read_lines(source), 2))
    except Refusal as refusal:
        # The damage is reported when the file is read; here it only ends the look ahead.
        lines.append(Line(0, refusal))
    first, second, *_ = [*lines, None, None]
    return first, second


def _read_page(path: Path, ladder: Ladder) -> Read:
    with open_source(path) as source:
        text = _not_empty(read_whole(source))
    as_html = suffix_of(path) in HTML_SUFFIXES or is_html(text)
    page = parse_page(html_blocks(text) if as_html else text_blocks(text))
    return _read_digest(page, path, "", ladder=ladder)


def _read_record(item: Item, path: Path, ladder: Ladder) -> Read | Quarantined:
    try:
        if isinstance(item.content, Refusal):
            raise item.content
        if is_study(item.content):
            document, warnings = read_study(item.content, ladder)
            return Read(document, str(path), item.position, warnings)
        if is_digest(item.content):
            return _read_digest(json_page(item.content), path, item.position, ladder=ladder)
        raise Refusal(
            "not_a_study",
            f"{_described(item.content)} is no study (no protocolSection) and no digest "
            "(no sections)",
        )
    except Refusal as refusal:
        return _quarantined(refusal, path, item.position)


def _read_digest(page: Page, path: Path, position: str, *, ladder: Ladder) -> Read:
    return Read(digest_document(page, ladder), str(path), position, page.warnings)


def _quarantined(refusal: Refusal, path: Path, position: str) -> Quarantined:
    return Quarantined(str(path), refusal.position or position, refusal.code, refusal.message)


def _not_empty(text: str) -> str:
    if not text.strip():
        raise Refusal("empty_file", "the file holds nothing but white space")
    return text


def _described(record: object) -> str:
    if isinstance(record, dict):
        keys = ", ".join(repr(str(key)[:40]) for key in islice(record, 5))
        return f"an object with keys {keys}" if keys else "an empty object"
    return f"a {type(record).__name__}"
