"""Questions with exact answers from any folder of trial records: a test of one's own corpus.

Every question asks for one field of one trial, named either by its id (kind ``phase/id``) or
by its title's words alone (``phase/title``). Wording and choice depend on the seed and the
trial, never on the order of the files: the same records and options give the same bytes.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from eval.generated.facts import Fact, LeftOut, Stated, protocol_facts
from eval.generated.phrasings import MIN_WORDS, NAMINGS, Naming, TrialName, chance, word_question
from eval.generated.posted_facts import posted_facts
from eval.golden.questions import Judgement, Question, question_line
from indexer.changes import Progress, recency
from indexer.readers import Quarantined, find_files, read_file
from retrieval.errors import PeptideSearchError
from retrieval.index.rendered import Rendered, is_masked
from retrieval.language.compounds import Ladder
from retrieval.types import Document, Filters

FILE = "questions.jsonl"
# A trial may have hundreds of events and outcomes; a few of each are asked for.
ITEMS = 3

_ID = re.compile(r"(?i)nct[\s:#_-]{0,3}\d{8}")


class GeneratorError(PeptideSearchError):
    """No question could be made of the inputs, or the file cannot be written."""


@dataclass(frozen=True, slots=True)
class GeneratorOptions:
    """``sample`` questions in all and ``per_trial`` of each trial at most; ``None``: all."""

    seed: int = 0
    sample: int | None = None
    per_trial: int | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """The records that were read, by id, and what else the files held."""

    records: tuple[Document, ...]
    digests: int
    quarantined: dict[str, int]


@dataclass(frozen=True, slots=True)
class Generated:
    """Questions, and how often something was left out, by field and reason."""

    questions: tuple[Question, ...]
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class GeneratorReport:
    """What was written and what was not; ``quarantined`` counts by reason code."""

    questions_file: str
    seed: int
    records: int
    digests: int
    quarantined: dict[str, int]
    possible: int
    questions: int
    kinds: dict[str, int]
    left_out: dict[str, int]

    def values(self) -> dict[str, Any]:
        """Return all figures by name."""
        return {name: getattr(self, name) for name in self.__slots__}

    def table(self) -> str:
        """Return the figures as aligned lines."""
        head = [
            f"{self.questions} of {self.possible} questions about {self.records} records are in "
            f"{self.questions_file} (seed {self.seed})",
        ]
        if self.digests:
            head.append(f"{self.digests} digests were passed over: only records give fields")
        return "\n".join(
            [
                *head,
                *_counts("questions", self.kinds),
                *_counts("left out", self.left_out),
                *_counts("not read", self.quarantined),
            ]
        )


def run_generator(
    paths: Sequence[Path],
    out: Path,
    options: GeneratorOptions,
    *,
    ladder: Ladder,
    progress: Progress,
) -> GeneratorReport:
    """Write the questions of the records in files and folders to ``out/questions.jsonl``.

    Raises `InputMissing` for a path that is not there, and `GeneratorError` when no question
    can be made or the file cannot be written.
    """
    corpus = read_records(find_files(paths), ladder, progress)
    generated = generate(corpus.records, options.seed)
    chosen = choose(generated.questions, options)
    if not chosen:
        raise GeneratorError(
            f"no question can be made of {len(corpus.records)} records (and {corpus.digests} "
            "digests); give files or folders with trial records of ClinicalTrials.gov"
        )
    return GeneratorReport(
        questions_file=str(_write(chosen, out)),
        seed=options.seed,
        records=len(corpus.records),
        digests=corpus.digests,
        quarantined=corpus.quarantined,
        possible=len(generated.questions),
        questions=len(chosen),
        kinds=_sorted(Counter(question.kind for question in chosen)),
        left_out=generated.left_out,
    )


def read_records(files: Iterable[Path], ladder: Ladder, progress: Progress) -> Corpus:
    """Read the records of files; of two versions of a record the newest stands, as in a build."""
    records: dict[str, Document] = {}
    digests, quarantined = set(), Counter[str]()
    for done, path in enumerate(listed := list(files)):
        progress("Reading files", done, len(listed))
        for item in read_file(path, ladder):
            if isinstance(item, Quarantined):
                quarantined[item.code] += 1
            elif item.document.kind == "digest":
                digests.add(item.document.doc_id)
            else:
                known = records.setdefault(item.document.doc_id, item.document)
                if recency(item.document) >= recency(known):
                    records[item.document.doc_id] = item.document
    progress("Reading files", len(listed), len(listed))
    ordered = tuple(records[doc_id] for doc_id in sorted(records))
    return Corpus(ordered, len(digests), _sorted(quarantined))


def generate(records: Sequence[Document], seed: int) -> Generated:
    """Return every question about the records, in the order of trials and fields."""
    maker = _Maker(records, seed)
    questions = tuple(question for record in records for question in maker.questions(record))
    return Generated(questions, _sorted(maker.left_out))


def choose(questions: Sequence[Question], options: GeneratorOptions) -> list[Question]:
    """Return the sample, in the order given: every kind in turn gives one, by the seed."""
    order = {question.query_id: chance(options.seed, question.query_id) for question in questions}
    by_chance = sorted(
        questions, key=lambda question: (order[question.query_id], question.query_id)
    )
    if options.per_trial is not None:
        by_chance = list(_at_most(options.per_trial, by_chance))
    if options.sample is not None:
        by_chance = list(chain.from_iterable(_rounds(by_chance)))[: options.sample]
    kept = {question.query_id for question in by_chance}
    return [question for question in questions if question.query_id in kept]


def _at_most(count: int, questions: Iterable[Question]) -> Iterator[Question]:
    seen: Counter[str] = Counter()
    for question in questions:
        doc_id = question.judgements[0].doc_id
        seen[doc_id] += 1
        if seen[doc_id] <= count:
            yield question


def _rounds(questions: Iterable[Question]) -> Iterator[list[Question]]:
    """Yield the first of each kind, then the second of each, and so on."""
    rounds: defaultdict[int, list[Question]] = defaultdict(list)
    seen: Counter[str] = Counter()
    for question in questions:
        rounds[seen[question.kind]].append(question)
        seen[question.kind] += 1
    yield from (rounds[number] for number in sorted(rounds))


class _Maker:
    """Makes the questions of one record after another and counts what it leaves out."""

    def __init__(self, records: Iterable[Document], seed: int) -> None:
        self._seed = seed
        self._titles = Counter(_name_of(record).key for record in records)
        self.left_out: Counter[str] = Counter()

    def questions(self, record: Document) -> Iterator[Question]:
        """Yield a record's questions, under each name that means this trial only."""
        facts = list(self._facts(record))
        for naming in self._namings(record):
            numbers: Counter[str] = Counter()
            for fact in facts:
                numbers[fact.field] += 1
                number = f"-{numbers[fact.field]}" if fact.names else ""
                query_id = f"{fact.field}-{naming}-{record.trial_id}{number}"
                text = self._text(record, fact, naming)
                if reason := _unfit(fact, naming, text):
                    self.left_out[f"{fact.field}/{naming}: {reason}"] += 1
                else:
                    yield _question(query_id, text, f"{fact.field}/{naming}", record, fact)

    def _text(self, record: Document, fact: Fact, naming: Naming) -> str:
        key = (self._seed, record.trial_id, fact.field, naming, fact.path)
        return word_question(fact.field, naming, _name_of(record), names=dict(fact.names), key=key)

    def _facts(self, record: Document) -> Iterator[Fact]:
        """Yield the facts to ask for: all of the trial's own, a few of each named thing's."""
        rendered = Rendered(record)
        named: defaultdict[str, list[Fact]] = defaultdict(list)
        for item in chain(protocol_facts(rendered), posted_facts(rendered)):
            if isinstance(item, LeftOut):
                self.left_out[f"{item.field}: {item.reason}"] += 1
            elif item.names:
                named[item.field].append(item)
            else:
                yield item
        for field, facts in named.items():
            facts.sort(key=lambda fact: chance(self._seed, record.trial_id, fact.path))
            more = max(0, len(facts) - ITEMS)
            self.left_out[f"{field}: {ITEMS} of the trial are asked for already"] += more
            yield from facts[:ITEMS]

    def _namings(self, record: Document) -> tuple[Naming, ...]:
        key = _name_of(record).key
        reasons = {
            "the title has too few words": len(key) < MIN_WORDS,
            "another trial has the title": self._titles[key] > 1,
            "the title holds a trial's id": _ID.search(record.title) is not None,
            "the title names a person": is_masked(record.title),
        }
        reason = next((reason for reason, applies in reasons.items() if applies), None)
        if reason is None:
            return NAMINGS
        self.left_out[f"trials not asked for by title: {reason}"] += 1
        return ("id",)


def _name_of(record: Document) -> TrialName:
    return TrialName(record.trial_id, record.title)


def _unfit(fact: Fact, naming: Naming, text: str) -> str:
    """Return why a question is none, or nothing."""
    if naming == "title" and fact.in_title:
        return "the title tells the answer"
    if naming == "title" and _ID.search(text):
        return "a name in it holds a trial's id"
    return ""


def _question(query_id: str, text: str, kind: str, record: Document, fact: Fact) -> Question:
    return Question(
        query_id=query_id,
        text=text,
        kind=kind,
        filters=Filters(),
        judgements=tuple(_judgements(record, fact.stated)),
        answer=fact.answer,
        path=fact.path,
    )


def _judgements(record: Document, stated: Iterable[Stated]) -> Iterator[Judgement]:
    """Yield each slice once, at its best grade."""
    best: dict[tuple[int, int], int] = {}
    for item in stated:
        place = (item.start, item.end)
        best[place] = max(best.get(place, 0), item.grade)
    for (start, end), grade in best.items():
        yield Judgement(record.doc_id, record.text[start:end], grade, start)


def _write(questions: Iterable[Question], out: Path) -> Path:
    """Write the file whole or not at all."""
    path = out / FILE
    try:
        out.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        with unfinished.open("w", encoding="utf-8") as lines:
            lines.writelines(f"{question_line(question)}\n" for question in questions)
        unfinished.replace(path)
    except OSError as error:
        raise GeneratorError(
            f"{path} cannot be written: {error.strerror or error}; choose another --out"
        ) from error
    return path


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts) if counts[name]}


def _counts(head: str, counts: dict[str, int]) -> list[str]:
    return (
        [f"{head}:", *(f"{count:>7}  {name}" for name, count in counts.items())] if counts else []
    )
