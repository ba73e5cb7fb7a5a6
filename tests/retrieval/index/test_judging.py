"""The judging folder: whole lines or none, whoever else writes, whatever stands there."""

from __future__ import annotations

import fcntl
import json
import logging
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import BadRequest, FeedbackNotStored
from retrieval.index.judging import (
    FEEDBACK,
    FOLDER,
    GRADES,
    MAX_LINE,
    OLDER_QUERIES,
    QUERIES,
    Feedback,
    Judging,
    LoggedHit,
    read_feedback,
    read_queries,
)
from retrieval.types import Filters
from tests.conftest import ROOT
from tests.judged import VERSION, logged, verdict

WORDS = st.text(st.characters(exclude_categories=["Cs"]))

WRITER = """
import sys
from pathlib import Path
from threading import Thread
from retrieval.index.judging import Judging
from tests.judged import logged, verdict

judging = Judging(Path(sys.argv[1]), log_queries=True, max_queries=20_000)

def write(thread):
    for number in range(40):
        name = f"{sys.argv[2]} {thread} {number}"
        judging.store(verdict(query=name, comment="𝒯α1 " * 300))
        judging.log(logged(name))

threads = [Thread(target=write, args=(number,)) for number in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""

CRAMPED = """
import resource, sys
from pathlib import Path
from retrieval.errors import FeedbackNotStored
from retrieval.index.judging import Judging
from tests.judged import verdict

judging = Judging(Path(sys.argv[1]), log_queries=False)
judging.store(verdict(query="first"))
size = (Path(sys.argv[1]) / "judging/feedback.jsonl").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, size + 50))
try:
    judging.store(verdict(query="second"))
except FeedbackNotStored:
    sys.exit(7)
"""


def started(program: str, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], cwd=ROOT)


@given(query=WORDS, quote=WORDS, comment=st.none() | WORDS, said=st.sampled_from(sorted(GRADES)))
def test_a_verdict_comes_back_as_it_was_stored(tmp_path_factory, query, quote, comment, said):
    """Whatever letters it has, a verdict is one line and is read again unchanged."""
    index = tmp_path_factory.mktemp("index")
    given_filters = Filters(phases=("PHASE2",), has_results=False, started_from=20230102)
    stored = verdict(query=query, quote=quote, comment=comment, verdict=said, filters=given_filters)
    Judging(index, log_queries=False).store(stored)
    assert read_feedback(index).found == (stored,)
    assert (index / FOLDER / FEEDBACK).read_bytes().count(b"\n") == 1


def test_a_line_tells_nothing_of_the_reader(tmp_path):
    """A stored line has the fields of a verdict: no address, no program, no name."""
    Judging(tmp_path, log_queries=False).store(verdict())
    (line,) = (tmp_path / FOLDER / FEEDBACK).read_text().splitlines()
    assert set(json.loads(line)) == {field.name for field in fields(Feedback)}
    told = {"id", "time", "query", "filters", "doc_id", "trial_id", "section", "version"}
    told |= {"start", "end", "quote", "verdict", "comment", "replaces", "snapshot"}
    assert set(json.loads(line)) == told


def test_processes_and_threads_write_side_by_side(tmp_path):
    """Two processes of three threads each leave every verdict as one whole line."""
    writers = [started(WRITER, tmp_path, name) for name in ("left", "right")]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    stored = read_feedback(tmp_path)
    names = {f"{w} {t} {n}" for w in ("left", "right") for t in range(3) for n in range(40)}
    assert {one.query for one in stored.found} == names
    assert (len(stored.found), stored.skipped) == (len(names), 0)
    searches = read_queries(tmp_path)
    assert searches.skipped == 0
    assert {one.query for one in searches.found} <= names
    assert (tmp_path / FOLDER / QUERIES).stat().st_size <= 20_000


def test_a_writer_waits_for_the_other_and_not_for_ever(tmp_path):
    """While another keeps the file locked, nothing is written into it."""
    judging = Judging(tmp_path, log_queries=True)
    judging.log(logged("before"))
    with (tmp_path / FOLDER / QUERIES).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        judging.log(logged("meanwhile"))
    judging.log(logged("after"))
    assert [one.query for one in read_queries(tmp_path).found] == ["before", "after"]


def test_a_torn_line_costs_only_itself(tmp_path):
    """A line that a kill cut short is skipped and counted; the next stands on its own line."""
    judging = Judging(tmp_path, log_queries=False)
    first, torn, last = verdict(), verdict(), verdict()
    judging.store(first)
    judging.store(torn)
    path = tmp_path / FOLDER / FEEDBACK
    path.write_bytes(path.read_bytes()[:-30])
    assert read_feedback(tmp_path).skipped == 1
    judging.store(last)
    stored = read_feedback(tmp_path)
    assert (stored.found, stored.skipped) == ((first, last), 1)


@given(rubbish=st.lists(st.binary(max_size=40), max_size=5))
def test_rubbish_is_skipped_and_counted(tmp_path_factory, rubbish):
    """Whatever bytes stand between two lines, both are read and the rest is counted."""
    index = tmp_path_factory.mktemp("index")
    judging = Judging(index, log_queries=False)
    first, last = verdict(), verdict()
    judging.store(first)
    with (index / FOLDER / FEEDBACK).open("ab") as file:
        file.writelines(line + b"\n" for line in rubbish)
    judging.store(last)
    lines = [part for line in rubbish for part in line.split(b"\n") if part.strip()]
    stored = read_feedback(index)
    assert (stored.found, stored.skipped) == ((first, last), len(lines))


@pytest.mark.parametrize(
    "change", [{"verdict": "splendid"}, {"start": "3"}, {"quote": None}, {"filters": {"x": "y"}}]
)
def test_a_line_of_another_shape_is_skipped(tmp_path, change):
    """A line is read strictly, but for filters of a later time, which are passed over."""
    judging = Judging(tmp_path, log_queries=False)
    judging.store(verdict())
    path = tmp_path / FOLDER / FEEDBACK
    path.write_text(json.dumps(json.loads(path.read_text()) | change) + "\n")
    assert read_feedback(tmp_path).skipped == ("filters" not in change)


def test_a_verdict_is_taken_back_by_its_successor(tmp_path):
    """The one that replaces another about the same passage stands alone."""
    judging = Judging(tmp_path, log_queries=False)
    first = verdict(verdict="irrelevant")
    second = replace(first, id="a" * 16, verdict="relevant", replaces=first.id)
    stranger = verdict(query="another question", replaces=second.id)
    for one in (first, second, stranger):
        judging.store(one)
    assert read_feedback(tmp_path).found == (second, stranger)


def test_a_full_file_refuses_and_says_what_to_do(tmp_path):
    """Over its bound the file of verdicts stays as it is: nothing old is given up for new."""
    judging = Judging(tmp_path, log_queries=False, max_feedback=600)
    stored = verdict()
    judging.store(stored)
    with pytest.raises(FeedbackNotStored, match=r"of at most 600 bytes; make room .*eval pool"):
        judging.store(verdict())
    assert read_feedback(tmp_path).found == (stored,)


def test_a_full_disk_leaves_no_half_line(tmp_path):
    """A write that fits only in part is taken back, and the caller is told."""
    assert started(CRAMPED, tmp_path).wait(60) == 7
    stored = read_feedback(tmp_path)
    assert ([one.query for one in stored.found], stored.skipped) == (["first"], 0)


def test_an_overlong_line_is_the_callers_mistake(tmp_path):
    """No line grows beyond its bound, whatever filters were sent along."""
    filters = Filters(conditions=("x" * 500,) * (MAX_LINE // 500))
    judging = Judging(tmp_path, log_queries=True)
    with pytest.raises(BadRequest, match="fewer filters"):
        judging.store(verdict(filters=filters))
    judging.log(logged("a", filters=filters))
    assert read_queries(tmp_path).found == ()


def test_the_log_can_be_off(tmp_path):
    """Without the log a search leaves no file."""
    Judging(tmp_path, log_queries=False).log(logged("made-up fever"))
    assert not (tmp_path / FOLDER).exists()


def test_the_log_keeps_one_older_part(tmp_path):
    """When it is full the newest searches are kept, in two files of bounded size."""
    judging = Judging(tmp_path, log_queries=True, max_queries=2_000)
    hits = [LoggedHit("clinicaltrials:NCT90000001", 0, 9, VERSION, 0.5, 1)]
    entries = [logged(f"question {number}", hits) for number in range(50)]
    for entry in entries:
        judging.log(entry)
    kept = read_queries(tmp_path).found
    assert kept == tuple(entries[-len(kept) :])
    assert len(kept) > 5
    folder = tmp_path / FOLDER
    assert {path.name for path in folder.iterdir()} == {QUERIES, OLDER_QUERIES}
    assert all(path.stat().st_size <= 2_000 for path in folder.iterdir())


def test_a_log_that_cannot_be_written_fails_nothing(tmp_path, caplog):
    """The first failure in a row is told once, in the program's log; recovery ends the row."""
    judging = Judging(tmp_path, log_queries=True)
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            judging.log(logged("made-up fever"))
        assert len(caplog.records) == 1
        with pytest.raises(FeedbackNotStored, match="make its folder writable"):
            judging.store(verdict())
        (tmp_path / FOLDER).unlink()
        judging.log(logged("made-up fever"))
    assert len(read_queries(tmp_path).found) == 1
    assert len(caplog.records) == 1


def test_a_lost_index_is_not_made_again(tmp_path):
    """A log makes its own folder, never that of an index which is gone."""
    Judging(tmp_path / "gone", log_queries=True).log(logged("made-up fever"))
    assert not (tmp_path / "gone").exists()


def test_others_on_the_machine_cannot_read_what_people_asked(tmp_path):
    """The files are open to their owner and group at most."""
    judging = Judging(tmp_path, log_queries=True)
    judging.log(logged("made-up fever"))
    judging.store(verdict())
    assert not any(path.stat().st_mode & 0o007 for path in Path(tmp_path / FOLDER).iterdir())
