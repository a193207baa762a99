"""Formulas on a batch, one sequence after the other.

The executor runs all sequences at once. A formula on its own is walked for each of them:
in a batch every signal has one axis more, the last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import (
    Expression,
    Parameter,
    Signal,
    Symbol,
    addends,
    symbols,
)

Array: TypeAlias = NDArray[Any]
Lookup: TypeAlias = Callable[[Symbol], Any]


def of_sequence(lookup: Lookup, sequence: int | None) -> Lookup:
    """Return the values that one sequence has; all of them for None."""
    if sequence is None:
        return lookup

    def value(symbol: Symbol) -> Any:
        found = lookup(symbol)
        alone = isinstance(symbol, Parameter) or not np.ndim(found)  # the latter is missing
        return found if alone else np.asarray(found)[..., sequence]

    return value


def together(
    node: Expression,
    batch: int | None,
    of: Callable[[Expression, int | None], Any],
    *,
    summed: bool,
) -> Any:
    """Return what is found of a formula, for each sequence side by side, or added up.

    Args:
        node: the formula.
        batch: how many sequences there are; None for one that is no batch.
        of: finds something of a formula, of one sequence; see `of_sequence`.
        summed: whether what the sequences give is added up, as in a parameter's gradient.
    """
    if batch is None:
        return of(node, None)
    found = []
    for part in addends(node) if summed else (node,):
        if any(isinstance(symbol, Signal) for symbol in symbols(part)):
            each = [np.asarray(of(part, sequence)) for sequence in range(batch)]
            found.append(sum(each[1:], each[0]) if summed else np.stack(each, axis=-1))
        else:  # what has no time step is there once, not for each sequence
            found.append(of(part, None))
    return sum(found[1:], found[0])


def evaluated(
    node: Expression, lookup: Lookup, batch: int | None, *, summed: bool = False
) -> Any:
    """Return the value of a formula, in a batch with an axis of sequences.

    Args:
        node: the formula.
        lookup: the value of a symbol; in a batch a signal's has an axis of sequences.
        batch: how many sequences there are; None for one that is no batch.
        summed: whether what the sequences give is added up.
    """

    def of(part: Expression, sequence: int | None) -> Any:
        return evaluate(part, of_sequence(lookup, sequence))

    return together(node, batch, of, summed=summed)
