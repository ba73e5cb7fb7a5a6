"""What the README shows is what the program prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from indexer.build import BuildSettings, build
from indexer.chunking import ChunkSize

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = re.compile(r"```\n\$ python -m (search_api ask .*)\n((?:.*\n)*?)```")

# The last digit may differ between processors: the bundled model is int8.
SCORE = re.compile(r"\b[01]\.\d\d\b")


def test_the_sample_answer_is_what_ask_prints_over_the_seeds(
    tmp_path, seeds, bundled_embedder, ladder
):
    """Each line of the README's sample stands in the answer, in that order."""
    build(
        [seeds / "digests", seeds / "records"],
        BuildSettings(tmp_path / "index", ChunkSize(256, 32)),
        embedder=bundled_embedder,
        ladder=ladder,
    )
    command, shown = SAMPLE.search((ROOT / "README.md").read_text(encoding="utf-8")).groups()
    question = re.search(r'"(.*)"', command)[1]
    printed = subprocess.run(
        [sys.executable, "-m", "search_api", "ask", question, "-k", "1"],
        cwd=ROOT,
        env={**os.environ, "INDEX_DIR": str(tmp_path / "index"), "COLUMNS": "80"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    lines = iter(SCORE.sub("0.xx", printed).splitlines())
    wanted = SCORE.sub("0.xx", shown).splitlines()
    missing = [line for line in wanted if line.strip() and line not in lines]
    assert not missing, printed
