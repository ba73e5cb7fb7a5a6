"""A digest's page, taken apart: header, titles, sections, tags and footer.

Header, tags and footer are fields of low trust and never become text of the document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise

from indexer.readers.text import one_line, parse_date
from retrieval.types import PageFields

# The sections that the digest site is known to use, and their usual cousins: these names are
# headings wherever they stand alone on a line.
KNOWN_SECTIONS = re.compile(
    r"abstract|adverse events|background|bottom line|clinical relevance|conclusions?|context"
    r"|design|discussion|efficacy|(?:key |main )?findings|implications|introduction"
    r"|key (?:points|takeaways)|limitations|methods|objective|outcomes|overview|results|safety"
    r"|side effects|study design|summary|tl;dr|what it means|why it matters",
    re.IGNORECASE,
)
# A line of our own guess is a heading only when it is short: longest known name is 18.
HEADING_CHARACTERS, HEADING_WORDS = 60, 8
TITLE_CHARACTERS = 400

_BACK = re.compile(r"\W{0,3}Back to (?P<compound>.{1,80}?)(?: research)?\W{0,3}", re.IGNORECASE)
_DATED_HEADER = re.compile(
    r"(?P<compound>\S{1,60})\s(?:.{0,120}?\s)?(?P<date>\d{4}-\d{2}(?:-\d{2})?)"
    r"\s(?P<registry>[A-Za-z][\w. ]{1,30})"
)
_UNDATED_HEADER = re.compile(
    r"(?P<compound>\S{1,60})\s.{0,120}?\b(?P<date>)"
    r"(?P<registry>ClinicalTrials(?:\.gov)?|PubMed|EUCTR|CTIS|ISRCTN|ChiCTR|medRxiv|bioRxiv)"
)
_SOURCE = re.compile(r"(?i)^\W{0,4}source(?: id)?\W{0,2}:\W{0,2}\s?(?P<source>\S{1,200})")
_INGESTED = re.compile(r"(?i)\bingested\W{1,4}(?P<date>\d{4}(?:-\d{2}){0,2})")
_MODEL = re.compile(r"(?i)\bdigest(?: model)?\W{0,2}:\W{0,3}(?P<model>[^\n·|•<>]{1,80})")
_FOOTER_PART = re.compile(r"(?i)^\W{0,4}(?:source|ingested|digest)\b")
_TAG_SEPARATOR = re.compile(r"\s?[,;·|•]\s?|(?:^|\s)#")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a heading of ``level`` 1 to 6; ``level`` 0 is no marked heading."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A digest's parts; an empty string is a part that the page lacks."""

    title: str = ""
    official_title: str = ""
    sections: tuple[tuple[str, str], ...] = ()
    source: str = ""
    fields: PageFields = field(default_factory=PageFields)
    warnings: tuple[str, ...] = ()


def parse_page(blocks: list[Block]) -> Page:
    """Take a page apart; nothing is refused here, missing parts stay empty."""
    blocks, fields = _take_header(blocks)
    page = Page(fields=fields)
    blocks, page = _take_footer(blocks, page)
    return _take_content(blocks, page)


def is_known_section(text: str) -> bool:
    """Say whether a line is the name of a usual section of a digest."""
    return KNOWN_SECTIONS.fullmatch(heading_name(text)) is not None


def heading_name(text: str) -> str:
    """Return a heading without the marks that surround it."""
    return one_line(text).strip("#*_: ")


def split_tags(line: str) -> tuple[str, ...]:
    """Split a line of tags where it has separators; a page's plain text has none."""
    line = re.sub(r"(?i)^\W*tags\W*:\s*", "", line)
    return tuple(tag for part in _TAG_SEPARATOR.split(line) if (tag := part.strip()))


def header_fields(line: str, fields: PageFields) -> PageFields | None:
    """Return ``fields`` with what a header line adds, or None when it is no header line."""
    line = one_line(line)
    if match := _BACK.fullmatch(line):
        return replace(fields, compound=fields.compound or match["compound"])
    if match := _DATED_HEADER.fullmatch(line) or _UNDATED_HEADER.fullmatch(line):
        return replace(
            fields,
            compound=match["compound"],
            header=line,
            date=parse_date(match["date"]),
            registry=match["registry"].strip(),
        )
    return None


def _take_header(blocks: list[Block]) -> tuple[list[Block], PageFields]:
    """Remove the header's lines, and whatever stands above a marked title."""
    first_title = next((i for i, block in enumerate(blocks) if block.level == 1), None)
    above, rest = blocks[: first_title or 0], blocks[first_title or 0 :]
    fields = PageFields()
    for block in above:
        for line in block.text.split("\n"):
            fields = header_fields(line, fields) or fields
    index = 0
    while index < len(rest) and rest[index].level == 1:
        index += 1
    while index < len(rest):
        lines = rest[index].text.split("\n")
        while lines and (found := header_fields(lines[0], fields)) is not None:
            fields = found
            del lines[0]
        if lines:
            rest[index] = replace(rest[index], text="\n".join(lines))
            break
        del rest[index]
    kept = [block for block in above if any(map(_SOURCE.match, block.text.split("\n")))]
    return kept + rest, fields


def _take_footer(blocks: list[Block], page: Page) -> tuple[list[Block], Page]:
    """Remove the tags and the source line; what follows the source line is not the digest."""
    place = next(
        (
            (index, number, match["source"])
            for index, block in reversed(list(enumerate(blocks)))
            for number, line in reversed(list(enumerate(block.text.split("\n"))))
            if (match := _SOURCE.match(line))
        ),
        None,
    )
    if place is None:
        return blocks, page
    index, number, source = place
    lines = blocks[index].text.split("\n")
    before = [*blocks[:index], *([Block("\n".join(lines[:number]))] if number else [])]
    after = [Block("\n".join(lines[number:])), *blocks[index + 1 :]]
    footer, after = _footer_lines(after)
    fields = _footer_fields(footer, page.fields)
    if sum(len(block.text) for block in before) < sum(len(block.text) for block in after):
        return before + after, replace(page, source=source, fields=fields)
    before, tags = _take_tags(before, fields.compound)
    warnings = ("text after the source line was left out",) if after else ()
    fields = replace(fields, tags=tags)
    return before, replace(page, source=source, fields=fields, warnings=warnings)


def _footer_lines(after: list[Block]) -> tuple[str, list[Block]]:
    """Split off the lines that belong to the footer."""
    footer = []
    rest: list[Block] = []
    for block in after:
        lines = block.text.split("\n")
        footer += [line for line in lines if not rest and _FOOTER_PART.match(line)]
        others = [line for line in lines if rest or not _FOOTER_PART.match(line)]
        if any(line.strip() for line in others):
            rest.append(replace(block, text="\n".join(others)))
    return "\n".join(footer), rest


def _footer_fields(footer: str, fields: PageFields) -> PageFields:
    ingested, model = _INGESTED.search(footer), _MODEL.search(footer)
    return replace(
        fields,
        ingested=parse_date(ingested["date"]) if ingested else None,
        model=one_line(model["model"]) if model else None,
    )


def _take_tags(blocks: list[Block], compound: str | None) -> tuple[list[Block], tuple[str, ...]]:
    """Remove the line of tags at the end: one line, no sentence, in lower case or marked."""
    if not blocks or blocks[-1].level:
        return blocks, ()
    *lines, last = blocks[-1].text.rstrip("\n").split("\n")
    starts = last[:1].islower() or last.startswith(("#", "Tags"))
    named = compound is not None and last.casefold().startswith(compound.casefold())
    if not (starts or named) or last.rstrip().endswith((".", "!", "?", ":")):
        return blocks, ()
    if lines and any(line.strip() for line in lines) and not named:
        return blocks, ()
    kept = [Block("\n".join(lines))] if any(line.strip() for line in lines) else []
    return blocks[:-1] + kept, split_tags(last)


def _take_content(blocks: list[Block], page: Page) -> Page:
    """Read title, official title and sections from what is left."""
    headings = _headings(blocks)
    lead_end = min(headings, default=len(blocks))
    lead = [block for block in blocks[:lead_end] if block.text.strip()]
    title = one_line(lead.pop(0).text) if lead and _is_title(lead[0]) else ""
    official = one_line(lead.pop(0).text) if title and lead and _is_title(lead[0]) else ""
    sections = [("Summary", _body(lead))] if lead else []
    for start, end in pairwise([*sorted(headings), len(blocks)]):
        body = _body(blocks[start + 1 : end])
        if body:
            sections.append((heading_name(blocks[start].text), body))
    return replace(page, title=title, official_title=official, sections=tuple(sections))


def _headings(blocks: list[Block]) -> set[int]:
    """Indexes of the blocks that head a section; guessed only where none is marked."""
    marked = any(block.level > 1 for block in blocks)
    found = set()
    for index, block in enumerate(blocks):
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        guessed = (
            not marked
            and index > 0
            and following is not None
            and _looks_like_heading(block)
            and not _looks_like_heading(following)
        )
        if block.level > 1 or (block.level == 0 and is_known_section(block.text)) or guessed:
            found.add(index)
    return found


def _looks_like_heading(block: Block) -> bool:
    text = block.text.strip()
    return (
        0 < len(text) <= HEADING_CHARACTERS
        and "\n" not in text
        and len(text.split()) <= HEADING_WORDS
        and not text.endswith((".", "!", "?", ",", ";"))
        and (text[0].isupper() or text[0].isdigit())
    )


def _is_title(block: Block) -> bool:
    """A title is one line and not several sentences."""
    text = block.text.strip()
    return (
        "\n" not in text and len(text) <= TITLE_CHARACTERS and not re.search(r"[.!?] [A-Z]", text)
    )


def _body(blocks: list[Block]) -> str:
    return "\n\n".join(block.text.strip() for block in blocks if block.text.strip())
