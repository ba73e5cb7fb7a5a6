"""Work in fresh processes: what must share nothing with the build that asks for it.

Chroma's HNSW files contain whatever the process's heap held before, so only a process that
never saw a removed document may write them; and a snapshot is verified by one that has none
of the builder's caches. Such a module is run as ``python -m MODULE FOLDER``. It prints one
JSON object a line: ``{"phase", "done", "total"}`` as it goes, ``{"error"}`` when it fails.
"""

from __future__ import annotations

import ctypes
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from indexer.changes import Progress
from retrieval.errors import BuildError, PeptideSearchError

PR_SET_PDEATHSIG = 1  # linux/prctl.h
TAIL = 500  # characters of a crashed process's last words that an error repeats
# A damaged HNSW header once made Chroma write 65 GB while opening (chroma #7510).
FILE_SIZE_LIMIT = 64 * 2**30

Work = Callable[[Path, Progress], None]


def run_fresh(module: str, folder: Path, *, progress: Progress, failure: type[BuildError]) -> None:
    """Run a module on a folder in a new interpreter; raise ``failure`` when it fails."""
    told = ""
    with subprocess.Popen(  # noqa: S603 - our own interpreter and modules
        [sys.executable, "-m", module, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            for line in process.stdout or ():
                told = _follow(line, told, progress)
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise failure(
            f"{module} ended with {process.returncode}: {told.strip()[-TAIL:]} "
            "(the live snapshot is as it was)"
        )


def serve_fresh(work: Work) -> int:
    """Be the fresh process: do the work on the folder that was named, and tell how it goes."""
    if sys.platform == "linux":  # a killed builder must not leave a writer behind
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE_LIMIT, FILE_SIZE_LIMIT))
    try:
        work(Path(sys.argv[1]), _tell)
    except (PeptideSearchError, OSError) as error:
        sys.stdout.write(json.dumps({"error": f"{type(error).__name__}: {error}"}) + "\n")
        return 1
    return 0


def _tell(phase: str, done: int, total: int) -> None:
    sys.stdout.write(json.dumps({"phase": phase, "done": done, "total": total}) + "\n")
    sys.stdout.flush()


def _follow(line: str, told: str, progress: Progress) -> str:
    """Pass progress on; return what the process has said that was no progress."""
    try:
        message = json.loads(line)
    except ValueError:
        return told + line
    if not isinstance(message, dict):
        return told + line
    if "error" in message:
        return str(message["error"])
    progress(message["phase"], message["done"], message["total"])
    return told
