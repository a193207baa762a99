"""How far a value can be off when a person works with rounded numbers.

Found symbol by symbol, for all time steps at once; step by step only where a value leads
to the next one of its own and the person gives neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, groupby
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Expression, Parameter, Signal, Symbol, symbols
from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.diagnosis.working import Known, Read, Work, Working, blank
from lstm_tutor.execution.computation import Series
from lstm_tutor.execution.existence import crosses
from lstm_tutor.execution.hoisting import Statement
from lstm_tutor.execution.prepared import SUM, target_of
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.model.symbol import Id

Array: TypeAlias = NDArray[Any]
_SWEEPS = 5  # time steps for each time that a whole loop is tried at once
_SETTLED = 1e-9  # of a radius, when it no longer grows
_MOST_NUMBERS = 4_000_000  # of the terms of a sum that are looked at together


class Radii:
    """How far each value of a run can be off, found when it is first asked for."""

    def __init__(self, run: Runs, units: Mapping[Id, Array], working: Working) -> None:
        """Take a run's values, and what is known of their precision.

        Args:
            run: the values.
            units: half a unit of the last place of each value that the person gave.
            working: how precisely the person works where nothing is given.
        """
        self._run = run
        self._places = run.places
        self._scenario = run.places.scenario
        self.working = working
        self._units: dict[str, dict[int | None, Array]] = {}
        for place, unit in units.items():
            self._units.setdefault(target_of(place), {})[place.t] = unit
        self._known: dict[str, Known] = {}
        self._found: set[str] = set()
        self._terms: dict[Id, Array] = {}

    def before(self, place: Id) -> Array:
        """Return the radius that a place's operands give its value, own rounding included."""
        places, shape = self._places, self._places.base(place).shape
        if places.rule(place).expression is None:
            return np.zeros(shape)
        if places.is_term(place):
            return self._term(place).reshape(shape)
        self._find([target_of(place)])
        found = self._of(target_of(place)).before
        row = found if place.t is None else found[place.t - self._around.start]
        return np.asarray(row).reshape(shape)

    @cached_property
    def _around(self) -> range:
        """How far before and after a time step signals are read."""
        shifts = [
            symbol.shift
            for statement in self._places.program.plain.all
            for symbol in symbols(statement.expression)
            if isinstance(symbol, Signal) and not symbol.fixed
        ]
        return range(min([-1, *shifts]), max([1, *shifts]) + 1)

    def _of(self, name: str) -> Known:
        """Return what is known of a symbol."""
        found = self._known.get(name)
        if found is None:
            series = self._places.series(name)
            timed = self._timed(name, series) if series is not None else None
            found = self._known[name] = timed or self._untimed(name)
        return found

    def _untimed(self, name: str) -> Known:
        place = Id(name.removesuffix(SUM))
        if place in self._places:
            base, found = self._places.base(place), self._run.value(place)
            whole = found if found.shape == base.shape else base
        else:
            whole = np.asarray(self._places.parameters[name])
        known = blank(whole.reshape(*whole.shape, *((1,) * (2 - whole.ndim))), (), self.working)
        unit = self._units.get(name, {}).get(None)
        if unit is not None:
            known.given[...] = True
            known.radii[...] = _shaped(unit, known.radii.shape)
            known.unfit[...] = self._is_unfit(place)
        return known

    def _timed(self, name: str, series: Series) -> Known:
        early = -self._around.start
        units = int(np.prod(self._places.shape(name)))
        rows = self._scenario.steps + len(self._around) - 1
        values = np.zeros((rows, units, self._scenario.batch or 1))
        whole = series.values.reshape(len(series.values), units, -1)
        values[early + series.first :][: len(whole)] = whole
        if name in self._places.held:
            values[early + series.first + len(whole) :] = whole[-1]
        seen = self._run.over_time(name)
        if seen is not None:
            first, found = seen
            start = max(0, -early - first)  # rows that no right formula reads
            target = values[early + first + start :]
            found = found[start : start + len(target)]
            target[: len(found)] = found
        known = blank(values, (rows,), self.working)
        for t, unit in self._units.get(name, {}).items():
            row, place = early + (t or 0), Id(name, t)
            known.given[row] = True
            known.radii[row] = _shaped(unit, values.shape[1:])
            known.unfit[row] = self._is_unfit(place)
        return known

    def _is_unfit(self, place: Id) -> bool:
        """Whether the person's value of a place has another shape than it should."""
        own = self._run.own.get(place)
        return own is not None and own.size != self._places.base(place).size

    def _whole(self, name: str) -> bool:
        """Whether the person gave every value of a symbol, initial ones apart."""
        known, early = self._of(name), -self._around.start
        return bool(known.given[early : early + self._scenario.steps].all())

    @cached_property
    def _statements(self) -> dict[str, list[Statement]]:
        """The statements by target."""
        found: dict[str, list[Statement]] = {}
        for statement in self._places.program.plain.all:
            found.setdefault(statement.target, []).append(statement)
        return found

    def _open(self, name: str) -> bool:
        """Whether a symbol is computed, and not given throughout."""
        if name not in self._statements:
            return False
        timed = self._statements[name][0].over_time
        return not (self._whole(name) if timed else self._of(name).given)

    def _find(self, names: Iterable[str]) -> None:
        """Find the radii of some symbols, and of all that leads to them and is not given."""
        names = [name for name in names if name not in self._found]
        if not names:
            return
        needed, waiting = set(names), list(names)
        while waiting:
            for statement in self._statements[waiting.pop()]:
                for symbol in symbols(statement.expression):
                    known = symbol.name in needed or symbol.name in self._found
                    if not known and self._open(symbol.name):
                        needed.add(symbol.name)
                        waiting.append(symbol.name)
        every = self._places.program.plain.all
        left = [statement for statement in every if statement.target in needed]
        self._found |= needed
        with np.errstate(all="ignore"):
            for _, members in groupby(left, key=lambda statement: statement.block):
                block = list(members)
                if block[0].over_time:
                    self._over_time(block)
                else:
                    for statement in block:
                        self._without_time(statement)

    def _over_time(self, block: Sequence[Statement]) -> None:
        """Find the radii of statements that are evaluated together, over time."""
        steps, first = self._scenario.steps, block[0]
        times = range(steps)
        if first.only is not None:
            times = range(-1, 0) if first.only < 0 else range(steps, steps + 1)
        works = [(self._of(one.target), self._work(one.expression)) for one in block]
        if first.direction and self._loops(block):
            if self._settles(works, times):
                return
            for t in times[:: first.direction]:
                for known, work in works:
                    self._put(known, work, t)
        else:
            for known, work in works:
                self._put(known, work, times)

    def _settles(self, works: Sequence[tuple[Known, Work]], times: range) -> bool:
        """Find the radii of a loop for all time steps at once, as often as they still grow.

        One time step's radii make those of the next one larger or do not, and none smaller.
        So they come to the same as step by step; sooner where little is carried far. Where
        much is, they are left to be found step by step.
        """
        rows = slice(times.start - self._around.start, times.stop - self._around.start)
        for _ in range(len(times) // _SWEEPS):
            before = [
                (known.radii[rows].copy(), known.sizes[rows].copy()) for known, _ in works
            ]
            for known, work in works:
                self._put(known, work, times)
            after = [(one.radii[rows], one.sizes[rows]) for one, _ in works]
            pairs = zip(chain(*before), chain(*after), strict=True)
            if all(np.allclose(a, b, rtol=_SETTLED, atol=0, equal_nan=True) for a, b in pairs):
                return True
        return False

    def _loops(self, block: Sequence[Statement]) -> bool:
        """Whether a value that is not given leads to one of another time step."""
        targets = {statement.target for statement in block}
        return any(
            isinstance(symbol, Signal) and symbol.shift and self._open(symbol.name)
            for statement in block
            for symbol in symbols(statement.expression)
            if symbol.name in targets
        )

    def _put(self, known: Known, work: Work, times: range | int) -> None:
        """Find the radii of a symbol at some time steps, or at one."""
        early = -self._around.start
        rows: slice | int
        if isinstance(times, int):
            rows = early + times
        else:
            rows = slice(early + times.start, early + times.stop)
        values = known.values[rows]
        off = work.radius(times, values.shape)
        radius = off + known.least[rows]
        if not self.working.by_hand:  # a program rounds the parts, which may be much larger
            sizes = work.sizes(times, values)
            radius = self.working.bounded(off + self.working.radius(sizes), sizes)
            known.sizes[rows] = self._unless_given(known, rows, np.abs(values), sizes)
        known.before[rows] = radius
        known.radii[rows] = self._unless_given(known, rows, known.radii[rows], radius)

    @staticmethod
    def _unless_given(known: Known, rows: slice | int, own: Array, found: Array) -> Array:
        """Return what is found, or in rows that the person gave their own."""
        given = known.given[rows]
        return np.where(given[..., None, None], own, found) if given.any() else found

    def _work(self, expression: Expression) -> Work:
        reads = {symbol: self._read(symbol) for symbol in symbols(expression)}
        return Work(self._places, expression, reads, self.working)

    def _read(self, symbol: Symbol) -> Read:
        name = symbol.name
        known = self._of(name)
        exact = name not in self._statements and name not in self._units
        if isinstance(symbol, Parameter):
            return Read(known, exact)
        cut = frozenset[int]()
        if symbol.shift and name in self._places.gradients:
            pairs = ((t, t + symbol.shift) for t in range(self._scenario.steps))
            cut = frozenset(t for t, other in pairs if crosses(self._scenario, t, other))
        return Read(known, exact, symbol.shift - self._around.start, cut)

    def _without_time(self, statement: Statement) -> None:
        """Find the radius of what has no time step."""
        known, inside = self._of(statement.target), summed_over_time(statement.expression)
        if inside is None:
            work = self._work(statement.expression)
            radius = work.radius(0, known.values.shape)
            sizes = work.sizes(0, known.values)
        elif statement.target.endswith(SUM):
            radius, sizes = self._losses(statement.target.removesuffix(SUM))
        else:
            radius, sizes = self._summed(statement.target, inside)
        off, radius = radius, radius + self.working.radius(known.values)
        if not self.working.by_hand:
            radius = self.working.bounded(off + self.working.radius(sizes), sizes)
            known.sizes[...] = np.abs(known.values) if known.given else sizes
        known.before[...] = radius
        if not known.given:
            known.radii[...] = radius

    def _losses(self, name: str) -> tuple[Array, Array]:
        """Return how far the sum of the losses can be off, and how large its terms are."""
        known, early = self._of(name), -self._around.start
        there = self._scenario.labelled.reshape(self._scenario.steps, 1, -1)
        rows = slice(early, early + self._scenario.steps)
        parts = (np.where(there, part[rows], 0.0) for part in (known.radii, known.sizes))
        radius, sizes = (part.sum(axis=(0, 2))[:, None] for part in parts)
        return radius, sizes

    def _summed(self, name: str, inside: Expression) -> tuple[Array, Array]:
        """Return how far a sum over time can be off, and how large its terms are."""
        shape = self._of(name).values.shape
        radius, sizes = np.zeros(shape), np.zeros(shape)
        most = max(1, _MOST_NUMBERS // int(np.prod(shape)) // (self._scenario.batch or 1))
        work, steps = self._work(inside), self._scenario.steps
        own = self._units.get(name, {})
        for first in range(0, steps, most):
            times = range(first, min(first + most, steps))
            found, size = self._parts(name, work, times)
            for t in times:
                if t in own:
                    found[t - first] = _shaped(own[t], shape)
                    size[t - first] = np.abs(self._own_term(Id(name, t), shape))
            radius, sizes = radius + found.sum(0), sizes + size.sum(0)
        return radius, sizes

    def _own_term(self, place: Id, shape: tuple[int, ...]) -> Array:
        return np.asarray(_shaped(self._run.value(place), shape))

    def _parts(self, name: str, work: Work, times: range) -> tuple[Array, Array]:
        """Return how far each time step's term of a sum can be off, and how large it is."""
        shape = self._of(name).values.shape
        size = (len(times), *shape)

        def whole(array: Array) -> Array:
            """What sequences give is added up, but in a product of columns, which does so."""
            added = np.shape(array)[-1:] != shape[-1:]
            found = np.asarray(array).sum(-1, keepdims=True) if added else array
            return np.array(np.broadcast_to(found, size))

        found, off = (whole(part) for part in work.pair(times))
        for t in self._units.get(name, {}).keys() & set(times):
            found[(t or 0) - times.start] = self._own_term(Id(name, t), shape)
        radius = off + self.working.radius(found)
        sizes = np.abs(found)
        if not self.working.by_hand:
            sizes = np.maximum(whole(work.moved(times)), sizes)
            radius = self.working.bounded(off + self.working.radius(sizes), sizes)
        return radius, sizes

    def _term(self, place: Id) -> Array:
        """Return the radius of one time step's term of a sum."""
        found = self._terms.get(place)
        if found is None:
            (statement,) = self._statements[place.name]
            inside = summed_over_time(statement.expression)
            if inside is None or place.t is None:
                raise KeyError(str(place))
            read = {symbol.name for symbol in symbols(inside)}
            self._find([name for name in read if self._open(name)])
            work, times = self._work(inside), range(place.t, place.t + 1)
            with np.errstate(all="ignore"):
                found = self._terms[place] = self._parts(place.name, work, times)[0][0]
        return found


def _shaped(unit: Array, shape: tuple[int, ...]) -> Any:
    """Return half a unit of the last place in a shape, or the largest if it has another."""
    return unit.reshape(shape) if unit.size == int(np.prod(shape)) else np.max(unit)
