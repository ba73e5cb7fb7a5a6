"""The answerer: a question in, cited claims or a typed abstention out.

    search -> route -> a draft of that route -> answer

Everything is read from the one snapshot that was searched.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace

from retrieval.answering.advice import answer_advice
from retrieval.answering.bearing import answer_statement
from retrieval.answering.comparison import answer_comparison
from retrieval.answering.counting import answer_count
from retrieval.answering.eligibility import answer_eligibility
from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.harms.safety import answer_safety
from retrieval.answering.lookup import answer_lookup
from retrieval.answering.missing import not_here, nothing_close
from retrieval.answering.narrative import answer_narrative
from retrieval.answering.planning import plan_of
from retrieval.answering.results import answer_results
from retrieval.answering.router import route_of
from retrieval.answering.types import Answer, Claim, Question, Routed
from retrieval.answering.writing.writer import Writer, worth_writing
from retrieval.errors import IndexDamaged
from retrieval.index.live import LiveIndex
from retrieval.index.snapshot import Snapshot
from retrieval.language.compounds import Ladder
from retrieval.models.embedder import Embedder
from retrieval.models.reranker import Reranker
from retrieval.question.types import Operation, Plan
from retrieval.search.searcher import Searcher
from retrieval.types import Query, Ranking

Drafting = Callable[[Evidence, Routed], Draft]

ROUTES: Mapping[Operation, Drafting] = {
    "lookup": answer_lookup,
    "count": answer_count,
    "list": answer_count,
    "safety": answer_safety,
    "results": answer_results,
    "comparison": answer_comparison,
    "eligibility": answer_eligibility,
    "advice": answer_advice,
    "statement": answer_statement,
    "narrative": answer_narrative,
}
# Routes that answer from what the search found; the others find by themselves.
OF_PASSAGES = frozenset(
    ("safety", "results", "comparison", "eligibility", "statement", "narrative")
)
FLIPS = 3  # a build may publish between a search and its answer; not that often


class Answerer:
    """Answers questions over the live index; one object serves every thread."""

    def __init__(  # noqa: PLR0913 - all that an answer is made with
        self,
        searcher: Searcher,
        live: LiveIndex,
        *,
        ladder: Ladder,
        embedder: Embedder,
        reranker: Reranker | None = None,
        writer: Writer | None = None,
    ) -> None:
        self._writer = writer
        self._searcher = searcher
        self._live = live
        self._ladder = ladder
        self._embedder = embedder
        self._reranker = reranker

    def answer(self, question: Question) -> Answer:
        """Answer, or abstain with a type.

        Raises what `Searcher.search` raises: `EmptyQuery`, `QueryTooLong`, `BadK`, `BadFilter`.
        """
        *_, whole = self.stream(question)
        return whole  # type: ignore[return-value]  # the last is the whole answer

    def stream(
        self, question: Question, *, left: Callable[[], bool] = lambda: False
    ) -> Generator[Answer | Claim, None, None]:
        """Yield the answer without claims, then each claim when it stands, then all of it.

        A model that is writing stops when the iterator is closed, or when ``left()`` tells that
        nobody reads any more. Raises what `answer` raises.
        """
        extracted = self._extracted(question)
        yield replace(extracted, claims=())
        if self._writer is not None and worth_writing(extracted):
            yield from self._writer.write(extracted, left=left)
        else:
            yield from extracted.claims
            yield extracted

    def _extracted(self, question: Question) -> Answer:
        query = Query(question.text, filters=question.filters, k=question.k, plan=question.plan)
        for _ in range(FLIPS):
            with self._live.lease() as snapshot:
                ranking = self._searcher.search(query)
                if ranking.snapshot == snapshot.manifest.name:
                    return _answer(self._evidence(question, ranking, snapshot))
        raise IndexDamaged("the index changed under each of three tries to answer; ask again")

    def plan(self, ranking: Ranking) -> Plan | None:
        """Return how the question of a ranking would be answered; None if the index has changed."""
        query = ranking.query
        question = Question(query.text, filters=query.filters, k=query.k, plan=query.plan)
        with self._live.lease() as snapshot:
            if ranking.snapshot != snapshot.manifest.name:
                return None
            evidence = self._evidence(question, ranking, snapshot)
            return plan_of(evidence, route_of(evidence))

    def _evidence(self, question: Question, ranking: Ranking, snapshot: Snapshot) -> Evidence:
        return Evidence(
            question=question,
            ranking=ranking,
            named=_named(question, ranking, snapshot),
            snapshot=snapshot,
            ladder=self._ladder,
            embedder=self._embedder,
            reranker=self._reranker,
        )


def _answer(evidence: Evidence) -> Answer:
    routed = route_of(evidence)
    # Who asks what to take is told that first, whatever is here.
    draft = None if routed.route == "advice" else not_here(evidence)
    if draft is None and routed.route in OF_PASSAGES and not evidence.named:
        draft = nothing_close(evidence)
    draft = draft or ROUTES[routed.route](evidence, routed)
    return Answer(
        question=evidence.question,
        routed=routed,
        plan=plan_of(evidence, routed),
        claims=draft.claims,
        abstained=draft.abstained,
        ranking=evidence.ranking,
        tables=draft.tables,
        count=draft.count,
        trials=draft.trials,
        notes=(*evidence.ranking.notes, *draft.notes),
    )


def _named(question: Question, ranking: Ranking, snapshot: Snapshot) -> tuple[str, ...]:
    """Return the trials that a question names, by id or by title, and that are here.

    A filter to some trials names them as well, where the words name none.
    """
    if question.plan.trial_ids:
        return tuple(one for one in question.plan.trial_ids if one in snapshot.trials)
    if ranking.subject.named or ranking.understood.trial_ids:
        return ranking.subject.named
    return tuple(one for one in question.filters.trial_ids if one in snapshot.trials)
