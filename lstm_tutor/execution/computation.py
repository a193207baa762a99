"""The values of a scenario's equations: one array over time per symbol.

Runs the forward pass, loss, backward pass through time, gradients, update and new loss.
Nothing here knows of steps or terms; `lstm_tutor.trace.trace` makes those of the arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.evaluation import culprit, evaluate
from lstm_tutor.algebra.expression import (
    Call,
    Parameter,
    Symbol,
    at,
)
from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.execution.program import Program
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Equation, Role, Term
from lstm_tutor.model.loss import Loss
from lstm_tutor.model.symbol import INPUT, LABEL, LOSS, OUTPUT, Id, new
from lstm_tutor.scenario.scenario import Scenario

Array = NDArray[Any]
_PIECE = 4096  # time steps of a forward pass that is run for its output alone


class NotFinite(ArithmeticError):  # noqa: N818  # a result, reported as such
    """A value that overflowed or is undefined.

    Attributes:
        id: the step's id.
        part: the smallest part of its formula that is not finite.
    """

    def __init__(self, id_: str, part: str) -> None:
        super().__init__(f"{id_} is not a finite number: {part} overflows or is undefined")
        self.id = id_
        self.part = part


@dataclass(frozen=True)
class Series:
    """One symbol's values over time: (time, …), the first one at time ``first``."""

    values: Array
    first: int = 0

    def at(self, t: int) -> Any:
        """Return the value at time step t."""
        return self.values[t - self.first]

    def has(self, t: int) -> bool:
        """Whether there is a value at time step t."""
        return 0 <= t - self.first < len(self.values)


def values_of(scenario: Scenario, program: Program) -> tuple[dict[str, Series], dict[str, Any]]:
    """Evaluate a scenario's program.

    Returns:
        One array over time per signal, the labels (y) and new outputs (h') too; one array
        per parameter, gradient, new value and constant. The signals cannot be written to.

    Raises:
        NotFinite: naming the first step whose value overflows or is undefined.
    """
    labelled = scenario.labelled_times
    parameters: dict[str, Any] = {**scenario.parameters, **scenario.constants}
    signals = forward(scenario.cell, scenario.inputs, scenario.parameters, scenario.initial)
    signals[LABEL] = Series(scenario.labels)
    _require_finite(scenario.cell.equations, range(scenario.steps), signals, parameters)
    loss = losses_of(scenario.loss, signals[OUTPUT], scenario.labels, labelled, parameters)
    signals[LOSS] = Series(loss)
    _require_finite((program.loss,), labelled, signals, parameters)
    parameters[LOSS] = loss.sum()
    _backward(scenario, program, signals, parameters)
    _gradients(scenario, program, signals, parameters)
    _update(program, parameters)
    _new_loss(scenario, signals, parameters)
    for series in signals.values():
        series.values.setflags(write=False)
    return signals, parameters


def forward(
    cell: Cell,
    inputs: Array,
    parameters: Mapping[str, Array],
    initial: Mapping[str, Array],
) -> dict[str, Series]:
    """Evaluate a cell's forward equations over time.

    Args:
        cell: the equations.
        inputs: (time, input).
        parameters: every parameter; real or complex.
        initial: every state before the first step, (hidden,).

    Returns:
        Every signal; states start at time -1.
    """
    arrays = (inputs, *parameters.values(), *initial.values())
    kind = np.result_type(*arrays, np.float64)
    sizes = {"input": inputs.shape[1], "hidden": len(next(iter(initial.values())))}
    signals = {INPUT: Series(inputs)}
    for equation in cell.equations:
        name = equation.target
        early = name in initial
        shape = tuple(sizes[axis] for axis in cell.signals[name])
        series = Series(np.zeros((len(inputs) + early, *shape), kind), -1 if early else 0)
        if early:
            series.values[0] = initial[name]
        signals[name] = series
    lines = [(signals[line.target], line.expression) for line in cell.equations]
    with np.errstate(all="ignore"):
        for t in range(len(inputs)):
            lookup = _lookup(signals, parameters, t)
            for series, expression in lines:
                if expression is not None:
                    series.values[t - series.first] = evaluate(expression, lookup)
    return signals


def losses_of(
    loss: Loss,
    output: Series,
    labels: Array,
    times: Sequence[int],
    constants: Mapping[str, Any],
) -> Array:
    """Return the loss of each labelled time step, (time,); 0 at the others."""
    result = np.zeros(len(labels), output.values.dtype)
    signals = {OUTPUT: output, LABEL: Series(labels)}
    with np.errstate(all="ignore"):
        for t in times:
            result[t] = evaluate(loss.expression, _lookup(signals, constants, t))
    return result


def _lookup(
    signals: Mapping[str, Series], parameters: Mapping[str, Any], t: int
) -> Callable[[Symbol], Any]:
    def value(symbol: Symbol) -> Any:
        if isinstance(symbol, Parameter):
            return parameters[symbol.name]
        series = signals[symbol.name]
        time = symbol.shift if symbol.fixed else t + symbol.shift
        return series.values[time - series.first]

    return value


def _backward(
    scenario: Scenario,
    program: Program,
    signals: dict[str, Series],
    parameters: Mapping[str, Any],
) -> None:
    """Evaluate the derived equations from the last time step to the first."""
    steps = scenario.steps
    equations = [e for e in program.derivation.backward if e.role is not Role.BLOCK]
    early = {equation.target for equation in program.derivation.boundary}
    for equation in equations:
        name = equation.target
        shape = signals[equation.of].values.shape[1:]
        first = -1 if name in early else 0
        signals[name] = Series(np.zeros((steps - first, *shape)), first)
    plans = [
        (signals[e.target], e.expression, e.without_carry, e.role is Role.LABEL)
        for e in equations
    ]
    labelled = scenario.labelled
    with np.errstate(all="ignore"):
        for t in reversed(range(steps)):
            lookup = _lookup(signals, parameters, t)
            future = t + 1 < steps and not scenario.cut_after(t)
            for series, full, alone, label in plans:
                expression = full if future else alone
                if expression is not None and (labelled[t] or not label):
                    series.values[t - series.first] = evaluate(expression, lookup)
        lookup = _lookup(signals, parameters, -1)
        for equation in program.derivation.boundary:
            if equation.expression is not None:
                value = evaluate(equation.expression, lookup)
                signals[equation.target].values[0] = value
    _require_finite(tuple(equations), range(steps)[::-1], signals, parameters)


def missing_here(scenario: Scenario, equation: Equation, term: Term, t: int) -> str:
    """Say why a term does not exist at a time step; empty if it does."""
    if equation.role is Role.LABEL and not scenario.labelled[t]:
        return "no label at this step"
    if term.shift and t + 1 >= scenario.steps:
        return "no future step"
    if term.shift and scenario.cut_after(t):
        return "cut by truncation"
    return ""


def _gradients(
    scenario: Scenario,
    program: Program,
    signals: Mapping[str, Series],
    parameters: dict[str, Any],
) -> None:
    """Add up each parameter's gradient over time."""
    plans = []
    for equation in program.derivation.gradients:
        if isinstance(equation.expression, Call):
            sum_ = np.zeros(np.shape(scenario.parameters[equation.of]))
            parameters[equation.target] = sum_
            plans.append((sum_, equation.expression.arguments[0]))
    with np.errstate(all="ignore"):
        for t in range(scenario.steps):
            lookup = _lookup(signals, parameters, t)
            for sum_, inner in plans:
                np.add(sum_, evaluate(inner, lookup), out=sum_)
    for equation in program.derivation.gradients:
        if (
            equation.role is not Role.BLOCK
            and not np.isfinite(parameters[equation.target]).all()
        ):
            raise NotFinite(equation.target, "the sum over time")


def _update(program: Program, parameters: dict[str, Any]) -> None:
    """Compute every parameter's new value."""
    lookup = _lookup({}, parameters, 0)
    with np.errstate(all="ignore"):
        for equation in program.updates:
            if equation.expression is not None:
                value = evaluate(equation.expression, lookup)
                parameters[equation.target] = value
                if not np.isfinite(value).all():
                    raise NotFinite(equation.target, show(equation.expression, PLAIN))


def _new_loss(
    scenario: Scenario, signals: dict[str, Series], parameters: dict[str, Any]
) -> None:
    """Repeat the forward pass with the new weights, for the new loss."""
    output = _output(scenario, {name: parameters[new(name)] for name in scenario.parameters})
    times = scenario.labelled_times
    loss = losses_of(scenario.loss, output, scenario.labels, times, parameters)
    signals[new(OUTPUT)], signals[new(LOSS)] = output, Series(loss)
    bad = np.flatnonzero(~np.isfinite(loss))
    if len(bad):
        raise NotFinite(str(Id(new(LOSS), int(bad[0]))), "the loss with the new weights")
    parameters[new(LOSS)] = loss.sum()


def _output(scenario: Scenario, parameters: Mapping[str, Array]) -> Series:
    """Run the forward pass for its output alone, piece by piece to save memory."""
    initial: Mapping[str, Array] = scenario.initial
    pieces = [np.asarray([initial[OUTPUT]])] if OUTPUT in initial else []
    first = -len(pieces)
    for start in range(0, scenario.steps, _PIECE):
        inputs = scenario.inputs[start : start + _PIECE]
        signals = forward(scenario.cell, inputs, parameters, initial)
        pieces.append(signals[OUTPUT].values[-len(inputs) :])
        initial = {state: signals[state].values[-1] for state in initial}
    return Series(np.concatenate(pieces), first)


def _require_finite(
    equations: tuple[Equation, ...],
    times: Sequence[int],
    signals: Mapping[str, Series],
    parameters: Mapping[str, Any],
) -> None:
    """Raise NotFinite for the first value, in order of evaluation, that is not finite."""
    finite = {}
    for equation in equations:
        series = signals[equation.target]
        values = series.values.reshape(len(series.values), -1)
        finite[equation.target] = np.asarray(np.isfinite(values).all(axis=1))
    if all(found.all() for found in finite.values()):
        return
    for t in times:
        for equation in equations:
            if not finite[equation.target][t - signals[equation.target].first]:
                raise _not_finite(equation, t, signals, parameters)


def _not_finite(
    equation: Equation, t: int, signals: Mapping[str, Series], parameters: Mapping[str, Any]
) -> NotFinite:
    if equation.expression is None:
        return NotFinite(str(Id(equation.target, t)), equation.target)
    part = culprit(equation.expression, _lookup(signals, parameters, t))
    return NotFinite(str(Id(equation.target, t)), show(at(part, t), PLAIN))
