"""Shapes by named axes: which axes a formula's value has, or why it has none.

A scalar has no axes, a vector one, a matrix two; ``("hidden", "input")`` is a
matrix with hidden units down and inputs across.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

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
)
from lstm_tutor.algebra.printer import PLAIN, show

Axes: TypeAlias = tuple[str, ...]


class AxesError(ValueError):
    """Two operands whose axes do not fit; the message names both."""


def axes_of(node: Expression, lookup: Callable[[Symbol], Axes]) -> Axes:
    """Return the axes of a formula's value.

    Args:
        node: the formula.
        lookup: the axes of a symbol.

    Raises:
        AxesError: if operands do not fit, naming them and their axes.
    """

    def of(child: Expression) -> Axes:
        return axes_of(child, lookup)

    match node:
        case Number():
            return ()
        case Parameter() | Signal():
            return lookup(node)
        case Negative(operand):
            return of(operand)
        case Transpose(operand):
            return of(operand)[::-1]
        case Binary("@", left, right):
            return _matmul(left, of(left), right, of(right))
        case Binary(_, left, right):
            return _elementwise(node, of(left), of(right))
        case Call("sum", (argument,)):
            of(argument)
            return ()
        case Call("outer", (left, right)):
            return of(left) + of(right)
        case Call("fill", (value, like)):
            of(value)
            return of(like)
        case Call(_, (argument,)):
            return of(argument)
    raise AxesError(f"{show(node, PLAIN)} has no named axes")


def _describe(node: Expression, axes: Axes) -> str:
    return f"{show(node, PLAIN)} ({', '.join(axes) or 'scalar'})"


def _elementwise(node: Binary, left: Axes, right: Axes) -> Axes:
    if left and right and left != right:
        raise AxesError(
            f"{_describe(node.left, left)} and {_describe(node.right, right)} "
            f"do not have the same axes, which '{node.operator}' needs"
        )
    return left or right


def _matmul(left: Expression, left_axes: Axes, right: Expression, right_axes: Axes) -> Axes:
    if not left_axes or not right_axes or left_axes[-1] != right_axes[0]:
        raise AxesError(
            f"'@' joins the last axis of {_describe(left, left_axes)} "
            f"with the first of {_describe(right, right_axes)}: they must be the same"
        )
    return left_axes[:-1] + right_axes[1:]
