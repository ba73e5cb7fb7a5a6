"""A ranking in the terminal, as people read it.

Whether a passage reports results or only plans to is the first word of each hit, because it
is the first thing a reader must not get wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from retrieval.language.words import STOP_WORDS
from search_api.dates import iso
from search_api.http.schemas import FilterFields

if TYPE_CHECKING:
    from rich.console import RenderableType

    from retrieval.types import Hit, Labels, Ranking

EVIDENCE = {
    "reported": ("RESULTS REPORTED", "bold green"),
    "planned": ("PLANNED, NOT REPORTED", "bold yellow"),
    "none": ("NO RESULTS IN THIS PASSAGE", "bold"),
    "conflict": ("IN THE DIGEST ONLY, NONE POSTED", "bold red"),
}
# Escape sequences in a document must not reach the terminal.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def passages(
    ranking: Ranking, *, quoted: Mapping[int, tuple[int, ...]] = MappingProxyType({})
) -> RenderableType:
    """Lay out a ranking: what kinds of evidence there are, then the hits.

    ``quoted`` gives, by rank, the numbers under which an answer above quotes the whole passage.
    """
    hits = (
        _hit(hit, terms=_terms(ranking, hit), quoted=quoted.get(hit.rank, ()))
        for hit in ranking.hits
    )
    return Group(_tally(ranking), *hits)


def understood(ranking: Ranking) -> Text:
    """Say what was read out of the question's words."""
    read = ranking.understood
    parts = [f"looks for {read.intent}"] if read.intent != "narrative" else []
    parts += [f"{one.compound_id} (“{one.matched}”)" for one in read.compounds]
    parts += [f"not {name}" for name in read.excluded]
    parts += read.trial_ids
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


def _hit(hit: Hit, *, terms: re.Pattern[str] | None, quoted: tuple[int, ...]) -> RenderableType:
    title = Table.grid(expand=True, padding=(0, 2))
    title.add_column(width=3, justify="right")
    title.add_column(ratio=1)
    title.add_column(justify="right")
    title.add_row(
        Text(str(hit.rank), style="bold cyan"),
        Text(clean(hit.source.title), style="bold"),
        Text(f"{hit.score:.2f}", style="cyan"),
    )
    passage = _text(hit, terms=terms, quoted=quoted)
    body = Group(_labels(hit.labels, section=hit.passage.section), passage, _citation(hit))
    related = (_related(other) for other in hit.related)
    return Group("", title, Padding(Group(body, *related), (0, 0, 0, 5)))


def _text(hit: Hit, *, terms: re.Pattern[str] | None, quoted: tuple[int, ...]) -> Text:
    if quoted:
        return Text(f"quoted above: {' '.join(f'[{one}]' for one in quoted)}", style="italic")
    passage = Text(clean(hit.passage.text))
    if terms is not None:
        passage.highlight_regex(terms, "bold underline")
    return passage


def _labels(labels: Labels, *, section: str) -> Text:
    evidence, style = EVIDENCE[_evidence(labels)]
    line = Text.assemble((evidence, style), " · ", (clean(section), "italic"), " · ")
    line.append(voice(labels))
    if labels.has_results is not None:
        posted = "results posted" if labels.has_results else "no results posted"
        line.append(f" · {posted}", style="dim")
    if labels.as_of is not None:
        line.append(f" · as of {iso(labels.as_of)}", style="dim")
    return line


def _evidence(labels: Labels) -> str:
    return "conflict" if labels.conflict else labels.evidence


def voice(labels: Labels) -> Text:
    """Say whose words these are."""
    if labels.voice == "registry":
        return Text("registry", style="blue")
    return Text(f"LLM digest by {clean(labels.digest_model or 'unnamed model')}", style="magenta")


def _citation(hit: Hit) -> Text:
    version = hit.passage.version
    place = f"{hit.passage.doc_id} [{hit.passage.start}:{hit.passage.end}] {version[:19]}…"
    lines = Text(overflow="fold", style="dim")
    return lines.append(clean(f"{place}\n{hit.source.url}"))


def _related(hit: Hit) -> Text:
    line = Text("also ", style="dim")
    line.append(voice(hit.labels)).append(" · ")
    line.append(EVIDENCE[_evidence(hit.labels)][0].lower()).append(" · ")
    line.append(clean(hit.passage.section), style="italic")
    return line.append(clean(f" · {hit.passage.doc_id} [{hit.passage.start}:{hit.passage.end}]"))


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


def clean(text: str) -> str:
    """Return a text whose control characters are shown and not obeyed."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
