"""What is drawn: lines with styles, and tables of them.

How a sheet is drawn is for `table` (rich, on a screen) and `text` (files and pipes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

GAP = 2
"""Columns between the columns of a table."""

Cell: TypeAlias = tuple[tuple[str, str], ...]
"""Lines, each with its style: "", "bold", "dim" or "italic"."""


@dataclass(frozen=True)
class Sheet:
    """A table: its title or "", headers, then rows of cells of one or more lines."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
