"""What digests say, in their own voice: of safety, and against the registry of results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from retrieval.answering.evidence import Evidence
from retrieval.answering.quoting import quoted, trials_in
from retrieval.answering.spans import sentence_spans
from retrieval.answering.types import Claim
from retrieval.answering.writing.verifier import speaks_to_a_model
from retrieval.language.safety import speaks_of_safety

MAX_SENTENCES = 2  # of one trial


def digest_claims(evidence: Evidence, trial_id: str, *, prefix: str = "") -> list[Claim]:
    """Return the first sentences on safety of a trial's digests, those that report first."""
    claims = list(_sentences(evidence, trial_id, prefix=prefix, tells=_of_safety))
    claims.sort(key=lambda claim: claim.citations[0].labels.evidence != "reported")
    return claims[:MAX_SENTENCES]


def disputing_claims(evidence: Evidence, trial_id: str, *, prefix: str = "") -> list[Claim]:
    """Return the first sentences by which digests report results that the registry lacks."""
    claims = _sentences(evidence, trial_id, prefix=prefix, tells=_to_a_reader)
    return list(islice(_disputing(claims), MAX_SENTENCES))


def disputed_by(claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims whose digest reports results where the registry has none posted."""
    return list(_disputing(claims))


def dispute(claims: Sequence[Claim]) -> str:
    """Return what a reader must know of such claims."""
    trials = " and ".join(trials_in(claims))
    return (
        f"A digest of {trials} tells of results that the registry has not posted. Both are "
        "quoted; the registry's word stands."
    )


def _disputing(claims: Iterable[Claim]) -> Iterator[Claim]:
    for claim in claims:
        if any(c.labels.conflict and c.labels.evidence == "reported" for c in claim.citations):
            yield claim


def _sentences(
    evidence: Evidence, trial_id: str, *, prefix: str, tells: Callable[[str], bool]
) -> Iterator[Claim]:
    for document in evidence.digests(trial_id):
        for section in (s for s in document.sections if s.name != "Title"):
            spans = sentence_spans(document.text, section.start, section.end)
            telling = (s for s in spans if tells(document.text[slice(*s)]))
            for start, end in islice(telling, MAX_SENTENCES):
                yield quoted(evidence.cite(document, start, end), prefix=prefix)


def _of_safety(text: str) -> bool:
    return speaks_of_safety(text) and _to_a_reader(text)


def _to_a_reader(text: str) -> bool:
    """Tell whether a sentence gives no orders to a model."""
    return not speaks_to_a_model(text)
