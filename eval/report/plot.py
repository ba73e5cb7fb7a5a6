"""Inline SVG for a report: bars of per-query values, and an interval in a table.

Drawings hold no words, so that a browser without graphics shows none of them; labels are
attributes that the style sheet prints. Colours are classes, and follow light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from eval.report.markup import Html, tag
from eval.significance import Interval

STEP = 0.25  # limits of the axis are whole steps
FEW = 150  # up to here there is room for gaps between bars


def bars(values: Sequence[float], *, label: str) -> Html:
    """Return sorted bars from the zero line, with an axis; ``label`` is for screen readers."""
    low = floor(min(0.0, *values) / STEP) * STEP
    high = ceil(max(0.0, *values) / STEP) * STEP or STEP
    width = 0.78 if len(values) <= FEW else 1.0
    ticks = [low + STEP * step for step in range(round((high - low) / STEP) + 1)]
    if len(ticks) > 6:
        ticks = [tick for tick in ticks if tick % (2 * STEP) == 0]

    def height(value: float) -> str:
        return f"{(high - value) / (high - low) * 100:.2f}"

    def path(kind: str, shown: list[tuple[int, float]]) -> Html:
        steps = (f"M{x} {height(0)}V{height(v)}h{width}V{height(0)}z" for x, v in shown)
        return tag("path", class_=kind, d="".join(steps))

    ordered = list(enumerate(sorted(values, reverse=True)))
    grid = "".join(f"M0 {height(tick)}H{len(values)}" for tick in ticks)
    drawing = tag(
        "svg",
        tag("path", class_="grid", d=grid),
        path("up", [(x, v) for x, v in ordered if v > 0]),
        path("down", [(x, v) for x, v in ordered if v < 0]),
        tag("path", class_="zero", d=f"M0 {height(0)}H{len(values)}"),
        viewBox=f"0 0 {len(values)} 100",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )
    axis = [tag("i", style=f"top:{height(tick)}%", data_at=_tick(tick, low < 0)) for tick in ticks]
    return tag("div", tag("div", *axis, class_="axis"), drawing, class_="plot")


def whisker(interval: Interval, mean: float, *, low: float, high: float) -> Html:
    """Return an interval with its mean on a scale from ``low`` to ``high``."""

    def place(value: float) -> str:
        return f"{(value - low) / (high - low) * 100:.2f}"

    zero = [tag("path", class_="zero", d=f"M{place(0)} 0V10")] if low < 0 else []
    return tag(
        "svg",
        *zero,
        tag("path", class_="reach", d=f"M{place(interval.low)} 5H{place(interval.high)}"),
        tag("path", class_="mean", d=f"M{place(mean)} 1V9"),
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        class_="whisker",
        aria_hidden="true",
    )


def signed(value: float, with_sign: bool, digits: int = 2) -> str:
    """Return a number with a true minus, and a plus where signs matter."""
    shown = f"{value:+.{digits}f}" if with_sign and round(value, digits) else f"{value:.{digits}f}"
    return shown.replace("-", "−")


def _tick(value: float, with_sign: bool) -> str:
    shown = f"{value:+g}" if with_sign and value else f"{value:g}"
    return shown.replace("-", "−")
