"""Made-up verdicts and logged searches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from retrieval.index.judging import Feedback, LoggedHit, LoggedQuery, new_id, now
from retrieval.types import Document, Filters

VERSION = "sha256:" + "0" * 64


def verdict(**changes: Any) -> Feedback:
    """Return a verdict on made-up words; ``changes`` are fields of it."""
    values: dict[str, Any] = {
        "id": new_id(),
        "time": now(),
        "query": "made-up fever",
        "filters": Filters(),
        "doc_id": "clinicaltrials:NCT90000001",
        "trial_id": "NCT90000001",
        "section": "Summary",
        "version": VERSION,
        "start": 3,
        "end": 17,
        "quote": "invented words",
        "verdict": "relevant",
        "comment": None,
        "replaces": None,
        "snapshot": "00000001",
    }
    return Feedback(**values | changes)


def verdict_on(document: Document, quote: str, said: str = "relevant", **changes: Any) -> Feedback:
    """Return a verdict on the first place where a document has these words."""
    start = document.text.index(quote)
    place = {
        "doc_id": document.doc_id,
        "trial_id": document.trial_id,
        "version": document.version,
        "start": start,
        "end": start + len(quote),
        "quote": quote,
        "verdict": said,
    }
    return verdict(**place | changes)


def logged(query: str, hits: Sequence[LoggedHit] = (), **changes: Any) -> LoggedQuery:
    """Return a search as the log keeps it."""
    values: dict[str, Any] = {
        "time": now(),
        "query": query,
        "filters": Filters(),
        "k": 10,
        "rerank": None,
        "understand": True,
        "snapshot": "00000001",
        "hits": tuple(hits),
        "took_ms": 1.5,
    }
    return LoggedQuery(**values | changes)


def hit_on(document: Document, quote: str, *, rank: int) -> LoggedHit:
    """Return a hit on the first place where a document has these words."""
    start = document.text.index(quote)
    end = start + len(quote)
    return LoggedHit(document.doc_id, start, end, document.version, score=1 / rank, rank=rank)
