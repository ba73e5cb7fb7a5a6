"""The router: how a question is to be answered. Deterministic, explained, overridable."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.answering.advice import advice_asked
from retrieval.answering.evidence import Evidence
from retrieval.answering.harms.asked_events import names_an_event
from retrieval.answering.lines.answer import likely, planned
from retrieval.answering.types import Routed
from retrieval.language.words import STOP_WORDS, split_words
from retrieval.models.line_ranker import OF_ALL
from retrieval.question.asked import asked_sections, asks_a_fact, asserts
from retrieval.question.fields import OVERVIEW, beside_fields, fields_asked, load_fields
from retrieval.question.senses import asks, beside_sense
from retrieval.question.telling import telling_words
from retrieval.question.wording import is_short, plain

# Who may take part is stated in fields of their own, and whether anybody still may.
ASKED_OF_RECORDS = {"sex", "minimum_age", "maximum_age", "ages", "healthy_volunteers", "status"}
OF_ALL_SURELY = 0.5  # of the likelihood that a question is asked of all trials
_EMPTY = frozenset(("tell", "show", "give", "find", "information", "info", "details", "please"))
# The share of a question's words that an outcome's title must have to be what is asked for.
OUTCOME_SHARE = 0.6
_OF_ARMS = frozenset(("arm", "arms", "group", "groups", "placebo", "drug", "control"))
MIN_WORDS = 2  # of an outcome's title, and of a question that names one
MEASURES = "resultsSection.outcomeMeasuresModule.outcomeMeasures[*].title"


def route_of(evidence: Evidence) -> Routed:
    """Return the route of a question and why it was taken."""
    fields = fields_asked(evidence.residual) if is_short(evidence.residual) else ()
    edit = evidence.question.plan
    if edit.fields is not None:
        fields = edit.fields
    if edit.operation:
        return Routed(edit.operation, "asked for by the caller", fields)
    if edit.fields:
        return Routed("lookup", "fields are asked for by the caller", fields)
    return next(_routes(evidence, fields))


def _routes(evidence: Evidence, fields: tuple[str, ...]) -> Iterator[Routed]:
    """Yield the routes that fit, the one to take first."""
    if not is_short(evidence.residual):
        yield Routed("narrative", "a long text, which is no question of one fact")
    of_a_trial = bool(evidence.named) and evidence.named_by != "first_hit"
    if advice := advice_asked(plain(evidence.question.text, ()), of_a_trial=of_a_trial):
        yield Routed("advice", f"“{advice}” asks what to do")
    if not evidence.named and asserts(evidence.question.text):
        yield Routed("statement", "a sentence asserts something and asks nothing")
    if evidence.named_by in ("", "filter", "first_hit"):
        yield from _of_all(evidence)
    if evidence.named:
        yield from _of_named(evidence, fields)
    yield from _of_corpus(evidence, fields)
    yield Routed("narrative", "nothing more particular is asked")


def _of_named(evidence: Evidence, fields: tuple[str, ...]) -> Iterator[Routed]:
    """Yield what may be asked of trials that are named or clearly meant."""
    text = beside_sense(evidence.residual, "harms")
    names = " and ".join(evidence.named)
    asked_ids = evidence.ranking.understood.trial_ids
    compared = tuple(dict.fromkeys((*evidence.named, *asked_ids)))
    particular = _particular(evidence, text)
    if len(compared) > 1 and not (particular and len(evidence.named) > 1):
        yield Routed("comparison", f"{' and '.join(compared)} are named", fields)
    sections = asked_sections(text, fact=False)
    planned = {"primary_outcome", "secondary_outcomes", "has_results"} & {*fields}
    if _names_an_outcome(evidence, whole=True) and not planned:
        yield Routed("results", f"a reported outcome of {names} is named in full")
    left = asks(text, "left") and not asks(text, "harms")
    if left or ("why_stopped" in fields and particular):
        yield _reading(evidence, names, reported=left)
    if asks(text, "harms", "serious") or _names_an_event(evidence):
        yield Routed("safety", f"harms are asked of {names}")
    reported = asks(text, "results") and not planned
    if fields == ("contacts",):
        yield Routed("lookup", "people's contacts are asked, and not kept", ("contacts",))
    if particular:
        yield _reading(evidence, names, reported=reported)
    reported = reported or sections == ("Outcome results",)
    yield from _by_words(evidence, text, fields, reported=reported)
    yield _reading(evidence, names, reported=reported)


def _by_words(
    evidence: Evidence, text: str, fields: tuple[str, ...], *, reported: bool
) -> Iterator[Routed]:
    """Yield what is asked of named trials where nothing is said beside the words that ask."""
    names = " and ".join(evidence.named)
    if asks(text, "eligibility") and not ASKED_OF_RECORDS & {*fields}:
        yield Routed("eligibility", f"who may take part in {names} is asked")
    if reported:
        yield Routed("results", f"what came out of {names} is asked")
    strong = [name for name in fields if not load_fields()[name].weak]
    if not strong and _names_an_outcome(evidence, whole=False):
        yield Routed("results", f"a reported outcome of {names} is named")
    if asks(text, "comparison") and asks(text, "arms"):
        yield Routed("comparison", f"arms of {names} are compared", fields)
    if fields in ((), ("summary",)) and len(content_words(text)) <= len(fields):
        yield Routed("lookup", f"{names} is named, and nothing more is asked", OVERVIEW)
    if fields:
        labels = ", ".join(load_fields()[name].label for name in fields)
        yield Routed("lookup", f"{labels} of {names}", fields)


def _reading(evidence: Evidence, names: str, *, reported: bool) -> Routed:
    """Return the route of a question that the lines of whole records answer.

    Which operation it is, is predicted; ``reported`` says that words ask for what came out.
    """
    operation, fields = planned(evidence, evidence.named[0])
    asked = fields_asked(evidence.residual)
    strong = tuple(name for name in asked if not load_fields()[name].weak)
    if strong and operation in ("narrative", "lookup"):
        operation, fields = "lookup", strong
    if reported and operation != "safety":
        operation, fields = "results", ()
    return Routed(operation, f"the lines of {names} are read for it", fields, reads=True)


def _particular(evidence: Evidence, text: str) -> bool:
    """Tell whether more is asked than the words for a field, beside what names the trial."""
    subject: list[str] = [mention.matched for mention in evidence.ranking.understood.compounds]
    for trial in evidence.named:
        record = evidence.record(trial)
        if record is not None:
            fields = record.document.fields
            subject += [record.document.title, *fields.conditions, *fields.interventions]
    if evidence.named_by == "first_hit" or asks(text, "more_than_one"):
        return True
    left = beside_fields(text)
    asked = fields_asked(text)
    if asked and all(load_fields()[name].weak for name in asked):
        named = {run for one in subject for word in split_words(one) for run in word}
        return bool(content_words(left) - named)  # "groups" is also said in passing
    return bool(telling_words(left, names=subject))


def _of_all(evidence: Evidence) -> Iterator[Routed]:
    """Yield what is asked of all trials that match."""
    intent, text = evidence.ranking.understood.intent, evidence.residual
    arranged = evidence.ranking.reading.arranged
    if arranged is not None and arranged.kind == "group":
        yield Routed("count", f"trials are counted by {arranged.field}", (arranged.field,))
    if arranged is not None and arranged.kind == "order" and not evidence.named_by:
        least = "least" if arranged.ascending else "most"
        reason = f"the trial with the {least} of {arranged.field} is sought"
        yield Routed("list", reason, (arranged.field,))
    of_all = likely(evidence, frozenset((OF_ALL,))) >= OF_ALL_SURELY
    counted = asks(text, "how_many")
    demands = [one for one in evidence.ranking.reading.demands if one.rule != "compound"]
    asked = counted or bool(demands) or arranged is not None
    if of_all and asked and not asks(text, "people_summed") and not evidence.ranking.subject.named:
        yield Routed("count" if counted else "list", "asked of all trials that match")
    if asks(text, "superlative") and not evidence.ranking.subject.named:
        yield Routed("list", "one trial is sought among all")
    if intent == "count" or asks(text, "count_at_length"):
        yield Routed("count", "how many trials is asked")
    if (intent == "list" or asks(text, "list_at_length")) and not asks(text, "harms"):
        yield Routed("list", "trials are asked for")


def _of_corpus(evidence: Evidence, fields: tuple[str, ...]) -> Iterator[Routed]:
    """Yield what may be asked of the corpus, with no trial named."""
    understood, text = evidence.ranking.understood, evidence.residual
    compounds = [mention.compound_id for mention in understood.compounds]
    if len(compounds) > 1 and asks(text, "comparison"):
        yield Routed("comparison", f"{' and '.join(compounds)} are compared", fields)
    if understood.intent == "safety" or asks(text, "harms"):
        yield Routed("safety", "harms are asked")
    if understood.intent == "eligibility" or asks(text, "eligibility"):
        yield Routed("eligibility", "who may take part is asked")
    strong = tuple(name for name in fields if not load_fields()[name].weak)
    if strong and asks_a_fact(text):
        yield Routed("lookup", "a field is asked of trials that are described", strong)


def _names_an_outcome(evidence: Evidence, *, whole: bool) -> bool:
    """Tell whether a question has all words of a reported outcome's title, or consists of them."""
    asked = content_words(evidence.residual) - _OF_ARMS
    record = evidence.record(evidence.named[0])
    if len(asked) < MIN_WORDS or record is None:
        return False
    titles = map(content_words, record.values(record.spans(MEASURES)))
    if whole:
        return any(len(title) >= MIN_WORDS and title <= asked for title in titles)
    return any(len(asked & title) >= OUTCOME_SHARE * len(asked) for title in titles)


def _names_an_event(evidence: Evidence) -> bool:
    """Tell whether a question names an adverse event that a named trial posted."""
    records = (evidence.record(trial) for trial in evidence.named)
    return any(names_an_event(record, evidence.residual) for record in records if record)


def content_words(text: str) -> set[str]:
    """Return the folded words of a text that are no stop words."""
    return {run for word in split_words(text) for run in word} - STOP_WORDS - _EMPTY
