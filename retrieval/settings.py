"""Settings from the environment or ``.env``; an unknown one is an error.

Only the composition roots (each ``__main__`` and ``create_app``) read settings; everything
below them takes its values as arguments.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
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
    llm_base_url: str | None = Field(
        None,
        description="An OpenAI-compatible endpoint that writes answers, such as "
        "`http://127.0.0.1:8080/v1`; unset means that answers are quotes.",
    )
    llm_api_key: SecretStr | None = Field(
        None, description="The endpoint's key, sent as a bearer token; never logged."
    )
    llm_model: str = Field("default", min_length=1, description="The model's name there.")
    llm_timeout_seconds: float = Field(
        60.0, gt=0, le=600, description="For one answer of the model, tries and pauses included."
    )
    llm_max_tokens: int = Field(
        512, ge=16, le=8192, description="The longest answer of the model, in its tokens."
    )

    @field_validator("llm_base_url")
    @classmethod
    def _is_an_endpoint(cls, url: str | None) -> str | None:
        if not url:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it must be an http or https URL")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("it may hold no user, password, query or fragment; see LLM_API_KEY")
        return url


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
