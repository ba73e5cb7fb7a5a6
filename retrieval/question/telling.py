"""The telling words of a query: those that say what it is about, not how it is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from retrieval.language.countries import load_countries
from retrieval.language.words import STOP_WORDS, Runs, split_words

# How people ask, what they ask of any trial, and what any trial has. A document may answer a
# question without using the same one of these.
_ASKING = frozenset(
    re.findall(
        r"[\w-]+",
        """
        anything something nothing true really basically actually got plus doctor
        pharmacist somebody
        occur occurs occurred occurring
        actually ago already always anyone available become becomes before begin being best better
        between both bring came check checked come compare compared comparing comparison complete
        completed consider current currently data day days detail details different does done during
        each early ended ever every everyone evidence example exist expected explain find finish
        finished first follow found full further gave get gets getting give given gives go goes
        going good had happen happened happens help helps high include included including info
        information instead involve is keep kept kind know known last late later latest least less
        let like list long longer look looked looking looks low made main make makes many may mean
        means measure measured medicine medicines medication medications month months mostly much
        need needed new newer next number now often old once one only ongoing open other others
        outcome outcomes over own part past people per person persons place please possible prove
        proven put rather read reason recent recently report reported reports result results run
        runs said same say says see seen several share short show showed shown since small some
        someone something soon start started starts stay stayed stays still stop stopped study
        studied studies subject subjects summary suitable take taken takes taking tell test tested
        testing tests than there thing things think time times together told too took top
        toward treat treated treating treatment treatments tried try trying two type types under
        until up use used useful user users uses using usual versus very via vs want way week weeks
        weekly well went without work worked working works worse year years yes yet
        adverse aes arm arms benefit benefits blind blinded blinding cause caused causes clinical
        comparator condition conditions control controlled countries country criteria daily death
        deaths design die died disease diseases disorder dosage dosages dose doses dosing drug drugs
        effect effective effectiveness effects efficacy eligible eligibility enroll enrolled
        enrolling enrollment enrol enrolment event events exclusion finding findings group groups
        harm harms hospital inclusion interventional join license location locations mask masked
        masking men women male female mg mcg name named names observational participant participants
        participate patient patients peptide peptides phase phases placebo planned post posted
        primary problem problems published purpose question questions random randomised randomized
        record records recruit recruiting recruitment registry regimen risk risks safe safety sae
        saes secondary serious severe side sponsor sponsored sponsors status subject terminated
        therapy tolerability tolerated tolerable trial trials volunteer volunteers withdrawn
        adult adults child children healthy company digest digests endpoint endpoints label related
        rare common three four five six seven eight nine ten eleven twelve dozen hundred thousand
        """,
    )
)


def telling_words(text: str, *, names: Iterable[str] = ()) -> tuple[Runs, ...]:
    """Return the distinct telling words of a query, folded, in order.

    Left out are stop words, the words of asking, countries (a matter of filters), numbers,
    single letters, and the words of ``names``.
    """
    named = {"-".join(word) for name in names for word in split_words(name)}
    dull = STOP_WORDS | _ASKING | _country_words() | named
    words = dict.fromkeys(split_words(text))
    return tuple(word for word in words if "-".join(word) not in dull and _says(word))


def _says(word: Runs) -> bool:
    return any(len(run) > 1 and not run[0].isdigit() for run in word)


@cache
def _country_words() -> frozenset[str]:
    names = (name for country in load_countries() for name in country.names)
    return frozenset("-".join(word) for name in names for word in split_words(name))
