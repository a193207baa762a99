"""Statements that read alike become one: the gates of any cell are computed as a stack.

On formulas alone: statements of the same form, whose symbols can stand beside each other in
memory, are grouped; each group is one statement on a stack of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Number,
    Parameter,
    Signal,
    Symbol,
    children,
    symbols,
    walk,
)
from lstm_tutor.execution.hoisting import DOT, Statement

_MOST_ORDERED = 7  # members of a stack whose best order is looked for


@dataclass(frozen=True)
class Group:
    """Statements of one form that are evaluated as one, or a single statement.

    Attributes:
        members: the statements, in the order of their stack.
        leaves: for each symbol of the first one's formula, in reading order, those of all;
            the same one throughout where all read the same.
    """

    members: tuple[Statement, ...]
    leaves: tuple[tuple[Symbol, ...], ...] = ()


class Slot(NamedTuple):
    """Members of a stack that lie beside each other: from one to before another."""

    stack: int
    first: int
    last: int


@dataclass(frozen=True)
class Layout:
    """Which symbols lie beside each other.

    Attributes:
        groups: the statements in order of evaluation.
        stacks: the symbols of each stack, in order.
        place: the stack of a symbol and its position there.
    """

    groups: tuple[Group, ...]
    stacks: tuple[tuple[str, ...], ...]
    place: Mapping[str, tuple[int, int]]

    def slot(self, names: Sequence[str]) -> Slot | None:
        """Return where some symbols lie beside each other in this order; None if nowhere."""
        places = [self.place[name] for name in names if name in self.place]
        if len(places) < len(names):
            return None
        stack, first = places[0]
        if places != [(stack, first + number) for number in range(len(names))]:
            return None
        return Slot(stack, first, first + len(names))


def alone(statements: Sequence[Statement]) -> Layout:
    """Return the layout without any stack."""
    groups = tuple(Group((statement,)) for statement in statements)
    return Layout(groups, (), {})


def fused(statements: Sequence[Statement], axes: Mapping[str, Axes]) -> Layout:
    """Return statements grouped by form.

    Args:
        statements: in order of evaluation.
        axes: the axes of every symbol.
    """
    return _Fusion(statements, axes).layout()


class _Union:
    """Disjoint sets of names."""

    def __init__(self, above: Mapping[object, object] | None = None) -> None:
        self._above: dict[object, object] = dict(above or {})

    def copy(self) -> _Union:
        """Return the same sets, to be joined further."""
        return _Union(self._above)

    def find(self, name: object) -> object:
        above = self._above.setdefault(name, name)
        while above != name:
            name, above = above, self._above[above]
        return name

    def join(self, one: object, other: object) -> None:
        self._above[self.find(one)] = self.find(other)


class _Fusion:
    def __init__(self, statements: Sequence[Statement], axes: Mapping[str, Axes]) -> None:
        self._statements = statements
        self._axes = axes
        self._levels: dict[tuple[int, str], int] = {}

    def layout(self) -> Layout:
        groups = self._candidates()
        columns, stacks = _Union(), _Union()
        tuples: list[tuple[str, ...]] = []
        for rows in [[*pair] for pair in self._pairs()] + [
            list(self._rows(group)) for group in sorted(groups, key=lambda g: -len(g.members))
        ]:
            trial = columns.copy(), stacks.copy()
            for row in rows:
                for name in row[1:]:
                    trial[1].join(row[0], name)
                for one, other in zip(rows[0], row, strict=True):
                    trial[0].join(one, other)
            if self._apart(rows, tuples, *trial):
                columns, stacks = trial
                tuples += rows
        return self._placed(groups, tuples, columns, stacks)

    def _apart(
        self,
        rows: list[tuple[str, ...]],
        tuples: list[tuple[str, ...]],
        columns: _Union,
        stacks: _Union,
    ) -> bool:
        """Whether no stack has two symbols in one column."""
        names = {name for row in (*tuples, *rows) for name in row}
        keys = {(stacks.find(name), columns.find(name)) for name in names}
        return len(keys) == len(names)

    def _candidates(self) -> list[Group]:
        """Group statements of the same block, depth and form."""
        found: dict[object, list[Statement]] = {}
        levels: dict[tuple[int, str], int] = {}
        for statement in self._statements:
            used = symbols(statement.expression)
            now = (s for s in used if isinstance(s, Parameter) or not s.shift)
            below = (levels.get((statement.block, s.name), -1) for s in now)
            level = levels[statement.block, statement.target] = 1 + max(below, default=-1)
            read = list(_reading(statement.expression))
            again = tuple(read.index(symbol) for symbol in read)  # a stack is read by symbol
            form = _form(statement.expression, self._axes), again
            key = statement.block, level, self._axes[statement.target], form
            found.setdefault(key, []).append(statement)
        self._levels = levels
        return [Group(tuple(members), _leaves(members)) for members in found.values()]

    def _rows(self, group: Group) -> Iterator[tuple[str, ...]]:
        """Yield the names that must lie beside each other for a group to be one."""
        if len(group.members) < 2:
            return
        yield tuple(statement.target for statement in group.members)
        for leaves in group.leaves:
            if len(set(leaves)) > 1:
                yield tuple(leaf.name for leaf in leaves)

    def _pairs(self) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        for statement in self._statements:
            for node in walk(statement.expression):
                if isinstance(node, Call) and node.function == DOT:
                    half = len(node.arguments) // 2
                    names = [
                        leaf.name
                        for leaf in node.arguments
                        if isinstance(leaf, Parameter | Signal)
                    ]
                    yield tuple(names[:half]), tuple(names[half:])

    def _placed(
        self,
        groups: list[Group],
        tuples: list[tuple[str, ...]],
        columns: _Union,
        stacks: _Union,
    ) -> Layout:
        """Order every stack by its columns, so that most groups lie together."""
        members: dict[object, list[str]] = {}
        for names in tuples:
            for name in names:
                held = members.setdefault(stacks.find(name), [])
                if name not in held:
                    held.append(name)
        classes = _Union()
        for held in members.values():
            for name in held[1:]:
                classes.join(columns.find(held[0]), columns.find(name))
        order: dict[object, int] = {}
        for root in dict.fromkeys(
            classes.find(columns.find(n)) for ns in members.values() for n in ns
        ):
            wanted = [
                tuple(columns.find(name) for name in names)
                for names in tuples
                if classes.find(columns.find(names[0])) == root
            ]
            for number, column in enumerate(_best_order(wanted)):
                order[column] = number
        place: dict[str, tuple[int, int]] = {}
        ordered: list[tuple[str, ...]] = []
        for held in members.values():
            keys = [columns.find(name) for name in held]
            shapes = {self._axes[name] for name in held}
            if len(set(keys)) < len(keys) or len(shapes) > 1:
                continue
            stack = tuple(sorted(held, key=lambda name: order[columns.find(name)]))
            place |= {name: (len(ordered), number) for number, name in enumerate(stack)}
            ordered.append(stack)
        layout = Layout((), tuple(ordered), place)
        whole = [part for group in groups for part in self._fitting(group, layout)]
        return Layout(tuple(self._sorted(whole)), layout.stacks, place)

    def _fitting(self, group: Group, layout: Layout) -> Iterator[Group]:
        """Yield the group in the order of its stack; its statements alone if it has none."""
        targets = [statement.target for statement in group.members]
        if len(targets) > 1 and all(target in layout.place for target in targets):
            members = tuple(sorted(group.members, key=lambda s: layout.place[s.target]))
            found = Group(members, _leaves(members))
            if all(layout.slot(names) for names in self._rows(found)):
                yield found
                return
        for statement in group.members:
            yield Group((statement,), _leaves([statement]))

    def _sorted(self, groups: list[Group]) -> list[Group]:
        """Return groups in order of evaluation: each after those of a lower level."""

        def key(group: Group) -> tuple[int, int]:
            first = group.members[0]
            return first.block, self._levels[first.block, first.target]

        return sorted(groups, key=key)


def _best_order(wanted: Sequence[tuple[object, ...]]) -> list[object]:
    """Return an order in which as many sets as can be lie together."""
    columns = list(dict.fromkeys(column for names in wanted for column in names))
    if len(columns) > _MOST_ORDERED:
        return columns
    sets = [frozenset(names) for names in wanted if len(set(names)) < len(columns)]

    def score(order: list[object]) -> int:
        place = {column: number for number, column in enumerate(order)}
        spans = ([place[column] for column in names] for names in sets)
        return sum(max(span) - min(span) == len(span) - 1 for span in spans)

    best: list[object] = max((list(order) for order in permutations(columns)), key=score)
    return best


def _leaves(members: Sequence[Statement]) -> tuple[tuple[Symbol, ...], ...]:
    each = [tuple(_reading(statement.expression)) for statement in members]
    return tuple(zip(*each, strict=True))


def _reading(node: Expression) -> Iterator[Symbol]:
    if isinstance(node, Parameter | Signal):
        yield node
    for child in children(node):
        yield from _reading(child)


def _form(node: Expression, axes: Mapping[str, Axes]) -> object:
    """Return a formula without the names of its symbols."""
    match node:
        case Parameter(name):
            return "parameter", axes[name] or name  # of plain numbers there is no stack
        case Signal(name, shift):
            return shift, axes[name]
        case Number(value):
            return value
        case Binary(operator, left, right):
            return operator, _form(left, axes), _form(right, axes)
        case Call(function, arguments):
            return function, *(_form(argument, axes) for argument in arguments)
    return type(node).__name__, *(_form(child, axes) for child in children(node))
