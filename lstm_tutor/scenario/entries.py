"""The entries of a scenario file as they are read, and every problem that is found in them.

Trees of names are walked here; what the names stand for is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.files.document import Document, KeyPath, dotted
from lstm_tutor.files.problem import Problem, described, did_you_mean
from lstm_tutor.model.cell import Cell
from lstm_tutor.scenario.arrays import FileArray, number_problems

Tree = dict[str, Any]
"""What may be written under a key: names, each with a tree of its own, or with axes."""


@dataclass(frozen=True)
class Entries:
    """A scenario file on its way to be a scenario.

    Attributes:
        document: where the entries are written.
        folder: what they name is looked for here.
        problems: every problem found so far; more are added.
    """

    document: Document
    folder: Path
    problems: list[Problem]

    def problem(
        self,
        path: KeyPath,
        message: str,
        expected: str = "",
        remedy: str = "",
        *,
        key: bool = False,
    ) -> None:
        """Add a problem with an entry."""
        found = self.document.problem(path, message, expected, remedy, key=key)
        self.problems.append(found)

    def array(self, path: KeyPath, axes: Axes, value: Any, hint: str = "") -> FileArray | None:
        """Read one array; every entry of it that is not a finite number is a problem."""
        found = list(number_problems(self.document, path, value, len(axes)))
        self.problems.extend(found)
        return None if found else FileArray(path, axes, np.array(value, dtype=float), hint=hint)

    def leaves(
        self, path: KeyPath, entries: Any, tree: Tree, cell: Cell, *, all_of_it: bool = False
    ) -> Iterator[tuple[KeyPath, Axes, Any]]:
        """Yield each entry that a tree of names leads to, with its path and axes."""
        if not isinstance(entries, Mapping):
            message = f"{dotted(path)} is {described(entries)}"
            self.problem(path, message, f"a set of entries: {', '.join(tree)}")
            return
        for key in entries:
            if key not in tree:
                self.unknown((*path, key), tree, cell)
        missing = [key for key in tree if key not in entries]
        if missing and all_of_it:
            message = f"{dotted(path)} lacks {', '.join(missing)}"
            expected = f"{', '.join(tree)}, as set by the {kind_of(cell)} {cell.name}"
            lists = all(_axes_of(tree[key]) == 1 for key in missing)
            remedy = "write zeros where there are no biases" if lists else ""
            self.problem(path, message, expected, remedy, key=True)
        for key, inner in tree.items():
            if key not in entries:
                continue
            if isinstance(inner, dict):
                here = (*path, key)
                yield from self.leaves(here, entries[key], inner, cell, all_of_it=all_of_it)
            else:
                yield (*path, key), inner, entries[key]

    def unknown(self, path: KeyPath, known: Iterable[str], cell: Cell) -> None:
        """Add the problem that an entry's key is none of a cell's."""
        key = str(path[-1])
        message = f"unknown key {dotted(path)!r} for the {kind_of(cell)} {cell.name}"
        remedy = "write a space after the ':'" if ":" in key else did_you_mean(key, known)
        block, gate = cell.rows.get(key, ("", ""))
        if gate:
            remedy = f"write {block}: {{{gate}: …}}"
        self.problem(path, message, remedy=remedy, key=True)


def kind_of(cell: Cell) -> str:
    """Return what a page, or several, are for messages."""
    return "model" if ", " in cell.name else "cell"


def _axes_of(tree: Tree | Axes) -> int:
    """Return how many axes every array under a key has; 0 if not all have as many."""
    if not isinstance(tree, dict):
        return len(tree)
    found = {_axes_of(inner) for inner in tree.values()}
    return found.pop() if len(found) == 1 else 0
