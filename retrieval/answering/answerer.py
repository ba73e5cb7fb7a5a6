"""The answerer: a question in, cited claims or a typed abstention out.

    search -> route -> a draft of that route -> answer

Everything is read from the one snapshot that was searched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace

from retrieval.answering.advice import answer_advice
from retrieval.answering.answer_passages import with_quoted_first
from retrieval.answering.bearing import answer_statement
from retrieval.answering.compared import compared_in
from retrieval.answering.comparison import answer_comparison
from retrieval.answering.counting import answer_count
from retrieval.answering.digests_alone import answer_of_digests, known_by_digests
from retrieval.answering.eligibility import answer_eligibility
from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.harms.safety import answer_safety
from retrieval.answering.lines.answer import answer_read
from retrieval.answering.lines.terms import Terms
from retrieval.answering.lookup import answer_lookup
from retrieval.answering.matching import telling_stems
from retrieval.answering.missing import not_here, nothing_close
from retrieval.answering.narrative import answer_narrative
from retrieval.answering.planning import plan_of, settled, subject_of, taken_to_mean
from retrieval.answering.results import answer_results
from retrieval.answering.router import route_of
from retrieval.answering.stems import stems_of
from retrieval.answering.turns import Meant
from retrieval.answering.types import Answer, Claim, Question, Routed
from retrieval.answering.writing.writer import Writer, worth_writing
from retrieval.errors import IndexDamaged
from retrieval.index.live import LiveIndex
from retrieval.index.snapshot import Snapshot
from retrieval.language.compounds import Ladder
from retrieval.models.embedder import Embedder
from retrieval.models.line_ranker import load_line_ranker
from retrieval.models.reranker import Reranker
from retrieval.question.telling import telling_words
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
# A text of so many telling words, whose first hit stands so clear, describes a trial by itself.
DESCRIBING, SURELY_CLEAR = 4, 0.6
# Routes whose answer digests may give where no record is here.
OF_DIGESTS = OF_PASSAGES - {"statement"} | {"lookup"}
# What stands before a name in "and of testosterone gel?", and how few words it takes.
CALLING = re.compile(
    r"^\s*(?:and|but|so|ok|what about|how about|in|of|for|with|on|the|a|an|\s|,)+\b", re.IGNORECASE
)
FEW_WORDS = 5
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
        line_reader: Reranker | None = None,
        writer: Writer | None = None,
    ) -> None:
        self._writer = writer
        self._searcher = searcher
        self._live = live
        self._ladder = ladder
        self._embedder = embedder
        self._reranker = reranker
        self._line_reader = line_reader
        self._line_ranker = load_line_ranker()
        self._terms = Terms(embedder)

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
                    answer = _answer(settled(self._evidence(question, ranking, snapshot)))
                    return replace(answer, question=question)
        raise IndexDamaged("the index changed under each of three tries to answer; ask again")

    def meant(self, text: str) -> Meant:
        """Return the trials that a text names, or so clearly describes that it stands alone."""
        ranking = self._searcher.search(Query(text, k=2, rerank=False))
        subject = ranking.subject
        if subject.named:
            return Meant(subject.named, subject.names)
        telling = len(telling_words(text)) >= DESCRIBING
        if telling and subject.clear and subject.runner_up < SURELY_CLEAR:
            return Meant((subject.clear,), ())
        return self._called(text, ranking)

    def _called(self, text: str, ranking: Ranking) -> Meant:
        """Return the trial that a few words call by its drug, condition or a part of its title."""
        words = CALLING.sub(" ", text)
        asked = set(telling_stems(words))
        if not asked or len(words.split()) > FEW_WORDS or not ranking.hits:
            return Meant((), ())
        trial = ranking.hits[0].source.trial_id
        with self._live.lease() as snapshot:
            stated = snapshot.catalogue.trial_fields().get(trial) if ranking.snapshot else None
            title = ranking.hits[0].source.title
        names = (title, *stated.conditions, *stated.interventions) if stated else (title,)
        if not asked <= {stem for name in names for stem in stems_of(name)}:
            return Meant((), ())
        return Meant((trial,), (words.strip(" ?.!,"),))

    def _found(self, text: str) -> str:
        """Return the trial that a part of a question names, or describes clearly."""
        if not any(map(str.isalnum, text)):
            return ""
        subject = self._searcher.search(Query(text, k=2, rerank=False)).subject
        return subject.named[0] if len(subject.named) == 1 else subject.clear

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
        if ranking.reading.text != question.text:  # it was asked in another language
            question = replace(question, text=ranking.reading.text)
        named, named_by = subject_of(question, ranking, snapshot)
        if len(named) < 2 and named_by in ("", "first_hit", "acronym", "code"):
            both = compared_in(question.text, ranking, self._found)
            named, named_by = (both, "first_hit") if both else (named, named_by)
        return Evidence(
            question=question,
            ranking=ranking,
            named=named,
            named_by=named_by,
            snapshot=snapshot,
            ladder=self._ladder,
            embedder=self._embedder,
            reranker=self._reranker,
            line_ranker=self._line_ranker,
            line_reader=self._line_reader,
            terms=self._terms,
        )


def _answer(evidence: Evidence) -> Answer:
    routed = route_of(evidence)
    # Who asks what to take is told that first, whatever is here.
    draft = None if routed.route == "advice" else not_here(evidence)
    if draft is None and (routed.route in OF_PASSAGES or routed.reads):
        draft = nothing_close(evidence)
    alone = known_by_digests(evidence) if draft is None and routed.route in OF_DIGESTS else ()
    if alone:
        draft = answer_of_digests(evidence, routed, alone)
    if draft is None:
        answered = answer_read if routed.reads else ROUTES[routed.route]
        draft = answered(evidence, routed)
    return Answer(
        question=evidence.question,
        routed=routed,
        plan=plan_of(evidence, routed),
        claims=draft.claims,
        abstained=draft.abstained,
        ranking=with_quoted_first(evidence, draft.claims),
        tables=draft.tables,
        count=draft.count,
        trials=draft.trials,
        notes=(*evidence.ranking.notes, *taken_to_mean(evidence), *draft.notes),
    )
