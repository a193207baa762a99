"""The equations of a program one by one, with their time steps, and what changes each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_tutor.algebra.expression import (
    Expression,
    Parameter,
    Signal,
)
from lstm_tutor.algebra.functions import over_time, summed_over_time
from lstm_tutor.execution.prepared import SUM, primed
from lstm_tutor.execution.program import Program, Section
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Equation, Role
from lstm_tutor.model.symbol import INPUT, LOSS, Id, new

TOTAL = Parameter("sum over time")
"""Stands in a formula for the sum of the terms of all time steps."""


@dataclass(frozen=True)
class Rule:
    """One equation of the program, for all time steps at which it is evaluated.

    Attributes:
        symbol: what it computes.
        key: what changes it: the symbol's name, that of the first pass for the second one;
            with `SUM` for the sum of terms, and as an id beyond the first or last time step.
        times: the time steps; ``(None,)`` for what has none.
        expression: the right side; None for what is given, `TOTAL` for a sum of terms.
        right: the whole right side, where the rule is one term of it.
    """

    symbol: str
    key: str
    times: Sequence[int | None]
    expression: Expression | None
    right: Expression | None


def sections_of(program: Program, steps: int) -> tuple[tuple[Rule, ...], ...]:
    """Return the program's equations, in order of evaluation; blocks have none.

    Those of one section take turns, at each of the same time steps.
    """
    found: list[tuple[Rule, ...]] = []
    for section in program.sections:
        equations = [e for e in section.equations if e.role is not Role.BLOCK]
        timed = tuple(section.times) != (None,)
        if timed and any(equation.target == new(LOSS) for equation in equations):
            found += _second_pass(program.cell, program.forward, steps)
        rules = [_rules(program, equation, section.times, steps) for equation in equations]
        if timed and rules and rules[0][0].expression is not None:
            found.append(tuple(rule for (rule,) in rules))
        else:
            found += [(rule,) for group in rules for rule in group]
    return tuple(filter(None, found))


def _rules(
    program: Program, equation: Equation, times: Sequence[int | None], steps: int
) -> list[Rule]:
    target, expression = equation.target, equation.expression
    if equation.role is Role.GIVEN:
        if tuple(times) == (None,):
            return [Rule(target, target, times, None, None)]
        return [Rule(target, str(Id(target, t)), (t,), None, None) for t in times]
    key, right = target, expression
    if target == new(LOSS):  # a person's wrong loss is wrong after the update too
        key, loss = LOSS, program.loss.expression
        right = loss if tuple(times) != (None,) else over_time(Signal(key))
    inside = summed_over_time(expression)
    if inside is not None:
        total = Rule(target, f"{key}{SUM}", times, TOTAL, right)
        if not equation.terms:
            return [total]
        return [Rule(target, key, range(steps), inside, expression), total]
    (alone,) = times if len(times) == 1 else (None,)
    beyond = alone is not None and not 0 <= alone < steps
    key = str(Id(key, alone)) if beyond else key
    return [Rule(target, key, times, expression, right)]


def _second_pass(cell: Cell, forward: Sequence[Section], steps: int) -> list[tuple[Rule, ...]]:
    """Return the forward pass with the new weights."""
    found: list[tuple[Rule, ...]] = []
    for name in dict.fromkeys((*cell.states, *cell.reach)):
        if name != INPUT:
            for t in (*cell.beyond(name, steps), *cell.padded(name, steps)):
                found.append((Rule(new(name), str(Id(name, t)), (t,), None, None),))
    for section in forward:
        rules = (
            Rule(
                new(e.target), e.target, section.times, primed(e.expression, cell), e.expression
            )
            for e in section.equations
            if e.expression is not None
        )
        found.append(tuple(rules))
    return found
