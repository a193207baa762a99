"""Many programs in one run, each with mistakes in it: every lane is one world."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Expression, Symbol, shifted, symbols
from lstm_tutor.execution.batch import evaluated
from lstm_tutor.execution.changes import Changes, fitting, with_total
from lstm_tutor.execution.executor import Executor
from lstm_tutor.execution.memory import Memory
from lstm_tutor.execution.places import TOTAL, Places, Rule
from lstm_tutor.execution.prepared import SUM, Prepared, primed
from lstm_tutor.execution.shapes import shape_of
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Role
from lstm_tutor.model.symbol import LOSS, Id, is_new, new, parse

Array: TypeAlias = NDArray[Any]
_MOST_BYTES = 256 * 1024 * 1024


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
        self._affected = self._reached(wanted)
        self._executor: Executor | None = None
        if self._affected and self.worlds:
            changes = Changes(self, places)
            self._executor = self._made(changes, last)
            self._fill(self._executor, changes)
            self._executor.run()

    def _reached(self, wanted: Iterable[str] | None) -> frozenset[str]:
        """Return the symbols whose values differ in some lane, of those that are needed."""
        places = self.places
        starts = {place.name for world in self.worlds for place in world.once}
        starts |= {place.name for place in self.own}
        for key in {key for world in self.worlds for key in world.everywhere}:
            name = parse(key.removesuffix(SUM)).name
            starts |= {other for other in (name, new(name)) if places.computes(other)}
        reached = places.downstream(starts)
        if wanted is not None:
            formulas = {id(f): f for world in self.worlds for f in world.formulas()}.values()
            read = {symbol.name for node in formulas for symbol in symbols(node)}
            needed = places.upstream(wanted) | places.upstream(read) | starts
            reached &= needed
        return frozenset(reached)

    def _made(self, changes: Changes, last: Id | None) -> Executor:
        places = self.places
        names = {f"{name}{SUM}" for name in (LOSS, new(LOSS)) if name in self._affected}
        names |= self._affected
        statements = places.program.plain.that(lambda one: one.target in names)
        stop = None
        if last is not None:
            statements, stop = _until(statements, last, places.scenario.steps)
        formulas = {id(f): f for world in self.worlds for f in world.formulas()}.values()
        cell = places.program.cell
        return Executor(
            places.scenario,
            statements,
            lanes=len(self.worlds),
            varied=names,
            changes=changes.lines,
            reads=[
                *formulas,
                *(primed(node, cell) for node in formulas if places.program.updates),
                *(shifted(node, by) for by in (-1, 1) for node in formulas),  # beyond the ends
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
            view = self.view(place, executor)
            if view is not None and places.rule(place).expression is None:
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

    def unlabelled(self, place: Id) -> bool:
        """Whether a place is what comes from a label that its time step does not have."""
        equation = self.places.equation(place.name)
        label = equation is not None and equation.role is Role.LABEL
        t = place.t
        if not label or t is None or t < 0:
            return False
        return not self.places.scenario.labelled[t].any()

    def values(self, place: Id) -> Array:
        """Return a place's values, (lanes, …), or (1, …) where all have the right one."""
        view = self.view(place)
        base = self.places.base(place)
        return base[None] if view is None else view.reshape(len(view), *base.shape)

    def predictions(self, place: Id) -> Array:
        """Return what a place's equation gives in each lane, whatever stands there."""
        found = self._before.get(place)
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
        if expression is None or self.unlabelled(place):
            return places.base(place)
        alone = world is not None or rule.expression is None or places.is_term(place)
        if alone or (edited is not None and not self._fits(place.name, edited)):
            if expression == TOTAL:
                return self._total(place.name, lane)
            return self.formula(place, expression, lane)
        found = self.predictions(place)
        return np.asarray(found[lane if len(found) > 1 else 0])

    def odd(self, lane: int) -> Iterator[tuple[Id, Array]]:
        """Yield the first value of each formula of a world that has another shape than it
        should, or none: in memory it is repeated, or missing.
        """
        for key, expression in self.worlds[lane].everywhere.items():
            rule = self._first_rule(key)
            if rule is not None and not self._fits(rule.symbol, expression):
                place = Id(rule.symbol, rule.times[0])
                yield place, self.predicted(place, lane)

    def odd_at(self, place: Id) -> Iterator[int]:
        """Yield the lanes whose formula of a place has a value of another shape."""
        rule, cell = self.places.rule(place), self.places.program.cell
        for lane, world in enumerate(self.worlds):
            edited = world.expression(rule, place.t, cell)
            if edited is not None and not self._fits(place.name, edited):
                yield lane

    def _first_rule(self, key: str) -> Rule | None:
        return next((rule for rule in self.places.rules() if rule.key == key), None)

    def _fits(self, name: str, expression: Expression) -> bool:
        """Whether a formula's value has the right shape."""
        shape = self.places.shape
        try:
            found, own = shape_of(with_total(expression, name), shape), shape(name)
            return found == own or np.prod(found) == np.prod(own) == 1
        except ValueError:
            return False

    def _total(self, name: str, lane: int) -> Array:
        """Return the sum of a lane's terms, each as its program gives it."""
        values = [self.value(term, lane) for term in self.places.terms(name)]
        try:
            found = np.asarray(sum(values[1:], values[0]) if values else 0.0)
            batch = self.places.scenario.batch is not None
            several = batch and found.ndim > len(self.places.shape(name))
            return np.asarray(found.sum(-1)) if several else found
        except ValueError:
            return np.array(np.nan)

    def formula(self, place: Id, expression: Expression, lane: int = 0) -> Array:
        """Return the value of a formula in a place and a lane; NaN where it has none."""
        places, base = self.places, self.places.base(place)
        given = places.rule(place).expression is None

        def changed(other: Id) -> Array | None:
            if other.name == TOTAL.name:
                return self._total(place.name, lane)
            return None if given else self._read(other, lane)

        with np.errstate(all="ignore"):
            try:
                lookup, batch = places.lookup(place.t, changed), places.scenario.batch
                summed = places.summed(place)
                found = np.asarray(evaluated(expression, lookup, batch, summed=summed))
            except ValueError:  # operands whose shapes do not fit
                return np.array(np.nan)
        there = places.there(place)
        if there is not None and found.shape[-1:] == there.shape:
            found = np.where(there, found, 0)
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
    block = own[-1].block if beyond else own[0].block
    left = statements.that(lambda one: one.block <= block)
    timed = own[0].direction and last.t is not None and not beyond
    stop = (block, last.t) if timed and last.t is not None else None
    return left, stop
