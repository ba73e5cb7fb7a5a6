"""The page: one file that loads nothing else and inserts text as text."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, get_args

import pytest

from retrieval.answering.types import AbstentionType, Mode
from retrieval.index.judging import GRADES

if TYPE_CHECKING:
    from fastapi.testclient import TestClient


@pytest.fixture(scope="module")
def page(client: TestClient) -> str:
    response = client.get("/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response.text


def test_the_page_loads_nothing_from_elsewhere(page: str) -> None:
    """No tag and no style names another file; links go out only when they are clicked."""
    sources = re.findall(r"""(?:src|href|action)\s*=\s*["']([^"']*)""", page)
    assert all(source.startswith(("/", "data:")) for source in sources)
    assert not re.search(r"@import|url\(|<script\s|<link rel=.stylesheet", page)


def test_the_policy_allows_the_pages_own_script_and_style_only(
    client: TestClient, page: str
) -> None:
    """The policy carries the hash of what is inline, and no `unsafe` word."""
    policy = client.get("/").headers["content-security-policy"]
    for tag in ("script", "style"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\son\w+=|\sstyle=", page)


def test_text_enters_the_page_as_text(page: str) -> None:
    """Nothing that parses markup is called."""
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", page)


def test_every_field_has_a_label(page: str) -> None:
    """Each input and each select can be named by a screen reader."""
    assert page.count("<select ") == len(re.findall(r"<label>[^<]+<select ", page))
    assert '<label class="hidden" for="q">' in page


def test_the_pages_verdicts_are_verdicts(page: str) -> None:
    """What the buttons of a hit send is what the API takes, by a button that says its state."""
    (names,) = re.findall(r"const VERDICTS = \{(.*?)\};", page)
    assert set(re.findall(r"(\w+):", names)) <= set(GRADES)
    assert 'button.setAttribute("aria-pressed", "false")' in page
    assert 'group.setAttribute("aria-label"' in page


def test_the_page_knows_every_abstention_and_mode(page: str) -> None:
    """Each type of absence has plain words on the page, and so has each way of writing."""
    for name, kind in (("ABSTAINED", AbstentionType), ("MODES", Mode)):
        (body,) = re.findall(rf"const {name} = \{{(.*?)\}};", page, re.DOTALL)
        assert set(re.findall(r'(\w+): "', body)) == set(get_args(kind))


def test_a_citations_button_says_where_it_leads(page: str) -> None:
    """A bare number would tell a screen reader nothing."""
    (body,) = re.findall(r"function markOf\(.*?\n\}", page, re.DOTALL)
    assert 'setAttribute("aria-label"' in body
    assert "cited.trial_id" in body
