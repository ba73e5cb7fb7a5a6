"""Countries in which trials are asked to be held: "in Japan", "UK trials", "US sites"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from retrieval.demands import Between, Demand, Is
from retrieval.language.countries import country_spellings, demonyms
from retrieval.question.plain import DRUG
from retrieval.question.wording import FOLLOW, STRETCH, TRIAL, word_before

# "Sold in Germany": the place of something else.
_ELSEWHERE = re.compile(
    "approval|approved|available|sold|marketed|licensed|born|live|lives|living|use|used"
)
_SITES = r"(?:(?:study |trial )?(?:sites?|cent(?:re|er)s?|locations?|hospitals?|clinics?))\b"
# "UK trials": what may stand between the two; "UK Biobank studies" are something else.
_KIND = (
    rf"(?:(?:based|clinical|recruiting|completed|ongoing|active|open|randomi[sz]ed|observational"
    rf"|interventional|phase [0-4iv]+[abc]?|{DRUG}) ){{0,3}}"
)
_TRIALS = r"(?:trials|studies|rcts)\b"
_ASKED = (
    "any|all|the|list|show|find|me|which|what|many|for|of|only|recruiting|completed|ongoing|active"
    rf"|{DRUG}"
)


def read_places(sentence: str) -> Iterator[tuple[int, int, Demand, bool]]:
    """Yield the countries of a sentence: span, demand, and whether they are surely of trials.

    The values are every spelling that the registry has of each country.
    """
    patterns, listed, name = _patterns()
    surely: set[int] = set()
    for pattern in patterns:
        for found in pattern.finditer(sentence):
            at = found.start("place")
            if _ELSEWHERE.fullmatch(word_before(sentence, at)):
                continue
            surely.add(found.start("names"))
            lead = re.match(r"(?:in|from|across|within|with|having|at) ", found["place"] + " ")
            start = at if lead else found.start("names")
            end = found.end("all") if "all" in found.groupdict() else found.end("names")
            yield start, end, Is("countries", _spelled(found["names"], name)), True
    if not re.search(TRIAL, sentence):
        return
    for found in _of_countries().finditer(sentence):
        yield *found.span("word"), Is("countries", demonyms()[found["word"]]), False
    for found in listed.finditer(sentence):
        if found.start("names") not in surely and not _ELSEWHERE.fullmatch(
            word_before(sentence, found.start())
        ):
            yield *found.span(), Is("countries", _spelled(found["names"], name)), False


def _spelled(names: str, name: re.Pattern[str]) -> tuple[str, ...]:
    spelled = (one for each in name.findall(names) for one in country_spellings()[each])
    return tuple(dict.fromkeys(spelled))


_SEVERAL = re.compile(r"\bmulti ?(?:cent(?:er|re)d?|site|centric)\b")
_SINGLE = re.compile(r"\bsingle (?:cent(?:er|re)|site)\b")


def read_sites(sentence: str) -> Iterator[tuple[int, int, Demand, bool]]:
    """Yield how many sites trials are asked to have: "multicenter", "single-site"."""
    if re.search(TRIAL, sentence):
        for found in _SEVERAL.finditer(sentence):
            yield *found.span(), Between("number_of_sites", 2, None), False
        for found in _SINGLE.finditer(sentence):
            yield *found.span(), Between("number_of_sites", 1, 1), False


@cache
def _of_countries() -> re.Pattern[str]:
    """Return what finds "Korean" before trials or sites."""
    words = "|".join(sorted(demonyms()))
    return re.compile(rf"\b(?P<word>{words}) (?={_KIND}(?:{_TRIALS}|{_SITES}))")


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], ...], re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a place with its countries, of a plain list, and of one country."""
    longest_first = sorted(country_spellings(), key=lambda name: (-len(name), name))
    name = rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"  # one ends in ")"
    names = rf"(?P<names>(?:the )?{name}(?:(?:,| and| or|, and|, or|/) ?(?:the )?{name})*)"
    place = rf"(?P<place>\b(?:in|from|across|within)) {names}{FOLLOW}"
    anchor = rf"(?:{TRIAL} {STRETCH}|\brecruiting (?:only )?)"
    beside = r"(?P<place>\b(?:with|having|at|across|from|in))"
    some = r"(?:(?:at least |exactly )?(?:one|1|an?|any|some|\d+ or more) )?"
    at_sites = rf"{TRIAL} {STRETCH}{beside} {some}(?P<all>{names} {_SITES})"
    before = rf"(?P<place>(?:^|\b(?:{_ASKED}) )){names} {_KIND}{_TRIALS}"
    return (
        tuple(re.compile(pattern) for pattern in (anchor + place, at_sites, before)),
        re.compile(rf"(?:\b(?:in|from|across|within|at)(?: sites in)?|(?<=\w),) {names}{FOLLOW}"),
        re.compile(name),
    )
