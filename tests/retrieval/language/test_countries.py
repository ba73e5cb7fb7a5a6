"""Countries: one table behind the filter's values and the words of a sentence."""

from __future__ import annotations

import pytest

from retrieval.language.compounds import load_ladder
from retrieval.language.countries import country_key, load_countries
from retrieval.question.understand import understand

COUNTRIES = load_countries()
NAMES = [(name, country) for country in COUNTRIES for name in country.names]


@pytest.mark.parametrize(("name", "country"), NAMES)
def test_a_name_means_the_same_in_a_filter_and_in_a_sentence(name, country):
    """Whatever a sentence is read for, a filter accepts, and the other way round."""
    assert country_key(name) == country_key(name.upper()) == country_key(country.registry[0])
    assert understand(f"trials in {name}", load_ladder()).filters.countries == country.registry


def test_no_two_countries_share_a_name():
    """A name that stood for two countries would filter for either."""
    assert len({country_key(country.registry[0]) for country in COUNTRIES}) == len(COUNTRIES)
    assert len({country_key(name) for name, _ in NAMES}) == len(COUNTRIES)


@pytest.mark.parametrize("name", ["US", "U.S.", "the United States", "u.s.a."])
def test_a_filter_takes_points_and_articles(name):
    """A filter's value is no sentence: "US" is no pronoun there."""
    assert country_key(name) == country_key("United States")


def test_an_unknown_country_is_itself():
    """The table need not know a country for its records to be found."""
    assert country_key("Nauru") == country_key("NAURU") != country_key("Palau")
