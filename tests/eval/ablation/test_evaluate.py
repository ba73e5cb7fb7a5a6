"""The ablation over made-up corpora: its rows are what the other commands measure."""

from __future__ import annotations

import json

import numpy as np
import pytest

from eval.__main__ import main
from eval.ablation.evaluate import AblationTask, run_ablation
from eval.ablation.variants import variants
from eval.collections.beir import BeirTask, run_beir
from eval.collections.collection import read_corpus
from eval.collections.qrels import read_qrels
from eval.golden.evaluate import GoldenSettings, run_golden
from eval.golden.questions import UNANSWERABLE, Judgement, Question, QuestionError, question_line
from eval.measures import measure
from eval.models import Models
from eval.provenance import provenance
from eval.runs import read_run
from indexer.build import BuildSettings, quiet
from indexer.chunking import ChunkSize
from retrieval.types import Filters
from tests.corpus import write_corpus
from tests.eval.made_up import write_collection
from tests.fakes import HashingEmbedder, OverlapReranker

SIZE = ChunkSize(64, 8)


def question(number, text):
    judged = Judgement(f"clinicaltrials:NCT9{number:07d}", f"An invented study, number {number}", 3)
    return Question(f"q{number}", text, "lay", Filters(), (judged,))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ablation")
    write_corpus(folder / "corpus", 5)
    write_collection(folder / "made-up")
    questions = (
        question(1, "NCT90000001"),
        question(2, "study number 2 of thymosin alpha 1"),
        question(3, "blue thumb"),
        Question("u", "semaglutide", UNANSWERABLE, Filters(), ()),
    )
    (folder / "q.jsonl").write_text("\n".join(map(question_line, questions)))
    return folder


@pytest.fixture(scope="module")
def models(ladder):
    return Models(HashingEmbedder(), ladder, OverlapReranker())


def task(place, **parts):
    given = {
        "questions": place / "q.jsonl",
        "corpus": (place / "corpus",),
        "beir": (place / "made-up",),
        "profile": "best",
        "cache": place / "cache",
        "size": SIZE,
    }
    return AblationTask(**given | parts)


def ablation(asked, models):
    return run_ablation(
        asked, models, settings={"a": 1}, provenance=provenance(["ablation"]), progress=quiet
    )


@pytest.fixture(scope="module")
def report(place, models):
    return ablation(task(place), models)


def test_every_system_stands_beside_every_collection(report):
    """Indexes built otherwise are for the golden set alone; the unanswerable are not asked."""
    golden, beir = report.columns
    assert (golden.name, beir.name) == ("golden", "made-up")
    shared = ["plain Chroma", "plain BM25", *(each.name for each in variants("best"))]
    assert list(beir.rows) == shared
    assert list(golden.rows)[: len(shared)] == shared
    assert list(golden.rows)[len(shared) :] == [
        "without headers in the vectors",
        "chunks of 32 tokens",
        "chunks of 96 tokens",
    ]
    assert golden.query_ids == ("q1", "q2", "q3")
    assert golden.measures == ("nDCG@10", "RR@10")
    assert beir.measures == ("nDCG@10", "R@100")


@pytest.mark.parametrize("profile", ["fast", "best"])
def test_the_product_s_rows_are_what_the_other_commands_measure(report, place, models, profile):
    """Golden and beir, run by themselves in the same profile, come to the same values."""
    golden = run_golden(
        GoldenSettings(
            questions=place / "q.jsonl",
            corpus=(place / "corpus",),
            build=BuildSettings(place / "alone", SIZE, keep=1, prune=True),
            profile=profile,
            baseline=place / "none.json",
        ),
        models,
        provenance=provenance([]),
        progress=quiet,
    )
    row = report.columns[0].rows[profile].measures
    assert {name: golden.measures[name].tolist() for name in row} == {
        name: values.tolist() for name, values in row.items()
    }
    beir = run_beir(
        BeirTask(place / "made-up", profile),
        BuildSettings(place / "beir", SIZE, keep=1, prune=True, read=read_corpus),
        models,
        progress=quiet,
    )
    for name, values in report.columns[1].rows[profile].measures.items():
        assert values.mean() == pytest.approx(beir.measured.mean(name))


def test_the_plain_systems_lack_what_the_product_has(report, models):
    """An id stands in no text, so that plain BM25 finds nothing by it; the reranker was used."""
    rows = report.columns[0].rows
    assert rows["plain BM25"].measures["nDCG@10"][0] == 0
    assert min(rows[name].measures["nDCG@10"][0] for name in ("fast", "best")) > 0
    assert models.reranker.read > 0


def test_each_system_is_held_against_the_whole(report):
    """Differences are means over the same queries; the whole differs from itself by nothing."""
    for column in report.columns:
        for name, row in column.rows.items():
            for measured in column.measures:
                difference, p = column.against(name, "best", measured)
                whole = column.rows["best"].measures[measured]
                expected = float(np.mean(row.measures[measured] - whole))
                assert difference == pytest.approx(expected, abs=1e-8)
                assert 0 < p <= 1
                assert name != "best" or (difference, p) == (0, 1)


def test_runs_are_written_and_give_the_same_values(report, place):
    """A collection's run file, measured by itself, is what its row says."""
    qrels = read_qrels(place / "made-up/qrels.tsv")
    column = report.columns[1]
    for name in ("plain-chroma", "plain-bm25", "best"):
        run = read_run(place / f"cache/ablation/made-up/{name}.run")
        row = column.rows[name.replace("-", " ").replace("chroma", "Chroma").replace("bm", "BM")]
        again = measure(qrels, run)
        means = {each: float(row.measures[each].mean()) for each in column.measures}
        assert means == pytest.approx({each: again.mean(each) for each in column.measures})


def test_the_report_is_json_a_table_and_markdown(report):
    """All three name every system; each row of the Markdown has as many cells."""
    values = json.loads(json.dumps(report.values()))
    fast = values["collections"]["golden"]["systems"]["fast"]
    assert fast["p50_ms"] <= fast["p95_ms"]
    assert set(fast["nDCG@10"]["per_query"]) == {"q1", "q2", "q3"}
    assert values["tuning"]["dense"] > 0
    assert "1 judged documents are not in the corpus" in " ".join(
        values["collections"]["made-up"]["notes"]
    )
    rows = [line for line in report.markdown().splitlines() if line.startswith("|")]
    assert len({row.count("|") for row in rows}) == 1
    for name in report.systems:
        assert name in report.table()
        assert any(name in row for row in rows)


def test_a_sample_is_the_same_each_time_and_embeds_nothing_again(place, models):
    """What was built for all queries serves some of them; the fast profile loads no reranker."""
    before = models.embedder.embedded
    fast = Models(models.embedder, models.ladder)
    asked = task(place, profile="fast", sample=2)
    one, two = (ablation(asked, fast) for _ in range(2))
    assert models.embedder.embedded == before
    assert [column.query_ids for column in one.columns] == [c.query_ids for c in two.columns]
    assert [len(column.query_ids) for column in one.columns] == [2, 2]
    assert "best" not in one.systems


def test_questions_without_any_answer_measure_nothing(place, models, tmp_path):
    """A file of unanswerable questions is an error."""
    none = Question("u", "semaglutide", UNANSWERABLE, Filters(), ())
    (tmp_path / "q.jsonl").write_text(question_line(none))
    with pytest.raises(QuestionError, match="no answerable question"):
        ablation(task(place, questions=tmp_path / "q.jsonl"), models)


@pytest.mark.parametrize("command", [["ablation"], ["golden"], ["beir", "x"], ["nli4ct", "x"]])
def test_the_best_profile_without_a_reranker_is_refused(command, monkeypatch, capsys):
    """Not one command measures the fast profile under the best one's name."""
    monkeypatch.setenv("RERANKER", "none")
    assert main([*command, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["error"] == "SettingsError"
    assert "RERANKER" in told["detail"]
