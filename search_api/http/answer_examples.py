"""Examples of answers for the OpenAPI document; a test sends the requests and checks the shapes."""

from typing import Any

from search_api.http.examples import QUOTE, SEARCH, START, TRIAL, VERSION

BODIES: dict[str, Any] = {
    "field": {
        "summary": "A field of one trial",
        "value": {"question": "What is the status of NCT06056804?"},
    },
    "filtered": {
        "summary": "Registry records only, claims as they are ready",
        "value": {
            "question": "Which adverse events were reported with semaglutide?",
            "filters": {"kind": ["trial"], "compounds": ["semaglutide"]},
            "k": 5,
            "stream": True,
        },
    },
}

CITATION: dict[str, Any] = {
    "doc_id": TRIAL,
    "version": VERSION,
    "start": START,
    "end": START + len(QUOTE),
    "quote": QUOTE,
    "path": "protocolSection.statusModule.overallStatus",
    "kind": "trial",
    "trial_id": "NCT06056804",
    "title": SEARCH["hits"][0]["title"],
    "url": "https://clinicaltrials.gov/study/NCT06056804",
    "voice": "registry",
    "digest_model": None,
    "as_of": "2024-01-03",
}

PLAN: dict[str, Any] = {
    "operation": "lookup",
    "fields": ["statuses"],
    "subject": {
        "kind": "one",
        "trial_ids": ["NCT06056804"],
        "named_by": "id",
        "why": "NCT06056804: named",
    },
    "demands": [],
    "left": ["what", "is", "the", "status", "of"],
    "confidence": 0.8,
    "why": "overall status of NCT06056804",
}

ANSWER: dict[str, Any] = {
    "question": "What is the status of NCT06056804?",
    "abstained": None,
    "claims": [{"text": QUOTE, "citations": [CITATION], "computed": False}],
    "text": f"{QUOTE} [1]",
    "citations": [CITATION],
    "passages": SEARCH["hits"],
    "tables": [],
    "count": None,
    "trials": [],
    "route": {"route": "lookup", "reason": "asks for a field of a named trial", "fields": []},
    "understood": {
        "trial_ids": ["NCT06056804"],
        "compounds": [],
        "excluded": [],
        "filters": {},
        "intent": "status",
    },
    "plan": PLAN,
    "filters": {},
    "hidden_by_filters": 0,
    "notes": [],
    "mode": "extractive",
    "dropped": {},
    "snapshot": "000007",
    "took_ms": 21.4,
}

# With `stream`; `start` and `answer` have the whole shape of an answer.
EVENTS = """event: start
data: {"question": "...", "claims": [], "passages": [...], "route": {...}, ...}

event: claim
data: {"text": "...", "citations": [...], "computed": false}

event: answer
data: {"question": "...", "claims": [...], "text": "... [1]", ...}

event: done
data: {"took_ms": 21.4}
"""

ANSWERED: dict[str, Any] = {
    "description": "The answer, or with `stream` its events",
    "content": {
        "application/json": {"example": ANSWER},
        "text/event-stream": {"schema": {"type": "string"}, "example": EVENTS},
    },
}

# What `POST /v1/answer` may answer besides.
ERRORS: dict[int, dict[str, str]] = {
    503: {"IndexDamaged": "the index changed under each of three tries to answer; ask again"},
}
