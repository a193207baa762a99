"""The arrays of a run: one for each symbol, those of a stack beside each other in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.axes import Axes, size_of
from lstm_tutor.algebra.expression import Expression, Signal, shifted, symbols
from lstm_tutor.execution.fusion import Layout, Slot
from lstm_tutor.execution.hoisting import Statement

Array = NDArray[Any]


@dataclass(frozen=True)
class Shape:
    """The sizes of everything in a run.

    Attributes:
        axes: the axes of every symbol, time and sequences apart.
        sizes: the size of each axis.
        steps: time steps.
        sequences: sequences of a batch.
        lanes: how many programs are run as one; None for one without an axis for it.
        varied: the symbols that differ by lane; the others have one lane for all.
        kind: float or complex.
    """

    axes: Mapping[str, Axes]
    sizes: Mapping[str, int]
    steps: int
    sequences: int = 1
    lanes: int | None = None
    varied: frozenset[str] = frozenset()
    kind: type = float

    def rank(self, name: str) -> int:
        """Return the number of a symbol's axes."""
        return len(self.axes[name])

    def units(self, name: str) -> tuple[int, ...]:
        """Return the sizes of a symbol's axes; a scalar counts as one unit."""
        return tuple(size_of(axis, self.sizes) for axis in self.axes[name]) or (1,)

    def lane(self, name: str) -> tuple[int, ...]:
        """Return the axis of lanes, if there is one."""
        if self.lanes is None:
            return ()
        return (self.lanes if name in self.varied else 1,)


class Memory:
    """The arrays of a run, made when they are first asked for, of zeros.

    A signal is (time, [lanes,] units, sequences) and has rows for time steps before the
    first and after the last where some formula reads them; a parameter is ([lanes,] rows,
    columns). A stack has its own axis before the lanes' or units'.
    """

    def __init__(
        self, shape: Shape, layout: Layout, signals: Iterable[str], reach: Mapping[str, range]
    ) -> None:
        """Take the sizes, what lies beside what, and how far around 0 signals are read."""
        self.shape = shape
        self.layout = layout
        self.signals = frozenset(signals)
        self._reach = reach
        self._arrays: dict[object, Array] = {}

    def whole(self, name: str) -> Array:
        """Return all of a signal or parameter."""
        place = self.layout.place.get(name)
        if place is None:
            return self._made(name, (name,), ())
        stack, number = place
        found = self.stack(stack)
        return found[:, number] if name in self.signals else found[number]

    def stack(self, number: int) -> Array:
        """Return all of a stack."""
        names = self.layout.stacks[number]
        return self._made(number, names, (len(names),))

    def array(self, key: str | int) -> Array:
        """Return all of a signal or parameter, by name, or of a stack, by number."""
        return self.whole(key) if isinstance(key, str) else self.stack(key)

    def _made(self, key: object, names: Sequence[str], members: tuple[int, ...]) -> Array:
        if key not in self._arrays:
            shape, name = self.shape, names[0]
            lanes, units = shape.lane(name), shape.units(name)
            if name in self.signals:
                time = shape.steps + len(self._around(names)) - 1
                size = (time, *members, *lanes, *units, shape.sequences)
            else:
                size = (*members, *lanes, *units, *((1,) * (len(units) == 1)))
            self._arrays[key] = np.zeros(size, shape.kind)
        return self._arrays[key]

    def _around(self, names: Iterable[str]) -> range:
        """Return how far before and after a time step any of some signals is read."""
        ranges = [self._reach.get(name, range(1)) for name in names]
        return range(min(r.start for r in ranges), max(r.stop for r in ranges))

    def early(self, name: str) -> int:
        """Return how many rows a signal has before the first time step."""
        place = self.layout.place.get(name)
        return -self._around((name,) if place is None else self.layout.stacks[place[0]]).start

    def span(self, name: str, times: range) -> Array:
        """Return a signal at some time steps in a row."""
        early = self.early(name)
        return self.whole(name)[early + times.start : early + times.stop]

    def members(self, slot: Slot, times: range | None, *, flat: bool = False) -> Array:
        """Return members of a stack: at some time steps in a row, or of parameters all.

        Args:
            slot: which ones.
            times: the time steps.
            flat: whether the members' units lie below each other, without their own axis.
        """
        array = self.stack(slot.stack)
        first, last = slot.first, slot.last
        axis = 0 if times is None else 1
        if flat:
            units = array.shape[axis + 1]
            array = array.reshape(*array.shape[:axis], -1, *array.shape[axis + 2 :])
            first, last = first * units, last * units
        if times is None:
            return array[first:last]
        early = self.early(self.layout.stacks[slot.stack][0])
        return array[early + times.start : early + times.stop, first:last]


def reach(statements: Sequence[Statement], reads: Iterable[Expression]) -> dict[str, range]:
    """Return how far before and after a time step each signal is read, 0 included.

    Args:
        statements: what is computed.
        reads: other formulas that read signals.
    """
    found: dict[str, range] = {}

    def widen(name: str, shift: int) -> None:
        old = found.get(name, range(1))
        found[name] = range(min(old.start, shift), max(old.stop, shift + 1))

    for statement in statements:
        widen(statement.target, statement.only or 0)
    early = [shifted(one.expression, one.only) for one in statements if one.only is not None]
    for expression in (*(one.expression for one in statements), *early, *reads):
        for symbol in symbols(expression):
            if isinstance(symbol, Signal) and not symbol.fixed:
                widen(symbol.name, symbol.shift)
    return found
