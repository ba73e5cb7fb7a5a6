"""Which trial fields a document is filtered and headed by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from retrieval.types import Document, TrialFields


def effective_fields(document: Document, records: Mapping[str, TrialFields]) -> TrialFields:
    """Return a record's own fields, and for a digest those of its trial's record.

    Phase, status and the like belong to the trial, so a filter on them must keep or hide its
    digest and its record alike; the digest adds only the compounds it names. ``records``
    are the fields of all registry records by trial id.
    """
    record = records.get(document.trial_id)
    if document.kind == "trial" or record is None:
        return document.fields
    compounds = dict.fromkeys((*document.fields.compounds, *record.compounds))
    return replace(record, compounds=tuple(compounds))
