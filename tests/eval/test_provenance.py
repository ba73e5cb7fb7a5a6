"""Where figures come from."""

from __future__ import annotations

import subprocess
from pathlib import Path

from eval.provenance import commit, provenance


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_commit_is_told_with_whether_files_differ_from_it(tmp_path):
    """None outside a checkout or in a folder of somebody else's; `-dirty` after an edit."""
    assert commit(tmp_path) is None
    git(tmp_path, "init", "--quiet")
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "--quiet", "--message", "one")
    git(tmp_path, "tag", "--annotate", "--message", "a tag is not in the commit", "v1")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert commit(tmp_path) == head
    (tmp_path / "file").write_text("two")
    assert commit(tmp_path) == f"{head}-dirty"
    (tmp_path / "installed").mkdir()
    assert commit(tmp_path / "installed") is None


def test_a_command_can_be_typed_again():
    """Arguments are quoted for a shell; the libraries have versions."""
    made = provenance(["beir", "my folder"])
    assert made.command == "python -m eval beir 'my folder'"
    assert made.libraries["numpy"]
    assert made.created.endswith("+00:00")
