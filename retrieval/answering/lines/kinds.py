"""Kinds of lines, and the operation that each answers."""

from __future__ import annotations

from retrieval.question.types import Operation

RESULTS = frozenset(("result", "analysis", "analysed"))
REPORTED = frozenset(
    (*RESULTS, "flow", "dropout", "baseline", "reported_outcome", "caveats", "result_group",
     "flow_detail", "baseline_detail")
)  # fmt: skip
EVENTS = frozenset(("serious_event", "other_event", "event_totals", "event_detail"))
ELIGIBLE = frozenset(
    ("eligibilityCriteria", "sex", "minimumAge", "maximumAge", "healthyVolunteers",
     "studyPopulation", "genderDescription", "genderBased", "samplingMethod")
)  # fmt: skip
TOLD = frozenset(("briefSummary", "detailedDescription", "digest"))

OPERATIONS: tuple[Operation, ...] = ("safety", "results", "eligibility", "narrative", "lookup")


def operation_of(kind: str) -> Operation:
    """Return the operation that lines of a kind answer."""
    if kind in EVENTS:
        return "safety"
    if kind in REPORTED:
        return "results"
    if kind in ELIGIBLE:
        return "eligibility"
    return "narrative" if kind in TOLD else "lookup"


# Lines that are told together: who reads one wants the others, the comparator above all. Each
# family with how many lines of it come along.
FAMILIES: tuple[tuple[frozenset[str], int], ...] = (
    (frozenset(("event_totals",)), 8),
    (frozenset(("flow", "dropout")), 8),
    (frozenset(("armGroups",)), 6),
    (frozenset(("locations",)), 12),
    (frozenset(("leadSponsor", "collaborators")), 8),
    (frozenset(("minimumAge", "maximumAge")), 2),
    (
        frozenset(
            (
                "overallStatus",
                "lastKnownStatus",
                "whyStopped",
                "startDateStruct",
                "primaryCompletionDateStruct",
                "completionDateStruct",
            )
        ),
        6,
    ),
    (frozenset(("conditions",)), 6),
    (frozenset(("secondaryIdInfos", "orgStudyIdInfo")), 6),
    (frozenset(("primaryOutcomes",)), 4),
)


def family_of(kind: str) -> tuple[frozenset[str], int]:
    """Return the kinds that are told with a kind, and how many lines of them."""
    return next((one for one in FAMILIES if kind in one[0]), (frozenset(), 0))


# How many lines of a kind are shown where the best one is of it, if more than of others.
ROOM = {"eligibilityCriteria": 8, "locations": 12, "secondaryOutcomes": 8}
