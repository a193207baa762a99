"""The files of the bundled dialects, each read once for its symbols and its arrays."""

from __future__ import annotations

from functools import cache

from lstm_tutor.dialects.catalog import NOTATIONS
from lstm_tutor.files.document import Document, read


@cache
def file_of(name: str) -> Document:
    """Return the file of a bundled dialect."""
    return read(NOTATIONS / f"{name}.yaml", "dialect")
