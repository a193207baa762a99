"""Statements as the lines of a function on the arrays of a run.

Outside of a loop over time a statement is written for all time steps at once; in one, for
a row of views, one for each signal that the loop reads or writes. It is long because a writer
of statements and the source of their formulas ask each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Parameter,
    Signal,
    Symbol,
    Transpose,
    total,
)
from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.execution.compiler import Source, function_of, is_outer
from lstm_tutor.execution.fusion import Group, Slot
from lstm_tutor.execution.hoisting import DOT, Statement
from lstm_tutor.execution.memory import Memory

Array = NDArray[Any]
_MOST_ROWS = 200_000  # views of a loop that are kept from one run to the next


Changes: TypeAlias = "Callable[[Writer, Statement], Iterable[str]]"


def nothing(_writer: Writer, _statement: Statement) -> Iterable[str]:
    """Write nothing after a statement."""
    return ()


@dataclass(frozen=True)
class Rules:
    """Where formulas do not hold for every time step.

    Attributes:
        terms: per statement the terms that do not exist everywhere, each with whether it
            exists, (time,).
        cut: per signal and shift, the time steps at which it is not read, but 0 is.
        changes: what else is written after a statement.
    """

    terms: Callable[[Statement], Sequence[tuple[Expression, NDArray[np.bool_]]]]
    cut: Callable[[Symbol], Sequence[int]]
    changes: Changes


class Writer:
    """Writes groups of statements as the lines of one function."""

    def __init__(
        self,
        memory: Memory,
        rules: Rules,
        constants: Mapping[str, float],
        passing: Iterable[str],
    ) -> None:
        """Take the arrays, the rules, plain numbers by name, and which signals of loops are
        not kept over time.
        """
        self.lines: list[str] = []
        self.memory = memory
        self._rules = rules
        self._constants = constants
        self._passing = frozenset(passing)
        self._names: dict[str, Any] = {}
        self._bound: dict[object, str] = {}
        self._times = range(memory.shape.steps)
        self._rows: dict[object, tuple[str, Any, Sequence[int]]] | None = None

    def function(self) -> Callable[[], None]:
        """Return the function of everything that was written."""
        return function_of(self.lines or ["pass"], self._names, "run()")

    def write(self, groups: Sequence[Group], times: Callable[[int, int], range]) -> None:
        """Add groups, in order of evaluation.

        Args:
            groups: those of one block in a row.
            times: the time steps of a block, by its number and direction.
        """
        for _, members in groupby(groups, key=lambda group: group.members[0].block):
            block = list(members)
            first = block[0].members[0]
            direction = first.direction
            self._times = times(first.block, direction)
            alone = first.place(self.memory.shape.steps)
            if alone is not None:
                self._times = range(alone, alone + 1)
            if direction:
                self._loop(block, direction)
            else:
                for group in block:
                    self._at_once(group)

    def value(self, group: Group, times: range) -> Array:
        """Return the value of a statement's formula at some time steps, kept nowhere."""
        self._times = times
        text = StackSource(self, group).text(group.members[0].expression)
        found: Array = function_of([f"return {text}"], self._names, "run()")()
        return found

    def _bind(self, key: object, array: Callable[[], Any]) -> str:
        """Return the variable of what a key stands for."""
        name = self._bound.get(key)
        if name is None:
            name = self._bound[key] = f"v{len(self._bound)}"
            self._names[name] = array()
        return name

    def _slot(self, names: Sequence[str]) -> Slot:
        slot = self.memory.layout.slot(names)
        if slot is None:
            raise TypeError(names)
        return slot

    def parameter(self, names: Sequence[str], *, flat: bool = False) -> str:
        """Return the variable of a parameter, or of several in a stack."""
        if names[0] in self._constants:
            return repr(self._constants[names[0]])
        if len(names) == 1:
            return self._bind(names[0], lambda: self.memory.whole(names[0]))
        slot = self._slot(names)
        return self._bind((*names, flat), lambda: self.memory.members(slot, None, flat=flat))

    def turned(self, names: Sequence[str]) -> str:
        """Return the variable of matrices below each other, transposed."""
        slot = self._slot(names)
        return self._bind(
            ("turned", *names),
            lambda: self.memory.members(slot, None, flat=True).swapaxes(-1, -2),
        )

    def signal(
        self, names: Sequence[str], shift: int, *, spread: bool = False, flat: bool = False
    ) -> str:
        """Return the variable of a signal at all time steps, or of several in a stack.

        Args:
            names: the symbols.
            shift: the time shift.
            spread: whether one signal gets the axis that a stack has.
            flat: whether a stack's units lie below each other.
        """
        if self._rows is not None:
            return self._row(names, shift, flat)

        def array() -> Array:
            found = self._over_time(names, shift, flat)
            return found[:, None] if spread and len(names) == 1 else found

        return self._bind((*names, shift, spread, flat, self._times), array)

    def _over_time(self, names: Sequence[str], shift: int, flat: bool) -> Array:
        times = range(self._times.start + shift, self._times.stop + shift)
        if len(names) == 1:
            return self.memory.span(names[0], times)
        return self.memory.members(self._slot(names), times, flat=flat)

    def _row(self, names: Sequence[str], shift: int, flat: bool) -> str:
        """Return the variable in a loop's row."""
        if names[0] in self._passing:
            return self._latest(names, flat)
        key = (*names, shift, flat)
        rows = self._rows if self._rows is not None else {}
        if key not in rows:
            times = self._times
            cut = [t - times.start for t in self.cut(names[0], shift) if t in times]
            rows[key] = f"r{len(rows)}", self._over_time(names, shift, flat), cut
        return rows[key][0]

    def cut(self, name: str, shift: int) -> Sequence[int]:
        """Return the time steps at which a signal of another one is not read."""
        return self._rules.cut(Signal(name, shift))

    def for_each(self, things: Sequence[Any]) -> str:
        """Return the variable of what belongs to each time step, in a loop's row."""
        rows = self._rows if self._rows is not None else {}
        name = f"r{len(rows)}"
        rows[name] = name, things, ()
        return name

    @property
    def in_loop(self) -> bool:
        """Whether the lines are those of a loop."""
        return self._rows is not None

    @property
    def times(self) -> range:
        """The time steps that the lines are for."""
        return self._times

    def bind(self, thing: Any) -> str:
        """Return a new variable for a thing."""
        return self._bind(("thing", len(self._bound)), lambda: thing)

    def _now(self, there: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return of what is said of all time steps what holds for those of the lines."""
        return there[self._times.start : self._times.stop] if there.ndim else there

    def _latest(self, names: Sequence[str], flat: bool) -> str:
        """Return the variable of what a loop does not keep over time."""
        shape, place = self.memory.shape, self.memory.layout.place.get(names[0])
        stack = () if place is None else self.memory.layout.stacks[place[0]]
        size = (*shape.lane(names[0]), *shape.units(names[0]), shape.sequences)
        members = ((len(stack),)) if stack else ()
        key = ("latest", *(stack or names))
        whole = self._names[self._bind(key, lambda: np.zeros((*members, *size), shape.kind))]
        if not stack:
            return self._bound[key]
        slot = self._slot(names)
        part = whole[slot.first] if len(names) == 1 else whole[slot.first : slot.last]
        if flat:
            part = part.reshape(-1, part.shape[-1])
        return self._bind(("latest", flat, *names), lambda: part)

    def _at_once(self, group: Group) -> None:
        """Write statements for all time steps at once."""
        one = group.members[0]
        names = [statement.target for statement in group.members]
        source = StackSource(self, group)
        target = self.signal(names, 0) if one.over_time else self.parameter(names)
        terms = self._rules.terms(one) if one.over_time else ()
        self.lines.append(self._put(source, target, one, terms, int(len(names) > 1)))
        self.lines += self._rules.changes(self, one)

    def _put(
        self,
        source: StackSource,
        target: str,
        one: Statement,
        terms: Sequence[tuple[Expression, NDArray[np.bool_]]],
        axes: int = 0,
    ) -> str:
        """Write a statement, of its terms those that exist; a stack has more axes."""
        if not terms:
            return source.into(target, one.expression)
        parts = [self.masked(source.text(t), one, there, axes) for t, there in terms]
        return f"{target}[...] = {' + '.join(parts)}"

    def masked(
        self, text: str, statement: Statement, there: NDArray[np.bool_], axes: int = 0
    ) -> str:
        """Write what exists at some of the time steps alone, (time,) or (time, batch)."""
        if there.all():
            return text
        ones = (1,) * (self.memory.whole(statement.target).ndim - 1 + axes)
        # of a batch the last axis is that of its sequences
        size = (*ones[1:], -1) if there.ndim == 2 else ones
        mask = there.reshape(len(there), *size)
        return f"kept({text}, {self.for_each(list(mask)) if self.in_loop else self.bind(mask)})"

    def _loop(self, groups: Iterable[Group], direction: int) -> None:
        """Write a loop over time."""
        self._rows = {}
        body = []
        for group in groups:
            one = group.members[0]
            source = StackSource(self, group)
            target = self.signal(
                [s.target for s in group.members],
                0,
                flat=source.as_one and len(group.members) > 1,
            )
            terms = [(term, self._now(there)) for term, there in self._rules.terms(one)]
            body.append(self._put(source, target, one, terms))
            body += self._rules.changes(self, one)
        rows, self._rows = list(self._rows.values()), None
        views = self._bind(("loop", len(self._bound)), lambda: _views(rows, direction))
        self.lines.append(f"for {', '.join(name for name, _, _ in rows)}, in {views}():")
        self.lines += [f"    {line}" for line in body]


def _views(
    rows: Sequence[tuple[str, Any, Sequence[int]]], direction: int
) -> Callable[[], Iterable[tuple[Array, ...]]]:
    """Return a function that gives the views of each time step, in the loop's order."""

    def column(array: Array, cut: Sequence[int]) -> Any:
        if not cut:
            return array[::direction]
        views = list(array)
        nothing = np.zeros(array.shape[1:], array.dtype)
        for t in cut:
            views[t] = nothing
        return views[::direction]

    def made() -> Iterable[tuple[Array, ...]]:
        return zip(*(column(array, cut) for _, array, cut in rows), strict=True)

    if len(rows[0][1]) * len(rows) > _MOST_ROWS:
        return made
    kept = list(made())
    return lambda: kept


class StackSource(Source):
    """Writes the formula of a group; what differs by member is read from the stack."""

    def __init__(self, writer: Writer, group: Group) -> None:
        shape = writer.memory.shape
        super().__init__(
            self._leaf,
            lambda symbol: shape.rank(symbol.name),
            real=shape.kind is float,
            leading=shape.lanes is not None or not group.members[0].direction,
        )
        self._writer = writer
        self._group = group
        self._members = {leaves[0]: leaves for leaves in group.leaves}
        self._in_loop = bool(group.members[0].direction)

    def _names(self, symbol: Symbol) -> list[str]:
        """Return the members' symbols, or the one that all have."""
        leaves = self._members.get(symbol, (symbol,))
        return [leaf.name for leaf in (leaves if len(set(leaves)) > 1 else leaves[:1])]

    def _leaf(self, symbol: Symbol, *, flat: bool = False) -> str:
        names = self._names(symbol)
        if isinstance(symbol, Parameter):
            return self._writer.parameter(names, flat=flat)
        spread = len(self._group.members) > 1 and not flat
        return self._writer.signal(names, symbol.shift, spread=spread, flat=flat)

    @property
    def as_one(self) -> bool:
        """Whether the whole is one product of the stack's matrices with one column."""
        match self._group.members[0].expression:
            case Binary("@", Parameter() as matrix, Signal() as column):
                return len(self._names(matrix)) > 1 and len(self._names(column)) == 1
        return False

    def _product(self, left: Expression, right: Expression) -> str:
        match left, right:
            case Parameter() as matrix, Signal() as column:
                names = self._names(matrix)
                if len(names) > 1 and len(self._names(column)) == 1:
                    return self._stacked_product(names, column)
        return super()._product(left, right)

    def _stacked_product(self, names: list[str], column: Signal) -> str:
        matrix = self._writer.parameter(names, flat=True)
        values = self._leaf(column, flat=True)
        if self._in_loop:
            return f"({matrix} @ {values})"  # into memory that lies flat, too
        shape = self._writer.memory.shape
        size = f"{len(names)}, {shape.units(names[0])[0]}, {shape.sequences}"
        return f"times({matrix}, {values}).reshape(-1, {size})"

    def _call(self, node: Call) -> str:
        if node.function == DOT:
            return self._dot(node)
        inside = summed_over_time(node)
        return super()._call(node) if inside is None else self._sum(inside)

    def _dot(self, node: Call, target: str = "") -> str:
        """Write a sum of transposed matrices times columns, as one product of stacks."""
        half = len(node.arguments) // 2
        pairs = list(zip(node.arguments[:half], node.arguments[half:], strict=True))
        layout = self._writer.memory.layout
        pairs.sort(key=lambda pair: layout.place.get(_name(pair[0]), (0, 0)))
        matrices, columns = (
            [_name(part) for part in side] for side in zip(*pairs, strict=True)
        )
        if layout.slot(matrices) is None or layout.slot(columns) is None:
            terms = [Binary("@", Transpose(matrix), column) for matrix, column in pairs]
            return self.text(total(tuple(terms)))
        shift = next(column.shift for _, column in pairs if isinstance(column, Signal))
        right = self._writer.signal(columns, shift, flat=True)
        left = self._writer.turned(matrices)
        return f"matmul({left}, {right}, out={target})" if target else f"({left} @ {right})"

    def _sum(self, node: Expression) -> str:
        """Write a sum over time, the outer products in it as one matrix product."""
        shape, group = self._writer.memory.shape, self._group
        rank = shape.rank(group.members[0].target)
        match node:
            case Negative(operand):
                return f"(-{self._sum(operand)})"
            case Binary("+" | "-" as operator, left, right) if rank == 2:
                return f"({self._sum(left)} {operator} {self._sum(right)})"
            case Call(_, (left, right)) if is_outer(node):
                return self._outer_sum(left, right)
        return f"over_time({self.text(node)}, {self.rank(node)}, {shape.steps})"

    def _outer_sum(self, left: Expression, right: Expression) -> str:
        """Write a sum over time of outer products; of a stack with one signal as one."""
        shape, names = self._writer.memory.shape, [s.target for s in self._group.members]
        if not (isinstance(left, Signal) and isinstance(right, Signal)):
            return f"outer_over_time({self.text(left)}, {self.text(right)}, {shape.steps})"
        flat = len(names) == 1 or len(self._names(left)) > len(self._names(right)) == 1
        parts = f"{self._leaf(left, flat=flat)}, {self._leaf(right, flat=flat)}"
        product = f"outer_over_time({parts}, {shape.steps})"
        size = ", ".join(str(size) for size in (len(names), *shape.units(names[0])))
        return f"{product}.reshape({size})" if flat and len(names) > 1 else product

    def into(self, target: str, node: Expression) -> str:
        """Write the statement that puts a formula's value into an array."""
        match node:
            case Call(function) if function == DOT:
                text = self._dot(node, target)
                return text if text.startswith("matmul") else f"{target}[...] = {text}"
            case Binary("@", Parameter() as matrix, Signal() as column) if self.as_one:
                if self._in_loop:
                    left = self._writer.parameter(self._names(matrix), flat=True)
                    return f"matmul({left}, {self._leaf(column, flat=True)}, out={target})"
        return super().into(target, node)


def _name(node: Expression) -> str:
    if not isinstance(node, Parameter | Signal):
        raise TypeError(node)
    return node.name
