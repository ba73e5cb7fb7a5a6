"""Natural questions: their form, and how an answer is graded; the sample corpus's own as a gate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.answers.evaluate import answering
from eval.models import Models
from eval.natural.form import is_natural
from eval.natural.grade import grade_all
from eval.natural.questions import BadQuestion, read_questions
from indexer.build import BuildSettings, build, quiet
from indexer.chunking import ChunkSize
from retrieval.language.compounds import Ladder
from retrieval.models.embedder import Embedder
from retrieval.models.loading import load_line_reader, load_reranker
from tests.conftest import ROOT

NATURAL = ROOT / "seeds" / "golden" / "natural.jsonl"
# Below what `eval answers --questions seeds/golden/natural.jsonl` reaches, by six questions of a
# hundred: int8 models differ a little between machines.
FLOOR = 0.69
ROW = {
    "id": "q1",
    "kind": "field",
    "question": "what phase is NCT90000041?",
    "gold": "2",
    "evidence": [{"nct": "NCT90000041", "path": "a.0.b", "value": ["PHASE2"]}],
    "trial_ids": ["NCT90000041"],
    "accept": ["phase.?2"],
}


def written(folder: Path, *rows: object) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def test_a_question_is_read(tmp_path: Path) -> None:
    """Indexes of both forms are one, and what is left out is empty."""
    (question,) = read_questions([written(tmp_path, ROW)])
    assert question.text == "what phase is NCT90000041?"
    assert question.evidence[0].path == "a[0].b"
    assert question.must_abstain is None
    assert question.accept[0].search("PHASE 2")


@pytest.mark.parametrize(
    "row", [{**ROW, "accept": ["("]}, {"id": "q1"}, [], {**ROW, "evidence": [{"nct": "x"}]}]
)
def test_what_is_no_question_is_refused_with_its_place(tmp_path: Path, row: object) -> None:
    """The message names the file and the line."""
    path = written(tmp_path, ROW, row)
    with pytest.raises(BadQuestion, match=r"questions\.jsonl, line 2"):
        read_questions([path])


def test_the_form_is_told_by_the_first_line(tmp_path: Path) -> None:
    """Judged questions of the golden set are none, and neither is anything else."""
    assert is_natural(written(tmp_path, ROW))
    assert not is_natural(ROOT / "seeds" / "golden" / "questions.jsonl")
    assert not is_natural(tmp_path / "missing.jsonl")


def test_the_sample_corpus_is_answered_as_people_ask(
    tmp_path: Path, seeds: Path, bundled_embedder: Embedder, ladder: Ladder
) -> None:
    """Questions by someone who had not seen the code are answered right for a fixed share."""
    built = BuildSettings(tmp_path / "index", ChunkSize(256, 32), keep=1)
    build([seeds / "digests", seeds / "records"], built, embedder=bundled_embedder, ladder=ladder)
    reranker, reader = load_reranker("bundled", threads=0), load_line_reader("bundled", threads=0)
    models = Models(bundled_embedder, ladder, reranker, reader)
    questions = read_questions([NATURAL])
    with answering(models, built.index_dir) as (answerer, _):
        report = grade_all(questions, answerer, ladder, progress=quiet, floor=FLOOR)
        mute = grade_all(
            [one for one in questions if one.accept][:5],
            _Mute(answerer),  # type: ignore[arg-type]  # answers as one does
            ladder,
            progress=quiet,
            floor=FLOOR,
        )
    assert report.passed, report.table()
    assert not mute.passed
    assert report.values()["of_another_trial"] <= len(questions) // 30


class _Mute:
    """An answerer that says nothing: the gate must fail it."""

    def __init__(self, answerer: object) -> None:
        self._answerer = answerer

    def meant(self, text: str) -> object:
        return self._answerer.meant(text)  # type: ignore[attr-defined]

    def answer(self, question: object) -> object:
        from dataclasses import replace

        whole = self._answerer.answer(question)  # type: ignore[attr-defined]
        return replace(whole, claims=(), tables=(), trials=(), abstained=None, count=None)
