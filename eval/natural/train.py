"""Training what reads records: from natural questions and the lines that answer them.

Three models: which kind of line a question asks for, a first order of a record's lines by their
features, and a second one with the opinion of a reader, the reranker tuned to lines. The first
order is learned with kinds predicted by a model that has not seen the trial, the second on trials
that the reader was not tuned on, as it is with questions to come.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # no stubs
from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]  # no stubs

from eval.natural.examples import Example
from eval.natural.tune import Tuner, tune, write_tuned
from retrieval.answering.lines.features import NAMES, Asked, Features, features_of
from retrieval.answering.lines.ranking import readable, second_features, worth_reading
from retrieval.models.cross_encoder import BundledLineReader
from retrieval.models.line_ranker import DIGEST, OF_ALL, WEIGHTS, LineRanker
from retrieval.models.loading import usable_cores
from retrieval.models.reranker import Reranker
from retrieval.types import Scores, Vector

HELD = 5  # of so many trials one is held
RARE, KIND = NAMES.index("rare words"), NAMES.index("kind")
FOLDS = 5
INNER_FOLDS = 3
HARD, RANDOM = 20, 10  # wrong lines that a right one is held against
MOST_RIGHT = 6  # right lines of one question
KIND_C, ORDER_C = 8.0, 1.0  # inverse strength of the regularisation


@dataclass(frozen=True)
class TrainReport:
    """How often an answering line is among the first, on trials that took no part."""

    rows: tuple[tuple[str, int, float, float, float, float, float], ...]
    path: Path | None

    def values(self) -> dict[str, Any]:
        """Return the report for programs."""
        names = ("n", "line@1", "line@3", "line@5", "read", "kind@1")
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in self.rows}

    def table(self) -> str:
        """Return the report as a table."""
        names = ("line@1", "line@3", "line@5", "read", "kind@1")
        head = f"{'kind':16}{'n':>5}" + "".join(f"{name:>8}" for name in names)
        body = [
            f"{kind:16}{n:>5}" + "".join(f"{share:>8.3f}" for share in shares)
            for kind, n, *shares in self.rows
        ]
        told = [f"written to {self.path}"] if self.path else []
        return "\n".join([head, *body, *told])


class Trainer:
    """Fits the kinds and both orders; a reader's opinions are asked once for each pair."""

    def __init__(
        self, examples: Sequence[Example], of_all: Sequence[Vector], *, embedder: str
    ) -> None:
        self._examples = examples
        self._of_all = of_all
        self._embedder = embedder
        self._asked = [Asked.of(example.question.text) for example in examples]

    def fitted(self, places: Sequence[int]) -> LineRanker:
        """Fit the kinds and the first order on the examples at some places."""
        groups = [self._examples[place].trial_id for place in places]
        features: dict[int, Features] = {}
        folds = GroupKFold(min(INNER_FOLDS, len(set(groups))))
        for learned, held in folds.split(places, groups=groups):
            kinds = self._kind_model([places[at] for at in learned])
            for place in (places[at] for at in held):
                features[place] = self.features(place, kinds)
        first = self._ordered(places, features, {p: range(len(features[p])) for p in places})
        return replace(self._kind_model(places), first=first)

    def read(self, place: int, ranker: LineRanker) -> list[int]:
        """Return the lines of an example that a reader reads, the first order's best first."""
        firsts = self.features(place, ranker) @ ranker.first
        example = self._examples[place]
        kinds = ranker.kinds_of(example.inputs)
        return worth_reading(example.lines, firsts, kinds, near=example.near)

    def seconds(
        self, places: Sequence[int], ranker: LineRanker, reader: Reranker
    ) -> dict[int, tuple[list[int], Features]]:
        """Return for each example the lines that the reader reads, and their second features."""
        found = {}
        for place in places:
            example, features = self._examples[place], self.features(place, ranker)
            read = self.read(place, ranker)
            texts = [readable(example.lines[line]) for line in read]
            opinions = reader.opinions(example.question.text, texts)
            firsts = features @ ranker.first
            found[place] = read, second_features(features[read], opinions, firsts[read])
        return found

    def second(
        self, places: Sequence[int], seconds: Mapping[int, tuple[list[int], Features]]
    ) -> Scores:
        """Fit the second order on examples that the reader was not tuned on."""
        features = {}
        for place in places:
            read, rows = seconds[place]
            whole = np.zeros((len(self._examples[place].lines), rows.shape[1]), dtype=np.float32)
            whole[read] = rows
            features[place] = whole
        return self._ordered(places, features, {place: seconds[place][0] for place in places})

    def features(self, place: int, ranker: LineRanker) -> Features:
        """Return the first features of an example's lines."""
        kinds = ranker.kinds_of(self._examples[place].inputs)
        return features_of(self._asked[place], self._examples[place].lines, kinds)

    def _kind_model(self, places: Sequence[int]) -> LineRanker:
        inputs, labels, weights = [], [], []
        for place in places:
            example = self._examples[place]
            for kind in sorted(example.kinds):
                inputs.append(example.inputs)
                labels.append(kind)
                weights.append(1 / len(example.kinds))
        inputs += self._of_all
        labels += [OF_ALL] * len(self._of_all)
        weights += [1.0] * len(self._of_all)
        model = LogisticRegression(C=KIND_C, max_iter=400).fit(
            np.array(inputs), labels, sample_weight=weights
        )
        weights_of = np.column_stack([model.coef_, model.intercept_]).astype(np.float32)
        none = np.zeros(0, dtype=np.float32)
        return LineRanker(tuple(model.classes_.tolist()), self._embedder, weights_of, none, none)

    def _ordered(
        self, places: Sequence[int], features: Mapping[int, Features], among: Mapping[int, Any]
    ) -> Scores:
        """Fit an order of lines: the differences of right lines and wrong ones."""
        random = np.random.default_rng(0)
        rows, weights = [], []
        for place in places:
            example, of, candidates = self._examples[place], features[place], list(among[place])
            if example.question.must_abstain:
                continue  # what shows an absence is no answer
            right = [n for n in candidates if n in example.right][:MOST_RIGHT]
            wrong = [n for n in candidates if n not in example.right]
            hard = sorted(wrong, key=lambda n: -float(of[n, RARE] + of[n, KIND] / 6))[:HARD]
            size = min(RANDOM, len(wrong))
            some = random.choice(wrong, size, replace=False).tolist() if wrong else []
            for good in right:
                for bad in (*hard, *some):
                    rows.append(of[good] - of[bad])
                    weights.append(1 / len(right))
        differences = np.array(rows)
        scale = differences.std(axis=0) + 1e-6
        both = np.concatenate([differences, -differences]) / scale
        labels = [1] * len(rows) + [0] * len(rows)
        model = LogisticRegression(C=ORDER_C, fit_intercept=False, max_iter=500).fit(
            both, labels, sample_weight=weights * 2
        )
        fitted: Scores = (model.coef_[0] / scale).astype(np.float32)
        return fitted


def is_held(trial_id: str) -> bool:
    """Tell whether a trial's questions are kept from the reader: a fifth of all trials."""
    return crc32(trial_id.encode()) % HELD == 0


def train(
    examples: Sequence[Example],
    of_all: Sequence[Vector],
    *,
    embedder: str,
    folder: Path | None,
    tuner: Tuner | None,
) -> TrainReport:
    """Fit everything, and report on trials that the reader and the first order have not seen.

    With a ``tuner`` the reader is tuned too; all weights are written to ``folder`` if given.
    """
    trainer = Trainer(examples, of_all, embedder=embedder)
    held = [n for n, example in enumerate(examples) if is_held(example.trial_id)]
    learned = [n for n in range(len(examples)) if n not in set(held)]
    first = trainer.fitted(learned)
    if tuner is not None and folder is not None:
        asking = [n for n in learned if not examples[n].question.must_abstain]
        likely = [trainer.read(n, first) for n in asking]
        tune(tuner, [examples[n] for n in asking], likely)
        write_tuned(tuner, folder, questions=len(asking))
    reader = BundledLineReader(threads=usable_cores())
    seconds = trainer.seconds(held, first, reader)
    rows = _rows(trainer, examples, held, seconds, first)
    path = None
    if folder is not None:
        # The second order has learned from this first one: what is reported is what is written.
        ranker = replace(first, second=trainer.second(held, seconds))
        path = write_ranker(ranker, folder, examples=examples)
    return TrainReport(rows, path)


def _rows(
    trainer: Trainer,
    examples: Sequence[Example],
    held: Sequence[int],
    seconds: Mapping[int, tuple[list[int], Features]],
    ranker: LineRanker,
) -> tuple[tuple[str, int, float, float, float, float, float], ...]:
    """Return the report's rows: the second order is fitted on the other trials that are held."""
    found: defaultdict[str, list[tuple[bool, ...]]] = defaultdict(list)
    groups = [examples[place].trial_id for place in held]
    for others, these in GroupKFold(FOLDS).split(held, groups=groups):
        weights = trainer.second([held[at] for at in others], seconds)
        for place in (held[at] for at in these):
            example = examples[place]
            if example.question.must_abstain:
                continue
            read, features = seconds[place]
            order = [read[at] for at in np.argsort(-(features @ weights), kind="stable").tolist()]
            at = next((n for n, line in enumerate(order) if line in example.right), len(order))
            kinds = ranker.kinds_of(example.inputs)
            kind = max(kinds, key=lambda one: kinds[one]) in example.kinds
            found[example.question.kind].append((at < 1, at < 3, at < 5, at < len(order), kind))
    every = [row for of_kind in found.values() for row in of_kind]
    return tuple(
        (kind, len(of), *(float(np.mean([row[at] for row in of])) for at in range(5)))  # type: ignore[misc]  # five floats
        for kind, of in [*sorted(found.items()), ("all", every)]
    )


def write_ranker(ranker: LineRanker, folder: Path, *, examples: Sequence[Example]) -> Path:
    """Write the weights, and beside them their hash and what they were made of."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        kind_weights=ranker.kind_weights.astype(np.float16),
        first=ranker.first,
        second=ranker.second,
    )
    weights = buffer.getvalue()
    made = {
        "sha256": sha256(weights).hexdigest(),
        "embedder": ranker.embedder,
        "questions": len(examples),
        "trials": len({example.trial_id for example in examples}),
        "kinds": list(ranker.kinds),
    }
    (folder / WEIGHTS).write_bytes(weights)
    (folder / DIGEST).write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    return folder / WEIGHTS
