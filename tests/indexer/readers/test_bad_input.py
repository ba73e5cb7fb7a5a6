"""What cannot be read is refused with a code and a place, and costs nothing else."""

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from indexer.readers import Quarantined, Read, read_file, source

UNREADABLE = Path("/proc/self/mem")  # address 0 is never mapped: reading it is an I/O error


def codes(found):
    return [item.code if isinstance(item, Quarantined) else "read" for item in found]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.json", "empty_file"),
        (b" \n\n", "a.json", "empty_file"),
        (gzip.compress(b""), "a.json.gz", "empty_file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a.json", "binary"),
        (bytes(range(256)) * 20, "a.json", "binary"),
        ('{"a": 1}'.encode("utf-16"), "a.json", "bad_encoding"),
        ('{"a": 1}'.encode("utf-16-le"), "a.json", "bad_encoding"),
        ('{"a": "é"}'.encode("latin-1"), "a.json", "bad_encoding"),
        (b'{"a": 1', "a.json", "bad_json"),
        (b"no json at all", "a.json", "bad_json"),
        (b'{"a": 1} {"b": 2}', "a.json", "not_a_study"),
        (b"[" * 100_000, "a.json", "bad_json"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a.json", "bad_json"),
        (b"{}", "a.json", "not_a_study"),
        (b"3", "a.json", "not_a_study"),
        (b'{"FullStudiesResponse": {}}', "a.json", "not_a_study"),
        (b'{"protocolSection": {}}', "a.json", "not_a_study"),
        (b"# A project\n\nSome words about it.\n", "README.md", "no_source_id"),
        (b"\x1f\x8b" + b"\x00" * 30, "a.json.gz", "bad_gzip"),
    ],
)
def test_bad_content_has_its_code(read, content, name, code):
    """Each kind of bad file is refused with its own code and a message."""
    found = read(content, name)
    assert codes(found)[0] == code
    assert found[0].message


def test_a_missing_file_is_quarantined(tmp_path, ladder):
    """A file that vanished since it was listed is no crash."""
    (found,) = read_file(tmp_path / "gone.json", ladder)
    assert found.code == "missing_file"
    assert "gone.json" in found.message


def test_a_folder_in_a_files_place_is_quarantined(tmp_path, ladder):
    """What the system refuses to read is quarantined with the system's reason."""
    (found,) = read_file(tmp_path, ladder)
    assert found.code == "unreadable"


@pytest.mark.skipif(not UNREADABLE.exists(), reason="needs Linux's /proc")
def test_an_error_while_reading_is_quarantined(ladder):
    """A file that opens and then cannot be read is refused like one that does not open."""
    (found,) = read_file(UNREADABLE, ladder)
    assert found.code == "unreadable"


def test_broken_json_names_its_place(read):
    """Broken JSON is named by line, column and byte."""
    (found,) = read('{"title": "é",\n "x": ]}')
    assert found.position == "byte 22"
    assert "line 2, column 7" in found.message


def test_a_bad_study_costs_no_other(read, study):
    """In a list or a page one bad study is quarantined and the others are read."""
    bad = {"protocolSection": {"identificationModule": {"nctId": "NCT123"}}}
    for content, place in (([study, bad, study], "[1]"), ({"studies": [study, bad]}, "studies[1]")):
        found = read(content)
        assert codes(found)[:2] == ["read", "bad_nct_id"]
        assert found[1].position == place


def test_studies_before_a_defect_are_read(read, study):
    """A list or page that is cut short gives the studies before the cut."""
    whole = json.dumps({"nextPageToken": "x", "studies": [study, study]})
    found = read(whole[:-100])
    assert codes(found) == ["read", "bad_json"]


def test_a_bad_line_costs_no_other(read, study):
    """In JSON lines a bad line is quarantined with its number, whatever the suffix."""
    good = json.dumps(study)
    for name in ("a.jsonl", "a.json", "a.txt"):
        found = read(f"{good}\n\n{{bad\n{good}\n{good[:50]}", name)
        assert codes(found) == ["read", "bad_json", "read", "bad_json"]
        assert [item.position for item in found] == ["line 1", "line 3", "line 4", "line 5"]
        assert "line 3, column 2" in found[1].message


def test_a_line_that_is_no_utf8_costs_no_other(read, study):
    """A line in another encoding is refused with its number and byte."""
    good = json.dumps(study).encode()
    found = read(good + b'\n{"a": "\xe9"}\n' + good, "a.jsonl")
    assert codes(found) == ["read", "bad_encoding", "read"]
    assert found[1].position == "line 2 byte 7"


def test_lines_before_a_truncation_are_read(read, study):
    """A gzip file that ends early gives its whole lines, then says where it ends."""
    lines = [json.dumps({**study, "n": [hash((n, i)) for i in range(2000)]}) for n in range(50)]
    packed = gzip.compress("\n".join(lines).encode())
    found = read(packed[: len(packed) // 2], "a.jsonl.gz")
    assert set(codes(found[:-1])) == {"read"}
    assert len(found) > 10
    assert found[-1].code == "truncated_gzip"


def test_gzip_is_told_by_content(read, study):
    """The suffix neither makes a file gzip nor keeps it from being that."""
    data = json.dumps(study).encode()
    assert codes(read(data, "a.json.gz")) == ["read"]
    assert codes(read(gzip.compress(data), "a.json")) == ["read"]
    assert codes(read(b"\xef\xbb\xbf" + data, "a.json")) == ["read"]


def test_a_pretty_printed_page_is_no_json_lines(read, study):
    """Indented JSON is read as one value, even when it is named .jsonl."""
    for name in ("a.json", "a.jsonl"):
        assert codes(read(json.dumps({"studies": [study] * 2}, indent=1), name)) == ["read"] * 2


def test_a_gzip_bomb_is_refused_in_little_memory(read):
    """A stream that unpacks a thousandfold is refused long before it is unpacked."""
    bomb = gzip.compress(b" " * (200 * source.MIB), compresslevel=9)
    tracemalloc.start()
    found = read(bomb, "a.jsonl.gz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert codes(found) == ["too_large"]
    assert peak < 4 * source.BOMB_BYTES


def test_a_line_over_the_limit_costs_no_other(read, study):
    """A record of more than 32 MiB is refused by its line; the others are read."""
    good = json.dumps(study)
    found = read(f'{good}\n{{"a": "{"x" * source.RECORD_BYTES}"}}\n{good}', "a.jsonl")
    assert codes(found) == ["read", "too_large", "read"]
    assert found[1].position == "line 2"


def test_a_record_over_the_limit_costs_no_other(read, study):
    """The same in a list; a file is refused whole only above its own limit."""
    huge = {**study, "x": "x" * source.RECORD_BYTES}
    found = read([study, huge])
    assert codes(found) == ["read", "too_large"]
    assert found[1].position == "[1]"


def test_a_file_over_the_limit_is_refused(tmp_path, ladder):
    """A single value of 300 MB is refused without being held in memory twice."""
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.write(b'{"protocolSection": {"x": "')
        for _ in range(300):
            file.write(b"x" * 1_000_000)
        file.write(b'"}}')
    (found,) = read_file(path, ladder)
    assert found.code == "too_large"
    assert "256 MiB" in found.message


def test_many_values_are_no_harm(read, study):
    """A record with 6,000 conditions is read like any other."""
    study["protocolSection"]["conditionsModule"] = {"conditions": [f"C{i}" for i in range(6000)]}
    (found,) = read(study)
    assert isinstance(found, Read)
    assert len(found.document.fields.conditions) == 6000
