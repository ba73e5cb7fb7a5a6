"""The command ``train``: natural questions to the line ranker's weights."""

from __future__ import annotations

import argparse
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eval.natural.train import TrainReport
    from retrieval.settings import Settings


def add_train(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("questions", type=Path, nargs="+", help="files of natural questions")
    parser.add_argument("--index", type=Path, help="index of the records (default: INDEX_DIR)")
    parser.add_argument(
        "--write", action="store_true", help="replace the weights that come with the package"
    )
    parser.add_argument(
        "--tune",
        action="store_true",
        help="tune the reader as well, which takes half an hour on two cores (needs the extra "
        "`train`; with --write)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_train_command(options: argparse.Namespace, settings: Settings) -> TrainReport:
    """Train and report."""
    from eval.lines import BadInput
    from eval.natural.examples import asked_of_all, examples_of
    from eval.natural.questions import read_questions
    from eval.natural.train import train
    from retrieval.index.live import LiveIndex
    from retrieval.models.loading import load_embedder

    questions = read_questions(options.questions)
    embedder = load_embedder(settings.embedding_model, threads=settings.embedding_threads)
    live = LiveIndex.open(options.index or settings.index_dir, embedder.recipe)
    with live.lease() as snapshot:
        examples = examples_of(questions, snapshot, embedder)
        of_all = asked_of_all(questions, embedder)
    folder = Path(str(files("retrieval.models"))) if options.write else None
    if options.tune and not options.write:
        raise BadInput("--tune learns weights that are only kept with --write: give both")
    tuner = None
    if options.tune:
        from eval.natural.tune import Tuner

        tuner = Tuner()
    return train(examples, of_all, embedder=embedder.recipe.name, folder=folder, tuner=tuner)
