"""The plan: told by search and answer alike, and overridden by what is sent back."""

from __future__ import annotations

import pytest

from tests.search_api.conftest import REPORTED

COUNT = "how many recruiting trials are there"


def answer(client, question, **body):
    response = client.post("/v1/answer", json={"question": question, **body})
    assert response.status_code == 200, response.text
    return response.json()


def searched(client, query, **body):
    response = client.post("/v1/search", json={"query": query, **body})
    assert response.status_code == 200, response.text
    return response.json()


def test_a_demand_shows_its_words_and_rule(client):
    """A reader of the plan sees what was read, where, and by which rule."""
    (demand,) = answer(client, COUNT)["plan"]["demands"]
    assert (demand["field"], demand["op"], demand["value"]) == ("statuses", "is", ["RECRUITING"])
    assert COUNT[demand["start"] : demand["end"]] == demand["words"] == "recruiting"
    assert demand["rule"] == "status.recruiting"


@pytest.mark.parametrize("question", [COUNT, f"what phase is {REPORTED}", "thymosin safety data"])
def test_search_and_answer_tell_one_plan(client, question):
    """A question is read once, whoever asks."""
    assert searched(client, question)["plan"] == answer(client, question)["plan"]


@pytest.mark.parametrize("question", [COUNT, f"what phase is {REPORTED}", "thymosin safety data"])
def test_a_plan_that_is_sent_back_changes_nothing(client, question):
    """What was told is accepted as it is."""
    first = answer(client, question)
    again = answer(client, question, plan=first["plan"])
    assert [one["text"] for one in again["claims"]] == [one["text"] for one in first["claims"]]
    assert again["count"] == first["count"]


def test_a_demand_can_be_overridden(client):
    """A count takes the demands that it is given."""
    other = [{"field": "statuses", "op": "is", "value": ["WITHHELD"]}]
    assert answer(client, COUNT, plan={"demands": other})["count"] == 0
    assert answer(client, COUNT, plan={"demands": []})["count"] > 0


def test_an_operation_and_a_subject_can_be_overridden(client):
    """A caller may say what is asked, and of which trial."""
    plan = {"operation": "lookup", "fields": ["phases"], "subject": {"trial_ids": [REPORTED]}}
    told = answer(client, "tell me", plan=plan)
    assert told["plan"]["operation"] == "lookup"
    assert told["plan"]["subject"]["trial_ids"] == [REPORTED]
    assert {one["trial_id"] for c in told["claims"] for one in c["citations"]} == {REPORTED}


@pytest.mark.parametrize(
    "plan",
    [
        {"operation": "guess"},
        {"fields": ["no such field"]},
        {"demands": [{"op": "is", "value": ["X"]}]},
        {"demands": [{"field": "statuses", "op": "is"}]},
        {"demands": [{"op": "not", "value": 5}]},
        {"demands": [{"field": "enrollment", "op": "between", "value": [1, 2]}]},
    ],
)
def test_a_plan_that_is_none_is_refused(client, plan):
    """A mistake is told, and never passed over."""
    response = client.post("/v1/answer", json={"question": COUNT, "plan": plan})
    assert response.status_code in (400, 422), response.text
    assert set(response.json()) == {"error", "detail"}
