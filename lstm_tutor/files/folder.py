"""Which files are named: those of folders too, and the standard input."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

STDIN = "-"


def files_in(names: Iterable[str]) -> Iterator[str]:
    """Yield the names of files; of a folder, those of all files in it, hidden ones left out."""
    for name in names:
        path = Path(name)
        if name != STDIN and path.is_dir():
            yield from _files(path)
        else:
            yield name


def _files(folder: Path) -> Iterator[str]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for one in sorted(files):
            if not one.startswith("."):
                yield str(Path(where) / one)
