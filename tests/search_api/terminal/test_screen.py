"""A ranking in the terminal, rendered without one."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from retrieval.types import Query
from search_api.terminal.screen import passages
from tests.search_api.conftest import PLANNED, REPORTED

if TYPE_CHECKING:
    from retrieval.search.searcher import Searcher
    from retrieval.types import Ranking


def written(ranking: Ranking, *, width: int = 100, terminal: bool = False) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, force_terminal=terminal, highlight=False).print(
        passages(ranking)
    )
    return stream.getvalue()


@pytest.fixture(scope="module")
def ranking(searcher: Searcher) -> Ranking:
    return searcher.search(Query("thymosin safety data"))


def test_each_hit_shows_its_sources(ranking: Ranking) -> None:
    """Rank, title, section, voice, address and the citation to the character are all there."""
    text = written(ranking)
    for hit in ranking.hits:
        passage = hit.passage
        assert f"{passage.doc_id} [{passage.start}:{passage.end}] {passage.version[:19]}" in text
        assert hit.source.title in text
        assert hit.source.url in text
        assert passage.section in text


def test_reported_and_planned_are_told_apart_at_once(ranking: Ranking) -> None:
    """The line under each title begins with the kind of evidence, and the head counts them."""
    lines = [line.strip() for line in written(ranking).splitlines()]
    labels = {"reported": "RESULTS REPORTED", "planned": "PLANNED, NOT REPORTED"}
    by_trial = {hit.source.trial_id: hit for hit in ranking.hits}
    for trial_id in (REPORTED, PLANNED):
        hit = by_trial[trial_id]
        below = lines[next(i for i, line in enumerate(lines) if hit.source.title in line) + 1]
        assert below.startswith(labels[hit.labels.evidence])
    assert any("1 with reported results · 1 planned only" in line for line in lines)


def test_what_only_a_digest_says_is_no_reported_result(ranking: Ranking) -> None:
    """A digest that speaks of results where the registry has none is marked."""
    hit = ranking.hits[0]
    labels = replace(hit.labels, voice="llm_digest", evidence="reported", has_results=False)
    text = written(replace(ranking, hits=(replace(hit, labels=labels, related=()),)))
    assert "IN THE DIGEST ONLY, NONE POSTED" in text
    assert "RESULTS REPORTED" not in text
    assert "0 with reported results" in text


def test_several_passages_of_one_trial_are_not_called_trials(searcher: Searcher) -> None:
    """Who names a trial reads several passages of it, and the head says so."""
    ranking = searcher.search(Query(f"{REPORTED} adverse events"))
    assert [hit.source.trial_id for hit in ranking.hits].count(REPORTED) > 1
    trials = len({hit.source.trial_id for hit in ranking.hits})
    assert f"{len(ranking.hits)} passages of {trials} trial" in written(ranking)


def test_no_escape_codes_without_a_terminal(ranking: Ranking) -> None:
    """What is piped is plain text; what goes to a terminal emphasises the query's words."""
    assert "\x1b" not in written(ranking)
    assert re.search("\x1b\\[1;4m(?i:thym|safety)", written(ranking, terminal=True))


@pytest.mark.parametrize("width", [40, 60, 100])
def test_lines_keep_to_the_width(ranking: Ranking, width: int) -> None:
    """No line is wider than the terminal."""
    assert max(map(len, written(ranking, width=width).splitlines())) <= width


def test_a_document_cannot_steer_the_terminal(ranking: Ranking) -> None:
    """Escape sequences inside texts are shown, not obeyed."""
    hit = ranking.hits[0]
    passage = replace(hit.passage, text="red \x1b[31m bell \x07 csi \x9b2J")
    source = replace(hit.source, title="title \x1b]0;owned\x07")
    text = written(replace(ranking, hits=(replace(hit, passage=passage, source=source),)))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


def test_no_hit_is_said(ranking: Ranking) -> None:
    """An empty ranking says that nothing matches."""
    assert "No passage matches." in written(replace(ranking, hits=()))
