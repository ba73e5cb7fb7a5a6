"""What `eval pool` has to tell: what went into its files, what did not, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval.judging.verdicts import Asked, Graded, Place, conflicting

LISTED = 10  # documents or conflicts told one by one to a person; JSON has all


@dataclass(frozen=True, slots=True)
class Conflict:
    """Grades of one passage that say both that it answers and that it does not."""

    query: str
    doc_id: str
    start: int
    end: int
    grades: tuple[int, ...]
    taken: int


@dataclass(frozen=True, slots=True)
class PoolReport:
    """A judging file, and what could not enter it.

    ``changed_documents`` have other words now than a search showed, ``gone_documents`` are
    not live; passages of theirs that nobody graded are left out.
    """

    file: str
    searches: int
    verdicts: int
    questions: int
    passages: int
    graded: int
    changed_documents: tuple[str, ...]
    gone_documents: tuple[str, ...]
    lost_verdicts: int
    conflicts: tuple[Conflict, ...]
    skipped_lines: int

    def values(self) -> dict[str, Any]:
        """Return everything by name."""
        return asdict(self)

    def table(self) -> str:
        """Return it as lines for a person."""
        lines = [
            f"{self.file}: {self.passages} passages for {self.questions} questions, "
            f"{self.graded} with a judge's grade",
            f"from {self.searches} logged searches and {self.verdicts} verdicts",
            *_listed("changed since they were shown, left out", self.changed_documents),
            *_listed("not live any more, left out", self.gone_documents),
            *_counted("verdicts on words that are not live any more", self.lost_verdicts),
            *_counted("lines that could not be read", self.skipped_lines),
            *_disagreements(self.conflicts),
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class ExportReport:
    """A folder of judgements, and what could not enter it.

    ``without_answer`` counts questions whose every grade is 0 or 1: they stand in the qrels
    and the queries, but not among the questions.
    """

    folder: str
    queries: int
    documents: int
    passages: int
    questions: int
    without_answer: int
    verdicts: int
    grades: int
    lost_verdicts: int
    lost_grades: int
    conflicts: tuple[Conflict, ...]
    skipped_lines: int

    def values(self) -> dict[str, Any]:
        """Return everything by name."""
        return asdict(self)

    def table(self) -> str:
        """Return it as lines for a person."""
        lines = [
            f"{self.folder}/qrels.tsv: {self.documents} documents judged for "
            f"{self.queries} queries (queries.jsonl)",
            f"{self.folder}/questions.jsonl: {self.questions} questions, with their passages",
            f"from {self.verdicts} verdicts and {self.grades} grades of judges, on "
            f"{self.passages} passages",
            *_counted("questions without a grade of 2 or 3, left out", self.without_answer),
            *_counted("verdicts on words that are not live any more", self.lost_verdicts),
            *_counted("grades on words that are not live any more", self.lost_grades),
            *_counted("lines that could not be read", self.skipped_lines),
            *_disagreements(self.conflicts),
        ]
        return "\n".join(lines)


def conflicts_in(
    graded: Mapping[Place, Graded], questions: Mapping[str, Asked]
) -> tuple[Conflict, ...]:
    """Return the passages on which the grades conflict."""
    return tuple(
        Conflict(
            query=questions[place.query_id].text,
            doc_id=place.doc_id,
            start=place.start,
            end=place.end,
            grades=tuple(sorted(one.given)),
            taken=one.grade,
        )
        for place, one in sorted(graded.items())
        if conflicting(one.given)
    )


def _counted(what: str, count: int) -> Iterator[str]:
    if count:
        yield f"{count} {what}"


def _listed(what: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        yield f"{len(names)} documents {what}: {', '.join(names[:LISTED])}{more}"


def _disagreements(conflicts: Sequence[Conflict]) -> Iterator[str]:
    for one in conflicts[:LISTED]:
        grades = ", ".join(map(str, one.grades))
        yield (
            f"conflict: {one.query!r}, {one.doc_id} [{one.start}:{one.end}]: "
            f"grades {grades}, taken as {one.taken}"
        )
    if len(conflicts) > LISTED:
        yield f"and {len(conflicts) - LISTED} more conflicts"
