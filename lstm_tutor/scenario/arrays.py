"""The arrays of a scenario file: their numbers, and what they say of the sizes of axes.

Which entries a scenario has is not known here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.files.document import Document, KeyPath, dotted
from lstm_tutor.files.phrase import counted
from lstm_tutor.files.problem import Problem, described
from lstm_tutor.files.scalar import number_remedy

Array = NDArray[np.float64]
# by the number of axes
_EXPECTED = ("a number", "a list of numbers", "rows of numbers: [[…], […]]")
REMEDIES = ("a number", "write a list: […, …]", "write one list per row: [[…], […]]")


@dataclass(frozen=True)
class FileArray:
    """An array of the file, before its shape is checked.

    Attributes:
        path: where it is in the scenario file, or would be if it were not in another one.
        axes: the axes that it should have.
        array: its numbers.
        name: what it is called in another file; empty if it is not from one.
        named_at: the entry that names the other file.
        hint: what to do where it has another shape.
    """

    path: KeyPath
    axes: Axes
    array: Array
    name: str = ""
    named_at: KeyPath = ()
    hint: str = ""

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.name or dotted(self.path)

    @property
    def written(self) -> KeyPath:
        """The path of the entry where it is written, or that names the file where it is."""
        return self.named_at or self.path

    @property
    def group(self) -> KeyPath:
        """The entries that are changed together: all inputs, all of W, the initial C."""
        if self.path[0] in ("inputs", "labels"):
            return self.path[:1]
        return self.path[: max(2, len(self.path) - 1)]

    @property
    def dropped(self) -> int:
        """How many leading axes of one unit are not written."""
        return len(self.axes) - self.array.ndim

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape, with the axes that are not written."""
        return (1,) * self.dropped + self.array.shape

    @property
    def sizes(self) -> dict[str, int]:
        """What the entry says about axis sizes; nothing if it has too many axes.

        A missing leading ``hidden`` axis means one hidden unit; a plain number means
        one entry on every axis.
        """
        return dict(zip(self.axes, self.shape, strict=True)) if self.dropped >= 0 else {}


def number_problems(
    document: Document, path: KeyPath, value: Any, rank: int
) -> Iterator[Problem]:
    """Yield what keeps a value from being an array of numbers with at most so many axes."""
    if not isinstance(value, list):
        if isinstance(value, bool) or not isinstance(value, int | float):
            message = f"{dotted(path)} is {described(value)}"
            yield document.problem(path, message, _EXPECTED[rank], number_remedy(value))
        elif not _finite(value):
            yield document.problem(path, f"{dotted(path)} is {value}", "a finite number")
    elif not value:
        yield document.problem(path, f"{dotted(path)} is an empty list", _EXPECTED[rank])
    elif rank == 0:
        message = f"{dotted(path)} is a list"
        yield document.problem(path, message, "a number", "remove these brackets")
    elif rank == 2 and any(isinstance(row, list) for row in value):
        yield from _matrix_problems(document, path, value)
    else:
        for index, item in enumerate(value):
            yield from number_problems(document, (*path, index), item, rank - 1)


def nested_problems(
    document: Document, path: KeyPath, value: Any, *, nulls: bool = False
) -> Iterator[Problem]:
    """Yield what keeps a value from being an array of numbers with any number of axes.

    Args:
        document: where it is written.
        path: its entry.
        value: what stands there.
        nulls: whether null may stand for a number, or for a whole part.
    """
    if not isinstance(value, list):
        if not (nulls and value is None):
            yield from number_problems(document, path, value, 0)
        return
    if not value:
        yield document.problem(path, f"{dotted(path)} is an empty list", "numbers")
    there = (number for number, item in enumerate(value) if item is not None)
    first = next(there, 0)
    usual = nested_shape(value[first]) if value else ()
    for index, item in enumerate(value):
        here = (*path, index)
        found = list(nested_problems(document, here, item, nulls=nulls))
        yield from found
        shape = nested_shape(item)
        if not found and item is not None and shape != usual:
            has, wanted = (" × ".join(map(str, s)) or "a number" for s in (shape, usual))
            message = f"{dotted(here)} has the shape {has}"
            yield document.problem(here, message, f"{wanted}, as {dotted((*path, first))} has")


def nested_shape(value: Any) -> tuple[int, ...]:
    """Return the shape of nested lists, as their first items that are not null have it."""
    if not isinstance(value, list):
        return ()
    first = next((item for item in value if item is not None), None)
    return (len(value), *nested_shape(first))


def nested_array(value: Any) -> Array:
    """Return the array of nested lists without a problem; NaN where null stands."""
    shape = nested_shape(value)

    def filled(part: Any, shape: tuple[int, ...]) -> Any:
        if part is None and shape:
            return np.full(shape, np.nan)
        return [filled(item, shape[1:]) for item in part] if shape else part

    return np.array(filled(value, shape), dtype=float).reshape(shape)


def _matrix_problems(document: Document, path: KeyPath, rows: list[Any]) -> Iterator[Problem]:
    """Check the rows of a matrix; those of unusual length are problems."""
    lengths = [len(row) if isinstance(row, list) else 0 for row in rows]
    usual = Counter(filter(None, lengths)).most_common(1)
    for index, row in enumerate(rows):
        here = (*path, index)
        if not isinstance(row, list):
            message = f"{dotted(here)} is {described(row)}"
            yield document.problem(here, message, _EXPECTED[1])
            continue
        yield from number_problems(document, here, row, 1)
        if row and len(row) != usual[0][0]:
            like = dotted((*path, lengths.index(usual[0][0])))
            message = f"{dotted(here)} has {counted(len(row), 'number')}"
            yield document.problem(here, message, f"{usual[0][0]}, as in {like}")


def _finite(value: int | float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
