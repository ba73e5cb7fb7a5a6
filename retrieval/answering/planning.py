"""The plan of an answer: the reading, the subject that the search resolved, the operation."""

from __future__ import annotations

from retrieval.answering.evidence import Evidence
from retrieval.answering.types import Routed
from retrieval.question.types import NamedBy, Plan, PlanSubject, SubjectKind

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


def _subject(evidence: Evidence, routed: Routed) -> PlanSubject:
    if evidence.named:
        names = " and ".join(evidence.named)
        kind: SubjectKind = "one" if len(evidence.named) == 1 else "several"
        return PlanSubject(kind, evidence.named, _named_by(evidence), f"{names}: named")
    if routed.route in ("count", "list"):
        return PlanSubject("all", (), "", "every trial that meets the demands")
    asked = evidence.ranking.understood.trial_ids
    why = f"{' and '.join(asked)}: not in this corpus" if asked else "no trial is named"
    return PlanSubject("none", (), "", why)


def _named_by(evidence: Evidence) -> NamedBy:
    if set(evidence.named) & set(evidence.ranking.understood.trial_ids):
        return "id"
    filtered = set(evidence.question.filters.trial_ids)
    return "filter" if filtered.issuperset(evidence.named) else "title"
