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
from lstm_tutor.mistakes.mistake import MISPRINT, Edit, Mistake
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.symbol import INPUT, LOSS, Id, is_new, new, parse

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

    place: Id
    key: str
    expression: Expression | None
    right: Expression | None = None
    index: int = 0


def primed(node: Expression, cell: Cell) -> Expression:
    """Return a forward formula as it reads with the new weights."""

    def prime(symbol: Symbol) -> Expression:
        if symbol.name in cell.parameters or (
            symbol.name in (*cell.signals, LOSS) and symbol.name != INPUT
        ):
            return replace(symbol, name=new(symbol.name))
        return symbol

    return substitute(node, prime)


class Plan:
    """Which line reads what instead of its equation, under some mistakes.

    A value reported under another's name (`MISPRINT`) changes no equation.
    """

    def __init__(self, cell: Cell, mistakes: tuple[Mistake, ...]) -> None:
        self._cell = cell
        self._everywhere: dict[str, Expression] = {}
        self._once: dict[Id, Expression] = {}
        for mistake in mistakes:
            for edit in mistake.edits:
                if edit.kind != MISPRINT:
                    self._add(edit, mistake.at)

    def _add(self, edit: Edit, at: Id | None) -> None:
        learner, key = edit.learner, edit.target
        if summed_over_time(edit.right):
            if term := summed_over_time(learner):
                learner = term
                at = None if at and at.t is None else at
            else:
                learner, key = _with_total(learner), f"{key}Σ"
        if at is None:
            self._everywhere[key] = learner
            if edit.first is not None:
                self._everywhere[str(Id(key, -1))] = edit.first
        else:
            self._once[at] = learner

    @property
    def names(self) -> set[str]:
        """The symbols that are changed, and those that the changed formulas read."""
        nodes = (*self._everywhere.values(), *self._once.values())
        read = {symbol.name for node in nodes for symbol in symbols(node)}
        changed = {parse(key.removesuffix("Σ")).name for key in self._everywhere}
        return read | changed | {symbol for symbol, _ in self._once}

    @property
    def keys(self) -> Iterable[str]:
        """What is changed at every time step."""
        return self._everywhere

    @property
    def places(self) -> Iterable[Id]:
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
        if found is None or not is_new(line.place.name) or line.key == line.place.name:
            return found
        return primed(found, self._cell)


def _with_total(node: Expression) -> Expression:
    return replaced(node, lambda part: TOTAL if summed_over_time(part) else None)
