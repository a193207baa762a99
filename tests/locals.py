"""Every local derivative, against the complex step in the place where the symbol stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.axes import Axes, axes_of
from lstm_tutor.algebra.derivative import Chain, gradients
from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    Parameter,
    Signal,
    Symbol,
    at,
    children,
    shifted,
    substitute,
    walk,
)
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.algebra.parser import parse
from lstm_tutor.model.equation import Equation
from lstm_tutor.model.symbol import LOSS
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
_STEP = 1e-30
_ARGUMENTS = (Parameter("x"), Parameter("y"))
_ARRIVED = Signal("%arrived")
KNOWN = {
    "a factor before a matrix": "shown as f * U, entry by entry; true is diag(f) @ U",
    "two matrices in a row": "shown as U * V, entry by entry; true is U @ V",
    "a spread after a matrix": "shown as U * f; true is U @ f",
    "a sum that is spread again": "shown as f * g, entry by entry; true is outer(f, g)",
    "a matrix in a sum": "shown as the matrix; true is the sum of its rows",
    "a spread in a sum": "shown as a list of numbers; true is their sum",
}
"""Local derivatives that are shown and are none: what lies on the way, and what is wrong."""


def known(path: str) -> str:
    """Return which of the known ones a path may be; "" if its local derivative is true."""
    words = path.split()
    inner = [word for word in words if word not in ("factor", "nothing")]
    if len(inner) < 2 and not {"matrix", "outer"} & set(inner):
        return ""
    if path in ("outer", "matrix", "matrix factor"):
        return ""
    matrices = [n for n, word in enumerate(words) if word in ("matrix", "outer")]
    if not matrices:
        return "a sum that is spread again" if inner[0] == "spread" else "a spread in a sum"
    before = words[: matrices[0]]
    if "spread" in before:
        return "a sum that is spread again"
    if {"reduction", "inner"} & set(before):
        return "a matrix in a sum"
    if len(matrices) > 1:
        return "two matrices in a row"
    if "spread" in words:
        return "a spread after a matrix"
    return "a factor before a matrix"


@dataclass(frozen=True)
class Place:
    """One place in an equation where a symbol stands.

    Attributes:
        equation: whose right side it is in.
        symbol: the symbol.
        marked: the right side with `MARK` in the place.
        path: what lies between the right side's value and the place, from outside in.
        local: what is printed as ∂equation/∂symbol for it.
    """

    equation: str
    symbol: Symbol
    marked: Expression
    path: str
    local: Expression


@dataclass
class Wrong:
    """The local derivatives that are not what they are printed as.

    Attributes:
        known: the reason of each that is known not to be.
        new: the others, in words.
    """

    known: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


MARK = Parameter("%place")


def _marked(node: Expression, symbol: Symbol) -> Iterator[tuple[Expression, list[Expression]]]:
    """Yield the formula with each place of a symbol marked, and the nodes on the way to it,
    from outside in, left to right.
    """
    if node == symbol:
        yield MARK, []
    parts = children(node)
    for number, part in enumerate(parts):
        for changed, way in _marked(part, symbol):
            own = (*parts[:number], changed, *parts[number + 1 :])
            yield _with(node, own), [node, *way]


def _with(node: Expression, parts: tuple[Expression, ...]) -> Expression:
    match node:
        case Negative():
            return Negative(parts[0])
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

    found: dict[Symbol, list[Expression]] = {}
    for symbol, chain in gradients(right, Chain.of(_ARRIVED), look, Signal(equation.target)):
        found.setdefault(symbol, []).append(chain.local_derivative())
    for symbol, own in found.items():
        for (marked, way), local in zip(_marked(right, symbol), own, strict=True):
            path = " ".join(_path([*way, symbol], look)) or "nothing"
            yield Place(equation.target, symbol, marked, path, local)


def _path(way: list[Expression], look: Any) -> Iterator[str]:
    """Yield what a gradient is multiplied with on its way; several factors in a row are one."""
    last = ""
    for node, child in pairwise(way):
        for word in _words(node, child, look):
            if word != last or word != "factor":
                yield word
            last = word


def _words(node: Expression, child: Expression, look: Any) -> Iterator[str]:
    match node:
        case Binary("@", left, _):
            size = len(axes_of(child, look))
            other = len(axes_of(node.right if child is left else left, look))
            yield "outer" if size == 2 else "matrix" if other == 2 else "inner"
            return
        case Call(function) if FUNCTIONS[function].kind is Kind.REDUCTION:
            yield "reduction"
            return
        case Call() | Binary("*" | "/" | "**"):
            if not _plain(node, child):
                yield "factor"
    if axes_of(child, look) == () != axes_of(node, look):
        yield "spread"


def _plain(node: Expression, child: Expression) -> bool:
    """Whether a product is one with a number alone."""
    others = [part for part in children(node) if part is not child]
    operator = isinstance(node, Binary) and node.operator != "**"
    return operator and all(isinstance(part, Number) for part in others)


def wrong_locals(trace: Trace) -> Wrong:
    """Compare every local derivative with the complex step, at every time step."""
    wrong = Wrong()
    every = list(places(trace))
    for place in every:
        if any(not _right(trace, place, t) for t in _times(trace, place)):
            reason = known(place.path)
            if reason:
                wrong.known.append(reason)
            else:
                text = f"∂{place.equation}/∂{place.symbol.name}, through {place.path}"
                wrong.new.append(text)
    there = {(one.equation, one.symbol, one.local) for one in every}
    for link in _links(trace):
        if link not in there:
            wrong.new.append(f"{link[0]} by {link[1]}: {link[2]} comes from nowhere")
    return wrong


def _links(trace: Trace) -> Iterator[tuple[str, Symbol, Expression]]:
    derived = trace.program.derivation
    for equation in (*derived.backward, *derived.boundary, *derived.gradients):
        for term in equation.terms:
            for link in term.links:
                operand = shifted(link.operand, -link.shift)
                assert isinstance(operand, Parameter | Signal)
                yield link.consumer, operand, shifted(link.local, -link.shift)


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


def _right(trace: Trace, place: Place, t: int) -> bool:
    expected = _slope(trace, place, t)
    consumer, operand = expected.shape[0], expected.shape[1:]
    try:
        local = np.asarray(evaluate(at(place.local, t), trace.value))
        found = _jacobian(local, consumer, operand)
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


def _jacobian(local: Array, consumer: int, operand: tuple[int, ...]) -> Array:
    """Return what a local derivative says, as (entries of the consumer, *operand).

    A number or a list of numbers goes entry by entry, a matrix stands for the product with
    it; beside a number there is one entry for each of the other's. Of a matrix that a list
    is multiplied by, each row has the list as its slope.
    """
    if len(operand) == 2:
        if consumer == 1 and operand[0] != 1:
            raise ValueError(operand)
        rows: Array = np.eye(consumer)[:, :, None] * local
        return rows
    if local.ndim == 2:
        return local
    if operand == ():
        return np.broadcast_to(local, (consumer,))
    (size,) = operand
    if consumer == size and (consumer > 1 or size == 1):
        return np.asarray(np.diag(np.broadcast_to(local, (size,))))
    if consumer == 1:
        return np.broadcast_to(local, (1, size))
    raise ValueError(local)
