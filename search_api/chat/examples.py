"""Examples of chat for the OpenAPI document; a test sends the requests and checks the shapes."""

from typing import Any

from search_api.chat.schemas import MODEL
from search_api.http.answer_examples import CITATION, PLAN
from search_api.http.examples import QUOTE

BODIES: dict[str, Any] = {
    "question": {
        "summary": "One question",
        "value": {
            "model": MODEL,
            "messages": [{"role": "user", "content": "What is the status of NCT06056804?"}],
        },
    },
    "follow_up": {
        "summary": "A follow-up, streamed",
        "value": {
            "model": MODEL,
            "messages": [
                {"role": "user", "content": "What is the status of NCT06056804?"},
                {"role": "assistant", "content": f"{QUOTE} [1]"},
                {"role": "user", "content": "And who sponsors it?"},
            ],
            "stream": True,
        },
    },
}

_CONTENT = f"{QUOTE} [1]"
COMPLETION: dict[str, Any] = {
    "id": "chatcmpl-0af3c1d2",
    "created": 1714979228,
    "model": MODEL,
    "question": "What is the status of NCT06056804?",
    "plan": PLAN,
    "carried": [],
    "abstained": None,
    "citations": [CITATION],
    "tables": [],
    "notes": [],
    "mode": "extractive",
    "ignored": [],
    "snapshot": "000007",
    "object": "chat.completion",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": _CONTENT,
                "refusal": None,
                "annotations": [
                    {
                        "type": "url_citation",
                        "url_citation": {
                            "url": CITATION["url"],
                            "title": CITATION["title"],
                            "start_index": len(_CONTENT) - 3,
                            "end_index": len(_CONTENT),
                        },
                        "citation": CITATION,
                    }
                ],
                "citations": [CITATION],
            },
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
}

EVENTS = """data: {..., "choices": [{"delta": {"role": "assistant", "content": ""}, ...}], ...

data: {..., "choices": [{"delta": {"content": "..."}, ...}], ...

data: {..., "choices": [{"delta": {"annotations": [...], ...}, "finish_reason": "stop"}], ...

data: [DONE]
"""

COMPLETED: dict[str, Any] = {
    "description": "The completion, or with `stream` its pieces",
    "content": {
        "application/json": {"example": COMPLETION},
        "text/event-stream": {"schema": {"type": "string"}, "example": EVENTS},
    },
}

# What the chat routes may answer besides.
MODEL_ERRORS: dict[int, dict[str, str]] = {
    404: {"UnknownModel": f"no model 'gpt' here; there is '{MODEL}'"},
}
ERRORS: dict[int, dict[str, str]] = {
    400: {
        "UnsupportedRequest": "tools cannot be honoured: an answer is one text of quotes; leave "
        "tools out"
    },
    **MODEL_ERRORS,
}
