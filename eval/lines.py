"""Lines of the files that evaluation is given: plain or gzipped UTF-8, any kind of line end.

Whether a file is gzipped is seen by its first two bytes, not by its name. A byte order mark
and empty lines are passed over; line numbers count them all.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from retrieval.errors import PeptideSearchError

GZIP_MAGIC = b"\x1f\x8b"


class BadInput(PeptideSearchError):
    """A file given to the evaluation is not what it should be; the message names the line."""


def numbered_lines(path: Path, error: type[BadInput]) -> Iterator[tuple[int, str]]:
    """Yield each line that is not blank with its number from 1, without its line end.

    Raises ``error`` for a file that is missing, cut short, or no text.
    """
    number = 0
    try:
        with _open(path) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, line.rstrip("\n")
    except FileNotFoundError:
        raise error(f"{path} is missing") from None
    except UnicodeDecodeError as cause:
        raise error(f"{path} is no UTF-8 text, after line {number}: {cause}") from cause
    except (OSError, EOFError, zlib.error) as cause:
        raise error(f"{path} cannot be read, after line {number}: {cause}") from cause


def _open(path: Path) -> TextIO:
    with path.open("rb") as file:
        gzipped = file.read(2) == GZIP_MAGIC
    if gzipped:
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")
