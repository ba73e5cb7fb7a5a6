"""Documents to chunks: slices of one section each, sized in the embedder's own tokens.

A span is ``(start, end)`` in code points of the document's text, end exclusive. Every chunk
is found by counting lengths, never by searching for its text, so that
``document.text[start:end] == chunk.text`` also where a document repeats itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Protocol

from retrieval.errors import SettingsError
from retrieval.types import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrieval.types import Document, Section

    Span = tuple[int, int]

# Part of an index's recipe: raise it when the same document gives other chunks.
CHUNKER_VERSION = 1

# Where prose may be cut, best first: paragraph, line, sentence, clause, word, anywhere.
BORDERS = [
    r"\n\s*\n",
    r"\n",
    r"(?<=[.!?])\s+|(?<=[。！？])",
    r"(?<=[;:,])\s+",
    r"\s+",
    "",
]
SENTENCE_START = re.compile(r"(?<=[.!?]\s)\S|(?<=\n)\S")
WORD_START = re.compile(r"(?<=\s)\S")

# Tokens, at most a quarter of a chunk. A smaller piece says too little to be found by itself.
FRAGMENT = 20
# Share of the room that a piece is aimed at: tokens are not spread evenly over characters,
# and a piece that comes out too long must be cut once more, at worse borders.
FILL = 0.9


class TokenCounter(Protocol):
    """The part of an embedder that measures text; see `retrieval.models.embedder.Embedder`."""

    def token_spans(self, text: str) -> list[tuple[int, int]]: ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class ChunkSize:
    """Largest chunk, and the overlap where prose is cut, both in tokens of the embedder."""

    tokens: int
    overlap: int

    def __post_init__(self) -> None:
        if self.tokens < 1 or not 0 <= self.overlap <= self.tokens // 2:
            raise SettingsError(
                f"CHUNK_OVERLAP={self.overlap} with CHUNK_TOKENS={self.tokens}: the overlap "
                "must be from 0 to half of the chunk"
            )


@dataclass(frozen=True, slots=True)
class Piece:
    """A span of a section's text and the number of its tokens."""

    start: int
    end: int
    tokens: int


class Chunker:
    """Cuts documents into chunks of at most ``size.tokens`` tokens.

    Prose is cut at the best border that fits and overlaps there. A section of lines is cut
    between lines only, so that a line beyond the limit is a chunk by itself.
    """

    def __init__(self, counter: TokenCounter, *, size: ChunkSize) -> None:
        self._counter = counter
        self._size = size

    def chunk(self, document: Document) -> tuple[Chunk, ...]:
        """Return the chunks in the order of the sections, together covering all their words."""
        version = document.version
        spans = (span for part in self._split(document) for span in part)
        return tuple(
            Chunk(
                chunk_id=f"{document.doc_id}@{version}#{position}",
                doc_id=document.doc_id,
                section=section.name,
                start=start,
                end=end,
                text=document.text[start:end],
                evidence=section.evidence,
            )
            for position, (section, start, end) in enumerate(spans)
        )

    def _split(self, document: Document) -> Iterator[list[tuple[Section, int, int]]]:
        """Yield for each section its trimmed spans in the document's text."""
        texts = [document.text[section.start : section.end] for section in document.sections]
        counts = self._counter.count_tokens(texts)
        for section, text, tokens in zip(document.sections, texts, counts, strict=True):
            trimmed = (_trim(text, span) for span in self._spans(text, section, tokens=tokens))
            yield [
                (section, section.start + start, section.start + end)
                for start, end in trimmed
                if start < end
            ]

    def _spans(self, text: str, section: Section, *, tokens: int) -> list[Span]:
        if tokens <= self._size.tokens:
            return [(0, len(text))]
        if section.layout == "lines":
            return self._pack_lines(text)
        pieces = list(self._cut_prose(text, Piece(0, len(text), tokens)))
        fragment = min(FRAGMENT, self._size.tokens // 4)
        return self._overlap(text, self._join(pieces, below=fragment))

    def _pack_lines(self, text: str) -> list[Span]:
        lines = self._measure(text, 0, text.splitlines(keepends=True))
        pieces = self._join(lines, below=self._size.tokens)
        return [(piece.start, piece.end) for piece in pieces]

    def _cut_prose(self, text: str, piece: Piece) -> Iterator[Piece]:
        """Tile a piece that is too long with pieces that are not.

        Each round's pieces are shorter in characters than the one they came from, so it ends.
        """
        room = FILL * (self._size.tokens - self._size.overlap)
        characters = max(1, int((piece.end - piece.start) * room / piece.tokens))
        parts = _split_characters(text[piece.start : piece.end], characters)
        for part in self._measure(text, piece.start, parts):
            if part.tokens <= self._size.tokens or part.end - part.start == 1:
                yield part
            else:
                yield from self._cut_prose(text, part)

    def _measure(self, text: str, start: int, parts: Sequence[str]) -> list[Piece]:
        """Turn the parts that tile ``text`` from ``start`` on into pieces."""
        borders = list(accumulate(map(len, parts), initial=start))
        counts = self._counter.count_tokens(parts)
        return [
            Piece(begin, end, tokens)
            for (begin, end), tokens in zip(pairwise(borders), counts, strict=True)
        ]

    def _join(self, pieces: Sequence[Piece], *, below: int) -> list[Piece]:
        """Join neighbours that fit into one chunk and of which one is ``below`` so many tokens."""
        joined: list[Piece] = []
        for piece in pieces:
            last = joined[-1] if joined else None
            if (
                last
                and min(last.tokens, piece.tokens) < below
                and last.tokens + piece.tokens <= self._size.tokens
            ):
                joined[-1] = Piece(last.start, piece.end, last.tokens + piece.tokens)
            else:
                joined.append(piece)
        return joined

    def _overlap(self, text: str, pieces: Sequence[Piece]) -> list[Span]:
        """Let each piece but the first begin with the end of the one before it."""
        starts = [self._overlap_start(text, *pair) for pair in pairwise(pieces)]
        return [
            (start, piece.end)
            for start, piece in zip([pieces[0].start, *starts], pieces, strict=True)
        ]

    def _overlap_start(self, text: str, last: Piece, piece: Piece) -> int:
        """Return where a sentence, or else a word, begins within the overlap's tokens."""
        room = min(self._size.overlap, self._size.tokens - piece.tokens, last.tokens // 2)
        if room < 1:
            return piece.start
        spans = self._counter.token_spans(text[last.start : last.end])
        earliest = last.start + spans[-room][0]
        for border in (SENTENCE_START, WORD_START):
            if match := border.search(text, earliest, piece.start):
                return match.start()
        return piece.start


def _split_characters(text: str, characters: int) -> list[str]:
    """Cut a text at its best borders into parts of at most so many characters.

    The parts joined are the text: nothing is stripped and nothing overlaps.
    """
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        BORDERS,
        is_separator_regex=True,
        keep_separator="end",
        chunk_size=characters,
        chunk_overlap=0,
        strip_whitespace=False,
    )
    return splitter.split_text(text)


def _trim(text: str, span: Span) -> Span:
    """Move both ends inwards over whitespace; a blank span becomes an empty one."""
    start, end = span
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())
