"""Trial records: what is rendered, what becomes a field, what is dropped."""

import json

import pytest


@pytest.fixture
def document(read, study):
    (found,) = read(study)
    return found.document


def section(document, name):
    return next(document.text[s.start : s.end] for s in document.sections if s.name == name)


def test_ids_and_link(document):
    """A record's ids and link come from its NCT id."""
    assert document.doc_id == "clinicaltrials:NCT99999901"
    assert document.trial_id == "NCT99999901"
    assert document.source_url == "https://clinicaltrials.gov/study/NCT99999901"
    assert document.title == "A Made-up Trial of Thymalfasin"


def test_fields_are_registry_tokens_and_integers(document):
    """Dates are integers, tokens stay as they are, unknown numbers are None."""
    fields = document.fields
    assert (fields.started, fields.completed, fields.updated) == (20210301, None, 20240229)
    assert (fields.status, fields.phases) == ("NOT_YET_RECRUITING", ("PHASE2",))
    assert fields.enrollment is None
    assert fields.interventions == ("thymalfasin",)
    assert fields.countries == ("Chad",)


@pytest.mark.parametrize("place", ["title", "intervention", "other name", "keyword", "nowhere"])
def test_compounds_are_read_where_a_trial_names_what_it_studies(read, study, place):
    """A compound is the trial's own in its titles, interventions and keywords, not elsewhere."""
    name = "Zadaxin"
    study["protocolSection"] |= {
        "identificationModule": {
            "nctId": "NCT99999901",
            "briefTitle": name if place == "title" else "x",
        },
        "armsInterventionsModule": {
            "interventions": [
                {
                    "name": name if place == "intervention" else "x",
                    "otherNames": [name if place == "other name" else "x"],
                }
            ]
        },
        "conditionsModule": {"keywords": [name if place == "keyword" else "x"]},
        "descriptionModule": {"briefSummary": name},
    }
    expected = () if place == "nowhere" else ("thymosin-alpha-1",)
    assert read(study)[0].document.fields.compounds == expected


def test_an_impossible_date_is_warned_of_and_kept_in_the_text(read, study):
    """A date that is none leaves its field empty, is named, and is shown as stated."""
    (found,) = read(study)
    assert any("2024-13-45" in warning for warning in found.warnings)
    assert "Completion: 2024-13-45" in found.document.text


def test_people_are_dropped(document):
    """No name, e-mail or phone of the record's people is in the document."""
    for secret in ("Secret", "@", "555-000"):
        assert secret not in f"{document.text}{document.fields}"


def test_a_persons_name_in_free_text_is_masked(read, study):
    """Who the record names as staff is masked wherever the record repeats the name."""
    study["protocolSection"]["descriptionModule"] = {"briefSummary": "Ask Secret Person Four."}
    assert "Ask [name removed]." in read(study)[0].document.text


def test_offices_are_no_people(read, study):
    """A call centre or a study director without a name masks nothing."""
    officials = [{"name": "Study Director"}, {"name": "Call 1-800 Line"}, {"name": "Acme, MD"}]
    study["protocolSection"]["contactsLocationsModule"]["overallOfficials"] = officials
    study["protocolSection"]["descriptionModule"] = {"briefSummary": "The Study Director, Acme."}
    assert "The Study Director, Acme." in read(study)[0].document.text


def test_unseen_characters_are_cleaned_and_seen_ones_stay(document):
    """Escapes, right-to-left and combining characters stay; NUL and surrogates do not."""
    assert "Age \\< 18\n* מבחן e\u0301 \ufffd." in section(document, "Eligibility")


def test_absence_of_results_is_a_sentence_with_a_date(read, study):
    """A record without results says so, and as of when."""
    del study["resultsSection"]
    study["hasResults"] = False
    document = read(study)[0].document
    assert "Results posted: no (as of 2024-02-29)" in section(document, "Status and dates")
    assert document.fields.has_results is False


def test_a_record_that_does_not_say_whether_results_are_posted_is_not_read_as_no(read, study):
    """Silence gives neither a sentence nor a field; a results section speaks for itself."""
    del study["hasResults"]
    assert read(study)[0].document.fields.has_results is True
    del study["resultsSection"]
    document = read(study)[0].document
    assert "Results posted" not in document.text
    assert document.fields.has_results is None


def test_an_adverse_event_is_one_line_with_every_arm(document):
    """Each event is a line; an arm without a number is not reported, never zero."""
    first, second, third = section(document, "Serious adverse events").split("\n")
    assert "Arm A 2/not reported; Arm B not reported" in third
    assert "Made-up event" in first
    assert "Arm A 3/25; Arm B not reported" in first
    assert "Arm B not reported/24 (events: 7); Arm A not reported" in second
    assert "serious 0/not reported" in section(document, "Adverse events")
    assert "serious not reported/24" in section(document, "Adverse events")


def test_a_path_leads_from_the_rendered_numbers_to_the_record(document):
    """The span of an arm's numbers carries the path of that arm's object."""
    spans = {span.path: document.text[span.start : span.end] for span in document.paths}
    assert spans["resultsSection.adverseEventsModule.seriousEvents[0].stats[0]"] == "3/25"


def test_values_of_a_wrong_type_are_warned_of(read, study):
    """A list that is a string, or a text that is a list, costs that value only."""
    study["protocolSection"]["designModule"]["phases"] = "PHASE2"
    study["protocolSection"]["identificationModule"]["officialTitle"] = ["a", "b"]
    (found,) = read(study)
    assert any("phases: expected a list, found str" in warning for warning in found.warnings)
    assert any("officialTitle: expected text" in warning for warning in found.warnings)


def test_many_sites_are_told_by_region(read, study):
    """A trial with hundreds of sites has a line per country and state, not per site."""
    sites = [{"facility": f"F{i}", "city": f"C{i % 7}", "country": "Chad"} for i in range(300)]
    study["protocolSection"]["contactsLocationsModule"] = {"locations": sites}
    lines = section(read(study)[0].document, "Locations").split("\n")
    assert lines[0] == "Sites listed: 300"
    assert len(lines) == 2


def test_rendering_is_deterministic(read, study):
    """The same record gives the same document, whatever the order of its keys."""
    turned = json.loads(json.dumps(study, sort_keys=True))
    assert read(study)[0].document == read(turned)[0].document
