"""The plan of an answer: the reading, the subject that the search resolved, the operation."""

from __future__ import annotations

import re
from dataclasses import replace

from retrieval.answering.evidence import Evidence
from retrieval.answering.lines.answer import SURELY, likely, read_trial
from retrieval.answering.lines.kinds import EVENTS, REPORTED
from retrieval.answering.types import Question, Routed
from retrieval.index.snapshot import Snapshot
from retrieval.question.asked import asks_a_fact, asserts
from retrieval.question.fields import fields_asked, load_fields
from retrieval.question.senses import asks
from retrieval.question.telling import telling_words
from retrieval.question.types import NamedBy, Plan, PlanSubject, SubjectKind
from retrieval.question.wording import TRIAL
from retrieval.types import Note, Ranking

DESCRIBING = 3  # telling words beside a drug: with fewer the drug at large is meant
SENTENCE = 9  # words: so many are no key words
NEAR = 0.8  # of the first trial's score: what comes nearer may be the one that is meant
NEAR_POSTED = 0.6
MOST_NEAR = 3  # trials that are read to find out
SEARCH_WORTH = 10.0  # of the search's score beside that of the best line
# How far an operation is to be trusted: set by hand, and not calibrated on questions yet. Counts
# and refusals are read by narrow patterns, a narrative is what is left.
CONFIDENCE = {
    "lookup": 0.8,
    "count": 0.95,
    "list": 0.9,
    "safety": 0.9,
    "results": 0.8,
    "comparison": 0.85,
    "eligibility": 0.8,
    "statement": 0.8,
    "advice": 0.95,
    "narrative": 0.5,
}


def plan_of(evidence: Evidence, routed: Routed) -> Plan:
    """Return the plan by which a question is answered."""
    reading, edit = evidence.ranking.reading, evidence.question.plan
    return Plan(
        operation=routed.route,
        fields=routed.fields,
        subject=_subject(evidence, routed),
        demands=reading.demands,
        left=reading.left,
        confidence=1.0 if edit.operation else CONFIDENCE[routed.route],
        why=routed.reason,
    )


def subject_of(
    question: Question, ranking: Ranking, snapshot: Snapshot
) -> tuple[tuple[str, ...], NamedBy]:
    """Return the trials of this corpus that a question is about, and how they are named.

    These are the ones that its words name, else those of a filter, else the first hit's where
    it stands clear of the second, and the question is not of all trials.
    """
    if question.plan.trial_ids:
        return tuple(one for one in question.plan.trial_ids if one in snapshot.trials), "id"
    if ranking.subject.named or ranking.understood.trial_ids:
        return ranking.subject.named, ranking.subject.by
    filtered = tuple(one for one in question.filters.trial_ids if one in snapshot.trials)
    if filtered:
        return filtered, "filter"
    if ranking.subject.clear and _of_one(ranking) and _asks(ranking):
        return (ranking.subject.clear,), "first_hit"
    return (), ""


def settled(evidence: Evidence) -> Evidence:
    """Return the evidence with the trial that is meant, where several are near and one answers.

    The trials that come near the first hit are read, and that whose record has the line that
    answers best is taken.
    """
    ranking = evidence.ranking
    # What came out is asked of a trial that has posted something, where one is near.
    unposted = evidence.named_by == "first_hit" and not any(map(evidence.posts, evidence.named))
    posted = unposted and likely(evidence, EVENTS | REPORTED) >= SURELY
    if not posted and (evidence.named or not _asks_of_one(evidence)):
        return evidence
    best: dict[str, float] = {}
    for hit in ranking.hits:
        best.setdefault(hit.source.trial_id, hit.score)
    most = max(best.values(), default=0.0)
    least = NEAR_POSTED if posted else NEAR
    near = [trial for trial, score in best.items() if most > 0 and score >= least * most]
    near = [trial for trial in near if not posted or evidence.posts(trial)][:MOST_NEAR]
    if not near:
        return evidence

    def worth(trial: str) -> float:
        line = read_trial(evidence, trial).best
        return (line.score if line else 0.0) + SEARCH_WORTH * best[trial] / most

    return replace(evidence, named=(max(near, key=worth),), named_by="first_hit")


def _asks_of_one(evidence: Evidence) -> bool:
    """Tell whether a fact of one trial is asked, and not of a drug at large."""
    ranking = evidence.ranking
    if not _of_one(ranking) or ranking.understood.trial_ids:
        return False
    return _asks(ranking)


def taken_to_mean(evidence: Evidence) -> tuple[Note, ...]:
    """Return the note on which trial was taken, where no words name it."""
    if evidence.named_by != "first_hit":
        return ()
    titles = [
        f"{trial}, “{evidence.snapshot.cards[evidence.snapshot.trials[trial][0]].source.title}”"
        for trial in evidence.named
    ]
    told = f"no trial is named; taken to be about {' and '.join(titles)}"
    return (Note("subject", told),)


def _asks(ranking: Ranking) -> bool:
    """Tell whether a text asks for something, and is no list of key words."""
    plain = ranking.reading.plain
    strong = any(not load_fields()[name].weak for name in fields_asked(plain))
    asked = strong or asks_a_fact(plain) or asks(plain, "harms")
    told = len(plain.split()) >= SENTENCE and not asserts(ranking.reading.text)
    return asked or told or "?" in ranking.reading.text


def _of_one(ranking: Ranking) -> bool:
    """Tell whether a question may be about one trial: it asks, and not for trials."""
    reading = ranking.reading
    if not reading.short or ranking.understood.intent in ("count", "list"):
        return False
    if reading.arranged is not None:
        return False
    if asks(reading.plain, "superlative"):
        return False
    drugs = [mention.matched for mention in ranking.understood.compounds]
    if len({mention.compound_id for mention in ranking.understood.compounds}) > 1 and asks(
        reading.plain, "comparison"
    ):
        return False  # trials of each are compared
    described = len(telling_words(reading.text, names=drugs)) >= DESCRIBING
    if drugs and not described and re.search(TRIAL, reading.plain) is None:
        return False  # of a drug at large
    return not asks(reading.plain, "several")


def _subject(evidence: Evidence, routed: Routed) -> PlanSubject:
    if evidence.named:
        names = " and ".join(evidence.named)
        kind: SubjectKind = "one" if len(evidence.named) == 1 else "several"
        return PlanSubject(kind, evidence.named, evidence.named_by, f"{names}: {_why(evidence)}")
    if routed.route in ("count", "list"):
        return PlanSubject("all", (), "", "every trial that meets the demands")
    asked = evidence.ranking.understood.trial_ids
    why = f"{' and '.join(asked)}: not in this corpus" if asked else "no trial is named"
    return PlanSubject("none", (), "", why)


def _why(evidence: Evidence) -> str:
    subject = evidence.ranking.subject
    if evidence.named_by == "first_hit":
        near = f"the next trial has {subject.runner_up:.2f} of the first hit's score"
        taken = (
            "the first hit"
            if subject.clear
            else "of the nearest, the one whose record answers best"
        )
        return f"{taken}; {near}"
    if evidence.named_by == "filter":
        return "the filter's"
    return f"named by “{' and '.join(subject.names)}”" if subject.names else "named"
