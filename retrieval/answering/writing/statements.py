"""A text as statements: what one sentence, or one line of a record, says by itself.

A line of a record says several things at once: ``Nausea: Drug 2/17; Placebo 0/19`` also is
``Nausea: Placebo 0/19``. A list item says something only under its heading. Each of these is a
statement: tokens in the order of the text, so that a number can be held to what it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from retrieval.answering.writing.sentences import cut_text
from retrieval.language.folding import fold, fold_offsets

TokenKind = Literal["word", "number", "id", "joint"]

_TOKEN = re.compile(
    r"""
      (?P<id>     nct[\s:#_-]{0,3}\d{8}(?!\d))
    | (?P<word>   [a-z][a-z0-9]*(?:['’-][a-z0-9]+)*)
    | (?P<date>   \d{4}-\d{2}(?:-\d{2})?(?![\d-]))
    | (?P<ratio>  \d+\s?[/⁄]\s?\d+(?:/\d+)?(?!\d|\.\d)|\d+\s(?:out\s)?of\s(?:the\s)?\d+(?![\d.,]\d))
    | (?P<number> (?:(?<![\w)])-)?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|\.\d+))
    | (?P<sign>   [<>≤≥±≈~%+°])
    | (?P<joint>  [,;:()\[\]{}/|\n—–"“”•*=-])
    """,
    re.VERBOSE,
)
_SPELLED = {
    word: number
    for number, word in enumerate(
        re.findall(
            r"\S+",
            """
        zero one two three four five six seven eight nine ten eleven twelve thirteen
        fourteen fifteen sixteen seventeen eighteen nineteen twenty
        """,
        )
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate(
        ["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=3
    )
} | {"twenty": 20}
# Words that are amounts and stay words: no digits may stand for them.
_AMOUNTS = frozenset(
    re.findall(
        r"\S+",
        """
        half third thirds quarter quarters once twice thrice dozen hundred thousand million
        """,
    )
)
_UNITS = {
    name: names.split()[0]
    for names in (
        "mcg mug ug microgram",
        "mg milligram",
        "ng nanogram",
        "pg",
        "g gram gm",
        "kg kilogram",
        "ml milliliter millilitre cc",
        "mul ul microliter microlitre",
        "l liter litre",
        "dl",
        "iu",
        "unit u",
        "% percent",
        "second sec",
        "minute min",
        "hour hr h",
        "day",
        "week wk",
        "month mo",
        "year yr",
        "time",
        "fold",
        "point",
        "mm",
        "cm",
        "m",
        "mmol",
        "nmol",
        "pmol",
        "mmhg",
        "mci",
        "mbq",
        "dose",
    )
    for name in names.split()
}
_NEGATION = frozenset(
    re.findall(
        r"\S+",
        """
        no not none never neither nor without non cannot nobody nothing
        """,
    )
)
# A line without a full stop may stand over a list.
_HEADING = re.compile(r":\s*$|^.{1,80}(?<![.?!;,])$")
_ITEM = re.compile(r"\s*(?:[*•-]|\d{1,2}[.)])\s+")
# A label may be an outcome's whole title; a colon after more than this is one in prose.
_RECORD_LINE = re.compile(r"[^.?!]{1,600}?: \S")


@dataclass(frozen=True, slots=True)
class Token:
    """A word (stemmed), number, id or joint, with its place in the text.

    ``unit`` and ``relation`` are a number's: ``mg/kg`` after it, ``by`` or ``<`` before it.
    """

    kind: TokenKind
    key: str
    raw: str
    start: int
    end: int
    unit: str = ""
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said by ``text[start:end]``; ``labelled`` if it is a line of label and values."""

    tokens: tuple[Token, ...]
    start: int
    end: int
    labelled: bool


def statements(text: str) -> Iterator[Statement]:
    """Yield what each sentence, line, list item and part of a line says by itself."""
    heading: tuple[int, int] | None = None
    at = 0
    for line in text.split("\n"):
        start, end = at, at + len(line)
        at = end + 1
        item = _ITEM.match(line)
        if item and heading:
            yield _under(text, heading, (start + item.end(), end))
        elif not item and line.strip():
            heading = (start, end) if _HEADING.search(line) else None
            yield from _of_line(text, start, end)


def _under(text: str, heading: tuple[int, int], item: tuple[int, int]) -> Statement:
    """Return a list item with its heading as its label; without one it says nothing."""
    label = tokens_of(text, *heading)
    if label_length(label) < len(label):
        label = (*label, Token("joint", ":", "", heading[1], heading[1]))
    return Statement((*label, *tokens_of(text, *item)), heading[0], item[1], labelled=True)


def _of_line(text: str, start: int, end: int) -> Iterator[Statement]:
    labelled = _RECORD_LINE.match(text, start, end) is not None
    spans = [(start + first, start + last) for first, last in cut_text(text[start:end])]
    if labelled and len(spans) > 1:
        tokens = tokens_of(text, start, end)
        yield Statement(tokens, start, end, labelled=True)
    for first, last in spans:
        tokens = tokens_of(text, first, last)
        yield Statement(tokens, first, last, labelled=labelled)
        if labelled:
            yield from _parts(tokens, first, last)
        labelled = False  # what follows the first sentence of a line is prose


def _parts(tokens: Sequence[Token], start: int, end: int) -> Iterator[Statement]:
    """Yield each part between semicolons under the last label before it."""
    if is_one_value(tokens):
        return
    label: tuple[Token, ...] = ()
    for part in split_parts(tokens):
        own = label_length(part)
        if own:
            label = tuple(part[:own])
        yield Statement((*label, *part[own:]), start, end, labelled=True)


def is_one_value(tokens: Sequence[Token]) -> bool:
    """Tell whether the parts of a line are one value: ``Phase: Phase 1; Phase 2`` is phase 1/2."""
    return [token.raw for token in tokens[:2]] == ["phase", ":"]


def split_parts(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """Cut tokens at semicolons."""
    parts: list[Sequence[Token]] = []
    first = 0
    for at, token in enumerate(tokens):
        if token.key == ";":
            parts.append(tokens[first:at])
            first = at + 1
    return [*parts, tokens[first:]]


def label_length(part: Sequence[Token]) -> int:
    """Return how many tokens of a part are its label: those up to the last colon."""
    return max((at for at, token in enumerate(part, start=1) if token.key == ":"), default=0)


def tokens_of(text: str, start: int = 0, end: int | None = None) -> tuple[Token, ...]:
    """Return the tokens of a slice of a text; their offsets are the text's.

    Characters that nobody sees (zero width, direction marks) part no word.
    """
    piece = text[start:end]
    folded, offsets = fold(piece), fold_offsets(piece)
    tokens = [
        replace(token, start=start + offsets[token.start], end=start + offsets[token.end - 1] + 1)
        for match in _TOKEN.finditer(folded)
        for token in _tokens(match)
    ]
    return tuple(_measured(_joined(tokens)))


def _tokens(match: re.Match[str]) -> Iterator[Token]:
    kind, raw = match.lastgroup, match.group()
    if kind == "word":
        yield from _words(raw, match.start())
        return
    if kind in ("date", "ratio", "number"):
        yield Token("number", _number(raw), raw, *match.span())
    elif kind == "id":
        yield Token("id", "NCT" + raw[-8:], raw, *match.span())
    else:
        yield Token("word" if kind == "sign" else "joint", raw, raw, *match.span())


def _number(raw: str) -> str:
    pair = re.findall(r"\d+", raw)
    if re.search(r"[/⁄]|of", raw):
        return "/".join(pair)
    plain = raw.replace(",", "")
    return re.sub(r"^(-?)\.", r"\g<1>0.", plain)


def _words(raw: str, start: int) -> Iterator[Token]:
    """Yield a word; one with digits whole (``bpc157``), one with hyphens as its parts."""
    if raw.endswith(("n't", "n’t")):
        yield Token("word", "not", raw, start, start + len(raw))
        return
    bare = re.sub(r"['’]s?(?=$|-)", "", raw)
    if any(c.isdigit() for c in bare):
        yield Token("word", re.sub(r"\W", "", bare), raw, start, start + len(raw))
        return
    pieces = bare.split("-")
    if len(pieces) == 2 and pieces[0] in _TENS and _SPELLED.get(pieces[1], 0) in range(1, 10):
        value = str(_TENS[pieces[0]] + _SPELLED[pieces[1]])
        yield Token("number", value, raw, start, start + len(raw))
        return
    for piece in re.finditer(r"[^\W_]+", bare):
        yield _word(piece.group(), start + piece.start())


def _word(word: str, start: int) -> Token:
    end = start + len(word)
    value = {**_TENS, **_SPELLED}.get(word)
    if value is not None:
        return Token("number", str(value), word, start, end)
    if word in _AMOUNTS:
        return Token("number", word, word, start, end)
    return Token("word", "not" if word in _NEGATION else stem(word), word, start, end)


def _joined(tokens: Sequence[Token]) -> list[Token]:
    """Read a hyphen between two numbers as ``to``."""
    return [
        replace(token, kind="word", key="to")
        if token.key == "-"
        and 0 < at < len(tokens) - 1
        and tokens[at - 1].kind == tokens[at + 1].kind == "number"
        else token
        for at, token in enumerate(tokens)
    ]


RELATIONS = frozenset(
    re.findall(
        r"\S+",
        """
        by to from than until before after within over under above below about approximately
        around nearly almost least most up < > ≤ ≥ ± ≈ ~
        """,
    )
)


def _measured(tokens: list[Token]) -> list[Token]:
    """Give each number the unit after it, or after the range it begins, and its relation."""
    for at in reversed(range(len(tokens))):
        token = tokens[at]
        if token.kind != "number":
            continue
        before = tokens[at - 1] if at else None
        relation = before.raw if before and before.raw in RELATIONS else ""
        relation = "to" if before and before.key == "to" else relation
        tokens[at] = replace(token, unit=_unit(tokens, at + 1), relation=relation)
        if tokens[at].unit and at + 1 < len(tokens) and tokens[at + 1].kind == "word":
            after = tokens[at + 1]
            tokens[at + 1] = replace(after, key=_UNITS.get(after.key, after.key))
    return tokens


def _unit(tokens: Sequence[Token], at: int) -> str:
    if at >= len(tokens):
        return ""
    unit = _UNITS.get(tokens[at].key) or _UNITS.get(tokens[at].raw, "")
    if unit and at + 2 < len(tokens) and tokens[at + 1].raw in ("/", "per"):
        per = tokens[at + 2]
        return f"{unit}/{_UNITS.get(per.key, per.key)}"
    ranged = tokens[at].key in ("to", "and", "or") or tokens[at].key in (",", "/")
    if not unit and ranged and at + 1 < len(tokens) and tokens[at + 1].kind == "number":
        return tokens[at + 1].unit
    return unit


def stem(word: str) -> str:
    """Return a word without the endings of number, tense and manner."""
    for ending, put in (("ies", "y"), ("sses", "ss"), ("ments", ""), ("ment", "")):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return _root(word.removesuffix(ending) + put)
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    for ending in ("ing", "ed", "ly"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return _root(word.removesuffix(ending))
    return _root(word)


def _root(word: str) -> str:
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "se":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word
