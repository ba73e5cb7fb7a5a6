"""The verifier: what a model wrote stands only if it shortens one statement of one source.

A model may leave words out; it may not add, reorder or join. A sentence stands when some cited
source has a statement (`retrieval.answering.writing.statements`) in which

- every word of the sentence occurs, in the same order, with the same numbers and units;
- nothing that turns the meaning was left out: a negation, a "may", a "whether", an exception,
  the animals, the label of a value, the name of an arm or drug before what is said of it;
- what was left out is a bracket, a phrase after a preposition, or a whole part of a line.

So a sum, a number of the other arm, two trials merged into one and a plan told as a finding all
fall, because no statement says them. Good paraphrases fall as well: the quotes stand anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from retrieval.answering.types import Citation, Claim
from retrieval.answering.writing.sentences import numbers_of, without_marks
from retrieval.answering.writing.shortening import shortens
from retrieval.answering.writing.statements import Statement, Token, statements, tokens_of
from retrieval.language.compounds import Ladder
from retrieval.language.folding import fold, fold_offsets

Reason = Literal[
    "uncited",
    "unknown_citation",
    "misquote",
    "wrong_id",
    "wrong_name",
    "wrong_number",
    "wrong_unit",
    "unsupported",
]
REASONS: tuple[Reason, ...] = get_args(Reason)

# Endings of drug names, and codes such as AB-123: what looks so must be in the source.
_DRUG_LIKE = re.compile(
    r"[a-z]{3,}(?:mab|tide|tides|peptin|nib|zomib|statin|sartan|cillin|mycin|azole|vir|parin|gliptin|gliflozin"
    r"|olol|caine|relin|relix|pril|prazole|oxacin|cept|kinra|fenac|setron|triptan|dipine|lukast"
    r"|ciclib|platin|rubicin|taxel|zumab|ximab|orphan|barbital|azepam|cycline|sone|olone|onide"
    r"|ferol|formin|glitazone|insulin|morelin|tocin|pressin|osin)"
)
_CODE = re.compile(r"[a-z]{1,5}\d{1,6}[a-z]{0,3}")
# A document that speaks to a model holds no evidence for one; its quote still is a quote.
_TO_A_MODEL = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)(?:\s+(?!and\b|or\b)[\w'-]+){0,4}\s+"
    r"(?:instructions?|prompts?|messages?|rules|guidelines|directions|above|system)\b"
    r"|(?:^|\n)\s*(?:system|assistant|user|human|developer|ai)\s*:"
    r"|<\|?/?\s*(?:im_start|im_end|system|assistant|user|source|s>)|\[/?(?:inst|system)\]|<<sys>>"
    r"|###\s*(?:system|instruction|assistant|response|new)"
    r"|\b(?:you are|act as|pretend to be)\b.{0,30}\b(?:assistant|model|chatbot|ai|doctor|expert)\b"
    r"|\b(?:must|should|always|never|do not|don't)\b(?:\s+[\w'-]+){0,3}\s+(?:the )?"
    r"(?:tell|answer|respond|reply|mention|inform)\b.{0,60}\b(?:user|users|reader|readers|response"
    r"|answers?|question|questions|that no|that it|that the)\b"
    r"|\b(?:the |this |dear )(?:chatbot|assistant|ai|language model|model|llm|bot)\b.{0,20}"
    r"\b(?:must|should|shall|will|please|has to|is to|,)"
    r"|\bdear (?:ai|chatbot|assistant|model)\b"
    r"|\bwhen asked (?:about|for|if|whether)\b.{0,60}\b(?:answer|say|respond|reply)\b"
    r"|\bas an ai\b|\blanguage model\b|\bsystem prompt\b|\bnew instructions?\s*:"
    r"|(?:^|[.!?:;\n]\s*|\b(?:and|then|please)\s+)"
    r"(?:say|answer|reply|respond|output|print|tell (?:the )?(?:users?|readers?))"
    r"\s+(?:that|with|only|exactly|the following|[\"“])",
)
_ADVICE = frozenset(
    re.findall(
        r"\S+",
        """
        you your yours yourself we our us i my me recommend recommended recommends
        recommendation advise advised advises advice advisable consult please
        """,
    )
)
_ORDERS = frozenset(
    re.findall(
        r"\S+",
        """
        take use inject avoid ask consult start stop try ignore say remember call seek tell
        visit discuss talk contact choose apply drink eat buy never always do don't
        """,
    )
)
# Alone, such a word means whatever the reader read last.
_POINTING = frozenset(["it", "they", "he", "she", "its", "their", "these", "those", "both", "such"])
# Markup, links and control characters have no place in a claim.
_MARKUP = re.compile(r"https?:|www\.|<[a-z/!|]|\]\(|[`{}\\]|[^\W\d_]\.[a-z]{2,4}/", re.IGNORECASE)
# How a sentence may begin without adding anything.
_LEAD_IN = re.compile(
    r"^(?:according to )?the (?:record|registry|digest|source|trial|study)"
    r"(?:,? (?:says|states|reports)(?: that)?)?(?:,|:)? (?=\S)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”]([^\"“”]+)[\"“”]")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sentence that does not stand, and why."""

    text: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class _Source:
    """A citation, read: its tokens, the ids it stands for, and what it says."""

    citation: Citation
    tokens: tuple[Token, ...]
    ids: frozenset[str]
    compounds: frozenset[str]
    names: frozenset[str]
    statements: tuple[Statement, ...]


class Verifier:
    """Holds sentences to the numbered sources of one answer; immutable."""

    def __init__(self, citations: Sequence[Citation], ladder: Ladder) -> None:
        """Read the sources; the first is number 1."""
        self._ladder = ladder
        self._sources = tuple(_read(citation, ladder) for citation in citations)

    def verify(self, sentence: str) -> Claim | Refusal:
        """Return the claim that a sentence with citation marks makes, or why it is refused.

        The claim cites, of the sources that the sentence cites, those that hold all of it, and
        of those the statement.
        """
        text = without_marks(sentence)
        cited = numbers_of(sentence)
        if not cited:
            return Refusal(text, "uncited")
        if not all(1 <= number <= len(self._sources) for number in cited):
            return Refusal(text, "unknown_citation")
        found = [self._held(text, self._sources[number - 1]) for number in cited]
        citations = tuple(dict.fromkeys(one for one in found if isinstance(one, Citation)))
        if citations:
            return Claim(text, citations)
        # The reason of the source that came nearest to holding the sentence.
        reasons = [one for one in found if not isinstance(one, Citation)]
        return Refusal(text, max(reasons, key=REASONS.index))

    def _held(self, text: str, source: _Source) -> Citation | Reason:
        tokens = tokens_of(_LEAD_IN.sub("", text))
        return (
            _misquotes(text, source)
            or self._misnames(text, tokens, source)
            or _miscounts(tokens, source)
            or _supported(text, tokens, source)
        )

    def _misnames(self, text: str, tokens: Sequence[Token], source: _Source) -> Reason | None:
        if any(token.kind == "id" and token.key not in source.ids for token in tokens):
            return "wrong_id"
        named = {mention.compound_id for mention in self._ladder.find(text)}
        known = {token.key for token in source.tokens}
        strange = any(_looks_like_a_drug(token) and token.key not in known for token in tokens)
        return "wrong_name" if strange or not named <= source.compounds else None


def looks_like_a_drug(word: str) -> bool:
    """Tell whether a word has the ending of drug names, or is a code such as AB-123."""
    plain = fold(word).replace("-", "")
    return bool(_DRUG_LIKE.fullmatch(plain) or _CODE.fullmatch(plain))


def speaks_to_a_model(text: str) -> bool:
    """Tell whether a text gives orders to a model, or forges its messages."""
    return addressed_at(text) is not None


def addressed_at(text: str) -> int | None:
    """Return where a text begins to speak to a model, or None."""
    found = _TO_A_MODEL.search(fold(text))
    return fold_offsets(text)[found.start()] if found else None


def visible(text: str) -> str:
    """Return a text without the characters that nobody sees."""
    return _HIDDEN.sub("", text)


def _read(citation: Citation, ladder: Ladder) -> _Source:
    quote = citation.quote
    tokens = tokens_of(quote)
    mentions = ladder.find(quote)
    parts = (tokens_of(mention.matched) for mention in mentions)
    drugs = (token.key for token in tokens if _looks_like_a_drug(token))
    ids = (token.key for token in tokens if token.kind == "id")
    return _Source(
        citation=citation,
        tokens=tokens,
        ids=frozenset((*ids, citation.source.trial_id)),
        compounds=frozenset(mention.compound_id for mention in mentions),
        names=frozenset((*drugs, *(token.key for part in parts for token in part))),
        statements=() if speaks_to_a_model(quote) else tuple(statements(quote)),
    )


def _looks_like_a_drug(token: Token) -> bool:
    if token.kind != "word":
        return False
    plain = token.raw.replace("-", "")
    return bool(_DRUG_LIKE.fullmatch(plain) or _CODE.fullmatch(plain))


def _misquotes(text: str, source: _Source) -> Reason | None:
    flat = " ".join(source.citation.quote.split())
    return None if all(quoted in flat for quoted in _QUOTED.findall(text)) else "misquote"


def _miscounts(tokens: Sequence[Token], source: _Source) -> Reason | None:
    """Tell whether a number, or a number with its unit, is nowhere in a source."""
    numbers = [token for token in tokens if token.kind == "number"]
    known = [token for token in source.tokens if token.kind == "number"]
    if not {token.key for token in numbers} <= {token.key for token in known}:
        return "wrong_number"
    measured = {(token.key, token.unit) for token in known}
    return None if {(token.key, token.unit) for token in numbers} <= measured else "wrong_unit"


def _supported(text: str, tokens: Sequence[Token], source: _Source) -> Citation | Reason:
    if _HIDDEN.search(text) or _MARKUP.search(text) or _advises(tokens):
        return "unsupported"
    if tokens and tokens[0].raw in _POINTING:
        return "unsupported"
    tokens = [token for token in tokens if token.key not in source.ids]
    planned = source.citation.labels.evidence == "planned"
    held = shortens(tokens, source.statements, names=source.names, planned=planned)
    if held:
        return _narrowed(source.citation, held)
    unnumbered = [token for token in tokens if token.kind != "number"]
    stripped = [_without_numbers(statement) for statement in source.statements]
    wrong = len(unnumbered) < len(tokens) and shortens(
        unnumbered, stripped, names=source.names, planned=planned
    )
    return "wrong_number" if wrong else "unsupported"


def _advises(tokens: Iterable[Token]) -> bool:
    raws = [token.raw for token in tokens]
    ordered = bool(raws) and raws[0] in _ORDERS and raws[1:2] not in (["of"], [":"])
    return ordered or not _ADVICE.isdisjoint(raws)


def _without_numbers(statement: Statement) -> Statement:
    return replace(
        statement, tokens=tuple(token for token in statement.tokens if token.kind != "number")
    )


def _narrowed(citation: Citation, statement: Statement) -> Citation:
    """Return the citation of the statement alone; a narrower quote renders no one value."""
    quote = citation.quote[statement.start : statement.end]
    if quote == citation.quote:
        return citation
    start = citation.start + statement.start
    return replace(citation, start=start, end=start + len(quote), quote=quote, path=None)
