"""Checks the derived gradients against two independent ways of finding them.

The complex step (Squire and Trapp, 1998) runs the same forward equations on complex
numbers and is exact to rounding; the central difference needs no complex numbers and
is exact to about ten digits. Where weights are so huge that no step is small beside them,
two complex steps differ, and nothing can be compared. With truncated backpropagation both
ways are taken window by window, the states at a window's start held fixed. At a kink, such
as relu's at 0, there is no derivative to compare with: the backward pass takes the value
that the table of functions gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Call, walk
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.execution.batch import evaluated
from lstm_tutor.execution.executor import Executor
from lstm_tutor.execution.program import place_of
from lstm_tutor.model.symbol import LOSS, Id
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
TOLERANCE = 1e-9
_SMALLEST = 1e-5  # smaller gradients are compared as if so large: rounding is no error
_IMAGINARY, _SMALLEST_IMAGINARY = 1e-30, 1e-280
_OTHER = 1e-3  # of a complex step: one as good
_DIFFERENCE = 6e-6  # about the cube root of the rounding unit
_MOST_NUMBERS = 8_000_000  # in the lanes of one run, of 16 bytes each


@dataclass(frozen=True)
class Check:
    """One quantity's gradient, found in three ways.

    Attributes:
        id: the gradient's id: ``dW_a``, or ``dC@-1`` for an initial state.
        derived, complex_step, central: in the quantity's shape.
        steady: whether the complex step gives the same with another step.
    """

    id: str
    derived: Array
    complex_step: Array
    central: Array
    steady: bool = True

    @property
    def error(self) -> float:
        """Largest deviation from the complex step, relative to the largest entry; where all
        entries are small, relative to 1e-5.
        """
        return relative_error(self.derived, self.complex_step)

    @property
    def central_error(self) -> float:
        """The same against the central difference."""
        return relative_error(self.derived, self.central)

    @property
    def passed(self) -> bool:
        """Whether the derived gradient agrees with the complex step, if there is one."""
        return self.error <= TOLERANCE or not self.steady


def relative_error(left: Array, right: Array) -> float:
    """Return max|left - right| / max(|left|, |right|, 1e-5)."""
    scale = max(np.abs(left).max(), np.abs(right).max(), _SMALLEST)
    return float(np.abs(left / scale - right / scale).max())


@dataclass(frozen=True)
class Kink:
    """A place where a function of an equation has no derivative.

    Attributes:
        id: the equation's place.
        function: the function.
    """

    id: Id
    function: str


def kinks(trace: Trace) -> Iterator[Kink]:
    """Yield the places where the forward pass stands at a kink, equation by equation."""
    for equation in trace.scenario.cell.equations:
        for node in () if equation.expression is None else walk(equation.expression):
            if isinstance(node, Call):
                corners = FUNCTIONS[node.function].kinks_at(node.arguments)
                for t in range(trace.scenario.steps) if corners else ():
                    lookup = trace.places.lookup(t)
                    batch = trace.scenario.batch
                    values = (evaluated(corner, lookup, batch) for corner in corners)
                    if any(np.any(value == 0) for value in values):
                        yield Kink(Id(equation.target, t), node.function)


def gradcheck(trace: Trace, *, central: bool = True) -> Iterator[Check]:
    """Yield the check of every parameter's and every initial state's gradient.

    Args:
        trace: whose derived gradients are checked.
        central: also take central differences; without, they repeat the complex step.
    """
    slopes = _Slopes(trace)
    exact = slopes.complex_step()
    rough = slopes.central() if central else exact
    for id_, quantity, derived in slopes.quantities:
        check = Check(id_, derived, exact[quantity], rough[quantity])
        if not check.passed:
            again = relative_error(slopes.other[quantity], exact[quantity])
            check = replace(check, steady=again <= TOLERANCE)
        yield check


class _Slopes:
    """The slopes of the total loss in every entry of every parameter and initial state.

    Each lane of a run has one entry changed.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._scenario = scenario = trace.scenario
        parameters = {Id(name): value for name, value in scenario.parameters.items()}
        self._start: dict[Id, Array] = {**parameters, **scenario.initial}
        steps = scenario.steps
        self._length = steps if scenario.cell.ahead else min(scenario.truncate or steps, steps)
        self._executors: dict[tuple[int, type], Executor] = {}

    @property
    def quantities(self) -> Iterator[tuple[str, Id, Array]]:
        """Yield the id of each gradient, what it is the gradient of, and its value."""
        scenario = self._scenario
        for equation in self._trace.program.derivation.gradients:
            if equation.of:
                id_ = equation.target
                yield id_, Id(equation.of), np.asarray(self._trace.parameters[id_])
        for equation in self._trace.program.derivation.boundary:
            t = place_of(equation, scenario.cell, scenario.steps)
            place = Id(equation.target, t)
            yield str(place), Id(equation.of, t), self._trace.find(place).value

    @cached_property
    def other(self) -> dict[Id, Array]:
        """The slopes by a smaller complex step, by quantity."""
        return self.complex_step(_OTHER)

    def complex_step(self, part: float = 1.0) -> dict[Id, Array]:
        """Return the slopes by complex step, or by a part of it, by quantity."""
        given = (self._scenario.inputs, *self._start.values())
        largest = max(np.abs(value).max(initial=1.0) for value in given)
        step = part * max(
            _IMAGINARY / largest, _SMALLEST_IMAGINARY
        )  # small beside huge numbers
        return self._each(lambda unit, _: np.imag(self._losses(unit * 1j * step)) / step)

    def central(self) -> dict[Id, Array]:
        """Return the slopes by central difference, by quantity."""

        def slope(unit: Array, size: Array) -> Array:
            step = _DIFFERENCE * np.maximum(1.0, size)
            ahead = self._losses(unit * step[:, None])
            return np.asarray((ahead - self._losses(unit * -step[:, None])) / (2 * step))

        return self._each(slope)

    def _each(self, slope: Callable[[Array, Array], Array]) -> dict[Id, Array]:
        """Find slopes for pieces of all entries; each lane's change is one row of a unit."""
        everything = np.concatenate([np.ravel(value) for value in self._start.values()])
        count = len(everything)
        found = []
        for first in range(0, count, self._most):
            rows = range(first, min(first + self._most, count))
            unit = np.zeros((len(rows), count))
            unit[np.arange(len(rows)), list(rows)] = 1.0
            found.append(slope(unit, np.abs(everything[rows.start : rows.stop])))
        return self._apart(np.concatenate(found))

    def _apart(self, flat: Array) -> dict[Id, Array]:
        """Return all entries, on the last axis, by quantity and in their shapes."""
        result, first = {}, 0
        for quantity, value in self._start.items():
            part = flat[..., first : first + value.size]
            result[quantity] = part.reshape((*flat.shape[:-1], *value.shape))
            first += value.size
        return result

    @cached_property
    def _most(self) -> int:
        """How many lanes a run has at most."""
        numbers: int = sum(series.values[0].size for series in self._trace.signals.values())
        weights: int = 2 * sum(value.size for value in self._start.values())
        return max(1, _MOST_NUMBERS // (self._length * numbers + weights))

    def _losses(self, changes: Array) -> Array:
        """Return the total loss with the changes of each lane.

        Args:
            changes: (lanes, entries), of everything that can be changed.
        """
        scenario, trace = self._scenario, self._trace
        values = {q: self._start[q] + c for q, c in self._apart(changes).items()}
        parameters = {name: values[Id(name)] for name in scenario.parameters}
        states = {place: values[place] for place in scenario.initial}
        executor = self._executor(len(changes), complex if np.iscomplexobj(changes) else float)
        total = np.zeros(len(changes), changes.dtype)
        for start in range(0, scenario.steps, self._length):
            piece = slice(start, min(start + self._length, scenario.steps))
            beyond = {
                place: trace.signals[place.name].at(start + place.t) if start else own
                for place, own in {**scenario.beyond, **states}.items()
                if place.t is not None
            }
            executor.put(parameters, piece, beyond)
            executor.run("forward")
            losses = executor.signal(LOSS)[: piece.stop - start, :, 0]  # time, lane, sequence
            there = scenario.labelled[piece].reshape(piece.stop - start, 1, -1)
            total = total + np.where(there, losses, 0).sum((0, 2))
        return total

    def _executor(self, lanes: int, kind: type) -> Executor:
        if (lanes, kind) not in self._executors:
            self._executors[lanes, kind] = Executor(
                self._scenario,
                self._trace.program.prepared.only([LOSS]),
                steps=self._length,
                lanes=lanes,
                varied={quantity.name for quantity in self._start},
                kind=kind,
                everywhere=True,  # those that have a label are chosen later
            )
        return self._executors[lanes, kind]
