"""What a query is about in one snapshot: what its words say, and what they name here."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from retrieval.index.lexical import LexicalHits
from retrieval.index.snapshot import Snapshot
from retrieval.language.compounds import Ladder
from retrieval.language.mention import CompoundMention
from retrieval.question.asked import EVENTS, OVERVIEW, asked_sections, asks_a_fact
from retrieval.question.types import Reading
from retrieval.question.understand import understood as understood_of
from retrieval.question.wording import is_short, plain
from retrieval.search.titles import NamedTitle, titles_in, without_ids
from retrieval.types import Filters, Query, Understood

Mask = npt.NDArray[np.bool_]

# Documents whose titles are looked for in a query; one whose title stands there is among the
# first that its words find.
TITLES = 10
MAX_CHARACTERS = 1_000  # of a query that may hold a title; longer ones are case histories
# A title of this many content words is meant as a name; a shorter one may be a subject, of which
# other trials should show as well.
SURE_TITLE_WORDS = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """A query, what its words say, and what it names here; masks are over documents.

    ``compounds`` are meant, ``relatives`` only share a family's name with one of them.
    ``exact`` are documents of trials named by id or title, ``named_trials`` those of them that
    are surely meant. ``residual`` is what the query
    says beside that name, and ``sections`` where a record answers it.
    """

    query: Query
    understood: Understood
    compounds: tuple[str, ...]
    relatives: tuple[str, ...]
    about_compounds: Mask
    about_relatives: Mask
    exact: Mask
    named_trials: frozenset[str]
    residual: str
    sections: tuple[str, ...]

    @property
    def named(self) -> tuple[str, ...]:
        return (*self.compounds, *self.relatives)


def subject_of(
    query: Query,
    reading: Reading,
    *,
    found: LexicalHits,
    snapshot: Snapshot,
    ladder: Ladder,
) -> Subject:
    """Find what the query names; ``found`` are the documents that its words find."""
    understood = understood_of(reading, ladder) if query.understand else Understood()
    titled = _titled(query, found, snapshot)
    exact = _exact(query, understood, titled, snapshot)
    residual = without_ids(titled[0].residual if titled else query.text)
    if titled and query.understand:
        # A title's own words ask for nothing: "Recruiting Families" is no filter. And who surely
        # names a trial wants it, whatever its status is.
        rest = understood_of(beside(reading, titled[0], residual), ladder)
        sure = titled[0].words >= SURE_TITLE_WORDS
        understood = replace(
            understood, filters=Filters() if sure else rest.filters, intent=rest.intent
        )
    compounds, relatives = _split(understood.compounds)
    about = about_any(compounds, snapshot)
    return Subject(
        query=query,
        understood=understood,
        compounds=compounds,
        relatives=relatives,
        about_compounds=about,
        about_relatives=about_any(relatives, snapshot) & ~about,
        exact=exact,
        named_trials=frozenset(
            (*understood.trial_ids, *(t.trial_id for t in titled if t.words >= SURE_TITLE_WORDS))
        ),
        residual=residual,
        sections=_sections(residual, understood, named=bool(exact.any()))
        if query.understand and is_short(residual)
        else (),
    )


def beside(reading: Reading, title: NamedTitle, residual: str) -> Reading:
    """Return what a reading says beside a title that stands in it."""
    kept = (one for one in reading.demands if one.end <= title.start or title.end <= one.start)
    words = plain(residual, reading.compounds)
    return replace(reading, plain=words, trial_ids=(), demands=tuple(kept))


def _sections(residual: str, understood: Understood, *, named: bool) -> tuple[str, ...]:
    """Return the sections that answer; the overview, where only a subject is given."""
    words = plain(residual, ())
    fact = named or asks_a_fact(words)
    safety = understood.intent == "safety"
    sections = asked_sections(words, fact=fact)
    if safety and not named and sections == EVENTS:
        return ()  # reported or planned, wherever they stand: the tiers see to that
    return sections or (() if fact or safety else OVERVIEW)


def about_any(compounds: tuple[str, ...], snapshot: Snapshot) -> Mask:
    """Return a mask over documents: those about any of the compounds."""
    if not compounds:
        return np.zeros(len(snapshot.cards), dtype=np.bool_)
    return snapshot.columns.about(compounds)


def _titled(query: Query, found: LexicalHits, snapshot: Snapshot) -> list[NamedTitle]:
    """Return the documents whose title stands in the query."""
    if not query.understand or len(query.text) > MAX_CHARACTERS:
        return []
    first = found.rows[:TITLES].tolist()
    return titles_in(query.text, (snapshot.cards[ordinal].source for ordinal in first))


def _exact(
    query: Query, understood: Understood, titled: list[NamedTitle], snapshot: Snapshot
) -> Mask:
    """Return a mask over documents of trials named by id, or by a title."""
    whole = [snapshot.ordinals[doc_id] for doc_id in snapshot.catalogue.titled(query.text)]
    trials = {
        *understood.trial_ids,
        *(named.trial_id for named in titled),
        *(snapshot.cards[ordinal].source.trial_id for ordinal in whole),
    }
    exact = np.zeros(len(snapshot.cards), dtype=np.bool_)
    for trial_id in trials:
        exact[snapshot.trials.get(trial_id, [])] = True
    return exact


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
