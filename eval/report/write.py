"""A report of one measured run, or of two compared: report.json and report.html.

The JSON holds everything, every query's values included; the page shows what a person
wants to see of it. `eval.report.subjects` says what the commands report on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.compare import Comparison
from eval.lines import BadInput
from eval.measures import MAIN, Values, unjudged_share
from eval.provenance import Provenance
from eval.report.examples import Example, Measurement, Texts, ends, examples
from eval.significance import Interval, bootstrap_interval

if TYPE_CHECKING:
    from ir_measures import Qrel


class ReportError(BadInput):
    """A report's folder cannot be written to."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What a report is about: one measurement, or two (A, B) with their comparison.

    ``facts`` are figures by group and name.
    """

    title: str
    measurements: tuple[Measurement, ...]
    comparison: Comparison | None
    qrels: tuple[Qrel, ...]
    texts: Texts
    facts: Mapping[str, Mapping[str, object]]
    notes: tuple[str, ...]

    @property
    def query_ids(self) -> tuple[str, ...]:
        return self.measurements[0].measured.query_ids

    def ranking_values(self) -> Values:
        """Return what queries are sorted by, shape (queries,): nDCG@10, or its difference."""
        if self.comparison is not None:
            return self.comparison.per_query(MAIN)
        return self.measurements[0].measured.values[MAIN]


@dataclass(frozen=True, slots=True)
class Summary:
    """A run's intervals by measure, and the share of its first ten hits that nobody judged."""

    intervals: Mapping[str, Interval]
    unjudged_share: float


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A subject with a summary for each measurement, and its best and worst queries."""

    subject: Subject
    summaries: tuple[Summary, ...]
    best: tuple[Example, ...]
    worst: tuple[Example, ...]
    provenance: Provenance

    def values(self) -> dict[str, Any]:
        """Return the whole report by name; per-query values are not rounded."""
        subject = self.subject
        return {
            "title": subject.title,
            "runs": [
                _run_values(measurement, summary)
                for measurement, summary in zip(subject.measurements, self.summaries, strict=True)
            ],
            "comparison": None if subject.comparison is None else subject.comparison.values(),
            "per_query": [
                _query_values(subject, place, query_id)
                for place, query_id in enumerate(subject.query_ids)
            ],
            "best": [asdict(example) for example in self.best],
            "worst": [asdict(example) for example in self.worst],
            "facts": {group: dict(facts) for group, facts in subject.facts.items()},
            "notes": list(subject.notes),
            "provenance": asdict(self.provenance),
        }


def report_on(subject: Subject, provenance: Provenance) -> Report:
    """Return the report on a subject; reads the texts of the documents that it shows."""
    best, worst = ends(subject.ranking_values(), signed=subject.comparison is not None)
    return Report(
        subject=subject,
        summaries=tuple(_summary(subject, each) for each in subject.measurements),
        best=examples(best, subject.measurements, qrels=subject.qrels, texts=subject.texts),
        worst=examples(worst, subject.measurements, qrels=subject.qrels, texts=subject.texts),
        provenance=provenance,
    )


def write_report(report: Report, folder: Path) -> tuple[Path, Path]:
    """Write report.json and report.html; return their paths. Raises `ReportError`."""
    from eval.report.page import page

    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_text(json.dumps(report.values(), indent=1) + "\n")
        (folder / "report.html").write_text(page(report), encoding="utf-8")
    except OSError as error:
        raise ReportError(f"the report cannot be written to {folder}: {error}") from error
    return folder / "report.json", folder / "report.html"


def _summary(subject: Subject, measurement: Measurement) -> Summary:
    values = measurement.measured.values
    return Summary(
        {name: bootstrap_interval(each) for name, each in values.items()},
        unjudged_share(subject.qrels, measurement.run),
    )


def _run_values(measurement: Measurement, summary: Summary) -> dict[str, Any]:
    return {
        "name": measurement.name,
        "tag": measurement.run.tag,
        "measures": {
            name: {
                "mean": round(measurement.measured.mean(name), 4),
                "interval": [round(interval.low, 4), round(interval.high, 4)],
            }
            for name, interval in summary.intervals.items()
        },
        "unjudged_share": round(summary.unjudged_share, 4),
    }


def _query_values(subject: Subject, place: int, query_id: str) -> dict[str, Any]:
    return {
        "query_id": query_id,
        "text": subject.texts.queries.get(query_id, ""),
        "runs": [
            {name: float(each[place]) for name, each in measurement.measured.values.items()}
            for measurement in subject.measurements
        ],
    }
