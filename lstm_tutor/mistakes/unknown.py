"""A mistake with a number in it that nobody told, whatever the number is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from lstm_tutor.algebra.expression import Expression, Number
from lstm_tutor.mistakes.mistake import Edit

Make: TypeAlias = Callable[[float], Edit]
Write: TypeAlias = Callable[[str, Expression, Expression, Expression], Edit]
"""Returns an edit of an equation: its kind, the wrong formula, what was changed into what."""


@dataclass(frozen=True)
class Unknown:
    """A mistake with a number in it.

    Attributes:
        kind: which one.
        part: which part of the equation it concerns, alike in alike equations.
        start: a number to begin with, at which the equation is the right one if it can be.
        make: returns the edit with a number.
        bent: whether the value bends where the number grows, so that it is looked for near
            many numbers; it is then one that people choose, with few digits.
    """

    kind: str
    part: str
    start: float
    make: Make
    bent: bool = False


def number(k: float) -> Number:
    """Return a number as it is written in a formula: a whole one without a point."""
    return Number(int(k) if float(k).is_integer() else k)
