"""Whatever a file holds, reading it yields outcomes and raises nothing."""

import copy
import gzip
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.readers import Quarantined, Read, read_file
from retrieval.types import content_version

SUFFIXES = st.sampled_from([".json", ".jsonl", ".json.gz", ".txt", ".md", ".html", ".png", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda child: st.lists(child, max_size=3) | st.dictionaries(st.text(), child, max_size=3),
    max_leaves=10,
)
NAMES = """studies sections title text source nctId identificationModule armsInterventionsModule
interventions name otherNames adverseEventsModule eventGroups id seriousEvents stats groupId
outcomeMeasuresModule outcomeMeasures classes categories measurements value"""
KEYS = st.sampled_from(NAMES.split())
STUDY_LIKE = st.recursive(
    JSON | st.just("NCT99999901"),
    lambda child: st.lists(child, max_size=3) | st.dictionaries(KEYS, child, max_size=6),
    max_leaves=25,
)
MARKS = [
    "\n",
    "\n\n",
    "# ",
    "Source: clinicaltrials:NCT99999901",
    "Results",
    "<p>",
    "<h1 hidden>",
    "-->",
]
PAGES = st.lists(st.sampled_from(MARKS) | st.text(max_size=20), max_size=20).map("".join)
CHECKS = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check(path, data, ladder):
    path.write_bytes(data)
    for item in read_file(path, ladder):
        assert isinstance(item, Read | Quarantined)
        if isinstance(item, Read):
            text = item.document.text
            assert content_version(text)
            assert all(0 <= s.start < s.end <= len(text) for s in item.document.sections)


@CHECKS
@given(data=st.binary(), suffix=SUFFIXES, packed=st.booleans())
def test_any_bytes(tmp_path, ladder, data, suffix, packed):
    """Random bytes, packed or not, under any suffix."""
    check(tmp_path / f"file{suffix}", gzip.compress(data) if packed else data, ladder)


@CHECKS
@given(value=STUDY_LIKE)
def test_any_json_with_the_registrys_keys(tmp_path, ladder, value):
    """JSON that uses the registry's keys in the wrong places."""
    wrapped = {"protocolSection": value, "resultsSection": value}
    check(tmp_path / "file.json", json.dumps([value, wrapped]).encode(), ladder)


@CHECKS
@given(value=JSON, data=st.data())
def test_a_study_with_any_value_in_any_place(tmp_path, ladder, study, value, data):
    """A study in which one value, wherever it stands, is replaced by any other."""
    node = study = copy.deepcopy(study)
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        child = node[key]
        if not isinstance(child, dict | list) or not child or data.draw(st.booleans()):
            node[key] = value
            break
        node = child
    check(tmp_path / "file.json", json.dumps(study).encode(), ladder)


@CHECKS
@given(page=PAGES, suffix=st.sampled_from([".txt", ".md", ".html"]))
def test_any_page(tmp_path, ladder, page, suffix):
    """Pages made of headings, footers, tags and any text."""
    check(tmp_path / f"page{suffix}", page.encode("utf-8", "surrogatepass"), ladder)
