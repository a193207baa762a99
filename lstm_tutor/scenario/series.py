"""What a scenario gives at every time step: inputs, labels and gradients from outside.

A row stands for a time step; one level more is a batch, sequence by sequence. Characters
stand for the rows of a text.
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
from lstm_tutor.files.problem import Problem, described
from lstm_tutor.scenario.arrays import FileArray, number_problems
from lstm_tutor.scenario.entries import Entries

Array = NDArray[Any]
_ADDED_UP = 1e-6  # how far from 1 shares may add up, since they are written with few digits
_TEXT_KEYS = ("text", "vocabulary")


@dataclass(frozen=True)
class Class:
    """A label that is a class, counted from 0."""

    path: KeyPath
    number: int


Row = FileArray | Class | None


class Written:
    """The entries of a scenario file that have a row per time step, texts spelled out."""

    def __init__(self, entries: Entries, inputs: Any, labels: Any) -> None:
        """Take the two entries; what is wrong with a text is added to the problems."""
        self.entries = entries
        self.vocabulary = ""
        self.vocabulary_at: KeyPath = ()
        self.inputs = self._spelled(("inputs",), inputs)
        self.labels = self._spelled(("labels",), labels)
        self.batch = _is_batch(self.inputs)
        self.spelled = self.vocabulary if _is_text(inputs) else ""

    def _spelled(self, path: KeyPath, value: Any) -> Any:
        """Return a text as numbers: of inputs one row a character, of labels its class."""
        if not _is_text(value):
            return value
        key = str(path[0])
        for name in value:
            if name not in _TEXT_KEYS:
                message = f"unknown key {dotted((*path, name))!r}"
                self.entries.problem((*path, name), message, f"one of {', '.join(_TEXT_KEYS)}")
        texts = value.get("text")
        one = isinstance(texts, str)
        found = [texts] if one else texts
        if not isinstance(found, list) or not all(isinstance(t, str) and t for t in found):
            message = f"{key}.text is {described(texts)}"
            self.entries.problem(
                (*path, "text"), message, "a text, or a list of texts for a batch"
            )
            return []
        self._spell_vocabulary(path, value, "".join(found))
        letters = self.vocabulary
        rows = []
        for text in found:
            unknown = [letter for letter in text if letter not in letters]
            if unknown:
                message = f"{unknown[0]!r} is not in the vocabulary {letters!r}"
                self.entries.problem((*path, "text"), message)
                return []
            rows.append([self._row(key, letter) for letter in text])
        return rows[0] if one else rows

    def _spell_vocabulary(self, path: KeyPath, value: Mapping[str, Any], text: str) -> None:
        given = value.get("vocabulary")
        if given is None:
            self.vocabulary_at = self.vocabulary_at or (*path, "text")
            self.vocabulary = self.vocabulary or "".join(dict.fromkeys(text))
        elif not isinstance(given, str) or len(set(given)) != len(given) or not given:
            expected = "its characters, each once, such as helo"
            message = f"{path[0]}.vocabulary is {described(given)}"
            self.entries.problem((*path, "vocabulary"), message, expected)
        else:
            self.vocabulary, self.vocabulary_at = given, (*path, "vocabulary")

    def _row(self, key: str, letter: str) -> Any:
        number = self.vocabulary.index(letter)
        if key == "labels":
            return number
        return [float(number == other) for other in range(len(self.vocabulary))]


def _is_text(value: Any) -> bool:
    return isinstance(value, Mapping) and "text" in value


def _is_batch(value: Any) -> bool:
    """Whether there are three levels: sequences of rows."""
    return (
        isinstance(value, list)
        and bool(value)
        and isinstance(value[0], list)
        and bool(value[0])
        and isinstance(value[0][0], list)
    )


@dataclass(frozen=True)
class Series:
    """One quantity at every time step, of one sequence or of several.

    Attributes:
        path: its entry.
        axes: the axes of a row.
        rows: sequence by sequence, one row per time step.
        batch: how many sequences; None for one that is not written as a batch.
    """

    path: KeyPath
    axes: Axes
    rows: tuple[tuple[Row, ...], ...]
    batch: int | None

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


def read_series(
    written: Written,
    path: KeyPath,
    axes: Axes,
    value: Any,
    *,
    optional: bool = False,
    classes: bool = False,
) -> Series:
    """Read one row per time step, of each sequence; every problem is noted.

    Args:
        written: the file's entries.
        path: the entry.
        axes: the axes of a row.
        value: what stands there.
        optional: whether a row may be null.
        classes: whether a whole number is a class, and a row has shares that add up to 1.
    """
    reader = _Reader(written, axes, optional, classes)
    if not written.batch:
        reader.some_label(path, value)
        return Series(path, axes, (tuple(reader.rows(path, value)),), None)
    if not isinstance(value, list) or not all(isinstance(rows, list) for rows in value):
        message = f"{dotted(path)} is {described(value)}"
        written.entries.problem(
            path, message, "a list of sequences, as inputs is, each a list of rows"
        )
        return Series(path, axes, (), 0)
    reader.some_label(path, [row for rows in value for row in rows])
    found = [tuple(reader.rows((*path, n), rows)) for n, rows in enumerate(value)]
    return Series(path, axes, tuple(found), len(found))


@dataclass(frozen=True)
class _Reader:
    written: Written
    axes: Axes
    optional: bool
    classes: bool

    def some_label(self, path: KeyPath, rows: Any) -> None:
        """Check that there is a label at all, where labels are given."""
        none = isinstance(rows, list) and rows and all(row is None for row in rows)
        if none and path[0] == "labels":
            message, expected = "no time step has a label", "at least one, or no labels at all"
            self.written.entries.problem(path, message, expected)

    def rows(self, path: KeyPath, rows: Any) -> Iterator[Row]:
        """Yield one entry per time step; a null row is None where that is allowed."""
        problem = self.written.entries.problem
        if not isinstance(rows, list):
            message = f"{dotted(path)} is {described(rows)}"
            problem(path, message, "a list with one row per time step")
            return
        if not rows:
            problem(path, f"{dotted(path)} is an empty list", "one row per time step")
        for index, row in enumerate(rows):
            yield from self._row((*path, index), row)

    def _row(self, path: KeyPath, row: Any) -> Iterator[Row]:
        written = self.written
        if row is None and self.optional:
            yield None
            return
        whole = isinstance(row, int) and not isinstance(row, bool)
        if self.classes and whole:
            yield Class(path, row)
            return
        if written.batch and not isinstance(row, list) and len(self.axes) == 1:
            message = f"{dotted(path)} is {described(row)}"
            written.entries.problem(path, message, "a list of numbers: in a batch a row is one")
            yield None
            return
        found = list(number_problems(written.entries.document, path, row, len(self.axes)))
        written.entries.problems.extend(found)
        if not found:
            array = np.array(row, dtype=float)
            if self.classes and (array.min() < 0 or abs(array.sum() - 1) > _ADDED_UP):
                message = f"{dotted(path)} adds up to {array.sum():g}"
                expected = "a class, counted from 0, or shares that add up to 1"
                written.entries.problem(path, message, expected)
            yield FileArray(path, self.axes, array)
        else:
            yield None


def same_sizes(written: Written, every: Sequence[Series]) -> None:
    """Check that all series have as many sequences, and time steps, as the first."""
    first = every[0]
    line = written.entries.document.place(first.path).line
    for series in every:
        if series.batch != first.batch and series.rows:
            have = counted(len(series.rows), "sequence")
            written.entries.problem(
                series.path,
                f"{dotted(series.path)} has {have} on the axis 'batch'",
                f"{first.batch}, as set by {dotted(first.path)} (line {line})",
            )
        for number, rows in enumerate(series.rows):
            if rows and first.steps and len(rows) != first.steps:
                path = series.path if series.batch is None else (*series.path, number)
                _other_length(written, path, len(rows), first, line)


def _other_length(
    written: Written, path: KeyPath, rows: int, first: Series, line: int | None
) -> None:
    ragged = path[0] == first.path[0]
    remedy = "write null where a step has no label"
    if ragged:
        remedy = "sequences of different lengths are scenarios of their own"
    elif path[0] == "upstream":
        remedy = "write null where no gradient comes from outside"
    written.entries.problem(
        path,
        f"{dotted(path)} has {counted(rows, 'row')} on the axis 'time'",
        f"{first.steps}, one per time step, as set by {dotted(first.path)} (line {line})",
        remedy,
    )
