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


def of_sequence(lookup: Lookup, sequence: int) -> Lookup:
    """Return the values that one sequence has."""

    def value(symbol: Symbol) -> Any:
        found = lookup(symbol)
        alone = isinstance(symbol, Parameter) or not np.ndim(found)  # the latter is missing
        return found if alone else np.asarray(found)[..., sequence]

    return value


def together(
    batch: int | None, summed: bool, of: Callable[[int | None], Any], of_time: bool = True
) -> Any:
    """Return what is found for each sequence, side by side or added up.

    Args:
        batch: how many sequences there are; None for one that is no batch.
        summed: whether they are added up, as in a parameter's gradient.
        of: what is found for a sequence; for None, for the only one.
        of_time: whether it depends on the sequence at all.
    """
    if batch is None or not of_time:
        return of(None)
    parts = [np.asarray(of(sequence)) for sequence in range(batch)]
    return sum(parts[1:], parts[0]) if summed else np.stack(parts, axis=-1)


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
    parts = addends(node) if summed and batch is not None else (node,)
    found = []
    for part in parts:  # what has no time step is there once, not for each sequence

        def of(sequence: int | None, part: Expression = part) -> Any:
            return evaluate(part, lookup if sequence is None else of_sequence(lookup, sequence))

        of_time = any(isinstance(symbol, Signal) for symbol in symbols(part))
        found.append(together(batch, summed, of, of_time))
    return sum(found[1:], found[0])
