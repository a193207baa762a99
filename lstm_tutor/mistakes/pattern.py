"""Formulas with letters in them that stand for any part."""

from __future__ import annotations

import re

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Parameter,
    Symbol,
    children,
)

_LETTER = re.compile("[A-Z]")


def root(node: Expression) -> tuple[type, str]:
    """Return what a part has at its root, an operator or function with its name; a part that
    looks like a pattern has the same there.
    """
    match node:
        case Binary(name) | Call(name):
            return type(node), name
    return type(node), ""


def stands_for_any(pattern: Expression) -> bool:
    """Whether a pattern is a single letter."""
    return isinstance(pattern, Parameter) and bool(_LETTER.fullmatch(pattern.name))


def matches(pattern: Expression, node: Expression, bound: dict[Symbol, Expression]) -> bool:
    """Whether a part looks like a pattern; binds the pattern's letters.

    A capital letter stands for any part, and wherever it stands for the same; ``P`` for a
    parameter.
    """
    if isinstance(pattern, Parameter) and stands_for_any(pattern):
        fits = pattern.name != "P" or isinstance(node, Parameter)
        return fits and bound.setdefault(pattern, node) == node
    if root(pattern) != root(node):
        return False
    inner, parts = children(pattern), children(node)
    if not inner:
        return pattern == node
    return len(inner) == len(parts) and all(map(matches, inner, parts, [bound] * len(inner)))
