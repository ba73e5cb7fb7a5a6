"""The command line of `compare`: what it prints, and where."""

from __future__ import annotations

import json

import pytest

from eval.__main__ import main
from eval.runs import Run, write_run
from tests.eval.made_up import write_collection


@pytest.fixture
def runs(tmp_path):
    """Two runs of the made-up collection, as arguments."""
    folder = write_collection(tmp_path / "c")
    a = write_run(Run("a", {"q1": ("d2", "d1"), "q2": ("d2",)}), tmp_path / "a.run")
    b = write_run(Run("b", {"q1": ("d1",), "q2": ("d2",)}), tmp_path / "b.run")
    return ["compare", str(a), str(b), "--qrels", str(folder / "qrels.tsv")]


def test_figures_go_to_stdout_and_notes_to_stderr(runs, capsys):
    """With --json, one object; without, a table of the same."""
    assert main([*runs, "--json"]) == 0
    printed = capsys.readouterr()
    values = json.loads(printed.out)
    assert values["measures"]["RR@10"]["wins"] == 1
    assert "note: judged queries that neither run answers" in printed.err
    assert main(runs) == 0
    assert "+0.1667" in capsys.readouterr().out


def test_a_report_finds_texts_beside_the_judgements(runs, tmp_path, capsys):
    """Queries and titles come from the collection that the qrels belong to."""
    assert main([*runs, "--report", str(tmp_path / "report")]) == 0
    capsys.readouterr()
    values = json.loads((tmp_path / "report" / "report.json").read_text())
    assert values["best"][0]["text"] == "fever cure"
    assert values["best"][0]["sides"][1]["hits"][0]["title"] == "Fever"
    assert (tmp_path / "report" / "report.html").is_file()


@pytest.mark.parametrize(
    ("text", "kind"), [("q1 Q0 d1 1 nan t\n", "RunError"), ("x Q0 d1 1 1 t\n", "RunError")]
)
def test_a_bad_file_is_an_error_and_no_traceback(runs, tmp_path, capsys, text, kind):
    """Exit 1, the reason on stderr, and with --json an object that names the error."""
    (tmp_path / "a.run").write_text(text)
    assert main([*runs, "--json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["error"] == kind
    assert printed.err.startswith("error: ")
