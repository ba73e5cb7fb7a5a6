"""What a conversation is made of: turns, what they name, and what a question takes from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from retrieval.language.compounds import Ladder
from retrieval.language.folding import fold
from retrieval.language.mention import CompoundMention
from retrieval.question.wording import NCT_ID

Role = Literal["user", "assistant"]
Carry = Literal["trial", "compound", "question"]


@dataclass(frozen=True, slots=True)
class Meant:
    """The trials of the corpus that a text names or clearly describes, and by which words.

    ``words`` are empty where it describes them.
    """

    trials: tuple[str, ...]
    words: tuple[str, ...]


# Tells which trials of the corpus a text is about by itself.
Knowing = Callable[[str], Meant]


def nobody(text: str) -> Meant:
    """Know no corpus: only ids are names."""
    return Meant((), ())


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Carried:
    """What a question took from an earlier message, and whose message that was."""

    what: Carry
    text: str
    said_by: Role


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A question that stands by itself; ``carried`` is empty where it did from the start."""

    text: str
    carried: tuple[Carried, ...] = ()


@dataclass(frozen=True, slots=True)
class Spoken:
    """The trials and compounds that a text names, in the order of their naming."""

    trials: tuple[str, ...]
    compounds: tuple[CompoundMention, ...]

    @classmethod
    def in_(cls, text: str, ladder: Ladder) -> Spoken:
        return cls(trials_in(text), ladder.find(text))

    def __bool__(self) -> bool:
        return bool(self.trials or self.compounds)

    def spans(self) -> list[str]:
        return [mention.matched for mention in self.compounds]


@dataclass(frozen=True, slots=True)
class Past:
    """What was asked last, written out, and what that named.

    ``cited`` are the trials of the assistant's last message, ``spoken`` all trials so far, in
    the order of their first naming, ``asked`` the user's in the order of their last.
    """

    question: str = ""
    named: Spoken = Spoken((), ())
    cited: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()


def trials_in(text: str) -> tuple[str, ...]:
    """Return the registry ids of a text, each once."""
    return tuple(dict.fromkeys(f"NCT{digits}" for digits in NCT_ID.findall(fold(text))))
