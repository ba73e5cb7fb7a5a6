"""The judging folder of an index: readers' verdicts, and the log of what was asked.

INDEX_DIR/judging/
  feedback.jsonl     verdicts, one a line, appended by the API
  queries.jsonl      searches with their first hits; queries.1.jsonl is the part before it

Nothing in it says who asked. Threads and processes append side by side: each line is one
write under a kernel lock. A line that a kill has torn stays alone on its line, and readers
count it and go on. Builds, rollbacks and sweeps leave the folder alone.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import EFBIG, ENOSPC
from operator import itemgetter
from pathlib import Path
from secrets import token_hex
from time import monotonic, sleep
from typing import Any, Generic, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from retrieval.errors import BadRequest, FeedbackNotStored
from retrieval.index.manifest import fsync_folder
from retrieval.types import Document, Filters, Ranking

logger = logging.getLogger(__name__)

FOLDER = "judging"
FEEDBACK = "feedback.jsonl"
QUERIES = "queries.jsonl"
OLDER_QUERIES = "queries.1.jsonl"

MAX_LINE = 1 << 19  # bytes; the longest query, quote and comment are below, also escaped
MAX_FEEDBACK = 256 << 20  # bytes of feedback.jsonl; some 100,000 verdicts with their passages
MAX_QUERIES = (
    32 << 20
)  # bytes of queries.jsonl; some 15,000 searches, and as many in the older part
LOGGED_HITS = 10
# Seconds to wait for another writer, which holds the lock for one write (and one fsync).
FEEDBACK_PATIENCE = 10.0
LOG_PATIENCE = 0.1

Verdict = Literal["relevant", "partial", "related", "irrelevant"]

# What a verdict is worth as a judgement: answers the question by itself; answers a part of
# it; is on the subject, but no answer; is wrong or of something else.
GRADES: dict[Verdict, int] = {"relevant": 3, "partial": 2, "related": 1, "irrelevant": 0}


@dataclass(frozen=True, slots=True)
class Feedback:
    """A verdict on one passage for one question.

    ``quote`` is ``document.text[start:end]`` of that ``version``; ``time`` is ISO 8601 in
    UTC. ``replaces`` is the id of an earlier verdict of the same reader that this one takes
    back.
    """

    id: str
    time: str
    query: str
    filters: Filters
    doc_id: str
    trial_id: str
    section: str
    version: str
    start: int
    end: int
    quote: str
    verdict: Verdict
    comment: str | None
    replaces: str | None
    snapshot: str


@dataclass(frozen=True, slots=True)
class LoggedHit:
    """A hit as the log keeps it: the place of its passage, without the text."""

    doc_id: str
    start: int
    end: int
    version: str
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class LoggedQuery:
    """A search as the log keeps it; ``filters`` are those that the caller gave."""

    time: str
    query: str
    filters: Filters
    k: int
    rerank: bool | None
    understand: bool
    snapshot: str
    hits: tuple[LoggedHit, ...]
    took_ms: float

    @classmethod
    def of(cls, ranking: Ranking, *, took_ms: float) -> LoggedQuery:
        query = ranking.query
        return cls(
            time=now(),
            query=query.text,
            filters=query.filters,
            k=query.k,
            rerank=query.rerank,
            understand=query.understand,
            snapshot=ranking.snapshot,
            hits=tuple(
                LoggedHit(
                    doc_id=hit.passage.doc_id,
                    start=hit.passage.start,
                    end=hit.passage.end,
                    version=hit.passage.version,
                    score=hit.score,
                    rank=hit.rank,
                )
                for hit in ranking.hits[:LOGGED_HITS]
            ),
            took_ms=round(took_ms, 2),
        )


Entry = TypeVar("Entry", Feedback, LoggedQuery)


@dataclass(frozen=True, slots=True)
class Entries(Generic[Entry]):
    """What a file holds, oldest first, and how many of its lines could not be read."""

    found: tuple[Entry, ...]
    skipped: int


class Judging:
    """Writes to the judging folder of one index; one object serves every thread."""

    def __init__(
        self,
        index_dir: Path,
        *,
        log_queries: bool,
        max_feedback: int = MAX_FEEDBACK,
        max_queries: int = MAX_QUERIES,
    ) -> None:
        folder = index_dir / FOLDER
        self.logs_queries = log_queries
        self._feedback = _LineFile(
            folder / FEEDBACK, older=None, max_bytes=max_feedback, patience=FEEDBACK_PATIENCE
        )
        self._queries = _LineFile(
            folder / QUERIES,
            older=folder / OLDER_QUERIES,
            max_bytes=max_queries,
            patience=LOG_PATIENCE,
        )
        self._log_fails = False

    def store(self, feedback: Feedback) -> None:
        """Append a verdict; it is on disk when this returns.

        Raises `FeedbackNotStored`, or `BadRequest` for one over `MAX_LINE`.
        """
        line = _line(feedback)
        if len(line) > MAX_LINE:
            raise BadRequest(
                f"the verdict has {len(line):,} bytes with its passage and filters; the limit is "
                f"{MAX_LINE:,}: send fewer filters or judge a shorter span"
            )
        try:
            self._feedback.append(line, durable=True)
        except OSError as error:
            raise FeedbackNotStored(
                f"{self._feedback.path} could not be written: {error.strerror or error}; make "
                "room on its disk, move a full file away (`eval pool --qrels` turns it into "
                "judgements first), or make its folder writable for the server"
            ) from error

    def log(self, query: LoggedQuery) -> None:
        """Append a search, unless the log is off.

        It never fails a search: the first failure in a row goes to the program's log.
        """
        if not self.logs_queries:
            return
        line = _line(query)
        try:
            if len(line) > MAX_LINE:
                raise OSError(EFBIG, f"a line would have {len(line):,} of {MAX_LINE:,} bytes")
            self._queries.append(line, durable=False)
        except OSError as error:
            if not self._log_fails:
                logger.warning("searches are not logged to %s: %s", self._queries.path, error)
            self._log_fails = True
        else:
            self._log_fails = False


def new_id() -> str:
    """Return an id for a verdict: 16 random hex digits."""
    return token_hex(8)


def now() -> str:
    """Return the present time, ISO 8601 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def section_at(document: Document, start: int, end: int) -> str:
    """Return the name of the section that holds the most of a span; empty for none."""
    shares = (
        (min(section.end, end) - max(section.start, start), section.name)
        for section in document.sections
    )
    share, name = max(shares, key=itemgetter(0), default=(0, ""))
    return name if share > 0 else ""


def read_feedback(index_dir: Path) -> Entries[Feedback]:
    """Return the verdicts of an index that were not taken back by a later one."""
    entries = _read(FEEDBACK_LINES, index_dir / FOLDER / FEEDBACK)
    replaced = {(_place(entry), entry.replaces) for entry in entries.found}
    kept = tuple(one for one in entries.found if (_place(one), one.id) not in replaced)
    return Entries(kept, entries.skipped)


def read_queries(index_dir: Path) -> Entries[LoggedQuery]:
    """Return the logged searches of an index."""
    folder = index_dir / FOLDER
    return _read(QUERY_LINES, folder / OLDER_QUERIES, folder / QUERIES)


def _place(entry: Feedback) -> tuple[object, ...]:
    """Return what a verdict is about: one can only replace another about the same."""
    return entry.query, entry.filters, entry.doc_id, entry.version, entry.start, entry.end


FEEDBACK_LINES = TypeAdapter(Feedback)
QUERY_LINES = TypeAdapter(LoggedQuery)


def _line(entry: Feedback | LoggedQuery) -> bytes:
    lines: TypeAdapter[Any] = FEEDBACK_LINES if isinstance(entry, Feedback) else QUERY_LINES
    return lines.dump_json(entry, exclude_defaults=True) + b"\n"  # only filters have defaults


def _read(lines: TypeAdapter[Entry], *paths: Path) -> Entries[Entry]:
    found: list[Entry] = []
    skipped = 0
    for line in _raw_lines(*paths):
        try:
            found.append(lines.validate_json(line, strict=True))
        except ValidationError:
            skipped += 1
    return Entries(tuple(found), skipped)


def _raw_lines(*paths: Path) -> Iterator[bytes]:
    for path in paths:
        with suppress(FileNotFoundError), path.open("rb") as file:
            yield from (line for line in file if line.strip())


@dataclass(frozen=True, slots=True)
class _LineFile:
    """A bounded file of lines that other threads and processes append to as well.

    When it is full it becomes ``older``, in the place of what was there; without that,
    appending fails.
    """

    path: Path
    older: Path | None
    max_bytes: int
    patience: float

    def append(self, line: bytes, *, durable: bool) -> None:
        """Append a whole line or nothing; raises `OSError`."""
        self.path.parent.mkdir(exist_ok=True)
        while not self._appended(line, durable=durable):
            pass

    def _appended(self, line: bytes, *, durable: bool) -> bool:
        """Append, or return False when the file is no longer the one at ``path``."""
        # Others may not read it: words of people.
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o660)
        try:
            _lock(descriptor, seconds=self.patience)
            size = os.fstat(descriptor).st_size
            if not self._is_current(descriptor):
                return False
            if size and size + len(line) > self.max_bytes:
                self._make_room(size)
                return False
            _write(descriptor, line, size=size, durable=durable)
        finally:
            os.close(descriptor)
        if durable and not size:  # the names of a new file and of its folder
            fsync_folder(self.path.parent)
            fsync_folder(self.path.parent.parent)
        return True

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def _make_room(self, size: int) -> None:
        if self.older is None:
            raise OSError(EFBIG, f"it has {size:,} of at most {self.max_bytes:,} bytes")
        self.path.replace(self.older)


def _lock(descriptor: int, *, seconds: float) -> None:
    """Lock a file, or raise `BlockingIOError` when another writer keeps it that long."""
    deadline = monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > deadline:
                raise
            sleep(0.001)
        else:
            return


def _write(descriptor: int, line: bytes, *, size: int, durable: bool) -> None:
    """Write a line at the end; what does not fit as a whole is taken back."""
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        line = b"\n" + line  # a kill has torn the line before: it stays alone
    try:
        if os.write(descriptor, line) < len(line):
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        if durable:
            os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, size)
        raise
