"""How far a value can be off when a person works with rounded numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Expression, Parameter, Symbol
from lstm_tutor.algebra.precision import with_radius
from lstm_tutor.execution.batch import Lookup, of_sequence, together
from lstm_tutor.execution.places import TOTAL
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.model.symbol import Id

Array: TypeAlias = NDArray[Any]

_LITTLE = 1e-6  # of a value: what it changes is to first order
_BY_HAND = 6  # significant digits; who has more has a program


@dataclass(frozen=True)
class Working:
    """How precisely a person works: with so many significant digits."""

    digits: float

    def radius(self, value: Array) -> Array:
        """Return half a unit of the last digit of a value; 0 for 0."""
        size = np.abs(np.asarray(value, dtype=float))
        with np.errstate(divide="ignore", invalid="ignore"):
            last = np.floor(np.log10(size)) + 1 - self.digits
            return np.where(size > 0, 0.5 * 10.0**last, 0.0)


class Radii:
    """How far each value of a run can be off, found on demand."""

    def __init__(self, run: Runs, units: Mapping[Id, Array], working: Working) -> None:
        """Take a run's values, and what is known of their precision.

        Args:
            run: the values.
            units: half a unit of the last place of each value that the person gave.
            working: how precisely the person works where nothing is given.
        """
        self._places = run.places
        self._run = run
        self._units = units
        self._working = working
        self._known: dict[Id, Array] = {}
        self._sizes: dict[Id, Array] = {}

    def before(self, place: Id) -> Array:
        """Return the radius that a place's operands give its value, own rounding included."""
        waiting = [place]
        while waiting:
            missing = [
                operand
                for operand in self._places.operands(waiting[-1])
                if operand not in self._units and operand not in self._known
            ]
            if missing:
                waiting += missing
            else:
                found = waiting.pop()
                self._known[found] = self._radius(found)
        return self._known[place]

    def _radius(self, place: Id) -> Array:
        expression = self._places.rule(place).expression
        value, base = self._run.value(place), self._places.base(place)
        value = value if value.shape == base.shape else base  # a person's may have another
        if expression is None:
            return np.zeros_like(value)
        if expression == TOTAL:
            operands = self._places.operands(place)
            parts = [self._of(operand) for operand in operands]
            radius = np.asarray(sum(parts) + self._working.radius(value))
            sizes = [self._size(operand, self._run.value(operand)) for operand in operands]
            self._sizes[place] = np.asarray(sum(sizes))
            return self._bounded(radius, self._sizes[place])
        values = self._run.lookup(place.t)
        t = place.t or 0

        def operand_of(symbol: Symbol) -> Id:
            if isinstance(symbol, Parameter):
                return Id(symbol.name)
            return Id(symbol.name, symbol.shift if symbol.fixed else t + symbol.shift)

        def radius_of(symbol: Symbol) -> Any:
            return np.broadcast_to(self._of(operand_of(symbol)), np.shape(values(symbol)))

        def moved(symbol: Symbol) -> Any:
            return _LITTLE * self._size(operand_of(symbol), values(symbol))

        def of(radii: Lookup) -> Array:
            def one(part: Expression, sequence: int | None) -> Any:
                value, radius = (of_sequence(of, sequence) for of in (values, radii))
                return with_radius(part, lambda symbol: (value(symbol), radius(symbol)))[1]

            batch, summed = self._places.scenario.batch, self._places.summed(place)
            return np.asarray(together(expression, batch, one, summed=summed))

        with np.errstate(all="ignore"):
            try:
                radius, change = of(radius_of), of(moved)
            except ValueError:
                radius = change = np.asarray(np.inf)
        made_of = np.maximum(np.asarray(change) / _LITTLE, np.abs(value))
        self._sizes[place] = made_of
        return self._bounded(np.asarray(radius + self._working.radius(value)), made_of)

    def _bounded(self, radius: Array, parts: Array) -> Array:
        """Return a radius that no long sequence makes huge: a program keeps half its digits.

        The bounds grow from step to step, far beyond what rounding does.

        Args:
            radius: the bound.
            parts: how large what the value is made of is; the value may cancel to 0.
        """
        size = np.max(parts, initial=0.0)
        if self._working.digits <= _BY_HAND or not 0 < size < np.inf:
            return radius
        return np.asarray(np.minimum(radius, size * 10.0 ** (-self._working.digits / 2)))

    def _size(self, place: Id, value: Any) -> Any:
        """Return how large what a value is made of is: more than itself where it cancels."""
        if place in self._units or place not in self._sizes:
            return np.abs(value)
        return self._sizes[place]

    def _of(self, place: Id) -> Any:
        if place in self._units:
            return self._units[place]
        return self._known.get(place, 0.0)
