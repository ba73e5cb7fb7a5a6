"""Records and digests in, documents out.

`find_files` names the files of a build; `read_file` yields a `Read` for each document in one
and a `Quarantined`, with a reason code, for each thing that is none.
"""

from indexer.readers.inputs import InputMissing, find_files
from indexer.readers.outcome import Quarantined, Read
from indexer.readers.reading import read_file

READER_VERSION = 2
"""Part of an index's recipe: raise it whenever the same record renders differently."""

__all__ = ["READER_VERSION", "InputMissing", "Quarantined", "Read", "find_files", "read_file"]
