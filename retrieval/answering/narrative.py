"""Narrative answers: the sentences that answer, chosen and ordered, each with its citation.

Candidates are the sentences and lines of the best hits' passages. Each is scored by how well
its passage ranked, how many of the question's telling words it has, and what the reranker says
of it; the best of each trial come first, the registry's words before a digest's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.matching import telling_stems
from retrieval.answering.spans import sentence_spans
from retrieval.answering.stems import stems_of
from retrieval.answering.types import Abstention, Claim, Routed
from retrieval.answering.writing.verifier import speaks_to_a_model
from retrieval.index.rendered import Span
from retrieval.language.synonyms import find_synonyms
from retrieval.language.words import Runs, split_words
from retrieval.question.telling import telling_words
from retrieval.types import Document, Hit

READ = 6  # hits whose passages are read; further ones rarely answer
MAX_SENTENCES = 24  # that the reranker reads: as many as a search with it, so as long as one more
CLAIMS = 5
PER_TRIAL = 2  # sentences of one trial, where none is named
MIN_WORDS = 4  # a shorter line says nothing by itself
KEPT_SHARE = 0.6  # of the best score; what is below is beside the point

# What each part is worth; chosen on the golden set (`python -m eval answers`).
PASSAGE, WORDS, OPINION = 1.0, 1.0, 1.0


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a hit's passage: where it stands, and how well it answers."""

    hit: Hit
    document: Document
    span: Span
    score: float = 0.0

    @property
    def text(self) -> str:
        return self.document.text[slice(*self.span)]


def answer_narrative(evidence: Evidence, routed: Routed) -> Draft:
    """Quote the sentences that answer; abstain where a named trial has no word of it."""
    if none := unsaid(evidence):
        return none
    sentences = _scored(evidence, list(_candidates(evidence)))
    chosen = list(_chosen(sentences, named=bool(evidence.named)))
    cited = (evidence.cite(sentence.document, *sentence.span) for sentence in _ordered(chosen))
    return Draft(tuple(Claim(citation.quote, (citation,)) for citation in cited))


def _candidates(evidence: Evidence) -> Iterator[Sentence]:
    """Yield the sentences of the best hits' passages, and of the trial's other documents."""
    for main in evidence.ranking.hits[:READ]:
        for hit in (main, *main.related):
            document = evidence.document(hit.source.doc_id)
            for span in sentence_spans(document.text, hit.passage.start, hit.passage.end):
                text = document.text[slice(*span)]
                # An order to a model answers nobody's question; documents are data.
                if len(text.split()) >= MIN_WORDS and not speaks_to_a_model(text):
                    yield Sentence(hit, document, span)


def _scored(evidence: Evidence, sentences: list[Sentence]) -> list[Sentence]:
    """Return the sentences with their scores, best first."""
    wanted = _wanted(evidence)
    firsts = [
        PASSAGE * sentence.hit.score + WORDS * _share(sentence.text, wanted)
        for sentence in sentences
    ]
    order = np.argsort(-np.array(firsts), kind="stable")[:MAX_SENTENCES].tolist()
    kept = [sentences[place] for place in order]
    scores = np.array([firsts[place] for place in order])
    if evidence.reranker is not None and kept:
        texts = [f"{s.hit.source.title}. {s.hit.passage.section}: {s.text}" for s in kept]
        scores = scores + OPINION * evidence.reranker.opinions(evidence.question.text, texts)
    return [
        replace(kept[place], score=float(scores[place]))
        for place in np.argsort(-scores, kind="stable").tolist()
    ]


def _wanted(evidence: Evidence) -> dict[Runs, float]:
    """Return the stems that answer, each with its weight: synonyms count as the word itself."""
    wanted = dict.fromkeys(telling_stems(evidence.residual), 1.0)
    named = (name for group in find_synonyms(evidence.question.text) for name in group)
    for name in named:
        wanted |= dict.fromkeys(stems_of(name), 1.0)
    return wanted


def _share(text: str, wanted: dict[Runs, float]) -> float:
    """Return which share of the telling words a sentence has, 0..1."""
    if not wanted:
        return 0.0
    held = set(stems_of(text))
    return sum(weight for word, weight in wanted.items() if word in held) / sum(wanted.values())


def _chosen(sentences: list[Sentence], *, named: bool) -> Iterator[Sentence]:
    """Yield the best sentences, few of one trial unless it was asked for, none twice."""
    taken: Counter[str] = Counter()
    said: set[str] = set()
    for sentence in sentences:
        words = " ".join(run for word in split_words(sentence.text) for run in word)
        trial = sentence.hit.source.trial_id
        if words in said or (not named and taken[trial] == PER_TRIAL):
            continue
        if len(said) == CLAIMS or sentence.score < KEPT_SHARE * sentences[0].score:
            return
        said.add(words)
        taken[trial] += 1
        yield sentence


def _ordered(sentences: list[Sentence]) -> list[Sentence]:
    """Return sentences trial by trial, the best trial first, its registry record before digests.

    Within a document they stand as they do in the text.
    """
    trials = list(dict.fromkeys(sentence.hit.source.trial_id for sentence in sentences))

    def place(sentence: Sentence) -> tuple[int, bool, int]:
        source = sentence.hit.source
        return trials.index(source.trial_id), source.kind != "trial", sentence.span[0]

    return sorted(sentences, key=place)


def unsaid(evidence: Evidence) -> Draft | None:
    """Abstain where the documents of the named trials have no telling word of the question.

    Their titles are cited: they are what was read.
    """
    wanted = _wanted(evidence)
    if not evidence.named or not wanted:
        return None
    ordinals = [n for trial in evidence.named for n in evidence.snapshot.trials[trial]]
    documents = [evidence.document(evidence.snapshot.cards[n].source.doc_id) for n in ordinals]
    if any(_share(document.text, wanted) for document in documents):
        return None
    words = " or ".join(f"“{'-'.join(word)}”" for word in telling_words(evidence.residual))
    message = f"What is here of {' and '.join(evidence.named)} says nothing of {words}."
    cited = [
        evidence.cite(document, *next(sentence_spans(document.text, section.start, section.end)))
        for document in documents
        for section in document.sections[:1]
    ]
    return Draft(
        claims=tuple(Claim(citation.quote, (citation,)) for citation in cited),
        abstained=Abstention("no_match", "not_given", message),
    )
