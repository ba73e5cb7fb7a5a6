"""Digests as JSON.

    {"title": "…", "official_title": "…",
     "sections": [{"name": "Background", "text": "…"}, …]  or  {"Background": "…", …},
     "source": "clinicaltrials:NCT01234567"  (also `source_id`, `nct_id`),
     "ingested": "2026-04-03", "model": "…" (also `digest_model`), "compound": "…",
     "date": "2024-01-03", "registry": "…", "header": "…", "tags": ["…", …]}

Only a source and one section are needed. Instead of ``sections`` the body may stand as page
text under ``text``, ``body``, ``content`` or ``digest``, or as keys named like the usual
sections (``background``, ``results``, ``why_it_matters``).
"""

from __future__ import annotations

from indexer.readers.markup import text_blocks
from indexer.readers.node import Node
from indexer.readers.page import Page, header_fields, is_known_section, parse_page, split_tags
from indexer.readers.text import one_line, parse_date
from retrieval.types import PageFields

SOURCE_KEYS = ("source", "source_id", "nct_id")
BODY_KEYS = ("text", "body", "content", "digest")


def is_digest(record: object) -> bool:
    """Say whether a JSON value looks like a digest: it has a body and more than that."""
    if not isinstance(record, dict) or "protocolSection" in record:
        return False
    has_body = "sections" in record or any(_section_key(key) for key in record)
    has_text = any(isinstance(record.get(key), str) for key in BODY_KEYS)
    named = any(key in record for key in ("title", "official_title", *SOURCE_KEYS))
    return has_body or (has_text and named) or ("title" in record and _has_source(record))


def json_page(record: object) -> Page:
    """Read a digest's parts from a JSON object; missing ones stay empty."""
    node = Node(record)
    written = parse_page(text_blocks(_first(node, BODY_KEYS)))
    return Page(
        title=one_line(node.at("title").text) or written.title,
        official_title=one_line(node.at("official_title").text) or written.official_title,
        sections=tuple(_sections(node)) or written.sections,
        source=_first(node, SOURCE_KEYS) or written.source,
        fields=_fields(node, written.fields),
        warnings=tuple(dict.fromkeys((*node.reading.warnings, *written.warnings))),
    )


def _sections(node: Node) -> list[tuple[str, str]]:
    stated = node.at("sections").value
    if isinstance(stated, dict):
        pairs = [(str(key), Node(text).text) for key, text in stated.items()]
    elif stated is not None:
        pairs = [
            (_first(item, ("name", "heading", "title")), _first(item, BODY_KEYS))
            for item in node.items("sections")
        ]
    else:
        record = node.value if isinstance(node.value, dict) else {}
        pairs = [
            (_title(key), Node(value).text) for key, value in record.items() if _section_key(key)
        ]
    return [(one_line(name) or "Text", text) for name, text in pairs if text]


def _fields(node: Node, written: PageFields) -> PageFields:
    tags = node.at("tags")
    listed = node.items("tags") if isinstance(tags.value, list) else []
    split = tuple(tag.text for tag in listed if tag.text) or split_tags(
        tags.text if not listed else ""
    )
    written = header_fields(node.at("header").text, written) or written
    return PageFields(
        compound=node.at("compound").text or written.compound,
        header=node.at("header").text or written.header,
        date=_date(node.at("date")) or written.date,
        registry=node.at("registry").text or written.registry,
        tags=split or written.tags,
        ingested=_date(node.at("ingested")) or written.ingested,
        model=_first(node, ("model", "digest_model")) or written.model,
    )


def _date(node: Node) -> int | None:
    date = parse_date(node.text)
    if date is None and node.text:
        node.warn(f"{node.path}: {node.text[:40]!r} is no date; its field stays empty")
    return date


def _first(node: Node, keys: tuple[str, ...]) -> str:
    return next((text for key in keys if (text := node.at(key).text)), "")


def _has_source(record: dict[str, object]) -> bool:
    return any(key in record for key in SOURCE_KEYS)


def _title(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _section_key(key: str) -> bool:
    return is_known_section(key.replace("_", " "))
