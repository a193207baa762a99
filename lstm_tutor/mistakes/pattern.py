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


def matches(pattern: Expression, node: Expression, bound: dict[Symbol, Expression]) -> bool:
    """Whether a part looks like a pattern; binds the pattern's letters.

    A capital letter stands for any part, and wherever it stands for the same; ``P`` for a
    parameter.
    """
    if isinstance(pattern, Parameter) and _LETTER.fullmatch(pattern.name):
        fits = pattern.name != "P" or isinstance(node, Parameter)
        return fits and bound.setdefault(pattern, node) == node
    if type(pattern) is not type(node):
        return False
    match pattern, node:
        case (Binary(one), Binary(other)) | (Call(one), Call(other)) if one != other:
            return False
    inner, parts = children(pattern), children(node)
    if not inner:
        return pattern == node
    return len(inner) == len(parts) and all(map(matches, inner, parts, [bound] * len(inner)))
