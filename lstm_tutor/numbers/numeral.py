"""Numbers and arrays as text, at a number of significant digits.

A one-element array is written as a plain number and a matrix of one row as a flat
row, as scenarios write them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
FULL = 17
_ROUND_OFF = 15


def significant(value: float, digits: int) -> str:
    """Write a number at so many significant digits; 17 is the shortest exact text."""
    value = float(value) + 0.0  # -0.0 is written 0
    if digits >= FULL:
        text = repr(value)
        return text.removesuffix(".0") if "e" not in text else text
    return f"{value:.{digits}g}"


def array_text(value: Array, digits: int) -> str:
    """Write an array in nested brackets, a one-element array as a plain number."""
    array = np.asarray(value)
    if array.size == 1:
        return significant(array.reshape(()).item(), digits)
    if array.ndim > 1 and array.shape[0] == 1:
        return array_text(array[0], digits)
    return _brackets(array, digits)


def _brackets(array: Array, digits: int) -> str:
    if array.ndim == 0:
        return significant(array.item(), digits)
    return f"[{', '.join(_brackets(row, digits) for row in array)}]"


def rounded(value: Array, digits: int) -> Array:
    """Return the array as its text says it: every entry at so many digits."""
    array = np.asarray(value, dtype=float)
    if digits >= FULL:
        return array
    flat = [float(significant(entry, digits)) for entry in array.ravel().tolist()]
    return np.array(flat).reshape(array.shape)


def same(left: Array, right: Array) -> bool:
    """Whether all entries are equal but for the last bits of their storage."""
    pairs = zip(np.ravel(left).tolist(), np.ravel(right).tolist(), strict=True)
    return all(f"{a + 0.0:.{_ROUND_OFF}g}" == f"{b + 0.0:.{_ROUND_OFF}g}" for a, b in pairs)


def shape_text(shape: tuple[int, ...]) -> str:
    """Write a shape: ``4 × 8``; a scalar's is ``1``."""
    return " × ".join(str(size) for size in shape) or "1"


def summary(value: Array, digits: int, first: int = 3) -> str:
    """Describe an array that is too large to write out."""
    array = np.asarray(value)
    start = ", ".join(significant(entry, digits) for entry in array.ravel()[:first].tolist())
    low, mean, high = (
        significant(float(figure), digits)
        for figure in (array.min(), array.mean(), array.max())
    )
    return f"{shape_text(array.shape)}: min {low}, mean {mean}, max {high}; [{start}, …]"
