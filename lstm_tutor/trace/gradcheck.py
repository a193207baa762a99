"""Checks the derived gradients against two independent ways of finding them.

The complex step (Squire and Trapp, 1998) runs the same forward equations on complex
numbers and is exact to rounding; the central difference needs no complex numbers and
is exact to about ten digits. With truncated backpropagation both are taken window by
window, the states at a window's start held fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.execution.computation import forward, losses_of
from lstm_tutor.model.symbol import OUTPUT, Id, gradient
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
TOLERANCE = 1e-9
_IMAGINARY = 1e-30
_DIFFERENCE = 6e-6  # about the cube root of the rounding unit


@dataclass(frozen=True)
class Check:
    """One quantity's gradient, found in three ways.

    Attributes:
        id: the gradient's id: ``dW_a``, or ``dC@-1`` for an initial state.
        derived, complex_step, central: in the quantity's shape.
    """

    id: str
    derived: Array
    complex_step: Array
    central: Array

    @property
    def error(self) -> float:
        """Largest deviation from the complex step, relative to the largest entry."""
        return relative_error(self.derived, self.complex_step)

    @property
    def central_error(self) -> float:
        """The same against the central difference."""
        return relative_error(self.derived, self.central)

    @property
    def passed(self) -> bool:
        """Whether the derived gradient agrees with the complex step."""
        return self.error <= TOLERANCE


def relative_error(left: Array, right: Array) -> float:
    """Return max|left - right| / max(|left|, |right|); 0 where both are 0."""
    scale = max(np.abs(left).max(), np.abs(right).max())
    return float(np.abs(left - right).max() / scale) if scale else 0.0


def gradcheck(trace: Trace, *, central: bool = True) -> Iterator[Check]:
    """Yield the check of every parameter's and every initial state's gradient.

    Args:
        trace: whose derived gradients are checked.
        central: also take central differences; without, they repeat the complex step.
    """
    scenario = trace.scenario
    quantities: list[tuple[Id, str, Array]] = [
        (Id(gradient(name)), name, np.asarray(trace.parameters[gradient(name)]))
        for name in scenario.cell.parameters
    ]
    for equation in trace.program.derivation.boundary:
        id_ = Id(equation.target, -1)
        quantities.append((id_, equation.of, trace.find(id_).value))
    for id_, name, derived in quantities:
        initial = id_.t is not None
        loss = _loss_of(trace, name, initial=initial)
        start = scenario.initial[name] if initial else scenario.parameters[name]
        exact = _each_entry(start, partial(_complex_step, loss))
        rough = _each_entry(start, partial(_central, loss)) if central else exact
        yield Check(str(id_), derived, exact, rough)


def _each_entry(start: Array, slope: Callable[[Array, Array], float]) -> Array:
    result = np.zeros(start.shape)
    for index in np.ndindex(start.shape):
        unit = np.zeros(start.shape)
        unit[index] = 1.0
        result[index] = slope(start, unit)
    return result


def _complex_step(loss: Callable[[Array], Any], value: Array, unit: Array) -> float:
    return float(np.imag(loss(value + 1j * _IMAGINARY * unit)) / _IMAGINARY)


def _central(loss: Callable[[Array], Any], value: Array, unit: Array) -> float:
    step = _DIFFERENCE * max(1.0, float(np.abs(value * unit).max()))
    return float((loss(value + step * unit) - loss(value - step * unit)) / (2 * step))


def _loss_of(trace: Trace, name: str, *, initial: bool) -> Callable[[Array], Any]:
    """Return the total loss as a function of one parameter or initial state."""
    scenario = trace.scenario

    def loss(value: Array) -> Any:
        parameters: Mapping[str, Array] = scenario.parameters
        if not initial:
            parameters = {**parameters, name: value}
        total: Any = 0.0
        for start, end in _windows(trace, only_first=initial):
            states = {
                state: trace.signals[state].at(start - 1) for state in scenario.cell.states
            }
            if initial:
                states[name] = value
            output = forward(scenario.cell, scenario.inputs[start:end], parameters, states)
            times = [int(t) for t in scenario.labelled[start:end].nonzero()[0]]
            labels = scenario.labels[start:end]
            found = losses_of(scenario.loss, output[OUTPUT], labels, times, scenario.constants)
            total = total + found.sum()
        return total

    return loss


def _windows(trace: Trace, *, only_first: bool) -> list[tuple[int, int]]:
    steps = trace.scenario.steps
    length = trace.scenario.truncate or steps
    windows = [(start, min(start + length, steps)) for start in range(0, steps, length)]
    return windows[:1] if only_first else windows
