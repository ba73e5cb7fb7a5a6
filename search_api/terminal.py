"""`ask`: a ranking in the terminal, as people read it.

Whether a passage reports results or only plans to is the first word of each hit, because it
is the first thing a reader must not get wrong.
"""

from __future__ import annotations

import re
import sys
from time import perf_counter
from typing import TYPE_CHECKING

from pydantic import ValidationError
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from retrieval.words import STOP_WORDS
from search_api.dates import iso
from search_api.faults import from_validation
from search_api.gate import opener
from search_api.schemas import FilterFields, SearchBody
from search_api.views import SearchView

if TYPE_CHECKING:
    from rich.console import RenderableType

    from retrieval.settings import Settings
    from retrieval.types import Hit, Labels, Ranking

MEASURE = 100  # characters; longer lines are hard to read
EVIDENCE = {
    "reported": ("RESULTS REPORTED", "bold green"),
    "planned": ("PLANNED, NOT REPORTED", "bold yellow"),
    "none": ("NO RESULTS IN THIS PASSAGE", "bold"),
    "conflict": ("IN THE DIGEST ONLY, NONE POSTED", "bold red"),
}
# Escape sequences in a document must not reach the terminal.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def ask(question: str, *, k: int, as_json: bool, settings: Settings) -> None:
    """Answer one question on stdout; raises the errors of `PeptideSearchError`."""
    try:
        body = SearchBody(query=question, k=k)
    except ValidationError as error:
        raise from_validation(error.errors()) from None
    opened = opener(settings, warm=False)()
    try:
        start = perf_counter()
        ranking = opened.searcher.search(body.to_query(opened.ladder))
        took_ms = (perf_counter() - start) * 1000
    finally:
        opened.live.close()
    if as_json:
        sys.stdout.write(SearchView.of(ranking, took_ms=took_ms).model_dump_json() + "\n")
        return
    console = Console(highlight=False)
    console.width = min(console.width, MEASURE)
    with console.capture() as captured:
        console.print(rendered(ranking))
    # rich pads its columns; a pipe or a file should not get the blanks.
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def rendered(ranking: Ranking) -> RenderableType:
    """Lay out a ranking: what was understood, what kinds of evidence there are, the hits."""
    hits = (_hit(hit, terms=_terms(ranking, hit)) for hit in ranking.hits)
    return Group(_head(ranking), *hits)


def _head(ranking: Ranking) -> Text:
    head = Text(_clean(ranking.query.text), style="bold")
    for line in (_understood(ranking), _tally(ranking)):
        head.append("\n").append(line)
    for note in ranking.notes:
        head.append(f"\nnote: {_clean(note)}", style="yellow not bold")
    return head


def _understood(ranking: Ranking) -> Text:
    understood = ranking.understood
    parts = [f"looks for {understood.intent}"] if understood.intent != "narrative" else []
    parts += [f"{one.compound_id} (“{one.matched}”)" for one in understood.compounds]
    parts += [f"not {name}" for name in understood.excluded]
    parts += understood.trial_ids
    filters = FilterFields.of(ranking.filters).model_dump(mode="json")
    parts += [f"{name} {_value(value)}" for name, value in filters.items()]
    if ranking.hidden_by_filters:
        parts.append(f"{ranking.hidden_by_filters:,} documents lack a filtered field")
    return Text(" · ".join(parts) or "taken as plain words", style="dim not bold")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


def _tally(ranking: Ranking) -> Text:
    if not ranking.hits:
        return Text("No passage matches.", style="not bold")
    count = dict.fromkeys(EVIDENCE, 0)
    for hit in ranking.hits:
        count[_evidence(hit.labels)] += 1
    line = Text(f"{_rows(ranking)}: ", style="not bold")
    line.append(f"{count['reported']} with reported results", style="green")
    line.append(" · ").append(f"{count['planned']} planned only", style="yellow")
    if count["conflict"]:
        line.append(" · ").append(f"{count['conflict']} in a digest only", style="red")
    return line.append(f" · {count['none']} neither")


def _rows(ranking: Ranking) -> str:
    """Return what the rows are: of a trial that was named there may be several."""
    trials = len({hit.source.trial_id for hit in ranking.hits})
    of = f"{trials} trial{'' if trials == 1 else 's'}"
    return of if trials == len(ranking.hits) else f"{len(ranking.hits)} passages of {of}"


def _hit(hit: Hit, *, terms: re.Pattern[str] | None) -> RenderableType:
    title = Table.grid(expand=True, padding=(0, 2))
    title.add_column(width=3, justify="right")
    title.add_column(ratio=1)
    title.add_column(justify="right")
    title.add_row(
        Text(str(hit.rank), style="bold cyan"),
        Text(_clean(hit.source.title), style="bold"),
        Text(f"{hit.score:.2f}", style="cyan"),
    )
    passage = Text(_clean(hit.passage.text))
    if terms is not None:
        passage.highlight_regex(terms, "bold underline")
    body = Group(_labels(hit.labels, section=hit.passage.section), passage, _citation(hit))
    related = (_related(other) for other in hit.related)
    return Group("", title, Padding(Group(body, *related), (0, 0, 0, 5)))


def _labels(labels: Labels, *, section: str) -> Text:
    evidence, style = EVIDENCE[_evidence(labels)]
    line = Text.assemble((evidence, style), " · ", (_clean(section), "italic"), " · ")
    line.append(_voice(labels))
    if labels.has_results is not None:
        posted = "results posted" if labels.has_results else "no results posted"
        line.append(f" · {posted}", style="dim")
    if labels.as_of is not None:
        line.append(f" · as of {iso(labels.as_of)}", style="dim")
    return line


def _evidence(labels: Labels) -> str:
    return "conflict" if labels.conflict else labels.evidence


def _voice(labels: Labels) -> Text:
    if labels.voice == "registry":
        return Text("registry", style="blue")
    return Text(f"LLM digest by {_clean(labels.digest_model or 'unnamed model')}", style="magenta")


def _citation(hit: Hit) -> Text:
    version = hit.passage.version
    place = f"{hit.passage.doc_id} [{hit.passage.start}:{hit.passage.end}] {version[:19]}…"
    lines = Text(overflow="fold", style="dim")
    return lines.append(_clean(f"{place}\n{hit.source.url}"))


def _related(hit: Hit) -> Text:
    line = Text("also ", style="dim")
    line.append(_voice(hit.labels)).append(" · ")
    line.append(EVIDENCE[_evidence(hit.labels)][0].lower()).append(" · ")
    line.append(_clean(hit.passage.section), style="italic")
    return line.append(_clean(f" · {hit.passage.doc_id} [{hit.passage.start}:{hit.passage.end}]"))


def _terms(ranking: Ranking, hit: Hit) -> re.Pattern[str] | None:
    """Return a pattern of the query's words and the aliases that matched, with their endings."""
    words = {word.lower() for word in re.findall(r"\w[\w-]+", ranking.query.text)} - STOP_WORDS
    words = {word.removesuffix("s") if len(word) > 4 else word for word in words}
    words |= {alias.lower() for alias in hit.explanation.aliases}
    if not words:
        return None
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(
        r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")\w*", re.IGNORECASE
    )


def _clean(text: str) -> str:
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
