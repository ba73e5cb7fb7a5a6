"""Judged questions through the searcher: what is measured, and what a reader is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eval.collections.qrels import read_qrels
from eval.golden.evaluate import GoldenSettings, run_golden
from eval.golden.questions import UNANSWERABLE, Judgement, Question, QuestionError, question_line
from eval.golden.subject import golden_subject
from eval.measures import measure
from eval.models import Models
from eval.provenance import provenance
from eval.report.write import report_on, write_report
from eval.runs import read_run
from indexer.build import BuildSettings, quiet
from indexer.chunking import ChunkSize
from retrieval.types import Filters
from tests.corpus import write_corpus
from tests.fakes import HashingEmbedder

# What each is told by: an id, a compound and a filter that the made-up corpus lacks, a
# filter in words, far-off words, and no word at all.
UNANSWERED = {
    "u-id": ("is NCT99999999 recruiting", Filters()),
    "u-compound": ("semaglutide for weight loss", Filters()),
    "u-about": ("thymalfasin", Filters(phases=("PHASE4",))),
    "u-words": ("made-up phase 4 trials", Filters()),
    "u-far": ("zzyzx qwfpg", Filters()),
    "u-none": ("???", Filters()),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory, ladder):
    """Run questions over eight made-up trials; the embedder has a name with a known floor."""
    folder = tmp_path_factory.mktemp("golden")
    write_corpus(folder / "corpus", 8)

    def run_questions(*questions, profile="fast"):
        (folder / "q.jsonl").write_text("\n".join(map(question_line, questions)))
        return run_golden(
            GoldenSettings(
                questions=folder / "q.jsonl",
                corpus=(folder / "corpus",),
                build=BuildSettings(folder / "index", ChunkSize(64, 8), keep=1, prune=True),
                profile=profile,
                baseline=folder / "none.json",
            ),
            Models(HashingEmbedder(name="bge-small-en-v1.5-int8"), ladder),
            provenance=provenance([]),
            progress=quiet,
        )

    return run_questions


def answerable(number, *, text="", kind="id", **judgement):
    given = {
        "doc_id": f"clinicaltrials:NCT9{number:07d}",
        "quote": f"An invented study, number {number}",
        "grade": 3,
    }
    text = text or f"NCT9{number:07d}: an invented study, number {number}"
    judged = Judgement(**given | judgement)
    return Question(f"q{number}", text, kind, Filters(), (judged,))


def unanswerable(query_id, text, filters=Filters()):  # noqa: B008 - frozen
    return Question(query_id, text, UNANSWERABLE, filters, ())


def test_questions_are_measured_by_kind_and_the_unanswerable_apart(run):
    """Means are over answerable questions; of the others it counts whether one is told."""
    report = run(
        answerable(1),
        answerable(2, kind="lay"),
        answerable(3, kind="lay", text="NCT90000004"),
        unanswerable("u1", "is NCT99999999 recruiting"),
        unanswerable("u2", "made-up trial of thymalfasin"),
    )
    values = report.values()
    assert (values["questions"], values["answerable"], values["unanswerable"]) == (5, 3, 2)
    assert values["told"] == ["u1"]
    assert values["kinds"]["id"]["nDCG@10"] == 1
    each = [values["per_query"][name]["nDCG@10"] for name in ("q1", "q2", "q3")]
    assert values["nDCG@10"] == pytest.approx(sum(each) / 3, abs=1e-4)
    assert values["kinds"]["lay"]["nDCG@10"] == pytest.approx(sum(each[1:]) / 2, abs=1e-4)
    assert each[2] < 1
    assert values["search_p50_ms"] <= values["search_p95_ms"]
    assert values["origin"]["recipe"]["embedder"]["name"] == "bge-small-en-v1.5-int8"


@pytest.mark.parametrize("query_id", UNANSWERED)
def test_each_way_of_saying_that_there_is_no_answer_is_understood(run, query_id):
    """What the searcher tells its reader counts as told, in its own words of today."""
    text, filters = UNANSWERED[query_id]
    report = run(answerable(1), unanswerable(query_id, text, filters))
    assert [item.told for item in report.unanswerable] == [True]
    assert report.wrongly_told == ()


def test_an_answerable_question_that_is_told_otherwise_is_counted(run):
    """Its measures stay, and it is named."""
    report = run(answerable(1, text="NCT99999999: an invented study, number 1"))
    assert report.wrongly_told == ("q1",)
    assert "q1" in report.table()


def test_the_written_files_give_the_same_ndcg(run):
    """The run's own nDCG over that of the best run, both measured from the files."""
    report = run(answerable(1), answerable(2, text="NCT90000005"))
    qrels = read_qrels(Path(report.files.qrels))
    found = measure(qrels, read_run(Path(report.files.run)))
    best = measure(qrels, read_run(Path(report.files.best)))
    again = found.values["nDCG@10"] / best.values["nDCG@10"]
    assert again.tolist() == pytest.approx(report.measures["nDCG@10"].tolist())


def test_a_report_page_misses_a_trial_once_and_only_where_it_gained_nothing(run, tmp_path):
    """Found at a lower grade is found; not found at all is missed at the best grade."""
    both = (
        Judgement("clinicaltrials:NCT90000001", "An invented study, number 1", 1),
        Judgement("clinicaltrials:NCT90000001", "Made-up Fever", 3),
    )
    report = run(
        replace(answerable(1), judgements=both),
        replace(answerable(2, text="NCT90000005"), judgements=both),
    )
    page = report_on(golden_subject(report, {"a setting": 7}), provenance([]))
    write_report(page, tmp_path)
    shown = {example.query_id: example.sides[0] for example in (*page.best, *page.worst)}
    missed = [[hit.document_id for hit in shown[name].missed] for name in ("q1", "q2")]
    found = [[hit.document_id for hit in shown[name].hits if hit.grade] for name in ("q1", "q2")]
    assert (found[0], missed[0]) == (["NCT90000001@1"], [])
    assert found[1] or missed[1] == ["NCT90000001@3"]
    assert "An invented study, number 1" in (tmp_path / "report.html").read_text()


def test_a_question_that_cannot_be_asked_is_named(run):
    """A filter that no document can match is the file's mistake."""
    wrong = unanswerable("u1", "anything", Filters(phases=("PHASE9",)))
    with pytest.raises(QuestionError, match=r"question u1 cannot be asked: .*PHASE9"):
        run(answerable(1), wrong)


def test_a_quote_that_is_not_in_the_corpus_is_named(run):
    """A question that is judged by a text of another corpus does not count with 0."""
    with pytest.raises(QuestionError, match=r"question q1, .*nowhere"):
        run(answerable(1, quote="No such words"))


def test_questions_without_any_answer_measure_nothing(run):
    """A file of unanswerable questions has no mean."""
    with pytest.raises(QuestionError, match="no answerable question"):
        run(unanswerable("u1", "anything"))
