"""Field lookups: the lines of a record that state what was asked for, to the letter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from retrieval.answering.chosen import trials_on_subject
from retrieval.answering.disputes import disputes
from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.matching import beside_names, named_whole
from retrieval.answering.missing import not_given
from retrieval.answering.narrative import answer_narrative
from retrieval.answering.paths import ARMS
from retrieval.answering.spans import sentence_spans
from retrieval.answering.types import Abstention, Citation, Claim, Routed
from retrieval.index.rendered import Rendered, pattern_of
from retrieval.question.fields import Field, load_fields
from retrieval.types import Note, PathSpan

MAX_VALUES = 10  # of a field that a digest is held against
DISPUTE = "a digest says otherwise than the registry's record: both are quoted, the registry stands"
DESCRIBED = 2  # trials that are looked up when none is named, only described
CLEAR = 0.8  # of the first trial's score: with less the second is not the one described
SEVERAL = 8  # where trials are asked for in the plural
_SEVERAL = re.compile(r"\b(?:trials|studies|records)\b")
_FIELD_WORDS = re.compile(r"\b(?:interventions|treatments|arms|groups)\b", re.IGNORECASE)
APART = "numbers of different trials stand apart; they are not added up"
LONG_TEXT = 600  # characters of prose that are quoted, in whole sentences
LONG_LINE = 300  # characters; from here on a line is cut before its description
# Values that are given once per site and wanted once.
DISTINCT = ("countries",)


def answer_lookup(evidence: Evidence, routed: Routed) -> Draft:
    """Quote the asked fields of the named trials, or of those that are best described.

    Abstains with ``not_given`` where a named trial's record states none of them.
    """
    trials = evidence.named or _described(evidence)
    records = [record for trial in trials if (record := evidence.record(trial))]
    if not routed.fields:
        return answer_narrative(evidence, routed)  # a caller's choice, without a field
    if not records:
        return _only_digests(evidence, trials)
    fields = [load_fields()[name] for name in routed.fields]
    told = len(records) > 1 or not evidence.named
    claims = tuple(claim for r in records for claim in _claims(evidence, r, fields, named=told))
    if not claims:
        return not_given(evidence, records[0], fields)
    missing = [
        Note(
            "not_given",
            f"the registry's record of {record.document.trial_id} does not give the {field.label}",
        )
        for record in records
        for field in fields
        if not _spans(record, field)
    ]
    disputed = [
        claim for r in records for claim in disputed_claims(evidence, r, fields, named=told)
    ]
    apart = [Note("apart", APART)] * (len(records) > 1 and "enrollment" in routed.fields)
    notes = [*missing, *apart, *[Note("dispute", DISPUTE)] * bool(disputed)]
    return Draft((*claims, *disputed), notes=tuple(notes))


def field_claims(evidence: Evidence, record: Rendered, field: Field) -> tuple[Claim, ...]:
    """Return what a record states of a field, a claim for each line; none if it is not given."""
    spans = _asked_spans(evidence, record, field)
    if not spans:
        return ()
    if field.name in DISTINCT:
        firsts = {record.value(span): span for span in reversed(spans)}
        cited = [evidence.cite_span(record, span) for span in reversed(firsts.values())]
        return (Claim("; ".join(citation.quote for citation in cited), tuple(cited)),)
    lines = {record.line_start(span): span for span in reversed(spans)}
    quotes = (_line(evidence, record, span) for _, span in sorted(lines.items()))
    return tuple(Claim(quote.quote, (quote,)) for quote in quotes)


def _claims(
    evidence: Evidence, record: Rendered, fields: Sequence[Field], *, named: bool
) -> Iterator[Claim]:
    """Yield the claims of a record; ``named`` says to which trial each belongs."""
    for field in fields:
        for claim in field_claims(evidence, record, field):
            text = f"{record.document.trial_id}: {claim.text}" if named else claim.text
            yield Claim(text, claim.citations)


def disputed_claims(
    evidence: Evidence, record: Rendered, fields: Sequence[Field], *, named: bool
) -> list[Claim]:
    """Return what digests say of the fields where it is not what the record says."""
    stated = {field.name: record.values(_spans(record, field)[:MAX_VALUES]) for field in fields}
    prefix = f"{record.document.trial_id}: " if named else ""
    return disputes(evidence, record, stated, prefix=prefix)


def _spans(record: Rendered, field: Field) -> list[PathSpan]:
    return [span for path in field.paths for span in record.spans(path)]


def _asked_spans(evidence: Evidence, record: Rendered, field: Field) -> list[PathSpan]:
    """Return where a field is stated; of arms only those that the question names, if any."""
    spans = _spans(record, field)
    if field.name not in ("arms", "interventions"):
        return spans
    labels = {str(at): span for at, span in enumerate(record.spans(f"{ARMS}.armGroups[*].label"))}
    names = {key: record.value(span) for key, span in labels.items()}
    # "Which interventions?" names no arm, though many are called "Intervention".
    text = _FIELD_WORDS.sub(" ", beside_names(evidence))
    return [labels[key] for key in named_whole(text, names)] or spans


def _line(evidence: Evidence, record: Rendered, span: PathSpan) -> Citation:
    """Cite the line of a value; a long one is cut before its description."""
    start, end = record.line(span)
    if (
        span.end > end or pattern_of(span.path) in load_fields()["summary"].paths
    ):  # prose, of many lines
        return evidence.cite(record.document, span.start, _cut(record, span), span.path)
    if end - start > LONG_LINE:
        shown = [
            mate
            for mate in record.line_mates(span)
            if not pattern_of(mate.path).endswith(".description") and mate.start >= start
        ]
        end = max([mate.end for mate in shown if mate.end <= end] or [span.end])
    return evidence.cite(record.document, start, end, span.path)


def _cut(record: Rendered, span: PathSpan) -> int:
    """Return the end of the sentences of a text that are quoted of it."""
    ends = [end for _, end in sentence_spans(record.document.text, span.start, span.end)]
    return max([end for end in ends if end - span.start <= LONG_TEXT] or ends[:1])


def _described(evidence: Evidence) -> tuple[str, ...]:
    """Return the trials that a question describes: one, or those of its compounds."""
    trials = trials_on_subject(evidence)
    if _SEVERAL.search(evidence.residual):
        return tuple(trials[:SEVERAL])
    scores = {hit.source.trial_id: hit.score for hit in reversed(evidence.ranking.hits)}
    first, second = (scores.get(trial, 0.0) for trial in [*trials, "", ""][:2])
    return tuple(trials[: 1 if second < CLEAR * first else DESCRIBED])


def _only_digests(evidence: Evidence, trials: Sequence[str]) -> Draft:
    """Abstain where only digests are here: a field is the registry's to state."""
    where = " and ".join(trials) or "the trial"
    message = f"The registry's record of {where} is not in this corpus, only a digest of it."
    documents = [document for trial in trials for document in evidence.digests(trial)]
    cited = [
        evidence.cite(document, *next(sentence_spans(document.text, first.start, first.end)))
        for document in documents
        for first in document.sections[:1]
    ]
    claims = tuple(Claim(citation.quote, (citation,)) for citation in cited)
    return Draft(claims, Abstention("no_match", "not_given", message))
