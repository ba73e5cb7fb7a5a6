"""The words by which the verifier reads: which may be left out, and which turn a meaning.

Plain English lists; `retrieval.answering.writing.shortening` says what each is for.
"""

from __future__ import annotations

from retrieval.answering.writing.statements import stem


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _stems(text: str) -> frozenset[str]:
    return frozenset(map(stem, text.split()))


# As they are written.
PREPOSITIONS = _words(
    """
    in on at for with by from of to into per among between through throughout via during across
    against under as
    """
)
# Forms that make a clause of a phrase.
BE = _words(
    """
    is are was were be been being am has have had having do does did will would get got
    """
)
# Articles and pronouns.
ARTICLES = _words(
    """
    a also an and both he her his it its she so such that the their then there these they this
    those
    """
)
# What a sentence may add and leave out freely. "Will" and "would" make a plan.
FUNCTION = (PREPOSITIONS | BE | ARTICLES) - {"will", "would"}
# Words that join clauses.
JOINING = _words(
    """
    and or but while whereas which who whom whose that because although though if when
    """
)
# Those whom a trial counts.
PERSONS = _stems(
    """
    participants patients subjects people persons volunteers individuals
    """
)
# Words about the source itself, which add nothing to what it says.
NEUTRAL = _stems(
    """
    trial trials study record registry digest source according group groups arm arms overall
    """
)
# Labels that only say which kind of line it is.
PLAIN_LABEL = _stems(
    """
    brief official title result affected risk period intervention summary
    """
)
# What turns a statement when it is left out: denial, doubt, purpose, exception, whose body.
TURNING = _stems(
    """
    not may might could would should can will shall must whether if unless only except but
    however although though despite whereas yet hypothesis hypothesize hypothesise hypothesized
    hypotheses aim aims aimed plan plans planned planning expect expected evaluate evaluates
    assess assessed assesses assessing evaluating investigate investigates determine determines
    test tests tested explore explores examine examines seek seeks intend intended propose
    proposed purpose objective goal suggest suggests possible possibly potential potentially
    likely unlikely probably perhaps unclear unknown uncertain pending hope hoped hopes want
    meant fail fails failed failure unable lack lacks lacked absence absent mice mouse rat rats
    animal animals murine rabbit rabbits dog dogs monkey monkeys vitro vivo preclinical
    laboratory cell cells exclusion excluded exclude inclusion included some most few all every
    each any several many half rarely seldom hardly barely ignore instruction say says said
    claim claims claimed allege alleged allegedly prevent prevents prevented terminated
    estimated anticipated withdrawn withhold stopped discontinued minimum maximum first
    secondary primary historical prior previous earlier later false untrue myth deny denied
    allow
    """
)
# A statement with one of these tells what a trial found, or claims to.
FINDING = _stems(
    """
    improve improved improvement reduce reduced reduction decrease decreased increase increased
    lower lowered higher greater less more fewer better worse worsened superior inferior
    noninferior safe safety effective ineffective efficacy efficacious tolerated tolerable
    significant significantly respond responded response survive survived survival cure cured
    heal healed healing benefit beneficial harm harmful fell rose raised fall rise drop dropped
    gain gained lose lost loss differ differed different difference resolve resolved relieve
    relieved protect protected progress progressed relapse relapsed recover recovered recovery
    died death deaths mortality toxic toxicity adverse reaction result results show showed shown
    find found demonstrate demonstrated confirm confirmed achieve achieved success successful
    stimulate stimulated enhance enhanced inhibit inhibited cause caused associated correlate
    correlated change changed unchanged similar equal comparable positive negative works worked
    treat treats cures prevents helps helped strengthen strengthened boost boosted restore
    restored slow slowed delay delayed promote promoted induce induced
    """
)
# What an arm is called.
ARMS = _stems(
    """
    placebo sham vehicle control comparator saline cohort untreated
    """
)
# One of these must stand in what is told of a plan.
PLANNING = _stems(
    """
    planned plan will outcome endpoint aim assess evaluate measure
    """
)
