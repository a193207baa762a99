"""Shapes by named axes: which axes a formula's value has, or why it has none.

A scalar has no axes, a vector one, a matrix two; ``("hidden", "input")`` is a
matrix with hidden units down and inputs across.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.algebra.printer import PLAIN, show

Axes: TypeAlias = tuple[str, ...]


def size_of(axis: str, sizes: Mapping[str, int]) -> int:
    """Return the size of an axis; of a joined one that of its parts."""
    return sum(sizes[part] for part in axis.split("+"))


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
    match node:
        case Number():
            return ()
        case Parameter() | Signal():
            return lookup(node)
        case Negative(operand):
            return axes_of(operand, lookup)
        case Transpose(operand):
            return axes_of(operand, lookup)[::-1]
        case Binary(operator, left, right):
            axes = axes_of(left, lookup), axes_of(right, lookup)
            join = _matmul if operator == "@" else _elementwise
            return join(operator, left, axes[0], right, axes[1])
        case Call(function, arguments):
            return _called(function, arguments, [axes_of(part, lookup) for part in arguments])
    raise AxesError(f"{show(node, PLAIN)} has no named axes")


def _describe(node: Expression, axes: Axes) -> str:
    return f"{show(node, PLAIN)} ({', '.join(axes) or 'scalar'})"


def _called(function: str, arguments: tuple[Expression, ...], axes: list[Axes]) -> Axes:
    match FUNCTIONS[function].kind:
        case Kind.REDUCTION:
            return ()
        case Kind.ALONG:
            if len(axes[0]) != 1:
                raise AxesError(
                    f"{function} takes a list, not {_describe(arguments[0], axes[0])}"
                )
            return axes[0]
        case Kind.JOIN:
            for part, own in zip(arguments, axes, strict=True):
                if len(own) != 1:
                    given = _describe(part, own)
                    raise AxesError(f"{function} takes lists of numbers, not {given}")
            return (f"{axes[0][0]}+{axes[1][0]}",)
        case Kind.PART:
            return axes[1]
        case Kind.OUTER:
            return axes[0] + axes[1]
        case Kind.DIAGONAL:
            return axes[0] + axes[0]
        case Kind.SPREAD:
            return axes[1]
    first = max(range(len(axes)), key=lambda number: bool(axes[number]))
    for part, own in zip(arguments, axes, strict=True):
        _elementwise(function, arguments[first], axes[first], part, own)
    return axes[first]


def _elementwise(
    operator: str, left: Expression, left_axes: Axes, right: Expression, right_axes: Axes
) -> Axes:
    if left_axes and right_axes and left_axes != right_axes:
        raise AxesError(
            f"{_describe(left, left_axes)} and {_describe(right, right_axes)} "
            f"do not have the same axes, which '{operator}' needs"
        )
    return left_axes or right_axes


def _matmul(
    operator: str, left: Expression, left_axes: Axes, right: Expression, right_axes: Axes
) -> Axes:
    if not left_axes or not right_axes or left_axes[-1] != right_axes[0]:
        raise AxesError(
            f"'{operator}' joins the last axis of {_describe(left, left_axes)} "
            f"with the first of {_describe(right, right_axes)}: they must be the same"
        )
    return left_axes[:-1] + right_axes[1:]
