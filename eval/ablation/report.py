"""What an ablation came to: systems by collections, each held against the whole product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from eval.compare import TIE
from eval.measures import MAIN, Values
from eval.provenance import Provenance
from eval.significance import paired_p
from retrieval.index.manifest import Counts

SURE = 0.05  # a difference is called one from this p on down


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A system's values by measure and its milliseconds, each of shape ``(queries,)``."""

    measures: Mapping[str, Values]
    milliseconds: Values

    def percentile(self, share: float) -> float:
        """Return the milliseconds that ``share`` percent of the queries stay under."""
        return float(np.percentile(self.milliseconds, share))


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One collection: its queries, its two measures (the main one first), its rows by system.

    ``plain`` says what the plain systems hold.
    """

    name: str
    query_ids: tuple[str, ...]
    measures: tuple[str, str]
    counts: Counts
    plain: str
    rows: Mapping[str, Row]
    notes: tuple[str, ...]

    def against(self, system: str, whole: str, measure: str) -> tuple[float, float]:
        """Return a system's mean difference to the whole product, and its p."""
        differences = self.rows[system].measures[measure] - self.rows[whole].measures[measure]
        differences[np.abs(differences) < TIE] = 0
        return float(differences.mean()), paired_p(differences)


@dataclass(frozen=True, slots=True, eq=False)
class AblationReport:
    """All columns of one run; ``whole`` is the system that the others are held against."""

    whole: str
    columns: tuple[Column, ...]
    sample: int
    settings: Mapping[str, Any]
    tuning: Mapping[str, Any]
    provenance: Provenance

    @property
    def systems(self) -> tuple[str, ...]:
        """The rows of any column, in order."""
        return tuple(dict.fromkeys(name for column in self.columns for name in column.rows))

    def values(self) -> dict[str, Any]:
        """Return every figure, each query's included, as JSON knows it."""
        return {
            "whole": self.whole,
            "sample": self.sample,
            "collections": {column.name: self._column(column) for column in self.columns},
            "settings": dict(self.settings),
            "tuning": dict(self.tuning),
            "provenance": asdict(self.provenance),
        }

    def table(self) -> str:
        """Return one aligned table a collection."""
        return "\n".join(line for column in self.columns for line in self._lines(column))

    def markdown(self) -> str:
        """Return one table of all collections, for a README."""
        return "\n".join(self._markdown())

    def _column(self, column: Column) -> dict[str, Any]:
        return {
            "queries": len(column.query_ids),
            "documents": column.counts.documents,
            "chunks": column.counts.chunks,
            "plain": column.plain,
            "notes": list(column.notes),
            "systems": {name: self._values(column, name) for name in column.rows},
        }

    def _values(self, column: Column, name: str) -> dict[str, Any]:
        row = column.rows[name]
        values: dict[str, Any] = {
            "p50_ms": round(row.percentile(50), 2),
            "p95_ms": round(row.percentile(95), 2),
        }
        for measure in column.measures:
            difference, p = column.against(name, self.whole, measure)
            each = np.round(row.measures[measure], 4).tolist()
            values[measure] = {
                "mean": round(float(row.measures[measure].mean()), 4),
                "difference": round(difference, 4),
                "p": round(p, 5),
                "per_query": dict(zip(column.query_ids, each, strict=True)),
            }
        return values

    def _lines(self, column: Column) -> Iterator[str]:
        main, second = column.measures
        width = max(map(len, self.systems))
        yield (
            f"{column.name}: {len(column.query_ids)} queries, {column.counts.documents} documents "
            f"in {column.counts.chunks} chunks; plain systems hold {column.plain}"
        )
        for note in column.notes:
            yield f"note: {note}"
        yield (
            f"{'':<{width}} {main:>8} {'diff':>8} {'p':>7} {second:>8} {'diff':>8} {'p':>7} "
            f"{'p50 ms':>8} {'p95 ms':>8}"
        )
        for name, row in column.rows.items():
            figures = " ".join(self._figures(column, name, each) for each in column.measures)
            yield (
                f"{name:<{width}} {figures} {row.percentile(50):>8.1f} {row.percentile(95):>8.1f}"
            )
        yield ""

    def _figures(self, column: Column, name: str, measure: str) -> str:
        mean = column.rows[name].measures[measure].mean()
        if name == self.whole:
            return f"{mean:>8.4f} {'':>8} {'':>7}"
        difference, p = column.against(name, self.whole, measure)
        return f"{mean:>8.4f} {difference:>+8.4f} {p:>7.4f}"

    def _markdown(self) -> Iterator[str]:
        heads = ["system"]
        for column in self.columns:
            main, second = column.measures
            heads += [f"{column.name} {main}", second, "ms p50 / p95"]
        yield f"| {' | '.join(heads)} |"
        yield f"|---{'|---:' * (len(heads) - 1)}|"
        for name in self.systems:
            cells = [cell for column in self.columns for cell in self._cells(column, name)]
            shown = f"**{name}**" if name == self.whole else name
            yield f"| {shown} | {' | '.join(cells)} |"
        yield ""
        sizes = (
            f"{each.name}: {len(each.query_ids)} queries, {each.counts.documents:,} documents, "
            f"plain systems hold {each.plain}"
            for each in self.columns
        )
        yield (
            f"`{self.provenance.command}` at {self.provenance.commit}, "
            f"{self.provenance.machine}. In brackets the difference in {MAIN} to {self.whole}, "
            f"with * where p < {SURE} (paired randomisation). {'; '.join(sizes)}."
        )

    def _cells(self, column: Column, name: str) -> tuple[str, str, str]:
        if name not in column.rows:
            return "", "", ""
        row = column.rows[name]
        main, second = (f"{row.measures[each].mean():.3f}" for each in column.measures)
        if name != self.whole:
            difference, p = column.against(name, self.whole, column.measures[0])
            main += f" ({difference:+.3f}{'*' if p < SURE else ''})"
        return main, second, f"{_shown(row.percentile(50))} / {_shown(row.percentile(95))}"


def _shown(milliseconds: float) -> str:
    return f"{milliseconds:.1f}" if milliseconds < 10 else f"{milliseconds:.0f}"
