"""Natural questions with verified answers: the form of a file, one JSON object a line.

    {"id", "kind", "question" | "turns", "gold", "evidence": [{"nct", "path", "value"}],
     "trial_ids", "must_abstain", "accept": [regex], "reject": [regex]}

A path is a JSON path of the record with ``.0`` or ``[0]`` for an index; a long value may be a
verbatim part of what stands there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.lines import BadInput, numbered_lines
from retrieval.answering.lines.lines import Line
from retrieval.types import Document

_INDEX = re.compile(r"\.(\d+)(?=\.|$)")
_EVENT = re.compile(r".*?(?:serious|other)Events\[\d+\]")
_ID = re.compile(r"NCT\d{8}")
FLAGS = re.IGNORECASE | re.DOTALL
SHORT = 3  # lines: of a longer value only those that a regex accepts are the answer
LONG = 200  # characters of a value, of which a part is meant


class BadQuestion(BadInput):
    """A line of a file of natural questions is not what it should be."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a question's answer stands: a path of a trial's record, and what stands there."""

    trial_id: str
    path: str
    value: str


@dataclass(frozen=True, slots=True)
class NaturalQuestion:
    """A question, or the turns of a dialogue whose last is graded, with its verified answer."""

    id: str
    kind: str
    turns: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    trial_ids: tuple[str, ...]
    must_abstain: str | None
    accept: tuple[re.Pattern[str], ...]
    reject: tuple[re.Pattern[str], ...]

    @property
    def text(self) -> str:
        """The question that is graded."""
        return self.turns[-1]


def read_questions(paths: Iterable[Path]) -> list[NaturalQuestion]:
    """Read the questions of some files, or raise `BadQuestion` with the place."""
    return [question for path in paths for question in _questions(path)]


def _questions(path: Path) -> Iterator[NaturalQuestion]:
    for number, line in numbered_lines(path, BadQuestion):
        try:
            yield _question(json.loads(line))
        except (KeyError, TypeError, ValueError, AttributeError, re.error) as error:
            raise BadQuestion(f"{path}, line {number}: {error!r}") from None


def _question(row: dict[str, Any]) -> NaturalQuestion:
    turns = row.get("turns") or [row["question"]]
    return NaturalQuestion(
        id=row["id"],
        kind=row["kind"],
        turns=tuple(turns),
        evidence=tuple(
            Evidence(one["nct"], _INDEX.sub(r"[\1]", one["path"]), _text(one["value"]))
            for one in row.get("evidence") or ()
        ),
        trial_ids=tuple(row.get("trial_ids") or ()),
        must_abstain=row.get("must_abstain"),
        accept=tuple(re.compile(one, FLAGS) for one in row.get("accept") or ()),
        reject=tuple(re.compile(one, FLAGS) for one in row.get("reject") or ()),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def answering_lines(
    question: NaturalQuestion, document: Document, lines: tuple[Line, ...]
) -> frozenset[int]:
    """Return the places of a record's lines that hold the evidence of a question."""
    found: set[int] = set()
    for evidence in question.evidence:
        if evidence.trial_id == document.trial_id:
            found |= _holding(question, evidence, document, lines)
    return frozenset(found)


def _holding(
    question: NaturalQuestion, evidence: Evidence, document: Document, lines: tuple[Line, ...]
) -> set[int]:
    event = _EVENT.match(evidence.path)
    path = event[0] if event else evidence.path
    found: set[int] = set()
    for span in document.paths:
        if span.path != path and not span.path.startswith((f"{path}.", f"{path}[")):
            continue
        start, end = span.start, span.end
        at = document.text.find(evidence.value, start, end) if len(evidence.value) > SHORT else -1
        if at >= 0 and end - start > LONG:
            start, end = at, at + len(evidence.value)
        held = {n for n, line in enumerate(lines) if line.start < end and start < line.end}
        accepted = {n for n in held if _accepted(question, lines[n].text)}
        found |= accepted if accepted or len(held) > SHORT else held
    return found


def _accepted(question: NaturalQuestion, text: str) -> bool:
    wanted = (one for one in question.accept if not _ID.fullmatch(one.pattern))
    return any(one.search(text) for one in wanted)
