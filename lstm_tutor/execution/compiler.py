"""Formulas as NumPy source: every value is an array of units × sequences. It is long because
what is written and the functions that it calls belong together.

A vector is a column, so that `@` is NumPy's own for matrices and vectors alike. Time and
lanes are leading axes, which no formula here needs to know of. Every name in the source
is one of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Literal,
    Negative,
    Number,
    Parameter,
    Signal,
    Symbol,
    Transpose,
)
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS

Array = NDArray[Any]
_FEW_COLUMNS, _MANY = 2, 200  # of matrices that are multiplied column by column, and how many
_UFUNCS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "power"}


def turned(value: Array) -> Array:
    """Return a matrix, or each of several, transposed."""
    return value.swapaxes(-1, -2)


def times(matrix: Array, values: Array) -> Array:
    """Return a matrix times the columns of all time steps or lanes, as one product if it can.

    Args:
        matrix: (rows, columns), or one per lane: (lanes, rows, columns).
        values: (…, columns, sequences).
    """
    if values.shape[-1] == 1 and (matrix.ndim == 2 or len(matrix) == 1):
        one = matrix if matrix.ndim == 2 else matrix[0]
        found: Array = (values[..., 0] @ one.T)[..., None]
        return found
    columns = values.shape[-2]
    if columns <= _FEW_COLUMNS and matrix.shape[-1] == columns and values.size > _MANY:
        return _by_column(matrix, values)
    return np.asarray(matrix @ values)


def _by_column(matrix: Array, values: Array) -> Array:
    """Return many products of small matrices, which NumPy would make one by one."""
    found: Array = matrix[..., :1] * values[..., :1, :]
    for number in range(1, values.shape[-2]):
        found += matrix[..., number : number + 1] * values[..., number : number + 1, :]
    return found


def outer_over_time(left: Array, right: Array, steps: int) -> Array:
    """Return the sum of the outer products of columns over time and sequences.

    Args:
        left: (time, [lanes,] rows, sequences).
        right: (time, [lanes,] columns, sequences); either may be of parameters alone, and
            have no time axis, or a plain number.
        steps: the time steps; one row stands for all of them.

    Returns:
        ([lanes,] rows, columns).
    """
    most = max(np.ndim(left), np.ndim(right), 3)
    if not np.ndim(left) == np.ndim(right) == most:
        ones = (most - np.ndim(left), most - np.ndim(right))
        left = np.reshape(left, (1,) * ones[0] + np.shape(left))
        right = np.reshape(right, (1,) * ones[1] + np.shape(right))
    left, right = in_all_sequences(left, right)
    if left.ndim == 3:
        if not len(left) == len(right) == steps:
            left, right = (
                np.broadcast_to(part, (steps, *part.shape[1:])) for part in (left, right)
            )
        if left.shape[-1] == 1:
            return np.asarray(left[..., 0].T @ right[..., 0])
        return np.asarray(_flat(left) @ _flat(right).T)
    lanes = max(left.shape[1], right.shape[1])
    pairs = (np.broadcast_to(part, (steps, lanes, *part.shape[2:])) for part in (left, right))
    down, across = (np.moveaxis(part, 0, 2) for part in pairs)  # lanes, units, time, sequences
    down, across = (part.reshape(*part.shape[:2], -1) for part in (down, across))
    return np.asarray(down @ across.swapaxes(-1, -2))


def in_all_sequences(left: Array, right: Array) -> tuple[Array, Array]:
    """Return two columns with as many sequences: what is of parameters alone has one."""
    most = max(left.shape[-1], right.shape[-1])
    if left.shape[-1] == right.shape[-1]:
        return left, right
    one, other = (np.broadcast_to(x, (*x.shape[:-1], most)) for x in (left, right))
    return one, other


def _flat(values: Array) -> Array:
    return values.swapaxes(0, 1).reshape(values.shape[1], -1)


def over_time(values: Array, rank: int, steps: int) -> Array:
    """Return the sum over time and, but for a matrix, over sequences.

    Args:
        values: (time, …, units, sequences), or one row that stands for all time steps.
        rank: the number of axes of the sum.
        steps: the time steps.
    """
    values = np.asarray(values)
    if values.ndim < 3:  # numbers and parameters alone
        return values * steps
    found = values.sum(0) if len(values) == steps else values[0] * steps
    return np.asarray(found if rank == 2 else found.sum(-1, keepdims=True))


def inner(left: Array, right: Array) -> Array:
    """Return the inner product of two columns, sequence by sequence."""
    return np.asarray((left * right).sum(-2, keepdims=True))


def outer(left: Array, right: Array) -> Array:
    """Return the outer product of two columns or numbers, summed over sequences."""
    left, right = np.atleast_2d(left), np.atleast_2d(right)
    left, right = in_all_sequences(left, right)
    return np.asarray(left @ right.swapaxes(-1, -2))


def diagonal(values: Array) -> Array:
    """Return a column as the diagonal of a matrix."""
    return values * np.eye(values.shape[-2])


def kept(values: Array, there: Array) -> Array:
    """Return values over time with 0 where a term does not exist."""
    return np.where(there, values, 0)


def reduced(function: str, values: Array, rank: int) -> Array:
    """Return all entries of a column or matrix as one number, sequence by sequence."""
    row = FUNCTIONS[function]
    if row.by_shape:
        units = np.shape(values)[-2:]  # a plain number has none
        return np.asarray(row.value(np.zeros(units if rank == 2 else units[:1])))
    axes: Any = (-2, -1) if rank == 2 else -2
    return np.asarray(row.value(values, axis=axes, keepdims=True))


def filled(value: Array, like: Array) -> Array:
    """Return one number a sequence, repeated in the shape of another quantity."""
    return np.broadcast_to(value, np.broadcast_shapes(np.shape(value), np.shape(like)))


NAMES: dict[str, Any] = {
    **{name: row.value for name, row in FUNCTIONS.items()},
    "filled": filled,
    "outer_of": outer,
    "diagonal": diagonal,
    "reduced": reduced,
    "inner": inner,
    "times": times,
    "turned": turned,
    "over_time": over_time,
    "outer_over_time": outer_over_time,
    "kept": kept,
    "matmul": np.matmul,
    "square": np.square,
    "negative": np.negative,
    "array": np.array,
    "copyto": np.copyto,
    "nan": np.nan,
    **{name: getattr(np, name) for name in _UFUNCS.values()},
}
"""What compiled source may name."""


def is_outer(node: Expression) -> bool:
    """Whether a formula is an outer product."""
    return isinstance(node, Call) and FUNCTIONS[node.function].kind is Kind.OUTER


def product_text(one: str, other: str, ranks: tuple[int, int], *, leading: bool) -> str:
    """Write a matrix product of two texts; with leading axes if there may be any."""
    match ranks:
        case (1, 1):
            return f"inner({one}, {other})"
        case (2, 1 | 2):
            if leading and ranks[1] == 1:
                return f"times({one}, {other})"
            return f"({one} @ {other})"
        case (1, 2):
            return f"(turned({other}) @ {one})"
    return f"({one} * {other})"


def call_text(function: str, arguments: Sequence[str], rank: int) -> str:
    """Write the call of a function; the rank is that of its first argument."""
    inside = ", ".join(arguments)
    match FUNCTIONS[function].kind:
        case Kind.REDUCTION:
            return f"reduced({function!r}, {inside}, {rank})"
        case Kind.OUTER:
            return f"outer_of({inside})"
        case Kind.ALONG | Kind.JOIN | Kind.PART:
            return f"{function}({inside}, -2)"
        case Kind.DIAGONAL:
            return f"diagonal({inside})"
        case Kind.SPREAD:
            return f"filled({inside})"
    return f"{function}({inside})"


class Source:
    """Writes formulas as NumPy source.

    Args:
        leaf: how a symbol is read.
        rank: the number of axes of a symbol, sequences apart.
        real: whether all values are real.
        leading: whether signals have leading axes, of time or lanes.
    """

    def __init__(
        self,
        leaf: Callable[[Symbol], str],
        rank: Callable[[Symbol], int],
        *,
        real: bool = True,
        leading: bool = False,
    ) -> None:
        self._read = leaf
        self._symbol_rank = rank
        self._real = real
        self._leading = leading

    def rank(self, node: Expression) -> int:
        """Return the number of axes of a formula's value, by its operands'."""
        match node:
            case Number():
                return 0
            case Literal(rows):
                return np.ndim(rows)
            case Parameter() | Signal():
                return self._symbol_rank(node)
            case Negative(operand) | Transpose(operand):
                return self.rank(operand)
            case Binary("@", left, right):
                return max(self.rank(left) + self.rank(right) - 2, 0)
            case Binary(_, left, right):
                return max(self.rank(left), self.rank(right))
            case Call(function, arguments):
                match FUNCTIONS[function].kind:
                    case Kind.REDUCTION:
                        return 0
                    case Kind.OUTER | Kind.DIAGONAL:
                        return 2
                    case Kind.SPREAD | Kind.PART:
                        return self.rank(arguments[1])
                return max(map(self.rank, arguments))
        raise TypeError(node)

    def text(self, node: Expression) -> str:
        """Write a formula as an expression of Python."""
        match node:
            case Number(value):
                return f"({value!r})" if value < 0 else repr(value)
            case Literal(rows):
                return f"array({rows!r})"
            case Parameter() | Signal():
                return self._read(node)
            case Negative(operand):
                return f"(-{self.text(operand)})"
            case Transpose(operand):
                inside = self.text(operand)
                return inside if self.rank(operand) < 2 else f"turned({inside})"
            case Binary("@", left, right):
                return self._product(left, right)
            case Binary("**", base, Number(2)):
                return f"square({self.text(base)})"
            case Binary(operator, left, right):
                return f"({self.text(left)} {operator} {self.text(right)})"
            case Call():
                return self._call(node)
        raise TypeError(node)

    def _product(self, left: Expression, right: Expression) -> str:
        ranks = self.rank(left), self.rank(right)
        return product_text(self.text(left), self.text(right), ranks, leading=self._leading)

    def _call(self, node: Call) -> str:
        row = FUNCTIONS[node.function]
        quicker = row.for_real(node.arguments) if self._real else None
        if quicker is not None:
            return self.text(quicker)
        arguments = [self.text(argument) for argument in node.arguments]
        return call_text(node.function, arguments, self.rank(node.arguments[0]))

    def into(self, target: str, node: Expression) -> str:
        """Write the statement that puts a formula's value into an array."""
        if isinstance(node, Call) and node.function in FUNCTIONS and self._real:
            node = FUNCTIONS[node.function].for_real(node.arguments) or node
        match node:
            case Binary("@", left, right) if (self.rank(left), self.rank(right)) == (2, 1):
                if not self._leading:
                    return f"matmul({self.text(left)}, {self.text(right)}, out={target})"
            case Binary("**", base, Number(2)):
                return f"square({self.text(base)}, out={target})"
            case Binary(operator, left, right) if operator in _UFUNCS:
                parts = f"{self.text(left)}, {self.text(right)}"
                return f"{_UFUNCS[operator]}({parts}, out={target})"
            case Negative(operand):
                return f"negative({self.text(operand)}, out={target})"
            case Call(function, arguments) if isinstance(NAMES.get(function), np.ufunc):
                parts = ", ".join(self.text(argument) for argument in arguments)
                return f"{function}({parts}, out={target})"
        return f"{target}[...] = {self.text(node)}"


def function_of(lines: Sequence[str], names: dict[str, Any], head: str) -> Callable[..., Any]:
    """Compile lines of source into a function."""
    text = "\n".join([f"def {head}:", *(f"    {line}" for line in lines), ""])
    space = {**NAMES, **names}
    exec(_code(text), space)  # our own text
    found: Callable[..., Any] = space[head.partition("(")[0]]
    return found


@lru_cache(maxsize=1024)
def _code(text: str) -> CodeType:
    """Compile source; the same equations come back with other numbers."""
    return compile(text, "<compiled equations>", "exec")


def value(
    node: Expression, read: Callable[[Symbol], Array], rank: Callable[[Symbol], int]
) -> Array:
    """Return a formula's value on arrays ([lanes,] units, sequences).

    Args:
        node: the formula.
        read: the array of a symbol; a parameter's is ([lanes,] rows, columns).
        rank: the number of axes of a symbol, sequences apart.
    """
    names: dict[str, Any] = {}

    def leaf(symbol: Symbol) -> str:
        names[f"v{len(names)}"] = read(symbol)
        return f"v{len(names) - 1}"

    text = Source(leaf, rank, leading=True).text(node)
    return np.asarray(function_of([f"return {text}"], names, "run()")())
