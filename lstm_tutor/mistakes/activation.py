"""Activations that people take for one another, and their slopes among the factors of a
gradient.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from lstm_tutor.algebra.expression import Call, Expression, Parameter, Symbol
from lstm_tutor.algebra.function import Function
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.mistakes.pattern import matches
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import Change, Factor, Factors, Site, factors, product_of

ACTIVATIONS = tuple(name for name, row in FUNCTIONS.items() if row.activation)
_TAKEN = {name for row in FUNCTIONS.values() for name in row.taken_for}
USUAL = tuple(name for name in ACTIVATIONS if name in _TAKEN)
"""The activations that everybody knows, and takes others for."""
_ARGUMENT, _VALUE = Parameter("A"), Parameter("B")


@dataclass(frozen=True)
class Slope:
    """An activation's slope among the factors of a gradient.

    Attributes:
        site: its last factor.
        parts: all of its factors.
        row: the activation.
        base: what it is written with: the activation's value, or its argument.
        by_value: whether it is the value, as in ``s * (1 - s)``.
    """

    site: Factor
    parts: Factors
    row: Function
    base: Expression
    by_value: bool

    @property
    def value(self) -> Expression:
        """The activation's value."""
        return self.base if self.by_value else Call(self.row.name, (self.base,))

    def at(self, base: Expression) -> Expression:
        """Return the slope written with something else."""
        return self.row.slope(0, (base,), base)

    def of(self, name: str) -> Expression:
        """Return the slope of another activation there."""
        value = self.base if self.by_value else Call(name, (self.base,))
        return FUNCTIONS[name].slope(0, (self.base,), value)

    def instead(self, new: Expression | None) -> Change:
        """Return the change of it into something else."""
        before = len(self.parts) - 1
        return product_of(self.parts), new, self.site.instead(new, before)


@cache
def _wanted(name: str) -> Factors:
    """Return the factors of an activation's slope, with letters for what it is taken at."""
    return factors(FUNCTIONS[name].slope(0, (_ARGUMENT,), _VALUE))


def slopes(site: Site, setting: Setting) -> Iterator[Slope]:
    """Yield the slope that ends with a factor: ``1 - s**2``, or ``s * (1 - s)``."""
    if not isinstance(site, Factor):
        return
    for name in ACTIVATIONS:
        row = FUNCTIONS[name]
        wanted = _wanted(name)
        parts = site.up_to(len(wanted))
        bound: dict[Symbol, Expression] = {}
        if len(parts) == len(wanted) and all(
            one[1] == other[1] and matches(one[0], other[0], bound)
            for one, other in zip(wanted, parts, strict=True)
        ):
            for letter, base in bound.items():
                slope = Slope(site, parts, row, base, letter == _VALUE)
                if setting.activation(slope.value) == name:
                    yield slope
            return
