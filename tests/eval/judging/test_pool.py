"""From logged searches and verdicts to a judging file, and on to judgements."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from eval.collections.qrels import read_qrels
from eval.golden.questions import read_questions, resolve
from eval.judging.export import export
from eval.judging.judging_file import JudgingFileError, read_rows, write_rows
from eval.judging.pool import pool
from eval.judging.verdicts import NothingToJudge, live_documents, query_id
from retrieval.errors import IndexMissing
from retrieval.index.judging import FEEDBACK, FOLDER, Judging
from retrieval.types import Filters
from tests.conftest import ROOT
from tests.corpus import index, study, write_study
from tests.fakes import HashingEmbedder
from tests.judged import hit_on, logged, verdict_on

FEVER = query_id("made-up fever", Filters())
FIRST = "clinicaltrials:NCT90000001"
SECOND = "clinicaltrials:NCT90000002"
WORDS = {FIRST: "An invented study, number 1", SECOND: "An invented study, number 2"}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """An index of three made-up records, with its corpus beside it."""
    folder = tmp_path_factory.mktemp("pool")
    for number in range(1, 4):
        write_study(folder / "corpus", study(number))
    index([folder / "corpus"], folder / "index", HashingEmbedder())
    return folder


@pytest.fixture
def index_dir(built, tmp_path) -> Path:
    """A copy of the index without any search or verdict, which a test may change."""
    shutil.copytree(built, tmp_path / "copy")
    return tmp_path / "copy/index"


@pytest.fixture
def documents(index_dir):
    """The live documents by id, as they are when the test begins."""
    with live_documents(index_dir) as document_of:
        return {doc_id: document_of(doc_id) for doc_id in (FIRST, SECOND)}


def change(index_dir: Path, number: int, summary: str) -> None:
    corpus = index_dir.parent / "corpus"
    write_study(corpus, study(number, summary=summary, updated="2025-01-01"))
    index([corpus], index_dir, HashingEmbedder())


def judge(path: Path, **grades: int) -> None:
    """Write grades into a judging file, by the last digit of the document's id."""
    rows = [
        replace(row, grade=grades.get(f"trial{row.doc_id[-1]}", row.grade))
        for row in read_rows(path)
    ]
    write_rows(path, rows)


def test_searches_become_passages_to_judge(index_dir, documents, tmp_path):
    """Spellings of a question are one, its hits are pooled over time, in the order of ids."""
    judging = Judging(index_dir, log_queries=True)
    one = hit_on(documents[FIRST], WORDS[FIRST], rank=2)
    two = hit_on(documents[SECOND], WORDS[SECOND], rank=1)
    deep = hit_on(documents[SECOND], "invented", rank=4)
    judging.log(logged("made-up fever", [two, one]))
    judging.log(logged("Made-up  FEVER?", [replace(one, rank=1), deep]))
    judging.log(logged("another", [replace(one, rank=1)]))
    report = pool(index_dir, tmp_path / "j.jsonl", depth=3)
    rows = read_rows(tmp_path / "j.jsonl")
    assert [(row.query, row.doc_id) for row in rows] == [
        ("another", FIRST),
        ("Made-up  FEVER?", FIRST),
        ("Made-up  FEVER?", SECOND),
    ]
    assert all(row.text == WORDS[row.doc_id] for row in rows)
    assert all(row.grade is None for row in rows)
    assert (report.searches, report.questions, report.passages) == (3, 2, 3)


def test_verdicts_are_filled_in(index_dir, documents, tmp_path):
    """Also of passages that no logged search showed; what readers disagree on is told."""
    judging = Judging(index_dir, log_queries=False)
    judging.store(verdict_on(documents[FIRST], WORDS[FIRST], "relevant", comment="it fits"))
    judging.store(verdict_on(documents[FIRST], WORDS[FIRST], "irrelevant"))
    report = pool(index_dir, tmp_path / "j.tsv", depth=10)
    (row,) = read_rows(tmp_path / "j.tsv")
    assert (row.grade, row.verdict_grade) == (None, 0)
    assert (row.verdicts, row.comments) == (("relevant", "irrelevant"), ("it fits",))
    assert row.section == "Brief summary"
    (conflict,) = report.conflicts
    assert (conflict.doc_id, conflict.grades, conflict.taken) == (FIRST, (0, 3), 0)
    assert "conflict: 'made-up fever'" in report.table()


def test_changed_and_removed_words_are_told(index_dir, documents, tmp_path):
    """A passage whose words are live no more is left out; its document is named."""
    judging = Judging(index_dir, log_queries=True)
    gone = replace(hit_on(documents[SECOND], "invented", rank=2), doc_id="clinicaltrials:NCT0")
    judging.log(logged("made-up fever", [hit_on(documents[FIRST], WORDS[FIRST], rank=1), gone]))
    judging.log(logged("made-up fever", [hit_on(documents[SECOND], WORDS[SECOND], rank=1)]))
    change(index_dir, 1, "Quite another summary.")
    report = pool(index_dir, tmp_path / "j.jsonl", depth=10)
    assert (report.changed_documents, report.gone_documents) == ((FIRST,), ("clinicaltrials:NCT0",))
    assert [row.doc_id for row in read_rows(tmp_path / "j.jsonl")] == [SECOND]
    assert FIRST in report.table()


def test_a_judges_grades_survive_the_next_pool(index_dir, documents, tmp_path):
    """Pooling again adds what is new; no grade is lost, though its words be gone."""
    judging = Judging(index_dir, log_queries=True)
    judging.log(logged("made-up fever", [hit_on(documents[FIRST], WORDS[FIRST], rank=1)]))
    out = tmp_path / "j.jsonl"
    pool(index_dir, out, depth=10)
    judge(out, trial1=3)
    judging.log(logged("made-up fever", [hit_on(documents[SECOND], WORDS[SECOND], rank=1)]))
    assert pool(index_dir, out, depth=10).graded == 1
    assert [row.grade for row in read_rows(out)] == [3, None]
    change(index_dir, 1, "Quite another summary.")
    pool(index_dir, out, depth=10)
    assert [(row.grade, row.text) for row in read_rows(out)] == [
        (3, WORDS[FIRST]),
        (None, WORDS[SECOND]),
    ]


def test_a_file_of_something_else_is_not_overwritten(index_dir, documents, tmp_path):
    """What is no judging file stays as it is."""
    Judging(index_dir, log_queries=False).store(verdict_on(documents[FIRST], WORDS[FIRST]))
    precious = tmp_path / "notes.jsonl"
    precious.write_text('{"my": "notes"}\n')
    with pytest.raises(JudgingFileError, match=r"notes\.jsonl line 1"):
        pool(index_dir, precious, depth=10)
    assert precious.read_text() == '{"my": "notes"}\n'


def test_verdicts_become_judgements(index_dir, documents, tmp_path, ladder):
    """The three files are read by the readers of this package, and agree with each other."""
    judging = Judging(index_dir, log_queries=False)
    phases = Filters(phases=("PHASE2",), started_to=20240131)
    judging.store(verdict_on(documents[FIRST], WORDS[FIRST], "partial"))
    judging.store(verdict_on(documents[FIRST], "thymalfasin", "irrelevant"))
    judging.store(verdict_on(documents[SECOND], WORDS[SECOND], "irrelevant"))
    judging.store(verdict_on(documents[SECOND], WORDS[SECOND], "relevant", filters=phases))
    judging.store(verdict_on(documents[SECOND], WORDS[SECOND], "related", query="cough 𝒯α1"))
    report = export(index_dir, tmp_path / "out", files=[])
    filtered, cough = query_id("made-up fever", phases), query_id("cough 𝒯α1", Filters())
    judged = {(q.query_id, q.doc_id): q.relevance for q in read_qrels(tmp_path / "out/qrels.tsv")}
    assert judged == {
        (FEVER, FIRST): 2,
        (FEVER, SECOND): 0,
        (filtered, SECOND): 3,
        (cough, SECOND): 1,
    }
    lines = map(json.loads, (tmp_path / "out/queries.jsonl").read_text("utf-8").splitlines())
    texts = {line["_id"]: line["text"] for line in lines}
    assert texts == {FEVER: "made-up fever", filtered: "made-up fever", cough: "cough 𝒯α1"}
    questions = read_questions(tmp_path / "out/questions.jsonl", ladder)
    assert {one.query_id: one.filters for one in questions} == {FEVER: Filters(), filtered: phases}
    with live_documents(index_dir) as document_of:
        resolved = resolve(questions, document_of)
    assert sum(len(one.spans) for one in resolved) == 4
    assert (report.queries, report.questions, report.without_answer) == (3, 2, 1)


def test_a_quote_that_stands_twice_is_judged_where_it_was(index_dir, documents, tmp_path, ladder):
    """The second place of the same words is told by its start."""
    text = documents[FIRST].text
    start = text.index("thymalfasin", text.index("thymalfasin") + 1)
    again = verdict_on(documents[FIRST], "thymalfasin", start=start, end=start + 11)
    Judging(index_dir, log_queries=False).store(again)
    export(index_dir, tmp_path, files=[])
    (question,) = read_questions(tmp_path / "questions.jsonl", ladder)
    assert question.judgements[0].start == start


@pytest.mark.parametrize(
    ("said", "grade"),
    [
        (["relevant", "irrelevant"], 0),
        (["relevant", "irrelevant", "partial"], 2),
        (["irrelevant", "relevant", "relevant"], 3),
        (["relevant", "partial"], 2),
    ],
)
def test_several_verdicts_come_to_their_lower_median(index_dir, documents, tmp_path, said, grade):
    """On one passage, whatever the order; on a quote that moved, too."""
    judging = Judging(index_dir, log_queries=False)
    for one in said:
        judging.store(verdict_on(documents[SECOND], WORDS[SECOND], one))
    judging.store(verdict_on(documents[FIRST], WORDS[FIRST]))
    change(index_dir, 2, f"A new beginning. {WORDS[SECOND]}, goes on.")
    export(index_dir, tmp_path, files=[])
    judged = {q.doc_id: q.relevance for q in read_qrels(tmp_path / "qrels.tsv")}
    assert judged == {FIRST: 3, SECOND: grade}


def test_a_judge_stands_above_readers(index_dir, documents, tmp_path):
    """A grade in a file counts instead of the verdicts; several judges come to their median."""
    judging = Judging(index_dir, log_queries=False)
    for said in ("irrelevant", "irrelevant", "relevant"):
        judging.store(verdict_on(documents[FIRST], WORDS[FIRST], said))
    files = [tmp_path / name for name in ("one.jsonl", "two.tsv", "three.jsonl")]
    for path, grade in zip(files, (3, 1, 3), strict=True):
        pool(index_dir, path, depth=10)
        judge(path, trial1=grade)
    report = export(index_dir, tmp_path / "out", files=files)
    (qrel,) = read_qrels(tmp_path / "out/qrels.tsv")
    assert qrel.relevance == 3
    assert [conflict.grades for conflict in report.conflicts] == [(1, 3, 3)]
    assert (report.verdicts, report.grades) == (3, 3)


def test_judgements_on_lost_words_are_dropped_and_counted(index_dir, documents, tmp_path):
    """Neither a verdict nor a grade speaks about words that nobody can find any more."""
    judging = Judging(index_dir, log_queries=False)
    judging.store(verdict_on(documents[FIRST], WORDS[FIRST]))
    judging.store(verdict_on(documents[SECOND], WORDS[SECOND]))
    judging.store(verdict_on(documents[SECOND], "invented", doc_id="clinicaltrials:NCT0"))
    pool(index_dir, tmp_path / "j.jsonl", depth=10)
    judge(tmp_path / "j.jsonl", trial1=3, trial2=3)
    change(index_dir, 1, "Quite another summary.")
    report = export(index_dir, tmp_path / "out", files=[tmp_path / "j.jsonl"])
    assert (report.lost_verdicts, report.lost_grades, report.documents) == (2, 1, 1)


def test_torn_and_foreign_lines_are_counted(index_dir, documents, tmp_path):
    """A line that cannot be read costs itself only."""
    judging = Judging(index_dir, log_queries=False)
    judging.store(verdict_on(documents[FIRST], WORDS[FIRST]))
    with (index_dir / FOLDER / FEEDBACK).open("ab") as file:
        file.write(b'{"id": "torn')
    report = export(index_dir, tmp_path, files=[])
    assert (report.skipped_lines, report.documents) == (1, 1)


def test_a_spreadsheet_may_spoil_what_it_shows(index_dir, documents, tmp_path):
    """The id tells the question and the place tells the words, whatever became of both."""
    Judging(index_dir, log_queries=True).log(
        logged("3-5", [hit_on(documents[FIRST], WORDS[FIRST], rank=1)])
    )
    out = tmp_path / "j.tsv"
    pool(index_dir, out, depth=10)
    (row,) = read_rows(out)
    write_rows(out, [replace(row, grade=3, query="5. March", text="An inv")])
    export(index_dir, tmp_path / "out", files=[out])
    (line,) = (tmp_path / "out/questions.jsonl").read_text().splitlines()
    assert json.loads(line)["query_id"] == query_id("3-5", Filters())
    assert json.loads(line)["judgements"][0]["quote"] == WORDS[FIRST]


def test_nothing_to_judge_is_told(index_dir, tmp_path):
    """Without searches or verdicts there is no file, and the message says how to get some."""
    with pytest.raises(NothingToJudge, match="QUERY_LOG=true"):
        pool(index_dir, tmp_path / "j.jsonl", depth=10)
    with pytest.raises(NothingToJudge, match="no verdict"):
        export(index_dir, tmp_path / "out", files=[])
    with pytest.raises(IndexMissing):
        export(tmp_path / "nowhere", tmp_path / "out", files=[])
    assert not list(tmp_path.glob("*.jsonl"))


def test_the_command_pools_and_exports(index_dir, documents, tmp_path):
    """As a user types it: one JSON object a run, and the file of the first feeds the second."""
    Judging(index_dir, log_queries=True).log(
        logged("made-up fever", [hit_on(documents[FIRST], WORDS[FIRST], rank=1)])
    )

    def run(*arguments: object) -> dict[str, object]:
        command = [sys.executable, "-m", "eval", "pool", "--index", index_dir, "--json", *arguments]
        done = subprocess.run(
            list(map(str, command)), cwd=ROOT, check=True, capture_output=True, text=True
        )
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

    out = tmp_path / "j.jsonl"
    assert run("--out", out)["passages"] == 1
    judge(out, trial1=2)
    assert run("--out", out, "--qrels", tmp_path / "q")["questions"] == 1
    assert run("--judged", out, "--qrels", tmp_path / "q")["grades"] == 1
