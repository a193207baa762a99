"""How far a cell's output can go at all, whatever inputs and weights: interval arithmetic.

Works on the cell's equations alone; nothing here knows a particular cell.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    Signal,
    Symbol,
    Transpose,
    walk,
)
from lstm_tutor.algebra.function import Function, Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.model.loss import NUMBERS
from lstm_tutor.model.symbol import LABEL, Id
from lstm_tutor.scenario.scenario import Scenario

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """Where a value lies, for every unit."""

    low: float = -math.inf
    high: float = math.inf

    def hull(self, other: Interval) -> Interval:
        """Return the smallest interval that has both in it."""
        return Interval(min(self.low, other.low), max(self.high, other.high))


ANYWHERE = Interval()
Known: TypeAlias = Callable[[Symbol], Interval]


@dataclass(frozen=True)
class OutOfReach:
    """A label that the output cannot come near.

    Attributes:
        t: the time step.
        sequence: of a batch; None for one that is not.
        label: (hidden,).
        reach: between what the output stays at this time step, whatever the weights.
        loss: the loss that remains at best.
    """

    t: int
    label: Array
    reach: Interval
    loss: float
    sequence: int | None = None

    @property
    def id(self) -> str:
        """The label's id."""
        return str(Id(LABEL, self.t))


def out_of_reach(scenario: Scenario) -> Iterator[OutOfReach]:
    """Yield the labels that lie outside of what the output can reach."""
    if scenario.loss.labels != NUMBERS or scenario.upstream:
        return
    for t, reach in enumerate(reaches(scenario)):
        for sequence in [None] if scenario.batch is None else range(scenario.batch):
            own = () if sequence is None else (sequence,)
            label = scenario.labels[(t, ..., *own)]
            out = (label <= reach.low) | (label >= reach.high)
            if scenario.labelled[(t, *own)] and out.any():
                least = _least_loss(scenario, label, reach)
                yield OutOfReach(t, label, reach, least, sequence)


def reaches(scenario: Scenario) -> Iterator[Interval]:
    """Yield between what the output lies at each time step, from the scenario's initial
    states, whatever inputs and weights.
    """
    cell = scenario.cell
    found = {
        place: Interval(float(value.min()), float(value.max()))
        for place, value in scenario.beyond.items()
    }
    for t in range(scenario.steps):
        for equation in cell.equations:
            if equation.expression is not None:
                place = Id(equation.target, t)
                found[place] = interval(equation.expression, _known(found, t))
        yield found[Id(cell.output, t)]


def _known(found: Mapping[Id, Interval], t: int) -> Known:
    def known(symbol: Symbol) -> Interval:
        if not isinstance(symbol, Signal):
            return ANYWHERE
        return found.get(Id(symbol.name, t + symbol.shift), ANYWHERE)

    return known


def interval(node: Expression, known: Known) -> Interval:
    """Return where a formula's value lies.

    A symbol that stands in it more than once, such as z in ``(1 - z) * n + z * h``, is
    the same number each time: where the formula is a straight line in it, its ends count.
    """
    counts = Counter(part for part in walk(node) if isinstance(part, Signal))
    for symbol, count in counts.items():
        found = known(symbol)
        bounded = math.isfinite(found.low) and math.isfinite(found.high)
        if count > 1 and bounded and found.low < found.high and _degree(node, symbol) <= 1:
            low, high = (_fixed(known, symbol, end) for end in (found.low, found.high))
            return interval(node, low).hull(interval(node, high))
    return _plain(node, known)


def _fixed(known: Known, symbol: Symbol, value: float) -> Known:
    return lambda other: Interval(value, value) if other == symbol else known(other)


def _degree(node: Expression, symbol: Symbol) -> float:
    """Return in which power a symbol stands in a formula; infinity if in no plain one."""
    if node == symbol:
        return 1
    match node:
        case Negative(operand) | Transpose(operand):
            return _degree(operand, symbol)
        case Binary("+" | "-", left, right):
            return max(_degree(left, symbol), _degree(right, symbol))
        case Binary("*" | "@", left, right):
            return _degree(left, symbol) + _degree(right, symbol)
    return math.inf if symbol in set(walk(node)) else 0


def _plain(node: Expression, known: Known) -> Interval:
    match node:
        case Number(value):
            return Interval(value, value)
        case Signal():
            return known(node)
        case Negative(operand):
            found = _plain(operand, known)
            return Interval(-found.high, -found.low)
        case Binary("+", left, right):
            one, other = _plain(left, known), _plain(right, known)
            return Interval(one.low + other.low, one.high + other.high)
        case Binary("-", left, right):
            return _plain(Binary("+", left, Negative(right)), known)
        case Binary("*", left, right):
            return _times(_plain(left, known), _plain(right, known))
        case Call(name, arguments):
            return _called(FUNCTIONS[name], [_plain(part, known) for part in arguments])
    return ANYWHERE


def _called(row: Function, arguments: list[Interval]) -> Interval:
    if not (row.monotone and row.kind is Kind.ELEMENTWISE):
        return ANYWHERE
    with np.errstate(all="ignore"):
        lows = (row.domain.clip(argument.low) for argument in arguments)
        highs = (row.domain.clip(argument.high) for argument in arguments)
        return Interval(float(row.value(*lows)), float(row.value(*highs)))


def _times(left: Interval, right: Interval) -> Interval:
    pairs = product((left.low, left.high), (right.low, right.high))
    ends = [one * other if one and other else 0.0 for one, other in pairs]
    return Interval(min(ends), max(ends))


def _least_loss(scenario: Scenario, label: Array, reach: Interval) -> float:
    """Return the loss of a time step whose output is as near as it can come."""
    output = np.clip(label, reach.low, reach.high)
    values = {scenario.loss.reads: output, LABEL: label, **scenario.constants}
    return float(evaluate(scenario.loss.expression, lambda symbol: values[symbol.name]))
