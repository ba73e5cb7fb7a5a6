"""`ask`: an answer in the terminal, and under it the passages it was chosen from.

An abstention comes first and in plain words. What a passage says that is quoted in the answer
is not printed twice.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from pydantic import ValidationError
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Column
from rich.table import Table as Grid
from rich.text import Text

from search_api.chat.text import COMPUTED, DIGEST, LEGEND, is_of_digests, notes_of
from search_api.dates import iso
from search_api.gate import opener
from search_api.http.answer_views import AnswerView
from search_api.http.faults import from_validation
from search_api.http.plan import told
from search_api.http.schemas import AnswerBody
from search_api.http.views import SearchView
from search_api.terminal.screen import clean, passages, understood, voice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from retrieval.answering.types import Answer, Cell, Citation, Claim, Table
    from retrieval.question.types import Plan
    from retrieval.settings import Settings
    from retrieval.types import Hit

MEASURE = 100  # characters; longer lines are hard to read
MARKS = 16  # characters; more numbers than that are wrapped
ROWS = 40  # of a table; --json has them all
ABSTENTIONS = {
    "no_match": "NOT HERE",
    "no_results_posted": "NO RESULTS POSTED",
    "planned_not_reported": "PLANNED, NOT REPORTED",
    "out_of_scope": "NOT FOR THIS CORPUS TO SAY",
    "conflict": "SOURCES DISAGREE",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """How an answer is printed: as JSON, or with how the question was read before it."""

    as_json: bool
    explain: bool


def ask(question: str, *, k: int, shown: Shown, settings: Settings) -> None:
    """Answer one question on stdout; raises the errors of `PeptideSearchError`."""
    try:
        body = AnswerBody(question=question, k=k)
    except ValidationError as error:
        raise from_validation(error.errors(), body=AnswerBody) from None
    opened = opener(settings, warm=False)()
    try:
        start = perf_counter()
        answer = opened.answerer.answer(body.to_question(opened.ladder))
        took_ms = (perf_counter() - start) * 1000
    finally:
        opened.live.close()
    if shown.as_json:
        sys.stdout.write(json.dumps(as_object(answer, took_ms=took_ms), ensure_ascii=False) + "\n")
        return
    console = Console(highlight=False)
    console.width = min(console.width, MEASURE)
    with console.capture() as captured:
        if shown.explain:
            console.print(explained(answer.plan))
        console.print(answered(answer))
    # rich pads its columns; a pipe or a file should not get the blanks.
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def as_object(answer: Answer, *, took_ms: float) -> dict[str, object]:
    """Return all that `/v1/search` and `/v1/answer` tell of one question."""
    searched = SearchView.of(answer.ranking, answer.plan, took_ms=took_ms).model_dump(mode="json")
    return searched | AnswerView.of(answer, took_ms=took_ms).model_dump(mode="json")


def explained(plan: Plan) -> RenderableType:
    """Lay out a plan: what each rule read, what was left, and what comes of it."""
    lines = Text("how the question was read\n", style="bold")
    for read in plan.demands:
        value = json.dumps(told(read.demand), ensure_ascii=False)
        sure = "sure" if read.sure else "counted only"
        lines.append(f"  “{clean(read.words)}”", style="cyan")
        lines.append(f"  {read.rule} → {clean(value)} ({sure})\n")
    lines.append(f"  left: {clean(' '.join(plan.left)) or 'nothing'}\n")
    fields = f" of {', '.join(plan.fields)}" if plan.fields else ""
    subject = f"{plan.subject.kind} ({clean(plan.subject.why)})"
    lines.append(f"  {plan.operation}{fields}: {clean(plan.why)}\n  subject: {subject}\n")
    return lines


def answered(answer: Answer) -> RenderableType:
    """Lay out an answer: the question, what was understood, the answer, its passages."""
    numbers = {cited: at for at, cited in enumerate(answer.citations, start=1)}
    head = Text(clean(answer.ranking.query.text), style="bold")
    head.append("\n").append(understood(answer.ranking))
    quoted = {hit.rank: found for hit in answer.ranking.hits if (found := _quoting(hit, numbers))}
    return Group(
        head,
        Padding(Group(*_body(answer, numbers)), (1, 0)),
        passages(answer.ranking, quoted=quoted),
    )


def _body(answer: Answer, numbers: dict[Citation, int]) -> Iterator[RenderableType]:
    if answer.abstained:
        line = Text(ABSTENTIONS[answer.abstained.type], style="bold yellow")
        yield line.append(f"  {clean(answer.abstained.message)}", style="not bold default")
    for claim in answer.claims:
        yield _claim(claim, numbers)
    more = {source.trial_id for source in answer.trials} - {
        cited.source.trial_id for cited in numbers
    }
    if more:
        yield Text(f"and {', '.join(sorted(more))}", style="dim")
    for table in answer.tables:
        yield from _table(table)
    cells = [cell for table in answer.tables for row in table.rows for cell in row]
    if any(claim.computed for claim in answer.claims) or any(cell.computed for cell in cells):
        yield Text(LEGEND, style="dim italic")
    for note in notes_of(answer):
        yield Text(f"note: {clean(note.text)}", style="yellow")
    if numbers:
        yield Text()
        yield from _sources(numbers)


def _claim(claim: Claim, numbers: dict[Citation, int]) -> RenderableType:
    line = Text(clean(claim.text))
    if claim.computed:
        line.append(f" {COMPUTED}", style="italic")
    if is_of_digests(claim):
        line.append(f" ({DIGEST})", style="magenta")
    for cited in claim.citations:
        line.append(f" [{numbers[cited]}]", style="cyan")
    return _hanging("•", line)


def _table(table: Table) -> Iterator[RenderableType]:
    columns = [Column(clean(name), overflow="fold") for name in table.columns]
    title = Text(clean(table.title), style="bold not italic")
    grid = Grid(*columns, box=SIMPLE_HEAD, title=title, title_justify="left")
    for row in table.rows[:ROWS]:
        grid.add_row(*map(_cell, row))
    yield Text()
    yield grid
    if len(table.rows) > ROWS:
        yield Text(f"… {len(table.rows) - ROWS} more rows; --json has them all", style="dim")
    for note in table.notes:
        yield Text(clean(note.text), style="dim")


def _cell(cell: Cell) -> Text:
    return Text(f"{clean(cell.text)} {COMPUTED}" if cell.computed else clean(cell.text))


def _sources(numbers: dict[Citation, int]) -> Iterator[RenderableType]:
    """Yield the documents that are cited, each with the places that the numbers stand for."""
    of: defaultdict[str, list[Citation]] = defaultdict(list)
    for cited in numbers:
        of[cited.source.doc_id].append(cited)
    for doc_id, cites in of.items():
        source, labels = cites[0].source, cites[0].labels
        places = " ".join(f"[{cited.start}:{cited.end}]" for cited in cites)
        where = Text(f"{clean(doc_id)} {places} {source.version[:19]}…\n", overflow="fold")
        where.append(voice(labels))
        if labels.as_of is not None:
            where.append(f" · as of {iso(labels.as_of)}")
        where.append(f" · {clean(source.url)}", style="dim")
        yield _hanging(" ".join(f"[{numbers[cited]}]" for cited in cites), where)


def _hanging(mark: str, text: Text) -> RenderableType:
    grid = Grid.grid(padding=(0, 1))
    grid.add_column(no_wrap=len(mark) < MARKS)
    grid.add_column()
    grid.add_row(Text(mark, style="cyan"), text)
    return grid


def _quoting(hit: Hit, numbers: dict[Citation, int]) -> tuple[int, ...]:
    """Return the numbers of the citations that hold all of a hit's passage."""
    passage = hit.passage
    return tuple(
        number
        for cited, number in numbers.items()
        if cited.source.doc_id == passage.doc_id
        and cited.start <= passage.start
        and passage.end <= cited.end
    )
