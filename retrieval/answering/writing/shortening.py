"""Whether a sentence shortens a statement: its words in their order, with nothing that turns it.

    claim      nausea            placebo 0/19
    statement  Nausea : [Drug 2/17 ;] Placebo 0/19

The words of the sentence are laid on the statement from the left, and from the right; either
way of laying them may satisfy the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, takewhile

from retrieval.answering.writing.statements import (
    RELATIONS,
    Statement,
    Token,
    is_one_value,
    label_length,
    split_parts,
)
from retrieval.answering.writing.vocabulary import (
    ARMS,
    BE,
    FINDING,
    FUNCTION,
    JOINING,
    NEUTRAL,
    PERSONS,
    PLAIN_LABEL,
    PLANNING,
    PREPOSITIONS,
    TURNING,
)

MIN_WORDS = 2  # fewer say nothing


def shortens(
    claim: Sequence[Token],
    statements: Iterable[Statement],
    *,
    names: frozenset[str],
    planned: bool,
) -> Statement | None:
    """Return the first statement that a sentence shortens, or None.

    ``names`` are the stems of drugs' names in the source. What a ``planned`` source says must
    be told as a plan.
    """
    words = [token for token in claim if _content(token)]
    said = [token for token in words if token.key not in PLANNING] if planned else words
    if planned and len(said) == len(words):
        return None
    if len(words) < MIN_WORDS:
        return None
    for statement in statements:
        kept = [_laid(words, statement, planned=planned, back=back) for back in (False, True)]
        if any(one and _whole(claim, statement, one, names=names) for one in kept):
            return statement
    return None


def _content(token: Token) -> bool:
    """Tell whether a token must be found in the statement."""
    if token.kind == "joint":
        return False
    skipped = token.key in NEUTRAL or token.key in PERSONS or token.raw in FUNCTION
    return not skipped and not (token.kind == "word" and token.raw in RELATIONS & PREPOSITIONS)


def _laid(
    words: Sequence[Token], statement: Statement, *, planned: bool, back: bool
) -> dict[int, Token] | None:
    """Lay the words on a statement in order; return which word stands at which token.

    A word of planning may be the label's of a planned source, and then is not laid.
    """
    places = list(enumerate(statement.tokens))
    kept: dict[int, Token] = {}
    at = iter(reversed(places) if back else places)
    present = {token.key for token in statement.tokens}
    for word in reversed(words) if back else words:
        if planned and word.key in PLANNING and word.key not in present:
            continue
        place = next((here for here, token in at if _same(word, token)), None)
        if place is None:
            return None
        kept[place] = word
    return kept if len(kept) >= min(MIN_WORDS, len(words)) else None


def _same(word: Token, token: Token) -> bool:
    if word.kind != token.kind or word.key != token.key:
        return False
    return word.kind != "number" or (word.unit, word.relation) == (token.unit, token.relation)


def _whole(
    claim: Sequence[Token], statement: Statement, kept: dict[int, Token], *, names: frozenset[str]
) -> bool:
    """Tell whether what was left out turns nothing."""
    tokens = statement.tokens
    people = any(token.key in PERSONS for token in claim)
    finding = any(token.key in FINDING for token in tokens)
    return (
        _keeps_turning(tokens, kept)
        and _keeps_names(tokens, kept, names)
        and _keeps_numbers(tokens[: None if statement.labelled else max(kept) + 1], kept)
        and _counts_the_same(claim, tokens, kept)
        and _begins_whole(statement, min(kept), finding=finding)
        and _ends_whole(statement, max(kept), finding=finding)
        and all(_may_go(gap, labelled=statement.labelled) for gap in _gaps(tokens, kept))
        and claim[-1].raw not in FUNCTION | JOINING
        and (not statement.labelled or _keeps_labels(tokens, kept))
        and (
            not is_one_value(tokens)
            or all(at in kept or t.kind != "number" for at, t in enumerate(tokens))
        )
        and (not people or statement.labelled or any(t.key in PERSONS for t in tokens))
    )


def _gaps(tokens: Sequence[Token], kept: Iterable[int]) -> Iterator[Sequence[Token]]:
    for before, after in pairwise(sorted(kept)):
        if after - before > 1:
            yield tokens[before + 1 : after]


def _keeps_turning(tokens: Sequence[Token], kept: dict[int, Token]) -> bool:
    return all(at in kept for at, token in enumerate(tokens) if _turns(token))


def _turns(token: Token) -> bool:
    return token.kind == "word" and token.key in TURNING


def _keeps_names(tokens: Sequence[Token], kept: dict[int, Token], names: frozenset[str]) -> bool:
    """Tell whether each arm and drug that stands before a kept word of its part is kept."""
    first = 0
    for part in split_parts(tokens):
        inside = [at for at in kept if first <= at < first + len(part)]
        for at in range(first, max(inside, default=-1)):
            key = tokens[at].key
            if at not in kept and (key in ARMS or key in names) and _content(tokens[at]):
                return False
        first += len(part) + 1
    return True


def _keeps_numbers(tokens: Sequence[Token], kept: dict[int, Token]) -> bool:
    """Tell whether each stretch between joints keeps all its numbers, or nothing.

    A bracket's numbers may be left out, but not stand alone for those outside.
    """
    stretch: list[int] = []
    depth = 0
    for at, token in enumerate((*tokens, _END)):
        depth += (token.key in "([") - (token.key in ")]") if token.kind == "joint" else 0
        if token is _END or (not depth and _parts_stretch(token)):
            if any(here in kept for here in stretch) and not _all_numbers(tokens, kept, stretch):
                return False
            stretch = []
        else:
            stretch.append(at)
    return True


_END = Token("joint", ".", ".", 0, 0)


def _parts_stretch(token: Token) -> bool:
    return (token.kind == "joint" and token.key in (",", ";", ":")) or token.raw in JOINING


def _all_numbers(tokens: Sequence[Token], kept: dict[int, Token], stretch: Sequence[int]) -> bool:
    depth = 0
    for at in stretch:
        token = tokens[at]
        if token.kind == "joint":
            depth += (token.key in "([") - (token.key in ")]")
        elif token.kind == "number" and not depth and at not in kept:
            return False
    return True


def _counts_the_same(
    claim: Sequence[Token], tokens: Sequence[Token], kept: dict[int, Token]
) -> bool:
    """Tell whether each number is followed by what it counts in the statement."""
    following = {id(token): after for token, after in zip(claim, (*claim[1:], _END), strict=True)}
    for at, word in kept.items():
        if word.kind != "number" or word.unit:
            continue
        said = _noun(following[id(word)])
        after = tokens[at + 1] if at + 1 < len(tokens) else _END
        stated = _noun(after)
        if stated and not (said == stated or (said in ("", "person") and stated == "person")):
            return False
        # "24, Actual" counts people by its label; "six in each cohort" by what came before.
        if not stated and said and not (said == "person" and after.kind == "joint"):
            return False
    return True


def _noun(token: Token) -> str:
    if token.key in PERSONS:
        return "person"
    return token.key if token.kind == "word" and _content(token) else ""


def _begins_whole(statement: Statement, first: int, *, finding: bool) -> bool:
    """Tell whether nothing that matters was left out before the first kept word."""
    for token in reversed(statement.tokens[:first]):
        if _may_be_cut_at(token, labelled=statement.labelled, finding=finding):
            return True
        if _content(token):
            return False
    return True


def _ends_whole(statement: Statement, last: int, *, finding: bool) -> bool:
    """Tell whether the words after the last kept one may be left out."""
    tokens = statement.tokens[last + 1 :]
    rest = [token for token in tokens if token.key not in PERSONS | NEUTRAL]
    if not any(map(_content, rest)) or _is_bracket(rest):
        return True
    if _may_be_cut_at(rest[0], labelled=statement.labelled, finding=finding):
        return True
    return not finding and _is_phrase(rest)


def _may_be_cut_at(token: Token, *, labelled: bool, finding: bool) -> bool:
    """Tell whether a statement may be cut at a joint.

    What a trial found is told whole: "in a subgroup" and "in the maker's view" stand anywhere.
    """
    if token.kind == "joint" and token.key in (";", ":"):
        return labelled or not finding
    return not finding and (token.key == "," or token.raw in ("and", "while", "whereas"))


def _is_phrase(rest: Sequence[Token]) -> bool:
    """Tell whether words are a phrase after a preposition, not the end of a range or a clause."""
    ranged = rest[0].raw in ("to", "of", "per") and len(rest) > 1 and rest[1].kind == "number"
    if rest[0].raw not in PREPOSITIONS or ranged:
        return False
    clause = takewhile(lambda token: not _parts_stretch(token), rest)
    return not any(token.raw in BE for token in clause)


def _is_bracket(gap: Sequence[Token]) -> bool:
    keys = [token.key for token in gap if token.key not in (",", ":")]
    return keys[:1] == ["("] and keys.index(")") == len(keys) - 1 if ")" in keys else False


def _may_go(gap: Sequence[Token], *, labelled: bool) -> bool:
    """Tell whether a gap is empty of content, a bracket, or whole parts of a line."""
    if not any(map(_content, gap)) or _is_plain_label(gap):
        return True
    left = [token for token in gap if token.kind == "joint" or _content(token)]
    parts = labelled and left[0].key == ";" and left[-1].key in (";", ":")
    return parts or _is_bracket(left)


def _is_plain_label(gap: Sequence[Token]) -> bool:
    """Tell whether a gap is the ``affected/at risk:`` of a label, which says how to read it."""
    return gap[-1].key == ":" and all(t.key in PLAIN_LABEL for t in gap if _content(t))


def _keeps_labels(tokens: Sequence[Token], kept: dict[int, Token]) -> bool:
    """Tell whether a value is kept, and with each one the words of its label.

    A part without a label has that of the part before it. Brackets may be left out.
    """
    first, label, valued = 0, range(0), False
    for part in split_parts(tokens):
        own = label_length(part)
        label = range(first, first + own) if own else label
        if any(at in kept for at in range(first + own, first + len(part))):
            valued = True
            if not _keeps_label(tokens, kept, label):
                return False
        first += len(part) + 1
    return valued


def _keeps_label(tokens: Sequence[Token], kept: dict[int, Token], label: range) -> bool:
    depth = 0
    for at in label:
        token = tokens[at]
        if token.kind == "joint":
            depth += (token.key in "([") - (token.key in ")]")
        elif not depth and at not in kept and _content(token) and token.key not in PLAIN_LABEL:
            return False
    return True
