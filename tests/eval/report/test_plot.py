"""The drawings of a report."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.report.plot import bars, whisker
from eval.significance import Interval

VALUES = st.lists(st.floats(-1, 1), min_size=1, max_size=300)


@given(values=VALUES)
def test_each_value_that_is_not_zero_is_one_bar_of_its_height(values):
    """Bars fall from the highest to the lowest, and stay inside the drawing."""
    drawing = bars(values, label="made up")
    drawn = re.findall(r"M(\d+) ([\d.]+)V([\d.]+)h[\d.]+V\2z", drawing)
    wanted = [(place, each) for place, each in enumerate(sorted(values, reverse=True)) if each]
    assert [int(place) for place, _, _ in drawn] == [place for place, _ in wanted]
    for (_, zero, top), (_, value) in zip(drawn, wanted, strict=True):
        assert 0 <= float(top) <= 100
        assert (float(zero) - float(top)) * value >= 0


def test_heights_are_to_scale():
    """A half is half as high as a whole, on either side of zero."""
    drawn = re.findall(r"M\d+ ([\d.]+)V([\d.]+)h", bars([1.0, 0.5, -0.5, -1.0], label=""))
    heights = [float(zero) - float(top) for zero, top in drawn]
    assert heights == pytest.approx([50, 25, -25, -50])


def test_a_drawing_holds_no_words():
    """What a browser without graphics shows of it is nothing."""
    for drawing in (bars([0.3, 0.1], label="a"), whisker(Interval(0, 1), 0.5, low=0, high=1)):
        assert not re.sub(r"<[^>]*>", "", drawing).strip()
