"""How a question sounds that leans on an earlier one: the patterns of `conversation`."""

from __future__ import annotations

import re
from functools import cache

from retrieval.language.countries import load_countries

ID = re.compile(r"\bnct[\s:#_-]{0,3}[0-9]{8}(?![0-9])", re.IGNORECASE)
ENDS = " \t\n?!.,;:"
LEAD = re.compile(
    r"^(?:(?:and|or|but|so|also|then|ok(?:ay)?|now|what about|how about|the same|same)\b[\s,]*)+",
    re.IGNORECASE,
)
# "No adverse events" corrects nobody: a bare "no" needs its comma.
CORRECTION = re.compile(
    r"^(?:(?:no(?=\s*[,.!;:-]| (?:sorry|i mean))|nope|sorry|oops|wait|actually|rather"
    r"|i mean(?:t)?|make (?:it|that)|not that one)\b[\s,.!;:-]*)+",
    re.IGNORECASE,
)
LINKS = re.compile(
    r"\b(?:and|or|for|in|with|of|on|about|to|the|a|trials?|stud(?:y|ies)|one|too|as well|please)\b",
    re.IGNORECASE,
)
PREPOSITION = re.compile(
    r"^(?:in|for|with|among|at|on|during|after|before|by|from|between)\b", re.IGNORECASE
)
ENUMERATING = re.compile(r"^(?:list|show|find|how many|which|what) ", re.IGNORECASE)
_TRIALS = r"(?:trials|studies|rcts|records)\b"
_PEOPLE = r"(?:\w+ )?(?:people|patients|participants|subjects|volunteers|men|women|children)\b"
# A count or list of trials up to where a word that describes them may be put.
COUNT = re.compile(
    r"^(?P<ask>(?:please )?(?:how many|(?:what is |what's )?the number of|number of|count(?: of)?))"
    rf"(?= (?!{_PEOPLE})(?:[^?.]{{0,80}} )?{_TRIALS})(?: (?:the|of the|all)\b)*",
    re.IGNORECASE,
)
LIST = re.compile(
    r"^(?:please )?(?:list|show(?: me)?|find(?: me)?|give me|which|what|get me)"
    rf"(?= (?:[^?.]{{0,80}} )?{_TRIALS})(?: (?:the|all|any|every)\b)*",
    re.IGNORECASE,
)
THERE = re.compile(r" (?:are there|there are)\b(?: here| in (?:total|all)\b)?", re.IGNORECASE)
WHICH_ONES = re.compile(
    r"(?:and )?(?:which(?: (?:ones?|trials|studies|are (?:they|these|those)))?"
    r"|what are (?:they|these|those)|(?:can you |please )?(?:list|show(?: me)?|name|give me) "
    r"(?:them|these|those|the list)(?: all)?(?: please)?)",
    re.IGNORECASE,
)
ONLY = re.compile(
    r"^(?:(?:and|but) )?(?:only|just) (?:(?:the|those|these|the ones|ones)\b ?)*(?P<part>.+?)"
    r"(?: (?:ones|trials|studies))?$",
    re.IGNORECASE,
)
# "In which countries?" asks; "in Japan?" narrows.
ASKING = re.compile(
    r"\b(?:which|what|whom?|how|when|where|why|is|are|was|were|do|does|did|can)\b", re.IGNORECASE
)
NARROW_WORDS = 6  # of a phrase that narrows a count or list
JOINING = re.compile(
    r"^(?:can|could|may|am|is|are|would|will|do|does|how (?:can|could|do|to))\b.{0,60}?"
    r"\b(?P<verb>join|take part|participate|enrol+|apply|sign up|eligible|qualify|allowed)"
    r"(?: (?:still|too|as well|please|(?:in |for )?(?:it|this|that)))?$",
    re.IGNORECASE,
)
JOINTS = {"join": "", "apply": "to ", "sign up": "for ", "eligible": "for ", "qualify": "for "}
COMPARING = re.compile(
    r"\b(?:compar\w+|differ\w*|versus|vs|between|both|side by side)\b", re.IGNORECASE
)
NTH = ("first", "second", "third", "fourth", "fifth")
ORDINAL = re.compile(
    rf"\bthe (?P<nth>{'|'.join(NTH)}|other|last|former|latter)"
    r"(?: (?:one|trial|study)\b|(?=[\s?.!]*$))",
    re.IGNORECASE,
)
_MANY = (
    r"(?:of )?(?:(?:these|those|the same|both(?: of)?(?: the| these| those)?"
    r"|the two|them both)"
    r"(?: (?:trials|studies|records|ones))?\b(?! \w+(?:s|ed)\b)|them|they)\b"
    r"|of the (?:trials|studies)\b"
)
POINTING = re.compile(
    r"\b(?:(?:this|that|the|the same|said) (?:trial|study|record|one)\b(?! (?:of|with|that|in|for))"
    rf"|(?P<many>{_MANY})|it|its|their|there\b(?=[\s?.]*$))(?!\w)",
    re.IGNORECASE,
)
TRIAL_WORD = re.compile(r"\b(?:this|that|the|the same) (?:trial|study|record)\b", re.IGNORECASE)
# "Is it possible that": this "it" is nothing that was spoken of.
EMPTY_IT = re.compile(
    r"\bit (?:be )?(?:possible|true|known|likely|common|normal|worth|time|important)\b"
    r"|\b(?:is|does) it (?:possible|true|known|likely|common|normal|worth|mean|take)\b"
    r"|\bthere (?:are|is)\b|\b(?:are|is) there\b",
    re.IGNORECASE,
)
# Said of a compound as much as of a trial.
OF_COMPOUNDS = re.compile(
    r"\b(?:safe|safety|adverse|side effects?|dos\w+|deaths?|died?|mortality|used|route|more"
    r"|approved)\b",
    re.IGNORECASE,
)
# What is said in asking for a field of a trial; with nothing else, some trial is meant.
FIELD_WORDS = frozenset(
    re.findall(
        r"[\w-]+",
        """
        and or what which who whom whose when where why how many much long often is are was were
        do does did has have had be been will would can could the a an of in for on at to by
        from with about any there also then please tell me show give exactly actual actually
        expected planned yet now currently phase phases status sponsor sponsors sponsored
        sponsoring funder funded funds pay pays paid run runs collaborator collaborators
        enrollment enrolment enrolled enrol enroll participants people patients subjects
        volunteers took take part join participate number size sample start starts started begin
        began begins end ends ended finish finished finishes complete completed completion stop
        stopped date dates primary secondary main outcome outcomes endpoint endpoints measure
        measures result results posted available reported recruit recruiting recruitment open
        ongoing randomised randomized randomisation randomization blinded blind blinding masked
        masking mask open-label placebo controlled control arm arms group groups design
        allocation purpose type study trial condition conditions disease diseases drug drugs
        intervention interventions treatment treatments dose doses dosing dosage route given
        administered location locations country countries site sites city cities held conducted
        done place age ages sex gender eligible eligibility criteria inclusion exclusion healthy
        men women children adverse event events side effect effects safe safety serious deaths
        died death die mortality more details detail summary information info summarize
        summarise explain last updated update title official acronym name called it its they
        their them this that these those
        """,
    )
)
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
# The places of a question that a fragment can take over, each by what it looks like.
_NAME = r"(?:(?!(?:in|for|on|with|of|the|and|or|at|among)\b)[\w+./-]+ ){1,6}?"
ARM = re.compile(
    rf"\b(?:(?:in|for|on|with|among|to) )?(?:the |an? )?{_NAME}(?:arms?|groups?|cohorts?)\b",
    re.IGNORECASE,
)
PLACEBO = re.compile(
    r"(?:(?:in|on|with|for) )?(?:the )?(?P<arm>placebo|control|comparator|sham|vehicle)",
    re.IGNORECASE,
)
SLOTS: tuple[re.Pattern[str], ...] = (
    ARM,
    re.compile(
        r"\b(?:early )?phase (?:[1-4]|i{1,3}|iv)(?:\s?/\s?(?:phase )?\w+)?\b", re.IGNORECASE
    ),
    re.compile(
        r"\b(?:not yet recruiting|active,? not recruiting|recruiting|completed|terminated"
        r"|withdrawn|suspended)\b",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:started|updated|posted|since|after|before|in) (?:\w+ )?(?:19|20)\d\d\b"),
)


@cache
def in_country() -> re.Pattern[str]:
    """Return what finds "in Japan", with any country's name."""
    names = {name for country in load_countries() for name in country.names}
    longest_first = sorted(map(re.escape, names), key=lambda name: (-len(name), name))
    return re.compile(rf"\bin (?:the )?(?:{'|'.join(longest_first)})\b", re.IGNORECASE)


def enumerated(question: str) -> re.Match[str] | None:
    """Match how a question counts or lists trials, up to where a word may describe them."""
    return COUNT.match(question) or LIST.match(question)


def described(question: str, part: str, listed: re.Match[str]) -> str:
    """Return a count's or list's question with words before what it names."""
    return f"{question[: listed.end()]} {part}{question[listed.end() :]}"


def as_list(question: str) -> str | None:
    """Return a count's question as one for its trials, "list …"; a list's as it is."""
    counted = COUNT.match(question)
    if counted is None:
        return question if LIST.match(question) else None
    rest = question.rstrip(ENDS)[counted.end("ask") :]
    without = THERE.sub("", rest, count=1)
    if without == rest and counted["ask"].lower().endswith("how many"):
        return f"which{rest}?"
    return f"list{without}"
