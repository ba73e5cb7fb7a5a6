"""A reader's verdict, checked against the live document before it is stored."""

from retrieval.errors import BadSpan, EmptyQuery
from retrieval.index.judging import Feedback, new_id, now, section_at
from retrieval.types import Document
from search_api.gate import Opened
from search_api.http.schemas import MAX_QUOTE, FeedbackBody, cleaned


def feedback_of(body: FeedbackBody, opened: Opened) -> Feedback:
    """Return the verdict with the words it is about, as it is stored.

    Raises `EmptyQuery`, `BadFilter`, `DocumentNotFound`, `VersionConflict` or `BadSpan`.
    """
    query = cleaned(body.query)
    if not any(character.isalnum() for character in query):
        raise EmptyQuery(f"the query {query[:80]!r} has no letter and no digit; send the question")
    filters = body.filters.filters(opened.ladder)
    document = opened.searcher.document(body.doc_id, version=body.version)
    quote = _quote(document, body.start, body.end)
    return Feedback(
        id=new_id(),
        time=now(),
        query=query,
        filters=filters,
        doc_id=document.doc_id,
        trial_id=document.trial_id,
        section=section_at(document, body.start, body.end),
        version=document.version,
        start=body.start,
        end=body.end,
        quote=quote,
        verdict=body.verdict,
        comment=(body.comment or "").strip() or None,
        replaces=body.replaces,
        snapshot=opened.live.state().snapshot,
    )


def _quote(document: Document, start: int, end: int) -> str:
    length = len(document.text)
    if not start < end <= length:
        raise BadSpan(
            f"{start}:{end} is no span of {document.doc_id}, whose text has {length:,} code "
            "points: give start and end of a hit's passage"
        )
    if end - start > MAX_QUOTE:
        raise BadSpan(
            f"{start}:{end} spans {end - start:,} code points; the limit is {MAX_QUOTE:,}: judge "
            "a passage"
        )
    quote = document.text[start:end]
    if not quote.strip():
        raise BadSpan(f"{start}:{end} of {document.doc_id} is blank; nothing in it can be judged")
    return quote
