"""Views as text, for a language model: every quote with its place, and marked as a quote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from search_api.http.answer_views import AnswerView, CitationView, TableView
from search_api.http.views import LabelsView, RelatedView, SearchView

if TYPE_CHECKING:
    from search_api.mcp.tools import DocumentPartView

ROWS = 40  # rows of a table in the text; the structure has all


def search_text(view: SearchView) -> str:
    """Return the hits, each with its labels, its passage and how to cite it."""
    lines = [f"note: {note.text}" for note in view.notes]
    if not view.hits:
        lines.append("No passage matches.")
    for hit in view.hits:
        lines += ["", f"{hit.rank}. {hit.title} ({hit.trial_id})", *_passage(hit)]
        for other in hit.related:
            lines += [f"   also, {_labelled(other.labels)}:", *_passage(other)]
    return "\n".join(lines).strip()


def answer_text(view: AnswerView) -> str:
    """Return the answer with its numbered sources and its tables."""
    parts = [view.text]
    if view.abstained:
        parts.insert(0, f"NO ANSWER ({view.abstained.type}: {view.abstained.reason})")
    parts += [f"note: {note.text}" for note in view.notes]
    parts += ["\n".join(_table(table)) for table in view.tables]
    if view.trials:
        trials = (f"- {trial.trial_id}: {trial.title}" for trial in view.trials)
        parts.append("\n".join(["Trials:", *trials]))
    if view.citations:
        parts.append("\n".join(["Sources:", *_sources(view.citations)]))
    return "\n\n".join(part for part in parts if part)


def document_text(view: DocumentPartView) -> str:
    """Return the part of the text under a head that says which part of what it is."""
    head = [
        f"{view.title} ({view.doc_id}, version {view.version})",
        f"text[{view.start}:{view.end}] of {view.characters} code points; {view.url}",
        f"sections: {', '.join(section.name for section in view.sections)}",
    ]
    rest = [] if view.end >= view.characters else [f"[goes on at start={view.end}]"]
    return "\n".join([*head, "<document>", view.text, "</document>", *rest])


def _passage(hit: RelatedView) -> Iterator[str]:
    passage = hit.passage
    yield f"   {hit.section}; {_labelled(hit.labels)}"
    yield from (f"   > {line}" for line in passage.text.splitlines())
    yield f"   cite: {hit.doc_id} [{passage.start}:{passage.end}] {hit.url}"


def _labelled(labels: LabelsView) -> str:
    voice = "registry" if labels.voice == "registry" else f"LLM digest by {labels.digest_model}"
    evidence = {"reported": "results reported", "planned": "planned only", "none": "no results"}
    parts = [voice, evidence[labels.evidence]]
    if labels.conflict:
        parts.append("CONFLICT with the registry, which wins")
    return ", ".join([*parts, *([f"as of {labels.as_of}"] if labels.as_of else [])])


def _sources(citations: tuple[CitationView, ...]) -> Iterator[str]:
    for number, cited in enumerate(citations, start=1):
        voice = "registry" if cited.voice == "registry" else f"LLM digest by {cited.digest_model}"
        as_of = f", as of {cited.as_of}" if cited.as_of else ""
        yield f"[{number}] {cited.doc_id} [{cited.start}:{cited.end}] ({voice}{as_of}) {cited.url}"
        yield from (f"    > {line}" for line in cited.quote.splitlines())


def _table(table: TableView) -> Iterator[str]:
    yield table.title
    yield " | ".join(table.columns)
    for row in table.rows[:ROWS]:
        yield " | ".join(f"{cell.text} (computed)" if cell.computed else cell.text for cell in row)
    if len(table.rows) > ROWS:
        yield f"({len(table.rows) - ROWS} more rows are in the structured answer)"
    yield from (f"note: {note.text}" for note in table.notes)
