"""A question to the answerer, and what is known of the right answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from eval.golden.questions import ANSWERS, UNANSWERABLE, JudgedQuestion, JudgedSpan
from retrieval.answering.types import Question

_BETWEEN = re.compile(r"_|,(?!\d)")


@dataclass(frozen=True, slots=True)
class Case:
    """A question and what its answer must be, as far as that is known.

    ``group`` names a row of the report: ``fields/phase``. ``abstains`` is ``None`` where
    nobody judged whether there is an answer; ``types`` are the abstentions that are right, as
    ``no_match/not_given``, and empty where any is. ``spans`` are judged places. ``values``
    must all stand in the claims, and the values at ``path`` (``[*]`` for each index) of the
    document ``doc_id`` under the citations. ``trials`` are all that match a count or list.
    """

    case_id: str
    group: str
    question: Question
    abstains: bool | None = None
    types: frozenset[str] = frozenset()
    spans: tuple[JudgedSpan, ...] = ()
    values: tuple[str, ...] = ()
    path: str = ""
    doc_id: str = ""
    trials: frozenset[str] | None = None


def judged_cases(questions: Iterable[JudgedQuestion], *, suite: str) -> Iterator[Case]:
    """Yield judged questions as cases; those of the generator come with value and path."""
    for judged in questions:
        asked = judged.question
        kind = asked.kind.partition("/")[0]
        yield Case(
            case_id=asked.query_id,
            group=f"{suite}/{kind}",
            question=Question(asked.text, asked.filters),
            abstains=asked.kind == UNANSWERABLE,
            spans=judged.spans,
            values=_values(judged),
            path=asked.path or "",
            doc_id=asked.judgements[0].doc_id if asked.path else "",
        )


def relevant(case: Case) -> tuple[JudgedSpan, ...]:
    """Return the places that answer at least a part."""
    return tuple(span for span in case.spans if span.grade >= ANSWERS)


def stands_in(value: str, text: str) -> bool:
    """Tell whether a value stands in a text as whole words.

    Case and blanks do not count, nor the commas and underscores by which the registry's
    `NOT_YET_RECRUITING` differs from its rendering.
    """
    value, text = (" ".join(_BETWEEN.sub(" ", each).split()).casefold() for each in (value, text))
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w|[.,]\d)", text) is not None


def _values(judged: JudgedQuestion) -> tuple[str, ...]:
    """Return the values of the answer, if they are in the words of the judged quotes."""
    asked = judged.question
    values = tuple((asked.answer or "").split("; ")) if asked.path else ()
    quotes = "\n".join(judgement.quote for judgement in asked.judgements)
    return values if all(stands_in(value, quotes) for value in values) else ()
