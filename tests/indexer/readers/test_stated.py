"""What a record states of every field that can be demanded, by the one table."""

from __future__ import annotations

import gzip
import json

import pytest

from indexer.readers.node import Node
from indexer.readers.stated import stated_of
from retrieval.demands import Is
from retrieval.question.fields import load_fields, parse_fields
from retrieval.search.registered import Registered, holds
from retrieval.types import Source, TrialFields
from tests.corpus import whole_study

FIELDS = load_fields()
SOURCE = Source("clinicaltrials:NCT90000001", "trial", "NCT90000001", "Made-up", "", "sha256:0")
MADE_UP = """
[fragments]
[field.made_up]
holds = "token"
section = "Design"
paths = ["protocolSection.madeUpModule.items[*].kind"]
"""


def naive(value, path):
    """The values at a path, the slow way."""
    found = [value]
    for part in path.replace("[*]", ".*").split("."):
        if part == "*":
            found = [item for each in found if isinstance(each, list) for item in each]
        else:
            found = [each[part] for each in found if isinstance(each, dict) and part in each]
    return found


def test_a_made_up_field_is_demanded_through_the_table_alone():
    """A row is all that a new field needs."""
    record = whole_study(1, title="Made-up")
    record["protocolSection"]["madeUpModule"] = {"items": [{"kind": "BLUE"}, {"kind": "RED"}]}
    stated = stated_of(Node(record), parse_fields(MADE_UP))
    assert stated == (("made_up", ("BLUE", "RED")),)
    trial = Registered(SOURCE, TrialFields(stated=stated))
    assert holds(Is("made_up", ("RED",)), trial) is True
    assert holds(Is("made_up", ("GREEN",)), trial) is False
    assert holds(Is("another", ("RED",)), trial) is None


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("masking", ("DOUBLE",)),
        ("allocation", ("RANDOMIZED",)),
        ("minimum_age", (216,)),
        ("sponsor_class", ("OTHER",)),
        ("number_of_sites", (1,)),
        ("start_date", (20230102,)),
        ("has_results", (False,)),
        ("cities", ("Lisbon",)),
    ],
)
def test_values_are_read_by_what_the_field_holds(field, values):
    """Tokens and names as they stand, ages in months, dates as numbers, things counted."""
    assert dict(stated_of(Node(whole_study(1, title="Made-up")), FIELDS))[field] == values


def test_a_value_of_the_wrong_type_is_not_stated():
    """Ten people in words are no number, and no flag is "maybe"."""
    record = whole_study(1, title="Made-up")
    record["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = "ten"
    record["hasResults"] = "maybe"
    assert not {"enrollment", "has_results"} & dict(stated_of(Node(record), FIELDS)).keys()


def test_a_person_who_pays_is_not_named():
    """A sponsor or collaborator that is a person stays out, and so does what would name one."""
    record = whole_study(1, title="Made-up")
    record["protocolSection"]["sponsorCollaboratorsModule"] = {
        "leadSponsor": {"name": "Secret Person", "class": "INDIV"},
        "collaborators": [
            {"name": "Another Person", "class": "INDIV"},
            {"name": "Made-up Clinic", "class": "OTHER"},
        ],
    }
    stated = dict(stated_of(Node(record), FIELDS))
    assert "sponsor" not in stated
    assert stated["collaborators"] == ("Made-up Clinic",)


def test_a_trial_does_not_end_before_it_starts():
    """A negative duration is a mistake of the record, and none."""
    record = whole_study(1, title="Made-up")
    record["protocolSection"]["statusModule"]["completionDateStruct"] = {"date": "2020-01"}
    assert "duration" not in dict(stated_of(Node(record), FIELDS))


def test_real_records_state_what_a_naive_walk_finds(shared):
    """Every token and name of 569 records is that of the raw JSON, found a second way."""
    path = shared / "data/trial-records/studies.jsonl.gz"
    kinds = [field for field in FIELDS.values() if field.holds in ("token", "flag")]
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            stated = dict(stated_of(Node(record), FIELDS))
            for field in kinds:
                raw = [value for path in field.demanded for value in naive(record, path)]
                assert stated.get(field.name, ()) == tuple(dict.fromkeys(raw)), field.name
