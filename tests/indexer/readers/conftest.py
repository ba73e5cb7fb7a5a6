"""Fixtures of the readers' tests; the study is made up and says so."""

import copy
import json
from pathlib import Path

import pytest

from indexer.readers import read_file
from retrieval.language.compounds import load_ladder

SHARED = Path(__file__).parents[4] / "shared"

MADE_UP = {
    "protocolSection": {
        "identificationModule": {
            "nctId": "NCT99999901",
            "briefTitle": "A Made-up Trial of Thymalfasin",
            "officialTitle": "A Made-up Trial, Written for Tests, of Thymalfasin and Placebo",
        },
        "statusModule": {
            "overallStatus": "NOT_YET_RECRUITING",
            "startDateStruct": {"date": "2021-03"},
            "completionDateStruct": {"date": "2024-13-45"},
            "lastUpdatePostDateStruct": {"date": "2024-02-29", "type": "ACTUAL"},
        },
        "sponsorCollaboratorsModule": {
            "responsibleParty": {"investigatorFullName": "Secret Person One"},
            "leadSponsor": {"name": "Secret Person Two", "class": "INDIV"},
        },
        "designModule": {"phases": ["PHASE2"], "enrollmentInfo": {"count": 99999999}},
        "armsInterventionsModule": {"interventions": [{"type": "DRUG", "name": "thymalfasin"}]},
        "eligibilityModule": {"eligibilityCriteria": "Age \\< 18\r\n* מבחן e\u0301\x00 \ud800."},
        "contactsLocationsModule": {
            "centralContacts": [{"name": "Secret Person Three", "phone": "555-000-1111"}],
            "overallOfficials": [{"name": "Secret Person Four"}],
            "locations": [
                {"facility": "Mail x@example.org or call 555-000-2222", "country": "Chad"}
            ],
            "locations_nested": [{"country": "Chad", "contacts": [{"name": "Secret Person Five"}]}],
        },
    },
    "resultsSection": {
        "adverseEventsModule": {
            "eventGroups": [
                {"id": "EG000", "title": "Arm A", "seriousNumAffected": 0},
                {"id": "EG001", "title": "Arm B", "seriousNumAtRisk": 24},
            ],
            "seriousEvents": [
                {
                    "term": "Made-up event",
                    "stats": [{"groupId": "EG000", "numAffected": 3, "numAtRisk": 25}],
                },
                {
                    "term": "Other made-up event",
                    "stats": [{"groupId": "EG001", "numAtRisk": 24, "numEvents": 7}],
                },
                {
                    "term": "Third made-up event",
                    "stats": [{"groupId": "EG000", "numAffected": 2}],
                },
            ],
        },
        "moreInfoModule": {"pointOfContact": {"title": "Secret Person Six"}},
    },
    "hasResults": True,
}


@pytest.fixture(scope="session")
def ladder():
    return load_ladder()


@pytest.fixture
def study():
    return copy.deepcopy(MADE_UP)


@pytest.fixture
def read(tmp_path, ladder):
    """Write content under a name and read it: bytes, text, or a value to be made JSON."""

    def read_content(content, name="file.json"):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return list(read_file(path, ladder))

    return read_content


@pytest.fixture(scope="session")
def shared():
    if not SHARED.is_dir():
        pytest.skip("the folder of shared data is not here")
    return SHARED
