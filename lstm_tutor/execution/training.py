"""The fast path: forward and backward equations compiled into one function.

For repeating a scenario many times; the numbers are those of `computation`, from the
same equations. Every name in the compiled text is one of our own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Call, Expression, Parameter, Symbol
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.execution.program import Program, program_of
from lstm_tutor.model.equation import Equation, Role
from lstm_tutor.model.symbol import OUTPUT, gradient
from lstm_tutor.scenario.scenario import Scenario

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Epoch:
    """One repetition: its number from 1, the loss before its update, the weights used."""

    number: int
    loss: float
    scenario: Scenario


def train(scenario: Scenario, epochs: int) -> Iterator[Epoch]:
    """Repeat forward, backward and update; yield each epoch as it begins.

    Raises:
        NotFinite: when the loss overflows.
    """
    run = compiled(scenario)
    parameters = dict(scenario.parameters)
    with np.errstate(all="ignore"):
        for number in range(1, epochs + 1):
            loss, gradients = run(parameters)
            if not np.isfinite(loss):
                raise NotFinite(f"L in epoch {number}", "the loss")
            yield Epoch(number, loss, scenario.with_parameters(parameters))
            parameters = {
                name: value - scenario.learning_rate * gradients[name]
                for name, value in parameters.items()
            }


Run = Callable[[Mapping[str, Array]], tuple[float, dict[str, Array]]]


def compiled(scenario: Scenario) -> Run:
    """Compile a scenario into a function from parameters to loss and gradients."""
    program = program_of(scenario)
    text = source(scenario, program)
    names: dict[str, Any] = {"zeros": np.zeros}
    names |= {name: row.value for name, row in FUNCTIONS.items()}
    exec(compile(text, "<compiled equations>", "exec"), names)  # our own text
    given = (
        scenario.inputs,
        scenario.labels,
        [bool(flag) for flag in scenario.labelled],
        [t + 1 < scenario.steps and not scenario.cut_after(t) for t in range(scenario.steps)],
        dict(scenario.initial),
        scenario.constants,
    )

    def run(parameters: Mapping[str, Array]) -> tuple[float, dict[str, Array]]:
        loss, gradients = names["run"](*given, parameters)
        return float(loss), gradients

    return run


def source(scenario: Scenario, program: Program) -> str:
    """Return the Python text of the compiled function."""
    cell = scenario.cell
    states = set(cell.states)
    steps = scenario.steps
    derived = [e for e in program.derivation.backward if e.role is not Role.BLOCK]
    signals = [e.target for e in cell.equations] + [e.target for e in derived]
    lines = ["def run(s_x, s_y, labelled, future, initial, constants, parameters):"]
    lines += [f"    p_{name} = parameters[{name!r}]" for name in cell.parameters]
    lines += [f"    p_{name} = constants[{name!r}]" for name in scenario.constants]
    lines += [f"    s_{name} = [None] * {steps + 1}" for name in signals]
    lines += [f"    s_{state}[-1] = initial[{state!r}]" for state in sorted(states)]
    lines += [f"    p_{gradient(name)} = zeros(p_{name}.shape)" for name in cell.parameters]
    lines += ["    loss = 0.0", f"    for t in range({steps}):"]
    lines += [f"        {_assign(e.target, e.expression)}" for e in cell.equations]
    lines += [
        "        if labelled[t]:",
        f"            loss += {_text(scenario.loss.expression)}",
    ]
    lines += [
        f"    zero = 0.0 * initial[{OUTPUT!r}]",
        f"    for t in range({steps - 1}, -1, -1):",
    ]
    for equation in derived:
        lines += [f"        {line}" for line in _derived(equation)]
    for equation in program.derivation.gradients:
        if isinstance(equation.expression, Call):
            inner = _text(equation.expression.arguments[0])
            lines.append(f"        p_{equation.target} += {inner}")
    pairs = ", ".join(f"{name!r}: p_{gradient(name)}" for name in cell.parameters)
    return "\n".join([*lines, f"    return loss, {{{pairs}}}", ""])


def _derived(equation: Equation) -> list[str]:
    """Return the lines of one derived equation, with its cases."""
    whole = _assign(equation.target, equation.expression)
    if equation.role is Role.LABEL:
        return [f"{whole} if labelled[t] else zero"]
    if not equation.carried:
        return [whole]
    alone = _text(equation.without_carry) if equation.without_carry else "zero"
    return [f"{whole} if future[t] else {alone}"]


def _assign(target: str, expression: Expression | None) -> str:
    if expression is None:
        raise TypeError(target)
    return f"s_{target}[t] = {_text(expression)}"


def _text(expression: Expression) -> str:
    """Write a formula as Python: the plain style, with names of our own."""

    def leaf(symbol: Symbol) -> str:
        if isinstance(symbol, Parameter):
            return f"p_{symbol.name}"
        return f"s_{symbol.name}[t{symbol.shift:+d}]"

    return show(expression, PLAIN, leaf)
