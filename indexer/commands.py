"""What each command of the indexer does: settings and options in, an outcome out."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from indexer.build import BuildReport, BuildSettings
from indexer.build import build as build_index
from indexer.chunking import ChunkSize
from indexer.progress import progress_bars
from indexer.publish import rollback as roll_back
from indexer.verify import MIN_RECALL, measured_recall
from retrieval.errors import IndexDamaged, IndexUnusable
from retrieval.index.catalogue import Catalogue
from retrieval.index.manifest import (
    CATALOGUE,
    DERIVED,
    Manifest,
    current_name,
    names_before,
    snapshot_folder,
)
from retrieval.index.snapshot import Snapshot
from retrieval.language.compounds import load_ladder
from retrieval.models.loading import load_embedder
from retrieval.settings import Settings

OK, FAILED, QUARANTINED = 0, 1, 3  # exit codes
SHOWN = 20  # notes and quarantine items shown after a build; the rest is counted


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command has to say, for people and as JSON, and its exit code."""

    code: int
    text: str
    values: dict[str, Any]


def build(settings: Settings, options: Namespace) -> Outcome:
    """Build from files and folders."""
    return _build(settings, options.paths, prune=options.prune)


def status(settings: Settings, options: Namespace) -> Outcome:
    """Say what is live."""
    name = current_name(settings.index_dir)
    folder = snapshot_folder(settings.index_dir, name)
    manifest = Manifest.read(folder)
    counts, recipe = manifest.counts, manifest.recipe
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    older = names_before(settings.index_dir, name)
    problems = [f"{path} {what}" for path, what in manifest.damage(folder).items()]
    lines = [
        f"snapshot    {name} of {manifest.created}, {size / 2**20:.1f} MiB in {folder}",
        f"documents   {counts.documents} ({counts.digests} digests, {counts.trials} records)",
        f"chunks      {counts.chunks}",
        f"quarantine  {counts.quarantined}",
        f"embedder    {recipe.embedder.name} {recipe.embedder.revision}, "
        f"{recipe.embedder.dimension} dimensions",
        f"rollback    {', '.join(older) or 'none'}",
        *(f"damaged     {problem}" for problem in problems),
    ]
    values = {
        "snapshot": name,
        "created": manifest.created,
        "parent": manifest.parent,
        "bytes": size,
        "counts": asdict(counts),
        "recipe": asdict(recipe),
        "older": older,
        "problems": problems,
    }
    return Outcome(OK, "\n".join(lines), values)


def quarantine(settings: Settings, options: Namespace) -> Outcome:
    """List the quarantine, or read its files again."""
    folder = snapshot_folder(settings.index_dir, current_name(settings.index_dir))
    with closing(Catalogue(folder / CATALOGUE)) as catalogue:
        items = catalogue.quarantine()
    if options.retry and items:
        paths = [Path(path) for path in dict.fromkeys(item.path for item in items)]
        return _build(settings, [path for path in paths if path.is_file()], retry=True)
    text = "\n".join(_shown(items)) if items else "nothing is in quarantine"
    return Outcome(OK, text, {"quarantine": [asdict(item) for item in items]})


def doctor(settings: Settings, options: Namespace) -> Outcome:
    """Check the live snapshot, and make its derived folders anew when they are unwell."""
    name = current_name(settings.index_dir)
    folder = snapshot_folder(settings.index_dir, name)
    damage = Manifest.read(folder).damage(folder)
    problems = [f"{path} {what}" for path, what in damage.items()]
    recall = None
    if not damage:
        try:
            with closing(Snapshot.open(folder, embedder=None, check=False)) as snapshot:
                recall = measured_recall(snapshot)
            if recall < MIN_RECALL:
                problems.append(f"recall@10 against exact search is {recall:.3f}")
        except IndexUnusable as error:
            problems.append(str(error))
    values: dict[str, Any] = {"snapshot": name, "problems": problems, "recall@10": recall}
    if not problems:
        return Outcome(OK, f"snapshot {name} is whole; recall@10 {recall:.3f}", values)
    told = f"snapshot {name} is unwell: {'; '.join(problems)}"
    if not all(path.startswith(DERIVED) for path in damage):
        raise IndexDamaged(
            f"{told}. `python -m indexer build PATH...` from the sources mends it; "
            "`python -m indexer rollback` goes back to the snapshot before it"
        )
    if options.dry_run:
        return Outcome(FAILED, told, values | {"repaired": False})
    repaired = _build(settings, [], rebuild=True)
    return Outcome(OK, f"{told}\n{repaired.text}", values | {"repaired": True, **repaired.values})


def rollback(settings: Settings, options: Namespace) -> Outcome:
    """Make the previous snapshot live."""
    was, now = roll_back(settings.index_dir)
    values = {"from": was, "to": now}
    return Outcome(OK, f"snapshot {now} is live again in the place of {was}", values)


def _build(
    settings: Settings,
    paths: Sequence[Path],
    *,
    prune: bool = False,
    retry: bool = False,
    rebuild: bool = False,
) -> Outcome:
    embedder = load_embedder(settings.embedding_model, threads=settings.embedding_threads)
    with progress_bars() as progress:
        report = build_index(
            paths,
            BuildSettings(
                index_dir=settings.index_dir,
                size=ChunkSize(settings.chunk_tokens, settings.chunk_overlap),
                keep=settings.index_keep,
                prune=prune,
                retry=retry,
                rebuild=rebuild,
            ),
            embedder=embedder,
            ladder=load_ladder(),
            progress=progress,
        )
    return Outcome(QUARANTINED if report.quarantined else OK, _told(report), asdict(report))


def _told(report: BuildReport) -> str:
    counts = report.counts
    lines = [
        f"snapshot {report.snapshot} is live: {counts.documents} documents "
        f"({counts.digests} digests, {counts.trials} records) in {counts.chunks} chunks",
        f"{report.added} added, {report.updated} updated, {report.removed} removed, "
        f"{report.unchanged} unchanged; {report.embedded} chunks embedded, {report.reused} reused"
        if report.changed
        else "nothing changed",
        *_first(report.notes),
    ]
    if report.quarantined:
        lines.append(f"{len(report.quarantined)} in quarantine:")
        lines += _first(_shown(report.quarantined))
    return "\n".join(lines)


def _shown(items: Sequence[Any]) -> list[str]:
    return [
        _printable(
            f"{item.path}{' ' if item.position else ''}{item.position}: {item.code}: {item.message}"
        )
        for item in items
    ]


def _printable(text: str) -> str:
    """Escape what would steer a terminal: names of files are not ours."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _first(lines: Sequence[str]) -> list[str]:
    rest = len(lines) - SHOWN
    return [*lines[:SHOWN], *([f"(and {rest} more)"] if rest > 0 else [])]
