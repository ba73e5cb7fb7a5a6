"""Plain text, Markdown and HTML as blocks: what a reader of the page would see, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from indexer.readers.page import Block, is_known_section
from indexer.readers.text import clean, drop_invisible, one_line

_HTML = re.compile(
    r"(?is)\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|main|article|section|header|div"
    r"|nav|meta|h[1-6]|p)\b"
)
_ATX = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t#]*")
_SETEXT = re.compile(r"(?:={3,}|-{3,})[ \t]*")
_RULE = re.compile(r"(?:[-*_=][ \t]?){3,}")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<body>(?:[\w -]+:.*\n){1,40})---[ \t]*(?:\n|$)")
_MARKDOWN_NOISE = (
    (re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL), ""),
    (re.compile(r"(?is)<(script|style)\b.*?(?:</\1\s*>|\Z)"), ""),
    (re.compile(r"!\[[^\]\n]{0,200}\]\([^)\n]{0,500}\)"), ""),
    (re.compile(r"\[([^\]\n]{1,300})\]\([^)\n]{0,500}\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)([^\n]{1,500}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?m)^([*_])(?=[^\s*_])([^\n*_]{1,500})(?<=\S)\1$"), r"\2"),
)

_UNSEEN_TAGS = re.compile(
    "script|style|noscript|template|head|iframe|object|svg|canvas|form|button|select"
)
_BLOCK_TAGS = re.compile(
    "address|article|aside|blockquote|body|br|dd|details|div|dl|dt|figcaption|figure|footer"
    "|h[1-6]|header|hr|html|li|main|nav|ol|p|pre|section|summary|table|tbody|td|th|thead|tr|ul"
)
# Chips stand beside each other on the page with no blank in the markup.
_CHIP_TAGS = frozenset({"a", "span", "small", "time"})
_UNSEEN_STYLE = re.compile(
    r"(?i)display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d]*[1-9])"
    r"|opacity\s*:\s*0(?![.\d]*[1-9])|(?:left|top|text-indent)\s*:\s*-\d{3,}"
)


def is_html(text: str) -> bool:
    """Say whether a text begins like an HTML page."""
    return _HTML.match(text) is not None


def text_blocks(text: str) -> list[Block]:
    """Split page text or Markdown at blank lines and at headings."""
    text = drop_invisible(clean(text)).lstrip("\n")
    front = _FRONT_MATTER.match(text)
    if front:
        text = text[front.end() :]
    for pattern, replacement in _MARKDOWN_NOISE:
        text = pattern.sub(replacement, text)
    blocks = list(_paragraphs(text.split("\n")))
    return _front_blocks(front["body"]) + blocks if front else blocks


def html_blocks(text: str) -> list[Block]:
    """Read the visible text of an HTML page, one block per paragraph, item or heading."""
    body = LexborHTMLParser(clean(text)).body
    if body is None:
        return []
    blocks = []
    for level, pieces in _visible(body):
        content = one_line(drop_invisible("".join(pieces)))
        if content:
            blocks.append(Block(content, level))
    return blocks


def _paragraphs(lines: list[str]) -> Iterator[Block]:
    paragraph: list[str] = []
    for line in [*lines, ""]:
        heading = _ATX.fullmatch(line)
        underline = len(paragraph) == 1 and _SETEXT.fullmatch(line)
        alone = heading is not None or is_known_section(line)
        if underline:
            yield Block(paragraph.pop(), 1 if line.startswith("=") else 2)
        elif line.strip() and not alone and not (not paragraph and _RULE.fullmatch(line)):
            paragraph.append(line.rstrip())
        else:
            if paragraph:
                yield Block("\n".join(paragraph))
                paragraph = []
            if alone:
                yield Block(heading[2], len(heading[1])) if heading else Block(line.strip())


def _front_blocks(body: str) -> list[Block]:
    """Front matter as the lines of a page: its titles, then a source line."""
    pairs = (line.split(":", 1) for line in body.splitlines())
    stated = {key.strip().casefold(): value.strip().strip("\"'") for key, value in pairs}
    source = next((stated[k] for k in ("source", "source_id", "nct_id") if stated.get(k)), "")
    model = stated.get("model") or stated.get("digest_model", "")
    footer = f"Source: {source} · Ingested {stated.get('ingested', '')} · Digest: {model}"
    titles = [stated.get(key, "") for key in ("title", "official_title")]
    blocks = [Block(title, int(level == 0)) for level, title in enumerate(titles) if title]
    return [*([Block(footer)] if source else []), *blocks]


@dataclass(frozen=True, slots=True)
class _Leave:
    """A block element ends here; ``level`` is the heading level outside of it."""

    level: int


def _visible(body: LexborNode) -> Iterator[tuple[int, list[str]]]:
    """Walk the page, however deep, and yield the heading level and pieces of each block."""
    pieces: list[str] = []
    level = 0
    stack: list[LexborNode | _Leave | str] = [body]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            pieces.append(item)
        elif isinstance(item, _Leave):
            yield level, pieces
            pieces, level = [], item.level
        elif _is_visible(item):
            if _BLOCK_TAGS.fullmatch(item.tag or ""):
                yield level, pieces
                pieces = []
                stack.append(_Leave(level))
                level = _heading_level(item.tag or "") or level
            stack.extend(reversed(_contents(item)))
    yield level, pieces


def _contents(node: LexborNode) -> list[LexborNode | _Leave | str]:
    """A node's texts and elements, with a blank between two chips."""
    contents: list[LexborNode | _Leave | str] = []
    previous = ""
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag == "-text":
            contents.append(child.text(deep=False) or "")
        else:
            contents += [" ", child] if tag in _CHIP_TAGS and previous in _CHIP_TAGS else [child]
        previous = tag
    return contents


def _heading_level(tag: str) -> int:
    return int(tag[1]) if re.fullmatch("h[1-6]", tag) else 0


def _is_visible(node: LexborNode) -> bool:
    tag = node.tag or "-"
    return tag[0] not in "-!_" and not _UNSEEN_TAGS.fullmatch(tag) and not _is_hidden(node)


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return (
        "hidden" in attributes
        or (attributes.get("aria-hidden") or "").strip().lower() == "true"
        or _UNSEEN_STYLE.search(attributes.get("style") or "") is not None
    )
