"""A written array brought into a true shape: as it is, joined, split or turned.

Nothing here knows what the numbers mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.submission.places import NOWHERE, Places, place_in

Array = NDArray[Any]
TIME, BATCH, UNITS = "T", "N", "U"
AXES = ("TNU", "NTU", "TUN", "UNT", "UTN", "NUT")
"""The orders in which arrays over time stand: time, the sequences of a batch, units."""
OURS = "TUN"
"""How sheets of ours print them: one column for each sequence."""
_TOLERANCE = 1e-9  # of a value that is compared to put readings in order


@dataclass(frozen=True)
class Pair:
    """A written value and its units, which keep the same shape."""

    value: Array
    unit: Array

    def reshape(self, shape: tuple[int, ...]) -> Pair:
        """Return it in another shape of the same size."""
        return Pair(self.value.reshape(shape), self.unit.reshape(shape))

    def transpose(self, *axes: int) -> Pair:
        """Return it with its axes in another order; by default the other way round."""
        order = axes or None
        return Pair(self.value.transpose(order), self.unit.transpose(order))

    def without(self, axis: int) -> Pair:
        """Return it without an axis of one entry."""
        return Pair(self.value.squeeze(axis), self.unit.squeeze(axis))

    def rows(self) -> list[Pair]:
        """Return its parts along the first axis."""
        pairs = zip(self.value, self.unit, strict=True)
        return [Pair(np.asarray(value), np.asarray(unit)) for value, unit in pairs]

    def agrees(self, true: Array) -> bool:
        """Whether it is the true value, as far as its digits say."""
        return self.value.shape == np.shape(true) and bool(self.near(true).all())

    def near(self, true: Array, little: float = _TOLERANCE) -> Array:
        """Return which entries are the true ones; these may have a first axis more."""
        allowed = self.unit * (1 + _TOLERANCE) + little * np.abs(true) + 1e-15
        with np.errstate(invalid="ignore"):
            return np.asarray(np.abs(self.value - true) <= allowed)


def matrix(pair: Pair, shape: tuple[int, ...], *, turned: bool) -> Pair | None:
    """Return a parameter in a shape of its size: turned, if it can be either way.

    Where only one way has the shape, it is that one.
    """
    if pair.value.size != prod(shape):
        return None
    straight = pair.reshape(shape) if _fits(pair.value.shape, shape) else None
    other = None
    if pair.value.ndim == 2 and min(pair.value.shape) > 1:
        back = pair.transpose()
        other = back.reshape(shape) if _fits(back.value.shape, shape) else None
    return (other or straight) if turned else (straight or other)


def series(
    pair: Pair, lead: tuple[int, ...], gates: tuple[int, ...], shape: tuple[int, ...], axes: str
) -> Pair | None:
    """Return a signal's values in the shape ``(time, gates, units, batch)``.

    Args:
        pair: as written.
        lead: ``(time,)``, or () for one time step.
        gates: ``(gates,)`` of a block, or ().
        shape: of one gate at one time step: ``(units, batch)``, without what it has not.
        axes: the order in which the file's arrays have time, batch and units.
    """
    whole = (*lead, *gates, *shape)
    if pair.value.size != prod(whole):
        return None
    if len(shape) < 2 and not lead:
        return pair.reshape(whole) if _fits(pair.value.shape, whole) else _turned(pair, whole)
    units = (*gates, *shape[:1])
    there = (TIME if lead else "") + (UNITS if units else "") + (BATCH if shape[1:] else "")
    joined = (prod(units),) if units else ()
    sizes = dict(zip(there, (*lead, *joined, *shape[1:]), strict=True))
    while pair.value.ndim > len(there) and 1 in pair.value.shape:
        pair = pair.without(pair.value.shape.index(1))
    for order in _orders(axes, there):
        if pair.value.shape == tuple(sizes[axis] for axis in order):
            return pair.transpose(*(order.index(axis) for axis in there)).reshape(whole)
    return pair.reshape(whole) if _fits(pair.value.shape, whole) else None


def _turned(pair: Pair, whole: tuple[int, ...]) -> Pair | None:
    """Return a block whose gates stand in columns."""
    if pair.value.ndim != 2 or min(pair.value.shape) < 2:
        return None
    back = pair.transpose()
    return back.reshape(whole) if _fits(back.value.shape, whole) else None


def _orders(axes: str, there: str) -> Iterator[str]:
    """Yield the orders of the axes that are there, that of the file first."""
    yield "".join(axis for axis in axes if axis in there)
    yield from map("".join, permutations(there))


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


def distance(value: Array, true: Array) -> float:
    """Return how far apart two arrays are; infinite if they differ in shape."""
    return float(np.abs(value - true).sum()) if value.shape == true.shape else np.inf


def part_fit(pair: Pair, true: Array, places: Places, little: float, batched: bool) -> float:
    """Return how much of a value is about right that is a part of an array by its name.

    Args:
        pair: the value.
        true: the whole array.
        places: which unit or sequence the name says.
        little: of a value: what is no more off is about right.
        batched: whether the array's last axis is that of sequences.
    """
    if places == NOWHERE:
        return 0.0
    ways = (place_in(true.shape, places, batched=batched, first=n) for n in (0, 1))
    cut = [true[place].ravel() for place in ways if place]
    own = Pair(pair.value.ravel(), pair.unit.ravel())
    fits = [own.near(part, little).mean() for part in cut if part.size == own.value.size]
    return float(max(fits, default=0.0))
