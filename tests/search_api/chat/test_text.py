"""An answer as one text: its marks, its tables, and nothing that a document could smuggle in."""

from __future__ import annotations

import pytest

from retrieval.answering.types import Answer, Cell, Citation, Claim, Question, Routed, Table
from retrieval.question.types import Plan, PlanSubject, Reading
from retrieval.types import Filters, Labels, Query, Ranking, Resolved, Source, Understood
from search_api.chat.text import ROWS, ChatText

SOURCE = Source("clinicaltrials:NCT90000001", "trial", "NCT90000001", "A title", "https://x", "v")
LABELS = Labels("registry", None, "none", 20240102, has_results=None)


def cited(start: int) -> Citation:
    return Citation(SOURCE, LABELS, start, start + 1, "x", None)


def answer(*claims: Claim, tables: tuple[Table, ...] = ()) -> Answer:
    reading = Reading("q", "q", True, (), (), (), (), ("q",))
    ranking = Ranking(
        Query("q"),
        reading,
        Resolved((), "", (), frozenset(), "q", "", 1.0),
        Understood(),
        Filters(),
        (),
        0,
        "1",
    )
    plan = Plan("narrative", (), PlanSubject("none", (), "", ""), (), ("q",), 0.5, "")
    routed = Routed("narrative", "")
    return Answer(Question("q"), routed, plan, claims, None, ranking, tables=tables)


def written(whole: Answer, *early: Claim) -> tuple[str, ChatText]:
    """Return the text of an answer of which some claims were told early."""
    text = ChatText()
    pieces = [*text.opening(whole)]
    for claim in early:
        pieces += text.claim(claim)
    pieces += text.closing(whole)
    return "".join(pieces), text


def test_each_mark_stands_where_it_is_said_to() -> None:
    """`text[start:end]` is `[number]`, counted in code points, whatever comes before."""
    first, second = cited(1), cited(2)
    claims = Claim("𝒯α1 is given.", (first,)), Claim("Twice.", (second, first))
    content, text = written(answer(*claims), claims[0])
    assert [content[mark.start : mark.end] for mark in text.marks] == ["[1]", "[2]", "[1]"]
    assert text.citations == (first, second)


def test_a_claim_is_written_once() -> None:
    """What was told early is not told again with the whole answer."""
    claim = Claim("Only once.", (cited(1),))
    assert written(answer(claim), claim)[0].count("Only once.") == 1
    assert written(answer(claim))[0].count("Only once.") == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![x](https://evil.example/?q)", "!\\[x]\\(https://evil.example/?q)"),
        ("see [here](https://evil.example)", "see [here]\\(https://evil.example)"),
        ("<img src=x>", "\\<img src=x>"),
        ("p<0.05 and n > 3 [1] (see)", "p<0.05 and n > 3 [1] (see)"),
    ],
)
def test_markup_in_a_document_is_shown_and_not_obeyed(text: str, shown: str) -> None:
    """A link, an image or HTML in a quote loads nothing in the reader's client."""
    assert written(answer(Claim(text, ())))[0].startswith(f"{shown}\n")


def test_a_long_table_says_what_it_leaves_out() -> None:
    """The text has the first rows; a bar in a cell breaks no column."""
    rows = tuple((Cell(f"a|b {at}"), Cell("7%", computed=True)) for at in range(ROWS + 3))
    content, _ = written(answer(tables=(Table("T", ("event", "share"), rows),)))
    assert "| a\\|b 0 | 7% † |" in content
    assert content.count("a\\|b") == ROWS
    assert "3 more rows" in content
