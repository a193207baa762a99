"""A written array brought into a true shape: as it is, joined, split or transposed.

Nothing here knows what the numbers mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_TOLERANCE = 1e-9  # of a value that is compared to put readings in order


@dataclass(frozen=True)
class Pair:
    """A written value and its units, which keep the same shape."""

    value: Array
    unit: Array

    def reshape(self, shape: tuple[int, ...]) -> Pair:
        """Return it in another shape of the same size."""
        return Pair(self.value.reshape(shape), self.unit.reshape(shape))

    def transpose(self) -> Pair:
        """Return it with its axes in the other order."""
        return Pair(self.value.T, self.unit.T)

    def rows(self) -> list[Pair]:
        """Return its parts along the first axis."""
        pairs = zip(self.value, self.unit, strict=True)
        return [Pair(np.asarray(value), np.asarray(unit)) for value, unit in pairs]

    def agrees(self, true: Array) -> bool:
        """Whether it is the true value, as far as its digits say."""
        return self.value.shape == np.shape(true) and bool(self.near(true).all())

    def near(self, true: Array) -> Array:
        """Return which entries are the true ones; these may have a first axis more."""
        allowed = self.unit * (1 + _TOLERANCE) + _TOLERANCE * np.abs(true) + 1e-15
        with np.errstate(invalid="ignore"):
            return np.asarray(np.abs(self.value - true) <= allowed)


def fitted(pair: Pair, shape: tuple[int, ...], *, transposed: bool) -> list[Pair]:
    """Return a value in a shape of its size: as it is, then transposed."""
    if pair.value.size != prod(shape):
        return []
    found = [pair.reshape(shape)] if _fits(pair.value.shape, shape) else []
    turned = pair.transpose()
    if pair.value.ndim == 2 and min(pair.value.shape) > 1 and _fits(turned.value.shape, shape):
        found.append(turned.reshape(shape))
    return found[::-1] if transposed else found


def _fits(have: tuple[int, ...], want: tuple[int, ...]) -> bool:
    """Whether a shape of the same size differs by axes of one entry, or by neighbouring axes
    that are joined or split.
    """
    return _joins(have, want) or _joins(want, have)


def _joins(have: tuple[int, ...], want: tuple[int, ...]) -> bool:
    """Whether every axis of a shape is made of neighbouring axes of the other."""
    have_ends = {prod(have[:count]) for count in range(len(have) + 1)}
    want_ends = {prod(want[:count]) for count in range(len(want) + 1)}
    return have_ends <= want_ends


def is_part(have: tuple[int, ...], want: tuple[int, ...]) -> bool:
    """Whether a value of one shape can be spread to another, or is one of its rows."""
    short = tuple(size for size in have if size != 1)
    try:
        spread = np.broadcast_shapes(have, want) == want
    except ValueError:
        spread = False
    return spread or not short or short == want[: len(short)] or short == want[-len(short) :]
