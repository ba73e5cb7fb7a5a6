"""A digest as a document: a model's words about a source, with the page's claims kept apart."""

from __future__ import annotations

import re

from indexer.readers.evidence import evidence_of
from indexer.readers.outcome import Refusal
from indexer.readers.page import Page
from indexer.readers.text import clean, drop_invisible
from indexer.readers.trial import NCT_ID, STUDY_URL
from indexer.readers.writer import Writer
from retrieval.language.compounds import Ladder
from retrieval.types import Document, TrialFields

# A chunk's id is `digest:SOURCE@sha256:HASH#POSITION`, and vector stores cap it at 128 bytes:
# this much is left when the position has five digits.
SOURCE_ID_CHARACTERS = 43

_NCT_LIKE = re.compile(r"(?:clinicaltrials(?:\.gov)?:|https?://\S{1,100}/)?(NCT\w*)", re.IGNORECASE)
_OTHER = re.compile(r"([A-Za-z][\w.-]{0,30}):([\w./()-]+)", re.ASCII)


def digest_document(page: Page, ladder: Ladder) -> Document:
    """Make a document of a page.

    Raises `Refusal` ``no_source_id``, ``bad_nct_id`` or ``no_body``.
    """
    source, trial_id = _source_ids(page.source)
    title = drop_invisible(clean(page.title))
    official = drop_invisible(clean(page.official_title))
    sections = [(clean(name), drop_invisible(clean(text)).strip()) for name, text in page.sections]
    if not any(text for _, text in sections):
        raise Refusal("no_body", f"the digest of {source} has no section of text")
    writer = Writer()
    with writer.section("Title"):
        for line in filter(None, (title, official)):
            writer.line(line)
    for name, text in sections:
        with writer.section(name, layout="prose", evidence=evidence_of(name, text)):
            writer.put(text)
    return Document(
        doc_id=f"digest:{source}",
        kind="digest",
        trial_id=trial_id,
        title=title or official or trial_id,
        text=writer.text,
        sections=tuple(writer.sections),
        fields=TrialFields(compounds=_compounds([title, official], sections, ladder)),
        page=page.fields,
        paths=(),
        source_url=f"{STUDY_URL}{trial_id}" if NCT_ID.fullmatch(trial_id) else "",
    )


def _source_ids(stated: str) -> tuple[str, str]:
    """Return ``(source id, trial id)`` of what a page states as its source."""
    stated = stated.strip().strip("·|,.;")
    if match := _NCT_LIKE.fullmatch(stated):
        nct_id = match[1].upper()
        if NCT_ID.fullmatch(nct_id) is None:
            raise Refusal("bad_nct_id", f"the source is {nct_id[:40]!r}: expected NCT and 8 digits")
        return f"clinicaltrials:{nct_id}", nct_id
    match = _OTHER.fullmatch(stated)
    if match is None or len(stated) > SOURCE_ID_CHARACTERS:
        raise Refusal(
            "no_source_id",
            f"the digest's source is {stated[:80]!r}: expected a line such as "
            "'Source: clinicaltrials:NCT01234567'",
        )
    registry, name = match[1].lower(), match[2]
    if registry == "clinicaltrials":
        raise Refusal("bad_nct_id", f"the source is {stated!r}: expected NCT and 8 digits")
    return f"{registry}:{name}", f"{registry}:{name}"


def _compounds(
    titles: list[str], sections: list[tuple[str, str]], ladder: Ladder
) -> tuple[str, ...]:
    """Ladder ids in the titles or, where these name none, in the body; never from the tags."""
    for texts in (titles, [text for _, text in sections]):
        named = [compound for text in texts for compound in ladder.label(text)]
        if named:
            return tuple(dict.fromkeys(named))
    return ()
