"""Test collections as files: what is read, what is told, what is refused."""

from __future__ import annotations

import json

import pytest

from eval.collections.collection import (
    CollectionError,
    JudgedQuery,
    read_collection,
    read_corpus,
    read_items,
)
from eval.collections.qrels import QrelsError
from eval.lines import BadInput
from tests.eval.made_up import QRELS, QUERIES, corpus_lines, write_collection


def test_a_collection_has_its_judged_queries_and_tells_what_is_odd(tmp_path):
    """Unjudged queries are passed over; unfindable documents and hopeless queries are told."""
    corpus = corpus_lines() + '{"_id": "void", "title": " ", "text": null}\n'
    qrels = f"{QRELS}q3\td1\t0\n".replace("q3\td3\t1", "q3\td3\t0")
    collection = read_collection(write_collection(tmp_path / "c", corpus=corpus, qrels=qrels))
    assert [query.query_id for query in collection.queries] == ["q1", "q2", "q3"]
    assert collection.queries[2] == JudgedQuery("q3", "???")
    assert collection.unknown_documents == 1
    told = " / ".join(collection.notes)
    assert "1 judged documents are not in the corpus" in told
    assert "1 documents have neither title nor text" in told
    assert "1 judged queries have no relevant document" in told


def test_judgements_may_lie_in_the_folder_of_beir_or_be_given(tmp_path):
    """qrels/test.tsv is read when qrels.tsv is not there; another file wins over both."""
    folder = write_collection(tmp_path / "c", qrels=None)
    with pytest.raises(CollectionError, match=r"qrels\.tsv.*qrels/test\.tsv"):
        read_collection(folder)
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text(QRELS)
    assert len(read_collection(folder).qrels) == 4
    other = tmp_path / "other"
    other.write_text("q1 0 d1 1\n")
    assert len(read_collection(folder, qrels=other).qrels) == 1


def test_ids_may_be_numbers(tmp_path):
    """An _id 7 is what the judgements call 7."""
    folder = write_collection(
        tmp_path / "c",
        corpus='{"_id": 7, "title": 1984, "text": "a text"}\n',
        queries='{"_id": 1, "text": "a query"}\n',
        qrels="1 7 1\n",
    )
    collection = read_collection(folder)
    assert collection.queries == (JudgedQuery("1", "a query"),)
    assert read_items(collection.corpus, {"7"})["7"].title == "1984"


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"qrels": "other d1 1\n"}, "judges 1 queries that queries.jsonl lacks, such as other"),
        ({"qrels": "q1 x 1\nq2 y 1\n"}, "none of the 2 documents .*one collection"),
        ({"qrels": ""}, "no judgement"),
        ({"qrels": "q1 d1 0\n"}, "no document relevant"),
        ({"corpus": ""}, "holds no document$"),
        ({"corpus": '{"_id": "d1", "text": " "}\n'}, "holds no document with a text"),
        ({"corpus": corpus_lines() * 2}, "has d1 twice: line 1 and line 4"),
        ({"corpus": '{"_id": "d1", "text": ["a"]}\n'}, "line 1: text must be a text"),
        ({"corpus": '{"_id": "d1", "title": true}\n'}, "line 1: title must be a text"),
        ({"corpus": '["d1"]\n'}, "line 1 is no JSON object"),
        ({"queries": ""}, "holds no query"),
        (
            {"queries": '{"_id": "q1", "text": "a"}\n\n{"_id": "q1", "text": "b"}'},
            "line 1 and line 3",
        ),
        ({"queries": "{broken"}, "line 1 is no JSON"),
        ({"queries": "[" * 100_000}, "line 1 is no JSON"),
        ({"queries": '{"text": "no id"}'}, "line 1: _id must be"),
        ({"queries": '{"_id": "", "text": "a"}'}, "line 1: _id must be"),
        ({"queries": '{"_id": "a b", "text": "a"}'}, "line 1: _id must be"),
        ({"queries": '{"_id": true, "text": "a"}'}, "line 1: _id must be"),
        ({"queries": '{"_id": "\\ud800", "text": "a"}'}, "line 1: _id must be"),
    ],
)
def test_a_collection_that_contradicts_itself_is_refused(tmp_path, parts, told):
    """The error names the file and the place."""
    with pytest.raises(BadInput, match=told) as raised:
        read_collection(write_collection(tmp_path / "bad", **parts))
    assert str(tmp_path / "bad") in str(raised.value)
    assert isinstance(raised.value, CollectionError | QrelsError)


def test_a_missing_file_is_named(tmp_path):
    """An empty folder is no collection."""
    with pytest.raises(CollectionError, match=r"corpus\.jsonl"):
        read_collection(tmp_path)


def test_a_corpus_is_read_as_documents_of_their_own(tmp_path, ladder):
    """A title stands in for a missing text, nothing for neither; half a character is mended."""
    corpus = corpus_lines() + '{"_id": "half", "text": "\\ud83d alone"}\n{"_id": "void"}\n'
    folder = write_collection(tmp_path / "c", corpus=corpus)
    documents = [read.document for read in read_corpus(folder / "corpus.jsonl.gz", ladder)]
    assert [document.doc_id for document in documents] == ["d1", "d2", "d3", "half"]
    assert documents[2].text == documents[2].title == "Only a title about hiccups"
    assert documents[3].text == "\ufffd alone"
    assert all(document.trial_id == document.doc_id for document in documents)


def test_queries_without_words_stay(tmp_path):
    """White space and punctuation are queries for which nothing can be found."""
    queries = "".join(json.dumps({"_id": query_id, "text": "  \n "}) + "\n" for query_id in QUERIES)
    collection = read_collection(write_collection(tmp_path / "c", queries=queries))
    assert len(collection.queries) == 3
