"""What a program reads instead of its equations when a person makes mistakes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lstm_tutor.algebra.expression import (
    Expression,
    Parameter,
    Symbol,
    replaced,
    substitute,
    symbols,
)
from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.execution.computation import step_id
from lstm_tutor.mistakes.edits import Edit
from lstm_tutor.mistakes.mistake import MISPRINT, Mistake, Place
from lstm_tutor.model.cell import Cell

TOTAL = Parameter("sum over time")
"""Stands in a line for the sum of the terms of all time steps."""


@dataclass(frozen=True)
class Line:
    """One equation at one time step.

    Attributes:
        place: what it computes.
        key: which edits change it: the target, with a Σ for a sum over time, or with
            ``@-1`` where there is an equation of its own before the first time step.
        expression: the right side in relative time; None for what is given.
        right: the whole right side, where the line computes one term of it.
        index: position in the order of evaluation.
    """

    place: Place
    key: str
    expression: Expression | None
    right: Expression | None = None
    index: int = 0


def primed(node: Expression, cell: Cell) -> Expression:
    """Return a forward formula as it reads with the new weights."""

    def prime(symbol: Symbol) -> Expression:
        if symbol.name in cell.parameters or (
            symbol.name in (*cell.signals, "L") and symbol.name != "x"
        ):
            return replace(symbol, name=f"{symbol.name}'")
        return symbol

    return substitute(node, prime)


class Plan:
    """Which line reads what instead of its equation, under some mistakes.

    A value reported under another's name (`MISPRINT`) changes no equation.
    """

    def __init__(self, cell: Cell, mistakes: tuple[Mistake, ...]) -> None:
        self._cell = cell
        self._everywhere: dict[str, Expression] = {}
        self._once: dict[Place, Expression] = {}
        for mistake in mistakes:
            for edit in mistake.edits:
                if edit.operator != MISPRINT:
                    self._add(edit, mistake.at)

    def _add(self, edit: Edit, at: Place | None) -> None:
        learner, key = edit.learner, edit.target
        if summed_over_time(edit.right):
            if term := summed_over_time(learner):
                learner = term
                at = None if at and at[1] is None else at
            else:
                learner, key = _with_total(learner), f"{key}Σ"
        if at is None:
            self._everywhere[key] = learner
            if edit.first is not None:
                self._everywhere[step_id(key, -1)] = edit.first
        else:
            self._once[at] = learner

    @property
    def names(self) -> set[str]:
        """The symbols that are changed, and those that the changed formulas read."""
        nodes = (*self._everywhere.values(), *self._once.values())
        read = {symbol.name for node in nodes for symbol in symbols(node)}
        changed = {key.removesuffix("Σ").partition("@")[0] for key in self._everywhere}
        return read | changed | {symbol for symbol, _ in self._once}

    @property
    def keys(self) -> Iterable[str]:
        """What is changed at every time step."""
        return self._everywhere

    @property
    def places(self) -> Iterable[Place]:
        """What is changed once."""
        return self._once

    def edits(self, line: Line) -> bool:
        """Whether a line is changed."""
        return line.place in self._once or line.key in self._everywhere

    def expression(self, line: Line) -> Expression | None:
        """Return what stands in a line instead of its equation; None if nothing does."""
        found = self._once.get(line.place)
        if found is None:
            found = self._everywhere.get(line.key)
        if found is None or not line.place[0].endswith("'") or line.key == line.place[0]:
            return found
        return primed(found, self._cell)


def _with_total(node: Expression) -> Expression:
    return replaced(node, lambda part: TOTAL if summed_over_time(part) else None)
