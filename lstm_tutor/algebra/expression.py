"""The nodes of the formula language, and questions about a tree of them.

A formula is an immutable tree. Nothing here knows how a formula is written,
what its value is, or what a recurrent cell is. Nodes with parts keep their hash: edits of
a long formula are compared by it thousands of times, and share most of their parts. They
keep their symbols once these are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A plain number; negative ones occur only where values stand in for symbols."""

    value: int | float


@dataclass(frozen=True, slots=True)
class Literal:
    """An array written out, as nested tuples of numbers; stands in for a symbol."""

    rows: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A quantity that is the same at every time step, such as ``W_a``."""

    name: str


@dataclass(frozen=True, slots=True)
class Signal:
    """A quantity with a value at each time step.

    ``h[t-1]`` is ``Signal("h", -1)``; ``h[3]`` is ``Signal("h", 3, fixed=True)``.
    """

    name: str
    shift: int = 0
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Negative:
    """``-operand``."""

    operand: Expression
    _hash: int = field(init=False, repr=False, compare=False)
    _symbols: tuple[Symbol, ...] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((Negative, self.operand)))
        object.__setattr__(self, "_symbols", None)

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Binary:
    """``left operator right``; operators are ``+ - * / ** @``.

    ``*`` is always elementwise and ``@`` always the matrix product.
    """

    operator: str
    left: Expression
    right: Expression
    _hash: int = field(init=False, repr=False, compare=False)
    _symbols: tuple[Symbol, ...] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((Binary, self.operator, self.left, self.right)))
        object.__setattr__(self, "_symbols", None)

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Call:
    """A function applied to its arguments."""

    function: str
    arguments: tuple[Expression, ...]
    _hash: int = field(init=False, repr=False, compare=False)
    _symbols: tuple[Symbol, ...] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((Call, self.function, self.arguments)))
        object.__setattr__(self, "_symbols", None)

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Transpose:
    """``operand.T``; in forward equations of a parameter alone."""

    operand: Expression
    _hash: int = field(init=False, repr=False, compare=False)
    _symbols: tuple[Symbol, ...] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((Transpose, self.operand)))
        object.__setattr__(self, "_symbols", None)

    def __hash__(self) -> int:
        return self._hash


Expression: TypeAlias = (
    Number | Literal | Parameter | Signal | Negative | Binary | Call | Transpose
)
Symbol: TypeAlias = Parameter | Signal
_SYMBOLS = (Parameter, Signal)  # tuples: they are asked for more often than all else
_NUMBERS = (Number, Literal)


def children(node: Expression) -> tuple[Expression, ...]:
    """Return the direct sub-expressions of a node, left to right."""
    match node:
        case Negative(operand) | Transpose(operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
    return ()


def rebuild(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return the node with ``change`` applied to each direct sub-expression."""
    match node:
        case Negative(operand):
            return Negative(change(operand))
        case Transpose(operand):
            return Transpose(change(operand))
        case Binary(operator, left, right):
            return Binary(operator, change(left), change(right))
        case Call(function, arguments):
            return Call(function, tuple(change(argument) for argument in arguments))
    return node


def walk(node: Expression) -> Iterator[Expression]:
    """Yield every node of the tree, parents first, left to right."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(children(node))


def symbols(node: Expression) -> tuple[Symbol, ...]:
    """Return the distinct parameters and signals of the tree, in reading order."""
    if isinstance(node, _SYMBOLS):
        return (node,)
    if isinstance(node, _NUMBERS):
        return ()
    if node._symbols is None:
        parts = [symbol for part in children(node) for symbol in symbols(part)]
        object.__setattr__(node, "_symbols", tuple(dict.fromkeys(parts)))
    return node._symbols or ()


def replaced(node: Expression, change: Callable[[Expression], Expression | None]) -> Expression:
    """Return the tree with ``change(part)`` for each part that has one, outermost first.

    Parts in which nothing changes are the same nodes as before.
    """
    found = change(node)
    if found is not None:
        return found
    match node:  # not by `rebuild`: long sums are deep, and this takes a call per level
        case Binary(operator, left, right):
            first, second = replaced(left, change), replaced(right, change)
            same = first is left and second is right
            return node if same else Binary(operator, first, second)
        case Negative(operand) | Transpose(operand):
            inner = replaced(operand, change)
            return node if inner is operand else type(node)(inner)
        case Call(function, arguments):
            parts = tuple([replaced(part, change) for part in arguments])
            alike = all(one is other for one, other in zip(parts, arguments, strict=True))
            return node if alike else Call(function, parts)
    return node


def substitute(node: Expression, change: Callable[[Symbol], Expression]) -> Expression:
    """Return the tree with every parameter and signal replaced by ``change(it)``."""

    def of(part: Expression) -> Expression | None:
        return change(part) if isinstance(part, _SYMBOLS) else None

    return replaced(node, of)


def renamed(symbol: Symbol, name: str) -> Symbol:
    """Return a symbol with another name."""
    if isinstance(symbol, Parameter):
        return Parameter(name)
    return Signal(name, symbol.shift, symbol.fixed)


def shifted(node: Expression, by: int) -> Expression:
    """Return the formula as it reads ``by`` time steps later."""

    def move(symbol: Symbol) -> Symbol:
        if isinstance(symbol, Parameter) or symbol.fixed:
            return symbol
        return Signal(symbol.name, symbol.shift + by)

    return substitute(node, move)


def at(node: Expression, t: int) -> Expression:
    """Return the formula at time step ``t``: ``h[t-1]`` at 3 is ``h[2]``."""

    def fix(symbol: Symbol) -> Symbol:
        if isinstance(symbol, Parameter) or symbol.fixed:
            return symbol
        return Signal(symbol.name, symbol.shift + t, fixed=True)

    return substitute(node, fix)


def total(terms: tuple[Expression, ...]) -> Expression:
    """Return the sum of the terms, written with ``-`` where a term is negative.

    Positive terms come first, so that the sum does not open with a sign.
    An empty sum is 0.
    """
    ordered = sorted(terms, key=lambda term: isinstance(term, Negative))
    if not ordered:
        return Number(0)
    result = ordered[0]
    for term in ordered[1:]:
        if isinstance(term, Negative):
            result = Binary("-", result, term.operand)
        else:
            result = Binary("+", result, term)
    return result


def product(factors: tuple[Expression, ...]) -> Expression:
    """Return the elementwise product of the factors, from left to right; 1 if none."""
    if not factors:
        return Number(1)
    result = factors[0]
    for factor in factors[1:]:
        result = Binary("*", result, factor)
    return result


def addends(node: Expression) -> tuple[Expression, ...]:
    """Split a sum at its outermost ``+`` and ``-`` into terms; signs stay with them."""
    found: list[Expression] = []
    while isinstance(node, Binary) and node.operator in "+-":
        found.append(node.right if node.operator == "+" else Negative(node.right))
        node = node.left
    return (node, *reversed(found))
