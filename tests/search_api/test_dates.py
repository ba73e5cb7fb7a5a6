"""Dates at the border."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_api.dates import first_day, iso, last_day


@given(st.dates())
def test_a_full_date_survives_the_way_in_and_out(day: date) -> None:
    """`iso` undoes `first_day` and `last_day` of a full date."""
    assert iso(first_day(day.isoformat())) == iso(last_day(day.isoformat())) == day.isoformat()


@given(st.dates(max_value=date(9999, 11, 30)))
def test_a_month_ends_where_the_next_begins(day: date) -> None:
    """The day after the last day of a month is the first of a month."""
    last = iso(last_day(day.isoformat()[:7]))
    assert last is not None
    assert (date.fromisoformat(last) + timedelta(days=1)).day == 1


def test_a_year_stands_for_its_ends() -> None:
    """`2021` begins on 1 January and ends on 31 December."""
    assert (first_day("2021"), last_day("2021")) == (20210101, 20211231)


@pytest.mark.parametrize(
    "text",
    ["2024-13-45", "2023-02-29", "2024-00", "0000", "", "21-03", "2021-3", "2021-03-", "２０２１"],
)
def test_what_is_no_date_is_refused_by_name(text: str) -> None:
    """The error repeats the text, from either end of a range."""
    for read in (first_day, last_day):
        with pytest.raises(ValueError, match="not a date") as caught:
            read(text)
        assert repr(text) in str(caught.value)
