"""The command ``ablation``: its arguments, and what it calls."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from eval.judged_commands import add_questions

if TYPE_CHECKING:
    from eval.ablation.report import AblationReport
    from retrieval.settings import Settings


def add_ablation(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``ablation``."""
    parser.add_argument(
        "--beir",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="test collections to measure beside the judged questions",
    )
    add_questions(parser)
    parser.add_argument(
        "--profile",
        choices=("fast", "best"),
        default="best",
        help="what parts are left out of; fast does without the reranker (%(default)s)",
    )
    parser.add_argument(
        "--index-cache",
        type=Path,
        default=Path("runs/beir"),
        metavar="DIR",
        help="where indexes, vectors and run files stay, those of beir among them (%(default)s)",
    )
    parser.add_argument(
        "--queries",
        type=int,
        default=0,
        metavar="N",
        help="a sample of so many of each collection, always the same",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print one table for a README")
    form.add_argument("--json", action="store_true", help="print one JSON object")


def run_ablation_command(options: argparse.Namespace, settings: Settings) -> AblationReport:
    """Measure the product, what is left of it without each part, and the plain systems."""
    from eval.ablation.evaluate import AblationTask, run_ablation
    from eval.models import load_models
    from eval.provenance import provenance
    from indexer.chunking import ChunkSize
    from indexer.progress import progress_bars

    with progress_bars() as progress:
        return run_ablation(
            AblationTask(
                questions=options.questions,
                corpus=tuple(options.corpus),
                beir=tuple(options.beir),
                profile=options.profile,
                cache=options.index_cache,
                size=ChunkSize(settings.chunk_tokens, settings.chunk_overlap),
                sample=options.queries,
            ),
            load_models(settings, options.profile),
            settings=settings.model_dump(mode="json", exclude={"index_dir", "index_keep"}),
            provenance=provenance(sys.argv[1:]),
            progress=progress,
        )
