"""What a chat client may send, and what of it is refused.

Answers come from the corpus, word for word, so that most of a model's settings have nothing to
act on: they are taken and named in the answer's ``ignored``. What would change the shape of the
answer (tools, several choices, token probabilities, JSON) is refused.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from retrieval.answering.conversation import Turn
from retrieval.answering.types import Question
from retrieval.language.compounds import Ladder
from search_api.http.faults import UnknownModel, UnsupportedRequest
from search_api.http.schemas import MAX_K, FilterFields, cleaned, given

MODEL = "peptide-evidence"  # the one model of `GET /v1/models`
READ_ROLES = ("user", "assistant")
PASSED_ROLES = ("system", "developer")  # they instruct a model, and nothing here is instructed


class Part(BaseModel):
    """A part of a message; only text can be read."""

    type: str
    text: str = ""


class Message(BaseModel):
    """One message: `user` and `assistant` are read, `system` and `developer` are passed over."""

    role: str
    content: str | tuple[Part, ...] | None = None

    def words(self) -> str:
        """Return the text, or raise `UnsupportedRequest` for a part that is none."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        for part in self.content:
            if part.type != "text":
                raise UnsupportedRequest(
                    f"a message has a part of type {part.type!r}; only text can be read: send "
                    "parts of type 'text' or a string"
                )
        return "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """How to stream."""

    include_usage: bool | None = None


class ChatBody(BaseModel):
    """The body of `POST /v1/chat/completions`; `filters` and `k` are as in `POST /v1/answer`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: str = Field(description=f"`{MODEL}`, the one of `GET /v1/models`.")
    messages: tuple[Message, ...] = Field(
        description="The last `user` message is answered; trials and compounds of the earlier "
        "messages are carried into it when it leans on them."
    )
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = Field(None, description="More than 1 is refused.")
    tools: Any = Field(None, description="Refused when not empty.")
    functions: Any = Field(None, description="Refused when not empty.")
    logprobs: bool | None = Field(None, description="Refused when true.")
    response_format: Any = Field(None, description="Any but `text` is refused.")
    modalities: Any = Field(None, description="Any but `text` is refused.")
    filters: Annotated[FilterFields, BeforeValidator(given)] = Field(
        FilterFields(), description="Explicit filters win over understood ones."
    )
    k: int = Field(8, ge=1, le=MAX_K, description="How many trials are looked at.")

    def turns(self) -> tuple[Turn, ...]:
        """Return what was said; raise `UnknownModel` or `UnsupportedRequest`."""
        self._check()
        turns = []
        for message in self.messages:
            if message.role not in READ_ROLES + PASSED_ROLES:
                raise UnsupportedRequest(
                    f"a message has the role {message.role!r}; known: "
                    f"{', '.join((*PASSED_ROLES, *READ_ROLES))}"
                )
            text = message.words()
            if message.role == "user":
                turns.append(Turn("user", cleaned(text)))
            elif message.role == "assistant":
                turns.append(Turn("assistant", text))
        if not any(turn.role == "user" for turn in turns):
            raise UnsupportedRequest("no message has the role 'user': there is nothing to answer")
        return tuple(turns)

    def to_question(self, text: str, ladder: Ladder) -> Question:
        """Translate, or raise `BadFilter`."""
        return Question(text, self.filters.filters(ladder), k=self.k)

    @property
    def ignored(self) -> tuple[str, ...]:
        """What was sent and changes nothing."""
        sent = [name for name, value in (self.model_extra or {}).items() if value is not None]
        passed = any(message.role in PASSED_ROLES for message in self.messages)
        return (*sorted(sent), *(("system message",) if passed else ()))

    def _check(self) -> None:
        if self.model != MODEL:
            raise UnknownModel(f"no model {self.model!r} here; there is {MODEL!r}")
        form = self.response_format.get("type") if isinstance(self.response_format, dict) else None
        refused = {
            "tools": bool(self.tools),
            "functions": bool(self.functions),
            "n": self.n not in (None, 1),
            "logprobs": bool(self.logprobs),
            "response_format": bool(self.response_format) and form != "text",
            "modalities": self.modalities not in (None, [], ["text"]),
        }
        for name in (name for name, is_refused in refused.items() if is_refused):
            raise UnsupportedRequest(
                f"{name} cannot be honoured: an answer is one text of quotes; leave {name} out"
            )
