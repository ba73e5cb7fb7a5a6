"""Notes: what a reader of a ranking would not expect, told in a sentence each.

What the notes say of words was chosen on the golden set (266 questions, 233 of them answered
by the sample corpus): a note that is told wrongly costs more than one that is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from retrieval.index.columns import Selection
from retrieval.index.snapshot import Snapshot
from retrieval.language.compounds import Ladder
from retrieval.language.misspellings import MIN_LETTERS, distance
from retrieval.language.synonyms import find_synonyms
from retrieval.language.words import Runs, split_words
from retrieval.question.telling import telling_words
from retrieval.question.wording import is_short
from retrieval.search.candidates import Candidates
from retrieval.search.subject import Mask, Subject, about_any
from retrieval.types import Filters, Hit, Note

# Under this cosine the nearest passage may be no answer, by embedder. Of the golden questions
# that name nothing and filter by nothing, 9 of 95 answered ones lie under it, and all 4 others.
WEAK_COSINE = {"bge-small-en-v1.5-int8": 0.67}
# The share of a weak query's telling words that its best document has at most, when it is told
# that nothing is close, and the least share that no document about a named compound has.
WEAK_SHARE = 0.5
UNSAID_SHARE = 0.5
LOOKED_AT = 500  # documents whose titles are compared with a word that may be misspelt


def absences(
    subject: Subject,
    *,
    hits: Sequence[Hit],
    selection: Selection,
    snapshot: Snapshot,
    ladder: Ladder,
) -> Iterator[Note]:
    """Tell what was asked for by name and is not here, so that ``hits`` do not pass for it."""
    yield from _readings(subject, ladder)
    asked = subject.understood.trial_ids
    here = [trial for trial in asked if trial in snapshot.trials]
    others = any(hit.source.trial_id not in here for hit in hits)
    if here and others:
        verb = "were" if len(here) > 1 else "was"
        told = f"{' and '.join(here)} {verb} asked for; other trials are shown only as neighbours"
        yield Note("neighbours", told)
    for trial_id in asked:
        if trial_id not in snapshot.trials:
            yield Note("trial_missing", f"{trial_id} is not in this corpus")
    missing = list(_missing_compounds(subject, selection, snapshot, ladder))
    yield from missing
    if not missing and not subject.exact.any():
        yield from _unsaid(subject, hits, snapshot, ladder)


def weakness(candidates: Candidates, *, subject: Subject, snapshot: Snapshot) -> Iterator[Note]:
    """Tell when even the nearest passage is far: scores only compare hits of one query.

    Silent where a trial or compound is named or a filter was read from the words: then the
    hits are what was asked for, however little their words say of it.
    """
    floor = WEAK_COSINE.get(snapshot.manifest.recipe.embedder.name)
    nearest = float(candidates.dense.max(initial=-1.0))
    named = subject.exact.any() or subject.about_compounds.any()
    if named or subject.understood.filters != Filters() or not len(candidates.rows):
        return
    if floor is None or nearest >= floor:
        return
    words = telling_words(subject.query.text)
    held = _most_held(words, snapshot)
    if words and held <= WEAK_SHARE * len(words):
        yield Note("nothing_close", "nothing here is close to this question")


def _readings(subject: Subject, ladder: Ladder) -> Iterator[Note]:
    """Tell how misspelt names were read."""
    readings: dict[str, list[str]] = {}
    for mention in subject.understood.compounds:
        if mention.corrected:
            name = ladder.get(mention.compound_id).name
            readings.setdefault(mention.matched, []).append(name)
    for typed, names in readings.items():
        yield Note("read_as", f"“{typed}” was read as {' or '.join(names)}")


def _missing_compounds(
    subject: Subject, selection: Selection, snapshot: Snapshot, ladder: Ladder
) -> Iterator[Note]:
    for compound in subject.compounds:
        name = ladder.get(compound).name
        about = about_any((compound,), snapshot)
        if (about & selection.documents).any():
            continue
        if about.any():
            yield Note("compound_missing", f"no document about {name} matches the filters")
        elif len(snapshot.lexical.search("", k=1, names=[ladder.expansions(compound)]).rows):
            told = f"{name} is mentioned, but no document in this corpus is about it"
            yield Note("compound_missing", told)
        else:
            yield Note("compound_missing", f"no document in this corpus names {name}")


def _unsaid(
    subject: Subject, hits: Sequence[Hit], snapshot: Snapshot, ladder: Ladder
) -> Iterator[Note]:
    """Tell which words beside the compounds no document about them has.

    It is a fact, but told only when those are most of the words: a question may well be
    answered in others.
    """
    if not subject.compounds or not is_short(subject.query.text):
        return
    about = subject.about_compounds | subject.about_relatives
    names = [name for compound in subject.named for name in ladder.expansions(compound)]
    typed = [mention.matched for mention in subject.understood.compounds]
    words = telling_words(subject.query.text, names=(*names, *typed))
    shown = _shown(hits, about, snapshot)  # looked at first: a search for each word takes time
    unsaid: list[Runs] = []
    for place, word in enumerate(words):
        if "-".join(word) not in shown and not _has(word, about, snapshot):
            unsaid.append(word)
        if len(unsaid) + len(words) - place - 1 < UNSAID_SHARE * len(words):
            return  # too many are said, whatever the others are
    if not unsaid:
        return
    said = _said_otherwise(subject.query.text, about, snapshot)
    titles = _title_words(about, snapshot)
    unsaid = [word for word in unsaid if word not in said and not _is_nearly(word, titles)]
    if unsaid and len(unsaid) >= UNSAID_SHARE * len(words):
        listed = " or ".join(f"“{'-'.join(word)}”" for word in unsaid)
        called = " or ".join(ladder.get(compound).name for compound in subject.compounds)
        yield Note("unsaid", f"no document about {called} here says {listed}")


def _shown(hits: Sequence[Hit], about: Mask, snapshot: Snapshot) -> str:
    """Return, in lower case, what is shown of documents about the compounds."""
    mine = (hit for hit in hits if about[snapshot.ordinals[hit.source.doc_id]])
    return "\n".join(f"{hit.source.title}\n{hit.passage.text}" for hit in mine).lower()


def _has(word: Runs, about: Mask, snapshot: Snapshot) -> bool:
    found = snapshot.document_lexical.search("-".join(word), k=1, allowed=about)
    return bool(len(found.rows))


def _said_otherwise(text: str, about: Mask, snapshot: Snapshot) -> set[Runs]:
    """Return the words of the text that documents say by another name."""
    said: set[Runs] = set()
    for matched, *others in find_synonyms(text):
        if len(snapshot.document_lexical.search("", k=1, names=[others], allowed=about).rows):
            said.update(split_words(matched))
    return said


def _title_words(about: Mask, snapshot: Snapshot) -> set[str]:
    ordinals = np.flatnonzero(about)[:LOOKED_AT].tolist()
    titles = (snapshot.cards[ordinal].source.title for ordinal in ordinals)
    return {run for title in titles for word in split_words(title) for run in word}


def _is_nearly(word: Runs, titles: set[str]) -> bool:
    """Tell whether a word may be a misspelling of a title's."""
    letters = "".join(word)
    if len(letters) < MIN_LETTERS:
        return False
    near = (t for t in titles if t[0] == letters[0] and abs(len(t) - len(letters)) <= 2)
    return any(distance(letters, other) <= 2 for other in near)


def _most_held(words: Sequence[Runs], snapshot: Snapshot) -> int:
    """Return how many of the words the document with the most of them has."""
    held = np.zeros(len(snapshot.cards), dtype=np.int64)
    for word in words:
        found = snapshot.document_lexical.search("-".join(word), k=len(held))
        held[found.rows] += 1
    return int(held.max(initial=0))
