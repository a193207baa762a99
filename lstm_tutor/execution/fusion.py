"""Statements that read alike become one: the gates of any cell are computed as a stack.

Two steps, both on formulas alone. What a loop over time need not compute is taken out of
it. Then statements of the same form, whose symbols can stand beside each other in memory,
are grouped; each group is one statement on a stack of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, permutations
from typing import NamedTuple

from lstm_tutor.algebra.axes import Axes, axes_of
from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    Parameter,
    Signal,
    Symbol,
    Transpose,
    children,
    product,
    rebuild,
    symbols,
    total,
    walk,
)
from lstm_tutor.execution.order import Block
from lstm_tutor.model.equation import Term

_MOST_ORDERED = 7  # members of a stack whose best order is looked for
DOT = "%dot"
"""The function that stands for a sum of transposed matrices times columns."""


@dataclass(frozen=True)
class Statement:
    """One formula whose value is kept.

    Attributes:
        target: the symbol it computes.
        expression: its formula; of a sum over time the whole sum.
        block: statements of one block are evaluated in one loop, or without any.
        direction: of that loop: 1, -1, or 0 for all time steps at once.
        kept: whether every time step's value is kept, or only the latest.
        only: where alone it is evaluated: so many time steps before the first one if it is
            negative, else after the last; None if not so.
        over_time: whether the target has a value at each time step.
        terms: of what is evaluated at one place alone, its terms, which may not exist there.
    """

    target: str
    expression: Expression
    block: int
    direction: int = 0
    kept: bool = True
    only: int | None = None
    over_time: bool = True
    terms: tuple[Term, ...] = ()

    def place(self, steps: int) -> int | None:
        """Return the one time step at which it is evaluated; None if there is none."""
        if self.only is None:
            return None
        return self.only if self.only < 0 else steps - 1 + self.only


class Hoister:
    """Takes out of loops over time what does not depend on the loop."""

    def __init__(self, axes: dict[str, Axes]) -> None:
        """Take the axes of every symbol; those of new ones are added."""
        self.axes = axes
        self._numbers = count(1)
        self._blocks = count()

    def statements(self, block: Block) -> Iterator[Statement]:
        """Yield the statements of a block, those before its loop first."""
        if not block.direction:
            number = self.block()
            for equation in block.equations:
                if equation.expression is not None:
                    yield Statement(equation.target, equation.expression, number)
            return
        loop = _Loop(self, {equation.target for equation in block.equations})
        inside = [
            (equation.target, loop.hoisted(equation.expression))
            for equation in block.equations
            if equation.expression is not None
        ]
        before, within = self.block(), self.block()
        yield from (Statement(name, node, before) for node, name in loop.before.items())
        for name, node in loop.with_products(inside):
            kept = name in loop.targets
            yield Statement(name, node, within, block.direction, kept)

    def block(self) -> int:
        """Return the number of a new block."""
        return next(self._blocks)

    def axes_of(self, node: Expression) -> Axes:
        """Return the axes of a formula's value."""
        return axes_of(node, lambda symbol: self.axes[symbol.name])

    def new(self, node: Expression) -> str:
        """Return a new symbol for a formula's value."""
        name = f"%{next(self._numbers)}"
        self.axes[name] = self.axes_of(node)
        return name


@dataclass
class _Loop:
    """One loop over time: which symbols it computes, what is computed before it."""

    hoister: Hoister
    targets: set[str]
    before: dict[Expression, str] = field(default_factory=dict)

    def _inside(self, node: Expression) -> bool:
        return any(isinstance(s, Signal) and s.name in self.targets for s in symbols(node))

    def _kept(self, node: Expression) -> Expression:
        """Return what stands for a formula that the loop need not compute."""
        if isinstance(node, Number | Parameter | Signal):
            return node
        if not any(isinstance(symbol, Signal) for symbol in symbols(node)):
            return rebuild(node, self._kept)  # of parameters alone: as it is
        if node not in self.before:
            self.before[node] = self.hoister.new(node)
        return Signal(self.before[node])

    def hoisted(self, node: Expression) -> Expression:
        """Return a formula with everything that the loop need not compute taken out."""
        if not self._inside(node):
            return self._kept(node)
        match node:
            case Binary("+" | "-", _, _):
                return self._sum(node)
            case Binary("*" | "/", _, _) | Negative():
                return self._product(node)
        return rebuild(node, self.hoisted)

    def _sum(self, node: Expression) -> Expression:
        terms = list(_terms(node))
        outside = [term for term in terms if not self._inside(term)]
        if len({self.hoister.axes_of(term) for term in terms}) > 1:
            return rebuild(node, self.hoisted)
        inside = [self._signed(term) for term in terms if self._inside(term)]
        return (
            total((self._kept(total(tuple(outside))), *inside))
            if outside
            else total(tuple(inside))
        )

    def _signed(self, term: Expression) -> Expression:
        if isinstance(term, Negative):
            return Negative(self.hoisted(term.operand))
        return self.hoisted(term)

    def _product(self, node: Expression) -> Expression:
        above, below, negative = _factors(node)
        inside = [self.hoisted(factor) for factor in above if self._inside(factor)]
        under = [self.hoisted(factor) for factor in below if self._inside(factor)]
        free = tuple(factor for factor in above if not self._inside(factor))
        outside: Expression = product(free)
        for factor in below:
            if not self._inside(factor):
                outside = Binary("/", outside, factor)
        if negative:
            outside = Number(-1) if outside == Number(1) else Negative(outside)
        kept = () if outside == Number(1) else (self._kept(outside),)
        result = product((*inside, *kept))
        for factor in under:
            result = Binary("/", result, factor)
        return result

    def with_products(
        self, lines: Sequence[tuple[str, Expression]]
    ) -> Iterator[tuple[str, Expression]]:
        """Yield the lines, products of several matrices with one column as lines before."""
        matrices: dict[Signal, list[Parameter]] = {}
        for _, node in lines:
            for matrix, column in _products(node):
                if matrix not in matrices.setdefault(column, []):
                    matrices[column].append(matrix)
        names: dict[Expression, str] = {}

        def put(node: Expression) -> Expression:
            return Signal(names[node]) if node in names else rebuild(node, put)

        for target, node in lines:
            for _, column in _products(node):
                together = [Binary("@", matrix, column) for matrix in matrices[column]]
                for whole in together if len(together) > 1 else ():
                    if whole not in names:
                        names[whole] = self.hoister.new(whole)
                        yield names[whole], whole
            yield target, _dotted(put(node))


def _products(node: Expression) -> Iterator[tuple[Parameter, Signal]]:
    """Yield the products of a matrix with a column in a formula."""
    for part in walk(node):
        match part:
            case Binary("@", Parameter() as matrix, Signal() as column):
                yield matrix, column


def _terms(node: Expression) -> Iterator[Expression]:
    """Yield the terms of a sum, brackets that change nothing taken away."""
    match node:
        case Binary("+", left, right):
            yield from _terms(left)
            yield from _terms(right)
        case Binary("-", left, right):
            yield from _terms(left)
            yield from (_negated(term) for term in _terms(right))
        case _:
            yield node


def _negated(node: Expression) -> Expression:
    return node.operand if isinstance(node, Negative) else Negative(node)


def _factors(node: Expression) -> tuple[list[Expression], list[Expression], bool]:
    """Return what a product multiplies, what it divides by, and whether it is negative."""
    match node:
        case Negative(operand):
            above, below, negative = _factors(operand)
            return above, below, not negative
        case Binary("*", left, right):
            one, two = _factors(left), _factors(right)
            return one[0] + two[0], one[1] + two[1], one[2] != two[2]
        case Binary("/", left, right):
            one, two = _factors(left), _factors(right)
            return one[0] + two[1], one[1] + two[0], one[2] != two[2]
    return [node], [], False


def _dotted(node: Expression) -> Expression:
    """Return a sum with its transposed matrices times columns as one call."""
    pairs, others = [], []
    for term in _terms(node):
        match term:
            case Binary("@", Transpose(Parameter() as matrix), Signal() as column):
                pairs.append((matrix, column))
            case _:
                others.append(term)
    if len(pairs) < 2 or len({column.shift for _, column in pairs}) > 1:
        return node
    call = Call(DOT, (*(matrix for matrix, _ in pairs), *(column for _, column in pairs)))
    return total((call, *others))


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
