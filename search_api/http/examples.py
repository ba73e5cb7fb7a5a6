"""Examples of the OpenAPI document; a test sends the requests and checks the answers' shapes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from search_api.http.views import ErrorView

TRIAL = "clinicaltrials:NCT06056804"
QUOTE = "Overall status: NOT_YET_RECRUITING."
START = 120  # an invented place; the end follows from the quote
VERSION = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

BODIES: dict[str, Any] = {
    "words": {"summary": "Some words", "value": {"query": "thymosin safety data"}},
    "filtered": {
        "summary": "A question about trials that have posted results",
        "value": {
            "query": "Which adverse events were reported with semaglutide?",
            "k": 5,
            "filters": {
                "kind": ["trial"],
                "compounds": ["semaglutide"],
                "phases": ["PHASE2", "PHASE3"],
                "has_results": True,
                "updated_from": "2021-03",
            },
        },
    },
}

PLAN: dict[str, Any] = {
    "operation": "safety",
    "fields": [],
    "subject": {"kind": "none", "trial_ids": [], "named_by": "", "why": "no trial is named"},
    "demands": [
        {
            "field": "compounds",
            "op": "is",
            "value": ["thymosin-alpha-1", "thymosin-beta-4"],
            "words": "thymosin",
            "start": 0,
            "end": 8,
            "sure": False,
            "rule": "compound",
        }
    ],
    "left": ["safety", "data"],
    "confidence": 0.9,
    "why": "harms are asked",
}

SEARCH: dict[str, Any] = {
    "query": "thymosin safety data",
    "understood": {
        "trial_ids": [],
        "compounds": [{"id": "thymosin-alpha-1", "matched": "thymosin", "corrected": False}],
        "excluded": ["thymosin-beta-4"],
        "filters": {},
        "intent": "safety",
    },
    "plan": PLAN,
    "filters": {},
    "hits": [
        {
            "rank": 1,
            "score": 0.93,
            "doc_id": TRIAL,
            "kind": "trial",
            "trial_id": "NCT06056804",
            "title": "PD-1 Inhibitor and Thymalfasin for Locally Advanced Rectal Cancer",
            "section": "Status",
            "url": "https://clinicaltrials.gov/study/NCT06056804",
            "passage": {
                "text": QUOTE,
                "start": START,
                "end": START + len(QUOTE),
                "version": VERSION,
                "paths": ["protocolSection.statusModule.overallStatus"],
            },
            "labels": {
                "voice": "registry",
                "digest_model": None,
                "evidence": "none",
                "as_of": "2024-01-03",
                "has_results": False,
                "conflict": False,
            },
            "explanation": {
                "lexical": {"rank": 3, "score": 7.1},
                "dense": {"rank": 1, "score": 0.88},
                "rerank": None,
                "aliases": ["thymalfasin"],
                "boosts": [],
            },
            "related": [],
        }
    ],
    "hidden_by_filters": 0,
    "notes": [],
    "snapshot": "000007",
    "took_ms": 14.2,
}

DOCUMENT: dict[str, Any] = {
    "doc_id": TRIAL,
    "kind": "trial",
    "trial_id": "NCT06056804",
    "title": "PD-1 Inhibitor and Thymalfasin for Locally Advanced Rectal Cancer",
    "text": QUOTE,
    "sections": [{"name": "Status", "start": 0, "end": len(QUOTE), "evidence": "none"}],
    "fields": {
        "compounds": ["thymosin-alpha-1"],
        "conditions": ["Rectal Cancer"],
        "condition_terms": ["Rectal Neoplasms"],
        "interventions": ["Thymalfasin"],
        "keywords": [],
        "phases": ["PHASE2"],
        "status": "NOT_YET_RECRUITING",
        "study_type": "INTERVENTIONAL",
        "has_results": False,
        "countries": [],
        "started": None,
        "completed": None,
        "updated": "2024-01-03",
        "enrollment": None,
        "sponsor": None,
        "acronym": None,
        "stated": {},
    },
    "page": {
        "compound": None,
        "header": None,
        "date": None,
        "registry": None,
        "tags": [],
        "ingested": None,
        "model": None,
    },
    "url": "https://clinicaltrials.gov/study/NCT06056804",
    "version": VERSION,
}

FEEDBACK_BODIES: dict[str, Any] = {
    "verdict": {
        "summary": "A hit's passage does not answer the question",
        "value": {
            "query": "thymosin safety data",
            "doc_id": TRIAL,
            "version": VERSION,
            "start": START,
            "end": START + len(QUOTE),
            "verdict": "irrelevant",
            "comment": "a status, not safety data",
        },
    },
    "changed": {
        "summary": "The same reader thinks better of it",
        "value": {
            "query": "thymosin safety data",
            "doc_id": TRIAL,
            "start": START,
            "end": START + len(QUOTE),
            "verdict": "related",
            "replaces": "9f2c4e1ab07d5638",
        },
    },
}

FEEDBACK: dict[str, Any] = {
    "id": "9f2c4e1ab07d5638",
    "stored": True,
    "time": "2024-05-06T07:08:09.012+00:00",
    "verdict": "irrelevant",
    "grade": 0,
    "doc_id": TRIAL,
    "trial_id": "NCT06056804",
    "section": "Status",
    "version": VERSION,
    "quote": QUOTE,
    "snapshot": "000007",
}

READY: dict[str, Any] = {
    "status": "ready",
    "snapshot": "000007",
    "documents": 40,
    "chunks": 812,
    "degraded": None,
}

ERRORS: dict[int, tuple[str, dict[str, str]]] = {
    400: ("The request cannot be honoured", {}),
    404: (
        "Nothing by this name",
        {"DocumentNotFound": "no live document has the id 'clinicaltrials:NCT00000000'"},
    ),
    409: (
        "Another version is live",
        {"VersionConflict": "the document is live as sha256:9f86…, not as sha256:2c26…"},
    ),
    413: (
        "Too large",
        {
            "QueryTooLong": "the query has 100,000 characters; the limit is 10,000",
            "BodyTooLarge": "the body is larger than 1,048,576 bytes; send less",
        },
    ),
    422: (
        "The request cannot be",
        {
            "BadRequest": "the body is not JSON: Expecting value at character 10",
            "EmptyQuery": "the query '?!' has no letter and no digit; give some words",
            "BadFilter": "unknown filter 'phase'; did you mean 'phases'? known: kind, …",
            "BadK": "k is 0; give a whole number from 1 to 100",
        },
    ),
    503: (
        "The index cannot be used",
        {"IndexMissing": "no snapshot in index; build one: python -m indexer build PATH"},
    ),
}

# What `POST /v1/feedback` may answer besides.
FEEDBACK_ERRORS: dict[int, dict[str, str]] = {
    422: {"BadSpan": f"120:9000 is no span of {TRIAL}, whose text has 8,112 code points: …"},
    503: {"FeedbackNotStored": "index/judging/feedback.jsonl could not be written: …"},
}


def answer(example: dict[str, Any]) -> dict[str, Any]:
    """Return the OpenAPI of an answer with this example."""
    return {"content": {"application/json": {"example": example}}}


def failures(
    *statuses: int, more: Mapping[int, Mapping[str, str]] = MappingProxyType({})
) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI of these errors and of ``more``, each class with an example."""
    return {
        status: _failure(description, {**details, **more.get(status, {})})
        for status, (description, details) in ERRORS.items()
        if status in statuses
    }


def _failure(description: str, details: dict[str, str]) -> dict[str, Any]:
    examples = {
        name: {"value": {"error": name, "detail": detail}} for name, detail in details.items()
    }
    return {
        "model": ErrorView,
        "description": description,
        "content": {"application/json": {"examples": examples}},
    }
