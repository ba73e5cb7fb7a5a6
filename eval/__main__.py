"""The evaluation command line.

``beir`` measures retrieval on a test collection, ``compare`` holds one run against another,
``golden`` asks judged questions and is the regression gate, ``answers`` checks what is
answered, ``nli4ct`` looks for evidence within trials, ``ablation`` leaves out one part after
the other, ``train`` learns what reads records, ``bench`` measures speed: as ratios within one
run, because machines differ and are shared. Progress, notes and errors go to stderr.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.ablation.command import add_ablation, run_ablation_command
from eval.answers.command import add_answers, run_answers_command
from eval.commands import add_beir, add_compare, run_beir_command, run_compare_command
from eval.judged_commands import (
    add_golden,
    add_nli4ct,
    run_golden_command,
    run_nli4ct_command,
)
from eval.natural.command import add_train, run_train_command

if TYPE_CHECKING:
    from eval.bench import BenchReport
    from eval.collections.beir import BeirReport
    from eval.compare import Comparison
    from eval.generated.generator import GeneratorReport
    from eval.judging.report import ExportReport, PoolReport
    from retrieval.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code."""
    options = _parser().parse_args(arguments)
    # Heavy imports come after parsing, so that --help is instant.
    from retrieval.errors import PeptideSearchError
    from retrieval.settings import load_settings

    try:
        report = options.run(options, load_settings())
    except PeptideSearchError as error:
        if options.json:
            print(json.dumps({"error": type(error).__name__, "detail": str(error)}))
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(report.values()))
    else:
        print(report.markdown() if getattr(options, "markdown", False) else report.table())
    return 0 if getattr(report, "passed", True) else 1  # only a gate can fail


def _beir(options: argparse.Namespace, settings: Settings) -> BeirReport:
    report = run_beir_command(options, settings)
    _tell(report.notes)
    return report


def _compare(options: argparse.Namespace, settings: Settings) -> Comparison:
    comparison = run_compare_command(options, settings)
    _tell(comparison.notes)
    return comparison


def _tell(notes: tuple[str, ...]) -> None:
    for note in notes:
        print(f"note: {note}", file=sys.stderr)


def _pool(options: argparse.Namespace, settings: Settings) -> PoolReport | ExportReport:
    from eval.judging.export import export
    from eval.judging.pool import pool

    index_dir = options.index or settings.index_dir
    if options.qrels is None:
        return pool(index_dir, options.out, depth=options.depth)
    files = options.judged or [path for path in (options.out,) if path.exists()]
    return export(index_dir, options.qrels, files=files)


def _bench(options: argparse.Namespace, settings: Settings) -> BenchReport:
    from eval.bench import run_bench

    return run_bench(options.data, options.work, documents=options.documents, settings=settings)


def _generate(options: argparse.Namespace, settings: Settings) -> GeneratorReport:
    from eval.generated.generator import GeneratorOptions, run_generator
    from indexer.progress import progress_bars
    from retrieval.language.compounds import load_ladder

    with progress_bars() as progress:
        return run_generator(
            options.paths,
            options.out,
            GeneratorOptions(options.seed, options.sample, options.per_trial),
            ladder=load_ladder(),
            progress=progress,
        )


def _positive(text: str) -> int:
    """Read a whole number from 1 up, as argparse's ``type``."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not 1 or more")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        name: str,
        told: str,
        run: Callable[..., object],
        add: Callable[[argparse.ArgumentParser], None],
        **more: Any,  # noqa: ANN401 - as `add_parser` takes them
    ) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=told, **more)
        add(made)
        made.set_defaults(run=run)
        return made

    command("beir", "retrieval quality on a test collection", _beir, add_beir)
    command("compare", "two run files, query by query", _compare, add_compare)
    made = command(
        "generate", "questions with exact answers from trial records", _generate, _add_generate
    )
    made.add_argument("--json", action="store_true", help="print one JSON object")
    command("golden", "judged questions, and the regression gate", run_golden_command, add_golden)
    command(
        "answers",
        "answers: quotes, numbers, abstentions, counts; or natural questions, graded",
        run_answers_command,
        add_answers,
    )
    command(
        "nli4ct", "evidence for statements, found within trials", run_nli4ct_command, add_nli4ct
    )
    command(
        "ablation",
        "quality and speed with and without each part, beside plain indexes",
        run_ablation_command,
        add_ablation,
    )
    command(
        "train",
        "learn from natural questions which lines of a record answer",
        run_train_command,
        add_train,
    )
    command(
        "pool",
        "a judging file from the query log; judgements from verdicts",
        _pool,
        _add_pool,
        description="Write a judging file from the query log and readers' verdicts; with --qrels, "
        "turn verdicts and the grades of judging files into a test collection.",
    )
    made = command("bench", "speed of indexing, search and server start", _bench, _add_bench)
    made.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _add_generate(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "paths", type=Path, nargs="+", metavar="PATH", help="files and folders of trial records"
    )
    command.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="gets questions.jsonl"
    )
    command.add_argument(
        "--sample", type=_positive, metavar="N", help="questions in all, of every kind in turn"
    )
    command.add_argument(
        "--per-trial", type=_positive, metavar="M", help="questions of one trial at most"
    )
    command.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="S",
        help="chooses wordings and samples (%(default)s)",
    )


def _add_pool(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--index", type=Path, metavar="DIR", help="folder of the index (INDEX_DIR, or ./index)"
    )
    command.add_argument(
        "--out",
        type=Path,
        default=Path("runs/judging.jsonl"),
        metavar="FILE",
        help="the judging file, .jsonl or .tsv (%(default)s); grades in it stay",
    )
    command.add_argument(
        "--depth",
        type=int,
        default=10,
        choices=range(1, 11),
        metavar="N",
        help="hits taken of each search, 1 to 10 (%(default)s)",
    )
    command.add_argument(
        "--qrels", type=Path, metavar="DIR", help="gets qrels.tsv, queries.jsonl, questions.jsonl"
    )
    command.add_argument(
        "--judged",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="judging files whose grades count, with --qrels (the one of --out)",
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_pool)


def _add_bench(bench: argparse.ArgumentParser) -> None:
    bench.add_argument(
        "--data",
        type=Path,
        default=Path("../shared/data"),
        metavar="DIR",
        help="folder with trial-records/ and trial-descriptions/",
    )
    bench.add_argument(
        "--work", type=Path, default=Path("runs/bench"), metavar="DIR", help="where indexes stay"
    )
    bench.add_argument(
        "--documents", type=int, default=20_000, help="size of the corpus that is searched"
    )


if __name__ == "__main__":
    sys.exit(main())
