"""Formulas with letters in them that stand for any part."""

from __future__ import annotations

import re

from lstm_tutor.algebra.expression import (
    Expression,
    Number,
    Parameter,
    Symbol,
    children,
    rebuild,
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
    pairs = zip(children(pattern), children(node), strict=False)
    return _head(pattern) == _head(node) and all(matches(*pair, bound) for pair in pairs)


def _head(node: Expression) -> Expression:
    return rebuild(node, lambda _: Number(0))
