"""Answers from a whole record: the lines that answer a question about one trial, word for word.

Every line of the trial's record and of its digests is a candidate; what a line states, and not
where a search found it, decides. A posted result comes with what was measured and when.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from retrieval.answering.absence import Absence, no_events, no_results
from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.lines.kinds import (
    EVENTS,
    OPERATIONS,
    REPORTED,
    RESULTS,
    ROOM,
    family_of,
    operation_of,
)
from retrieval.answering.lines.lines import kind_of, lines_of
from retrieval.answering.lines.ranking import READ, Ranked, Read, ranked_lines
from retrieval.answering.lookup import DISPUTE, disputed_claims, field_claims
from retrieval.answering.narrative import unsaid
from retrieval.answering.quoting import quoted
from retrieval.answering.types import Abstention, Claim, Routed
from retrieval.answering.writing.verifier import speaks_to_a_model
from retrieval.index.rendered import Rendered
from retrieval.question.fields import Field, fields_asked, fields_met, load_fields
from retrieval.question.senses import asks
from retrieval.question.types import Operation
from retrieval.types import Document, Note

CONFIDENT = 0.4  # of the likelihood of an operation: with less it is prose that answers
SURELY = 0.5  # of the likelihood that results or harms are asked for
# Limits that decide for a person who is told of, by the words that tell of one.
_OF_A_PERSON = (("of_a_sex", "sex"), ("of_an_age", "ages"))
MOST_FLOW = 8  # lines of the participant flow
IN_PASSING = 0.08  # of the likelihood of a field whose words are also said in passing
LINES_OF = {"sites": 12, "arms": 6, "secondary_outcomes": 8, "countries": 1}
SURE_LINES = 3  # of a field that is asked for by its name
SHOWN = 5  # lines of a record
SHOWN_OF_DIGEST = 2  # lines of a digest beside its record
READ_OF_PART, OF_A_PART = 8, 1  # lines that are read, and told, of each part of a question
ANSWERS = 0.5  # of the reader's opinion: a line with less does not answer
MARGIN = 8.0  # below the best line's score: further lines are beside the point
LEADING = 2  # lines whose families come along
LONGEST = 1_200  # characters of a line that are quoted


def planned(evidence: Evidence, trial: str) -> tuple[Operation, tuple[str, ...]]:
    """Return which operation answers a question about a trial, and which field it asks for.

    Both are predicted from the question alone, among what the trial's record states.
    """
    kinds = evidence.kinds_asked
    record = evidence.record(trial)
    if record is not None:
        stated = {line.kind for line in lines_of(record.document)} | REPORTED | EVENTS
        kinds = {kind: share for kind, share in kinds.items() if kind in stated}
    if not kinds or record is None:
        return "narrative", ()
    likely = dict.fromkeys(OPERATIONS, 0.0)
    for kind, share in kinds.items():
        likely[operation_of(kind)] += share
    operation = max(likely, key=lambda one: likely[one])
    if likely[operation] < CONFIDENT:
        return "narrative", ()
    of_it = [kind for kind in kinds if operation_of(kind) == operation]
    kind = max(of_it, key=lambda one: kinds[one])
    names = (
        name
        for name, field in load_fields().items()
        if any(kind_of([path]) == kind for path in field.paths)
    )
    return operation, tuple(islice(names, 1))


def likely(evidence: Evidence, kinds: frozenset[str]) -> float:
    """Return how likely lines of these kinds are asked for, 0..1."""
    return sum(share for kind, share in evidence.kinds_asked.items() if kind in kinds)


def read_trial(evidence: Evidence, trial: str) -> Read:
    """Rank the lines of a trial's documents for the question; once for each question."""
    if trial not in evidence.reads:
        evidence.reads[trial] = _read(evidence, trial)
    return evidence.reads[trial]


def _read(evidence: Evidence, trial: str) -> Read:
    def ranked(document: Document) -> list[Ranked]:
        # An order to a model answers nobody's question, and must not weigh on what does.
        lines = [one for one in lines_of(document) if not speaks_to_a_model(one.text)]
        whole, *parts = (
            ranked_lines(
                text,
                document,
                lines,
                kinds=kinds,
                ranker=evidence.line_ranker,
                reranker=evidence.line_reader,
                terms=evidence.terms,
                depth=READ_OF_PART if n else READ,
            )
            for n, (text, kinds) in enumerate(evidence.asked)
        )
        return _each_part_told(whole, parts)

    record = evidence.record(trial)
    digests = [one for digest in evidence.digests(trial) for one in ranked(digest)]
    # A digest's title is the page's, not a sentence that answers.
    digests = [one for one in digests if one.line.section != "Title"] or digests
    return Read(
        tuple(ranked(record.document)) if record else (),
        tuple(sorted(digests, key=lambda one: -one.score)),
    )


def _each_part_told(whole: list[Ranked], parts: Sequence[Sequence[Ranked]]) -> list[Ranked]:
    """Return lines with the best one of each part of the question after the first."""
    if not parts or not whole:
        return whole
    best = [
        replace(one, score=whole[0].score)
        for part in parts
        for one in part[:OF_A_PART]
        if one.opinion >= ANSWERS
    ]
    told = {one.line: one for one in (whole[0], *best, *whole[1:])}
    return list(dict.fromkeys(told[one.line] for one in (whole[0], *best, *whole[1:])))


def answer_read(evidence: Evidence, routed: Routed) -> Draft:
    """Answer a question about trials from all lines of their records.

    Where results or harms are asked of a record that has none posted, that is the answer.
    """
    record = evidence.record(evidence.named[0])
    if record is not None and len(evidence.named) == 1 and not evidence.posts(evidence.named[0]):
        if asks(evidence.residual, "surely_came_out"):
            return _absent(no_results(evidence, record))
        said = asks(evidence.residual, "came_out")
        if said and likely(evidence, EVENTS) >= SURELY:
            return _absent(no_events(evidence, record))
        if said and likely(evidence, EVENTS | REPORTED) >= SURELY:
            return _absent(no_results(evidence, record))
    told = routed.route == "narrative" and not fields_asked(evidence.residual)
    if told and (none := unsaid(evidence)):
        return none
    met = [load_fields()[name] for name in fields_met(evidence.residual)]
    first = _surely(evidence, routed, record, met)
    if record is not None and (none := _not_posted(evidence, record)):
        return none
    draft = answer_lines(evidence, evidence.named, first=first)
    if record is not None and (other := disputed_claims(evidence, record, met, named=False)):
        claims = tuple(_distinct((*draft.claims, *other)))
        draft = replace(draft, claims=claims, notes=(*draft.notes, Note("dispute", DISPUTE)))
    if "contacts" in {field.name for field in met}:
        draft = replace(draft, notes=(*draft.notes, Note("not_given", PEOPLE)))
    return draft


def _not_posted(evidence: Evidence, record: Rendered) -> Draft | None:
    """Abstain where the outcome that is asked for is registered, and none of its values posted."""
    best = next(iter(read_trial(evidence, record.document.trial_id).record), None)
    if best is None or best.line.kind != "reported_outcome":
        return None
    inside = [s for s in record.document.paths if best.line.start <= s.start < best.line.end]
    measures = {span.path.split("].")[0] + "]." for span in inside if "]." in span.path}
    values = (".measurements[", ".analyses[")
    if any(
        s.path.startswith(one)
        for s in record.document.paths
        for one in measures
        if any(v in s.path for v in values)
    ):
        return None
    message = f"{record.document.trial_id} has registered this outcome and posted no value of it."
    abstained = Abstention("planned_not_reported", "planned_only", message)
    return Draft((_claim(evidence, best, prefix=""),), abstained)


def _surely(
    evidence: Evidence, routed: Routed, record: Rendered | None, met: Sequence[Field]
) -> list[Claim]:
    """Return what is asked by name, and what goes with it: these lines need no ranking."""
    first = [
        replace(claim, text=f"{trial}: {claim.text}") if len(evidence.named) > 1 else claim
        for trial in evidence.named
        if (of := evidence.record(trial)) is not None
        for field in met
        if _is_asked(evidence, field)
        for claim in field_claims(evidence, of, field)[: LINES_OF.get(field.name, SURE_LINES)]
    ]
    if routed.route == "eligibility" and len(evidence.named) == 1 and record is not None:
        limits = [name for sense, name in _OF_A_PERSON if asks(evidence.residual, sense)]
        of_all = [field_claims(evidence, record, load_fields()[name]) for name in limits]
        first = [*(claim for claims in of_all for claim in claims), *first]
    if asks(evidence.residual, "left") and record is not None and len(evidence.named) == 1:
        flow = [one for one in lines_of(record.document) if one.kind in ("flow", "dropout")]
        first += [
            quoted(evidence.cite(record.document, one.start, one.end)) for one in flow[:MOST_FLOW]
        ]
    if "why_stopped" in {field.name for field in met} and record is not None:
        first += field_claims(evidence, record, load_fields()["status"])
    return first


def _is_asked(evidence: Evidence, field: Field) -> bool:
    """Tell whether a field whose words are said is asked for: weak words are said in passing."""
    kinds = frozenset(kind_of([path]) for path in field.paths)
    return not field.weak or likely(evidence, kinds) >= IN_PASSING


def _absent(absence: Absence) -> Draft:
    abstained = Abstention(absence.type, absence.reason, absence.message)
    return Draft(absence.claims, abstained)


def answer_lines(
    evidence: Evidence, trials: Sequence[str], *, first: Sequence[Claim] = ()
) -> Draft:
    """Quote the best lines of each trial, after the claims that are sure."""
    claims: list[Claim] = list(first)
    notes: list[Note] = []
    room = max(2, SHOWN // len(trials)) + len(evidence.asked) - 1
    for trial in trials:
        read = read_trial(evidence, trial)
        prefix = f"{trial}: " if len(trials) > 1 else ""
        claims += _claims(evidence, read.record, room, prefix=prefix)
        beside = SHOWN_OF_DIGEST if read.record else room
        claims += _claims(evidence, read.digests, beside, prefix=prefix)
        if not read.record and read.digests:
            notes.append(Note("digests_alone", DIGESTS_ALONE.format(trial=trial)))
    return Draft(tuple(_distinct(claims)), notes=tuple(notes))


PEOPLE = "names and contacts of people are not kept here"
READ_FURTHER = 12  # lines among which those that are shown are sought
DIGESTS_ALONE = (
    "The registry's record of {trial} is not in this corpus: what is quoted are a model's words."
)


def _claims(
    evidence: Evidence, ranked: Sequence[Ranked], room: int, *, prefix: str
) -> Iterator[Claim]:
    if not ranked:
        return
    best, room = ranked[0].score, max(room, ROOM.get(ranked[0].line.kind, 0))
    shown = [one for one in ranked[:READ_FURTHER] if one.score >= best - MARGIN][:room]
    shown = _with_families(shown, ranked)
    measured: set[str] = set()
    for one in shown:
        if one.line.kind in RESULTS and (head := _measure(one, measured)):
            yield quoted(evidence.cite(one.document, *head), prefix=prefix)
        yield _claim(evidence, one, prefix=prefix)


def _with_families(shown: Sequence[Ranked], ranked: Sequence[Ranked]) -> list[Ranked]:
    """Return lines with those that are told with the first of them, in the order of the text."""
    told: list[Ranked] = []
    for at, one in enumerate(shown):
        if one in told:
            continue
        kinds, most = family_of(one.line.kind)
        if at >= LEADING or not kinds:
            told.append(one)
            continue
        lines = [line for line in lines_of(one.document) if line.kind in kinds]
        known = {other.line: other for other in ranked}
        mates = [known.get(line) or replace(one, line=line) for line in lines]
        mates.sort(key=lambda mate: -known[mate.line].score if mate.line in known else 1e9)
        kept = {one.line, *(mate.line for mate in mates[:most])}
        told += [
            mate
            for mate in sorted(mates, key=lambda m: m.line.start)
            if mate.line in kept and mate not in told
        ]
    return told


def _claim(evidence: Evidence, one: Ranked, *, prefix: str) -> Claim:
    start, end = one.line.start, one.line.end
    if end - start > LONGEST:
        cut = one.document.text.rfind(" ", start, start + LONGEST)
        end = cut if cut > start else start + LONGEST
    head = f"{one.line.head}: " if one.line.head else ""
    return quoted(evidence.cite(one.document, start, end), prefix=f"{prefix}{head}")


def _measure(one: Ranked, measured: set[str]) -> tuple[int, int] | None:
    """Return where the outcome of a result is introduced, up to its time frame; once for each."""
    inside = next((s for s in one.document.paths if one.line.start <= s.start < one.line.end), None)
    measure = inside.path.split("].")[0] + "]" if inside and "]." in inside.path else ""
    if not measure or measure in measured:
        return None
    measured.add(measure)
    frame = next((s for s in one.document.paths if s.path == f"{measure}.timeFrame"), None)
    if frame is None:
        return None
    return one.document.text.rfind("\n", 0, frame.start) + 1, frame.end


def _distinct(claims: Sequence[Claim]) -> Iterator[Claim]:
    """Yield claims once: a line that is within one before is no news."""
    said: list[tuple[str, int, int]] = []
    for claim in claims:
        cited = claim.citations[0] if claim.citations else None
        if cited is None:
            yield claim
            continue
        place = (cited.source.doc_id, cited.start, cited.end)
        if any(d == place[0] and a <= place[1] and place[2] <= b for d, a, b in said):
            continue
        said.append(place)
        yield claim
