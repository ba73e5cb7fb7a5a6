"""The evaluation command line.

``beir`` measures retrieval on a test collection, ``bench`` speed: as ratios within one run,
because machines differ and are shared. Progress and errors go to stderr.
"""

from __future__ import annotations

import argparse
import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eval.beir import BeirReport
    from eval.bench import BenchReport
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
    print(json.dumps(report.values()) if options.json else report.table())
    return 0


def _beir(options: argparse.Namespace, settings: Settings) -> BeirReport:
    from eval.beir import run_beir
    from eval.collections import read_corpus
    from indexer.build import BuildSettings
    from indexer.chunking import ChunkSize
    from indexer.progress import progress_bars
    from retrieval.compounds import load_ladder
    from retrieval.models import load_embedder

    folder = options.folder.resolve()
    name = f"{folder.name}-{sha256(str(folder).encode()).hexdigest()[:8]}"
    with progress_bars() as progress:
        return run_beir(
            folder,
            BuildSettings(
                index_dir=options.index_cache / name,
                size=ChunkSize(settings.chunk_tokens, settings.chunk_overlap),
                keep=1,
                read=read_corpus,
            ),
            embedder=load_embedder(settings.embedding_model, threads=settings.embedding_threads),
            ladder=load_ladder(),
            progress=progress,
        )


def _bench(options: argparse.Namespace, settings: Settings) -> BenchReport:
    from eval.bench import run_bench

    return run_bench(options.data, options.work, documents=options.documents, settings=settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    beir = commands.add_parser("beir", help="retrieval quality on a test collection")
    beir.add_argument(
        "folder",
        type=Path,
        metavar="DIR",
        help="folder with corpus.jsonl, queries.jsonl (or .gz) and qrels.tsv",
    )
    beir.add_argument(
        "--index-cache",
        type=Path,
        default=Path("runs/beir"),
        metavar="DIR",
        help="where indexes and run files stay (%(default)s)",
    )
    beir.set_defaults(run=_beir)
    bench = commands.add_parser("bench", help="speed of indexing, search and server start")
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
    bench.set_defaults(run=_bench)
    for command in (beir, bench):
        command.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
