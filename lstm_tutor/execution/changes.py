"""What differs by lane after a statement: changed formulas, and a person's own values.

The right formula is computed for all lanes; then each changed one for the lanes that have
it; last come single places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Expression,
    Parameter,
    Symbol,
)
from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.execution.hoisting import Statement
from lstm_tutor.execution.lanes import Lanes, LaneSource, is_alone
from lstm_tutor.execution.passes import Writer
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.prepared import SUM, prime
from lstm_tutor.execution.rules import TOTAL
from lstm_tutor.model.symbol import LOSS, Id, new, old

Array: TypeAlias = NDArray[Any]
Hook: TypeAlias = Callable[[], None]


class Running(Protocol):
    """The worlds while they are run."""

    worlds: list[Any]
    own: dict[Id, Array]
    carried: list[int]

    def view(self, place: Id) -> Array | None:
        """Return the lanes' values of a place in memory."""

    def formula(
        self, place: Id, expression: Expression, lane: int = 0, *, single: bool = False
    ) -> Array:
        """Return the value of a formula in a place and a lane, also of one place alone."""

    def keep(self, place: Id, values: Array) -> None:
        """Remember what a place's equation gave."""

    def keep_all(self, name: str, times: range, values: Array) -> None:
        """Remember the array of what a signal's equation gave, time step by time step."""


@dataclass(frozen=True)
class Edit:
    """A changed formula and the lanes that have it."""

    expression: Expression
    lanes: Lanes


def _lanes(numbers: list[int]) -> Lanes:
    """Return lanes as a slice if they lie side by side."""
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        return slice(numbers[0], numbers[-1] + 1)
    return np.array(numbers)


def fitting(value: Array, shape: tuple[int, ...], size: tuple[int, ...]) -> Array:
    """Return a value in a shape, as it is in memory: as it is, repeated, or NaN.

    Args:
        value: the value.
        shape: the true shape that it should have.
        size: its shape in memory.
    """
    value = np.asarray(value, dtype=float)
    if value.shape == shape or value.size == int(np.prod(shape)):
        return value.reshape(size)
    if not value.ndim:
        return np.broadcast_to(value, size)
    if len(shape) == 2 and value.shape == shape[:1]:
        return np.broadcast_to(value[:, None], shape).reshape(size)
    return np.full(size, np.nan)


class Changes:
    """Writes what differs by lane after each statement of a program."""

    def __init__(self, running: Running, places: Places) -> None:
        """Take the worlds, and the right program."""
        self._running = running
        self._places = places
        self.edits = self._grouped()
        self._once: dict[Id, list[tuple[int, Expression]]] = {}
        for lane, world in enumerate(running.worlds):
            for place, expression in world.once.items():
                self._once.setdefault(place, []).append((lane, expression))

    def _grouped(self) -> dict[str, list[Edit]]:
        """Group the lanes that have the same formula instead of a key's."""
        found: dict[str, dict[int, tuple[Expression, list[int]]]] = {}
        for lane, world in enumerate(self._running.worlds):
            for key, expression in world.everywhere.items():
                group = found.setdefault(key, {})
                group.setdefault(id(expression), (expression, []))[1].append(lane)
        return {
            key: [Edit(expression, _lanes(lanes)) for expression, lanes in group.values()]
            for key, group in found.items()
        }

    @cached_property
    def _second_pass(self) -> frozenset[str]:
        cell = self._places.program.cell
        return frozenset(new(name) for name in (*(e.target for e in cell.equations), LOSS))

    def _key(self, statement: Statement) -> str:
        """Return what changes a statement's formula, or the terms of its sum."""
        name = statement.target.removesuffix(SUM)
        key = old(name) if name in self._second_pass else name
        place = statement.place(self._places.scenario.steps)
        return key if place is None else str(Id(key, place))

    def lines(self, writer: Writer, statement: Statement) -> Iterator[str]:
        """Yield the lines that follow a statement's own."""
        key, name = self._key(statement), statement.target.removesuffix(SUM)
        source = cache(lambda alone: self._source(writer, statement, alone=alone))
        if statement.over_time:
            for edit in self.edits.get(key, ()):
                yield self._line(source, writer, statement, edit)
            yield from self._single(writer, statement)
            return
        is_sum = summed_over_time(statement.expression) is not None
        terms = is_sum and not statement.target.endswith(SUM)
        for edit in self.edits.get(key, ()) if terms or not is_sum else ():
            yield self._line(source, writer, statement, edit, terms=terms)
        if terms:
            yield from _called(writer, self._term_hooks(name))
        for edit in self.edits.get(f"{key}{SUM}", ()) if is_sum else ():
            yield self._line(source, writer, statement, edit)
        yield from _called(writer, self._hooks(Id(name)))

    def _source(self, writer: Writer, statement: Statement, *, alone: bool) -> LaneSource:
        """Return what writes the changed formulas of a statement."""
        target, cell = statement.target, self._places.program.cell
        again = target.removesuffix(SUM) in self._second_pass

        def reads(symbol: Symbol) -> Symbol:
            if symbol == TOTAL:
                return Parameter(target)
            return prime(symbol, cell) if again else symbol

        return LaneSource(writer, statement, self._places, reads, alone=alone)

    def _line(
        self,
        source: Callable[[bool], LaneSource],
        writer: Writer,
        statement: Statement,
        edit: Edit,
        *,
        terms: bool = False,
    ) -> str:
        """Write the changed formula of a statement, for the lanes that have it."""
        own = source(is_alone(edit.lanes))
        if not self._places.holds(statement.target.removesuffix(SUM), edit.expression):
            return own.put_in(f"{own.target()} = nan", edit.lanes)
        if terms:
            value = own.summed(edit.expression)
        elif statement.over_time:
            cases = self._places.cases(statement.target, writer.times, edit.expression)
            parts = (writer.masked(own.of_all(n), statement, there) for n, there in cases)
            value = " + ".join(parts) or "0"
        else:
            value = own.of_all(edit.expression)
        return own.put_in(f"{own.target()} = {value}", edit.lanes)

    def _single(self, writer: Writer, statement: Statement) -> Iterator[str]:
        """Write what is done at single time steps."""
        name = statement.target
        hooks = [self._edit_hooks(Id(name, t)) for t in writer.times] if self._once else []
        if any(hooks) and writer.in_loop:
            yield f"for hook in {writer.for_each(hooks)}: hook()"
        else:
            yield from _called(writer, [hook for found in hooks for hook in found])
        own = {t: self._running.own.get(Id(name, t)) for t in writer.times}
        if any(value is not None for value in own.values()):
            yield from self._own_lines(writer, statement, own)

    def _own_lines(
        self, writer: Writer, statement: Statement, own: Mapping[int, Array | None]
    ) -> Iterator[str]:
        """Keep what an equation gave, and put in a person's own values, at all time steps."""
        name, whole = statement.target, writer.memory.span(statement.target, writer.times)
        shape = self._places.base(Id(name, writer.times.start)).shape
        values = np.zeros((len(own), 1, *whole.shape[2:]))
        there = np.zeros((len(own), whole.shape[1], 1, 1), dtype=bool)
        given = [(row, value) for row, value in enumerate(own.values()) if value is not None]
        for row, value in given:
            values[row, 0] = fitting(value, shape, whole.shape[2:])
        there[np.ix_([row for row, _ in given], self._running.carried)] = True
        kept = np.zeros(whole.shape)
        self._running.keep_all(name, writer.times, kept)
        target = writer.signal([name], 0)
        put, mask, before = (
            writer.for_each(list(part)) if writer.in_loop else writer.bind(part)
            for part in (values, there, kept)
        )
        yield f"{before}[...] = {target}"
        yield f"copyto({target}, {put}, where={mask})"

    def _hooks(self, place: Id) -> list[Hook]:
        """Return what is done at a place after its formula: single edits, own values."""
        found = self._edit_hooks(place)
        if place in self._running.own:
            found.append(self._own_hook(place))
        return found

    def _edit_hooks(self, place: Id) -> list[Hook]:
        edits = self._once.get(place)
        return [self._edit_hook(place, edits)] if edits else []

    def _edit_hook(self, place: Id, edits: Sequence[tuple[int, Expression]]) -> Hook:
        running, shape = self._running, self._places.base(place).shape

        def hook() -> None:
            view = running.view(place)
            if view is None:
                return
            for lane, expression in edits:
                value = running.formula(place, expression, lane, single=True)
                view[lane] = fitting(value, shape, view.shape[1:])

        return hook

    def _own_hook(self, place: Id) -> Hook:
        running, shape = self._running, self._places.base(place).shape

        def hook() -> None:
            view = running.view(place)
            if view is not None:
                running.keep(place, view.copy())
                view[running.carried] = fitting(running.own[place], shape, view.shape[1:])

        return hook

    def _term_hooks(self, name: str) -> list[Hook]:
        """Return what single terms of a sum over time change in it."""
        running = self._running
        places = self._places.terms(name)
        return [self._term_hook(p) for p in places if p in self._once or p in running.own]

    def _term_hook(self, place: Id) -> Hook:
        running, whole = self._running, Id(place.name)
        shape = self._places.base(whole).shape
        once = dict(self._once.get(place, ()))
        rule = self._places.rule(place)
        inside = rule.expression
        if inside is None:
            raise TypeError(place)

        def hook() -> None:
            view = running.view(whole)
            if view is None:
                return
            size = view.shape[1:]
            carried = running.carried if place in running.own else ()
            for lane in {*once, *carried}:
                usual = running.worlds[lane].everywhere.get(rule.key)
                before = running.formula(place, _term(usual) or inside, lane)
                own = running.own.get(place) if lane in carried else None
                after = running.formula(place, once[lane], lane) if own is None else own
                view[lane] += fitting(after, shape, size) - fitting(before, shape, size)

        return hook


def _term(node: Expression | None) -> Expression | None:
    """Return the term of a sum over time; any other formula as it is."""
    return summed_over_time(node) or node


def _called(writer: Writer, hooks: list[Hook]) -> Iterator[str]:
    if hooks:
        yield f"for hook in {writer.bind(hooks)}: hook()"
