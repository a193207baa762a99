"""How far a formula's value can be off when the values in it are rounded.

Error arithmetic (a first-order interval around the value): every node gives its value
and a radius that holds for any values within the radii of its symbols.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.evaluation import FUNCTIONS, OPERATORS, matmul, sigmoid
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

Array: TypeAlias = NDArray[Any]
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
            return _call(function, [with_radius(item, lookup) for item in arguments])
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
            return value, np.abs(b) * (np.abs(a) + ra) ** (b - 1) * ra
    ra, rb = np.broadcast_to(ra, np.shape(a)), np.broadcast_to(rb, np.shape(b))
    radius = matmul(np.abs(a), rb) + matmul(ra, np.abs(b)) + matmul(ra, rb)
    return value, radius


def _call(function: str, arguments: list[Pair]) -> Pair:
    value = FUNCTIONS[function](*(value for value, _ in arguments))
    first, radius = arguments[0]
    match function:
        case "tanh" | "sigmoid":
            return value, _bounded(function, value, radius)
        case "exp":
            return value, value * np.expm1(radius)
        case "log":
            return value, radius / np.maximum(first - radius, 1e-300)
        case "sum":
            return value, np.sum(np.broadcast_to(radius, np.shape(first)))
        case "outer":
            (a, ra), (b, rb) = arguments
            ra, rb = np.broadcast_to(ra, np.shape(a)), np.broadcast_to(rb, np.shape(b))
            return value, np.outer(np.abs(a), rb) + np.outer(ra, np.abs(b) + rb)
        case "fill":
            return value, np.broadcast_to(radius, np.shape(value))
    raise TypeError(function)


def _bounded(function: str, value: Array, radius: Array) -> Array:
    """Return the radius of tanh or sigmoid: slope at the value, and its change."""
    slope = 1 - value**2 if function == "tanh" else value * (1 - value)
    bound = np.tanh(radius) if function == "tanh" else sigmoid(radius) - 0.5
    change: Array = np.minimum(slope * radius + radius**2, 2 * bound)
    return change
