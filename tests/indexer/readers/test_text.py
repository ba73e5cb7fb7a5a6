"""Cleaning of characters, addresses and dates."""

import pytest

from indexer.readers.text import clean, parse_date


@pytest.mark.parametrize(
    ("stated", "date"),
    [
        ("2021-03-07", 20210307),
        ("2021-03", 20210301),
        ("2021", 20210101),
        ("2019-09-26T04:53", 20190926),
        ("2024-13-45", None),
        ("2023-02-29", None),
        ("0000-01-01", None),
        ("soon", None),
    ],
)
def test_dates(stated, date):
    """A date is an integer, the first day where it names none, or nothing."""
    assert parse_date(stated) == date


@pytest.mark.parametrize(
    "text",
    ["10.1007/s00125-018-4739-3", "NCT04770285", "mobile 12 weeks", "100 mg/kg", "call 30 30 30"],
)
def test_clinical_numbers_stay(text):
    """Only a number that a telephone word announces, and as long as one, is masked."""
    assert clean(text) == text


def test_addresses_are_masked():
    """E-mails and announced phones are replaced by words that say so."""
    text = clean("Write to first.last@example.org or call +1 (555) 000-1111 now.")
    assert text == "Write to [e-mail removed] or call [phone removed] now."
