"""Evidence lines within a trial: how records become documents, and what counts as found."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from eval.collections.collection import CollectionError
from eval.collections.nli4ct import Nli4ctTask, first_with, run_nli4ct
from eval.collections.trial_statements import SPLITS, read_records, read_statements, records_file
from eval.models import Models
from eval.sampling import sampled
from indexer.build import BuildSettings, quiet
from indexer.chunking import ChunkSize
from retrieval.types import Passage
from tests.fakes import HashingEmbedder


def record(trial_id):
    """Return a made-up record whose adverse events are told apart by the trial."""
    return {
        "Clinical Trial ID": trial_id,
        "Intervention": ["INTERVENTION 1: ", "  Made-up  syrup for " + trial_id, " "],
        "Eligibility": ["Inclusion Criteria:", "  Adults with made-up hiccups"],
        "Results": [],
        "Adverse Events": ["Adverse Events 1:", "  Total: 2/50 (4.00%)", "  Blue thumb 1/50"],
    }


def statement(**changes):
    return {
        "Type": "Single",
        "Section_id": "Adverse Events",
        "Primary_id": "NCT1",
        "Statement": "somebody in the primary trial had a blue thumb",
        "Label": "Entailment",
        "Primary_evidence_index": [0, 2],
    } | changes


def write(folder: Path, *, dev=None, records=("NCT1", "NCT2")):
    folder.mkdir()
    both = {"Type": "Comparison", "Secondary_id": "NCT2", "Secondary_evidence_index": [0]}
    dev = {"one": statement(), "two": statement(**both)} if dev is None else dev
    with gzip.open(folder / "records.jsonl.gz", "wt") as out:
        out.write("\n".join(json.dumps(record(name)) for name in records))
    (folder / "dev.json").write_text(json.dumps(dev, indent=1))
    (folder / "train.json").write_text(json.dumps({"three": statement()}))
    return folder


def documents(folder, ladder):
    reads = read_records(records_file(folder), ladder)
    return {read.document.trial_id: read.document for read in reads}


def test_a_record_is_a_section_for_each_list_and_a_line_for_each_item(tmp_path, ladder):
    """Blanks go, empty lists and lines too, and no chunk may cut a line."""
    document = documents(write(tmp_path / "n"), ladder)["NCT1"]
    texts = {s.name: document.text[s.start : s.end].splitlines() for s in document.sections}
    assert texts == {
        "Arms and interventions": ["INTERVENTION 1:", "Made-up syrup for NCT1"],
        "Eligibility": ["Inclusion Criteria:", "Adults with made-up hiccups"],
        "Adverse events": ["Adverse Events 1:", "Total: 2/50 (4.00%)", "Blue thumb 1/50"],
    }
    assert {section.layout for section in document.sections} == {"lines"}


def test_a_statement_is_asked_of_each_trial_and_its_evidence_are_spans(tmp_path, ladder):
    """Lines are numbered from 0 within their list; a heading tells nothing by itself."""
    folder = write(tmp_path / "n")
    found = read_statements(folder, splits=SPLITS["all"])
    assert [(each.query_id, each.trial_id) for each in found] == [
        ("dev/one/primary", "NCT1"),
        ("dev/two/primary", "NCT1"),
        ("dev/two/secondary", "NCT2"),
        ("train/three/primary", "NCT1"),
    ]
    text = documents(folder, ladder)["NCT1"].text
    assert [text[slice(*span)] for span in found[0].evidence] == [
        "Adverse Events 1:",
        "Blue thumb 1/50",
    ]
    assert [text[slice(*span)] for span in found[0].telling] == ["Blue thumb 1/50"]
    assert found[2].telling == ()
    assert not found[0].whole


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Primary_id": "NCT9"}, "one/primary: NCT9"),
        ({"Primary_evidence_index": [3]}, "one/primary: .*0 to 2.*3"),
        ({"Primary_evidence_index": [-1]}, "one/primary"),
        ({"Primary_evidence_index": []}, "one/primary: no line"),
        ({"Section_id": "Intervention", "Primary_evidence_index": [2]}, "one/primary: no line"),
        ({"Section_id": "Page"}, "one.Section_id"),
        ({"Statement": 5}, "one.Statement"),
    ],
)
def test_evidence_that_is_not_there_is_refused(tmp_path, change, told):
    """The error names the statement and the side."""
    folder = write(tmp_path / "n", dev={"one": statement(**change)})
    with pytest.raises(CollectionError, match=told):
        read_statements(folder, splits=SPLITS["dev"])


def test_a_record_stands_once(tmp_path):
    """Two records of one trial would have two numberings."""
    folder = write(tmp_path / "n", records=("NCT1", "NCT1"))
    with pytest.raises(CollectionError, match="line 2: NCT1 stands at line 1"):
        read_statements(folder, splits=SPLITS["dev"])


def passage(start, end):
    return Passage("d", "s", start, end, "", "", ())


def test_evidence_is_found_where_a_passage_holds_a_whole_line():
    """A line that is cut by one character is not held."""
    lines = ((10, 20), (50, 60))
    assert first_with([passage(0, 19), passage(11, 49), passage(50, 60)], lines) == 3
    assert first_with([passage(0, 20)], lines) == 1
    assert first_with([passage(0, 19)], lines) == 0
    assert first_with([], lines) == 0
    assert first_with([passage(0, 100)], ()) == 0


def test_a_sample_is_the_same_each_time_and_keeps_the_order(tmp_path):
    """A number of 0, or over what there is, means all."""
    all_of_them = read_statements(write(tmp_path / "n"), splits=SPLITS["all"])
    some = sampled(all_of_them, 2)
    assert len(some) == 2
    assert some == sampled(all_of_them, 2)
    assert [each for each in all_of_them if each in some] == list(some)
    assert sampled(all_of_them, 0) == sampled(all_of_them, 99) == all_of_them


def test_statements_are_searched_in_their_trial_only(tmp_path, ladder):
    """Every passage is of the trial that was asked, and the run file has every statement."""
    folder = write(tmp_path / "n")
    report = run_nli4ct(
        Nli4ctTask(folder, "fast", SPLITS["all"]),
        BuildSettings(tmp_path / "index", ChunkSize(16, 4), keep=1, prune=True, read=read_records),
        Models(HashingEmbedder(), ladder),
        progress=quiet,
    )
    for item in report.found:
        assert {each.doc_id for each in item.passages} == {
            f"clinicaltrials:{item.statement.trial_id}"
        }
    lines = report.run_file.read_text().splitlines()
    assert {line.split()[0] for line in lines} == {i.statement.query_id for i in report.found}
    values = report.values()
    assert values["statements"] == 4
    groups = values["groups"]
    assert groups["all"]["telling"] == 3  # the evidence in the second trial is a heading
    assert groups["type Single"]["statements"] == groups["type Comparison"]["statements"] == 2
    assert 0 <= values["success@1"] <= values["success@3"] <= 1
    assert "strict" in report.table()


def test_real_records_are_rendered_line_by_line(shared, ladder):
    """The span of each evidence line holds that line of the record, white space aside."""
    folder = shared / "data" / "nli4ct"
    texts = {name: document.text for name, document in documents(folder, ladder).items()}
    with gzip.open(folder / "records.jsonl.gz", "rt") as lines:
        records = {(r := json.loads(line))["Clinical Trial ID"]: r for line in lines}
    entries = json.loads(gzip.decompress((folder / "dev.json.gz").read_bytes()))
    for item in read_statements(folder, splits=SPLITS["dev"]):
        _, statement_id, side = item.query_id.split("/")
        entry = entries[statement_id]
        source = records[item.trial_id][item.list_name]
        wanted = [source[n] for n in sorted(set(entry[f"{side.title()}_evidence_index"]))]
        shown = [texts[item.trial_id][slice(*span)] for span in item.evidence]
        assert shown == [" ".join(line.split()) for line in wanted if line.strip()]
