"""How far a formula's value can be off when the values in it are rounded.

Error arithmetic (a first-order interval around the value): every node gives its value
and a radius that holds for any values within the radii of its symbols.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from lstm_tutor.algebra.evaluation import OPERATORS, matmul
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
from lstm_tutor.algebra.functions import FUNCTIONS

Pair: TypeAlias = tuple[Any, Any]


def with_radius(node: Expression, lookup: Callable[[Symbol], Pair]) -> Pair:
    """Return a formula's value and its radius, in the value's shape.

    Args:
        node: the formula; a sum over time must have been written out before.
        lookup: the value of a symbol and its radius, 0 or more.
    """
    match node:
        case Number(value):
            return value, 0.0
        case Literal(rows):
            return np.array(rows, dtype=float), 0.0
        case Parameter() | Signal():
            return lookup(node)
        case Negative(operand):
            value, radius = with_radius(operand, lookup)
            return -value, radius
        case Transpose(operand):
            value, radius = with_radius(operand, lookup)
            return np.transpose(value), np.transpose(np.broadcast_to(radius, np.shape(value)))
        case Binary(operator, left, right):
            return _binary(operator, with_radius(left, lookup), with_radius(right, lookup))
        case Call(function, arguments):
            row = FUNCTIONS[function]
            pairs = [with_radius(item, lookup) for item in arguments]
            value = row.value(*(value for value, _ in pairs))
            return value, row.radius(value, pairs)
    raise TypeError(node)


def _binary(operator: str, left: Pair, right: Pair) -> Pair:
    (a, ra), (b, rb) = left, right
    value = OPERATORS[operator](a, b)
    match operator:
        case "+" | "-":
            return value, ra + rb
        case "*":
            return value, np.abs(a) * rb + np.abs(b) * ra + ra * rb
        case "/":
            return value, (ra + np.abs(value) * rb) / np.maximum(np.abs(b) - rb, 1e-300)
        case "**":
            return value, _power(value, left, right)
    ra, rb = np.broadcast_to(ra, np.shape(a)), np.broadcast_to(rb, np.shape(b))
    radius = matmul(np.abs(a), rb) + matmul(ra, np.abs(b)) + matmul(ra, rb)
    return value, radius


def _power(value: Any, base: Pair, exponent: Pair) -> Any:
    """Return how far a power can be off: with an exact exponent by the largest slope, else
    at the ends, since it rises or falls all along in each of both.
    """
    (a, ra), (b, rb) = base, exponent
    low, high = np.maximum(np.abs(a) - ra, 1e-300), np.abs(a) + ra
    with np.errstate(all="ignore"):
        if not np.any(rb):
            return np.abs(b) * np.maximum(high ** (b - 1.0), low ** (b - 1.0)) * ra
        ends = [np.abs(x**y - value) for x in (low, high) for y in (b - rb, b + rb)]
        return np.maximum.reduce(np.broadcast_arrays(*ends))
