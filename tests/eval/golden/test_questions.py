"""The format of judged questions: what is read, what is refused, where a quote stands."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.golden.questions import QuestionError, question_line, read_questions, resolve
from retrieval.errors import DocumentNotFound
from retrieval.types import Document, Filters, PageFields, TrialFields

TEXT = "A made-up cure. It cures. A made-up cure."
LINE = {
    "query_id": "q1",
    "text": "does it cure?",
    "kind": "question",
    "filters": {"phases": "PHASE2", "started_from": "2022-01-31", "compounds": ["zadaxin"]},
    "judgements": [
        {"doc_id": "d1", "quote": "It cures", "grade": 3},
        {"doc_id": "d1", "quote": "made-up", "grade": 1, "start": 28},
    ],
    "answer": "yes",
}


def write(path, *lines):
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def document_of(doc_id):
    if doc_id != "d1":
        raise DocumentNotFound(f"no document {doc_id!r}")
    return Document(
        doc_id=doc_id,
        kind="trial",
        trial_id="NCT1",
        title="",
        text=TEXT,
        sections=(),
        fields=TrialFields(),
        page=PageFields(),
        paths=(),
        source_url="",
    )


def test_a_line_becomes_a_question_and_a_line_again(tmp_path, ladder):
    """Filters take the types of a search, and nothing is lost on the way back."""
    (question,) = read_questions(write(tmp_path / "q", LINE), ladder)
    assert question.filters == Filters(
        phases=("PHASE2",), started_from=20220131, compounds=("thymosin-alpha-1",)
    )
    assert question.answerable
    (tmp_path / "again").write_text(question_line(question), encoding="utf-8")
    assert read_questions(tmp_path / "again", ladder) == (question,)


def test_a_quote_is_found_where_it_stands(tmp_path, ladder):
    """Without a start the first occurrence is meant, with one the occurrence there."""
    first = {**LINE["judgements"][1]}
    del first["start"]
    judgements = [*LINE["judgements"], first]
    questions = read_questions(write(tmp_path / "q", LINE | {"judgements": judgements}), ladder)
    (judged,) = resolve(questions, document_of)
    assert [span.start for span in judged.spans] == [16, 28, 2]
    for span, judgement in zip(judged.spans, judged.question.judgements, strict=True):
        assert TEXT[span.start : span.end] == judgement.quote


@pytest.mark.parametrize(
    ("judgement", "told"),
    [
        ({"doc_id": "d2", "quote": "It cures", "grade": 3}, "d2"),
        ({"doc_id": "d1", "quote": "It kills", "grade": 3}, "nowhere in d1"),
        ({"doc_id": "d1", "quote": "It cures", "grade": 3, "start": 15}, "not at 15"),
        ({"doc_id": "d1", "quote": "It cures", "grade": 3, "start": 900}, "not at 900"),
    ],
)
def test_a_quote_that_is_not_there_is_named_with_its_question(tmp_path, ladder, judgement, told):
    """Every such judgement is told at once, so that a file is mended in one go."""
    lines = [LINE | {"query_id": name, "judgements": [judgement]} for name in ("q1", "q2")]
    questions = read_questions(write(tmp_path / "q", *lines), ladder)
    with pytest.raises(QuestionError, match=told) as error:
        resolve(questions, document_of)
    for part in ("question q1", "question q2", judgement["quote"]):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"query_id": "q 1"}, "query_id"),
        ({"text": " "}, "text"),
        ({"color": "red"}, "color"),
        ({"judgements": [{"doc_id": "d1", "quote": "It", "grade": 4}]}, "grade"),
        ({"judgements": [{"doc_id": "d1", "quote": "", "grade": 3}]}, "quote"),
        ({"judgements": [LINE["judgements"][0]] * 2}, "judged twice"),
        ({"judgements": []}, "unanswerable"),
        ({"kind": "unanswerable"}, "over 1"),
        ({"filters": {"phase": "PHASE2"}}, "unknown phase"),
        ({"filters": {"started_from": "2022"}}, "as 2022-01-31"),
        ({"filters": {"compounds": ["unheard-of"]}}, "unheard-of"),
        ({"filters": {"kind": "page"}}, "kind"),
    ],
)
def test_a_line_that_cannot_be_is_refused_by_line_and_question(tmp_path, ladder, change, told):
    """The error names the file, the line, the question and what is wrong."""
    path = write(tmp_path / "q", LINE | {"query_id": "q0"}, LINE | change)
    with pytest.raises(QuestionError, match=told) as error:
        read_questions(path, ladder)
    assert f"{path} line 2, question {(LINE | change)['query_id']}:" in str(error.value)


def test_a_question_stands_once(tmp_path, ladder):
    """A second one of the same id is refused, with both lines."""
    with pytest.raises(QuestionError, match=r"line 2, question q1: .*line 1"):
        read_questions(write(tmp_path / "q", LINE, LINE), ladder)


@pytest.mark.parametrize("text", ["", "\n\n", "{broken", "[1]", "null"])
def test_what_holds_no_question_is_refused(tmp_path, ladder, text):
    """An empty file is an error, and so is a line that is no JSON object."""
    (tmp_path / "q").write_text(text)
    with pytest.raises(QuestionError, match="q"):
        read_questions(tmp_path / "q", ladder)


WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["filters", "judgements", "text", "start", "kind"]), WILD))
def test_whatever_a_line_holds_it_is_read_or_refused(tmp_path_factory, ladder, change):
    """No value of a field escapes as another error than ours."""
    path = write(tmp_path_factory.mktemp("wild") / "q", LINE | change)
    try:
        (question,) = read_questions(path, ladder)
    except QuestionError:
        return
    assert question.query_id == "q1"


@given(st.dictionaries(st.sampled_from(sorted(Filters.__slots__)), WILD))
def test_whatever_filters_hold_they_are_read_or_refused(tmp_path_factory, ladder, filters):
    """No value of a filter escapes as another error than ours."""
    path = write(tmp_path_factory.mktemp("wild") / "q", LINE | {"filters": filters})
    try:
        (question,) = read_questions(path, ladder)
    except QuestionError:
        return
    assert isinstance(question.filters, Filters)
