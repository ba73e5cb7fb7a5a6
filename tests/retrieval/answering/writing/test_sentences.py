"""Sentences out of a stream: whole, with their citation marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answering.writing.sentences import cut_text, numbers_of, sentences, without_marks

ANSWER = (
    "Invented cough fell, e.g. by 1.5 mg vs. placebo [1]. Dr. Who gave No. 3 (p < 0.05). [2][3]\n"
    "- a made-up item [1]\n\n2. **Second** item [2, 3]\nThe U.S. site closed! Was it so? It was"
)
CUT = [
    "Invented cough fell, e.g. by 1.5 mg vs. placebo [1].",
    "Dr. Who gave No. 3 (p < 0.05). [2][3]",
    "a made-up item [1]",
    "Second item [2, 3]",
    "The U.S. site closed!",
    "Was it so?",
    "It was",
]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_stream_is_cut_alike_however_it_comes(size):
    """Abbreviations, decimals, lists and marks after the stop cut alike in pieces of any size."""
    pieces = [ANSWER[at : at + size] for at in range(0, len(ANSWER), size)]
    assert list(sentences(pieces)) == CUT


@pytest.mark.parametrize("text", ["Grass p.r.n. by nurses.", "Grass approx. ten.", "J. Doe ate 5."])
def test_a_full_stop_may_end_nothing(text):
    """Abbreviations, also unknown ones before a small letter, and initials go on."""
    assert list(sentences([text])) == [text]


def test_a_sentence_comes_as_soon_as_the_next_begins():
    """The first sentence is given out before the second is whole."""
    read = []

    def pieces():
        for piece in ("Cough fell [1].", " Fever", " rose [2]."):
            read.append(piece)
            yield piece

    assert next(sentences(pieces())) == "Cough fell [1]."
    assert read == ["Cough fell [1].", " Fever"]


def test_a_runaway_sentence_is_cut():
    """A model that never stops cannot fill the memory."""
    assert len(next(sentences(["word " * 10_000]))) <= 4_000


def test_marks_are_read_and_taken_off():
    """The numbers of all marks, each once; the text without them has no odd blanks."""
    assert numbers_of("Cough fell [2][1, 2] much [3].") == (2, 1, 3)
    assert without_marks("Cough fell [2][1, 2] much [3].") == "Cough fell much."


@given(st.text(alphabet="aA .?!\n[1]9(*-é\u200b"))
def test_the_spans_of_a_text_hold_all_that_is_no_blank(text):
    """Cutting a whole text loses nothing: the spans are in order and what is between is blank."""
    at = 0
    for start, end in cut_text(text):
        assert not text[at:start].strip()
        assert start < end
        at = end
    assert not text[at:].strip()


@given(st.text(alphabet="aA .?!\n[1]9(*-"), st.integers(1, 5))
def test_pieces_do_not_matter(text, size):
    """Any text is cut in the same places whether it comes whole or in pieces."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert list(sentences(pieces)) == list(sentences([text]))
