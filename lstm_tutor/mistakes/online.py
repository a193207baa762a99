"""Weights that are updated inside of the loop of the backward pass, at every time step."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tutor.algebra.expression import (
    Binary,
    Expression,
    Parameter,
    at,
    substitute,
    symbols,
    total,
)
from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.execution.program import Program, place_of
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.model.equation import Equation, Role
from lstm_tutor.model.symbol import RATE, Id, gradient, new
from lstm_tutor.scenario.scenario import Scenario

_KIND = "updated-inside"
_MOST_STEPS = 8  # of sums that are written out


def online_mistakes(scenario: Scenario, program: Program) -> Iterator[Mistake]:
    """Yield the carries with weights that a time step has updated already: with its own
    gradients too, or with those of the time steps after it alone.
    """
    if not 1 < scenario.steps <= _MOST_STEPS or scenario.cell.late:
        return
    sums = {e.target: e.expression for e in program.derivation.gradients}
    carries = [(e, t) for e in program.derivation.backward for t in range(scenario.steps - 1)]
    carries += [
        (e, place_of(e, scenario.cell, scenario.steps)) for e in program.derivation.boundary
    ]
    for behind in (1, 2):
        edits = [
            edit
            for equation, t in carries
            if equation.role is Role.CARRY
            for edit in _edited(equation, t, range(t + behind, scenario.steps), sums)
        ]
        if edits:
            yield Mistake(tuple(edits), together=_KIND)


def _edited(
    equation: Equation, t: int, done: range, sums: dict[str, Expression | None]
) -> Iterator[Edit]:
    """Yield a carry's equation with the weights as some time steps have left them."""
    right = equation.expression
    moved: dict[Expression, Expression] = {}
    for symbol in symbols(right) if right is not None else ():
        inner = summed_over_time(sums.get(gradient(symbol.name)))
        if isinstance(symbol, Parameter) and inner is not None and done:
            steps = total(tuple(at(inner, s) for s in done))
            moved[symbol] = Binary("-", symbol, Binary("*", Parameter(RATE), steps))
    if right is not None and moved:
        weight = next(iter(moved))
        assert isinstance(weight, Parameter)
        learner = substitute(at(right, t), lambda s: moved.get(s, s))
        place = str(Id(equation.target, t))
        fresh = Parameter(new(weight.name))
        yield Edit(place, _KIND, right, learner, weight, fresh, "backward")
