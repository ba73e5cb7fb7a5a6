"""The report: everything in the JSON, and a page that nobody's text can break."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from ir_measures import Qrel

from eval.compare import Side, compare
from eval.measures import NAMES, measure
from eval.provenance import provenance
from eval.report.examples import Measurement, Texts
from eval.report.write import ReportError, Subject, report_on, write_report
from eval.runs import Run
from tests.eval.made_up import write_collection

EVIL = "<script>alert('1')</script>\"'&amp;$body"
VOID = {"meta", "br"}


class Page(HTMLParser):
    """Checks that elements close in order; keeps names, ids and texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, name, attributes):
        self.names.add(name)
        self.attributes |= {key for key, _ in attributes}
        if name not in VOID:
            self.open.append(name)

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, data):
        self.texts.append(data)


def measurement(qrels, name, rankings):
    run = Run("tag", rankings)
    return Measurement(name, run, measure(qrels, run), {})


@pytest.fixture
def evil(tmp_path):
    """A comparison in which every text tries to be markup."""
    identifier = EVIL.replace(" ", "")
    corpus = json.dumps({"_id": identifier, "title": EVIL, "text": EVIL}) + "\n"
    folder = write_collection(tmp_path / "c", corpus=corpus)
    qrels = (Qrel(identifier, identifier, 1), Qrel("lost", identifier, 1))
    a = measurement(qrels, EVIL, {"lost": (identifier,), identifier: ("other",)})
    b = measurement(qrels, f"B {EVIL}", {identifier: (identifier,)})
    comparison = compare(qrels, Side(a.name, a.run), Side(b.name, b.run))
    return Subject(
        title=EVIL,
        measurements=(a, b),
        comparison=comparison,
        qrels=qrels,
        texts=Texts({identifier: EVIL, "lost": f"{EVIL} " * 20}, folder / "corpus.jsonl.gz"),
        facts={EVIL: {EVIL: EVIL}},
        notes=(EVIL,),
    )


def single(subject):
    return replace(subject, comparison=None, measurements=subject.measurements[:1])


@pytest.mark.parametrize("shape", [lambda subject: subject, single])
def test_no_text_becomes_markup(evil, tmp_path, shape):
    """Queries, titles, ids, file names, facts and notes are shown as they are."""
    report = report_on(shape(evil), provenance(["compare", EVIL]))
    _, path = write_report(report, tmp_path / "new" / "report")
    page = Page(path.read_text())
    assert "script" not in page.names
    assert not any(name.startswith("on") for name in page.attributes)
    shown = "".join(page.texts)
    assert shown.count(EVIL) >= 8
    assert "$body" in shown


def test_the_page_needs_nothing_but_itself(evil, tmp_path):
    """No script, no link, no address of another host."""
    _, path = write_report(report_on(evil, provenance([])), tmp_path / "report")
    page = Page(path.read_text())
    assert not page.names & {"script", "link", "img", "iframe", "object"}
    assert not page.attributes & {"src", "href"}
    assert "url(" not in path.read_text()


def test_the_json_holds_every_value_of_every_query(evil, tmp_path):
    """Means, intervals, differences, both ends and provenance come with them."""
    path, _ = write_report(report_on(evil, provenance(["compare"])), tmp_path / "report")
    values = json.loads(path.read_text())
    assert [run["name"] for run in values["runs"]] == [EVIL, f"B {EVIL}"]
    assert [run["unjudged_share"] for run in values["runs"]] == [0.5, 0]
    assert values["comparison"]["measures"]["nDCG@10"]["difference"] == 0
    assert [query["query_id"] for query in values["per_query"]] == [EVIL, "lost"]
    for query, wanted in zip(values["per_query"], ([0, 1], [1, 0]), strict=True):
        assert [run["nDCG@10"] for run in query["runs"]] == wanted
        assert all(tuple(run) == NAMES for run in query["runs"])
    assert [query["query_id"] for query in values["best"]] == [EVIL]
    assert values["best"][0]["sides"][1]["hits"][0]["title"] == EVIL
    assert values["worst"][0]["sides"][1]["missed"][0]["rank"] is None
    assert values["provenance"]["command"] == "python -m eval compare"


def test_a_report_of_equals_or_of_one_query_is_still_one(evil, tmp_path):
    """Nothing gained and nothing lost leaves those sections out."""
    a = evil.measurements[0]
    same = compare(evil.qrels, Side("a", a.run), Side("b", a.run))
    subject = replace(evil, comparison=same, measurements=(a, a), texts=Texts({}, None))
    report = report_on(subject, provenance([]))
    assert (report.best, report.worst) == ((), ())
    _, path = write_report(report, tmp_path / "report")
    shown = "".join(Page(path.read_text()).texts)
    assert "the same nDCG@10 on every one of 2 queries" in shown
    assert "Most gained" not in shown


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(evil, tmp_path):
    """A file stands in its place, say."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="cannot be written"):
        write_report(report_on(evil, provenance([])), tmp_path / "file" / "report")
