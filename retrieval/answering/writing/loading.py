"""Loading the writer that the settings name, if they name one."""

from __future__ import annotations

from retrieval.answering.writing.endpoint import Endpoint, EndpointSettings
from retrieval.answering.writing.writer import Writer
from retrieval.language.compounds import Ladder
from retrieval.settings import Settings


def load_writer(settings: Settings, ladder: Ladder) -> Writer | None:
    """Return the writer of the endpoint in the settings; without one, None. Asks it nothing."""
    if settings.llm_base_url is None:
        return None
    key = settings.llm_api_key
    endpoint = EndpointSettings(
        base_url=settings.llm_base_url,
        model=settings.llm_model,
        api_key=key.get_secret_value() if key else "",
        timeout=settings.llm_timeout_seconds,
        max_tokens=settings.llm_max_tokens,
    )
    return Writer(Endpoint(endpoint), ladder)
