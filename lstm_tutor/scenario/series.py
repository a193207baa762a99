"""What a scenario gives at every time step: inputs, labels and gradients from outside.

How their rows are written is for `lstm_tutor.scenario.rows`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.files.document import Document, KeyPath, dotted
from lstm_tutor.files.phrase import counted
from lstm_tutor.files.problem import Problem
from lstm_tutor.scenario.arrays import FileArray
from lstm_tutor.scenario.entries import Entries
from lstm_tutor.scenario.spelling import NO_LETTERS, Vocabulary

Array = NDArray[Any]


@dataclass(frozen=True)
class Class:
    """A label that is a class, counted from 0."""

    path: KeyPath
    number: int


Row = FileArray | Class | None


@dataclass(frozen=True)
class Series:
    """One quantity at every time step, of one sequence or of several.

    Attributes:
        path: its entry.
        axes: the axes of a row.
        rows: sequence by sequence, one row per time step.
        batch: how many sequences; None for one that is not written as a batch.
        vocabulary: the characters that a row's entries, or classes, stand for.
    """

    path: KeyPath
    axes: Axes
    rows: tuple[tuple[Row, ...], ...]
    batch: int | None
    vocabulary: Vocabulary = NO_LETTERS

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return len(self.rows[0]) if self.rows else 0

    @property
    def arrays(self) -> Iterator[FileArray]:
        """The rows that are written out."""
        return (row for rows in self.rows for row in rows if isinstance(row, FileArray))

    def values(self, sizes: Mapping[str, int]) -> tuple[Array, Array]:
        """Return the numbers (time, …[, batch]) and where there are any, (time[, batch])."""
        shape = [sizes[axis] for axis in self.axes]
        found = np.zeros((len(self.rows), self.steps, *shape))
        for sequence, rows in enumerate(self.rows):
            for t, row in enumerate(rows):
                if isinstance(row, Class):
                    found[sequence, t, row.number] = 1.0
                elif row is not None:
                    found[sequence, t] = row.array.reshape(shape)
        there = np.array([[row is not None for row in rows] for rows in self.rows])
        if self.batch is None:
            return found[0], there[0]
        return np.moveaxis(found, 0, -1), there.T

    def label_problems(self, document: Document, sizes: Mapping[str, int]) -> Iterator[Problem]:
        """Yield the classes that there are not."""
        for rows in self.rows:
            for row in rows:
                if isinstance(row, Class) and self.axes[0] in sizes:
                    count = sizes[self.axes[0]]
                    if not 0 <= row.number < count:
                        message = f"{dotted(row.path)} is the class {row.number}"
                        expected = f"0 to {count - 1}: there are {count} classes"
                        yield document.problem(row.path, message, expected)


def same_sizes(entries: Entries, every: Sequence[Series]) -> None:
    """Check that all series have as many sequences, and time steps, as the first."""
    first = every[0]
    line = entries.document.place(first.path).line
    for series in every:
        if series.batch != first.batch:
            have = counted(len(series.rows), "sequence")
            entries.problem(
                series.path,
                f"{dotted(series.path)} has {have} on the axis 'batch'",
                f"{first.batch}, as set by {dotted(first.path)} (line {line})",
            )
        wrong = [n for n, rows in enumerate(series.rows) if len(rows) != first.steps]
        alike = len({len(rows) for rows in series.rows}) == 1  # told once
        for number in wrong[:1] if alike else wrong:
            path = series.path if alike else (*series.path, number)
            _other_length(entries, path, len(series.rows[number]), first, line)


def _other_length(
    entries: Entries, path: KeyPath, rows: int, first: Series, line: int | None
) -> None:
    ragged = path[0] == first.path[0]
    remedy = "write null where a step has no label" if rows < first.steps else ""
    if ragged:
        remedy = "sequences of different lengths are scenarios of their own"
    elif remedy and path[0] == "upstream":
        remedy = "write null where no gradient comes from outside"
    entries.problem(
        path,
        f"{dotted(path)} has {counted(rows, 'row')} on the axis 'time'",
        f"{first.steps}, one per time step, as set by {dotted(first.path)} (line {line})",
        remedy,
    )
