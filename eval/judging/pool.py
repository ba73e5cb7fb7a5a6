"""From what people asked to what is to be judged: a judging file out of the query log.

It holds the passages that the logged searches showed, and those that readers gave a verdict
on, with the words that are live now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.judging.judging_file import JudgingRow, check_form, read_rows, write_rows
from eval.judging.report import PoolReport, conflicts_in
from eval.judging.verdicts import (
    Asked,
    DocumentOf,
    NothingToJudge,
    Place,
    anchored,
    entries,
    grades_of,
    live_documents,
    place_of,
    query_id,
    questions_of,
    settled,
)
from retrieval.index.judging import (
    FOLDER,
    GRADES,
    Feedback,
    LoggedQuery,
    read_feedback,
    read_queries,
    section_at,
)
from retrieval.types import Document


@dataclass(frozen=True, slots=True)
class Shown:
    """Passages that searches showed and that are live; the others are counted by document."""

    places: frozenset[Place]
    gone: frozenset[str]
    changed: frozenset[str]


def pool(index_dir: Path, out: Path, *, depth: int) -> PoolReport:
    """Write the judging file of an index; grades that ``out`` holds already stay in it.

    Each logged search gives its first ``depth`` hits. Raises `NothingToJudge`,
    `JudgingFileError`, `IndexMissing` or `IndexDamaged`.
    """
    check_form(out)
    before = read_rows(out) if out.exists() else ()
    searches, feedback = entries(read_queries, index_dir), entries(read_feedback, index_dir)
    if not searches.found and not feedback.found:
        raise NothingToJudge(
            f"{index_dir / FOLDER} holds no search and no verdict: serve the index, with "
            "QUERY_LOG=true, and search it"
        )
    with live_documents(index_dir) as document_of:
        shown = _shown(searches.found, document_of, depth=depth)
        judged = anchored(feedback.found, document_of)
        questions = questions_of(
            [(search.query, search.filters) for search in searches.found]
            + [(verdict.query, verdict.filters) for verdict in feedback.found]
        )
        rows = {
            place: _row(questions[place.query_id], document, place, judged.verdicts.get(place, ()))
            for place in sorted(shown.places | judged.verdicts.keys())
            if (document := document_of(place.doc_id))
        }
        rows, kept = _with_grades(rows, before, document_of)
    ordered = sorted((*rows.values(), *kept), key=_order)
    write_rows(out, ordered)
    undecided = {
        place: one
        for place, one in grades_of(judged.verdicts, {}).items()
        if rows[place].grade is None
    }
    return PoolReport(
        file=str(out),
        searches=len(searches.found),
        verdicts=len(feedback.found),
        questions=len({row.query_id for row in ordered}),
        passages=len(ordered),
        graded=sum(row.grade is not None for row in ordered),
        changed_documents=tuple(sorted(shown.changed)),
        gone_documents=tuple(sorted(shown.gone)),
        lost_verdicts=judged.gone + judged.changed,
        conflicts=conflicts_in(undecided, questions),
        skipped_lines=searches.skipped + feedback.skipped,
    )


def _shown(searches: Iterable[LoggedQuery], document_of: DocumentOf, *, depth: int) -> Shown:
    """Return the places that searches showed, where the words they showed are live."""
    places: set[Place] = set()
    gone: set[str] = set()
    changed: set[str] = set()
    for search in searches:
        known_as = query_id(search.query, search.filters)
        for hit in search.hits:
            if hit.rank > depth:
                continue
            document = document_of(hit.doc_id)
            if document is None:
                gone.add(hit.doc_id)
            elif document.version != hit.version:
                changed.add(hit.doc_id)
            else:
                places.add(Place(known_as, hit.doc_id, hit.start, hit.end))
    return Shown(frozenset(places), frozenset(gone), frozenset(changed))


def _row(
    question: Asked, document: Document, place: Place, verdicts: Sequence[Feedback]
) -> JudgingRow:
    grades = [GRADES[verdict.verdict] for verdict in verdicts]
    return JudgingRow(
        grade=None,
        query=question.text,
        text=document.text[place.start : place.end],
        verdict_grade=settled(grades) if grades else None,
        verdicts=tuple(verdict.verdict for verdict in verdicts),
        comments=tuple(verdict.comment for verdict in verdicts if verdict.comment),
        title=document.title,
        section=section_at(document, place.start, place.end),
        kind=document.kind,
        filters=question.filters,
        query_id=place.query_id,
        doc_id=place.doc_id,
        start=place.start,
        end=place.end,
        version=document.version,
    )


def _with_grades(
    rows: Mapping[Place, JudgingRow], before: Iterable[JudgingRow], document_of: DocumentOf
) -> tuple[dict[Place, JudgingRow], list[JudgingRow]]:
    """Put the grades of a file that is to be replaced into the new rows.

    Returned besides are the graded rows that the pool lacks now: a judge's work is not lost.
    """
    found, kept = dict(rows), []
    for row in before:
        if row.grade is None:
            continue
        place = place_of(row, document_of(row.doc_id))
        if place in found:
            found[place] = replace(found[place], grade=row.grade)
        else:
            kept.append(row)
    return found, kept


def _order(row: JudgingRow) -> tuple[object, ...]:
    return row.query.casefold(), row.query_id, row.doc_id, row.start, row.end
