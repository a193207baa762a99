"""Formulas that differ only in the order or signs of their terms and factors are one."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Transpose,
    addends,
)


@lru_cache(maxsize=4096)
def unordered(node: Expression) -> Hashable:
    """Return what formulas have in common that are the same by the laws of sums and products.

    Terms and factors that are multiplied entry by entry may stand in any order, and a sign
    before a bracket or after it; nothing else is known.
    """
    negative, rest = _unsigned(node)
    match rest:
        case Binary("+" | "-"):
            terms = [_signed(term, negative) for term in _terms(rest)]
            return "+", tuple(sorted(terms, key=str))
        case Binary("*" | "/"):
            sign, parts = _factors(rest)
            return "*", sign != negative, tuple(sorted(parts, key=str))
    return ("-", _plain(rest)) if negative else _plain(rest)


def _plain(node: Expression) -> Hashable:
    match node:
        case Binary(operator, left, right):
            return operator, unordered(left), unordered(right)
        case Call(function, arguments):
            return function, tuple(map(unordered, arguments))
        case Transpose(operand):
            return "T", unordered(operand)
    return node


def _unsigned(node: Expression) -> tuple[bool, Expression]:
    negative = False
    while isinstance(node, Negative):
        negative, node = not negative, node.operand
    return negative, node


def _terms(node: Expression) -> list[Expression]:
    """Return the terms of a sum, those of brackets in it too."""
    found: list[Expression] = []
    for term in addends(node):
        negative, inner = _unsigned(term)
        if isinstance(inner, Binary) and inner.operator in "+-":
            parts = _terms(inner)
            found += [Negative(part) for part in parts] if negative else parts
        else:
            found.append(term)
    return found


def _signed(term: Expression, negative: bool) -> Hashable:
    return unordered(Negative(term) if negative else term)


def _factors(node: Expression) -> tuple[bool, list[tuple[bool, Hashable]]]:
    """Return whether a product has an odd number of signs, and its factors, each with
    whether it divides.
    """
    negative, node = _unsigned(node)
    if not isinstance(node, Binary) or node.operator not in "*/":
        return negative, [(False, unordered(node))]
    left_sign, left = _factors(node.left)
    right_sign, right = _factors(node.right)
    if node.operator == "/":
        right = [(not divides, part) for divides, part in right]
    return negative ^ left_sign ^ right_sign, [*left, *right]
