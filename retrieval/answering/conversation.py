"""A question that leans on earlier ones, written out so that it stands by itself.

"And in the placebo arm?" is answered as the question before it, with that arm in place of the
one it named; "who sponsors it?" gets the trial that was spoken of. What is carried is told, and
a question with a trial or a compound of its own carries nothing. No model; rules in this order:

1. after a count or list, "which ones?" lists the same, and "only phase 3" or "in Japan?" asks it
   again of fewer;
2. a fragment ("and NCT…?", "what about semaglutide?", "and in the placebo arm?", "the other
   one?", "no, I meant NCT…") asks the previous question again, with its own words in the place
   of their kind;
3. a question that points back ("it", "that trial", "those"), that asks for a field of nothing
   ("how many took part?") or of taking part ("can I join?") gets the trials or compounds last
   spoken of; "compare them" the last two trials that the user asked of.

These come from the user's earlier questions, then from the trials that the assistant's last
message cites.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from retrieval.answering.follow_ups import (
    ARM,
    ASKING,
    COMPARING,
    CORRECTION,
    EMPTY_IT,
    ENDS,
    ENUMERATING,
    FIELD_WORDS,
    ID,
    JOINING,
    JOINTS,
    LEAD,
    LINKS,
    NARROW_WORDS,
    NTH,
    OF_COMPOUNDS,
    ONLY,
    ORDINAL,
    PLACEBO,
    POINTING,
    PREPOSITION,
    SLOTS,
    TRIAL_WORD,
    WHICH_ONES,
    WORD,
    as_list,
    described,
    enumerated,
    in_country,
)
from retrieval.answering.leaning import leaning, narrowed, of_another
from retrieval.answering.turns import (
    Carried,
    Knowing,
    Past,
    Rewritten,
    Role,
    Spoken,
    Turn,
    nobody,
    trials_in,
)
from retrieval.language.compounds import Ladder
from retrieval.language.folding import fold
from retrieval.question.wording import is_short

CITED = 5  # trials of an answer that "it" may mean; more would be a list, not a subject
LISTED = 25  # the same for "they" and "those"
TURNS = 40  # messages that are looked back on


def standalone(turns: Sequence[Turn], ladder: Ladder, *, knowing: Knowing = nobody) -> Rewritten:
    """Return the last user's question, written out by what was said before it.

    ``knowing`` tells which trials of the corpus a text is about by itself. Raises `ValueError`
    where no turn is the user's.
    """
    past, rewritten = Past(), None
    for turn in turns[-TURNS:]:
        if turn.role == "assistant":
            cited = trials_in(turn.text)
            past = replace(past, cited=cited, spoken=_unique((*past.spoken, *cited)))
            continue
        text = turn.text.strip()
        rewritten = narrowed(text, past, ladder) or of_another(text, past, knowing)
        if rewritten is None:
            rewritten = _rewritten(text, past, ladder)
        if not rewritten.carried:
            rewritten = leaning(text, past, knowing, ladder)
        named = Spoken.in_(rewritten.text, ladder)
        kept = named if named else past.named
        cited = () if named else past.cited
        spoken = _unique((*past.spoken, *named.trials))
        earlier = (trial for trial in past.asked if trial not in named.trials)
        past = Past(rewritten.text, kept, cited, spoken, (*earlier, *named.trials))
    if rewritten is None:
        raise ValueError("no turn of the conversation is the user's")
    return rewritten


def _rewritten(text: str, past: Past, ladder: Ladder) -> Rewritten:
    if not past.question or not is_short(text):
        return Rewritten(text)
    named = Spoken.in_(text, ladder)
    fragment = _fragment(text)
    again = _fewer(text.strip(ENDS), named, past) or _asked_again(fragment or "", named, past)
    again = again or _corrected(text, named, past)
    if again is not None:
        return again
    if named.trials or (named.compounds and not TRIAL_WORD.search(text)):
        return Rewritten(text)
    if fragment is not None or _points_back(text) or _is_bare(text):
        return _with_subject(text, fragment, past)
    return _joining(text.strip(ENDS), past) or Rewritten(text)


def _fragment(text: str) -> str | None:
    """Return what follows "and", "what about" and the like, or None."""
    lead = LEAD.match(text)
    return text[lead.end() :].strip(ENDS) if lead else None


# --- A count or list again -------------------------------------------------------------------


def _fewer(text: str, named: Spoken, past: Past) -> Rewritten | None:
    """Return the previous count or list as a list, or with one more demand, if that is asked."""
    listed, trials = enumerated(past.question), as_list(past.question)
    if trials and WHICH_ONES.fullmatch(text):
        return _again(past, trials)
    if listed is None or named.trials or len(text.split()) > NARROW_WORDS:
        return None
    if text.lower().endswith(" only"):
        text = f"only {text[: -len(' only')]}"
    only = ONLY.match(text)
    part = only["part"] if only else text
    if named.compounds:
        return _only_compound(part, named, past) if only else None
    for slot in (*SLOTS[1:], in_country()):
        if slot.fullmatch(part):
            return _in_slot(part, slot, past)
    if PREPOSITION.match(part) and not (ASKING.search(part) or POINTING.search(part)):
        return _again(past, f"{past.question.rstrip(ENDS)} {part}?")
    return _again(past, described(past.question, part, listed)) if only else None


def _only_compound(part: str, named: Spoken, past: Past) -> Rewritten | None:
    if _rest(part, named):
        return None
    with_it = f"{past.question.rstrip(ENDS)} with {named.spans()[0]}?"
    return _with_compound(past, named) or _again(past, with_it)


# --- The previous question again -------------------------------------------------------------


def _asked_again(fragment: str, named: Spoken, past: Past) -> Rewritten | None:
    """Return the previous question with the fragment in the place of its kind, if it has one."""
    if not fragment:
        return None
    ordinal = ORDINAL.fullmatch(fragment)
    other = _meant(ordinal, past) if ordinal else None
    if other:
        return _withtrials_in(past, (other.text,), other)
    if named:
        return None if _rest(fragment, named) else _with_names(past, named)
    return _with_part(fragment, past) if past.named else None


def _corrected(text: str, named: Spoken, past: Past) -> Rewritten | None:
    """Return the previous question of what "no, I meant …" names, or of "the other one"."""
    lead = CORRECTION.match(text)
    meant = text[lead.end() if lead else 0 :].strip(ENDS)
    if lead and len(past.named.trials) > len(named.trials) == 1 and not _rest(meant, named):
        return _withtrials_in(past, (*past.named.trials[:-1], *named.trials))
    if ORDINAL.fullmatch(meant) or (lead and named):
        return _asked_again(meant, named, past)
    return None


def _with_names(past: Past, named: Spoken) -> Rewritten | None:
    return _withtrials_in(past, named.trials) if named.trials else _with_compound(past, named)


def _with_part(fragment: str, past: Past) -> Rewritten | None:
    """Ask the previous question of another arm, phase, status or group of people."""
    placebo = PLACEBO.fullmatch(fragment)
    if placebo:
        fragment = f"in the {placebo['arm']} arm"
    for slot in SLOTS:
        if slot.fullmatch(fragment) or slot.fullmatch(f"in {fragment}"):
            return _in_slot(fragment, slot, past)
    if PREPOSITION.match(fragment) and not POINTING.search(fragment):
        return _again(past, f"{past.question.rstrip(ENDS)} {fragment}?")
    return None


def _meant(ordinal: re.Match[str], past: Past) -> Carried | None:
    """Return the trial that "the other one" or "the second trial" means, if it is plain."""
    listed = past.cited or (past.named.trials if len(past.named.trials) > 1 else past.spoken)
    nth = ordinal["nth"].lower()
    if nth == "other":
        others = [trial for trial in past.spoken if trial not in past.named.trials]
        trial = others[0] if past.named.trials and len(others) == 1 else None
    elif nth in ("last", "latter"):
        trial = listed[-1] if len(listed) > 1 else None
    else:
        at = 0 if nth == "former" else NTH.index(nth)
        trial = listed[at] if at < len(listed) else None
    if trial is None:
        return None
    return Carried("trial", trial, "assistant" if trial in past.cited else "user")


def _rest(fragment: str, named: Spoken) -> str:
    """Return what a fragment says beside names and the words that link them."""
    text = ID.sub(" ", fragment)
    for name in sorted(named.spans(), key=len, reverse=True):
        text = text.replace(name, " ")
    return LINKS.sub(" ", text).strip(ENDS + "'’s")


def _withtrials_in(past: Past, trials: Sequence[str], *more: Carried) -> Rewritten | None:
    """Ask the previous question of other trials."""
    written = " and ".join(trials)
    if not ID.search(past.question):
        if ENUMERATING.search(past.question):
            return Rewritten(f"{written}?", more) if more else None
        return _again(past, f"{past.question.rstrip(ENDS)} in {written}?", *more)
    head, *rest = ID.split(past.question)
    text = head + written + "".join(rest[-1:] if len(rest) > 1 else rest)
    return _again(past, text, *more)


def _with_compound(past: Past, named: Spoken) -> Rewritten | None:
    """Ask the previous question of another compound, unless it was of a trial."""
    if past.named.trials or not past.named.compounds:
        return None
    old, new = past.named.spans(), named.compounds[0].matched
    text = past.question.replace(old[0], new)
    return _again(past, text) if text != past.question else None


def _in_slot(fragment: str, slot: re.Pattern[str], past: Past) -> Rewritten:
    """Put a fragment where the previous question has its like, or where it reads best."""
    found = slot.search(past.question)
    listed = enumerated(past.question)
    if found is None and listed and not PREPOSITION.match(fragment) and slot in SLOTS[1:3]:
        return _again(past, described(past.question, fragment, listed))
    if found is None:
        return _again(past, f"{past.question.rstrip(ENDS)} {fragment}?")
    start, end = found.span()
    lead = re.match(r"(?:in|for|on|with|among|of|to) ", found.group(), re.IGNORECASE)
    if lead and not PREPOSITION.match(fragment):
        start += lead.end()
    elif not lead and PREPOSITION.match(fragment):
        fragment = fragment.split(" ", 1)[1]
    return _again(past, past.question[:start] + fragment + past.question[end:])


def _again(past: Past, text: str, *more: Carried) -> Rewritten:
    return Rewritten(text, (Carried("question", past.question, "user"), *more))


# --- The subject of what was said ------------------------------------------------------------


def _points_back(text: str) -> bool:
    pointing = POINTING.search(text) or ORDINAL.search(text)
    return bool(pointing) and not EMPTY_IT.search(text)


def _is_bare(text: str) -> bool:
    """Tell whether a question asks for fields and names nothing that has them."""
    words = [word.lower() for word in WORD.findall(fold(text))]
    return 0 < len(words) <= 12 and FIELD_WORDS.issuperset(words)


def _with_subject(text: str, fragment: str | None, past: Past) -> Rewritten:
    core = fragment if fragment else text.rstrip(ENDS)
    ordinal = ORDINAL.search(core)
    meant = _meant(ordinal, past) if ordinal else None
    if ordinal and meant:
        return Rewritten(f"{core[: ordinal.start()]}{meant.text}{core[ordinal.end() :]}?", (meant,))
    carried = _subject(text, past)
    if not carried:
        return Rewritten(text)
    names = " and ".join(one.text for one in carried)
    of_compounds = carried[0].what == "compound"
    pointing = POINTING.search(core)
    if pointing and not EMPTY_IT.search(core):
        written = _named_as(pointing, names, of_compounds=of_compounds)
        return Rewritten(f"{core[: pointing.start()]}{written}{core[pointing.end() :]}?", carried)
    joint = "with" if of_compounds else "in"
    arm = ARM.search(past.question) if fragment and not _is_bare(fragment) else None
    if arm and not of_compounds:
        joint = f"{arm.group()} of"
    return Rewritten(f"{core} {joint} {names}?", carried)


def _named_as(pointing: re.Match[str], names: str, *, of_compounds: bool) -> str:
    """Return the names in the grammar of the words that pointed to them."""
    word = pointing.group().lower()
    if word in ("its", "their"):
        return f"{names}'s"
    if pointing["many"] and of_compounds:
        return f"trials of {names}"
    if word == "there":
        return f"in {names}"
    return f"of {names}" if word.startswith("of ") else names


def _subject(text: str, past: Past) -> tuple[Carried, ...]:
    """Return what was last spoken of: the user's trials, those cited since, or a compound."""
    pointing = POINTING.search(text)
    many = bool(pointing and pointing["many"])
    their = many or (pointing is not None and pointing.group().lower() == "their")
    trials = past.named.trials
    if len(trials) == 1 and their and COMPARING.search(text):
        trials = past.asked[-2:]
    if trials:
        return tuple(Carried("trial", trial, "user") for trial in trials)
    of_trials = many or bool(TRIAL_WORD.search(text) or ORDINAL.search(text))
    if not past.named.compounds or of_trials or (_is_bare(text) and not OF_COMPOUNDS.search(text)):
        cited = past.cited if len(past.cited) <= (LISTED if many else CITED) else ()
        if cited:
            return tuple(Carried("trial", trial, "assistant") for trial in cited)
    names = dict.fromkeys(mention.matched for mention in past.named.compounds)
    return tuple(Carried("compound", name, "user") for name in names)


def _joining(text: str, past: Past) -> Rewritten | None:
    """Return a question of taking part ("can I join?") with the trial that was spoken of."""
    found = JOINING.match(text)
    trials = past.named.trials or (past.cited if len(past.cited) == 1 else ())
    if found is None or not trials:
        return None
    said_by: Role = "user" if past.named.trials else "assistant"
    joint = JOINTS.get(found["verb"].lower(), "in ")
    written = f"{text[: found.end('verb')]} {joint}{' and '.join(trials)}?"
    return Rewritten(written, tuple(Carried("trial", trial, said_by) for trial in trials))


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
