"""The searcher: a query in, ranked and explained passages of distinct trials out.

    understand -> filter -> lexical arm + dense arm -> fuse -> rerank -> lift -> rows of hits

Both arms see the same filters and the same snapshot. Each step is a module of its own; this
one calls them in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from retrieval.errors import (
    BadK,
    BadRequest,
    DocumentNotFound,
    EmptyQuery,
    IndexDamaged,
    QueryTooLong,
    VersionConflict,
)
from retrieval.index.columns import Selection
from retrieval.index.lexical import LexicalHits
from retrieval.index.live import LiveIndex
from retrieval.index.snapshot import Snapshot
from retrieval.language.compounds import Ladder
from retrieval.language.synonyms import class_members, find_synonyms, plain_names
from retrieval.models.embedder import Embedder
from retrieval.models.reranker import Reranker
from retrieval.question.languages import glossed
from retrieval.question.read import edited, read
from retrieval.question.types import Reading
from retrieval.question.understand import understood
from retrieval.question.wording import is_short
from retrieval.search.candidates import DEPTHS, Candidates, Probe, among, gather
from retrieval.search.hits import ROWS_PER_NAMED_TRIAL, HitMaker, RowLimit
from retrieval.search.names import names_of
from retrieval.search.notes import absences, weakness
from retrieval.search.preference import preferred
from retrieval.search.relevance_feedback import fed_back
from retrieval.search.rerank import readable, worth_reading
from retrieval.search.scope import scope_of
from retrieval.search.scoring import Scored, blend, fuse, lift, settle
from retrieval.search.subject import subject_of
from retrieval.search.tiers import tiers_of, vouched
from retrieval.search.titles import telling
from retrieval.search.weights import DEFAULT, Tuning
from retrieval.types import Document, Hit, Note, Query, Ranking, Resolved, Scores, Understood

MAX_K = 1000
READ_AS = "read word by word from {0.language}: “{0.text}”; other words were taken as names"
# With less than this share of the first trial's score a second one is not the one that is meant.
# Of 170 development questions on one trial without its name, 145 have a first hit so clear, and
# it is the right one in 140 (the others say an acronym, which is read as a name since).
CLEAR = 0.8
HINTED = 3  # trials among which a word of a title tells which is meant
# About 2,500 words: more than any question, less than what would stall the embedder.
MAX_QUERY_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class _Models:
    """What a search uses beside the index; without a reranker none is applied."""

    embedder: Embedder
    ladder: Ladder
    reranker: Reranker | None
    tuning: Tuning


class Searcher:
    """Searches the live index; one object serves every thread."""

    def __init__(
        self,
        live: LiveIndex,
        embedder: Embedder,
        ladder: Ladder,
        *,
        reranker: Reranker | None = None,
        tuning: Tuning = DEFAULT,
    ) -> None:
        self._live = live
        self._ladder = ladder
        self._using = _Models(embedder, ladder, reranker, tuning)

    def search(self, query: Query) -> Ranking:
        """Rank the live trials for a query.

        Raises `EmptyQuery`, `QueryTooLong`, `BadK` or `BadFilter` (also for a compound that
        is no id of the ladder).
        """
        _check(query)
        for compound_id in query.filters.compounds:
            self._ladder.get(compound_id)
        if query.plan.trial_ids:
            query = replace(query, filters=replace(query.filters, trial_ids=query.plan.trial_ids))
        asked, foreign = query, glossed(query.text) if query.understand else None
        if foreign is not None:
            query = replace(query, text=foreign.text)
        reading = edited(read(query.text, self._ladder), query.plan)
        try:
            ranking = self._rank(query, reading)
        except IndexDamaged:  # it showed only now; the live index has fallen back
            ranking = self._rank(query, reading)
        refused = tuple(
            Note("older_snapshot", f"an older snapshot answers, the newest is unusable: {reason}")
            for reason in self._live.state().refused
        )
        told = (Note("read_as", READ_AS.format(foreign)),) if foreign is not None else ()
        return replace(ranking, query=asked, notes=(*refused, *told, *ranking.notes))

    def _rank(self, query: Query, reading: Reading) -> Ranking:
        with self._live.lease() as snapshot:
            return _Search(snapshot, query, reading, using=self._using).ranking()

    def document(self, doc_id: str, *, version: str | None = None) -> Document:
        """Return a live document, in this ``version`` if one is given.

        Raises `DocumentNotFound` or `VersionConflict`.
        """
        with self._live.lease() as snapshot:
            document = snapshot.catalogue.document(doc_id)
        if document is None:
            raise DocumentNotFound(f"no document {doc_id!r} in snapshot {snapshot.manifest.name}")
        if version is not None and version != document.version:
            raise VersionConflict(
                f"{doc_id} is live as {document.version}, not {version}: it changed since it was "
                "cited"
            )
        return document


class _Search:
    """One search in one snapshot."""

    def __init__(
        self, snapshot: Snapshot, query: Query, reading: Reading, *, using: _Models
    ) -> None:
        said = understood(reading, using.ladder) if query.understand else Understood()
        self._reading = reading
        self._snapshot = snapshot
        self._query = query
        self._using = using
        self._depth, *self._depths_below = DEPTHS if is_short(query.text) else DEPTHS[1:]
        self._names = _names(query, said, using.ladder) if query.understand else []
        asked = snapshot.columns.select(query.filters)
        found = self._documents(asked, self._depth)
        self._subject = subject_of(
            query, reading, found=found, snapshot=snapshot, ladder=using.ladder
        )
        self._scope = scope_of(query.filters, self._subject.understood.filters, snapshot.columns)
        same = self._scope.filters == query.filters
        self._found = found if same else self._documents(self._scope.selection, self._depth)

    def ranking(self) -> Ranking:
        probe = self._probe()
        candidates = self._gathered(probe, self._found)
        hits = self._hits(candidates, self._row_limit()) if len(candidates.rows) else ()
        hits += self._further(probe, candidates, hits)
        return Ranking(
            query=self._query,
            reading=self._reading,
            subject=self._resolved(hits),
            understood=self._subject.understood,
            filters=self._scope.filters,
            hits=hits,
            hidden_by_filters=self._scope.selection.hidden,
            snapshot=self._snapshot.manifest.name,
            notes=(*self._scope.notes, *self._notes(candidates, hits)),
        )

    def _resolved(self, hits: Sequence[Hit]) -> Resolved:
        """Return what the question is about, for whoever answers it."""
        subject, ordinals = self._subject, self._snapshot.ordinals
        rows = [(hit.source.trial_id, ordinals[hit.source.doc_id]) for hit in hits]
        exact = [trial for trial, ordinal in rows if subject.exact[ordinal]]
        ids = [trial for trial in subject.understood.trial_ids if trial in exact]
        about = (trial for trial, ordinal in rows if subject.about_compounds[ordinal])
        clear, runner_up = _clear(hits)
        if hinted := self._hinted(hits):
            clear, runner_up = hinted, 0.0
        return Resolved(
            named=tuple(dict.fromkeys((*ids, *exact))),
            by=subject.named_by,
            names=subject.written,
            about=frozenset((*exact, *about)),
            residual=subject.residual,
            clear=clear,
            runner_up=runner_up,
        )

    def _hinted(self, hits: Sequence[Hit]) -> str:
        """Return the one trial among the first whose title has a name that the query has."""
        if not self._query.understand or not is_short(self._query.text):
            return ""
        first = list(dict.fromkeys(hit.source.trial_id for hit in hits))[:HINTED]
        for one in names_of(self._snapshot.catalogue).found_in(self._query.text):
            if one.by == "title" and len(one.trials) == 1 and one.trials[0] in first:
                return one.trials[0]
        return ""

    def _documents(self, selection: Selection, depth: int) -> LexicalHits:
        """Return what the lexical arm finds among whole documents."""
        return self._snapshot.document_lexical.search(
            self._query.text,
            k=depth,
            names=self._names,
            allowed=None if selection.everything else selection.documents,
        )

    def _probe(self) -> Probe:
        """Return what the arms are asked; a long question is moved towards what it finds."""
        probe = Probe(
            text=self._query.text,
            names=self._names,
            vector=self._using.embedder.embed_query(self._dense_text()),
            depth=self._depth,
        )
        if is_short(self._query.text):
            return probe
        candidates = self._gathered(probe, self._found)
        if not len(candidates.rows):
            return probe
        vector = fed_back(
            probe.vector, candidates, tuning=self._using.tuning, snapshot=self._snapshot
        )
        return replace(probe, vector=vector)

    def _gathered(self, probe: Probe, documents: LexicalHits) -> Candidates:
        return gather(
            probe,
            documents=documents,
            subject=self._subject,
            selection=self._scope.selection,
            snapshot=self._snapshot,
        )

    def _further(
        self, probe: Probe, candidates: Candidates, hits: tuple[Hit, ...]
    ) -> tuple[Hit, ...]:
        """Return the trials that a deeper look finds, where ``hits`` are fewer than asked."""
        further: tuple[Hit, ...] = ()
        selection = self._scope.selection
        selected = int(np.count_nonzero(selection.chunks))
        for depth in self._depths_below:
            above = hits + further
            if not above or len(above) >= self._query.k or len(candidates.rows) == selected:
                break
            found = self._documents(selection, depth)
            candidates = self._gathered(replace(probe, depth=depth), found)
            further += self._hits(candidates, replace(self._row_limit(), above=above))
        return further

    def _dense_text(self) -> str:
        """Return the query with the usual names of what it calls otherwise."""
        if not self._query.understand:
            return self._query.text
        compounds = self._subject.compounds
        names = [self._using.ladder.get(compound).name for compound in compounds]
        names += plain_names(self._query.text) if is_short(self._query.text) else ()
        names = [name for name in names if name.lower() not in self._query.text.lower()]
        return f"{self._query.text} ({', '.join(names)})" if names else self._query.text

    def _hits(self, candidates: Candidates, limit: RowLimit) -> tuple[Hit, ...]:
        tuning, snapshot = self._using.tuning, self._snapshot
        fused = self._fused(candidates)
        wanted = preferred(
            fused, candidates, subject=self._subject, tuning=tuning, snapshot=snapshot
        )
        scored = self._scored(candidates, fused, wanted)
        opinions: dict[int, float] = {}
        reranker = self._using.reranker
        reads = self._query.rerank and not limit.above and is_short(self._query.text)
        if reads and reranker is not None:
            opinions = self._opinions(candidates, scored.scores, reranker)
            scored = self._scored(
                candidates,
                blend(fused, opinions, weight=tuning.rerank),
                blend(wanted, opinions, weight=tuning.rerank_passage),
            )
        maker = HitMaker(
            candidates,
            scored,
            opinions=opinions,
            subject=self._subject,
            snapshot=snapshot,
            ladder=self._using.ladder,
        )
        return maker.hits(self._query.k, limit)

    def _scored(self, candidates: Candidates, fused: Scores, wanted: Scores) -> Scored:
        """Return final scores: trials by ``fused``, their passages by ``wanted``, then tiers."""
        snapshot = self._snapshot
        trials = snapshot.trial_numbers[snapshot.documents[candidates.rows]]
        tiers = tiers_of(candidates, subject=self._subject, snapshot=snapshot)
        return lift(settle(fused, wanted, trials), tiers, wholly=vouched(tiers))

    def _fused(self, candidates: Candidates) -> Scores:
        """Return the first stage's score of each candidate.

        Inside a trial that the query names, its name tells no passage from another: what the
        query says beside it does.
        """
        tuning, snapshot = self._using.tuning, self._snapshot
        fused = fuse(candidates, tuning)
        inside = np.flatnonzero(self._subject.exact[snapshot.documents[candidates.rows]])
        if len(inside) and telling(self._subject.residual):
            vector = self._using.embedder.embed_query(self._subject.residual)
            parts = among(candidates.rows[inside], self._subject.residual, vector, snapshot)
            fused[inside] = fuse(parts, tuning)
        return fused

    def _opinions(
        self, candidates: Candidates, scores: Scores, reranker: Reranker
    ) -> dict[int, float]:
        """Return what the reranker thinks of the best candidates, by place."""
        places = worth_reading(
            candidates, scores, tuning=self._using.tuning, snapshot=self._snapshot
        )
        texts = [readable(int(candidates.rows[place]), self._snapshot) for place in places]
        opinions = reranker.opinions(self._query.text, texts)
        return dict(zip(places.tolist(), opinions.tolist(), strict=True))

    def _row_limit(self) -> RowLimit:
        """One row per trial, but several of a trial that the words or the filters name."""
        k, named, snapshot = self._query.k, self._subject.named_trials, self._snapshot
        if self._scope.filters.trial_ids:
            left = np.flatnonzero(self._scope.selection.documents)
            trials = {snapshot.cards[ordinal].source.trial_id for ordinal in left}
            if len(trials) == 1:
                return RowLimit(frozenset(trials), k)
        share = -(-k // max(len(named), 1))  # none of several named trials crowds out another
        return RowLimit(named, min(ROWS_PER_NAMED_TRIAL, share))

    def _notes(self, candidates: Candidates, hits: Sequence[Hit]) -> Iterator[Note]:
        yield from absences(
            self._subject,
            hits=hits,
            selection=self._scope.selection,
            snapshot=self._snapshot,
            ladder=self._using.ladder,
        )
        yield from weakness(candidates, subject=self._subject, snapshot=self._snapshot)
        if self._query.rerank and self._using.reranker is None:
            told = "rerank was asked for; this searcher has no reranker, so it was not applied"
            yield Note("rerank_not_applied", told)
        elif self._query.rerank and not is_short(self._query.text):
            told = "rerank was asked for; it does not help so long a question and was not applied"
            yield Note("rerank_not_applied", told)


def _names(query: Query, understood: Understood, ladder: Ladder) -> list[tuple[str, ...]]:
    """Return, in groups, all names of what the query names: compounds, classes, diseases."""
    compounds = dict.fromkeys(mention.compound_id for mention in understood.compounds)
    groups = [ladder.expansions(compound) for compound in compounds]
    if is_short(query.text):
        groups += find_synonyms(query.text)
        # One name each: a class has twenty members with ten names.
        groups += [tuple(ladder.get(one).name for one in class_members(query.text, ladder))]
    return [group for group in groups if group]


def _clear(hits: Sequence[Hit]) -> tuple[str, float]:
    """Return the first hit's trial where it stands clear of the second, and how near that comes."""
    best: dict[str, float] = {}
    for hit in hits:
        best.setdefault(hit.source.trial_id, hit.score)
    scores = list(best.values())[:2]
    if not scores or scores[0] <= 0:
        return "", 1.0
    runner_up = max(0.0, scores[1] / scores[0]) if len(scores) > 1 else 0.0
    return (next(iter(best)) if runner_up < CLEAR else ""), runner_up


def _check(query: Query) -> None:
    if not any(character.isalnum() for character in query.text):
        raise EmptyQuery(
            f"the query {query.text[:80]!r} has no letter and no digit; give some words"
        )
    if any("\ud800" <= character <= "\udfff" for character in query.text):
        raise BadRequest("the query holds half of a surrogate pair, which is no text; drop it")
    if len(query.text) > MAX_QUERY_CHARACTERS:
        raise QueryTooLong(
            f"the query has {len(query.text):,} characters; the limit is {MAX_QUERY_CHARACTERS:,}"
        )
    if not 1 <= query.k <= MAX_K:
        raise BadK(f"k is {query.k}; it must be 1 to {MAX_K}")
