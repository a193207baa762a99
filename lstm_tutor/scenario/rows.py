"""The rows of a scenario's series, as they are written: numbers, classes, a text, a file.

A row stands for a time step; one level more is a batch, sequence by sequence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.files.document import KeyPath, dotted
from lstm_tutor.files.phrase import counted
from lstm_tutor.files.problem import described
from lstm_tutor.model.loss import CLASSES, NUMBERS, SHARES
from lstm_tutor.scenario.arrays import FileArray, number_problems
from lstm_tutor.scenario.entries import Entries
from lstm_tutor.scenario.laid import is_laid, laid_array
from lstm_tutor.scenario.series import Class, Row, Series
from lstm_tutor.scenario.spelling import NO_LETTERS, TEXT, VOCABULARY, Text, text_of

Array = NDArray[Any]
_ADDED_UP = 1e-6  # how far from 1 shares may add up, since they are written with few digits
TIME, BATCH = "time", "batch"


def read_series(
    entries: Entries,
    path: KeyPath,
    axes: Axes,
    value: Any,
    like: Series | None = None,
    *,
    optional: bool = False,
    kind: str = NUMBERS,
) -> Series | None:
    """Read one row per time step, of each sequence; every problem is noted.

    Args:
        entries: the scenario file.
        path: the entry.
        axes: the axes of a row.
        value: what stands there.
        like: the inputs, which say whether there is a batch; None for themselves.
        optional: whether a row may be null.
        kind: what a row is, as a loss says of its labels.

    Returns:
        The series; None if nothing of it can be used.
    """
    reader = _Reader(entries, path, axes, like, optional, kind)
    if not isinstance(value, Mapping):
        return reader.series(value)
    if not axes:
        message = f"{dotted(path)} is {described(value)}, and the page reads one number"
        entries.problem(path, message, "a list with one number per time step")
        return None
    if is_laid(value):
        return reader.laid(value)
    if TEXT in value or VOCABULARY in value:
        return reader.spelled(value)
    message = f"{dotted(path)} is {described(value)} without a text, values or a file"
    expected = "a list with one row per time step, or text: …, values: … or file: …"
    entries.problem(path, message, expected)
    return None


@dataclass(frozen=True)
class _Reader:
    entries: Entries
    path: KeyPath
    axes: Axes
    like: Series | None
    optional: bool
    kind: str
    name: str = ""
    """What a row is called that stands in an array."""
    entry: KeyPath = ()
    """The entry of that array."""

    def _problem(
        self, path: KeyPath, message: str, expected: str = "", remedy: str = ""
    ) -> None:
        self.entries.problem(path, message, expected, remedy)

    def spelled(self, value: Mapping[str, Any]) -> Series | None:
        """Read a text."""
        if self.path[0] == "upstream":
            message = f"{dotted(self.path)} is a text, and a gradient is made of numbers"
            self._problem(self.path, message, "a list with one row per time step")
            return None
        if self.path[0] == "labels" and self.kind != SHARES:
            message = "the characters of a text are classes, which this loss does not compare"
            remedy = "write 'loss: cross-entropy', and end the model with softmax"
            self._problem(self.path, message, remedy=remedy)
            return None
        other = self.like.vocabulary if self.like else NO_LETTERS
        text = text_of(self.entries, self.path, value, other)
        if text is None:
            return None
        found = self.series(self._rows_of(text), text.batch)
        return found and replace(found, vocabulary=text.vocabulary)

    def _rows_of(self, text: Text) -> list[Any]:
        letters = text.vocabulary.letters
        of = text.vocabulary.one_hot if self.kind != SHARES else letters.index
        rows = [[of(letter) for letter in each] for each in text.texts]
        return rows if text.batch else rows[0]

    def laid(self, value: Mapping[str, Any]) -> Series | None:
        """Read an array whose axes are named; without an axis of time it is one time step, of
        what stands beside the inputs the last one.
        """
        unit = self.axes[0]
        usual = {1: (TIME,), 2: (TIME, unit), 3: (BATCH, TIME, unit)}
        known = (BATCH, TIME, unit)
        found = laid_array(self.entries, self.path, value, known, usual, nan=self.optional)
        if found is None:
            return None
        batch, alone, array = BATCH in found.axes, unit not in found.axes, found.values
        if TIME not in found.axes:
            array = np.expand_dims(array, int(batch))
            before = self.like.steps - 1 if self.like else 0
            around = [(0, 0)] * array.ndim
            around[int(batch)] = (before, 0)
            array = np.pad(array, around, constant_values=np.nan) if before else array
        reader = replace(self, name=found.name, entry=found.entry)
        return reader.series(self._rows_in(array[..., None] if alone else array, alone), batch)

    def _rows_in(self, found: Array, alone: bool) -> Any:
        """Return an array's rows as they would be written, whole numbers as classes."""
        if found.ndim == 3:
            return [self._rows_in(sequence, alone) for sequence in found]
        rows = []
        for row in found:
            written: Any = row.tolist()
            if np.isnan(row).all():
                written = None
            elif alone and self.kind == SHARES and float(row[0]).is_integer():
                written = int(row[0])
            rows.append(written)
        return rows

    def series(self, value: Any, batch: bool | None = None) -> Series | None:
        """Read the rows of one sequence or several."""
        if not isinstance(value, list) or not value:
            empty = "an empty list" if value == [] else described(value)
            message = f"{dotted(self.path)} is {empty}"
            expected = "a list of sequences" if self._batch else "a list"
            self._problem(self.path, message, f"{expected} with one row per time step")
            return None
        several = _is_batch(value) if batch is None else batch
        if self.like is None:
            return self._sequences(value) if several else self._one(value)
        if self._batch:
            return self._sequences(value) if self._fits(value, batch) else None
        if several:
            message = f"{dotted(self.path)} is a batch of {counted(len(value), 'sequence')}"
            expected = f"one row per time step: {self._as_inputs('one sequence')}"
            self._problem(self.path, message, expected)
            return None
        return self._one(value)

    @property
    def _batch(self) -> bool:
        return self.like is not None and self.like.batch is not None

    def _as_inputs(self, what: str) -> str:
        path = self.like.path if self.like else ()
        line = self.entries.document.place(path).line
        return f"{dotted(path)} (line {line}) is {what}"

    def _fits(self, value: list[Any], batch: bool | None) -> bool:
        """Whether a series beside a batch is one, too."""
        if batch is not False and any(isinstance(rows, list) for rows in value):
            return True
        expected = f"a list of sequences, each a list of rows: {self._as_inputs('a batch')}"
        self._problem(self.path, f"{dotted(self.path)} is one sequence", expected)
        return False

    def _one(self, value: list[Any]) -> Series:
        self._some(value)
        return Series(self.path, self.axes, (tuple(self._rows(self.path, value)),), None)

    def _sequences(self, value: list[Any]) -> Series | None:
        known = len(self.entries.problems)
        for number, rows in enumerate(value):
            here = (*self.path, number)
            if not isinstance(rows, list) or not rows:
                empty = "an empty list" if rows == [] else described(rows)
                message = f"{dotted(here)} is {empty}"
                self._problem(here, message, "a sequence of the batch: a list of rows")
        if len(self.entries.problems) > known:
            return None
        self._some([row for rows in value for row in rows])
        found = [tuple(self._rows((*self.path, n), rows)) for n, rows in enumerate(value)]
        return Series(self.path, self.axes, tuple(found), len(found))

    def _some(self, rows: list[Any]) -> None:
        """Check that there is a row at all, where rows may be missing."""
        if not self.optional or any(row is not None for row in rows):
            return
        if self.path[0] == "labels":
            message, expected = "no time step has a label", "at least one, or no labels at all"
        else:
            message = f"{dotted(self.path)} has no gradient at any time step"
            expected = "at least one, or no such entry"
        self._problem(self.path, message, expected)

    def _rows(self, path: KeyPath, rows: list[Any]) -> Iterator[Row]:
        """Yield one entry per time step; a null row is None where that is allowed."""
        batch = path != self.path
        told = False
        for index, row in enumerate(rows):
            bare = batch and self.axes and not isinstance(row, list | None)
            if bare and not self._is_class(row):
                if not told:
                    self._bare((*path, index), row)
                told = True
                yield None
            else:
                yield self._row((*path, index), row)

    def _bare(self, path: KeyPath, row: Any) -> None:
        number = isinstance(row, int | float) and not isinstance(row, bool)
        remedy = f"write [{row}]" if number else ""
        expected = "a list of numbers: in a batch every row is one"
        self._problem(path, f"{dotted(path)} is {described(row)}", expected, remedy)

    def _is_class(self, row: Any) -> bool:
        return self.kind == SHARES and isinstance(row, int) and not isinstance(row, bool)

    def _row(self, path: KeyPath, row: Any) -> Row:
        if row is None and self.optional:
            return None
        if self._is_class(row):
            return Class(path, row)
        found = list(number_problems(self.entries.document, path, row, len(self.axes)))
        self.entries.problems.extend(found)
        if found:
            return None
        array = np.array(row, dtype=float)
        self._label(path, array)
        return FileArray(path, self.axes, array, self.name, self.entry)

    def _label(self, path: KeyPath, array: Array) -> None:
        """Check that a label is what the loss compares."""
        outside = array[(array < 0) | (array > 1)]
        if self.kind == SHARES and (array.min() < 0 or abs(array.sum() - 1) > _ADDED_UP):
            message = f"{dotted(path)} adds up to {array.sum():g}"
            if array.min() < 0:
                message = f"{dotted(path)} has a share of {array.min():g}"
            expected = "a class, counted from 0, or shares that add up to 1"
            self._problem(path, message, expected)
        elif self.kind == CLASSES and outside.size:
            message = f"{dotted(path)} has the label {outside[0]:g}"
            self._problem(path, message, "0 for no, 1 for yes, or a probability between them")


def _is_batch(value: list[Any]) -> bool:
    """Whether most rows would be lists if there were three levels: sequences of rows."""
    inner = [row for rows in value if isinstance(rows, list) for row in rows]
    lists = sum(isinstance(row, list) for row in inner)
    return lists > sum(row is not None for row in inner) / 2
