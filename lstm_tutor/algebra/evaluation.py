"""Formula to value: a walk of the tree over NumPy arrays.

Values may be complex, so that the complex-step check needs no second
implementation; nothing here takes an absolute value or casts to a float.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

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
    children,
)
from lstm_tutor.algebra.functions import FUNCTIONS

Array: TypeAlias = NDArray[Any]
Lookup: TypeAlias = Callable[[Symbol], Any]


def matmul(left: Array, right: Array) -> Array:
    """Return the matrix product; a plain number stands for a one-element array."""
    left, right = np.asarray(left), np.asarray(right)
    if not right.ndim and left.ndim == 2 and left.shape[1] == 1:
        left = left[:, 0]
    elif not left.ndim and right.ndim == 2 and right.shape[0] == 1:
        right = right[0]
    elif left.ndim and right.ndim:
        return np.asarray(left @ right)
    return np.asarray(left * right)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "**": lambda left, right: left**right,
    "@": matmul,
}


def evaluate(node: Expression, lookup: Lookup) -> Any:
    """Return the value of a formula.

    Args:
        node: the formula; a sum over time must have been written out before.
        lookup: the value of a symbol, real or complex.

    Raises:
        FloatingPointError: under ``numpy.errstate(all="raise")``, on overflow.
    """
    kind = type(node)
    if kind is Signal or kind is Parameter:
        return lookup(node)  # type: ignore[arg-type]  # both are symbols
    if kind is Binary:
        left = evaluate(node.left, lookup)  # type: ignore[union-attr]  # kind says so
        right = evaluate(node.right, lookup)  # type: ignore[union-attr]
        return OPERATORS[node.operator](left, right)  # type: ignore[union-attr]
    return _evaluate_other(node, lookup)


def _evaluate_other(node: Expression, lookup: Lookup) -> Any:
    match node:
        case Number(value):
            return value
        case Call(function, arguments):
            return FUNCTIONS[function].value(*(evaluate(item, lookup) for item in arguments))
        case Negative(operand):
            return -evaluate(operand, lookup)
        case Transpose(operand):
            return np.transpose(evaluate(operand, lookup))
        case Literal(rows):
            return np.array(rows, dtype=float)
    raise TypeError(node)


def culprit(node: Expression, lookup: Lookup) -> Expression:
    """Return the smallest sub-expression whose evaluation is not finite."""
    for child in children(node):
        if not _finite(child, lookup):
            return culprit(child, lookup)
    return node


def _finite(node: Expression, lookup: Lookup) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.isfinite(evaluate(node, lookup)).all())
