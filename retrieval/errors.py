"""Every error of ours, in one tree; a message says what, with which values, what to do.

PeptideSearchError
├── SettingsError             an unknown or impossible setting
├── BadRequest                the caller's mistake                              422
│   ├── EmptyQuery
│   ├── BadFilter
│   ├── BadK
│   └── BadSpan           a place that the document's text does not have
├── QueryTooLong                                                                413
├── DocumentNotFound                                                            404
├── VersionConflict           a citation's version is no longer live            409
├── FeedbackNotStored         a verdict could not be written to disk            503
├── ModelError                weights missing, altered, or not loadable
├── EndpointFailed            the model that writes answers gave none; the quotes are given
├── IndexUnusable             the index cannot be used as asked
│   ├── IndexMissing          no snapshot was ever published                    503
│   ├── IndexDamaged          files do not match their manifest                 503
│   ├── IndexReadOnly         Chroma and tantivy cannot lock their folders      503
│   ├── RecipeMismatch        built with another embedder, chunker or schema    503
│   └── IndexLocked           another indexer is at work
└── BuildError                a build stopped; the live snapshot is as it was
    ├── NothingToBuild        no document could be read from the inputs
    ├── DiskFull
    └── VerificationFailed
"""

from __future__ import annotations


class PeptideSearchError(Exception):
    """Base of the tree; ``status`` is the HTTP status when it reaches the API."""

    status = 500


class SettingsError(PeptideSearchError):
    """A setting that does not exist or cannot be."""


class BadRequest(PeptideSearchError):
    """The caller asked for something that cannot be."""

    status = 422


class EmptyQuery(BadRequest):
    """A query without a letter or a digit."""


class BadFilter(BadRequest):
    """A filter value that no document can match."""


class BadK(BadRequest):
    """``k`` outside its range."""


class BadSpan(BadRequest):
    """A span that does not lie in its document's text, or holds nothing to judge."""


class QueryTooLong(PeptideSearchError):
    """A query over the length limit."""

    status = 413


class DocumentNotFound(PeptideSearchError):
    """No live document has this id."""

    status = 404


class VersionConflict(PeptideSearchError):
    """The document is live in another version than the one asked for."""

    status = 409


class FeedbackNotStored(PeptideSearchError):
    """A reader's verdict could not be written to disk; nothing of it was kept."""

    status = 503


class ModelError(PeptideSearchError):
    """Model weights are missing, altered, or cannot be loaded."""


class EndpointFailed(PeptideSearchError):
    """The endpoint of the model that writes was down, late, or made no sense."""

    status = 503


class IndexUnusable(PeptideSearchError):
    """The index cannot be used as asked."""

    status = 503


class IndexMissing(IndexUnusable):
    """No snapshot was ever published here."""


class IndexDamaged(IndexUnusable):
    """A snapshot's files do not match its manifest."""


class IndexReadOnly(IndexUnusable):
    """The folder cannot be written to, and two libraries lock theirs before they read."""


class RecipeMismatch(IndexUnusable):
    """The index was built with another recipe than the one in force."""


class IndexLocked(IndexUnusable):
    """Another indexer holds the writer's lock."""


class BuildError(PeptideSearchError):
    """A build stopped; the live snapshot is as it was."""


class NothingToBuild(BuildError):
    """No document could be read from the inputs, and none is live."""


class DiskFull(BuildError):
    """The disk ran out of space."""


class VerificationFailed(BuildError):
    """The new snapshot did not pass its checks."""
