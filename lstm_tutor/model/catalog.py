"""Pages by name: those that come with the program, and files of a person's own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lstm_tutor.files.document import read
from lstm_tutor.files.text import visible
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.page import own_cell, read_cell

FOLDER = Path(__file__).parent / "cells"


READOUTS = Path(__file__).parent / "readouts"


def bundled_cells() -> list[str]:
    """Return the names of the cells that come with the program."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def bundled_pages() -> list[str]:
    """Return the names of the cells and readouts that come with the program."""
    return [*bundled_cells(), *sorted(path.stem for path in READOUTS.glob("*.yaml"))]


def load_cell(name: str, relative_to: Path | None = None) -> Cell:
    """Load a bundled cell by name, or a cell file by its path.

    Args:
        name: ``lstm``, or a path ending in ``.yaml`` or ``.yml``.
        relative_to: the folder that a relative path starts from.

    Raises:
        KeyError: if no bundled page has the name.
        BadInput: if the file is not a whole cell; every problem with its position.
    """
    if is_path(name):
        path = (relative_to or Path()) / name
        return own_cell(read(path, "cell"), visible(path.stem))
    if name not in bundled_pages():
        raise KeyError(name)
    return _bundled_cell(name)


@cache
def _bundled_cell(name: str) -> Cell:
    folder = FOLDER if name in bundled_cells() else READOUTS
    return read_cell(read(folder / f"{name}.yaml", "cell", f"{name}.yaml"), name)


def is_path(name: str) -> bool:
    """Whether a name is that of a file of a person's own."""
    return name.endswith((".yaml", ".yml"))
