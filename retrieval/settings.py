"""Settings from the environment or ``.env``; an unknown one is an error.

Only the composition roots (each ``__main__`` and ``create_app``) read settings; everything
below them takes its values as arguments.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from retrieval.errors import SettingsError

# An environment is full of other programs' names, so only near misses of ours are errors
# there; in `.env`, which is ours alone, every unknown name is one.
NEAR_MISS = 0.85


class Settings(BaseSettings):
    """Every setting, its default and its meaning (the README's table is made from this)."""

    model_config = SettingsConfigDict(env_file=".env", extra="forbid", frozen=True)

    index_dir: Path = Field(Path("index"), description="Folder of the index.")
    index_keep: int = Field(
        3, ge=1, le=100, description="Snapshots kept after a build, the live one included."
    )
    embedding_model: str = Field(
        "bundled",
        min_length=1,
        description="`bundled` (bge-small-en-v1.5, int8), a hub id, or a folder of a "
        "sentence-transformers model.",
    )
    embedding_threads: int = Field(
        0, ge=0, le=1024, description="Threads of the models; 0 means one per core."
    )
    reranker: Literal["bundled", "none"] = Field(
        "bundled",
        description="`bundled` (ms-marco-MiniLM-L-12-v2, int8) reads the best passages together "
        "with the question; `none` goes without.",
    )
    chunk_tokens: int = Field(
        256, ge=32, le=8192, description="Largest chunk, in tokens of the embedder."
    )
    chunk_overlap: int = Field(
        32, ge=0, le=1024, description="Overlap where prose is cut, in tokens."
    )
    query_log: bool = Field(
        True,
        description="Keep each search and its first ten hits in `INDEX_DIR/judging`, without who "
        "asked, for `eval pool`; `false` keeps none.",
    )


def load_settings() -> Settings:
    """Read the settings, or raise `SettingsError` that names each bad one."""
    known = {name.upper() for name in Settings.model_fields}
    for name in os.environ:
        near = get_close_matches(name.upper(), known, n=1, cutoff=NEAR_MISS)
        if near and name.upper() not in known:
            raise SettingsError(
                f"unknown setting {name} in the environment; did you mean {near[0]}?"
            )
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            _problem(str(item["loc"][0]).upper(), item["type"], item["msg"], item["input"])
            for item in error.errors()
        )
        raise SettingsError(f"{problems} (settings come from the environment and .env)") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f".env is not UTF-8: {error}") from None


def _problem(name: str, kind: str, message: str, value: object) -> str:
    if kind == "extra_forbidden":
        known = ", ".join(sorted(known.upper() for known in Settings.model_fields))
        return f"unknown setting {name} in .env; known are {known}"
    return f"{name}={value}: {message}"
