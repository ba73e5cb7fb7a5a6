"""The searcher: a query in, ranked and explained passages of distinct trials out.

    understand -> filter -> lexical arm + dense arm -> fuse -> lift -> collapse -> passages

Both arms see the same filters and the same snapshot. Every candidate of either arm gets its
exact cosine; the lexical score of one that only the dense arm found is zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from retrieval.columns import Selection
from retrieval.compounds import Ladder
from retrieval.embedder import Embedder
from retrieval.errors import (
    BadK,
    DocumentNotFound,
    EmptyQuery,
    IndexDamaged,
    QueryTooLong,
    VersionConflict,
)
from retrieval.lexical import LexicalHits
from retrieval.live import LiveIndex
from retrieval.passages import passage_around
from retrieval.scope import scope_of
from retrieval.scoring import (
    ASKED_SECTION,
    COMPOUND,
    EXACT,
    FAMILY,
    PLANNED_SAFETY,
    REPORTED_SAFETY,
    SECTION_OF,
    Candidates,
    Mask,
    Scored,
    Tier,
    fuse,
    lift,
)
from retrieval.snapshot import Rows, Snapshot
from retrieval.types import (
    CompoundMention,
    Document,
    Explanation,
    Filters,
    Hit,
    Labels,
    Query,
    Ranking,
    Understood,
)
from retrieval.understand import understand

MAX_K = 1000
# About 2,500 words: more than any question, less than what would stall the embedder.
MAX_QUERY_CHARACTERS = 10_000
# Chunks per arm before fusion. A trial has several chunks, so more are fetched than asked.
MIN_DEPTH = 100
DEPTH_PER_HIT = 5
# Under this the nearest passage is likely no answer, by embedder: of 20 questions that the
# sample corpus answers all have more, of 15 that it does not one does.
WEAK_COSINE = {"bge-small-en-v1.5-int8": 0.70}


class Searcher:
    """Searches the live index; one object serves every thread."""

    def __init__(self, live: LiveIndex, embedder: Embedder, ladder: Ladder) -> None:
        self._live = live
        self._embedder = embedder
        self._ladder = ladder

    def search(self, query: Query) -> Ranking:
        """Rank the live trials for a query.

        Raises `EmptyQuery`, `QueryTooLong`, `BadK` or `BadFilter` (also for a compound that
        is no id of the ladder).
        """
        _check(query)
        for compound_id in query.filters.compounds:
            self._ladder.get(compound_id)
        understood = understand(query.text, self._ladder) if query.understand else Understood()
        try:
            ranking = self._rank(query, understood)
        except IndexDamaged:  # it showed only now; the live index has fallen back
            ranking = self._rank(query, understood)
        refused = tuple(
            f"an older snapshot answers, because the newest is unusable: {reason}"
            for reason in self._live.state().refused
        )
        return replace(ranking, notes=(*refused, *ranking.notes))

    def _rank(self, query: Query, understood: Understood) -> Ranking:
        with self._live.lease() as snapshot:
            return _Search(snapshot, query, understood, self._embedder, self._ladder).ranking()

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
        self,
        snapshot: Snapshot,
        query: Query,
        understood: Understood,
        embedder: Embedder,
        ladder: Ladder,
    ) -> None:
        self._snapshot = snapshot
        self._query = query
        self._understood = understood
        self._embedder = embedder
        self._ladder = ladder
        self._compounds, self._relatives = _split(understood.compounds)
        self._named = (*self._compounds, *self._relatives)
        self._about_meant = self._about(self._compounds)
        self._about_relatives = self._about(self._relatives) & ~self._about_meant
        self._exact = self._exact_ordinals()
        self._depth = max(MIN_DEPTH, DEPTH_PER_HIT * query.k)

    def ranking(self) -> Ranking:
        scope = scope_of(self._query.filters, self._understood.filters, self._snapshot.columns)
        notes = (*scope.notes, *self._absences(scope.selection))
        if self._query.rerank:
            notes = (
                *notes,
                "rerank was asked for; there is no reranker yet, so it was not applied",
            )
        candidates = self._candidates(scope.selection)
        notes = (*notes, *self._weakness(candidates))
        hits = self._hits(candidates, self._score(candidates)) if len(candidates.rows) else ()
        return Ranking(
            query=self._query,
            understood=self._understood,
            filters=scope.filters,
            hits=hits,
            hidden_by_filters=scope.selection.hidden,
            snapshot=self._snapshot.manifest.name,
            notes=notes,
        )

    def _absences(self, selection: Selection) -> Iterator[str]:
        """Tell what was asked for by name and is not here, so that hits do not pass for it."""
        snapshot = self._snapshot
        here = [trial for trial in self._understood.trial_ids if trial in snapshot.trials]
        if here and self._query.k > len(here):
            yield f"{' and '.join(here)} was asked for; other trials follow only as neighbours"
        for trial_id in self._understood.trial_ids:
            if trial_id not in snapshot.trials:
                yield f"{trial_id} is not in this corpus"
        for compound in self._compounds:
            name = self._ladder.get(compound).name
            about = self._about((compound,))
            if (about & selection.documents).any():
                continue
            if about.any():
                yield f"no document about {name} matches the filters"
            elif len(self._naming(compound).rows):
                yield f"{name} is mentioned, but no document in this corpus is about it"
            else:
                yield f"no document in this corpus names {name}"

    def _naming(self, compound: str) -> LexicalHits:
        """Return a chunk that names a compound anywhere, if there is one."""
        names = [self._ladder.expansions(compound)]
        return self._snapshot.lexical.search("", k=1, names=names)

    def _weakness(self, candidates: Candidates) -> Iterator[str]:
        """Tell when even the nearest passage is far: scores only compare hits of one query."""
        floor = WEAK_COSINE.get(self._snapshot.manifest.recipe.embedder.name)
        nearest = float(candidates.dense.max(initial=-1.0))
        named = bool(self._exact) or self._about_meant.any()
        if floor is not None and not named and len(candidates.rows) and nearest < floor:
            yield (
                f"nothing here is close to this question: the nearest passage has cosine "
                f"{nearest:.2f}, and answers mostly have {floor:.2f} or more"
            )

    def _candidates(self, selection: Selection) -> Candidates:
        """Return what both arms find, with the chunks that must not be missed."""
        snapshot = self._snapshot
        vector = self._embedder.embed_query(self._dense_text())
        nearest = snapshot.nearest(vector, k=self._depth, selection=selection)
        hits = snapshot.lexical.search(
            self._query.text,
            k=self._depth,
            names=[self._ladder.expansions(compound) for compound in self._named],
            chunks=None if selection.everything else selection.chunks,
        )
        due = self._due(selection)
        due = snapshot.exact(vector, due, k=self._depth) if len(due) > self._depth else due
        rows = np.unique(np.concatenate([nearest, hits.rows, due, self._pinned(selection)]))
        lexical = np.zeros(len(rows), dtype=np.float32)
        lexical[np.searchsorted(rows, hits.rows)] = hits.scores
        return Candidates(
            rows=rows,
            lexical=lexical,
            dense=snapshot.similarities(vector, rows),
            lexical_ranks=_ranks(rows, hits.rows),
            dense_ranks=_ranks(rows, nearest),
        )

    def _dense_text(self) -> str:
        """Return the query with the preferred names of compounds it calls otherwise."""
        names = [
            self._ladder.get(compound).name
            for compound in self._compounds
            if self._ladder.get(compound).name.lower() not in self._query.text.lower()
        ]
        return f"{self._query.text} ({', '.join(names)})" if names else self._query.text

    def _pinned(self, selection: Selection) -> Rows:
        """Return the selected chunks of what was named exactly."""
        if not self._exact:
            return np.empty(0, dtype=np.int64)
        rows = self._snapshot.rows_of(self._exact)
        return rows[selection.chunks[rows]]

    def _exact_ordinals(self) -> list[int]:
        """Return the documents of trials named by id or by their whole title."""
        snapshot = self._snapshot
        named = [
            ordinal
            for trial_id in self._understood.trial_ids
            for ordinal in snapshot.trials.get(trial_id, [])
        ]
        titled = [snapshot.ordinals[d] for d in snapshot.catalogue.titled(self._query.text)]
        return [*named, *titled]

    def _due(self, selection: Selection) -> Rows:
        """Return the selected chunks about the named compounds.

        For a safety question they are those that speak of safety, where there are any.
        """
        if not self._named:
            return np.empty(0, dtype=np.int64)
        about = (self._about_meant | self._about_relatives)[self._snapshot.documents]
        about &= selection.chunks
        telling = about & self._snapshot.speaks_of_safety
        if self._understood.intent == "safety" and telling.any():
            return np.flatnonzero(telling)
        return np.flatnonzero(about)

    def _about(self, compounds: tuple[str, ...]) -> Mask:
        """Return a mask over documents: those about any of the compounds."""
        if not compounds:
            return np.zeros(len(self._snapshot.cards), dtype=np.bool_)
        return self._snapshot.columns.select(Filters(compounds=compounds)).documents

    def _score(self, candidates: Candidates) -> Scored:
        snapshot, rows = self._snapshot, candidates.rows
        documents = snapshot.documents[rows]
        named, related = self._about_meant[documents], self._about_relatives[documents]
        tiers = [
            Tier("exact", EXACT, np.isin(documents, self._exact)),
            Tier("compound", COMPOUND, named),
            Tier("compound family", FAMILY, related),
        ]
        if self._understood.intent == "safety":
            tiers += self._safety_tiers(rows)
        if section := SECTION_OF.get(self._understood.intent):
            asked = np.array([snapshot.places[row].section == section for row in rows])
            tiers.append(Tier("asked section", ASKED_SECTION, asked))
        return lift(fuse(candidates), tuple(tiers), wholly=named | related | tiers[0].members)

    def _safety_tiers(self, rows: Rows) -> list[Tier]:
        snapshot = self._snapshot
        evidence = np.array([snapshot.places[row].evidence for row in rows])
        # A digest at odds with the registry is shown, and labelled, but gains nothing by it.
        trusted = np.array([not self._labels(row).conflict for row in rows], dtype=np.bool_)
        trusted &= snapshot.speaks_of_safety[rows]
        return [
            Tier("reported safety", REPORTED_SAFETY, trusted & (evidence == "reported")),
            Tier("planned safety", PLANNED_SAFETY, trusted & (evidence == "planned")),
        ]

    def _labels(self, row: int) -> Labels:
        snapshot = self._snapshot
        card = snapshot.cards[snapshot.documents[row]]
        return Labels(
            voice="registry" if card.source.kind == "trial" else "llm_digest",
            digest_model=card.digest_model,
            evidence=snapshot.places[row].evidence,
            as_of=card.as_of,
            has_results=snapshot.has_results(card.source.trial_id),
        )

    def _hits(self, candidates: Candidates, scored: Scored) -> tuple[Hit, ...]:
        """Collapse candidates per trial: the best chunk of each document, the best document."""
        snapshot = self._snapshot
        by_row = dict(zip(candidates.rows.tolist(), scored.scores.tolist(), strict=True))
        order = np.lexsort((candidates.rows, -scored.scores))
        trials: dict[str, dict[int, int]] = {}
        for place in order:
            ordinal = int(snapshot.documents[candidates.rows[place]])
            trial_id = snapshot.cards[ordinal].source.trial_id
            if trial_id in trials or len(trials) < self._query.k:
                trials.setdefault(trial_id, {}).setdefault(ordinal, int(place))
        hits = []
        for rank, best in enumerate(trials.values(), start=1):
            first, *others = [
                self._hit(candidates, scored, place, by_row=by_row, rank=rank)
                for place in best.values()
            ]
            hits.append(replace(first, related=tuple(others)))
        return tuple(hits)

    def _hit(
        self,
        candidates: Candidates,
        scored: Scored,
        place: int,
        *,
        by_row: dict[int, float],
        rank: int,
    ) -> Hit:
        snapshot = self._snapshot
        row = int(candidates.rows[place])
        card = snapshot.cards[snapshot.documents[row]]
        passage = passage_around(snapshot, row, by_row)
        return Hit(
            rank=rank,
            score=round(float(scored.scores[place]), 6),
            source=card.source,
            passage=passage,
            labels=self._labels(row),
            explanation=Explanation(
                lexical=candidates.lexical_of(place),
                dense=candidates.dense_of(place),
                rerank=None,
                aliases=self._aliases(f"{card.source.title}\n{passage.text}"),
                boosts=scored.boosts_of(place),
            ),
        )

    def _aliases(self, text: str) -> tuple[str, ...]:
        """Return the words of a hit that name a compound of the query."""
        if not self._named:
            return ()
        found = (m.matched.lower() for m in self._ladder.find(text) if m.compound_id in self._named)
        return tuple(dict.fromkeys(found))


def _check(query: Query) -> None:
    if not any(character.isalnum() for character in query.text):
        raise EmptyQuery(
            f"the query {query.text[:80]!r} has no letter and no digit; give some words"
        )
    if len(query.text) > MAX_QUERY_CHARACTERS:
        raise QueryTooLong(
            f"the query has {len(query.text):,} characters; the limit is {MAX_QUERY_CHARACTERS:,}"
        )
    if not 1 <= query.k <= MAX_K:
        raise BadK(f"k is {query.k}; it must be 1 to {MAX_K}")


def _split(mentions: tuple[CompoundMention, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the compounds that are meant, and those that share a family's name with one.

    A family word gives several mentions of the same words, the likeliest first.
    """
    meant: dict[str, str] = {}
    relatives = []
    for mention in mentions:
        if meant.setdefault(mention.matched, mention.compound_id) != mention.compound_id:
            relatives.append(mention.compound_id)
    return tuple(meant.values()), tuple(relatives)


def _ranks(rows: Rows, found: Rows) -> Rows:
    ranks = np.zeros(len(rows), dtype=np.int64)
    ranks[np.searchsorted(rows, found)] = np.arange(1, len(found) + 1)
    return ranks
