"""The evaluation command line.

``bench`` measures speed: ratios within one run, because machines differ and are shared.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code."""
    options = _parser().parse_args(arguments)
    # Heavy imports come after parsing, so that --help is instant.
    from eval.bench import run_bench
    from retrieval.errors import PeptideSearchError

    try:
        report = run_bench(options.data, options.work, documents=options.documents)
    except PeptideSearchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report.values()) if options.json else report.table())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
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
    bench.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
