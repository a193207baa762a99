"""One entry of a formula's value, written out as arithmetic on plain numbers.

Inner products, outer products and sums are spelled out: ``0.45 * 1 + 0.25 * 2``.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from lstm_tutor.algebra.evaluation import Lookup, evaluate
from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    Parameter,
    Signal,
    Transpose,
    total,
)
from lstm_tutor.algebra.function import Function, Kind
from lstm_tutor.algebra.functions import FIRST, FUNCTIONS

Index: TypeAlias = tuple[int, ...]


def entry(node: Expression, index: Index, lookup: Lookup) -> Expression:
    """Return one entry of a formula's value as a formula of plain numbers.

    Args:
        node: the formula.
        index: position in its value, one number per axis.
        lookup: the value of a symbol.
    """
    if not _shape(node, lookup):
        index = ()
    match node:
        case Number():
            return node
        case Parameter() | Signal():
            return Number(float(np.asarray(lookup(node))[index]))
        case Negative(operand):
            return Negative(entry(operand, index, lookup))
        case Transpose(operand):
            return entry(operand, index[::-1], lookup)
        case Binary("@", left, right):
            return _inner(left, right, index, lookup)
        case Binary(operator, left, right):
            parts = entry(left, index, lookup), entry(right, index, lookup)
            return Binary(operator, *parts)
        case Call(function, arguments):
            return _called(FUNCTIONS[function], arguments, index, lookup)
    raise TypeError(node)


def _called(
    row: Function, arguments: tuple[Expression, ...], index: Index, lookup: Lookup
) -> Expression:
    if row.spelled:
        every = np.ndindex(_shape(arguments[0], lookup))
        return row.spelled(tuple(entry(arguments[0], place, lookup) for place in every))
    if row.kind is Kind.JOIN:
        first = _shape(arguments[0], lookup)[0]
        which, place = divmod(index[0], first) if index[0] < first else (1, index[0] - first)
        return entry(arguments[which], (place,), lookup)
    if row.kind is Kind.PART:
        have, want = (_shape(part, lookup)[0] for part in arguments)
        start = 0 if row.name == FIRST else have - want
        return entry(arguments[0], (index[0] + start,), lookup)
    if row.entry:
        count = _shape(arguments[0], lookup)[0]
        entries = tuple(entry(arguments[0], (i,), lookup) for i in range(count))
        return row.entry(entries, index[0])
    if row.kind is Kind.DIAGONAL:
        same = index[0] == index[1]
        return entry(arguments[0], index[:1], lookup) if same else Number(0)
    if row.kind is Kind.SPREAD:
        return entry(arguments[0], (), lookup)
    if row.kind is Kind.OUTER:
        rank = len(_shape(arguments[0], lookup))
        down, across = entry(arguments[0], index[:rank], lookup), index[rank:]
        return Binary("*", down, entry(arguments[1], across, lookup))
    return Call(row.name, tuple(entry(part, index, lookup) for part in arguments))


def _inner(left: Expression, right: Expression, index: Index, lookup: Lookup) -> Expression:
    rank = len(_shape(left, lookup)) - 1
    down, across = index[:rank], index[rank:]
    size = _shape(right, lookup)[0]
    return total(
        tuple(
            Binary(
                "*",
                entry(left, (*down, j), lookup),
                entry(right, (j, *across), lookup),
            )
            for j in range(size)
        )
    )


def _shape(node: Expression, lookup: Lookup) -> Index:
    return np.shape(evaluate(node, lookup))
