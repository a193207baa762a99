"""The shape of any formula's value, right or wrong, as NumPy finds it for plain vectors."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TypeAlias

import numpy as np

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Literal,
    Negative,
    Number,
    Parameter,
    Signal,
    Transpose,
)
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS

Sizes: TypeAlias = tuple[int, ...]


class Mixed(ValueError):  # noqa: N818  # a property of a formula
    """A formula in which a vector stands beside a matrix, where NumPy takes it for a row."""


def shape_of(
    node: Expression, shape: Callable[[str], Sizes], known: dict[Expression, Sizes | None]
) -> Sizes:
    """Return the shape of a formula's value.

    Args:
        node: the formula.
        shape: the shape of a symbol.
        known: the shapes of parts that were found before, to which these are added; None
            of what has none.

    Raises:
        ValueError: if it has none; Mixed if NumPy finds one that columns do not have.
    """

    def of(child: Expression) -> Sizes:
        found = known.get(child)
        if found is None:
            found = known[child] = _shape(child, shape, of)
        return found

    return of(node)


def _shape(
    node: Expression, shape: Callable[[str], Sizes], of: Callable[[Expression], Sizes]
) -> Sizes:
    match node:
        case Number():
            return ()
        case Literal(rows):
            return np.shape(rows)
        case Parameter(name) | Signal(name):
            return shape(name)
        case Negative(operand):
            return of(operand)
        case Transpose(operand):
            return of(operand)[::-1]
        case Binary("@", left, right):
            return _product(of(left), of(right))
        case Binary(_, left, right):
            return _beside(of(left), of(right))
        case Call():
            return _called(node, of)
    raise TypeError(node)


def _product(left: Sizes, right: Sizes) -> Sizes:
    if not left or not right:
        return left or right
    if left[-1] != right[0]:
        raise ValueError(left, right)
    return left[:-1] + right[1:]


def _beside(left: Sizes, right: Sizes) -> Sizes:
    """Return the shape of two values entry by entry."""
    if left == right or not right:
        return left
    if not left:
        return right
    found = np.broadcast_shapes(left, right)
    if len(left) == len(right) or 1 in (prod(left), prod(right)):
        return found
    raise Mixed(left, right)


def _called(node: Call, of: Callable[[Expression], Sizes]) -> Sizes:
    shapes = [of(argument) for argument in node.arguments]
    match FUNCTIONS[node.function].kind:
        case Kind.REDUCTION:
            return ()
        case Kind.JOIN | Kind.PART if any(len(shape) != 1 for shape in shapes):
            raise ValueError(shapes)
        case Kind.JOIN:
            return (shapes[0][0] + shapes[1][0],)
        case Kind.PART:
            return shapes[1]
        case Kind.ALONG if len(shapes[0]) != 1:
            raise ValueError(shapes[0])
        case Kind.OUTER:
            return prod(shapes[0]), prod(shapes[1])
        case Kind.DIAGONAL:
            return shapes[0] + shapes[0]
        case Kind.SPREAD:
            return shapes[1]
    found: Sizes = ()
    for other in shapes:
        found = _beside(found, other)
    return found


def as_column(found: Sizes, target: Sizes) -> bool:
    """Whether a value of one shape can be put, column by column, into another: it fits,
    or is repeated.
    """
    repeated = not found or (len(target) == 2 and found == target[:1])
    return found == target or repeated or prod(found) == prod(target) == 1
