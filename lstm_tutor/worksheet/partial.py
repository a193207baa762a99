"""Partial results: between the numbers put in and the value, what each part comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Binary,
    Expression,
    Negative,
    Number,
    Parameter,
    Symbol,
    addends,
    total,
)
from lstm_tutor.execution.batch import evaluated
from lstm_tutor.model.equation import Role
from lstm_tutor.numbers.numeral import rounded, same
from lstm_tutor.render.line import View, substituted
from lstm_tutor.trace.step import Step

Array = NDArray[Any]
_MOST_PARTS = 8


def partial_results(step: Step, view: View) -> Iterator[str]:
    """Yield a step's formula with a number for each factor, then for each addend.

    Each line has its sign before it; those that would repeat the one before are left out.
    """
    summed = step.equation.role is Role.SUM_OVER_TIME
    parts = [term.expression for term in step.terms] if summed else []
    if step.effective is not None and not summed:
        parts = list(addends(step.effective))
    if not 0 < len(parts) <= _MOST_PARTS:
        return
    before: Expression | None = step.effective
    for put in ([] if summed else [_Parts.factors]) + (
        [_Parts.value] if len(parts) > 1 else []
    ):
        made = _Parts(step, summed=summed)
        node = total(tuple(put(made, part) for part in parts))
        if made.values and node != before and made.holds(node):
            yield made.line(node, view)
        before = node


class _Parts:
    """Numbers in place of the parts of a step's formula."""

    def __init__(self, step: Step, *, summed: bool = False) -> None:
        self.values: dict[Symbol, Array] = {}
        self._step = step
        self._summed = summed

    def factors(self, node: Expression) -> Expression:
        """Return a product with a number for each factor that is not one."""
        if isinstance(node, Negative):
            return Negative(self.factors(node.operand))
        if isinstance(node, Binary) and node.operator == "*":
            return Binary("*", self.factors(node.left), self.factors(node.right))
        return self.value(node)

    def value(self, node: Expression) -> Expression:
        """Return what stands for the value of a part; of a number or symbol itself."""
        if isinstance(node, Symbol | Number):
            return node
        if isinstance(node, Negative):
            return Negative(self.value(node.operand))
        place = Parameter(f"%{len(self.values)}")
        with np.errstate(all="ignore"):
            lookup = self._step.operands.__getitem__
            found = evaluated(node, lookup, self._step.batch, summed=self._summed)
        self.values[place] = np.asarray(found)
        return place

    def holds(self, node: Expression) -> bool:
        """Whether a formula with numbers for its parts has the step's value: of a batch with
        sequences that have no label it may be one that nothing else shows.
        """
        try:
            with np.errstate(all="ignore"):
                found = evaluated(node, self._all.__getitem__, self._step.batch)
        except ValueError:  # numbers of sequences beside those that all of them share
            return False
        value = np.asarray(self._step.value)
        return np.shape(found) == value.shape and np.allclose(found, value)

    @property
    def _all(self) -> Mapping[Symbol, Array]:
        return {**self._step.operands, **self.values}

    def line(self, node: Expression, view: View) -> str:
        """Write a formula with numbers for its parts and symbols."""
        values = self._all
        exact = all(same(value, rounded(value, view.digits)) for value in values.values())
        text = substituted(node, values, view, view.notation.style)
        return f"{view.relation(exact)} {text}"
