"""How precisely a person works, and what formulas read of values that are rounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Call, Expression, Symbol
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.execution.places import Places

Array: TypeAlias = NDArray[Any]
_LITTLE = 1e-6  # of a value: what it changes is to first order
_BY_HAND = 6  # significant digits; who has more has a program


@dataclass(frozen=True)
class Working:
    """How precisely a person works: with so many significant digits, or decimals.

    Attributes:
        digits: significant digits; of a program's type between those that it keeps.
        decimals: places after the point, where all values have so many.
        typed: whether the digits are those of a program's type.
        step: of a value, how far a type of two bytes is off after a few operations; else 0.
        least: how far apart the smallest numbers of such a type are.
    """

    digits: float
    decimals: float | None = None
    typed: bool = False
    step: float = 0.0
    least: float = 0.0

    @property
    def by_hand(self) -> bool:
        """Whether so few digits are no program's, which rounds every part of a formula."""
        return not self.typed and (self.decimals is not None or self.digits <= _BY_HAND)

    def radius(self, value: Array) -> Array:
        """Return half a unit of the last digit of a value; 0 for 0."""
        size = np.abs(np.asarray(value, dtype=float))
        if self.decimals is not None:
            return np.where(size > 0, 0.5 * 10.0**-self.decimals, 0.0)
        if self.step:
            return np.where(size > 0, np.maximum(self.step * size, self.least), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            last = np.floor(np.log10(size)) + 1 - self.digits
            return np.where(size > 0, 0.5 * 10.0**last, 0.0)

    def bounded(self, radius: Array, parts: Array) -> Array:
        """Return radii that no long sequence makes huge: a program keeps half its digits.

        The bounds grow from step to step, far beyond what rounding does.

        Args:
            radius: the bounds, (…, rows, columns).
            parts: how large what each value is made of is; the value may cancel to 0.
        """
        size = np.max(parts, axis=(-2, -1), keepdims=True, initial=0.0)
        most = np.where((size > 0) & (size < np.inf), size * 10.0 ** (-self.digits / 2), np.inf)
        return np.asarray(np.minimum(radius, most))


@dataclass
class Known:
    """What is known of one symbol: over time (rows, units, sequences), else (rows, columns).

    Attributes:
        values: its values.
        radii: how far off the formulas that read it find it.
        before: how far off its own formula's value can be.
        sizes: how large what its values are made of is.
        given: which rows the person gave; of what has no time step, whether it.
        unfit: those that the person gave in another shape.
        least: how far each value is off by being written down.
    """

    values: Array
    radii: Array
    before: Array
    sizes: Array
    given: NDArray[np.bool_]
    unfit: NDArray[np.bool_]
    least: Array = field(default_factory=lambda: np.zeros(()))


@dataclass(frozen=True)
class Read:
    """How a formula reads a symbol.

    Attributes:
        known: what is known of it.
        exact: whether it has no radius.
        start: the row that is read at time step 0; None where every time step reads the same.
        cut: the time steps at which 0 is read.
    """

    known: Known
    exact: bool
    start: int | None = None
    cut: frozenset[int] = frozenset()

    def over(self, array: Array, times: range | int) -> Array:
        """Return the rows of an array that are read at some time steps, or at one."""
        if self.start is None:
            return array
        if isinstance(times, int):
            row: Array = array[self.start + times]
            return np.zeros_like(row) if times in self.cut else row
        rows: Array = array[self.start + times.start : self.start + times.stop]
        if self.cut:
            rows = rows * ~np.isin(np.array(times), list(self.cut))[:, None, None]
        return rows


class Work:
    """One formula, compiled, and what it reads."""

    def __init__(
        self,
        places: Places,
        expression: Expression,
        reads: Mapping[Symbol, Read],
        working: Working,
    ) -> None:
        self._parts, fine = 0.0, not working.by_hand
        if working.typed and isinstance(expression, Call):
            self._parts = FUNCTIONS[expression.function].parts
        self.reads = list(reads.values())
        exact = frozenset(symbol for symbol, read in reads.items() if read.exact)
        self._bounded = places.bounded(expression, exact)
        self._sized = places.bounded(expression, frozenset()) if fine else None

    def pair(self, times: range | int) -> tuple[Array, Array]:
        """Return the formula's values at some time steps, or at one, and how far they are
        off by what they read.
        """
        values = [read.over(read.known.values, times) for read in self.reads]
        radii = [read.over(read.known.radii, times) for read in self.reads if not read.exact]
        found, radius = self._bounded(*values, *radii)
        unfit = self._unfit(times)
        return found, np.where(unfit, np.inf, radius) if np.any(unfit) else radius

    def radius(self, times: range | int, shape: tuple[int, ...]) -> Array:
        """Return how far the values are off, in a shape."""
        return np.broadcast_to(self.pair(times)[1], shape)

    def moved(self, times: range | int) -> Array:
        """Return how large what the values are made of is, by how little moves them."""
        if self._sized is None:
            return np.zeros(())
        read = [one.over(one.known.values, times) for one in self.reads]
        little = (_LITTLE * one.over(one.known.sizes, times) for one in self.reads)
        return np.asarray(np.maximum(self._sized(*read, *little)[1] / _LITTLE, self._parts))

    def sizes(self, times: range | int, values: Array) -> Array:
        """Return how large what some values are made of is, themselves included."""
        return np.maximum(self.moved(times), np.abs(values))

    def _unfit(self, times: range | int) -> Any:
        found: Any = False
        for read in self.reads:
            if read.known.unfit.any():
                rows = read.over(read.known.unfit, times)
                found = found | (rows[:, None, None] if rows.ndim else rows)
        return found


def blank(values: Array, rows: tuple[int, ...], working: Working) -> Known:
    """Return values of which nothing else is known yet."""
    radii, before = np.zeros(values.shape), np.zeros(values.shape)
    given, unfit = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
    least = working.radius(values)
    return Known(values, radii, before, np.abs(values), given, unfit, least)
