"""A program's statements, and what a loop over time need not compute taken out of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from lstm_tutor.algebra.axes import Axes, axes_of
from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    Parameter,
    Signal,
    Transpose,
    product,
    rebuild,
    symbols,
    total,
    walk,
)
from lstm_tutor.execution.order import Block
from lstm_tutor.model.equation import Term

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
