"""Files of judgements, good and bad."""

from __future__ import annotations

import gzip

import pytest
from ir_measures import Qrel

from eval.collections.qrels import QrelsError, read_qrels

JUDGED = (Qrel("q1", "d1", 2), Qrel("q1", "d2", 0), Qrel("q2", "d1", -1))
BEIR = "q1\td1\t2\nq1\td2\t0\nq2\td1\t-1\n"


@pytest.mark.parametrize(
    "text",
    [
        BEIR,
        f"query-id\tcorpus-id\tscore\n{BEIR}",
        "q1 0 d1 2\nq1 0 d2 0\nq2 Q0 d1 -1\n",
        f"\ufeff{BEIR}",
        BEIR.replace("\n", "\r\n"),
        f"\n{BEIR}\n\n".replace("q2\t", "q2   "),
    ],
)
def test_both_forms_give_the_same_judgements(tmp_path, text):
    """BEIR with or without a header, TREC, a byte order mark, other line ends, blank lines."""
    path = tmp_path / "qrels"
    path.write_bytes(text.encode())
    assert read_qrels(path) == JUDGED
    path.write_bytes(gzip.compress(text.encode()))
    assert read_qrels(path) == JUDGED


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no judgement"),
        ("query-id\tcorpus-id\tscore\n", "no judgement"),
        ("q1 d1 high\n", "line 1"),
        ("q1 d1 1\n\nq1 d2 0.5\n", "line 3.*whole score"),
        ("q1 d1 nan\n", "line 1"),
        ("q1 d1 1\nq1 0 d2 1\n", "line 2.*expected query-id, corpus-id"),
        ("q1 0 d1 1\nq1 d2 1\n", "line 2.*expected query-id, iteration"),
        ("query-id corpus-id score\nq1 0 d1 1\n", "line 2.*expected query-id, corpus-id"),
        ("q1 1\n", "line 1"),
        ("q1 Q0 d1 1 0.5 tag\n", "line 1"),
        ("q1 d1 1\nq2 d1 1\nq1 d1 2\n", "line 3 judges q1 d1 again; line 1 did"),
        ("q1 d1 0\nq2 d1 -2\n", "no document relevant"),
    ],
)
def test_bad_judgements_are_refused_with_their_place(tmp_path, text, told):
    """The error names the file and the line, or what the whole file lacks."""
    path = tmp_path / "qrels"
    path.write_text(text)
    with pytest.raises(QrelsError, match=f"{path}.*{told}"):
        read_qrels(path)


def test_a_file_that_is_no_text_is_named(tmp_path):
    """Missing, cut short, a folder, or not UTF-8: one error, which names the path."""
    cut, folder, latin = tmp_path / "cut", tmp_path / "folder", tmp_path / "latin"
    lines = "".join(f"q{number} d1 1\n" for number in range(999))
    cut.write_bytes(gzip.compress(lines.encode())[:-20])
    folder.mkdir()
    latin.write_bytes(b"q1 d1 1\nq\xe9 d1 1\n")
    for path in (tmp_path / "missing", cut, folder, latin):
        with pytest.raises(QrelsError, match=str(path)):
            read_qrels(path)
