"""The queries on a report's page: the best and worst with their hits, and a table of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.measures import MAIN
from eval.report.examples import Example, ExampleHit, excerpt
from eval.report.markup import Html, join, section, table, tag
from eval.report.plot import signed
from eval.report.write import Report, Subject

HEADLINE = 160  # characters of a query that stand as its heading
ROW = 110  # characters of a query in the table of all
LETTERS = "AB"


def example_sections(report: Report) -> Iterator[Html]:
    """Yield a section of the best and one of the worst queries, where there are any."""
    compared = report.subject.comparison is not None
    groups = (
        ("Most gained" if compared else "Best queries", report.best, "best"),
        ("Most lost" if compared else "Worst queries", report.worst, "worst"),
    )
    for title, found, anchor in groups:
        if found:
            yield section(title, join([_example(each) for each in found], "\n"), anchor)


def _example(example: Example) -> Html:
    main = [side.values[MAIN] for side in example.sides]
    change = " → ".join(f"{value:.3f}" for value in main)
    text = " ".join(example.text.split())
    whole = (
        tag("details", tag("summary", "whole query"), tag("p", text, dir="auto"))
        if len(text) > HEADLINE
        else Html()
    )
    several = len(example.sides) > 1
    columns = [
        tag(
            "div",
            tag("h4", LETTERS[place]) if several else Html(),
            _hits(side.hits),
            _missed(side.missed),
        )
        for place, side in enumerate(example.sides)
    ]
    return tag(
        "article",
        tag("h3", excerpt(text, HEADLINE) or f"query {example.query_id}", dir="auto"),
        tag(
            "p",
            tag("b", f"{MAIN} {change}"),
            " · ",
            tag("code", f"query {example.query_id}"),
            class_="soft",
        ),
        whole,
        tag("div", *columns, class_="sides two" if several else "sides"),
    )


def _hits(hits: Sequence[ExampleHit]) -> Html:
    if not hits:
        return tag("p", "Nothing was found.", class_="none")
    return tag("ol", join([_hit(hit) for hit in hits], "\n"), class_="hits")


def _hit(hit: ExampleHit) -> Html:
    return tag(
        "li",
        tag(
            "p",
            _grade(hit.grade),
            " ",
            tag("b", hit.title, dir="auto") if hit.title else Html(),
            " ",
            tag("code", hit.document_id),
        ),
        tag("p", hit.text, class_="text", dir="auto") if hit.text else Html(),
    )


def _missed(missed: Sequence[ExampleHit]) -> Html:
    if not missed:
        return Html()
    rows = [
        tag(
            "li",
            _grade(hit.grade),
            " ",
            tag("b", f"rank {hit.rank}" if hit.rank else "not found"),
            " ",
            tag("span", hit.title, dir="auto") if hit.title else Html(),
            " ",
            tag("code", hit.document_id),
        )
        for hit in missed
    ]
    return tag(
        "div",
        tag("h5", "Relevant, but not among these"),
        tag("ul", join(rows, "\n")),
        class_="missed",
    )


def _grade(grade: int | None) -> Html:
    if grade is None:
        return tag("span", "not judged", class_="grade unknown")
    return tag("span", f"grade {grade}", class_="grade good" if grade > 0 else "grade zero")


def every_query(subject: Subject) -> Html:
    """Return the table of all queries, folded."""
    compared = subject.comparison is not None
    names = tuple(subject.measurements[0].measured.values)
    heads = ("A", "B", "B − A") if compared else names
    order = sorted(
        range(len(subject.query_ids)), key=lambda place: -subject.ranking_values()[place]
    )
    rows = [
        tag(
            "tr",
            tag("th", tag("code", subject.query_ids[place]), scope="row"),
            tag("td", excerpt(subject.texts.queries.get(subject.query_ids[place], ""), ROW)),
            *(tag("td", cell) for cell in _cells(subject, place)),
        )
        for place in order
    ]
    title = f"{MAIN} of all" if compared else "All measures of all"
    return tag(
        "details",
        tag("summary", f"{title} {len(rows):,} queries, best first"),
        table(("Query", "", *heads), rows, kind="every"),
    )


def _cells(subject: Subject, place: int) -> Iterator[str]:
    if subject.comparison is None:
        for values in subject.measurements[0].measured.values.values():
            yield f"{values[place]:.3f}"
        return
    for measurement in subject.measurements:
        yield f"{measurement.measured.values[MAIN][place]:.3f}"
    yield signed(float(subject.ranking_values()[place]), True, 3)
