"""Questions about one trial with the lines of its record that answer: what is learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.natural.questions import NaturalQuestion, answering_lines
from retrieval.answering.lines.features import question_words
from retrieval.answering.lines.kinds import EVENTS, REPORTED
from retrieval.answering.lines.lines import Line, lines_of
from retrieval.answering.lines.terms import Terms
from retrieval.index.snapshot import Snapshot
from retrieval.models.embedder import Embedder
from retrieval.models.line_ranker import kind_inputs
from retrieval.types import Document, Vector

OF_ALL = frozenset(("count", "list"))
UNPOSTED = frozenset(("no_results_posted", "planned_not_reported"))


@dataclass(frozen=True)
class Example:
    """A question about one trial, its record's lines, and which of them answer."""

    question: NaturalQuestion
    trial_id: str
    lines: tuple[Line, ...]
    right: frozenset[int]
    inputs: Vector  # that the kinds are predicted from
    near: tuple[int, ...]  # lines about what is like it in meaning

    @property
    def kinds(self) -> frozenset[str]:
        """What kinds of line are asked for; where nothing is posted, what would answer."""
        if self.question.must_abstain in UNPOSTED:
            return frozenset(("other_event",) if self.question.kind == "safety" else ("result",))
        return frozenset(self.lines[place].kind for place in self.right)


def examples_of(
    questions: Sequence[NaturalQuestion], snapshot: Snapshot, embedder: Embedder
) -> list[Example]:
    """Return the questions about one trial of the corpus whose answering lines are known."""
    found, terms = [], Terms(embedder)
    likely = dict.fromkeys(EVENTS | REPORTED, 1.0)  # what is asked for is not known yet
    for question in questions:
        here = [trial for trial in question.trial_ids if trial in snapshot.trials]
        if len(question.turns) > 1 or len(question.trial_ids) != 1 or not here:
            continue
        document = _record(snapshot, here[0])
        lines = lines_of(document) if document else ()
        right = answering_lines(question, document, lines) if document else frozenset()
        if right:
            inputs = kind_inputs(embedder.embed_query(question.text), question_words(question.text))
            near = tuple(terms.nearest(question.text, lines, likely))
            found.append(Example(question, here[0], lines, right, inputs, near))
    return found


def asked_of_all(questions: Sequence[NaturalQuestion], embedder: Embedder) -> list[Vector]:
    """Return the inputs of the questions that are asked of all trials: counts and lists."""
    return [
        kind_inputs(embedder.embed_query(one.text), question_words(one.text))
        for one in questions
        if one.kind in OF_ALL and len(one.turns) == 1
    ]


def _record(snapshot: Snapshot, trial_id: str) -> Document | None:
    cards = (snapshot.cards[ordinal].source for ordinal in snapshot.trials[trial_id])
    return next((snapshot.catalogue.document(c.doc_id) for c in cards if c.kind == "trial"), None)
