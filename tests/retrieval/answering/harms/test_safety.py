"""Adverse events as posted, per arm; and why there are none, told by type."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from retrieval.answering.harms.asked_events import names_an_event
from retrieval.answering.harms.safety import answer_safety
from retrieval.answering.harms.safety_tables import NO_PERCENT, percentage
from retrieval.index.rendered import Rendered
from tests.corpus import study, whole_study, write_digest, write_study
from tests.retrieval.answering.asking import ARMS, Asker, posted

POSTED, PLANNED, SILENT, BARE, NONE_NAMED = (f"NCT9000004{n}" for n in range(5))
DOSED = "NCT90000049"
# Counted in the 22 real records that have results.
CELLS, PERCENTAGES = 961, 462
OF = ("Affected", "AtRisk")
MODULE = "resultsSection.adverseEventsModule"


@pytest.fixture(scope="module")
def asker(tmp_path_factory):
    """Five made-up trials: posted events, planned safety, no safety, other results, no names."""
    folder = tmp_path_factory.mktemp("safety")
    corpus = folder / "corpus"
    bare = whole_study(43, title="Walking With Other Results Posted")
    measure = {"type": "PRIMARY", "title": "Invented thirst", "unitOfMeasure": "cups"}
    bare["resultsSection"] = {"outcomeMeasuresModule": {"outcomeMeasures": [measure]}}
    none_named = study(44, title="Walking Where Nothing Is Named", drug="walking", results=True)
    del none_named["resultsSection"]["adverseEventsModule"]["otherEvents"]
    for record in (
        posted(study(40, title="Thymalfasin for Invented Posted Fever")),
        study(41, title="Thymalfasin for Invented Planned Fever"),
        whole_study(42, title="Walking for an Invented Silent Fever", drug="walking"),
        bare | {"hasResults": True},
        none_named,
        dosed(),
    ):
        write_study(corpus, record)
    write_digest(corpus, 40, body="The invented drug was safe in this digest.")
    return Asker([corpus], folder / "index")


def dosed():
    """Return a made-up trial with an arm per dose, whose events have names of several spellings."""
    titles = ("Blue 5 mg", "Blue 10 mg", "Blue 15mg", "Placebo")
    arms = [{"id": f"EG{n}", "title": title} for n, title in enumerate(titles)]
    events = [
        {"term": term, "organSystem": system, "stats": [counted(n) for n in range(4)]}
        for term, system in (
            ("Diarrhoea", "Gastrointestinal disorders"),
            ("Vomiting", "Gastrointestinal disorders"),
            ("Edema", "Investigations"),
            ("Cerebrovascular accident", "Nervous system disorders"),
        )
    ]
    module = {"frequencyThreshold": "5", "eventGroups": arms, "otherEvents": events}
    record = study(49, title="Walking at Several Invented Doses", drug="walking")
    return record | {"hasResults": True, "resultsSection": {"adverseEventsModule": module}}


def counted(arm):
    return {"groupId": f"EG{arm}", "numAffected": arm, "numAtRisk": 9}


@pytest.fixture(scope="module")
def ask(asker):
    return lambda text: asker.draft(answer_safety, text)


def texts(draft):
    return [claim.text for claim in draft.claims]


def rows(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_totals_stand_per_arm_and_kind_and_nothing_is_added_up(ask):
    """Each row is one arm and one kind; there is no row for all arms together."""
    table = ask(f"adverse events of {POSTED}").tables[0]
    assert rows(table) == [
        ["Blue Drug Arm", "serious adverse events", "0", "20", "0.0%"],
        ["Placebo Arm", "serious adverse events", "1", "20", "5.0%"],
        ["Blue Drug 2", "serious adverse events", "2", "20", "10.0%"],
        ["Blue Drug Arm", "other (not serious) adverse events", "4", "21", "19.0%"],
        ["Placebo Arm", "other (not serious) adverse events", "5", "21", "23.8%"],
        ["Blue Drug 2", "other (not serious) adverse events", "6", "21", "28.6%"],
        *(
            [arm, "deaths from any cause", "not reported", "not reported", NO_PERCENT]
            for arm in ARMS
        ),
    ]


def test_the_totals_of_each_arm_are_quoted_without_its_description(ask):
    """A claim is the record's own line up to where it describes the arm."""
    assert texts(ask(f"adverse events of {POSTED}"))[:2] == [
        "Adverse events, affected/at risk, in Blue Drug Arm: serious 0/20; other 4/21; "
        "all-cause deaths not reported",
        "Adverse events, affected/at risk, in Placebo Arm: serious 1/20; other 5/21; "
        "all-cause deaths not reported",
    ]


def test_each_number_cites_its_json_path_and_each_percentage_says_it_is_computed(ask):
    """A copied cell has a citation and is not computed; a percentage is the other way round."""
    row = ask(f"adverse events of {POSTED}").tables[0].rows[1]
    assert [cell.citation.path for cell in row[2:4]] == [
        f"{MODULE}.eventGroups[1].seriousNumAffected",
        f"{MODULE}.eventGroups[1].seriousNumAtRisk",
    ]
    assert (row[4].computed, row[4].citation) == (True, None)


def test_a_missing_number_cites_the_line_that_lacks_it(ask):
    """An arm that an event's line does not count is not reported, never zero."""
    table = ask(f"adverse events of {POSTED}").tables[1]
    cells = table.rows[0][-2:]
    assert [cell.text for cell in cells] == ["not reported", NO_PERCENT]
    assert "Blue Drug 2 not reported" in cells[0].citation.quote


def test_named_events_keep_serious_and_other_apart(ask):
    """An event under both kinds has a row of its own in each."""
    table = ask(f"adverse events of {POSTED}").tables[1]
    assert [row[:2] for row in rows(table)] == [
        ["Back pain", "serious"],
        ["Sepsis", "serious"],
        ["Pain", "other"],
        ["Nausea", "other"],
        ["Sepsis", "other"],
    ]


def test_notes_cite_time_frame_and_threshold(ask):
    """A reader sees from which frequency on events are listed, and over what time."""
    notes = ask(f"adverse events of {POSTED}").tables[0].notes
    cited = {note.citation.path: note.text for note in notes if note.citation}
    assert cited == {
        f"{MODULE}.timeFrame": "Time frame: 12 invented weeks",
        f"{MODULE}.frequencyThreshold": "Frequency threshold in percent: 5",
    }


def test_one_event_in_one_arm_is_answered_with_its_count_alone(ask):
    """The claim holds the arm that was asked for, and cites the count by its path."""
    draft = ask(f"How many had back pain in the placebo arm of {POSTED}?")
    assert texts(draft) == [
        "Serious adverse event, affected/at risk: Back pain (Invented disorders): Placebo Arm 2/20"
    ]
    assert draft.claims[0].citations[1].path == f"{MODULE}.seriousEvents[0].stats[1]"
    assert rows(draft.tables[0]) == [
        ["Back pain", "serious", "Invented disorders", "2/20", "10.0%"]
    ]


def test_the_longer_name_of_an_arm_or_event_is_meant(ask):
    """ "Back pain" is not "Pain", and "Blue Drug 2" not "Blue Drug Arm"."""
    draft = ask(f"How many had pain as a side effect with Blue Drug 2 in {POSTED}?")
    assert texts(draft) == [
        "Other adverse event, affected/at risk: Pain (Invented disorders): Blue Drug 2 not reported"
    ]


@pytest.mark.parametrize(
    ("asked", "terms"),
    [
        ("How many had diarrhea", ["Diarrhoea"]),
        ("How many vomited", ["Vomiting"]),
        ("What share had oedemas", ["Edema"]),
        ("Did anyone get a stroke", ["Cerebrovascular accident"]),
        ("How many had gastrointestinal disorders", ["Diarrhoea", "Vomiting"]),
    ],
)
def test_an_event_is_found_in_other_forms_spellings_and_names(ask, asked, terms):
    """A harm that is posted is never said to be absent for how it is written."""
    draft = ask(f"{asked} in {DOSED}?")
    assert draft.abstained is None
    assert [row[0] for row in rows(draft.tables[0])] == terms


def test_the_router_is_told_which_texts_name_a_posted_event(asker):
    """Terms and organ systems name one; a system of one word is said of much else."""
    with asker.live.lease() as snapshot:
        documents = (snapshot.catalogue.document(card.source.doc_id) for card in snapshot.cards)
        record = Rendered(next(one for one in documents if one.trial_id == DOSED))
    named = ("any strokes", "nervous system disorder", "he vomited", "diarrhea")
    assert all(names_an_event(record, text) for text in named)
    assert not any(names_an_event(record, text) for text in ("what is investigated", "sepsis"))


@pytest.mark.parametrize("asked", ["in the 10 mg group", "in the 10mg arm", "at 10 mg"])
def test_an_arm_named_by_its_dose_is_that_arm_alone(ask, asked):
    """10 mg is neither 5 mg nor 15 mg, however it is spaced."""
    table = ask(f"How many had vomiting {asked} of {DOSED}?").tables[0]
    assert table.columns[3::2] == ("Blue 10 mg: affected/at risk",)


def test_two_doses_before_one_unit_are_two_arms(ask):
    """The unit belongs to each number of the list."""
    table = ask(f"How many vomited in the 5 and 15 mg groups of {DOSED}?").tables[0]
    assert table.columns[3::2] == ("Blue 5 mg: affected/at risk", "Blue 15mg: affected/at risk")


@pytest.mark.parametrize("asked", ["Did anyone get sepsis in {}?", "In {}, did anyone get sepsis?"])
def test_an_event_that_is_not_posted_is_named_with_what_is(ask, asked):
    """The message names the event; threshold and totals show how far the silence reaches."""
    draft = ask(asked.format(DOSED))
    assert draft.abstained.reason == "not_given"
    assert "'sepsis'" in draft.abstained.message
    assert len(draft.claims) == 5


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ("serious sepsis", ["serious"]),
        ("sepsis that was not serious", ["other"]),
        ("sepsis", ["serious", "other"]),
    ],
)
def test_the_kind_that_is_asked_for_is_given(ask, asked, kinds):
    """Serious or not serious narrows the rows; neither gives both, apart."""
    table = ask(f"How many had {asked} in {POSTED}?").tables[0]
    assert [row[1] for row in rows(table)] == kinds


def test_an_event_that_is_not_posted_is_not_given_and_the_threshold_is_cited(ask):
    """A rare event may be missing from the list, so nobody is told that it never happened."""
    draft = ask(f"How many had dizziness in {POSTED}?")
    assert (draft.abstained.type, draft.abstained.reason) == ("no_match", "not_given")
    assert draft.claims[0].text == "Frequency threshold in percent: 5"


def test_where_the_record_lists_no_event_its_own_words_answer(ask):
    """A record that says to list none by name is quoted; the totals show who was watched."""
    draft = ask(f"How many had dizziness in {NONE_NAMED}?")
    assert draft.abstained is None
    assert texts(draft)[:2] == [
        "Serious adverse events: the record lists none by name",
        "Other adverse events: the record lists none by name",
    ]
    assert "serious 1/17" in texts(draft)[2]


@pytest.mark.parametrize(
    ("trial", "kind", "reason"),
    [
        (PLANNED, "planned_not_reported", "planned_only"),
        (SILENT, "no_results_posted", "results_not_posted"),
        (BARE, "no_results_posted", "events_not_posted"),
    ],
)
def test_absence_is_typed_and_cites_the_line_that_shows_it(ask, trial, kind, reason):
    """Planned safety, no results, and results without events are three things."""
    draft = ask(f"is {trial} safe, what adverse events?")
    assert (draft.abstained.type, draft.abstained.reason) == (kind, reason)
    assert draft.claims[0].text.startswith("Results posted: ")
    assert draft.claims[0].citations[0].path == "hasResults"
    assert not draft.tables


def test_planned_safety_is_quoted_from_the_planned_outcomes(ask):
    """The plan is cited beside the line that no results are posted."""
    assert texts(ask(f"safety of {PLANNED}"))[1:] == [
        "Primary outcome: Safety: adverse events counted; time frame: 12 weeks"
    ]


def test_of_a_compound_the_trials_with_posted_events_answer(ask):
    """Trials that only plan to look at safety do not stand beside reported numbers."""
    draft = ask("thymalfasin safety data")
    assert draft.abstained is None
    assert {c.source.trial_id for claim in draft.claims for c in claim.citations} == {POSTED}


def test_of_a_compound_without_posted_events_the_plans_are_cited(tmp_path):
    """Trials that say to have no results come before those that are silent on it."""
    silent = study(47, title="Thymalfasin for a Silent Fever")
    del silent["hasResults"]
    for record in (silent, study(48, title="Another Fever, With Thymalfasin")):
        write_study(tmp_path / "corpus", record)
    draft = Asker([tmp_path / "corpus"], tmp_path / "index").draft(
        answer_safety, "thymalfasin safety in silent fever"
    )
    plan = "Primary outcome: Safety: adverse events counted; time frame: 12 weeks"
    assert draft.abstained.type == "planned_not_reported"
    assert texts(draft) == [
        "NCT90000048: Results posted: no (as of 2024-05-06)",
        f"NCT90000048: {plan}",
        f"NCT90000047: {plan}",
    ]


def test_a_digest_speaks_after_the_registry_in_its_own_voice(ask):
    """What a model wrote is labelled as such, and comes last."""
    voices = [claim.citations[0].labels.voice for claim in ask(f"safety of {POSTED}").claims]
    assert voices == ["registry"] * 3 + ["llm_digest"]


def test_a_digest_that_reports_harms_against_the_registry_is_a_conflict(tmp_path):
    """Both are quoted, the registry first; the answer is none of the two."""
    corpus = tmp_path / "corpus"
    write_study(corpus, study(45, title="Thymalfasin for a Disputed Fever"))
    digest = write_digest(corpus, 45, body="An invented trial.")
    reported = "Adverse events occurred in 3 of 17 people."
    digest.write_text(digest.read_text().replace("No results are available yet.", reported))
    draft = Asker([corpus], tmp_path / "index").draft(answer_safety, "safety of NCT90000045")
    assert (draft.abstained.type, draft.abstained.reason) == ("conflict", "sources_disagree")
    assert texts(draft)[0].startswith("Results posted: no")
    assert texts(draft)[-1] == reported


def test_a_dispute_of_one_of_several_trials_is_a_conflict_too(tmp_path):
    """What is only planned elsewhere doesn't hide that a digest reports harms."""
    corpus = tmp_path / "corpus"
    write_study(corpus, study(45, title="Thymalfasin for a Disputed Fever"))
    write_study(corpus, study(48, title="Another Fever, With Thymalfasin"))
    digest = write_digest(corpus, 45, body="An invented trial.")
    reported = "Adverse events occurred in 3 of 17 people."
    digest.write_text(digest.read_text().replace("No results are available yet.", reported))
    draft = Asker([corpus], tmp_path / "index").draft(answer_safety, "thymalfasin safety data")
    assert (draft.abstained.type, draft.abstained.reason) == ("conflict", "sources_disagree")
    assert texts(draft)[-1] == f"NCT90000045: {reported}"


def test_a_count_belongs_to_the_arm_whose_name_stands_before_it(tmp_path):
    """An arm without numbers or title in the middle of a line takes nobody else's."""
    record = study(46, title="Walking With Gaps in Its Table", drug="walking")
    groups = [{"id": "EG000", "seriousNumAffected": 1}, {"id": "EG001", "title": "Placebo"}]
    stats = [{"groupId": "EG000"}, {"groupId": "EG001", "numAffected": 2, "numAtRisk": 20}]
    only = {"groupId": "EG000", "numAffected": 3, "numAtRisk": 30}
    events = [{"term": "Cramp", "stats": stats}, {"term": "Hiccups", "stats": [only]}]
    module = {"eventGroups": groups, "otherEvents": events}
    posted_one = record | {"hasResults": True, "resultsSection": {"adverseEventsModule": module}}
    write_study(tmp_path / "corpus", posted_one)
    asker = Asker([tmp_path / "corpus"], tmp_path / "index")
    table = asker.draft(answer_safety, "adverse events of NCT90000046").tables[1]
    assert table.columns[3::2] == ("EG000: affected/at risk", "Placebo: affected/at risk")
    assert [row[3::2] for row in rows(table)] == [
        ["not reported", "2/20"],
        ["3/30", "not reported"],
    ]


@pytest.mark.parametrize(
    ("affected", "at_risk", "shown"),
    [
        ("1", "3", "33.3%"),
        ("0", "0", NO_PERCENT),
        ("", "7", NO_PERCENT),
        ("not reported", "7", NO_PERCENT),
        ("8", "7", NO_PERCENT),
    ],
)
def test_no_percentage_where_it_would_mean_nothing(affected, at_risk, shown):
    """Nobody at risk, a missing number or more affected than at risk give none."""
    assert percentage(affected, at_risk).text == shown
    assert percentage(affected, at_risk).computed is shown.endswith("%")


def raw_value(record, path):
    """Return the value at a JSON path: a naive walk."""
    for step in re.findall(r"[^.\[\]]+", path):
        record = record[int(step)] if isinstance(record, list) else record[step]
    return record


def raw_text(record, path):
    """Return what a cell must say of the value at a path."""
    value = raw_value(record, path)
    if isinstance(value, dict):
        return f"{value['numAffected']}/{value['numAtRisk']}"
    return " ".join(str(value).split())


def raw_cells(module):
    """Count the values that a record's tables must copy."""
    groups = module["eventGroups"]
    numbers = (f"{kind}Num{of}" for kind in ("serious", "other", "deaths") for of in OF)
    totals = 3 * len(groups) + sum(name in group for name in numbers for group in groups)
    return totals + sum(2 + len(event["stats"]) for event in raw_events(module))


def raw_events(module):
    return [*module.get("seriousEvents", []), *module.get("otherEvents", [])]


def copied(table):
    """Yield each copied cell of a table with the number of its column."""
    for row in table.rows:
        for column, cell in enumerate(row):
            if cell.citation and cell.citation.path:
                yield column, cell


@pytest.fixture(scope="module")
def real(shared, tmp_path_factory):
    """The 22 real records with results by id, and their tables."""
    folder = tmp_path_factory.mktemp("real")
    with gzip.open(shared / "data" / "trial-records" / "studies.jsonl.gz", "rt") as lines:
        raw = [record for record in map(json.loads, lines) if "resultsSection" in record]
    for record in raw:
        write_study(folder / "corpus", record)
    asker = Asker([folder / "corpus"], folder / "index")
    by_id = {r["protocolSection"]["identificationModule"]["nctId"]: r for r in raw}
    return {
        trial: (record, asker.draft(answer_safety, f"adverse events of {trial}").tables)
        for trial, record in by_id.items()
    }


def test_every_cell_of_real_records_is_the_raw_value_at_its_path(real):
    """Every copied cell equals the JSON at its path, and none that the JSON has is left out."""
    checked = 0
    for record, tables in real.values():
        cells = [cell for table in tables for _, cell in copied(table)]
        for cell in cells:
            assert cell.text == raw_text(record, cell.citation.path)
        assert len(cells) == raw_cells(record["resultsSection"]["adverseEventsModule"])
        checked += len(cells)
    assert (len(real), checked) == (22, CELLS)


def test_each_count_of_real_records_stands_under_its_own_arm(real):
    """The group that the JSON counts in is the one that heads the column, or the row."""
    for record, (totals, *named) in real.values():
        groups = record["resultsSection"]["adverseEventsModule"]["eventGroups"]
        for row in totals.rows:
            paths = [row[at].citation.path for at in (0, 2, 3) if row[at].citation.path]
            assert len({path.rpartition(".")[0] for path in paths}) == 1
        for column, cell in (pair for table in named for pair in copied(table)):
            if ".stats[" in cell.citation.path:
                counted = raw_value(record, cell.citation.path)["groupId"]
                assert counted == groups[(column - 3) // 2]["id"]


def test_percentages_of_real_records_are_those_of_their_own_row(real):
    """Each is computed again from the two numbers beside it."""
    computed = 0
    for _, (totals, *named) in real.values():
        pairs = [(f"{row[2].text}/{row[3].text}", row[4]) for row in totals.rows]
        pairs += [
            (row[at].text, row[at + 1])
            for table in named
            for row in table.rows
            for at in range(3, len(row), 2)
        ]
        for count, cell in pairs:
            if cell.computed:
                affected, at_risk = map(int, count.split("/"))
                assert cell.text == f"{affected / at_risk:.1%}"
                computed += 1
    assert computed == PERCENTAGES
