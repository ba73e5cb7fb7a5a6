"""A build to be killed: ``python -m tests.indexer.killable INDEX CORPUS``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.corpus import index
from tests.fakes import HashingEmbedder

if __name__ == "__main__":
    index([Path(sys.argv[2])], Path(sys.argv[1]), HashingEmbedder(), prune=True)
