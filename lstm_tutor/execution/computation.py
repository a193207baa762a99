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
from lstm_tutor.algebra.expression import Binary, Call, Expression, Parameter, Symbol, at
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.execution.batch import of_sequence
from lstm_tutor.execution.executor import Executor
from lstm_tutor.execution.program import Program, place_of
from lstm_tutor.model.equation import Equation, Role
from lstm_tutor.model.symbol import INPUT, LOSS, Id, new
from lstm_tutor.scenario.scenario import Scenario

Array = NDArray[Any]
_PIECE = 4096  # time steps of a forward pass that is run for its output alone


class NotFinite(ArithmeticError):  # noqa: N818  # a result, reported as such
    """A value that overflowed or is undefined.

    Attributes:
        id: the step's id.
        part: the smallest part of its formula that is not finite.
        scenario: whose value it is, where that is known.
    """

    scenario: Scenario | None = None

    def __init__(self, id_: str, part: str, why: str = "") -> None:
        why = f": {why}" if why else ""
        super().__init__(f"{id_} is not a finite number: {part} overflows or is undefined{why}")
        self.id = id_
        self.part = part


@dataclass(frozen=True)
class Series:
    """One symbol's values over time: (time, …), the first one at time ``first``."""

    values: Array
    first: int = 0

    @property
    def last(self) -> int:
        """The time step of the last value."""
        return self.first + len(self.values) - 1

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
    executor = Executor(scenario, program.prepared)
    executor.put(scenario.untimed)
    executor.run()
    derived = [e for e in program.derivation.backward if e.role is not Role.BLOCK]
    forward = scenario.cell.equations
    given = scenario.series
    names = [INPUT, *(e.target for e in forward), *given, LOSS, *(e.target for e in derived)]
    signals = {name: _series(executor, name) for name in names}
    parameters: dict[str, Any] = {**scenario.constants, **scenario.untimed}
    labelled = scenario.labelled_times
    _require_finite(forward, range(scenario.steps), signals, parameters, scenario.batch)
    _require_finite((program.loss,), labelled, signals, parameters, scenario.batch)
    parameters[LOSS] = signals[LOSS].values.sum()
    _require_finite(derived, range(scenario.steps)[::-1], signals, parameters, scenario.batch)
    for equation in program.derivation.boundary:
        t = place_of(equation, scenario.cell, scenario.steps)
        if not np.isfinite(signals[equation.target].at(t)).all():
            raise _not_finite(equation, t, signals, parameters, scenario.batch)
    for equation in (*program.derivation.gradients, *program.updates):
        if equation.expression is not None:
            value = executor.parameter(equation.target)
            if not np.isfinite(value).all():
                raise NotFinite(equation.target, _part_of(equation))
            parameters[equation.target] = value
    if program.updates:
        again = new_pass(scenario, program, parameters)
        signals |= {new(name): series for name, series in again.items()}
        losses = signals[new(LOSS)].values
        bad = np.flatnonzero(~np.isfinite(losses))
        if len(bad):
            raise NotFinite(str(Id(new(LOSS), int(bad[0]))), "the loss with the new weights")
        parameters[new(LOSS)] = losses.sum()
    for series in signals.values():
        series.values.setflags(write=False)
    return signals, parameters


def _part_of(equation: Equation) -> str:
    if equation.role is Role.SUM_OVER_TIME or equation.expression is None:
        return "the sum over time"
    return show(equation.expression, PLAIN)


def _series(executor: Executor, name: str) -> Series:
    """Return a signal in its true shape, in a batch with its axis, and what it is beyond the
    ends.
    """
    values, first = executor.all_of(name)
    values = values if executor.scenario.batch is not None else values[..., 0]
    return Series(values if executor.shape.rank(name) else values[:, 0], first)


def new_pass(
    scenario: Scenario,
    program: Program,
    parameters: Mapping[str, Any],
    wanted: Sequence[str] = (),
) -> dict[str, Series]:
    """Run the forward pass with the new weights, piece by piece to save memory.

    Returns:
        The wanted signals, the output and the losses by default.
    """
    wanted = wanted or (scenario.cell.output, LOSS)
    steps, cell = scenario.steps, scenario.cell
    length = steps if cell.ahead else min(steps, _PIECE)
    needed = program.prepared.only([*wanted, *cell.reach])
    executor = Executor(scenario, needed, steps=length)
    weights = {name: parameters[new(name)] for name in scenario.parameters}
    beyond: Mapping[Id, Array] = scenario.beyond
    found: dict[str, list[Series]] = {name: [] for name in wanted}
    for start in range(0, steps, length):
        executor.put(weights, slice(start, start + length), beyond)
        executor.run("forward")
        count = min(length, steps - start)
        for name, pieces in found.items():
            own = _series(executor, name)
            early, end = -own.first, None if cell.ahead else count - own.first
            kept = own.values[early if start else 0 : end].copy()
            pieces.append(Series(kept, 0 if start else own.first))
        if start + length < steps:
            beyond = {
                place: _series(executor, place.name).at(count + (place.t or 0)).copy()
                for place in beyond
            }
    series = {
        name: Series(np.concatenate([piece.values for piece in pieces]), pieces[0].first)
        for name, pieces in found.items()
    }
    if LOSS in series:
        series[LOSS] = Series(np.where(scenario.labelled, series[LOSS].values, 0.0))
    return series


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


def _require_finite(
    equations: Sequence[Equation],
    times: Sequence[int],
    signals: Mapping[str, Series],
    parameters: Mapping[str, Any],
    batch: int | None,
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
                raise _not_finite(equation, t, signals, parameters, batch)


def _not_finite(
    equation: Equation,
    t: int,
    signals: Mapping[str, Series],
    parameters: Mapping[str, Any],
    batch: int | None,
) -> NotFinite:
    if equation.expression is None:
        return NotFinite(str(Id(equation.target, t)), equation.target)
    lookup = _lookup(signals, parameters, t)
    bad = ~np.isfinite(signals[equation.target].at(t))
    if batch is not None:
        lookup = of_sequence(lookup, int(np.argmax(bad.reshape(-1, batch).any(0))))
    part = culprit(equation.expression, lookup)
    why = _undefined(part, lookup)
    return NotFinite(str(Id(equation.target, t)), show(at(part, t), PLAIN), why)


def _undefined(part: Expression, lookup: Callable[[Symbol], Any]) -> str:
    """Say what a formula does not take, if it is that; empty if not."""
    with np.errstate(all="ignore"):
        match part:
            case Binary("**", base, exponent):
                value, power = (np.asarray(evaluate(n, lookup)) for n in (base, exponent))
                if np.any((value < 0) & (power != np.floor(power))):
                    return "a negative number has only powers with a whole exponent"
                if np.any((value == 0) & (power < 0)):
                    return "0 has no power with a negative exponent"
            case Call(function, arguments):
                row, values = FUNCTIONS[function], [evaluate(a, lookup) for a in arguments]
                outside = any(np.any(row.domain.clip(v) != v) for v in values)
                if outside and not row.domain.closed:
                    return f"{function} takes numbers above {row.domain.low:g}"
                if outside:
                    return f"{function} takes numbers from {row.domain.low:g} on"
    return ""
