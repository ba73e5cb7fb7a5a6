"""HTML that cannot forget to escape: text becomes markup only through these functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


class Html(str):
    """Text that is markup already. Everything else is escaped where it enters."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str) -> Html:
    """Return an element; ``class_`` stands for class, an underscore for a hyphen.

    Children and values are escaped unless they are `Html`.
    """
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
    )
    return Html(f"<{name}{shown}>{join(children)}</{name}>")


def join(children: Iterable[str], separator: str = "") -> Html:
    """Return children one after another, escaped unless they are `Html`."""
    return Html(
        separator.join(child if isinstance(child, Html) else escape(child) for child in children)
    )


def section(title: str, content: Html, anchor: str) -> Html:
    """Return a section with its heading."""
    return tag("section", tag("h2", title), content, id=anchor)


def table(heads: Sequence[str], rows: Sequence[Html], *, kind: str = "figures") -> Html:
    """Return a table that scrolls sideways where the page is narrow."""
    cells = [tag("th", head, scope="col") for head in heads]
    whole = tag("table", tag("thead", tag("tr", *cells)), tag("tbody", join(rows, "\n")))
    return tag("div", whole, class_=f"scroll {kind}")
