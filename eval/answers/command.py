"""The command ``answers``: its arguments, and what it calls."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from eval.judged_commands import SEEDS, add_questions
from eval.natural.form import is_natural

if TYPE_CHECKING:
    from eval.answers.report import AnswersReport
    from eval.natural.grade import GradeReport
    from indexer.changes import ReadFile
    from retrieval.settings import Settings


def add_answers(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``answers``."""
    add_questions(parser)
    parser.add_argument(
        "--index",
        type=Path,
        metavar="DIR",
        help="index to ask, as it is (one of --corpus is built where this is not given)",
    )
    parser.add_argument(
        "--records",
        type=Path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="the raw records behind the index: questions without an answer, counts and lists "
        "are made of them (none; the sample corpus's with its own questions)",
    )
    parser.add_argument(
        "--scifact", type=Path, metavar="DIR", help="ask SciFact's claims instead of all else"
    )
    parser.add_argument(
        "--each", type=int, default=40, metavar="N", help="made questions of a kind (%(default)s)"
    )
    parser.add_argument(
        "--sample", type=int, default=0, metavar="N", help="judged questions or claims; 0: all"
    )
    parser.add_argument("--seed", type=int, default=0, help="chooses wordings (%(default)s)")
    parser.add_argument(
        "--profile", choices=("fast", "best"), default="best", help="fast does without the reranker"
    )
    parser.add_argument(
        "--index-cache",
        type=Path,
        default=Path("runs/answers"),
        metavar="DIR",
        help="where indexes that are built stay (%(default)s)",
    )
    parser.add_argument(
        "--failures", type=Path, metavar="FILE", help="write every wrong answer there, one a line"
    )
    parser.add_argument(
        "--floor",
        type=float,
        metavar="SHARE",
        help="of natural questions: exit 1 where fewer are answered right",
    )
    parser.add_argument(
        "--save-baseline",
        action="store_true",
        help="store this run in answers.json beside the questions, for later ones to be held to",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_answers_command(
    options: argparse.Namespace, settings: Settings
) -> AnswersReport | GradeReport:
    """Ask, check and report; judged questions are held against the stored run."""
    if not options.scifact and is_natural(options.questions):
        return _natural(options, settings)
    report = _scifact(options, settings) if options.scifact else _records(options, settings)
    if options.failures:
        report.write_failures(options.failures)
    return report


def _records(options: argparse.Namespace, settings: Settings) -> AnswersReport:
    from eval.answers.evaluate import Asking, run_answers
    from eval.answers.gate import hold_against, save
    from eval.golden.questions import read_questions
    from eval.models import load_models
    from eval.provenance import provenance
    from indexer.progress import progress_bars
    from indexer.readers import read_file

    models = load_models(settings, options.profile)
    golden = options.questions.is_relative_to(SEEDS) and options.index is None
    records = tuple(options.records) or ((SEEDS / "records",) if golden else ())
    asking = Asking(options.questions, records, options.each, options.sample, options.seed)
    index_dir = options.index or _built(options, settings, options.corpus, read_file)
    with progress_bars() as progress:
        report = run_answers(asking, models, index_dir, progress=progress)
    questions = read_questions(options.questions, models.ladder)
    baseline = options.questions.with_name("answers.json")
    checked, profile = report.checked, options.profile
    if not options.save_baseline:
        return report.against(hold_against(checked, questions, baseline, profile=profile))
    origin = provenance(sys.argv[1:])
    return report.against(save(checked, questions, baseline, profile=profile, provenance=origin))


def _natural(options: argparse.Namespace, settings: Settings) -> GradeReport:
    """Ask natural questions with verified answers, and grade what comes."""
    from eval.answers.evaluate import answering
    from eval.models import load_models
    from eval.natural.grade import grade_all
    from eval.natural.questions import read_questions
    from indexer.progress import progress_bars
    from indexer.readers import read_file

    questions = read_questions([options.questions])
    models = load_models(settings, options.profile)
    index_dir = options.index or _built(options, settings, options.corpus, read_file)
    with progress_bars() as progress, answering(models, index_dir) as (answerer, _):
        report = grade_all(
            questions, answerer, models.ladder, progress=progress, floor=options.floor
        )
    if options.failures:
        report.write_failures(options.failures)
    return report


def _scifact(options: argparse.Namespace, settings: Settings) -> AnswersReport:
    from eval.answers.scifact import claim_cases, run_claims
    from eval.collections.collection import find_file, read_corpus
    from eval.models import load_models
    from indexer.progress import progress_bars

    cases = claim_cases(options.scifact, sample=options.sample)
    corpus = find_file(options.scifact, "corpus.jsonl")
    models = load_models(settings, options.profile)
    index_dir = options.index or _built(options, settings, [corpus], read_corpus)
    with progress_bars() as progress:
        return run_claims(cases, models, index_dir, progress=progress)


def _built(
    options: argparse.Namespace, settings: Settings, corpus: list[Path], read: ReadFile
) -> Path:
    """Return the index of a corpus, brought up to date."""
    from eval.judged_commands import building, index_folder
    from eval.models import load_models
    from indexer.build import build
    from indexer.progress import progress_bars

    index_dir: Path = options.index_cache / index_folder(*corpus) / "index"
    models = load_models(settings, "fast")
    with progress_bars() as progress:
        build(
            corpus,
            building(settings, index_dir, read),
            embedder=models.embedder,
            ladder=models.ladder,
            progress=progress,
        )
    return index_dir
