"""The commands ``beir`` and ``compare``: their arguments, and what they call."""

from __future__ import annotations

import argparse
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eval.collections.beir import BeirReport
    from eval.compare import Comparison
    from eval.report.write import Subject
    from retrieval.settings import Settings


def add_beir(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``beir``."""
    parser.add_argument(
        "folder",
        type=Path,
        metavar="DIR",
        help="folder with corpus.jsonl, queries.jsonl and qrels.tsv or qrels/test.tsv (or .gz)",
    )
    parser.add_argument(
        "--index-cache",
        type=Path,
        default=Path("runs/beir"),
        metavar="DIR",
        help="where indexes and run files stay (%(default)s)",
    )
    parser.add_argument(
        "--profile",
        choices=("fast", "best"),
        default="best",
        help="fast does without the reranker (%(default)s)",
    )
    parser.add_argument("--qrels", type=Path, metavar="FILE", help="judgements to use instead")
    parser.add_argument(
        "--run",
        dest="run_file",
        type=Path,
        metavar="FILE",
        help="run file to write (beside the index, named after the profile)",
    )
    parser.add_argument(
        "--baseline", type=Path, metavar="RUN", help="run file to compare with, query by query"
    )
    _add_output(parser)


def add_compare(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``compare``."""
    parser.add_argument("run_a", type=Path, metavar="RUN_A", help="TREC run file, also .gz")
    parser.add_argument("run_b", type=Path, metavar="RUN_B", help="the run that is held against it")
    parser.add_argument(
        "--qrels",
        type=Path,
        required=True,
        metavar="FILE",
        help="judgements, in BEIR or TREC form; a collection beside them gives a report its texts",
    )
    _add_output(parser)


def run_beir_command(options: argparse.Namespace, settings: Settings) -> BeirReport:
    """Measure a test collection, and write the report if one is asked for."""
    from eval.collections.beir import BeirTask, run_beir
    from eval.collections.collection import read_corpus
    from eval.models import load_models
    from eval.report.subjects import beir_subject
    from indexer.build import BuildSettings
    from indexer.chunking import ChunkSize
    from indexer.progress import progress_bars

    folder = options.folder.resolve()
    with progress_bars() as progress:
        report = run_beir(
            BeirTask(folder, options.profile, options.qrels, options.run_file, options.baseline),
            BuildSettings(
                index_dir=options.index_cache / index_name(folder),
                size=ChunkSize(settings.chunk_tokens, settings.chunk_overlap),
                keep=1,
                prune=True,
                read=read_corpus,
            ),
            load_models(settings, options.profile),
            progress=progress,
        )
    if options.report:
        in_force = settings.model_dump(mode="json", exclude={"index_dir", "index_keep"})
        _write(beir_subject(report, in_force), options.report)
    return report


def index_name(folder: Path) -> str:
    """Return the name of the index of a collection's folder, the same wherever it is named."""
    folder = folder.resolve()
    return f"{folder.name}-{sha256(str(folder).encode()).hexdigest()[:8]}"


def run_compare_command(options: argparse.Namespace, settings: Settings) -> Comparison:
    """Compare two run files, and write the report if one is asked for."""
    from eval.collections.qrels import read_qrels
    from eval.compare import Side, compare
    from eval.report.subjects import comparison_subject
    from eval.runs import read_run

    qrels = read_qrels(options.qrels)
    a, b = (Side(str(path), read_run(path)) for path in (options.run_a, options.run_b))
    comparison = compare(qrels, a, b)
    if options.report:
        subject = comparison_subject(comparison, a, b, qrels=qrels, judgements=options.qrels)
        _write(subject, options.report)
    return comparison


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--report", type=Path, metavar="DIR", help="write report.html and report.json there"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _write(subject: Subject, folder: Path) -> None:
    from eval.provenance import provenance
    from eval.report.write import report_on, write_report

    write_report(report_on(subject, provenance(sys.argv[1:])), folder)
