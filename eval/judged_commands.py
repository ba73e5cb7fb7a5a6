"""The commands ``golden`` and ``nli4ct``: their arguments, and what they call."""

from __future__ import annotations

import argparse
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eval.collections.nli4ct import Nli4ctReport
    from eval.golden.report import GoldenReport
    from indexer.build import BuildSettings
    from indexer.changes import ReadFile
    from retrieval.settings import Settings

SEEDS = Path(__file__).resolve().parents[1] / "seeds"


def add_questions(parser: argparse.ArgumentParser) -> None:
    """Add what is asked, and of which files; the golden set unless told otherwise."""
    parser.add_argument(
        "--questions",
        type=Path,
        default=SEEDS / "golden" / "questions.jsonl",
        metavar="FILE",
        help="judged questions (those of the sample corpus)",
    )
    parser.add_argument(
        "--corpus",
        type=Path,
        nargs="+",
        default=[SEEDS / "digests", SEEDS / "records"],
        metavar="PATH",
        help="files and folders that are searched (the sample corpus)",
    )


def add_golden(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``golden``."""
    add_questions(parser)
    _add_common(parser, cache=Path("runs/golden"))
    parser.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE",
        help="what the run is held against (baseline.json beside the questions, if it is there)",
    )
    parser.add_argument(
        "--save-baseline", action="store_true", help="make this run the profile's baseline"
    )
    parser.add_argument(
        "--report", type=Path, metavar="DIR", help="write report.html and report.json there"
    )


def add_nli4ct(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``nli4ct``."""
    parser.add_argument(
        "folder",
        type=Path,
        metavar="DIR",
        help="folder with records.jsonl, train.json and dev.json (or .gz)",
    )
    _add_common(parser, cache=Path("runs/nli4ct"))
    parser.add_argument(
        "--split", choices=("dev", "train", "all"), default="all", help="(%(default)s)"
    )
    parser.add_argument(
        "--queries", type=int, default=0, metavar="N", help="a sample of so many, always the same"
    )


def run_golden_command(options: argparse.Namespace, settings: Settings) -> GoldenReport:
    """Ask the judged questions, and write the report if one is asked for."""
    from eval.golden.evaluate import GoldenSettings, run_golden
    from eval.golden.subject import golden_subject
    from eval.models import load_models
    from eval.provenance import provenance
    from eval.report.write import report_on, write_report
    from indexer.progress import progress_bars
    from indexer.readers import read_file

    index_dir = options.index_cache / index_folder(*options.corpus) / "index"
    origin = provenance(sys.argv[1:])
    with progress_bars() as progress:
        report = run_golden(
            GoldenSettings(
                questions=options.questions,
                corpus=tuple(options.corpus),
                build=building(settings, index_dir, read_file),
                profile=options.profile,
                baseline=options.baseline or options.questions.with_name("baseline.json"),
                required=options.baseline is not None,
                save=options.save_baseline,
            ),
            load_models(settings, options.profile),
            provenance=origin,
            progress=progress,
        )
    if options.report:
        in_force = settings.model_dump(mode="json", exclude={"index_dir", "index_keep"})
        write_report(report_on(golden_subject(report, in_force), origin), options.report)
    return report


def run_nli4ct_command(options: argparse.Namespace, settings: Settings) -> Nli4ctReport:
    """Look for the evidence of statements within their trials."""
    from eval.collections.nli4ct import Nli4ctTask, run_nli4ct
    from eval.collections.trial_statements import SPLITS, read_records
    from eval.models import load_models
    from indexer.progress import progress_bars

    folder = options.folder
    index_dir = options.index_cache / f"{folder.resolve().name}-{index_folder(folder)}"
    with progress_bars() as progress:
        return run_nli4ct(
            Nli4ctTask(folder, options.profile, SPLITS[options.split], options.queries),
            building(settings, index_dir, read_records),
            load_models(settings, options.profile),
            progress=progress,
        )


def _add_common(parser: argparse.ArgumentParser, *, cache: Path) -> None:
    parser.add_argument(
        "--index-cache",
        type=Path,
        default=cache,
        metavar="DIR",
        help="where indexes and run files stay (%(default)s)",
    )
    parser.add_argument(
        "--profile",
        choices=("fast", "best"),
        default="best",
        help="fast does without the reranker (%(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def index_folder(*paths: Path) -> str:
    """Return a name for the index of these paths."""
    return sha256("\n".join(str(path.resolve()) for path in paths).encode()).hexdigest()[:8]


def building(settings: Settings, index_dir: Path, read: ReadFile) -> BuildSettings:
    """Return the settings of a build whose index is the corpus and nothing else."""
    from indexer.build import BuildSettings
    from indexer.chunking import ChunkSize

    size = ChunkSize(settings.chunk_tokens, settings.chunk_overlap)
    return BuildSettings(index_dir, size, keep=1, prune=True, read=read)
