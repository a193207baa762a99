"""Every local derivative, against the complex step in the place where the symbol stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.axes import Axes, axes_of
from lstm_tutor.algebra.derivative import gradients
from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Parameter,
    Signal,
    Symbol,
    Transpose,
    at,
    children,
    shifted,
    substitute,
    walk,
)
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.algebra.parser import parse
from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.algebra.product import ONE
from lstm_tutor.model.equation import Equation
from lstm_tutor.model.symbol import LOSS
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
_STEP = 1e-30
_ARGUMENTS = (Parameter("x"), Parameter("y"))
_ARRIVED = Signal("%arrived")


@dataclass(frozen=True)
class Place:
    """One place in an equation where a symbol stands.

    Attributes:
        equation: whose right side it is in.
        symbol: the symbol.
        marked: the right side with `MARK` in the place.
        local: what is printed as ∂equation/∂symbol for it; None if nothing is.
        scalar: whether the equation's value is a number.
        column: whether it is the matrix of a product ``v @ M``.
    """

    equation: str
    symbol: Symbol
    marked: Expression
    local: Expression | None
    scalar: bool
    column: bool


MARK = Parameter("%place")


def _marked(node: Expression, symbol: Symbol) -> Iterator[tuple[Expression, list[Expression]]]:
    """Yield the formula with each place of a symbol marked, and the nodes on the way to it,
    from outside in, left to right.
    """
    if node == symbol:
        yield MARK, []
    by_shape = isinstance(node, Call) and FUNCTIONS[node.function].by_shape
    parts = () if by_shape else children(node)
    for number, part in enumerate(parts):
        for changed, way in _marked(part, symbol):
            own = (*parts[:number], changed, *parts[number + 1 :])
            yield _with(node, own), [node, *way]


def _with(node: Expression, parts: tuple[Expression, ...]) -> Expression:
    match node:
        case Negative():
            return Negative(parts[0])
        case Transpose():
            return Transpose(parts[0])
        case Binary(operator):
            return Binary(operator, *parts)
        case Call(function):
            return Call(function, parts)
    raise TypeError(node)


def places(trace: Trace) -> Iterator[Place]:
    """Yield every place of every symbol in the forward equations and the loss."""
    axes: dict[str, Axes] = {**trace.program.plain.axes}
    for equation in (*trace.program.cell.equations, trace.program.loss):
        axes[_ARRIVED.name] = axes[equation.target]
        yield from _of(equation, axes)


def _of(equation: Equation, axes: Mapping[str, Axes]) -> Iterator[Place]:
    right = equation.expression
    assert right is not None

    def look(symbol: Symbol) -> Axes:
        return axes[symbol.name]

    found: dict[Symbol, list[Expression | None]] = {}
    for one in gradients(right, ONE.times(_ARRIVED), look, Signal(equation.target)):
        found.setdefault(one.symbol, []).append(one.local)
    for symbol, own in found.items():
        for (marked, way), local in zip(_marked(right, symbol), own, strict=True):
            over = way[-1] if way else None
            turned = isinstance(over, Transpose)
            over = way[-2] if turned and len(way) > 1 else over
            column = isinstance(over, Binary) and over.operator == "@"
            if isinstance(over, Binary):
                column &= (len(axes_of(over.left, look)) == 1) != turned
            scalar = axes[equation.target] == ()
            yield Place(equation.target, symbol, marked, local, scalar, column)


def unwritten(trace: Trace) -> list[str]:
    """Return the places whose local derivative has more axes than a formula."""
    return [f"∂{at.equation}/∂{at.symbol.name}" for at in places(trace) if at.local is None]


def wrong_locals(trace: Trace) -> list[str]:
    """Compare every local derivative with the complex step, at every time step."""
    wrong = []
    every = list(places(trace))
    for place in every:
        local = place.local
        if local and not all(_right(trace, place, local, t) for t in _times(trace, place)):
            wrong.append(f"∂{place.equation}/∂{place.symbol.name} is not {show(local, PLAIN)}")
    there = {(one.equation, one.symbol, one.local) for one in every}
    for link in _links(trace):
        if link not in there:
            wrong.append(f"{link[0]} by {link[1]}: {link[2]} comes from nowhere")
    return wrong


def _links(trace: Trace) -> Iterator[tuple[str, Symbol, Expression | None]]:
    derived = trace.program.derivation
    for equation in (*derived.backward, *derived.boundary, *derived.gradients):
        for term in equation.terms:
            for link in term.links:
                operand = shifted(link.operand, -link.shift)
                assert isinstance(operand, Parameter | Signal)
                local = link.local and shifted(link.local, -link.shift)
                yield link.consumer, operand, local


def _times(trace: Trace, place: Place) -> list[int]:
    """Return the time steps at which the equation is evaluated, and has a derivative."""
    scenario = trace.scenario
    every = scenario.labelled_times if place.equation == LOSS else range(scenario.steps)
    return [t for t in every if not _at_kink(trace, place, t)]


def _at_kink(trace: Trace, place: Place, t: int) -> bool:
    operand = at(place.symbol, t)

    def read(symbol: Symbol) -> Any:
        return trace.value(operand if symbol == MARK else symbol)  # type: ignore[arg-type]

    for node in walk(at(place.marked, t)):
        if not isinstance(node, Call):
            continue
        arguments: dict[Symbol, Expression] = dict(
            zip(_ARGUMENTS, node.arguments, strict=False)
        )
        for kink in FUNCTIONS[node.function].kinks:
            formula = substitute(parse(kink, derived=True), arguments.__getitem__)
            if (np.asarray(evaluate(formula, read)) == 0).any():
                return True
    return False


def _right(trace: Trace, place: Place, formula: Expression, t: int) -> bool:
    expected = _slope(trace, place, t)
    consumer, operand = expected.shape[0], expected.shape[1:]
    try:
        local = np.asarray(evaluate(at(formula, t), trace.value))
        found = _jacobian(local, place, consumer, operand)
    except ValueError:  # it has no value
        return False
    if found.shape != expected.shape:
        return False
    size = np.abs(expected).max(initial=0)
    return bool(np.abs(found - expected).max(initial=0) <= 1e-9 * size + 1e-13)


def _slope(trace: Trace, place: Place, t: int) -> Array:
    """Return the slope of an equation in one place: (entries of its value, *operand)."""
    formula, operand = at(place.marked, t), at(place.symbol, t)
    assert isinstance(operand, Parameter | Signal)
    value = np.asarray(trace.value(operand))

    def moved(entry: tuple[int, ...]) -> Array:
        changed = value.astype(complex)
        changed[entry] += 1j * _STEP

        def read(symbol: Symbol) -> Any:
            return changed if symbol == MARK else trace.value(symbol)

        return np.atleast_1d(np.imag(evaluate(formula, read)) / _STEP)

    columns = np.array([moved(entry) for entry in np.ndindex(value.shape)])
    return columns.T.reshape(-1, *value.shape)


def _jacobian(local: Array, place: Place, consumer: int, operand: tuple[int, ...]) -> Array:
    """Return what a local derivative says, as (entries of the consumer, *operand).

    A number or a list of numbers goes entry by entry, a matrix stands for the product with
    it; beside a number there is one entry for each of the other's. Of a matrix that a list
    is multiplied by, each row has the list as its slope.
    """
    if place.scalar:
        return np.asarray(np.broadcast_to(local, (1, *operand)))
    if len(operand) == 2 and place.column:
        columns: Array = np.eye(consumer)[:, None, :] * (
            local if local.ndim == 2 else local[:, None]
        )
        return columns
    if len(operand) == 2:
        rows: Array = np.eye(consumer)[:, :, None] * local
        return rows
    if local.ndim == 2:
        return local
    if operand == ():
        return np.broadcast_to(local, (consumer,))
    (size,) = operand
    if consumer == size:
        return np.asarray(np.diag(np.broadcast_to(local, (size,))))
    raise ValueError(local)
