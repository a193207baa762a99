"""A program with mistakes in it, as the formulas that stand instead of the right ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lstm_tutor.algebra.expression import Expression
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.prepared import primed
from lstm_tutor.execution.rules import Rule
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.symbol import Id, is_new

_MOST_BYTES = 256 * 1024 * 1024  # of the worlds that are run in one go


@dataclass(frozen=True)
class World:
    """A program with mistakes, and whether a person's own values are put in.

    Attributes:
        everywhere: the formula of each key that has another one (see `Rule`).
        once: the formula of each place that has another one.
        carried: whether the person's own values are put in.
    """

    everywhere: Mapping[str, Expression] = field(default_factory=dict)
    once: Mapping[Id, Expression] = field(default_factory=dict)
    carried: bool = False

    def formulas(self) -> Iterator[Expression]:
        """Yield the formulas that stand instead of the right ones."""
        yield from self.everywhere.values()
        yield from self.once.values()

    def expression(self, rule: Rule, t: int | None, cell: Cell) -> Expression | None:
        """Return what stands in place of a rule's formula at a time step; None if nothing."""
        found = self.once.get(Id(rule.symbol, t))
        if found is None:
            found = self.everywhere.get(rule.key)
        if found is None or not is_new(rule.symbol) or rule.key == rule.symbol:
            return found
        return primed(found, cell)


def pieces(places: Places, worlds: Sequence[World]) -> Iterator[Sequence[World]]:
    """Yield worlds in pieces that can be run in one go."""
    numbers = 2 * sum(series.values.size for series in places.signals())
    numbers += sum(np.size(value) for value in places.parameters.values())
    most = max(1, _MOST_BYTES // (8 * numbers))
    for first in range(0, len(worlds), most):
        yield worlds[first : first + most]
