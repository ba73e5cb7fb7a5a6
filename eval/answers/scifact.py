"""SciFact's claims as questions: whoever has no evidence must abstain, else cite the rationale.

``claims-train.jsonl`` gives for each claim the abstracts that support or contradict it, and
the sentences of each that say so. The abstracts come as whole texts, so they are cut into
sentences again; an abstract whose cut has fewer sentences than its labels name is left out of
the judged places, and its claim with it where nothing is left.

Whether a place supports or contradicts a claim is not measured: quotes are given and no
verdict, so both count as evidence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.answers.cases import Case
from eval.answers.evaluate import answering, ask_all, opening
from eval.answers.report import AnswersReport
from eval.collections.collection import CollectionError, find_file, read_items
from eval.golden.questions import JudgedSpan
from eval.lines import numbered_lines
from eval.models import Models
from eval.sampling import sampled
from indexer.changes import Progress
from retrieval.answering.types import Question

CLAIMS = "claims-train.jsonl"
EVIDENCE = 3  # the grade of a rationale's sentence
SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z0-9(\[\"])")


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim; ``rationales`` are sentence numbers by document, empty without evidence."""

    claim_id: str
    text: str
    rationales: Mapping[str, tuple[int, ...]]


def run_claims(
    cases: Sequence[Case], models: Models, index_dir: Path, *, progress: Progress
) -> AnswersReport:
    """Ask claims over the index of the corpus; raises what opening an index raises."""
    with answering(models, index_dir) as (answerer, searcher):
        return AnswersReport(ask_all(cases, answerer, opening(searcher), progress=progress))


def claim_cases(folder: Path, *, sample: int) -> tuple[Case, ...]:
    """Return a sample of the claims as cases, 0 for all; raises `CollectionError`."""
    claims = sampled(tuple(read_claims(folder)), sample)
    wanted = {doc_id for claim in claims for doc_id in claim.rationales}
    items = read_items(find_file(folder, "corpus.jsonl"), wanted)
    texts = {doc_id: item.body for doc_id, item in items.items()}
    cases = (_case(claim, texts) for claim in claims)
    return tuple(case for case in cases if case.abstains or case.spans)


def read_claims(folder: Path) -> Iterator[LabelledClaim]:
    """Yield the claims of a folder; raises `CollectionError` with file and line."""
    path = find_file(folder, CLAIMS)
    for number, line in numbered_lines(path, CollectionError):
        try:
            yield _claim(json.loads(line))
        except (KeyError, TypeError, ValueError) as error:
            raise CollectionError(f"{path} line {number} is no claim: {error!r}") from error


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the spans of a text's sentences: it is cut where a capital follows a stop."""
    starts = [0, *(gap.end() for gap in SENTENCE.finditer(text))]
    ends = [*(gap.start() for gap in SENTENCE.finditer(text)), len(text)]
    return list(zip(starts, ends, strict=True))


def _claim(given: dict[str, Any]) -> LabelledClaim:
    rationales = {
        str(doc_id): tuple(sorted({number for one in evidence for number in one["sentences"]}))
        for doc_id, evidence in given["evidence"].items()
    }
    return LabelledClaim(str(given["id"]), given["claim"], rationales)


def _case(claim: LabelledClaim, texts: Mapping[str, str]) -> Case:
    spans = tuple(span for doc_id in claim.rationales for span in _spans(claim, doc_id, texts))
    return Case(
        case_id=claim.claim_id,
        group=f"scifact/{'evidence' if claim.rationales else 'no_evidence'}",
        question=Question(claim.text),
        abstains=not claim.rationales,
        spans=spans,
    )


def _spans(claim: LabelledClaim, doc_id: str, texts: Mapping[str, str]) -> Iterator[JudgedSpan]:
    cut = sentences(texts.get(doc_id, ""))
    numbers = claim.rationales[doc_id]
    if numbers and numbers[-1] < len(cut):
        for number in numbers:
            yield JudgedSpan(doc_id, doc_id, *cut[number], grade=EVIDENCE)
