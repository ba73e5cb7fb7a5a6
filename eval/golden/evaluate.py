"""Judged questions through the product's own searcher: index, search, write the run, measure.

Questions that the corpus cannot answer stand apart from the measures. What counts for them is
whether the searcher tells the reader so, in the notes of its ranking or by finding nothing;
beside it stands the share of answerable questions that are wrongly told so.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.collections.beir import TAG
from eval.golden.gains import DEPTH, best_run, judged_hits, measured, qrels_of, run_of
from eval.golden.gate import (
    Baseline,
    BaselineError,
    NotCompared,
    Scored,
    baseline_of,
    compare,
    read_baselines,
    save_baseline,
)
from eval.golden.questions import JudgedQuestion, QuestionError, read_questions, resolve
from eval.golden.report import Answered, Files, GoldenReport, Origin
from eval.measures import MAIN
from eval.models import Models, Profile
from eval.provenance import Provenance
from eval.runs import Run, write_run
from indexer.build import BuildSettings, build
from indexer.changes import Progress
from retrieval.errors import BadRequest, EmptyQuery, QueryTooLong
from retrieval.index.manifest import Manifest
from retrieval.search.searcher import Searcher
from retrieval.types import Query

# The notes by which the searcher says that there is no answer here.
TOLD = frozenset(
    ("nothing_close", "trial_missing", "compound_missing", "unsaid", "filters_not_applied")
)


@dataclass(frozen=True, slots=True)
class GoldenSettings:
    """What is asked, of which files, and what the run is held against.

    ``baseline`` may be missing unless it is ``required``. With ``save`` the run becomes the
    baseline of its profile, whatever the gate says.
    """

    questions: Path
    corpus: tuple[Path, ...]
    build: BuildSettings
    profile: Profile
    baseline: Path
    required: bool = False
    save: bool = False


def run_golden(
    settings: GoldenSettings, models: Models, *, provenance: Provenance, progress: Progress
) -> GoldenReport:
    """Bring the index up to date, ask every question, measure, and compare with the baseline.

    Raises `QuestionError`, `BaselineError`, or what a build raises.
    """
    questions = read_questions(settings.questions, models.ladder)
    baseline = held_against(settings)
    build(
        settings.corpus,
        settings.build,
        embedder=models.embedder,
        ladder=models.ladder,
        progress=progress,
    )
    with models.searcher(settings.build.index_dir) as (searcher, manifest):
        judged = resolve(questions, searcher.document)
        answered = ask(judged, searcher, profile=settings.profile, progress=progress)
    origin = origin_of(manifest, settings.profile, provenance)
    return report_on(answered, origin, settings, baseline=baseline)


def held_against(settings: GoldenSettings) -> Baseline | NotCompared:
    """Return the baseline of the profile, or why there is none to compare with.

    Raises `BaselineError` for one that cannot be read, or is required and missing.
    """
    path, profile = settings.baseline, settings.profile
    if settings.save:
        return NotCompared(f"this run is now the {profile} baseline in {path}")
    if not settings.required and not path.exists():
        return NotCompared(f"there is no {path}; --save-baseline makes it")
    baselines = read_baselines(path)
    if profile not in baselines and settings.required:
        raise BaselineError(f"{path} has no profile {profile}; --save-baseline adds it")
    if profile not in baselines:
        return NotCompared(f"{path} has no profile {profile}; --save-baseline adds it")
    return baselines[profile]


def ask(
    questions: Sequence[JudgedQuestion], searcher: Searcher, *, profile: Profile, progress: Progress
) -> tuple[Answered, ...]:
    """Ask every question and judge its hits.

    The first is asked once more beforehand, untimed: it loads models and maps files. Raises
    `QuestionError` for a question that the searcher refuses.
    """
    _answer(questions[0], searcher, profile)
    answered = []
    for done, question in enumerate(questions):
        progress("Searching", done, len(questions))
        answered.append(_answer(question, searcher, profile))
    progress("Searching", len(questions), len(questions))
    return tuple(answered)


def origin_of(manifest: Manifest, profile: Profile, provenance: Provenance) -> Origin:
    """Return what a run over a snapshot measures."""
    return Origin(profile, provenance, manifest.name, manifest.counts, asdict(manifest.recipe))


def report_on(
    answered: Iterable[Answered],
    origin: Origin,
    settings: GoldenSettings,
    *,
    baseline: Baseline | NotCompared,
) -> GoldenReport:
    """Write the run, measure it, and hold it against a baseline or save it as one."""
    items = tuple(answered)
    answerable = tuple(item for item in items if item.question.answerable)
    if not answerable:
        raise QuestionError(f"{settings.questions} has no answerable question to measure by")
    run = run_of(
        {item.question.query_id: item.hits for item in answerable}, tag=f"{TAG}-{origin.profile}"
    )
    questions = [item.judged for item in answerable]
    files = _write(run, questions, folder=settings.build.index_dir.parent, name=origin.profile)
    measures = measured(questions, run)
    scored = tuple(
        Scored(item.question, float(value))
        for item, value in zip(answerable, measures[MAIN], strict=True)
    )
    if settings.save:
        ours = baseline_of(scored, origin.provenance, recipe=origin.recipe)
        save_baseline(settings.baseline, origin.profile, ours)
    return GoldenReport(
        origin=origin,
        answered=answerable,
        unanswerable=tuple(item for item in items if not item.question.answerable),
        measures=measures,
        files=files,
        gate=(
            baseline
            if isinstance(baseline, NotCompared)
            else compare(scored, baseline, recipe=origin.recipe)
        ),
    )


def _answer(question: JudgedQuestion, searcher: Searcher, profile: Profile) -> Answered:
    asked = question.question
    query = Query(asked.text, asked.filters, k=DEPTH, rerank=profile == "best")
    started = time.perf_counter()
    try:
        ranking = searcher.search(query)
        hits, notes = ranking.hits, tuple(note.text for note in ranking.notes)
        told = not hits or any(note.kind in TOLD for note in ranking.notes)
    except EmptyQuery as error:  # it is told, and nothing is found
        hits, notes, told = (), (str(error),), True
    except (BadRequest, QueryTooLong) as error:
        raise QuestionError(f"question {asked.query_id} cannot be asked: {error}") from error
    milliseconds = 1000 * (time.perf_counter() - started)
    return Answered(question, judged_hits(question, hits), notes, told, milliseconds)


def _write(run: Run, questions: Sequence[JudgedQuestion], *, folder: Path, name: str) -> Files:
    qrels = folder / "golden.qrels"
    written = Files(
        run=str(write_run(run, folder / f"{name}.run")),
        qrels=str(qrels),
        best=str(write_run(best_run(questions), folder / "best-possible.run")),
    )
    lines = (f"{q.query_id} 0 {q.doc_id} {q.relevance}\n" for q in qrels_of(questions))
    qrels.write_text("".join(lines), encoding="utf-8")
    return written
