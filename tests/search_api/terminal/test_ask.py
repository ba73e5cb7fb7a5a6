"""`ask` in the terminal: the answer above its passages, rendered without a terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from retrieval.answering.answerer import Answerer
from retrieval.answering.types import Abstention, Cell, Claim, Question, Table
from retrieval.index.live import LiveIndex
from retrieval.language.compounds import load_ladder
from retrieval.question.read import read
from retrieval.types import Note
from search_api.chat.text import COMPUTED, ChatText
from search_api.terminal.ask import answered, explained
from tests.fakes import HashingEmbedder
from tests.search_api.conftest import REPORTED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.answering.types import Answer
    from retrieval.language.compounds import Ladder
    from retrieval.search.searcher import Searcher


@pytest.fixture(scope="module")
def answerer(index_dir: Path, searcher: Searcher, ladder: Ladder) -> Iterator[Answerer]:
    embedder = HashingEmbedder()
    live = LiveIndex.open(index_dir, embedder.recipe)
    yield Answerer(searcher, live, ladder=ladder, embedder=embedder)
    live.close()


@pytest.fixture(scope="module")
def answer(answerer: Answerer) -> Answer:
    return answerer.answer(Question(f"adverse events in {REPORTED}", k=10))


def written(answer: Answer, *, width: int = 100) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, highlight=False).print(answered(answer))
    return stream.getvalue()


def test_the_answer_stands_above_its_passages(answer: Answer) -> None:
    """Claims with their numbers come first, then the cited places, then the hits."""
    text = written(answer)
    cited = answer.citations[0]
    place = f"{cited.source.doc_id} [{cited.start}:{cited.end}]"
    assert text.index("[1]") < text.index(place) < text.index(answer.ranking.hits[0].source.title)
    assert "registry" in text


def test_an_abstention_comes_first(answer: Answer) -> None:
    """Why there is no answer is the first thing under the question, in plain words."""
    absent = Abstention("no_results_posted", "results_not_posted", "Nothing was posted.")
    lines = written(replace(answer, abstained=absent)).splitlines()
    blank = next(at for at, line in enumerate(lines) if not line.strip())
    assert lines[blank + 1].strip() == "NO RESULTS POSTED  Nothing was posted."


def test_neighbours_are_noted_where_the_answer_has_one(answer: Answer) -> None:
    """That neighbours are among the passages is no news of an answer that cites the asked trial."""
    hit = next(hit for hit in answer.ranking.hits if hit.source.trial_id != REPORTED)
    assert any(note.kind == "neighbours" for note in answer.notes)
    with_neighbour = replace(answer, trials=(hit.source,))
    # The lines of a terminal break a note.
    shown = [" ".join(written(one, width=300).split()) for one in (answer, with_neighbour)]
    chats = ["".join(ChatText().closing(one)) for one in (answer, with_neighbour)]
    assert ["shown only as neighbours" in text for text in (*shown, *chats)] == [
        False,
        True,
        False,
        True,
    ]


def test_what_is_quoted_is_not_printed_twice(answer: Answer, searcher: Searcher) -> None:
    """A passage that the answer quotes whole is only referred to."""
    hit = answer.ranking.hits[0]
    document = searcher.document(hit.source.doc_id)
    cited = replace(
        answer.citations[0],
        source=hit.source,
        start=hit.passage.start,
        end=hit.passage.end,
        quote=document.text[hit.passage.start : hit.passage.end],
    )
    quoting = replace(answer, claims=(Claim("It says so.", (cited,)),), tables=())
    assert "quoted above: [1]" in written(quoting)


def test_computed_numbers_are_marked(answer: Answer) -> None:
    """A computed claim and a computed cell carry the mark, and the mark is explained."""
    table = Table("A table", ("arm", "percent"), ((Cell("X"), Cell("7.5%", computed=True)),))
    text = written(
        replace(answer, claims=(Claim("2 trials match", (), computed=True),), tables=(table,))
    )
    assert f"2 trials match {COMPUTED}" in text
    assert f"7.5% {COMPUTED}" in text
    assert f"{COMPUTED} computed" in text


def test_a_digests_words_are_labelled(answer: Answer) -> None:
    """A claim that rests on a digest alone says whose words it is."""
    cited = answer.citations[0]
    digest = replace(cited, labels=replace(cited.labels, voice="llm_digest"))
    assert "It says so. (LLM digest) [1]" in written(
        replace(answer, claims=(Claim("It says so.", (digest,)),), tables=())
    )


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_keep_to_the_width(answer: Answer, width: int) -> None:
    """No line is wider than the terminal, and no word of a table is cut."""
    text = written(answer, width=width)
    assert max(map(len, text.splitlines())) <= width
    body = text[: text.index("trial")]
    assert answer.tables
    assert "…" not in re.sub(r"sha256:\w+…", "", body)


def test_a_document_cannot_steer_the_terminal(answer: Answer) -> None:
    """Escape sequences in claims, tables, notes and messages are shown, not obeyed."""
    evil = "x \x1b[31m y \x07 \x9b2J"
    table = Table(evil, (evil,), ((Cell(evil),),), (Cell(evil),))
    absent = Abstention("no_match", "nothing_close", evil)
    text = written(
        replace(
            answer,
            claims=(Claim(evil, answer.citations[:1]),),
            abstained=absent,
            tables=(table,),
            notes=(Note("read_as", evil),),
        )
    )
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


def test_explaining_shows_which_rule_read_which_words(answer: Answer) -> None:
    """A reader sees the words, the rule, the demand, and what no rule read."""
    reading = read("how many Phase-III trials in Spain", load_ladder())
    plan = replace(answer.plan, demands=reading.demands, left=reading.left)
    console = Console(width=200)
    with console.capture() as captured:
        console.print(explained(plan))
    shown = captured.get()
    assert "“Phase-III”  phase → " in shown
    assert "“in Spain”  country → " in shown
    assert "left: how many trials" in shown
