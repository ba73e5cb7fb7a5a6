"""Loading models by name: the bundled ones, or any sentence-transformers model as embedder.

With `retrieval.models.embedder`, `retrieval.models.bundled` and `retrieval.models.cross_encoder`
this is the only door to sentence-transformers, torch, onnxruntime and tokenizers; all of them
are imported when a model is loaded, not before.
"""

from __future__ import annotations

import os
from hashlib import sha256
from json import dumps
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.errors import ModelError
from retrieval.models.bundled import BundledEmbedder
from retrieval.models.embedder import EmbedderRecipe, LocalEmbedder, encode_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    from retrieval.models.embedder import Embedder
    from retrieval.models.reranker import Reranker
    from retrieval.types import Vector

BUNDLED = "bundled"
NO_MODEL = "none"
# The window of a model without one (a static embedding reads every token).
NO_WINDOW = 2**31 - 1
BATCH = 32  # sentence-transformers' own default, right for a GPU as well


def load_embedder(model: str, *, threads: int) -> Embedder:
    """Load ``bundled``, a folder of a sentence-transformers model, or a hub id.

    ``threads`` is set once for the model; 0 means one per usable core. Raises `ModelError`
    when weights are missing, altered or cannot be loaded.
    """
    threads = threads or usable_cores()
    if model == BUNDLED:
        return BundledEmbedder(threads=threads)
    return SentenceTransformerEmbedder(model, threads=threads)


def load_reranker(model: str, *, threads: int) -> Reranker | None:
    """Load the ``bundled`` reranker; ``none`` means to go without. Raises `ModelError`."""
    if model == NO_MODEL:
        return None
    if model != BUNDLED:
        raise ModelError(f"RERANKER is {model!r}; it must be {BUNDLED!r} or {NO_MODEL!r}")
    from retrieval.models.cross_encoder import BundledReranker

    return BundledReranker(threads=threads or usable_cores())


def load_line_reader(model: str, *, threads: int) -> Reranker | None:
    """Load what reads the lines of a record, the reranker tuned for it; ``none`` goes without.

    Raises `ModelError`.
    """
    if model == NO_MODEL:
        return None
    from retrieval.models.cross_encoder import BundledLineReader

    return BundledLineReader(threads=threads or usable_cores())


def usable_cores() -> int:
    """Cores that this process may run on; containers often allow fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class SentenceTransformerEmbedder(LocalEmbedder):
    """Any sentence-transformers model, with its own prompts, pooling and window."""

    def __init__(self, model: str, *, threads: int) -> None:
        self._model = _load_model(model, threads=threads)
        super().__init__(_fast_tokenizer(self._model, name=model))
        self.recipe = _recipe(self._model, name=model, tokenizer=self._meter.definition)
        # transformers sets padding on the tokenizer it shares with the other threads' calls,
        # which fails there with "Already borrowed".
        self._lock = Lock()

    def embed_documents(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> Vector:
        with self._lock:
            return encode_documents(self._model, texts, batch=BATCH, progress=progress)

    def embed_query(self, text: str) -> Vector:
        with self._lock:
            vector: Vector = self._model.encode_query(
                text, show_progress_bar=False, normalize_embeddings=True
            )
        return vector.astype(np.float32, copy=False)


def _load_model(model: str, *, threads: int) -> SentenceTransformer:
    folder = Path(model).expanduser()
    if _looks_like_a_path(model) and not folder.is_dir():
        raise ModelError(f"EMBEDDING_MODEL {model!r} is no folder and no hub id; name one of them")
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    # The hub's client, transformers and safetensors have no error base in common, hence Exception.
    if folder.is_dir():
        try:
            return SentenceTransformer(str(folder))
        except Exception as error:
            raise ModelError(
                f"EMBEDDING_MODEL {model!r} is a folder but not a sentence-transformers model "
                f"that can be loaded: {type(error).__name__}: {error}"
            ) from error
    try:
        return _load_from_hub(model)
    except Exception as error:
        raise ModelError(
            f"EMBEDDING_MODEL {model!r} is neither a folder nor in the hub's cache, and could not "
            f"be had from the hub: {type(error).__name__}: {error}\n"
            f"Without a network, run `hf download {model} --local-dir FOLDER` elsewhere, copy the "
            f"folder here and name it, or name {BUNDLED!r}"
        ) from error


def _load_from_hub(model: str) -> SentenceTransformer:
    """Prefer what the cache holds, so that a model does not change between two runs."""
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(model, local_files_only=True)
    except Exception:  # anything from a missing file to half of a download
        return SentenceTransformer(model)


def _looks_like_a_path(model: str) -> bool:
    return model.startswith(("/", ".", "~")) or "\\" in model or model.count("/") > 1


def _fast_tokenizer(model: SentenceTransformer, *, name: str) -> Tokenizer:
    """Return the Rust tokenizer behind the model, the only kind that knows its offsets."""
    from tokenizers import Tokenizer

    tokenizer = model.tokenizer
    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if not isinstance(backend, Tokenizer):
        raise ModelError(
            f"EMBEDDING_MODEL {name!r} has a {type(tokenizer).__name__}, which does not tell the "
            "offsets of its tokens; choose a model with a tokenizer.json"
        )
    return backend


def _recipe(model: SentenceTransformer, *, name: str, tokenizer: str) -> EmbedderRecipe:
    folder = Path(name).expanduser()
    window = model.max_seq_length
    return EmbedderRecipe(
        name=folder.resolve().name if folder.is_dir() else name,
        revision=_hub_revision(model) or "local",
        weights=_weights_digest(model, tokenizer),
        dimension=len(model.encode_query("width", show_progress_bar=False)),
        query_prompt=_prompt(model, ("query",)),
        document_prompt=_prompt(model, ("document", "passage", "corpus")),
        max_tokens=NO_WINDOW if window is None or not window < NO_WINDOW else int(window),
    )


def _prompt(model: SentenceTransformer, names: Sequence[str]) -> str:
    """Repeat how `encode_query` and `encode_document` choose their prompt."""
    for name in (*names, model.default_prompt_name):
        if name is not None and name in model.prompts:
            return model.prompts[name] or ""
    return ""


def _hub_revision(model: SentenceTransformer) -> str | None:
    config = getattr(model.transformers_model, "config", None)
    return getattr(config, "_commit_hash", None)


def _weights_digest(model: SentenceTransformer, tokenizer: str) -> str:
    """Hash what computes the vectors: tensors, the modules' settings and the tokenizer.

    The files would not do: a hub's cache holds whichever variants were ever downloaded, and
    the same model in a folder would seem to be another one.
    """
    digest = sha256(tokenizer.encode())
    for part in _weight_parts(model):
        digest.update(part)
    return digest.hexdigest()


def _weight_parts(model: SentenceTransformer) -> Iterator[bytes | memoryview]:
    import torch

    for module in model:
        settings: dict[str, Any] = getattr(module, "get_config_dict", dict)()
        yield f"{type(module).__name__} {dumps(settings, sort_keys=True, default=str)}\n".encode()
    for key, tensor in sorted(model.state_dict().items()):
        yield f"{key} {tensor.dtype} {tuple(tensor.shape)}\n".encode()
        yield tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data
