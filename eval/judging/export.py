"""From verdicts to judgements: a test collection out of what readers and judges said.

The folder that `export` writes holds ``qrels.tsv`` and ``queries.jsonl`` in BEIR form, which
grade documents, each by its best passage, and ``questions.jsonl`` (`eval.golden.questions`), which
grades passages. A question whose every grade is 0 or 1 is in the first two only: whether the
corpus answers it is not known.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from eval.golden.questions import Judgement, Question, question_line
from eval.judging.judging_file import JudgingRow, read_rows, replace_file
from eval.judging.report import ExportReport, conflicts_in
from eval.judging.verdicts import (
    Asked,
    DocumentOf,
    Graded,
    NothingToJudge,
    Place,
    anchored,
    entries,
    grades_of,
    live_documents,
    place_of,
    questions_of,
)
from retrieval.index.judging import FOLDER, read_feedback

KIND = "feedback"  # of the questions, in reports


def export(index_dir: Path, out: Path, *, files: Sequence[Path]) -> ExportReport:
    """Write ``qrels.tsv``, ``queries.jsonl`` and ``questions.jsonl`` into the folder ``out``.

    ``files`` are judging files whose grades count. Raises `NothingToJudge`,
    `JudgingFileError`, `IndexMissing` or `IndexDamaged`.
    """
    rows = [row for path in files for row in read_rows(path) if row.grade is not None]
    feedback = entries(read_feedback, index_dir)
    with live_documents(index_dir) as document_of:
        judged = anchored(feedback.found, document_of)
        decided, lost = _decided(rows, document_of)
        graded = grades_of(judged.verdicts, decided)
        if not graded:
            raise NothingToJudge(
                f"{index_dir / FOLDER} holds no verdict on live words, and no grade stands in "
                f"{', '.join(map(str, files)) or 'a judging file'}"
            )
        # By the id of the row: a spreadsheet may have made a date of a question.
        questions = {row.query_id: Asked(row.query_id, row.query, row.filters) for row in rows}
        questions |= questions_of((one.query, one.filters) for one in feedback.found)
        told = _questions(graded, questions, document_of)
    qrels = _qrels(graded)
    answerable = [question for question in told if question.answerable]
    _write(out, qrels=qrels, questions=questions, judged=answerable)
    return ExportReport(
        folder=str(out),
        queries=len(told),
        documents=len(qrels),
        passages=len(graded),
        questions=len(answerable),
        without_answer=len(told) - len(answerable),
        verdicts=len(feedback.found),
        grades=len(rows),
        lost_verdicts=judged.gone + judged.changed,
        lost_grades=lost,
        conflicts=conflicts_in(graded, questions),
        skipped_lines=feedback.skipped,
    )


def _decided(
    rows: Iterable[JudgingRow], document_of: DocumentOf
) -> tuple[dict[Place, list[int]], int]:
    """Return judges' grades by the live place they are about, and how many are about none."""
    decided: dict[Place, list[int]] = {}
    lost = 0
    for row in rows:
        place = place_of(row, document_of(row.doc_id))
        if place is None or row.grade is None:
            lost += 1
        else:
            decided.setdefault(place, []).append(row.grade)
    return decided, lost


def _write(
    out: Path,
    *,
    qrels: Mapping[tuple[str, str], int],
    questions: Mapping[str, Asked],
    judged: Iterable[Question],
) -> None:
    pairs = (f"{query}\t{doc_id}\t{grade}" for (query, doc_id), grade in sorted(qrels.items()))
    texts = (
        json.dumps({"_id": query, "text": questions[query].text}, ensure_ascii=False)
        for query in sorted({query for query, _ in qrels})
    )
    for name, lines in (
        ("qrels.tsv", ["query-id\tcorpus-id\tscore", *pairs]),
        ("queries.jsonl", texts),
        ("questions.jsonl", map(question_line, judged)),
    ):
        replace_file(out / name, "".join(f"{line}\n" for line in lines))


def _qrels(graded: Mapping[Place, Graded]) -> dict[tuple[str, str], int]:
    """Return per question and document the best grade of its passages."""
    best: dict[tuple[str, str], int] = {}
    for place, one in graded.items():
        pair = place.query_id, place.doc_id
        best[pair] = max(best.get(pair, 0), one.grade)
    return best


def _questions(
    graded: Mapping[Place, Graded], questions: Mapping[str, Asked], document_of: DocumentOf
) -> list[Question]:
    judgements: dict[str, list[Judgement]] = {}
    for place, one in sorted(graded.items()):
        if document := document_of(place.doc_id):
            quote = document.text[place.start : place.end]
            start = None if document.text.find(quote) == place.start else place.start
            judgement = Judgement(place.doc_id, quote, one.grade, start)
            judgements.setdefault(place.query_id, []).append(judgement)
    return [
        Question(
            query_id=known_as,
            text=questions[known_as].text,
            kind=KIND,
            filters=questions[known_as].filters,
            judgements=tuple(sorted(given, key=lambda one: -one.grade)),
        )
        for known_as, given in judgements.items()
    ]
