"""The regression gate: its rule, and the golden set through it with the real embedder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.__main__ import main
from eval.golden.evaluate import GoldenSettings, ask, held_against, origin_of, report_on, run_golden
from eval.golden.gate import (
    BaselineError,
    NotCompared,
    Scored,
    baseline_of,
    compare,
    read_baselines,
    save_baseline,
)
from eval.golden.questions import Judgement, Question, question_line, read_questions, resolve
from eval.models import Models
from eval.provenance import provenance
from indexer.build import BuildSettings, quiet
from indexer.chunking import ChunkSize
from retrieval.index.live import LiveIndex
from retrieval.search.searcher import Searcher
from retrieval.types import Filters
from tests.corpus import write_corpus
from tests.fakes import HashingEmbedder

GOLDEN = Path(__file__).parents[3] / "seeds" / "golden"
HERE = provenance([])


class BackToFront(Searcher):
    """Shows what it finds the other way round, the worst first."""

    def search(self, query):
        ranking = super().search(query)
        last = reversed(ranking.hits)
        hits = tuple(replace(hit, rank=rank) for rank, hit in enumerate(last, start=1))
        return replace(ranking, hits=hits)


def scored(values, *, text="made up?"):
    judgement = Judgement("d", "a quote", 3)
    return [
        Scored(Question(f"q{number:03}", text, "lay", Filters(), (judgement,)), float(value))
        for number, value in enumerate(values)
    ]


def held(before, after):
    """Hold values against others of the same questions."""
    return compare(scored(after), baseline_of(scored(before), HERE, recipe={}), recipe={})


@pytest.mark.parametrize(
    ("fallen", "fall", "risen", "passed"),
    [
        (5, 1.0, 0, False),  # the fall the gate must not miss
        (4, 1.0, 0, False),  # no test is sure, but the mean fell too far
        (5, 1.0, 1, False),
        (5, 0.4, 0, False),  # small, and all one way
        (4, 0.4, 0, True),  # small, and it may be chance
        (5, 0.1, 0, True),  # five all one way, but nobody would notice
        (12, 0.3, 10, True),
        (0, 0.0, 9, True),
        (0, 0.0, 0, True),
    ],
)
def test_the_gate_fails_what_fell_far_or_surely(fallen, fall, risen, passed):
    """Of 170 questions some fall and others rise by as much, from a middling value."""
    before = np.full(170, 1.0)
    after = before.copy()
    after[:fallen] -= fall
    before[170 - risen :] -= fall or 0.5
    verdict = held(before, after)
    assert verdict.passed is passed
    assert {change.query_id for change in verdict.worse} == {f"q{n:03}" for n in range(fallen)}
    shown = "\n".join(verdict.lines())
    assert shown.count(f"1.000 -> {1 - fall:.3f}  lay: made up?") >= fallen
    assert all(change.query_id in shown for change in verdict.worse)


def test_the_test_is_one_sided():
    """Five of five down have p = 1/32; five of five up have all but that."""
    assert held([1] * 5, [0] * 5).p == pytest.approx(1 / 32)
    assert held([0] * 5, [1] * 5).p == pytest.approx(1 - 1 / 32)
    assert held([1] * 5, [1] * 5).p == 1


def test_only_the_same_questions_are_compared_and_others_are_named():
    """A new wording, a new question and one that is gone have no part in the means."""
    baseline = baseline_of(scored([1, 1, 1, 1]), HERE, recipe={"chunker": 1, "schema": 1})
    now = scored([1, 1, 1])
    now[2] = scored([0, 0, 0], text="put otherwise?")[2]
    now.append(scored([0] * 8)[7])
    verdict = compare(now, baseline, recipe={"chunker": 2, "schema": 1})
    assert verdict.passed
    assert (verdict.compared, verdict.before, verdict.after) == (2, 1, 1)
    assert verdict.added == ("q007",)
    assert verdict.removed == ("q003",)
    assert verdict.reworded == ("q002",)
    assert verdict.recipe == ("chunker",)
    assert all(name in "\n".join(verdict.lines()) for name in ("q007", "q003", "q002", "chunker"))


def test_a_gate_that_can_compare_little_is_blind_and_fails():
    """Rewording every question is no way through it."""
    baseline = baseline_of(scored([1] * 9), HERE, recipe={})
    verdict = compare(scored([1] * 9, text="put otherwise?"), baseline, recipe={})
    assert not verdict.passed
    assert "--save-baseline" in verdict.reason


def test_a_baseline_is_read_as_it_was_saved_and_profiles_have_their_own(tmp_path):
    """Saving one profile leaves the other as it was."""
    path = tmp_path / "new" / "baseline.json"
    fast = baseline_of(scored([1, 0.123456789]), HERE, recipe={"embedder": {"name": "made-up"}})
    best = baseline_of(scored([0.5]), HERE, recipe={})
    save_baseline(path, "fast", fast)
    save_baseline(path, "best", best)
    assert read_baselines(path) == {"fast": fast, "best": best}
    same = compare(scored([1, 0.123456789]), read_baselines(path)["fast"], recipe=fast.recipe)
    assert (same.worse, same.better, same.recipe) == ((), (), ())


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"profiles": {"fast": {"questions": {}}}}'])
def test_a_broken_baseline_is_an_error(tmp_path, text):
    """A gate does not pass because its baseline cannot be read."""
    (tmp_path / "baseline.json").write_text(text)
    with pytest.raises(BaselineError, match=r"baseline\.json"):
        read_baselines(tmp_path / "baseline.json")


def made_up(folder, *, wrong=False):
    """Write a corpus and a question to each of its trials by id; wrong: judged in another."""
    write_corpus(folder / "corpus", 8)
    (folder / "q.jsonl").write_text(
        "\n".join(
            question_line(
                Question(
                    query_id=f"q{number}",
                    text=f"NCT9{number:07d}: an invented study, number {number}",
                    kind="id",
                    filters=Filters(),
                    judgements=(
                        Judgement(
                            f"clinicaltrials:NCT9{(number + wrong) % 8:07d}",
                            f"An invented study, number {(number + wrong) % 8}",
                            3,
                        ),
                    ),
                )
            )
            for number in range(8)
        )
    )
    return GoldenSettings(
        questions=folder / "q.jsonl",
        corpus=(folder / "corpus",),
        build=BuildSettings(folder / "runs" / "index", ChunkSize(64, 8), keep=1, prune=True),
        profile="fast",
        baseline=folder / "baseline.json",
    )


def crippled(settings, embedder, ladder):
    """Run the questions through a searcher that ranks back to front."""
    live = LiveIndex.open(settings.build.index_dir, embedder.recipe)
    try:
        searcher = BackToFront(live, embedder, ladder)
        judged = resolve(read_questions(settings.questions, ladder), searcher.document)
        answered = ask(judged, searcher, profile=settings.profile, progress=quiet)
        with live.lease() as snapshot:
            origin = origin_of(snapshot.manifest, settings.profile, HERE)
    finally:
        live.close()
    return report_on(answered, origin, settings, baseline=held_against(settings))


def test_a_run_passes_its_own_baseline_and_a_crippled_searcher_does_not(tmp_path, ladder):
    """The same questions, index and embedder, ranked back to front, fail by name."""
    settings, embedder = made_up(tmp_path), HashingEmbedder()

    def run(settings):
        return run_golden(settings, Models(embedder, ladder), provenance=HERE, progress=quiet)

    assert isinstance(run(settings).gate, NotCompared)
    assert isinstance(run(replace(settings, save=True)).gate, NotCompared)
    assert run(settings).passed
    report = crippled(settings, embedder, ladder)
    assert not report.passed
    assert report.gate.worse
    shown = report.table()
    assert all(change.query_id in shown for change in report.gate.worse)


def test_a_failed_gate_is_exit_code_1_and_names_the_questions(tmp_path, capsys):
    """`python -m eval golden` says which questions fell, from what to what."""
    settings = made_up(tmp_path, wrong=True)
    command = ["golden", "--questions", str(settings.questions), "--profile", "fast"]
    command += ["--corpus", str(*settings.corpus), "--index-cache", str(tmp_path / "cache")]
    assert main([*command, "--save-baseline"]) == 0
    stored = json.loads(settings.baseline.read_text())
    for question in stored["profiles"]["fast"]["questions"].values():
        question["value"] = 1.0
    settings.baseline.write_text(json.dumps(stored))
    capsys.readouterr()
    assert main([*command, "--json"]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed["passed"] is printed["gate"]["passed"] is False
    assert printed["gate"]["worse"]
    for change in printed["gate"]["worse"]:
        assert change["before"] == 1
        assert change["after"] == pytest.approx(
            printed["per_query"][change["query_id"]]["nDCG@10"], abs=1e-4
        )


def test_a_baseline_that_is_named_must_exist(tmp_path, capsys):
    """A gate told to use a baseline does not pass without it."""
    settings = made_up(tmp_path)
    command = ["golden", "--questions", str(settings.questions), "--profile", "fast"]
    command += ["--corpus", str(*settings.corpus), "--index-cache", str(tmp_path / "cache")]
    assert main([*command, "--baseline", str(tmp_path / "none.json")]) == 1
    assert "none.json" in capsys.readouterr().err


@pytest.fixture(scope="module")
def golden_set(tmp_path_factory, seeds):
    """The golden set over the sample corpus, in an index of its own."""
    folder = tmp_path_factory.mktemp("golden")
    return GoldenSettings(
        questions=GOLDEN / "questions.jsonl",
        corpus=(seeds / "digests", seeds / "records"),
        build=BuildSettings(folder / "index", ChunkSize(256, 32), keep=1),
        profile="fast",
        baseline=GOLDEN / "baseline.json",
        required=True,
    )


def test_the_golden_set_is_no_worse_than_its_baseline(golden_set, bundled_embedder, ladder):
    """With the bundled embedder over the sample corpus; a failure names the questions."""
    report = run_golden(
        golden_set, Models(bundled_embedder, ladder), provenance=HERE, progress=quiet
    )
    assert not isinstance(report.gate, NotCompared), report.table()
    assert report.passed, report.table()
    broken = crippled(golden_set, bundled_embedder, ladder)
    assert not broken.passed
    shown = broken.table()
    assert all(change.query_id in shown for change in broken.gate.worse)
