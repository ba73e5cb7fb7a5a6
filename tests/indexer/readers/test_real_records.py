"""Invariants over every real record of the shared data."""

import gzip
import itertools
import json
import re

import pytest

from indexer.readers import Read, find_files, read_file

E_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
STEP = re.compile(r"([A-Za-z]\w*)|\[(\d+)\]")
MASK = re.compile(r"\[[a-z-]+ removed\]")
NUMBER_KEYS = """numSubjects value spread lowerLimit upperLimit pValue paramValue ciPctValue
ciLowerLimit ciUpperLimit dispersionValue numEvents deathsNumAffected deathsNumAtRisk
seriousNumAffected seriousNumAtRisk otherNumAffected otherNumAtRisk"""


@pytest.fixture(scope="module")
def records(shared):
    with gzip.open(shared / "data/trial-records/studies.jsonl.gz", "rt") as lines:
        return {
            r["protocolSection"]["identificationModule"]["nctId"]: r for r in map(json.loads, lines)
        }


@pytest.fixture(scope="module")
def documents(shared, ladder):
    path = shared / "data/trial-records/studies.jsonl.gz"
    found = list(read_file(path, ladder))
    assert all(isinstance(item, Read) for item in found)
    return [item.document for item in found]


def resolve(record, path):
    for key, index in STEP.findall(path):
        record = record[key] if key else record[int(index)]
    return record


def squash(value):
    return "".join(c for c in str(value).casefold() if c.isalnum())


def renders(shown, value):
    if isinstance(value, dict):
        return shown == f"{value.get('numAffected')}/{value.get('numAtRisk')}"
    if isinstance(value, bool):
        return shown == ("yes" if value else "no")
    if " removed]" in shown:
        return all(squash(part) in squash(value) for part in MASK.split(shown))
    return squash(value) in squash(shown)


def test_every_record_is_read(documents, records):
    """All 569 records become documents, none of them twice."""
    assert {document.trial_id for document in documents} == set(records)
    assert len(documents) == 569


def test_every_shape_is_read(shared, ladder):
    """An API page of four, a list of three and a single study give eight documents."""
    files = find_files([shared / "data/trial-records/shapes"])
    found = [item for path in files for item in read_file(path, ladder)]
    assert [type(item) for item in found] == [Read] * 8
    assert [item.position for item in found[:2]] == ["studies[0]", "studies[1]"]


def test_every_path_leads_to_the_value_that_its_span_shows(documents, records):
    """Each span's path resolves in the record, to what the span's text says."""
    for document in documents:
        record = records[document.trial_id]
        for span in document.paths:
            shown = document.text[span.start : span.end]
            assert renders(shown, resolve(record, span.path)), (document.trial_id, span.path, shown)


def test_spans_and_sections_are_in_order_and_inside_the_text(documents):
    """Neither spans nor sections overlap; each lies in the text, under its heading line."""
    for document in documents:
        for row in (document.paths, document.sections):
            assert all(a.end <= b.start for a, b in itertools.pairwise(row))
            assert all(0 <= item.start < item.end <= len(document.text) for item in row)
        for section in document.sections:
            assert document.text[: section.start].endswith(f"{section.name}\n")
            assert document.text[section.start : section.end].strip()


def test_every_reported_number_has_a_span(documents, records):
    """No number of flow, baseline, outcomes and analyses is left out of the text."""

    def numbers(value, path=""):
        if isinstance(value, dict):
            for key, child in value.items():
                if key in NUMBER_KEYS.split():
                    yield f"{path}.{key}"
                yield from numbers(child, f"{path}.{key}" if path else key)
        elif isinstance(value, list):
            for index, child in enumerate(value):
                yield from numbers(child, f"{path}[{index}]")

    for document in documents:
        results = records[document.trial_id].get("resultsSection", {})
        paths = {span.path for span in document.paths}
        missing = [p for p in numbers(results, "resultsSection") if p not in paths]
        assert missing == [], document.trial_id


def test_every_adverse_event_is_one_line_with_every_arms_numbers(documents, records):
    """Line i of a section is event i, with each arm's title and affected/at risk."""
    for document in documents:
        module = records[document.trial_id].get("resultsSection", {}).get("adverseEventsModule", {})
        titles = {group["id"]: group["title"] for group in module.get("eventGroups", [])}
        for kind in ("Serious", "Other"):
            events = module.get(f"{kind.lower()}Events", [])
            lines = [
                document.text[s.start : s.end].split("\n")
                for s in document.sections
                if s.name == f"{kind} adverse events"
            ]
            assert [len(line) for line in lines] == ([len(events)] if events else [])
            for event, line in zip(events, lines[0] if lines else [], strict=True):
                assert f": {event['term']} (" in line
                for stat in event["stats"]:
                    title = " ".join(titles[stat["groupId"]].split())
                    assert f"{title} {stat['numAffected']}/{stat['numAtRisk']}" in line


def test_results_are_labelled_as_evidence(documents, records):
    """Only records with results have reported sections; planned outcomes say planned."""
    for document in documents:
        evidence = {section.evidence for section in document.sections}
        assert ("reported" in evidence) == ("resultsSection" in records[document.trial_id])
        planned = [s.evidence for s in document.sections if s.name == "Planned outcomes"]
        assert planned in ([], ["planned"])


def test_no_addresses_and_no_unseen_characters(documents):
    """No text holds an e-mail address, a control character or a lone surrogate."""
    for document in documents:
        assert E_MAIL.search(document.text) is None
        assert re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", document.text) is None


def test_contacts_phones_are_nowhere(documents, records):
    """The phones that some exports keep under sites reach no text."""
    for document in documents:
        module = records[document.trial_id]["protocolSection"].get("contactsLocationsModule", {})
        contacts = [c for s in module.get("locations_nested", []) for c in s.get("contacts", [])]
        for phone in (contact["phone"] for contact in contacts if "phone" in contact):
            assert phone not in document.text


def test_investigators_are_nowhere(documents, records):
    """No principal investigator's full name is in the document of the trial."""
    for document in documents:
        module = records[document.trial_id]["protocolSection"].get("contactsLocationsModule", {})
        for official in module.get("overallOfficials", []):
            name = official["name"].partition(",")[0]
            if official["role"] == "PRINCIPAL_INVESTIGATOR" and len(name.split()) > 1:
                assert name not in document.text
