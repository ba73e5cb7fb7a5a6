"""Which files a build reads."""

import pytest

from indexer.readers import InputMissing, find_files


def make(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")


def test_a_folder_is_walked_in_order(tmp_path):
    """Known suffixes are found at any depth, sorted; hidden files and READMEs are not."""
    make(tmp_path, "b.json", "a/z.jsonl.gz", "a/A.MD", "README.md", ".hidden.json", ".git/c.json")
    make(tmp_path, "picture.png", "table.csv", "c.html")
    found = [path.relative_to(tmp_path).as_posix() for path in find_files([tmp_path])]
    assert found == ["a/A.MD", "a/z.jsonl.gz", "b.json", "c.html"]


def test_a_named_file_is_always_read_and_read_once(tmp_path):
    """A file that is named needs no suffix; a path given twice is one file."""
    make(tmp_path, "README.md", "data.bin", "a.json")
    paths = [tmp_path / "README.md", tmp_path / "data.bin", tmp_path, tmp_path / "a.json"]
    assert [path.name for path in find_files(paths)] == ["README.md", "data.bin", "a.json"]


def test_a_missing_path_is_named_before_anything_is_read(tmp_path):
    """Every path that names nothing is in the error's message."""
    make(tmp_path, "a.json")
    with pytest.raises(InputMissing, match=r"gone, .*lost"):
        find_files([tmp_path, tmp_path / "gone", tmp_path / "lost"])


def test_linked_folders_are_not_followed(tmp_path):
    """A link inside a folder leads nowhere, so that a loop of links ends."""
    make(tmp_path, "a/b.json", "elsewhere/c.json")
    (tmp_path / "a/loop").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "a/link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert [path.name for path in find_files([tmp_path / "a"])] == ["b.json"]


def test_a_folder_marked_as_no_corpus_is_passed_over_unless_it_is_named(tmp_path):
    """Judgements beside a corpus are no documents, but who names their folder gets it read."""
    judged = tmp_path / "golden"
    judged.mkdir()
    (judged / ".noindex").touch()
    (judged / "questions.jsonl").write_text("{}")
    (tmp_path / "a.json").write_text("{}")
    assert [path.name for path in find_files([tmp_path])] == ["a.json"]
    assert [path.name for path in find_files([judged])] == ["questions.jsonl"]
