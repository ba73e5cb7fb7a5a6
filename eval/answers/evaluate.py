"""Answers by the product's own answerer, checked one by one.

Three suites: judged questions (`eval.golden.questions`: the golden set, or the generator's),
absences (`eval.answers.absent`) and counts (`eval.answers.counted`) made of raw records.
SciFact's claims are a fourth (`eval.answers.scifact`), over a corpus of their own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from eval.answers.absent import absence_cases
from eval.answers.cases import Case, judged_cases
from eval.answers.checks import Checked, OpenDocument, check
from eval.answers.counted import counted_cases
from eval.answers.report import AnswersReport
from eval.generated.raw_records import read_raw
from eval.golden.questions import QuestionError, read_questions, resolve
from eval.models import Models
from eval.sampling import sampled
from indexer.changes import Progress
from retrieval.answering.answerer import Answerer
from retrieval.answering.types import Question
from retrieval.errors import EmptyQuery, QueryTooLong
from retrieval.index.live import LiveIndex
from retrieval.search.searcher import MAX_QUERY_CHARACTERS, Searcher
from retrieval.types import Document

OPEN = 64  # documents kept open while their quotes are checked


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked: judged questions of a file, and ``each`` of every kind from raw records.

    ``sample`` of the judged questions, 0 for all; ``seed`` chooses wordings and trials.
    """

    questions: Path | None
    records: tuple[Path, ...] = ()
    each: int = 40
    sample: int = 0
    seed: int = 0


@contextmanager
def answering(models: Models, index_dir: Path) -> Iterator[tuple[Answerer, Searcher]]:
    """Yield an answerer without an LLM over a live index, and the searcher it uses."""
    with models.live(index_dir) as live:
        yield _answerer(models, live)


def run_answers(
    asking: Asking, models: Models, index_dir: Path, *, progress: Progress
) -> AnswersReport:
    """Ask everything over the live index of a folder, and report.

    Raises `QuestionError` for questions that cannot be, or what opening an index raises.
    """
    with answering(models, index_dir) as (answerer, searcher):
        cases = [*_judged(asking, models, searcher), *_made(asking)]
        if not cases:
            raise QuestionError("nothing to ask: name --questions or --records")
        checked = ask_all(cases, answerer, opening(searcher), progress=progress)
    return AnswersReport(checked)


def ask_all(
    cases: Sequence[Case], answerer: Answerer, document: OpenDocument, *, progress: Progress
) -> tuple[Checked, ...]:
    """Ask every case in its order; the first is asked once beforehand, untimed."""
    _ask(cases[0], answerer, document)
    checked = []
    for done, case in enumerate(cases):
        progress("Answering", done, len(cases))
        checked.append(_ask(case, answerer, document))
    progress("Answering", len(cases), len(cases))
    return tuple(checked)


def opening(searcher: Searcher) -> OpenDocument:
    """Return what opens a document in a version; the last few stay open."""

    @lru_cache(maxsize=OPEN)
    def document(doc_id: str, version: str) -> Document:
        return searcher.document(doc_id, version=version)

    return document


def _ask(case: Case, answerer: Answerer, document: OpenDocument) -> Checked:
    started = time.perf_counter()
    try:
        answer = answerer.answer(_short(case.question))
    except (EmptyQuery, QueryTooLong) as error:
        raise QuestionError(f"{case.case_id} cannot be asked: {error}") from error
    milliseconds = 1000 * (time.perf_counter() - started)
    return check(case, answer, document, milliseconds=milliseconds)


def _short(question: Question) -> Question:
    return replace(question, text=question.text[:MAX_QUERY_CHARACTERS])


def _answerer(models: Models, live: LiveIndex) -> tuple[Answerer, Searcher]:
    searcher = Searcher(live, models.embedder, models.ladder, reranker=models.reranker)
    answerer = Answerer(
        searcher,
        live,
        ladder=models.ladder,
        embedder=models.embedder,
        reranker=models.reranker,
        line_reader=models.line_reader,
    )
    return answerer, searcher


def _judged(asking: Asking, models: Models, searcher: Searcher) -> Iterator[Case]:
    if asking.questions is not None:
        questions = sampled(read_questions(asking.questions, models.ladder), asking.sample)
        # Nothing can be asked by a text without a word; search is measured by it.
        words = [one for one in questions if any(map(str.isalnum, one.text))]
        yield from judged_cases(resolve(words, searcher.document), suite="judged")


def _made(asking: Asking) -> Iterator[Case]:
    records = read_raw(asking.records)
    if records:
        yield from absence_cases(records, seed=asking.seed, each=asking.each)
        yield from counted_cases(records, seed=asking.seed, each=asking.each)
