"""Cutting a stream of text into sentences, each with the citation marks that belong to it.

A mark may stand before or after the full stop (``... twice [1].`` and ``... twice. [1]``), so a
sentence is given out when the text after it has begun.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MARK = r"\[\s*\d{1,3}(?:\s*,\s*\d{1,3})*\s*\]"
MAX_SENTENCE = 4_000  # characters; a longer one is a runaway, and is cut there

_MARKS = re.compile(MARK)
_BULLET = re.compile(r"^(?:[-*•]|\d{1,2}[.)])\s+|#{1,6}\s+")
# The end of a sentence, closing quotes and brackets, and the marks that follow it.
_END = re.compile(rf"[.?!]+[\"'”’)*_]*(?:\s*{MARK})*(?=\s|$|\[)|\n")
_SHORT = frozenset(
    re.findall(
        r"\S+",
        """
        e.g i.e vs dr mr mrs ms prof st no nos fig figs al approx ca cf etc incl resp ref
        vol pp p inc ltd co corp dept jan feb mar apr jun jul aug sep sept oct nov dec u.s
        u.k u.s.a s.c i.v i.m b.i.d t.i.d q.d p.o wk wks min max avg
        """,
    )
)
# After these a sentence may well end; elsewhere a capital letter goes on with the name.
_MAY_END = frozenset({"al", "etc", "inc", "ltd", "co", "corp", "wk", "wks"})


def sentences(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the sentences of a streamed text as soon as each is whole; never an empty one."""
    held = ""
    for piece in pieces:
        held += piece
        while (cut := _first_cut(held, ended=False)) is not None:
            yield from _tidy(held[:cut])
            held = held[cut:]
    while (cut := _first_cut(held, ended=True)) is not None:
        yield from _tidy(held[:cut])
        held = held[cut:]
    yield from _tidy(held)


def cut_text(text: str) -> Iterator[tuple[int, int]]:
    """Yield the span of each sentence of a whole text, without the blanks around it."""
    at = 0
    while at < len(text):
        cut = _first_cut(text[at:], ended=True)
        end = len(text) if cut is None else at + cut
        piece = text[at:end]
        if piece.strip():
            lead = len(piece) - len(piece.lstrip())
            yield at + lead, at + len(piece.rstrip())
        at = end


def numbers_of(sentence: str) -> tuple[int, ...]:
    """Return the numbers of a sentence's citation marks, each once, in order."""
    marks = "".join(_MARKS.findall(sentence))
    return tuple(dict.fromkeys(int(number) for number in re.findall(r"\d+", marks)))


def without_marks(sentence: str) -> str:
    """Return a sentence without its citation marks and the blanks that they leave."""
    plain = re.sub(rf"\s*{MARK}", "", sentence)
    return " ".join(plain.split())


def _first_cut(text: str, *, ended: bool) -> int | None:
    """Return where the first sentence ends, or None while that cannot be told."""
    lead = len(text) - len(text.lstrip())
    for end in _END.finditer(text, lead):
        if not ended and _may_go_on(text, end.end()):
            return None
        if end.group() == "\n" or not _goes_on(text, end.start(), end.end()):
            return end.end()
    return MAX_SENTENCE if len(text) > MAX_SENTENCE else None


def _may_go_on(text: str, end: int) -> bool:
    """Tell whether what comes next may still be a mark of this sentence, or unread."""
    rest = text[end:].lstrip()
    return not rest or (rest[0] == "[" and "]" not in rest[:40] and len(rest) < 40)


def _goes_on(text: str, start: int, end: int) -> bool:
    """Tell whether a full stop ends no sentence: an abbreviation, an initial, a list number."""
    if text[start] != "." or text[start : start + 2] == "..":
        return False
    word = re.search(r"\S*$", text[:start]).group().lstrip("(\"'“‘[").lower()  # type: ignore[union-attr]
    following = text[end:].lstrip()[:1]
    if following and following.islower():
        return word in _SHORT or len(word) == 1 or "." in word
    if word in _MAY_END:
        return False
    first = not text[:start].strip().removesuffix(word.strip()).strip()
    return word in _SHORT or (len(word) == 1 and word.isalpha()) or (first and word.isdigit())


def _tidy(sentence: str) -> Iterator[str]:
    plain = " ".join(_BULLET.sub("", sentence.strip(), count=1).replace("**", "").split())
    if _MARKS.sub("", plain).strip(" .*-_#"):
        yield plain
