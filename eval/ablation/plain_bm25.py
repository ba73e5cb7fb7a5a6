"""Plain BM25 as a user of tantivy would write it: one stemmed field, any of the words.

The product's own lexical index is not asked, because it is not plain: it weighs fields, keeps
the parts of codes together and reads long descriptions in its own way. What it gains by that
belongs to the product's side of a comparison. So this module, beside `retrieval.index.lexical`, may
import tantivy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from eval.ablation.plain import CHUNKS_PER_DOCUMENT, Unit, hits_of
from retrieval.types import Hit, Query

if TYPE_CHECKING:
    import tantivy

WORD = re.compile(r"\w+")
WRITER_HEAP = 200_000_000  # bytes


class PlainBM25:
    """BM25 (k1 1.2, b 0.75, Porter's stems) over units; a document ranks by its best unit."""

    def __init__(self, units: Sequence[Unit]) -> None:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", tokenizer_name="en_stem")
        builder.add_unsigned_field("row", fast=True)
        self._units = units
        whole = len({unit.document.doc_id for unit in units}) == len(units)
        self._fetch = 1 if whole else CHUNKS_PER_DOCUMENT  # a document
        self._index = tantivy.Index(builder.build())
        writer = self._index.writer(heap_size=WRITER_HEAP, num_threads=1)
        for row, unit in enumerate(units):
            document = tantivy.Document()
            document.add_text("text", unit.text)
            document.add_unsigned("row", row)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, query: Query) -> tuple[Hit, ...]:
        """Return the ``query.k`` best documents; of the query only the text is read."""
        return hits_of((unit for unit, _ in self.scored(query)), k=query.k)

    def scored(self, query: Query) -> Iterator[tuple[Unit, float]]:
        """Yield the best units with their BM25 scores, best first."""
        # Lower-case words alone: nothing that a person typed is an operator.
        words = " ".join(WORD.findall(query.text.lower()))
        if not words:
            return
        parsed: tantivy.Query = self._index.parse_query(words, ["text"])
        found = self._searcher.search(parsed, limit=self._fetch * query.k, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in found])
        for (score, _), row in zip(found, np.array(rows, np.int64).tolist(), strict=True):
            yield self._units[row], score
