"""What reading yields: a document, or a refusal with a reason code.

| code | meaning |
|---|---|
| `missing_file` | the path named nothing when it was opened |
| `bad_file_name` | the file's name is not UTF-8, so that nothing could cite it |
| `unreadable` | the operating system refused to open or read it |
| `empty_file` | 0 bytes, or nothing but white space |
| `truncated_gzip` | the compressed stream ends early; JSON lines before the cut are read |
| `bad_gzip` | the compressed stream is damaged |
| `binary` | no text: an image, an archive, a program |
| `bad_encoding` | text, but not UTF-8; the first bad byte is named |
| `bad_json` | broken JSON; line, column and byte are named |
| `too_large` | over a limit of `indexer/readers/source.py`; the limit is named |
| `not_a_study` | JSON that is neither a study with an NCT id nor a digest |
| `bad_nct_id` | an id that is not `NCT` and eight digits |
| `no_source_id` | a digest that does not say what it digests |
| `no_body` | a digest without a section of text |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from retrieval.types import Document

Code = Literal[
    "missing_file",
    "bad_file_name",
    "unreadable",
    "empty_file",
    "truncated_gzip",
    "bad_gzip",
    "binary",
    "bad_encoding",
    "bad_json",
    "too_large",
    "not_a_study",
    "bad_nct_id",
    "no_source_id",
    "no_body",
]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Something that could not be read: where it is, and why.

    ``position`` is ``line 12``, ``studies[3]``, ``byte 1042``, or empty for a whole file.
    """

    path: str
    position: str
    code: Code
    message: str


@dataclass(frozen=True, slots=True)
class Read:
    """A document and where it was read; ``warnings`` name what the record got wrong."""

    document: Document
    path: str
    position: str
    warnings: tuple[str, ...]


class Refusal(Exception):
    """Raised inside the readers where content cannot be read; never leaves `read_file`."""

    def __init__(self, code: Code, message: str, *, position: str = "") -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.position = position
