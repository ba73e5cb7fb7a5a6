"""The indexer's command line: what a user types, and what comes back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval.index.manifest import CATALOGUE, CHROMA, current_name, snapshot_folder
from tests.corpus import study, write_corpus, write_study

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "indexer", *map(str, arguments)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """An index of three good files and two bad ones, built by the command line."""
    folder = tmp_path_factory.mktemp("built")
    corpus = write_corpus(folder / "corpus", 3)
    (corpus / "broken.json").write_text('{"protocolSection": {')
    (corpus / "digest.txt").write_text("A headline\n\nBackground\n\nNo source is named here.\n")
    return folder, run("build", corpus, "--index", folder / "index", "--json")


def test_build_says_what_it_did_and_exits_3_for_quarantine(built):
    """One JSON object on stdout, the good files live, the bad ones named with a code."""
    _, finished = built
    report = json.loads(finished.stdout)
    assert finished.returncode == 3
    assert (report["added"], report["counts"]["documents"]) == (3, 3)
    codes = {Path(item["path"]).name: item["code"] for item in report["quarantined"]}
    assert codes == {"broken.json": "bad_json", "digest.txt": "no_source_id"}


def test_quarantine_lists_and_retries(built, tmp_path):
    """A mended file leaves the quarantine by --retry, and its document is live."""
    folder, _ = built
    listed = json.loads(run("quarantine", "--index", folder / "index", "--json").stdout)
    assert len(listed["quarantine"]) == 2
    broken = folder / "corpus/broken.json"
    broken.write_text(json.dumps(study(5)))
    retried = run("quarantine", "--retry", "--index", folder / "index", "--json")
    report = json.loads(retried.stdout)
    assert (retried.returncode, report["added"], report["counts"]["documents"]) == (3, 1, 4)
    listed = json.loads(run("quarantine", "--index", folder / "index", "--json").stdout)
    assert [item["code"] for item in listed["quarantine"]] == ["no_source_id"]


def test_status_rollback_and_doctor(tmp_path):
    """Status names the live snapshot; rollback returns to the one before; doctor repairs."""
    corpus = write_corpus(tmp_path / "corpus", 2)
    index = tmp_path / "index"
    assert run("build", corpus, "--index", index).returncode == 0
    write_study(corpus, study(6))
    assert run("build", corpus, "--index", index).returncode == 0
    status = json.loads(run("status", "--index", index, "--json").stdout)
    assert (status["counts"]["documents"], len(status["older"])) == (3, 1)
    assert run("rollback", "--index", index).returncode == 0
    assert [current_name(index)] == status["older"]
    assert "is whole" in run("doctor", "--index", index).stdout
    chroma = snapshot_folder(index, current_name(index)) / CHROMA
    graph = next(chroma.glob("*/data_level0.bin"))
    graph.write_bytes(graph.read_bytes()[:-7])
    dry = run("doctor", "--dry-run", "--index", index, "--json")
    assert (dry.returncode, json.loads(dry.stdout)["repaired"]) == (1, False)
    repaired = json.loads(run("doctor", "--index", index, "--json").stdout)
    assert (repaired["repaired"], repaired["embedded"]) == (True, 0)
    assert "is whole" in run("doctor", "--index", index).stdout
    catalogue = snapshot_folder(index, current_name(index)) / CATALOGUE
    catalogue.write_bytes(catalogue.read_bytes()[:-1])
    refused = run("doctor", "--index", index)
    assert refused.returncode == 1
    assert "rollback" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("build", "no/such/folder"), "no/such/folder"),
        (("status",), "no index in"),
        (("quarantine",), "no index in"),
        (("rollback",), "no index in"),
        (("doctor",), "no index in"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(tmp_path, arguments, told):
    """Errors go to stderr as one line that names the thing; the exit code is 1."""
    finished = run(*arguments, "--index", tmp_path / "index")
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr.startswith("error: ")
    assert told in finished.stderr
    assert "Traceback" not in finished.stderr


def test_an_index_of_another_embedder_is_not_mixed(tmp_path, monkeypatch):
    """An unknown model is refused by name, and the index stays as it was."""
    monkeypatch.setenv("EMBEDDING_MODEL", str(tmp_path / "no-model"))
    finished = run("build", write_corpus(tmp_path / "corpus", 1), "--index", tmp_path / "index")
    assert finished.returncode == 1
    assert "no-model" in finished.stderr
    assert not (tmp_path / "index/CURRENT").exists()
