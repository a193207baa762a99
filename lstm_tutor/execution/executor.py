"""The one executor: a program's equations, compiled for arrays over time and run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Number,
    Signal,
    Symbol,
    addends,
    symbols,
    total,
    walk,
)
from lstm_tutor.execution.existence import crosses, exists
from lstm_tutor.execution.fusion import Group, alone
from lstm_tutor.execution.hoisting import Statement
from lstm_tutor.execution.memory import Memory, Shape, reach
from lstm_tutor.execution.passes import Changes, Rules, Writer, nothing
from lstm_tutor.execution.prepared import Prepared
from lstm_tutor.model.equation import Term
from lstm_tutor.model.symbol import EPOCH, LOSS, Id, new
from lstm_tutor.scenario.scenario import Scenario

Array = NDArray[Any]


class Executor:
    """The arrays of one scenario's run, and its compiled parts.

    Args:
        scenario: what is given.
        statements: the program, prepared.
        steps: time steps; by default the scenario's.
        lanes: how many runs that differ in their numbers are one; None for one run.
        varied: the symbols whose numbers differ by lane.
        kind: float or complex.
        everywhere: whether to compute the loss of every time step, labelled or not.
        changes: what else is written after a statement.
        reads: formulas that those changes read.
        last: a block and the time step at which its loop may end.
    """

    def __init__(
        self,
        scenario: Scenario,
        statements: Prepared,
        *,
        steps: int | None = None,
        lanes: int | None = None,
        varied: Iterable[str] = (),
        kind: type = float,
        everywhere: bool = False,
        changes: Changes = nothing,
        reads: Iterable[Expression] = (),
        last: tuple[int, int] | None = None,
    ) -> None:
        self.scenario = scenario
        self._prepared = statements
        self._changes = changes
        self._everywhere = everywhere
        layout = statements.stacked if lanes is None else alone(statements.all)
        self.shape = Shape(
            statements.axes,
            scenario.sizes,
            scenario.steps if steps is None else steps,
            scenario.batch or 1,
            lanes=lanes,
            varied=statements.reached(varied),
            kind=kind,
        )
        reads = tuple(reads)
        formulas = (*(statement.expression for statement in statements.all), *reads)
        used = {symbol for formula in formulas for symbol in symbols(formula)}
        self._read = {symbol.name for symbol in used}
        signals = {symbol.name for symbol in used if isinstance(symbol, Signal)} | {
            *scenario.series,
            *(place.name for place in scenario.beyond),
        }
        signals |= {s.target for s in statements.all if s.over_time}
        self._last = last
        around = reach(statements.all, reads)
        for name, (back, ahead) in scenario.cell.reach.items():
            old = around.get(name, range(1))
            around[name] = range(min(old.start, -back), max(old.stop, ahead + 1))
        self.memory = Memory(self.shape, layout, signals, around)
        self._layout = layout

    @cached_property
    def numbers(self) -> dict[str, float]:
        """The constants that are the same in every epoch."""
        return {name: n for name, n in self.scenario.constants.items() if name != EPOCH}

    @cached_property
    def parts(self) -> dict[str, Callable[[], None]]:
        """The compiled parts, each a function that works on the arrays."""
        return {part: self._part(part).function() for part in self._prepared.parts}

    def _part(self, part: str) -> Writer:
        statements = self._prepared.parts[part]
        chosen = {id(statement) for statement in statements}
        passing = {statement.target for statement in statements if not statement.kept}
        for stack in self._layout.stacks:  # all of a stack is kept if any of it is
            if not passing.issuperset(stack):
                passing -= set(stack)
        rules = Rules(self._terms, self._cut, self._changes)
        writer = Writer(self.memory, rules, self.numbers, passing)
        groups = [group for group in self._layout.groups if id(group.members[0]) in chosen]
        writer.write(groups, self._times)
        return writer

    def _times(self, block: int, direction: int) -> range:
        """Return the time steps of a block's loop."""
        steps = range(self.shape.steps)
        if not direction or self._last is None or self._last[0] != block:
            return steps
        return range(self._last[1] + 1) if direction > 0 else range(self._last[1], len(steps))

    def source(self, part: str) -> str:
        """Return the compiled source of a part."""
        return "\n".join(self._part(part).lines)

    def run(self, *parts: str) -> None:
        """Run some parts, all by default."""
        with np.errstate(all="ignore"):
            for part in parts or self.parts:
                self.parts[part]()

    def put(
        self,
        parameters: Mapping[str, Array],
        piece: slice | None = None,
        beyond: Mapping[Id, Array] | None = None,
    ) -> None:
        """Put in parameters and what else is given; the scenario's by default.

        Args:
            parameters: by name, each in its true shape, or with an axis of lanes before it.
            piece: the time steps of the scenario; by default the first ones.
            beyond: what is read beyond the ends of the piece, also with an axis of lanes.
        """
        scenario = self.scenario
        for name, whole in scenario.series.items():
            rows = whole[piece or slice(self.shape.steps)]
            span = self.memory.span(name, range(len(rows)))
            span[...] = rows.reshape(self._columns(name, len(rows)))
        for (name, t), value in (scenario.beyond if beyond is None else beyond).items():
            own = self.shape.rank(name) + (scenario.batch is not None)
            lanes = value.shape[: value.ndim - own]
            column = value.reshape(*lanes, -1, self.shape.sequences)
            if t is not None:
                self.memory.span(name, range(t, t + 1))[0] = column
        for name, value in parameters.items():
            self.put_parameter(name, value)

    def give(self, scenario: Scenario) -> None:
        """Put in all numbers of another scenario with the same sizes, labels and constants."""
        self.scenario = scenario
        self.put(scenario.untimed)

    def put_parameter(self, name: str, value: Array) -> None:
        """Put in a parameter, gradient or new value; see `put`."""
        ones = (1,) * (2 - self.shape.rank(name))
        self.memory.whole(name)[...] = value.reshape(*value.shape, *ones)

    def take(self, signals: Mapping[str, Array], first: Mapping[str, int]) -> None:
        """Take signals that are not computed here as they are.

        Args:
            signals: (time, units) or (time,), by name; those that are not read are left.
            first: the time step of each one's first row.
        """
        computed = {s.target for part in self._prepared.parts.values() for s in part}
        for name in self.memory.signals & signals.keys() - computed:
            values = signals[name]
            span = self.memory.span(name, range(first[name], first[name] + len(values)))
            span[...] = values.reshape(self._columns(name, len(values)))

    def _columns(self, name: str, steps: int) -> tuple[int, ...]:
        """Return the shape of a signal that all lanes share, as columns over time."""
        lane = (1,) * (self.shape.lanes is not None)
        return (steps, *lane, *self.shape.units(name), self.shape.sequences)

    def over_time(self, expression: Expression) -> Array:
        """Return the value of a formula at every time step, with the lanes' axis."""
        result = Statement("%value", expression, 0)
        rules = Rules(lambda _: (), self._cut, nothing)
        writer = Writer(self.memory, rules, self.numbers, ())
        found: Array = writer.value(Group((result,)), range(self.shape.steps))
        return found

    def move(self, updated: Mapping[str, str]) -> None:
        """Put parameters in place of others, stack by stack where they lie in stacks."""
        layout = self.memory.layout
        places = {name: layout.place.get(name) for name in (*updated.keys(), *updated.values())}
        moves: dict[tuple[str | int, str | int], None] = {}
        for old, name in updated.items():
            one, other = places[old], places[name]
            alike = one and other and [updated.get(n) for n in layout.stacks[one[0]]]
            whole = one and other and alike == list(layout.stacks[other[0]])
            moves[(one[0], other[0]) if whole and one and other else (old, name)] = None
        for target, source in moves:
            self.memory.array(target)[...] = self.memory.array(source)

    def signal(self, name: str, first: int = 0) -> Array:
        """Return a signal from a time step on: (time, [lanes,] units, sequences)."""
        return self.memory.span(name, range(first, self.shape.steps))

    def all_of(self, name: str) -> tuple[Array, int]:
        """Return a signal over time, with what is known of it beyond the ends, and the time
        step of its first row.
        """
        back, ahead = self._beyond.get(name, (0, 0))
        return self.memory.span(name, range(-back, self.shape.steps + ahead)), -back

    @cached_property
    def _beyond(self) -> dict[str, tuple[int, int]]:
        """How many rows before the first time step and after the last a signal has."""
        found = dict(self.scenario.cell.reach)
        for statement in self._prepared.all:
            if statement.only is not None:
                back, ahead = found.get(statement.target, (0, 0))
                only = statement.only
                found[statement.target] = max(back, -only), max(ahead, only)
        return found

    def names(self) -> set[str]:
        """Return every symbol that is read or computed."""
        return {*self._read, *(statement.target for statement in self._prepared.all)}

    def at(self, name: str, t: int) -> Array | None:
        """Return a signal at a time step, ([lanes,] units, sequences), in memory; None if
        nothing reads or computes it.
        """
        row = self.memory.early(name) + t
        whole = self.memory.whole(name)
        return np.asarray(whole[row]) if 0 <= row < len(whole) else None

    def rank(self, symbol: Symbol) -> int:
        """Return the number of a symbol's axes."""
        return self.shape.rank(symbol.name)

    def constant(self, name: str) -> Any:
        """Return a parameter as ([lanes,] rows, columns), or a plain number."""
        constants = self.numbers
        return constants[name] if name in constants else self.memory.whole(name)

    def parameter(self, name: str) -> Array:
        """Return a parameter, its gradient or new value, in its true shape, after the lanes."""
        found, rank = self.memory.whole(name), self.shape.rank(name)
        if rank < 2:
            found = found[..., 0]
        return np.asarray(found if rank else found[..., 0])

    def _terms(self, one: Statement) -> list[tuple[Expression, NDArray[np.bool_]]]:
        """Return the terms of a statement and where they exist; none if they all do always."""
        scenario, steps, target = self.scenario, range(self.shape.steps), one.target
        place = one.place(len(steps))
        if place is not None:
            pairs = [(term.expression, exists(scenario, term, [place])) for term in one.terms]
            return [] if all(there.all() for _, there in pairs) else pairs
        if target in (LOSS, new(LOSS)):
            there = scenario.labelled[: self.shape.steps]
            statement = next(s for s in self._prepared.all if s.target == target)
            return [] if there.all() or self._everywhere else [(statement.expression, there)]
        terms = self._prepared.terms.get(target, ())
        if target not in self._prepared.terms:
            return self._inner(target)
        looped = bool(one.direction)
        if looped and one.expression != total(tuple(term.expression for term in terms)):
            return []  # what a loop need not compute is taken out of it, and kept there
        always = np.array(True)
        found = [
            (
                term.expression,
                always if looped and _fades(term) else exists(scenario, term, steps),
            )
            for term in terms
        ]
        return [] if all(there.all() for _, there in found) else found

    def _inner(self, target: str) -> list[tuple[Expression, NDArray[np.bool_]]]:
        """Return the terms of what a loop reads of its own making, and where they exist: not
        where they would read what is not there, for that is of a term that does not exist.
        """
        if not target.startswith("%"):
            return []
        statement = next(s for s in self._prepared.all if s.target == target)
        steps = range(self.shape.steps)
        found = []
        for term in addends(statement.expression):
            shifted = [s for s in symbols(term) if isinstance(s, Signal) and s.shift]
            there = np.array([all(self._reads(s, t) for s in shifted) for t in steps])
            found.append((term, there))
        return [] if all(there.all() for _, there in found) else found

    def _reads(self, symbol: Signal, t: int) -> bool:
        """Whether there is something to read, and no cut before it."""
        place = t + symbol.shift
        if not 0 <= place < self.shape.steps:
            return Id(symbol.name, place) in self.scenario.beyond
        is_gradient = symbol.name in self._prepared.terms
        return not (is_gradient and crosses(self.scenario, t, place))

    def _cut(self, symbol: Symbol) -> Sequence[int]:
        """Return the time steps, also beyond the ends, at which a gradient of another one is
        not read.
        """
        if not isinstance(symbol, Signal) or not symbol.shift:
            return ()
        if self.scenario.truncate is None or symbol.name not in self._prepared.terms:
            return ()
        steps, far = range(self.shape.steps), self.scenario.cell.furthest
        pairs = ((t, t + symbol.shift) for t in range(-far, len(steps) + far))
        return [t for t, other in pairs if other in steps and crosses(self.scenario, t, other)]


def _fades(term: Term) -> bool:
    """Whether a term is 0 in a loop where it would come from beyond an end: each gradient is 0
    there, and what it is multiplied with a number, whatever that is read from.
    """

    def is_number(part: Expression) -> bool:
        match part:
            case Binary("**", _, Number(exponent)):
                return exponent > 0
            case Binary("/" | "**") | Call():
                return False
        return True

    return not term.starts and all(map(is_number, walk(term.expression)))
