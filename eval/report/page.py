"""The page of a report: one HTML file that needs no script, no network and no graphics.

Every text of a corpus, a run or a file name is somebody else's: it enters through
`eval.report.markup`, which escapes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from string import Template

from eval.compare import TIE, Comparison, Difference
from eval.measures import MAIN, Values
from eval.report.markup import Html, join, section, table, tag
from eval.report.page_queries import LETTERS, every_query, example_sections
from eval.report.plot import bars, signed, whisker
from eval.report.write import Report, Subject

SURE = 0.05  # under this p a difference is called one


def page(report: Report) -> str:
    """Return the report as a whole HTML document."""
    subject = report.subject
    body = join(
        [
            _head(report),
            section("Measures", _measures(report), "measures"),
            section(_plot_title(subject), _plot(subject), "queries"),
            *example_sections(report),
            section("Every query", every_query(subject), "every"),
            section("How this was measured", _origin(report), "origin"),
        ],
        "\n",
    )
    template = files("eval.report").joinpath("report.html").read_text(encoding="utf-8")
    return Template(template).substitute(title=tag("title", subject.title), body=body)


def _head(report: Report) -> Html:
    subject = report.subject
    lead = _verdict(subject.comparison) if subject.comparison else _level(report)
    runs = [
        tag("li", tag("b", LETTERS[place]), " ", tag("code", each.name))
        for place, each in enumerate(subject.measurements if subject.comparison else ())
    ]
    notes = [tag("li", note) for note in subject.notes]
    return tag(
        "header",
        tag("p", "Retrieval report", class_="kind"),
        tag("h1", subject.title, dir="auto"),
        tag("p", *lead, class_="lead"),
        tag("ul", *runs, class_="runs") if runs else Html(),
        tag("ul", *notes, class_="notes") if notes else Html(),
    )


def _level(report: Report) -> Sequence[str]:
    interval = report.summaries[0].intervals[MAIN]
    mean = report.subject.measurements[0].measured.mean(MAIN)
    return (
        f"{MAIN} is ",
        tag("b", f"{mean:.3f}"),
        f", with 95 % confidence between {interval.low:.3f} and {interval.high:.3f}, "
        f"over {len(report.subject.query_ids):,} judged queries.",
    )


def _verdict(comparison: Comparison) -> Sequence[str]:
    main = next(each for each in comparison.differences if each.measure == MAIN)
    ahead, behind = ("B", "A") if main.mean > 0 else ("A", "B")
    if main.wins == main.losses == 0:
        return (f"A and B have the same {MAIN} on every one of {main.ties:,} queries.",)
    chance = "" if main.p < SURE else ", which chance alone could give"
    return (
        f"{ahead} is ahead of {behind} by ",
        tag("b", f"{abs(main.mean):.3f} {MAIN}"),
        f"{chance} ({_p_told(main.p)}). B is better on {main.wins:,} queries, equal on "
        f"{main.ties:,} and worse on {main.losses:,}.",
    )


def _measures(report: Report) -> Html:
    comparison = report.subject.comparison
    figures = _difference_table(comparison) if comparison else _mean_table(report)
    shares = [f"{summary.unjudged_share:.1%}" for summary in report.summaries]
    told = f"{shares[0]} of A's and {shares[1]} of B's" if comparison else shares[0]
    return join(
        [
            figures,
            tag(
                "p",
                f"{told} {'' if comparison else 'of the '}first ten hits were never judged; they "
                "count as not relevant. Intervals are percentile bootstraps over queries"
                + (
                    "; p is a paired randomisation test, not corrected for several measures."
                    if comparison
                    else "."
                ),
                class_="soft",
            ),
        ]
    )


def _mean_table(report: Report) -> Html:
    measured = report.subject.measurements[0].measured
    rows = [
        tag(
            "tr",
            tag("th", name, scope="row"),
            tag("td", f"{measured.mean(name):.4f}", class_="strong"),
            tag("td", f"{interval.low:.4f} to {interval.high:.4f}"),
            tag("td", whisker(interval, measured.mean(name), low=0, high=1), class_="drawn"),
        )
        for name, interval in report.summaries[0].intervals.items()
    ]
    return table(("Measure", "Mean", "95 % interval", "from 0 to 1"), rows, kind="figures wide")


def _difference_table(comparison: Comparison) -> Html:
    scale = max(
        abs(end)
        for each in comparison.differences
        for end in (each.interval.low, each.interval.high, 1e-6)
    )
    return table(
        ("Measure", "A", "B", "B − A", "95 % interval", "", "p", "Better", "Equal", "Worse"),
        [_difference_row(each, scale) for each in comparison.differences],
    )


def _difference_row(each: Difference, scale: float) -> Html:
    interval = f"{signed(each.interval.low, True, 4)} to {signed(each.interval.high, True, 4)}"
    cells = (f"{each.wins:,}", f"{each.ties:,}", f"{each.losses:,}")
    return tag(
        "tr",
        tag("th", each.measure, scope="row"),
        tag("td", f"{each.mean_a:.4f}"),
        tag("td", f"{each.mean_b:.4f}"),
        tag("td", signed(each.mean, True, 4), class_="strong"),
        tag("td", interval),
        tag("td", whisker(each.interval, each.mean, low=-scale, high=scale), class_="drawn"),
        tag("td", _p(each.p)),
        *(tag("td", cell) for cell in cells),
    )


def _plot_title(subject: Subject) -> str:
    return f"{MAIN} by query, B − A" if subject.comparison else f"{MAIN} by query"


def _plot(subject: Subject) -> Html:
    values = subject.ranking_values()
    keys = _difference_keys(values) if subject.comparison else _level_keys(values)
    label = f"{_plot_title(subject)}: {', '.join(text for _, text in keys)}"
    caption = [tag("span", text, class_=kind) for kind, text in keys]
    plot = bars([float(value) for value in values], label=label)
    return tag("figure", plot, tag("figcaption", join(caption, " · ")))


def _difference_keys(values: Values) -> tuple[tuple[str, str], ...]:
    up, down = int((values > TIE).sum()), int((values < -TIE).sum())
    return (
        ("key up", f"B better on {up:,}"),
        ("key equal", f"equal on {len(values) - up - down:,}"),
        ("key down", f"A better on {down:,}"),
    )


def _level_keys(values: Values) -> tuple[tuple[str, str], ...]:
    perfect, nothing = int((values > 1 - TIE).sum()), int((values == 0).sum())
    return (
        ("key up", f"perfect on {perfect:,}, in between on {len(values) - perfect - nothing:,}"),
        ("key equal", f"nothing relevant in the first ten on {nothing:,}"),
    )


def _origin(report: Report) -> Html:
    origin = report.provenance
    groups: dict[str, dict[str, object]] = {
        "This report": {
            "command": origin.command,
            "time": origin.created,
            "commit": origin.commit or "unknown: not a checkout",
            "python": origin.python,
            "machine": origin.machine,
        },
        **{group: dict(facts) for group, facts in report.subject.facts.items()},
        "Libraries": dict(origin.libraries),
    }
    blocks = [
        tag("div", tag("h3", group), _facts(facts), class_="facts")
        for group, facts in groups.items()
    ]
    return tag("div", *blocks, class_="origin")


def _facts(facts: dict[str, object]) -> Html:
    rows = [
        tag("div", tag("dt", name.replace("_", " ")), " ", tag("dd", tag("code", _fact(value))))
        for name, value in facts.items()
    ]
    return tag("dl", *rows)


def _fact(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value) if value not in (None, "") else "–"


def _p(p: float) -> str:
    return f"{p:.4f}" if p >= 0.00005 else "< 0.0001"


def _p_told(p: float) -> str:
    shown = _p(p)
    return f"p {shown}" if shown.startswith("<") else f"p = {shown}"
