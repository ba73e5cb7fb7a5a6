"""`python -m search_api`: serve, or `ask` one question in the terminal."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.settings import Settings

# Bytes of a request's head: 10,000 characters of any script, percent-encoded, and filters.
MAX_HEAD = 256 << 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; errors are one line on stderr."""
    options = parser().parse_args(arguments)

    from retrieval.errors import PeptideSearchError

    try:
        return int(options.run(options))
    except PeptideSearchError as error:
        if getattr(options, "json", False):
            told = {"error": type(error).__name__, "detail": str(error)}
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        sys.stderr.write(f"error: {error}\n")
        return 1
    except BrokenPipeError:
        # The reader left (`| head`); a second complaint when stdout is flushed helps nobody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    serving = argparse.ArgumentParser(
        prog="python -m search_api",
        description="Serve search over HTTP, or ask one question in the terminal.",
    )
    _add_index(serving)
    serving.add_argument("--host", default="127.0.0.1", help="address to bind (%(default)s)")
    serving.add_argument("--port", type=_port, default=8000, help="port to bind (%(default)s)")
    serving.set_defaults(run=_serve)
    commands = serving.add_subparsers(title="commands", metavar="COMMAND")
    asking = commands.add_parser(
        "ask",
        help="one question, answered in the terminal",
        description="Print the answer with its sources, and the ranked passages under it.",
    )
    asking.add_argument("question", metavar="QUESTION")
    asking.add_argument("-k", type=int, default=10, metavar="K", help="trials (%(default)s)")
    asking.add_argument(
        "--json",
        action="store_true",
        help="print one object: what POST /v1/answer and /v1/search tell",
    )
    asking.add_argument(
        "--explain",
        action="store_true",
        help="print first which rule read which words, and what was left",
    )
    _add_index(asking)
    asking.set_defaults(run=_ask)
    mcp = commands.add_parser(
        "mcp",
        help="the MCP server on stdin and stdout, for a language model's client",
        description="Serve the tools search, get_document, answer and safety_table over MCP on "
        "stdin and stdout. The HTTP server has the same at /mcp.",
    )
    _add_index(mcp)
    mcp.set_defaults(run=_mcp)
    return serving


def _add_index(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--index",
        type=Path,
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="folder of the index (INDEX_DIR, or ./index)",
    )


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{port} is not a port: give 0 to 65535")
    return port


def _settings(options: argparse.Namespace) -> Settings:
    from retrieval.settings import load_settings

    settings = load_settings()
    index = getattr(options, "index", None)
    return settings.model_copy(update={"index_dir": index}) if index else settings


def _serve(options: argparse.Namespace) -> int:
    settings = _settings(options)
    # Bound before the models load: a port in use is told at once, early callers wait.
    listener = _listen(options.host, options.port)

    import uvicorn

    from retrieval.index.judging import FOLDER
    from search_api.http.app import create_app

    logging = deepcopy(uvicorn.config.LOGGING_CONFIG)
    logging["handlers"]["access"]["stream"] = "ext://sys.stderr"  # stdout is for answers
    config = uvicorn.Config(
        create_app(settings),
        http="h11",  # the one whose limit on a request's head can be set
        h11_max_incomplete_event_size=MAX_HEAD,
        log_config=logging,
    )
    host, port = listener.getsockname()[:2]
    sys.stderr.write(f"loading; then serving http://{_in_url(host)}:{port} until Ctrl-C\n")
    if settings.query_log:
        kept = settings.index_dir / FOLDER
        sys.stderr.write(f"searches are logged in {kept}; QUERY_LOG=false keeps none\n")
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):  # the way a person stops it
        server.run(sockets=[listener])
    return 0 if server.started else 1


def _listen(host: str, port: int) -> socket.socket:
    from retrieval.errors import SettingsError

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(
            f"cannot listen on {host} port {port}: {reason}; try another --port or --host"
        ) from None
    return listener


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _ask(options: argparse.Namespace) -> int:
    from search_api.terminal.ask import Shown, ask

    shown = Shown(as_json=options.json, explain=options.explain)
    ask(options.question, k=options.k, shown=shown, settings=_settings(options))
    return 0


def _mcp(options: argparse.Namespace) -> int:
    from retrieval.index.judging import Judging
    from search_api.gate import Gate, opener
    from search_api.mcp.server import serve_stdio
    from search_api.mcp.tools import Toolbox

    settings = _settings(options)
    judging = Judging(settings.index_dir, log_queries=settings.query_log)
    serve_stdio(Toolbox(Gate(opener(settings, warm=True)), judging))
    return 0


if __name__ == "__main__":
    sys.exit(main())
