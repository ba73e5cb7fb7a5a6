"""Bytes of a file as text, in bounded pieces: gzip, encoding and size are settled here."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

from indexer.readers.outcome import Refusal

MIB = 1024 * 1024
VALUE_BYTES = 256 * MIB
"""Largest file, unpacked, that is read as one value or one page."""
RECORD_BYTES = 32 * MIB
"""Largest single record or line; the largest studies of the registry have about 10 MiB."""
# Registry JSON packs 5 to 15 times; deflate reaches 1,032. Past the first bytes, a ratio that
# no text has is a bomb.
BOMB_BYTES, BOMB_RATIO = 64 * MIB, 200

Readable: TypeAlias = "io.BufferedReader[Any]"
"""A file, or what is packed in it."""

_GZIP_MAGIC = b"\x1f\x8b"
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BINARY_MAGIC = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF")
_BINARY_SHARE = 0.05
_HEAD_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: its number from 1, and its text or why it has none."""

    number: int
    content: str | Refusal


class _Unpacked(io.RawIOBase):
    """The unpacked bytes of a gzip stream; damage and bombs become refusals."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._stream = gzip.GzipFile(fileobj=packed)
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            piece = self._stream.read1(len(buffer))
        except EOFError:
            raise Refusal(
                "truncated_gzip", "the compressed file ends early", position=self._position
            ) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise Refusal(
                "bad_gzip", f"the compressed file is damaged: {error}", position=self._position
            ) from None
        buffer[: len(piece)] = piece
        self._count += len(piece)
        if self._count > BOMB_BYTES and self._count > BOMB_RATIO * self._packed.tell():
            raise Refusal(
                "too_large",
                f"unpacks to more than {BOMB_RATIO} times its size: no text does",
                position=self._position,
            )
        return len(piece)

    @property
    def _position(self) -> str:
        return f"byte {self._count} unpacked"


@contextmanager
def open_source(path: Path) -> Iterator[Readable]:
    """Open a file for reading, unpacked if its first bytes say that it is gzip.

    Raises `Refusal` ``missing_file``, ``unreadable``, ``empty_file``; while it is read also
    ``truncated_gzip``, ``bad_gzip`` and ``too_large``.
    """
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        raise Refusal("missing_file", f"no such file: {path}") from None
    except OSError as error:
        raise Refusal("unreadable", f"cannot be opened: {error.strerror or error}") from None
    with stream:
        head = stream.peek(2)[:2]
        if not head:
            raise Refusal("empty_file", "the file has 0 bytes")
        if head != _GZIP_MAGIC:
            yield stream
            return
        with io.BufferedReader(_Unpacked(stream), buffer_size=MIB) as unpacked:
            yield unpacked


def check_text(head: bytes) -> None:
    """Raise `Refusal` when the first bytes of a file are no UTF-8 text."""
    if head.startswith(_BINARY_MAGIC) or (head and not any(head)):
        raise Refusal("binary", "the file holds no text")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _is_wide(head):
        raise Refusal("bad_encoding", "the text is UTF-16 or UTF-32: save it as UTF-8")
    if len(_CONTROLS.findall(head)) > _BINARY_SHARE * len(head):
        raise Refusal("binary", "the file holds no text")


def decode(data: bytes, *, position: str = "") -> str:
    """Decode UTF-8, with or without its mark; raise `Refusal` that names the first bad byte."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = f"{position} byte {error.start}".strip()
        raise Refusal(
            "bad_encoding", f"not UTF-8: byte 0x{data[error.start]:02x}", position=place
        ) from None


def read_whole(source: Readable) -> str:
    """Read all that is left as one text, or raise `Refusal` ``too_large``."""
    data = bytearray()
    while piece := source.read(MIB):
        data += piece
        if len(data) > VALUE_BYTES:
            raise Refusal(
                "too_large",
                f"more than {VALUE_BYTES // MIB} MiB in one value: split it, or save it as "
                "JSON lines with one record a line",
            )
    return decode(bytes(data))


def read_lines(source: Readable) -> Iterator[Line]:
    """Yield the lines that are not blank; a bad line is a refusal, the next one is read."""
    number = 0
    while data := source.readline(RECORD_BYTES + 1):
        number += 1
        position = f"line {number}"
        if len(data) > RECORD_BYTES:
            _skip_line(source)
            message = f"a line of more than {RECORD_BYTES // MIB} MiB"
            yield Line(number, Refusal("too_large", message, position=position))
        elif data.strip():
            try:
                yield Line(number, decode(data, position=position))
            except Refusal as refusal:
                yield Line(number, refusal)


def head_of(source: Readable) -> bytes:
    """Return some first bytes of a source without moving on."""
    return source.peek(_HEAD_BYTES)[:_HEAD_BYTES]


def _skip_line(source: Readable) -> None:
    while (piece := source.readline(MIB)) and not piece.endswith(b"\n"):
        pass


def _is_wide(head: bytes) -> bool:
    """ASCII text in UTF-16 or UTF-32 without a mark: every other byte or more is NUL."""
    start = head[:64]
    return len(start) >= 4 and (not any(start[::2]) or not any(start[1::2]))
