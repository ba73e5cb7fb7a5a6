"""What a question names and the corpus lacks: a trial, a compound, a field of a record."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.paths import REGISTRY_ID, UPDATED
from retrieval.answering.types import Abstention, Citation, Claim
from retrieval.answering.writing.verifier import looks_like_a_drug
from retrieval.index.rendered import Rendered
from retrieval.language.folding import fold
from retrieval.question.fields import Field
from retrieval.search.names import looks_like_a_name

# The notes by which a search tells that no answer is here.
FAR = frozenset(("nothing_close", "unsaid"))
_WORD = re.compile(r"[A-Za-z0-9]+(?:[-/][A-Za-z0-9]+)*")
_ODD_ID = re.compile(r"\bnct[\s:#_-]{0,3}[0-9ol]{4,12}\b")
MAX_QUOTE = 600  # characters of a section that shows an absence


def not_here(evidence: Evidence) -> Draft | None:
    """Abstain when nothing that the question names, by id or by compound, is in the corpus."""
    if evidence.named and evidence.named_by != "first_hit":
        return None
    return (
        _trials_not_here(evidence)
        or _compounds_not_here(evidence)
        or _drugs_not_here(evidence)
        or _names_not_here(evidence)
    )


def _names_not_here(evidence: Evidence) -> Draft | None:
    """Abstain when the question names a study or a code that no document has.

    Another trial's data never stand in for a name that is unknown.
    """
    text = evidence.question.text
    strange = [
        word
        for word in dict.fromkeys(met[0] for met in _WORD.finditer(text))
        if looks_like_a_name(word, text) and not _is_said(evidence, (word,))
    ]
    if not strange or not evidence.ranking.reading.short:
        return None
    told = f"Nothing in this corpus is called {' or '.join(strange)}."
    return Draft(abstained=Abstention("no_match", "trial_not_here", told))


def _trials_not_here(evidence: Evidence) -> Draft | None:
    asked = evidence.ranking.understood.trial_ids
    if not asked and (odd := _ODD_ID.search(fold(evidence.question.text))):
        message = f"“{odd[0]}” is no registry id: NCT and eight digits. Nothing is here under it."
        return Draft(abstained=Abstention("no_match", "trial_not_here", message))
    if any(trial in evidence.snapshot.trials for trial in asked):
        message = f"The filters leave out {' and '.join(asked)}."
        return Draft(abstained=Abstention("no_match", "nothing_matches", message))
    if not asked:
        return None
    verb = "are" if len(asked) > 1 else "is"
    message = f"{' and '.join(asked)} {verb} not in this corpus."
    return Draft(abstained=Abstention("no_match", "trial_not_here", message))


def _compounds_not_here(evidence: Evidence) -> Draft | None:
    named = [mention.compound_id for mention in evidence.ranking.understood.compounds]
    if not named or evidence.snapshot.columns.about(named).any():
        return None
    names = [evidence.ladder.expansions(one) for one in dict.fromkeys(named)]
    called = " or ".join(each[0] for each in names)
    if any(_is_said(evidence, each) for each in names):
        told = f"{called} is mentioned here, but no document in this corpus is about it."
    else:
        told = f"No document in this corpus names {called}."
    return Draft(abstained=Abstention("no_match", "compound_not_here", told))


def _drugs_not_here(evidence: Evidence) -> Draft | None:
    """Abstain when the question has a word like a drug's name that no document has.

    The ladder cannot know every drug; a name that is nowhere must not be answered by others.
    """
    known = {mention.matched for mention in evidence.ranking.understood.compounds}
    words = (word.strip(".,;:?!()\"'“”") for word in evidence.question.text.split())
    strange = [
        word
        for word in dict.fromkeys(words)
        if word not in known and looks_like_a_drug(word) and not _is_said(evidence, (word,))
    ]
    if not strange:
        return None
    told = f"No document in this corpus names {' or '.join(strange)}."
    return Draft(abstained=Abstention("no_match", "compound_not_here", told))


def _is_said(evidence: Evidence, names: Sequence[str]) -> bool:
    return len(evidence.snapshot.lexical.search("", k=1, names=[names]).rows) > 0


def nothing_close(evidence: Evidence) -> Draft | None:
    """Abstain where the searcher found nothing, or says itself that nothing is close.

    Words that no document about a drug has (``unsaid``) may be how a trial is described: where
    one is clearly meant, only the farther note counts.
    """
    if evidence.named and evidence.named_by != "first_hit":
        return None
    far = FAR - {"unsaid"} if evidence.named else FAR
    told = [note.text for note in evidence.ranking.notes if note.kind in far]
    if evidence.ranking.hits and not told:
        return None
    message = ": ".join(("Nothing in this corpus answers this question", *told[:1]))
    return Draft(abstained=Abstention("no_match", "nothing_close", f"{message}."))


def not_given(evidence: Evidence, record: Rendered, fields: Sequence[Field]) -> Draft:
    """Abstain because a record does not state fields; cite the sections where they would be."""
    labels = " or ".join(field.label for field in fields)
    sections = dict.fromkeys(field.section for field in fields)
    cited = dict.fromkeys(_section(evidence, record, section) for section in sections)
    updated = record.at(UPDATED)
    as_of = f" (as of {updated})" if updated else ""
    trial_id = record.document.trial_id
    record_of = f"The registry's record of {trial_id}, as it is here,"
    message = f"{record_of} does not give the {labels}{as_of}."
    return Draft(
        claims=tuple(Claim(citation.quote, (citation,)) for citation in cited),
        abstained=Abstention("no_match", "not_given", message),
    )


def _section(evidence: Evidence, record: Rendered, name: str) -> Citation:
    """Return the citation of a section, or of the registry's id where there is no such one."""
    document = record.document
    section = next((section for section in document.sections if section.name == name), None)
    if section is None:
        return evidence.cite_lines(record, record.spans(REGISTRY_ID)[:1])
    end = section.end
    if end - section.start > MAX_QUOTE:
        line_end = document.text.rfind("\n", section.start, section.start + MAX_QUOTE)
        end = line_end if line_end > section.start else section.start + MAX_QUOTE
    return evidence.cite(document, section.start, end)
