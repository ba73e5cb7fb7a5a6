"""Run files in TREC form: one order for all, and clear errors."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.runs import Run, RunError, read_run, write_run

# What a column can hold: anything without white space.
TOKENS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6).filter(
    lambda text: text.split() == [text] and not text.startswith("\ufeff")
)
RUNS = st.dictionaries(
    TOKENS, st.lists(TOKENS, min_size=1, max_size=5, unique=True).map(tuple), min_size=1
)


@given(rankings=RUNS, tag=TOKENS)
def test_a_run_is_read_as_it_was_written(rankings, tag, tmp_path_factory):
    """Whatever the ids look like, the order of documents survives the file."""
    path = tmp_path_factory.getbasetemp() / "round-trip.run"
    assert read_run(write_run(Run(tag, rankings), path)) == Run(tag, rankings)


def test_a_run_file_ranks_each_query_from_one(tmp_path):
    """The columns are query, Q0, document, rank, a score that falls strictly, and tag."""
    run = Run("tag", {"a": ("x", "y"), "none": (), "b": ("x",)})
    lines = write_run(run, tmp_path / "new" / "run").read_text().splitlines()
    assert lines == ["a Q0 x 1 2 tag", "a Q0 y 2 1 tag", "b Q0 x 1 1 tag"]


def test_documents_are_ordered_by_score_then_rank_then_id(tmp_path):
    """Scores win over ranks, ranks break ties of scores, ids those of both."""
    path = tmp_path / "run"
    path.write_text(
        "q Q0 late 9 0.5 t\nq Q0 b 4 0.5 t\nq Q0 a 4 0.5 t\nq Q0 best 99 7e-1 t\nq Q0 low 1 -3 t\n"
    )
    assert read_run(path).of("q") == ("best", "a", "b", "late", "low")


def test_a_run_may_be_gzipped_mixed_and_from_another_system(tmp_path):
    """Compression, a byte order mark, other line ends and interleaved queries change nothing."""
    path = tmp_path / "run"
    text = "\ufeffq 0 a 0 2 t\r\np Q0 c 0 1 t\r\n\r\nq Q0 b 1 1 t\r\n"
    path.write_bytes(gzip.compress(text.encode()))
    assert read_run(path) == Run("t", {"q": ("a", "b"), "p": ("c",)})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no line"),
        ("q Q0 a 1 nan t\n", "line 1: the score nan is not a finite number"),
        ("q Q0 a 1 2 t\nq Q0 b 2 -inf t\n", "line 2: the score -inf"),
        ("q Q0 a 1 1e999 t\n", "line 1: the score 1e999"),
        ("q Q0 a 1 2 t\nq Q0 b 2 1 t\nq Q0 a 3 0 t\n", "line 3 ranks a for query q again"),
        ("q Q0 a 1 high t\n", "line 1: expected"),
        ("q Q0 a first 1 t\n", "line 1: expected"),
        ("q Q0 a 1 2 t\nq a 1\n", "line 2: expected"),
        ("q Q0 a 1 2 two tags\n", "line 1: expected"),
    ],
)
def test_a_bad_run_is_refused_with_its_place(tmp_path, text, told):
    """The error names the file and the line."""
    path = tmp_path / "run"
    path.write_text(text)
    with pytest.raises(RunError, match=f"{path}.*{told}"):
        read_run(path)


def test_a_run_that_cannot_be_written_is_an_error_of_ours(tmp_path):
    """A folder that is a file, say."""
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        write_run(Run("t", {"q": ("a",)}), tmp_path / "file" / "run")
