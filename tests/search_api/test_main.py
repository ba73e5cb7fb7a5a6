"""The command line: `ask`, and what is told before a server starts."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from retrieval.settings import Settings
from search_api.__main__ import main
from search_api.http.app import create_app
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "search_api"]


def test_a_pipe_gets_plain_text(bundled_index: Path) -> None:
    """`ask` into a pipe writes no colour codes and no padding, and nothing on stderr."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"FORCE_COLOR", "TTY_COMPATIBLE"}
    }
    run = subprocess.run(
        [*COMMAND, "ask", "thymosin safety data", "--index", str(bundled_index)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert run.stdout.startswith("thymosin safety data\n")
    assert "sha256:" in run.stdout
    assert "\x1b" not in run.stdout
    assert not any(line.endswith(" ") for line in run.stdout.splitlines())
    assert run.stderr == ""


def test_ask_in_json_is_all_that_the_api_tells(
    bundled_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`ask --json` prints one object: all of `POST /v1/answer`, and all of `POST /v1/search`."""
    arguments = ["ask", "thymosin safety data", "-k", "1", "--json", "--index", str(bundled_index)]
    assert main(arguments) == 0
    asked = json.loads(capsys.readouterr().out)
    with TestClient(create_app(Settings(index_dir=bundled_index, _env_file=None))) as client:
        question = {"question": "thymosin safety data", "k": 1}
        answered = client.post("/v1/answer", json=question).json()
        searched = client.post("/v1/search", json={"query": "thymosin safety data", "k": 1}).json()
    assert asked | {"took_ms": 0} == searched | answered | {"took_ms": 0}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ask", "?!"], "no letter and no digit"),
        (["ask", "thymosin", "-k", "0"], "k is 0"),
        (["ask", "a" * 10_001], "10,001 characters"),
        (["ask", "thymosin \udcff"], "surrogate"),
    ],
)
def test_a_bad_question_is_one_line(
    bundled_index: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    """What cannot be asked is one line on stderr, exit 1, and with --json one object."""
    assert main([*arguments, "--json", "--index", str(bundled_index)]) == 1
    captured = capsys.readouterr()
    error = json.loads(captured.out)
    assert set(error) == {"error", "detail"}
    assert captured.err == f"error: {error['detail']}\n"
    assert told in captured.err


def test_a_missing_index_names_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without an index, `ask` says how to make one."""
    assert main(["ask", "thymosin", "--index", str(tmp_path / "none")]) == 1
    assert "python -m indexer build" in capsys.readouterr().err


def test_a_port_in_use_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A port that another server holds is one line and exit 1, before any model is loaded."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port), "--index", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"error: cannot listen on 127.0.0.1 port {port}: ")
    assert told.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--port", "x"], ["--port", "65536"], ["ask"], ["tell"]])
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    """What the command line cannot parse is a usage error."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


def test_help_loads_no_library() -> None:
    """`--help` answers before anything heavy is imported."""
    code = (
        "import sys\nfrom search_api.__main__ import main\n"
        "try:\n    main(['ask', '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'fastapi', 'pydantic', 'rich', 'numpy', 'chromadb', 'torch'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
