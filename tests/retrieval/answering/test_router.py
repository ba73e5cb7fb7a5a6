"""Which route a question takes."""

from __future__ import annotations

import pytest

from retrieval.question.types import PlanEdit
from tests.retrieval.answering.conftest import COUGH, FEVER


@pytest.mark.parametrize(
    ("text", "route"),
    [
        (f"what phase is {COUGH}", "lookup"),
        (COUGH, "lookup"),
        (f"https://clinicaltrials.gov/study/{COUGH}?tab=results", "lookup"),
        (f"what is {COUGH} about", "lookup"),
        (f"how many people had nausea in {COUGH}", "safety"),
        (f"adverse events of {COUGH}", "safety"),
        ("thymosin safety data", "safety"),
        (f"who can join {COUGH}", "eligibility"),
        (f"inclusion criteria of {COUGH}", "eligibility"),
        (f"compare {COUGH} and {FEVER}", "comparison"),
        ("tirzepatide vs semaglutide", "comparison"),
        (f"what were the results of {COUGH}", "results"),
        ("how many thymalfasin trials are recruiting", "count"),
        ("list phase 2 trials", "list"),
        ("should I take semaglutide", "advice"),
        ("what dose of thymalfasin should I inject", "advice"),
        ("is semaglutide safe for me", "advice"),
        ("where can I buy thymosin", "advice"),
        ("thymalfasin against fever in sailors", "narrative"),
        ("what is the evidence for thymalfasin against fever", "narrative"),
        ("how many people are enrolled in all thymalfasin trials together", "lookup"),
        ("what phase is the thymalfasin trial in hiccups", "lookup"),
        (f"did {COUGH} find an effect on thirst", "results"),
        (f"does {COUGH} have a data safety monitoring board", "lookup"),
    ],
)
def test_routes(ask, text, route):
    """Each kind of question has its route, and a reason in words."""
    routed = ask(text).routed
    assert routed.route == route
    assert routed.reason


@pytest.mark.parametrize(
    "text", ["who can take part in thymalfasin trials", "how many trials can I join"]
)
def test_wanting_to_join_is_no_request_for_advice(ask, text):
    """Criteria and counts are stated; what to do is not asked."""
    assert ask(text).routed.route != "advice"


def test_a_caller_may_choose(ask):
    """An explicit route wins over the words."""
    assert (
        ask(f"what phase is {COUGH}", plan=PlanEdit(operation="narrative")).routed.route
        == "narrative"
    )


def test_a_long_text_is_no_question_of_a_fact(ask):
    """A case history that speaks of phases and ages asks for none of them."""
    assert ask("a man of 60 years with a cough of three phases " * 6).routed.route == "narrative"
