"""Activations that people take for one another, and their slopes among the factors of a
gradient.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lstm_tutor.algebra.expression import Binary, Expression, Number
from lstm_tutor.mistakes.partners import Setting
from lstm_tutor.mistakes.sites import Change, Factor, Site

ACTIVATIONS = ("tanh", "sigmoid")
_ONE = Number(1)
_TWO = Number(2)


@dataclass(frozen=True)
class Slope:
    """An activation's slope among the factors of a gradient, written with its value."""

    site: Factor
    function: str
    value: Expression

    def of(self, value: Expression, function: str = "") -> Expression:
        """Return the slope of this or another activation, with another value."""
        if (function or self.function) == "tanh":
            return Binary("-", _ONE, Binary("**", value, _TWO))
        return Binary("*", value, Binary("-", _ONE, value))

    def instead(self, new: Expression | None) -> Change:
        """Return the change of it into something else."""
        before = int(self.function == "sigmoid")
        return self.of(self.value), new, self.site.instead(new, before)


def slopes(site: Site, setting: Setting, function: str = "") -> Iterator[Slope]:
    """Yield the slope that a factor is, or ends: ``1 - s**2``, or ``s * (1 - s)``."""
    match site:
        case Factor(factor=Binary("-", Number(1), Binary("**", value, Number(2)))):
            slope = Slope(site, "tanh", value)
        case Factor(factor=Binary("-", Number(1), value)) if value == site.before:
            slope = Slope(site, "sigmoid", value)
        case _:
            return
    known = setting.activation(slope.value) == slope.function and not site.divides
    if known and function in ("", slope.function):
        yield slope
