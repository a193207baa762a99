"""How much of a gradient comes from each time step's loss, and on which way.

The backward pass is linear in the gradients of the losses. So it is run once more with
one column per loss, each starting from that loss alone; the columns of any gradient add
up to it. Every term's formula is used as it is, with columns in place of vectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import Call, Parameter, Symbol
from lstm_tutor.model.equation import Equation, Role, Term
from lstm_tutor.model.symbol import LOSS
from lstm_tutor.trace.trace import Step, Trace

Array = NDArray[Any]


@dataclass(frozen=True)
class Share:
    """What one loss contributes to a gradient on one way.

    Attributes:
        loss: time step of the loss.
        through: the state that carries it into the gradient's time step from the next
            one; "" for the loss of the time step itself.
        value: the contribution, in the gradient's shape.
    """

    loss: int
    through: str
    value: Array


def shares(trace: Trace, step: Step) -> list[Share]:
    """Return the contributions that add up to a gradient at a time step.

    Args:
        trace: the computation.
        step: a step of the backward phase that has a time step and is no block.
    """
    if step.t is None:
        raise ValueError(step.id)
    flow = _Flow(trace)
    arrived = flow.down_to(step.t + 1)
    found = []
    if step.t >= 0:
        direct = flow.at_step(step.t, {}, label=True)
        found += _shares(flow, direct, step, "")
    for state in flow.carriers:
        carried = flow.at_step(step.t, arrived, only=state)
        found += _shares(flow, carried, step, state)
    return [share for share in found if share.value.any()]


def _shares(flow: _Flow, columns: Mapping[str, Array], step: Step, through: str) -> list[Share]:
    values = columns.get(step.symbol)
    if values is None:
        return []
    return [
        Share(loss, through, values[:, column])
        for column, loss in enumerate(flow.losses)
        if (loss == step.t) == (through == "")
    ]


def contributions(trace: Trace, step: Step) -> Array:
    """Return what each loss contributes to a parameter's gradient at each time step.

    Returns:
        (loss, time, …), losses in the order of the labelled time steps; the sum over
        the first two axes is the gradient.
    """
    call = step.expression
    if step.equation.role is not Role.SUM_OVER_TIME or not isinstance(call, Call):
        raise ValueError(step.id)
    flow = _Flow(trace)
    steps = trace.scenario.steps
    result = np.zeros((len(flow.losses), steps, *step.value.shape))
    columns: Mapping[str, Array] = {}
    for t in reversed(range(steps)):
        columns = flow.at_step(t, columns, label=True, carried=True)
        for column in range(len(flow.losses)):
            single = {name: values[:, column] for name, values in columns.items()}
            result[column, t] = flow.value(call.arguments[0], t, single, {}, flat=True)
    return result


@dataclass(frozen=True)
class _Flow:
    """Runs the backward equations on columns, (hidden, loss)."""

    trace: Trace
    losses: list[int] = field(init=False)
    carriers: list[str] = field(init=False)

    def __post_init__(self) -> None:
        scenario = self.trace.scenario
        labelled = [int(t) for t in scenario.labelled.nonzero()[0]]
        object.__setattr__(self, "losses", labelled)
        object.__setattr__(self, "carriers", list(scenario.cell.states))

    def down_to(self, t: int) -> Mapping[str, Array]:
        """Return every gradient of time step t in columns; none past the last step."""
        columns: Mapping[str, Array] = {}
        for time in range(self.trace.scenario.steps - 1, t - 1, -1):
            columns = self.at_step(time, columns, label=True, carried=True)
        return columns

    def at_step(
        self,
        t: int,
        later: Mapping[str, Array],
        *,
        label: bool = False,
        carried: bool = False,
        only: str = "",
    ) -> dict[str, Array]:
        """Evaluate the backward equations of one time step on columns.

        Args:
            t: the time step; -1 for the initial states.
            later: the columns of the next time step.
            label: let this step's own loss in.
            carried: let in what every state carries from the next step.
            only: let in what this state carries, and nothing else.
        """
        program = self.trace.program.derivation
        equations = program.boundary if t < 0 else program.backward
        now: dict[str, Array] = {}
        for equation in equations:
            if equation.role is Role.BLOCK:
                continue
            total = np.zeros((self._size(equation), len(self.losses)))
            for term in equation.terms:
                if self._enters(equation, term, t, label, carried or only == equation.of):
                    total = total + self._term(term, t, now, later)
            now[equation.target] = total
        return now

    def _enters(
        self, equation: Equation, term: Term, t: int, label: bool, carried: bool
    ) -> bool:
        scenario = self.trace.scenario
        if equation.role is Role.LABEL:
            return label and bool(scenario.labelled[t])
        if term.shift:
            return carried and t + 1 < scenario.steps and not scenario.cut_after(t)
        return True

    def _term(
        self, term: Term, t: int, now: Mapping[str, Array], later: Mapping[str, Array]
    ) -> Array:
        if term.gradient is None and term.links and term.links[0].consumer == LOSS:
            column = np.zeros((1, len(self.losses)))
            column[0, self.losses.index(t)] = 1.0
            return self.value(term.expression, t, now, later) * column
        return self.value(term.expression, t, now, later)

    def _size(self, equation: Equation) -> int:
        series = self.trace.signals[equation.target].values
        return int(series.shape[1]) if series.ndim > 1 else 1

    def value(
        self,
        expression: Any,
        t: int,
        now: Mapping[str, Array],
        later: Mapping[str, Array],
        *,
        flat: bool = False,
    ) -> Array:
        """Evaluate a formula, gradients taken from the columns, other signals as columns."""
        trace = self.trace

        def lookup(symbol: Symbol) -> Any:
            if isinstance(symbol, Parameter):
                return trace.parameters[symbol.name]
            source = later if symbol.shift == 1 else now
            if symbol.name in source:
                return source[symbol.name]
            value = np.asarray(trace.signals[symbol.name].at(t + symbol.shift))
            return value if flat else value.reshape(-1, 1)

        return np.asarray(evaluate(expression, lookup))


def is_gradient_in_time(step: Step) -> bool:
    """Whether a step is a gradient at a time step, so that it has shares."""
    return (
        step.t is not None and step.equation.of != "" and step.equation.role is not Role.BLOCK
    )
