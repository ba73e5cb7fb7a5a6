"""The page at `/`: one file, nothing from elsewhere, and a policy that says so."""

import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

# Who types is told what becomes of it.
KEPT = "Searches are kept on this server, without who made them, to measure and better the ranking."


def page_router(*, logged: bool) -> APIRouter:
    """Return a router that serves `page.html`; ``logged`` tells its readers of the query log."""
    html = files("search_api.page").joinpath("page.html").read_text(encoding="utf-8")
    html = html.replace("<!-- kept -->", KEPT if logged else "")
    headers = {
        "Content-Security-Policy": policy(html),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    router = APIRouter(include_in_schema=False)

    @router.get("/", response_class=HTMLResponse)
    async def page() -> HTMLResponse:
        return HTMLResponse(html, headers=headers)

    return router


def policy(html: str) -> str:
    """Return a content security policy that allows the page's own style and script only."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_source(html, tag='script')}",
            f"style-src {_source(html, tag='style')}",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _source(html: str, *, tag: str) -> str:
    contents = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    digests = (b64encode(sha256(content.encode()).digest()).decode() for content in contents)
    return " ".join(f"'sha256-{digest}'" for digest in digests)
