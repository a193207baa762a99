"""Many programs in one run, each with mistakes in it: every lane is one world.

It is long because it is one class: what is asked of such a run, from its arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Expression,
    Signal,
    Symbol,
    shifted,
    symbols,
)
from lstm_tutor.execution.batch import evaluated
from lstm_tutor.execution.changes import Changes, fitting
from lstm_tutor.execution.executor import Executor
from lstm_tutor.execution.memory import Memory
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.prepared import SUM, Prepared, in_loops, prime, primed
from lstm_tutor.execution.rules import TOTAL, Rule
from lstm_tutor.execution.world import World
from lstm_tutor.model.symbol import LOSS, Id, is_new, new, parse

Array: TypeAlias = NDArray[Any]
_ALIKE = 1e-6  # relative: less is rounding


class Runs:
    """The values of some worlds, each in a lane.

    Attributes:
        places: the right program.
        worlds: the programs that were run.
        own: the person's own values, which the carried worlds have.
    """

    def __init__(
        self,
        places: Places,
        worlds: Sequence[World],
        own: Mapping[Id, Array] | None = None,
        wanted: Iterable[str] | None = None,
        last: Id | None = None,
    ) -> None:
        """Run programs.

        Args:
            places: the right program.
            worlds: the programs.
            own: values that stand in place of what would be computed, where a world is
                carried.
            wanted: symbols whose values are needed; all by default.
            last: a place after which nothing is needed.
        """
        self.places = places
        self.worlds = list(worlds)
        self.carried = [lane for lane, world in enumerate(worlds) if world.carried]
        self.own = dict(own or {}) if self.carried else {}
        self._before: dict[Id, Array] = {}
        self._totals: dict[tuple[str, int], Array] = {}
        self._ran = False
        self._all_before: dict[str, list[tuple[range, Array]]] = {}
        self._affected = self._reached(wanted)
        self._executor: Executor | None = None
        if self._affected and self.worlds:
            changes = Changes(self, places)
            self._executor = self._made(changes, last)
            self._fill(self._executor, changes)
            self._executor.run()
        self._ran = True

    def _reached(self, wanted: Iterable[str] | None) -> frozenset[str]:
        """Return the symbols whose values differ in some lane, of those that are needed."""
        places = self.places
        starts = {place.name for world in self.worlds for place in world.once}
        for place, value in self.own.items():  # once for a symbol: most of its values differ
            if place.name not in starts and not np.array_equal(value, places.base(place)):
                starts.add(place.name)
        for key in {key for world in self.worlds for key in world.everywhere}:
            name = parse(key.removesuffix(SUM)).name
            starts |= {other for other in (name, new(name)) if places.computes(other)}
        reached = places.downstream(starts)
        if wanted is not None:
            read = {symbol.name for node in self._formulas() for symbol in symbols(node)}
            needed = places.upstream(wanted) | places.upstream(read) | starts
            reached &= needed
        return frozenset(reached)

    def _reads(self) -> dict[str, set[Signal]]:
        """Return the signals that the changed formulas of each symbol read."""
        found: dict[str, set[Signal]] = {}
        changed = {pair for world in self.worlds for pair in world.everywhere.items()}
        once = {(p.name, node) for world in self.worlds for p, node in world.once.items()}
        for key, node in changed | once:
            name = parse(key.removesuffix(SUM)).name
            read = (symbol for symbol in symbols(node) if isinstance(symbol, Signal))
            found.setdefault(name, set()).update(read)
        again = {
            new(name): {replace(symbol, name=new(symbol.name)) for symbol in read}
            for name, read in found.items()
        }
        return {name: found.get(name, set()) | again.get(name, set()) for name in found | again}

    def _formulas(self) -> Iterable[Expression]:
        """Return the formulas that stand instead of the right ones, each once."""
        return {id(f): f for world in self.worlds for f in world.formulas()}.values()

    def _made(self, changes: Changes, last: Id | None) -> Executor:
        places = self.places
        names = {f"{name}{SUM}" for name in (LOSS, new(LOSS)) if name in self._affected}
        names |= self._affected
        statements = places.program.plain.that(lambda one: one.target in names)
        order: dict[str, int] = {}
        for number, rule in enumerate(places.rules()):
            if rule.expression is not None:
                order.setdefault(rule.symbol, number)
        statements = in_loops(statements, self._reads(), order)
        stop = None
        if last is not None:
            statements, stop = _until(statements, last, places.scenario.steps)
        read = {symbol for node in self._formulas() for symbol in symbols(node)}
        cell = places.program.cell
        far = cell.furthest  # how far beyond the ends there are gradients of initial states
        return Executor(
            places.scenario,
            statements,
            lanes=len(self.worlds),
            varied=names,
            changes=changes.lines,
            reads=[
                *read,
                *(prime(symbol, cell) for symbol in read if places.program.updates),
                *(shifted(symbol, by) for by in range(-far, far + 1) if by for symbol in read),
            ],
            last=stop,
        )

    def _fill(self, executor: Executor, changes: Changes) -> None:
        """Put the right values everywhere, and what is given otherwise."""
        places, memory = self.places, executor.memory
        given = {rule.symbol for rule in places.rules() if rule.expression is None}
        for name in executor.names() | (given & self._affected):
            if name in memory.signals:
                self._fill_signal(memory, name)
            elif name not in executor.numbers and name != TOTAL.name:
                value = np.asarray(places.parameters[name.removesuffix(SUM)])
                executor.put_parameter(name, value)
        for rule in places.rules():
            if rule.expression is None and rule.symbol in self._affected:
                for edit in changes.edits.get(rule.key, ()):
                    self._give(executor, rule, edit.expression, edit.lanes)
        for place, value in self.own.items():
            if place.name not in given or places.rule(place).expression is not None:
                continue
            view = self.view(place, executor)
            if view is not None:
                view[self.carried] = fitting(value, places.base(place).shape, view.shape[1:])

    def _fill_signal(self, memory: Memory, name: str) -> None:
        """Put in a signal's right values, and what stands around them."""
        series = self.places.series(name)
        if series is None:
            return
        whole, early = memory.whole(name), memory.early(name)
        batch = self.places.scenario.batch or 1
        values = series.values.reshape(len(series.values), 1, -1, batch)
        start = early + series.first
        inside = values[max(0, -start) :]  # rows that nothing reads are not there
        start = max(0, start)
        inside = inside[: len(whole) - start]
        whole[start : start + len(inside)] = inside
        if name in self.places.held:
            whole[start + len(inside) :] = inside[-1]
        if name not in self.places.gradients:
            for row in range(start):
                whole[row] = values[(row - start) % len(values)]

    def _give(
        self, executor: Executor, rule: Rule, expression: Expression, lanes: slice | Array
    ) -> None:
        """Change what is given, by right values alone."""
        places, t = self.places, rule.times[0]
        if is_new(rule.symbol):
            expression = primed(expression, places.program.cell)
        batch = places.scenario.batch
        value = np.asarray(evaluated(expression, places.lookup(t), batch))
        place = Id(rule.symbol, t)
        view = self.view(place, executor)
        if view is not None:
            view[lanes] = fitting(value, places.base(place).shape, view.shape[1:])

    def keep_all(self, name: str, times: range, values: Array) -> None:
        """Remember the array of what a signal's equation gives, time step by time step."""
        self._all_before.setdefault(name, []).append((times, values))

    def keep(self, place: Id, values: Array) -> None:
        """Remember what a place's equation gave before a person's value took its place."""
        self._before[place] = values

    def view(self, place: Id, executor: Executor | None = None) -> Array | None:
        """Return the lanes' values of a place in memory; None if they are the right ones."""
        executor = executor or self._executor
        if executor is None or place.name not in self._affected:
            return None
        if place.t is None:
            name = f"{place.name}{SUM}" if place.name in (LOSS, new(LOSS)) else place.name
            return executor.memory.whole(name)
        if place.name not in executor.memory.signals:
            return None
        return executor.at(place.name, place.t)

    def together(self, places: Sequence[Id]) -> Array | None:
        """Return the values of places of one symbol, (places, lanes, …); None if all have
        the right ones.
        """
        name = places[0].name
        memory = self._executor.memory if self._executor else None
        if memory is None or name not in self._affected:
            return None
        if name in memory.signals:
            whole, early = memory.whole(name), memory.early(name)
            rows = [place.t + early for place in places if place.t is not None]
            if len(rows) == len(places) and min(rows) >= 0 and max(rows) < len(whole):
                return np.asarray(whole[rows])
        found = [self.values(place) for place in places]
        alike = len(found[0]) == 1 < len(self.worlds)
        return None if alike else np.array(found)

    def over_time(self, name: str, lane: int = 0) -> tuple[int, Array] | None:
        """Return a lane's values of a signal, (time, units, sequences), and the time step of
        the first; None if they are the right ones.
        """
        memory = self._executor.memory if self._executor else None
        if memory is None or name not in self._affected or name not in memory.signals:
            return None
        whole = memory.whole(name)
        return -memory.early(name), whole[:, lane if whole.shape[1] > 1 else 0]

    def apart(self) -> Iterator[Id]:
        """Yield places whose values differ in the first and the last lane."""
        memory = self._executor.memory if self._executor else None
        for name in self._affected if memory else ():
            if memory and name in memory.signals:
                whole, early = memory.whole(name), memory.early(name)
                rows = np.flatnonzero(_differ(whole[:, 0], whole[:, -1]).any((1, 2)))
                yield from (Id(name, t) for t in (rows - early).tolist())
            if self.places.computes(name):
                values = self.values(Id(name)) if Id(name) in self.places else np.zeros((1, 1))
                if _differ(values[0], values[-1]).any():
                    yield Id(name)
                yield from self._terms_apart(name)

    def _terms_apart(self, name: str) -> Iterator[Id]:
        """Yield the terms of a sum over time that differ in the first and the last lane."""
        terms = self.places.terms(name)
        if not terms or not self.places.is_term(terms[0]):
            return
        rule, inside = self.places.rule(terms[0]), self.places.rule(terms[0]).expression
        edited = any(rule.key in world.everywhere for world in self.worlds)
        single = any(place.name == name for world in self.worlds for place in world.once)
        if edited or single or inside is None or self._executor is None:
            for term in terms:
                left, right = self.value(term, 0), self.value(term, len(self.worlds) - 1)
                if left.shape != right.shape or _differ(left, right).any():
                    yield term
            return
        values = self._executor.over_time(inside)
        for t in np.flatnonzero(_differ(values[:, 0], values[:, -1]).any((1, 2))).tolist():
            yield terms[t]

    def values(self, place: Id) -> Array:
        """Return a place's values, (lanes, …), or (1, …) where all have the right one."""
        view = self.view(place)
        base = self.places.base(place)
        return base[None] if view is None else view.reshape(len(view), *base.shape)

    def _kept(self, place: Id) -> Array | None:
        """Return what was remembered of a place, where the person gave a value."""
        if place in self._before or place not in self.own or place.t is None:
            return self._before.get(place)
        for times, values in self._all_before.get(place.name, ()):
            if place.t in times:
                return np.asarray(values[place.t - times.start])
        return None

    def predictions(self, place: Id) -> Array:
        """Return what a place's equation gives in each lane, whatever stands there."""
        found = self._kept(place)
        if found is None:
            return self.values(place)
        return found.reshape(len(found), *self.places.base(place).shape)

    def value(self, place: Id, lane: int = 0) -> Array:
        """Return the value of a place in one world."""
        if self.worlds[lane].carried and place in self.own:
            return self.own[place]
        if self.places.is_term(place):
            return self.predicted(place, lane)
        values = self.values(place)
        return np.asarray(values[lane if len(values) > 1 else 0])

    def predicted(self, place: Id, lane: int = 0, world: World | None = None) -> Array:
        """Return what a place's equation gives in one world, whatever stands there.

        Args:
            place: the place.
            lane: the world.
            world: other mistakes than the world's own, in this one equation.
        """
        places = self.places
        rule = places.rule(place)
        cell = places.program.cell
        edited = (world or self.worlds[lane]).expression(rule, place.t, cell)
        expression = rule.expression if edited is None else edited
        if expression is None:
            return places.base(place)
        alone = world is not None or rule.expression is None or places.is_term(place)
        if alone or (edited is not None and not self.places.fits(place.name, edited)):
            if expression == TOTAL:
                return self._total(place.name, lane)
            single = place in (world or self.worlds[lane]).once
            return self.formula(place, expression, lane, single=single)
        found = self.predictions(place)
        return np.asarray(found[lane if len(found) > 1 else 0])

    def odd(self, lane: int) -> Iterator[tuple[Id, Array]]:
        """Yield the first value of each formula of a world that has another shape than it
        should, or none: in memory it is repeated, or missing.
        """
        for key, expression in self.worlds[lane].everywhere.items():
            rule = self.places.first_rules.get(key)
            if rule is not None and not self.places.fits(rule.symbol, expression):
                place = Id(rule.symbol, rule.times[0])
                yield place, self.predicted(place, lane)

    def odd_at(self, place: Id) -> Iterator[int]:
        """Yield the lanes whose formula of a place has a value of another shape."""
        rule, cell = self.places.rule(place), self.places.program.cell
        everywhere, once = self._edited
        for lane in sorted({*everywhere.get(rule.key, ()), *once.get(place, ())}):
            edited = self.worlds[lane].expression(rule, place.t, cell)
            if edited is not None and not self.places.fits(place.name, edited):
                yield lane

    @cached_property
    def _edited(self) -> tuple[dict[str, list[int]], dict[Id, list[int]]]:
        """The lanes that have another formula for each key, and for each place."""
        everywhere: dict[str, list[int]] = {}
        once: dict[Id, list[int]] = {}
        for lane, world in enumerate(self.worlds):
            for key in world.everywhere:
                everywhere.setdefault(key, []).append(lane)
            for place in world.once:
                once.setdefault(place, []).append(lane)
        return everywhere, once

    def _total(self, name: str, lane: int) -> Array:
        """Return the sum of a lane's terms; found once, when all has been run."""
        if not self._ran:
            return self._summed(name, lane)
        if (name, lane) not in self._totals:
            self._totals[name, lane] = self._summed(name, lane)
        return self._totals[name, lane]

    def _summed(self, name: str, lane: int) -> Array:
        """Return the sum of a lane's terms, each as its program gives it."""
        values = [self.value(term, lane) for term in self.places.terms(name)]
        try:
            found = np.asarray(sum(values[1:], values[0]) if values else 0.0)
            batch = self.places.scenario.batch is not None
            several = batch and found.ndim > len(self.places.shape(name))
            return np.asarray(found.sum(-1)) if several else found
        except ValueError:
            return np.array(np.nan)

    def formula(
        self, place: Id, expression: Expression, lane: int = 0, *, single: bool = False
    ) -> Array:
        """Return the value of a formula in a place and a lane; NaN where it has none.

        Args:
            place: the place.
            expression: the formula.
            lane: the world.
            single: whether it is this place's alone; see `Places.existing`.
        """
        places, base = self.places, self.places.base(place)
        given = places.rule(place).expression is None

        def changed(other: Id) -> Array | None:
            if other.name == TOTAL.name:
                return self._total(place.name, lane)
            return None if given else self._read(other, lane)

        with np.errstate(all="ignore"):
            try:
                lookup = places.lookup(place.t, changed)
                found = places.existing(place, expression, lookup, single=single)
            except ValueError:  # operands whose shapes do not fit
                return np.array(np.nan)
        if found.size == base.size == 1:  # with one unit, every product is a number
            return found.reshape(base.shape)
        whole = not found.ndim and not symbols(expression)
        return np.asarray(np.broadcast_to(found, base.shape)) if whole else found

    def _read(self, place: Id, lane: int) -> Array | None:
        """Return what a lane's formulas read in a place; None if it is the right value."""
        if place not in self.places:
            return None
        if self.worlds[lane].carried and place in self.own:
            return self.own[place]
        view = self.view(place)
        if view is None:
            return None
        found = view[lane if len(view) > 1 else 0]
        return np.asarray(found).reshape(self.places.base(place).shape)

    def lookup(self, t: int | None, lane: int = 0) -> Callable[[Symbol], Any]:
        """Return the values of the symbols of a formula at a time step in one world."""
        return self.places.lookup(t, lambda place: self._read(place, lane))


def _differ(one: Array, other: Array) -> NDArray[np.bool_]:
    """Say where values differ by more than rounding does; no number is like another."""
    with np.errstate(invalid="ignore"):
        alike = (np.abs(one - other) <= _ALIKE * np.abs(other)) | (one == other)
        return np.asarray(~alike)


def _until(
    statements: Prepared, last: Id, steps: int
) -> tuple[Prepared, tuple[int, int] | None]:
    """Leave out the statements that come after a place's, and the end of its loop."""
    names = (last.name, f"{last.name}{SUM}") if last.t is None else (last.name,)
    beyond = last.t is not None and not 0 <= last.t < steps
    side = last.t if beyond else None
    own = [s for s in statements.all if s.target in names and s.place(steps) in (None, side)]
    if not own:
        return statements, None
    block = own[-1].block if beyond or last.t is None else own[0].block  # a total comes last
    left = statements.that(lambda one: one.block <= block)
    timed = own[0].direction and last.t is not None and not beyond
    stop = (block, last.t) if timed and last.t is not None else None
    return left, stop
