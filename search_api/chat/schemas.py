"""What a chat client may send, and what of it is refused.

Answers come from the corpus, word for word, so that most of a model's settings have nothing to
act on: they are taken and named in the answer's ``ignored``. What would change the shape of the
answer beyond that (a tool that must be called, several choices) is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from retrieval.answering.turns import Turn
from retrieval.answering.types import Question
from retrieval.language.compounds import Ladder
from search_api.http.faults import UnknownModel, UnsupportedRequest
from search_api.http.schemas import MAX_K, FilterFields, cleaned, given

MODEL = "peptide-evidence"  # the one model of `GET /v1/models`
READ_ROLES = ("user", "assistant")
# They instruct a model, or bring it what a tool said, and nothing here is instructed.
PASSED_ROLES = ("system", "developer", "tool", "function")


_ROLES = {
    "system": "system message",
    "developer": "system message",
    "tool": "tool message",
    "function": "tool message",
}


class Part(BaseModel):
    """A part of a message; only text can be read."""

    type: str
    text: str = ""


class Message(BaseModel):
    """One message: `user` and `assistant` are read, the other roles are passed over."""

    role: str
    content: str | tuple[Part, ...] | None = None

    def words(self) -> str:
        """Return the text; parts that are none are passed over."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        return "\n".join(part.text for part in self.content if part.type == "text")

    def passed_over(self) -> Iterator[str]:
        """Yield the types of the parts that are no text."""
        if isinstance(self.content, tuple):
            yield from (part.type for part in self.content if part.type != "text")


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
    tools: Any = Field(None, description="Not called; named in `ignored`.")
    functions: Any = Field(None, description="Not called; named in `ignored`.")
    tool_choice: Any = Field(None, description="`required`, or one tool by name, is refused.")
    logprobs: bool | None = Field(None, description="Named in `ignored`.")
    response_format: Any = Field(None, description="Any but `text` is named in `ignored`.")
    modalities: Any = Field(None, description="Any but `text` is named in `ignored`.")
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
        form = self.response_format.get("type") if isinstance(self.response_format, dict) else None
        asked = {
            "tools": bool(self.tools),
            "functions": bool(self.functions),
            "tool_choice": self.tool_choice not in (None, "none"),
            "logprobs": bool(self.logprobs),
            "response_format": bool(self.response_format) and form != "text",
            "modalities": self.modalities not in (None, [], ["text"]),
        }
        sent += [name for name, is_asked in asked.items() if is_asked]
        roles = dict.fromkeys(_ROLES[one.role] for one in self.messages if one.role in PASSED_ROLES)
        parts = dict.fromkeys(part for one in self.messages for part in one.passed_over())
        return (*sorted(sent), *roles, *(f"{part} part" for part in parts))

    def _check(self) -> None:
        if self.model != MODEL:
            raise UnknownModel(f"no model {self.model!r} here; there is {MODEL!r}")
        refused = {
            "n": self.n not in (None, 1),
            "tool_choice": self.tool_choice == "required" or isinstance(self.tool_choice, dict),
        }
        for name in (name for name, is_refused in refused.items() if is_refused):
            raise UnsupportedRequest(
                f"{name} cannot be honoured: an answer is one text of quotes; leave {name} out"
            )
