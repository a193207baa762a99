"""Values that hide something: 0 or 1 by accident, and activations without a slope.

A value that is 0 by rule, such as what comes back from no future step, is no accident.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    Parameter,
    Signal,
    Transpose,
    walk,
)
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.model.equation import Phase, Role
from lstm_tutor.model.symbol import Id
from lstm_tutor.numbers.numeral import rounded
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.throughout import throughout
from lstm_tutor.trace.trace import Trace

Array: TypeAlias = NDArray[Any]
RULE = "by rule"
CANCELLED = "its terms cancel"
HELD = "a function in it is 0 there"
FLAT = 0.01
"""A slope below it lets less than a hundredth of the error through: at four digits, what
came through the gate no longer counts beside what came another way."""
_NEAR = 0.5  # of 1, at however few digits
_TINY = 1e-20  # of a complex step, which finds a slope to the last digit


@dataclass(frozen=True)
class Accident:
    """A value whose entries are all 0, or all 1 at the digits shown, by accident.

    Attributes:
        id: which value.
        value: 0 or 1.
        causes: ids of what is given as 0 and makes it 0; empty for a 1.
    """

    id: str
    value: int
    causes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Saturated:
    """An activation where it has almost no slope.

    Attributes:
        id: the step in whose equation it stands.
        function: which activation.
        slope: the smallest among the units.
    """

    id: str
    function: str
    slope: float


_SEEN = (Phase.FORWARD, Phase.LOSS, Phase.BACKWARD, Phase.GRADIENTS)


def accidents(trace: Trace, digits: int) -> Iterator[Accident]:
    """Yield the computed values that are 0 or 1 by accident, in order.

    Args:
        trace: the computation.
        digits: significant digits at which a number counts as 1.
    """
    causes: dict[str, frozenset[str]] = {}
    suspects = set(_suspects(trace))
    for index, id_ in enumerate(trace.ids()):
        if id_ not in suspects:
            continue
        step = trace[index]
        if step.phase not in _SEEN or step.equation.role is Role.BLOCK:
            continue
        if not step.value.any():
            found = causes[step.id] = _step_causes(trace, step, causes)
            if found != {RULE}:
                yield Accident(step.id, 0, tuple(sorted(found - {RULE})))
        elif (rounded(step.value, digits) == 1).all():
            yield Accident(step.id, 1)


def _suspects(trace: Trace) -> Iterator[Id]:
    """Yield the values that are 0, or near 1, throughout."""
    for name, series in trace.signals.items():
        for row in np.flatnonzero(_suspect(series.values.reshape(len(series.values), -1))):
            yield Id(name, series.first + int(row))
    for name, whole in trace.parameters.items():
        if _suspect(np.reshape(whole, (1, -1))).any():
            yield Id(name)


def _suspect(rows: Array) -> NDArray[np.bool_]:
    return np.asarray(~rows.any(axis=1) | (np.abs(rows - 1) < _NEAR).all(axis=1))


def _step_causes(trace: Trace, step: Step, known: dict[str, frozenset[str]]) -> frozenset[str]:
    """Say what makes a step's value 0; `RULE` if it must be."""
    if any(term.value.any() for term in step.terms):
        return frozenset({CANCELLED})
    if not step.terms:
        return (
            _causes(step.expression, trace, known) if step.expression else frozenset({step.id})
        )
    found = [
        frozenset({RULE}) if term.missing else _causes(term.expression, trace, known)
        for term in step.terms
    ]
    return frozenset().union(*found)


def _causes(node: Expression, trace: Trace, known: dict[str, frozenset[str]]) -> frozenset[str]:
    """Say what makes a formula 0; of a product, what must be 0 goes first."""

    def zero(part: Expression) -> bool:
        return not np.any(trace.evaluate(part))

    def of(part: Expression) -> frozenset[str]:
        return _causes(part, trace, known)

    match node:
        case Parameter() | Signal():
            id_ = str(Id.of(node))
            return known.get(id_, frozenset({id_}))
        case Negative(part) | Transpose(part) | Binary("/" | "**", part, _):
            return of(part)
        case Binary("+" | "-", left, right):
            return of(left) | of(right) if zero(left) and zero(right) else _cancelled()
        case Binary("*" | "@", left, right):
            return _of_factors([of(part) for part in (left, right) if zero(part)])
        case Number():
            return frozenset({RULE})
        case Call(function, arguments):
            row = FUNCTIONS[function]
            relevant = arguments[:-1] if row.by_shape else arguments
            found = [of(part) for part in relevant if zero(part)]
            if row.kind is Kind.ELEMENTWISE:
                return frozenset().union(*found) or frozenset({HELD})
            return _of_factors(found)
    return _cancelled()


def _of_factors(found: list[frozenset[str]]) -> frozenset[str]:
    """Say what makes a product 0: what must be 0 first."""
    ruled = [causes for causes in found if causes == {RULE}]
    return frozenset().union(*(ruled or found)) or _cancelled()


def _cancelled() -> frozenset[str]:
    return frozenset({CANCELLED})


def saturated(trace: Trace) -> Iterator[Saturated]:
    """Yield the activations of the forward pass whose slope is below `FLAT` somewhere."""
    found: dict[int, list[Saturated]] = {}
    for equation in trace.scenario.cell.equations:
        for node in () if equation.expression is None else walk(equation.expression):
            if isinstance(node, Call) and FUNCTIONS[node.function].activation:
                for t, slope in enumerate(slopes_of(trace, node)[0].min(axis=(1, 2))):
                    if slope < FLAT:
                        id_ = Id(equation.target, t)
                        flat = Saturated(str(id_), node.function, float(slope))
                        found.setdefault(trace.position(id_), []).append(flat)
    for _, several in sorted(found.items()):
        yield from several


def slopes_of(trace: Trace, node: Call) -> tuple[Array, Array]:
    """Return an activation's slopes and its values, each (time, units, sequences)."""
    argument = throughout(trace, node.arguments[0])
    moved = FUNCTIONS[node.function].value(argument + _TINY * 1j)
    return np.imag(moved) / _TINY, np.real(moved)
