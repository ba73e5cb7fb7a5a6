"""What a query is about in one snapshot: what its words say, and what they name here."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from retrieval.index.lexical import LexicalHits
from retrieval.index.snapshot import Snapshot
from retrieval.language.compounds import Ladder
from retrieval.language.mention import CompoundMention
from retrieval.question.asked import EVENTS, OVERVIEW, asked_sections, asks_a_fact
from retrieval.question.types import NamedBy, Reading
from retrieval.question.understand import understood as understood_of
from retrieval.question.wording import NCT_ID, is_short, plain
from retrieval.search.names import Named, names_of
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
SHARED = 3  # trials that one acronym may name


@dataclass(frozen=True, slots=True)
class Subject:
    """A query, what its words say, and what it names here; masks are over documents.

    ``compounds`` are meant, ``relatives`` only share a family's name with one of them.
    ``exact`` are documents of trials named by id, title or another name, ``named_trials`` those of
    them that are surely meant, ``named_by`` which kind of name, as it is ``written``.
    ``residual`` is what the query says beside that name, ``sections`` where a record answers it.
    """

    query: Query
    understood: Understood
    compounds: tuple[str, ...]
    relatives: tuple[str, ...]
    about_compounds: Mask
    about_relatives: Mask
    exact: Mask
    named_trials: frozenset[str]
    named_by: NamedBy
    written: tuple[str, ...]
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
    called = _called(query, titled, snapshot)
    exact = _exact(query, understood, titled, called, snapshot)
    residual = without_ids(titled[0].residual if titled else _without(query.text, called))
    if titled and query.understand:
        # A title's own words ask for nothing: "Recruiting Families" is no filter. And who surely
        # names a trial wants it, whatever its status is.
        rest = understood_of(beside(reading, titled[0], residual), ladder)
        sure = titled[0].words >= SURE_TITLE_WORDS
        understood = replace(
            understood, filters=Filters() if sure else rest.filters, intent=rest.intent
        )
    if called and query.understand:
        understood = replace(understood, filters=Filters())
    by: NamedBy = "id" if understood.trial_ids else "title" if titled else ""
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
            (
                *understood.trial_ids,
                *(t.trial_id for t in titled if t.words >= SURE_TITLE_WORDS),
                *(trial for one in called for trial in one.trials),
            )
        ),
        named_by=by or (called[0].by if called else ""),
        written=_written(query.text, titled, called),
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
    query: Query,
    understood: Understood,
    titled: list[NamedTitle],
    called: tuple[Named, ...],
    snapshot: Snapshot,
) -> Mask:
    """Return a mask over documents of trials named by id, by a title, or otherwise."""
    whole = [snapshot.ordinals[doc_id] for doc_id in snapshot.catalogue.titled(query.text)]
    trials = {
        *understood.trial_ids,
        *(named.trial_id for named in titled),
        *(trial for named in called for trial in named.trials),
        *(snapshot.cards[ordinal].source.trial_id for ordinal in whole),
    }
    exact = np.zeros(len(snapshot.cards), dtype=np.bool_)
    for trial_id in trials:
        exact[snapshot.trials.get(trial_id, [])] = True
    return exact


def _called(query: Query, titled: list[NamedTitle], snapshot: Snapshot) -> tuple[Named, ...]:
    """Return the acronyms, ids and codes that surely name trials, beside any title.

    A word of a title alone is no name yet: whether the trial is meant is told by the hits.
    """
    if not query.understand or titled or len(query.text) > MAX_CHARACTERS:
        return ()
    found = names_of(snapshot.catalogue).found_in(query.text)
    return tuple(
        one
        for one in found
        if one.by != "title"
        and (len(one.trials) == 1 or (one.by == "acronym" and len(one.trials) <= SHARED))
    )


def _written(text: str, titled: list[NamedTitle], called: tuple[Named, ...]) -> tuple[str, ...]:
    """Return the words by which trials are named, as they stand in the query."""
    ids = tuple(met[0] for met in re.finditer(NCT_ID.pattern, text, re.IGNORECASE))
    titles = (text[one.start : one.end] for one in titled[:1])
    return (*ids, *titles, *(one.words for one in called))


def _without(text: str, called: tuple[Named, ...]) -> str:
    for one in reversed(called):
        text = f"{text[: one.start]} {text[one.end :]}"
    return " ".join(text.split())


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
