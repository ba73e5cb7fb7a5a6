"""The indexer's command line: build, status, quarantine, doctor, rollback.

Progress and errors go to stderr; ``--json`` prints one JSON object on stdout. Exit 0; 3 when
something was quarantined and the rest is live; 1 when nothing was built; 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code."""
    options = _parser().parse_args(arguments)
    # Heavy imports come after parsing, so that --help is instant.
    from indexer import commands
    from retrieval.errors import PeptideSearchError
    from retrieval.settings import load_settings

    command: Callable[..., commands.Outcome] = getattr(commands, options.command)
    try:
        settings = load_settings()
        if options.index is not None:
            settings = settings.model_copy(update={"index_dir": options.index})
        outcome = command(settings, options)
    except PeptideSearchError as error:
        if options.json:
            print(json.dumps({"error": type(error).__name__, "detail": str(error)}))
        print(f"error: {error}", file=sys.stderr)
        return commands.FAILED
    except KeyboardInterrupt:
        print("stopped; the live snapshot is as it was", file=sys.stderr)
        return 130
    try:
        print(json.dumps(outcome.values) if options.json else outcome.text, flush=True)
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return outcome.code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m indexer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--index", type=Path, metavar="DIR", help="index folder (INDEX_DIR)")
    shared.add_argument("--json", action="store_true", help="print one JSON object")

    build = commands.add_parser("build", parents=[shared], help="bring the index up to date")
    build.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files and folders")
    build.add_argument("--prune", action="store_true", help="remove documents whose file is gone")
    commands.add_parser("status", parents=[shared], help="what is live, and by which recipe")
    quarantine = commands.add_parser(
        "quarantine", parents=[shared], help="list what could not be read"
    )
    quarantine.add_argument("--retry", action="store_true", help="read those files again")
    doctor = commands.add_parser(
        "doctor", parents=[shared], help="check files and recall, and repair what can be"
    )
    doctor.add_argument("--dry-run", action="store_true", help="only look")
    commands.add_parser("rollback", parents=[shared], help="make the previous snapshot live")
    return parser


if __name__ == "__main__":
    sys.exit(main())
