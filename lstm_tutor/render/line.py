"""One step as lines of text: formula, formula with numbers, arithmetic, value.

Every renderer that shows a step takes its text from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expansion import entry
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
    addends,
    replaced,
    total,
    walk,
)
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS, over_all, over_sequences, summed_over_time
from lstm_tutor.algebra.printer import PLAIN, Style, show
from lstm_tutor.dialects.notation import Notation
from lstm_tutor.execution.batch import Lookup, evaluated, of_sequence
from lstm_tutor.model.equation import Role
from lstm_tutor.numbers.numeral import array_text, rounded, same, significant, summary
from lstm_tutor.trace.step import Step, StepTerm

Array: TypeAlias = NDArray[Any]
MOST_VALUE = 64
"""Entries of a value that are still written out."""
_MOST_TERMS = 6
_MOST_LINES = 8
_GAP = Parameter("...")


class Detail(StrEnum):
    """How much of a step is shown."""

    FORMULA = "formula"
    NUMBERS = "numbers"
    ARITHMETIC = "arithmetic"


@dataclass(frozen=True)
class View:
    """How steps are written.

    Attributes:
        notation: symbols and operators.
        digits: significant digits of numbers.
        detail: how much of a step is shown.
        largest: entries of an operand that are still written out in a formula.
    """

    notation: Notation
    digits: int = 6
    detail: Detail = Detail.NUMBERS
    largest: int = 16

    @property
    def plain(self) -> bool:
        """Whether only ASCII characters are used."""
        return self.notation.style is PLAIN

    @property
    def ellipsis(self) -> str:
        """What stands for left-out parts."""
        return "..." if self.plain else "…"

    def relation(self, exact: bool) -> str:
        """Return the sign for sides that are equal exactly, or but for rounding."""
        return "=" if exact else "~=" if self.plain else "≈"

    def number(self, value: float) -> str:
        """Write a number at the view's digits."""
        return significant(value, self.digits)

    def array(self, value: Array) -> str:
        """Write an array at the view's digits, or describe it if it is large."""
        if np.size(value) <= MOST_VALUE:
            return array_text(value, self.digits)
        text = summary(value, self.digits)
        return text.replace("…", "...").replace("×", "x") if self.plain else text


def formula(step: Step, view: View) -> str:
    """Write a step's equation: ``C[0] = a[0] ⊙ i[0] + f[0] ⊙ C[-1]``."""
    left = view.notation.symbol(step.target)
    if step.equation.role is Role.BLOCK:
        rows = (step.rows[row] for row in view.notation.rows(step.rows))
        by_name = {symbol.name: symbol for symbol in step.operands}
        parts = (view.notation.symbol(by_name[row]) for row in rows)
        return f"{left} = [{'; '.join(parts)}]"
    if step.expression is None:
        return left
    return f"{left} = {view.notation.formula(written(step))}"


def written(step: Step) -> Expression:
    """Return a step's right side as it is written: in a batch, outer products are matrix
    products, which add up the sequences, and sums over time are over sequences too.
    """
    node = step.expression
    if node is None:
        raise TypeError(step.id)
    return node if step.batch is None else _of_batch(node, step)


def added_up(node: Expression, *, matrix: bool) -> Expression:
    """Return any formula of a sum over time as it is written in a batch: what has a value
    for each sequence is added up.

    Args:
        node: the right side, also one with a mistake in it.
        matrix: whether its value is one: there the matrix products add up the sequences.
    """
    parts = []
    for part in addends(node):
        bare = part.operand if isinstance(part, Negative) else part
        found = batch_form(bare, matrix=matrix)
        nodes = set(walk(bare))
        if not any(map(summed_over_time, nodes)) and any(isinstance(n, Signal) for n in nodes):
            found = found if matrix else over_sequences(found)
        parts.append(Negative(found) if isinstance(part, Negative) else found)
    return total(tuple(parts))


def _of_batch(node: Expression, step: Step) -> Expression:
    return batch_form(node, matrix=np.ndim(step.value) >= 2)


def batch_form(node: Expression, *, matrix: bool) -> Expression:
    """Return a formula as it is written in a batch; see `written`.

    Args:
        node: the right side.
        matrix: whether its value is one.
    """

    def change(part: Expression) -> Expression | None:
        if not isinstance(part, Call):
            return None
        inner = summed_over_time(part)
        if inner is not None and not matrix:
            return over_all(replaced(inner, change))
        if FUNCTIONS[part.function].kind is Kind.OUTER:
            left, right = part.arguments
            return Binary("@", left, Transpose(right))
        return None

    return replaced(node, change)


def numbers(step: Step, view: View) -> str:
    """Write a step's right side with numbers for symbols; operands that are too large
    keep their symbol. Empty for blocks and for what is given.
    """
    if step.expression is None:
        return ""
    node = _sum(step.terms) if step.equation.role is Role.SUM_OVER_TIME else step.effective
    if step.batch is not None and step.equation.role is Role.SUM_OVER_TIME:
        if not np.ndim(step.value):
            style = view.notation.style
            return show(_entry(step, ()), style, lambda _: view.ellipsis, view.number)
        node = _of_batch(node or Number(0), step)
        if np.ndim(step.value) < 2:
            node = over_sequences(node)
    return substituted(node or step.expression, step.operands, view, view.notation.style)


def _sum(terms: tuple[StepTerm, ...]) -> Expression:
    parts = [term.expression for term in terms]
    if len(parts) > _MOST_TERMS:
        parts[_MOST_TERMS // 2 : -1] = [_GAP]
    return total(tuple(parts))


def substituted(
    node: Expression, values: Mapping[Symbol, Array], view: View, style: Style
) -> str:
    """Write a formula with numbers in place of the symbols that have values."""

    def leaf(symbol: Symbol) -> str:
        value = values.get(symbol)
        if symbol == _GAP:
            return view.ellipsis
        if value is None or np.size(value) > view.largest:
            return view.notation.symbol(symbol)
        column = wide and isinstance(symbol, Parameter) and np.ndim(value) == 1
        return array_text(value[:, None] if column else value, view.digits)

    wide = any(isinstance(s, Signal) and np.ndim(v) == 2 for s, v in values.items())
    return show(sized(untransposed(node, values), values, wide=wide), style, leaf, view.number)


def sized(node: Expression, values: Mapping[Symbol, Array], *, wide: bool) -> Expression:
    """Return the formula with the numbers of entries in place of what they are of.

    Args:
        node: the formula.
        values: the values of its symbols.
        wide: whether those of signals have an axis of sequences, the last.
    """

    def number(part: Expression) -> Expression | None:
        if isinstance(part, Call) and FUNCTIONS[part.function].spelled:
            (argument,) = part.arguments
            if FUNCTIONS[part.function].by_shape and isinstance(argument, Parameter | Signal):
                value = values.get(argument)
                if value is not None:
                    alone = value[..., 0] if wide and isinstance(argument, Signal) else value
                    return Number(np.size(alone))
        return None

    return replaced(node, number)


def untransposed(node: Expression, values: Mapping[Symbol, Array]) -> Expression:
    """Return the formula without the transposition of what is a plain number."""

    def plain(part: Expression) -> Expression | None:
        if isinstance(part, Transpose) and isinstance(part.operand, Parameter):
            value = values.get(part.operand)
            return part.operand if value is not None and np.size(value) == 1 else part
        return None

    return replaced(node, plain)


def operands_relation(step: Step, view: View) -> str:
    """Return the sign between formula and numbers: = if no number shown is rounded."""
    shown = (value for value in step.operands.values() if np.size(value) <= view.largest)
    return view.relation(all(same(value, rounded(value, view.digits)) for value in shown))


def value_relation(step: Step, view: View) -> str:
    """Return the sign between the numbers shown and the value shown: = only if the
    numbers, worked as they are shown, give exactly the value as it is shown.
    """
    if np.size(step.value) > MOST_VALUE:  # only described
        return view.relation(not step.value.any())
    shown = rounded(step.value, view.digits)
    if step.expression is None:
        return view.relation(same(step.value, shown))
    operands = {
        symbol: rounded(value, view.digits) if np.size(value) <= view.largest else value
        for symbol, value in step.operands.items()
    }
    worked = _worked(step, operands)
    return view.relation(same(np.broadcast_to(worked, np.shape(shown)), shown))


def _worked(step: Step, operands: Mapping[Symbol, Array]) -> Array:
    with np.errstate(all="ignore"):
        if step.equation.role is Role.SUM_OVER_TIME:
            parts = [
                evaluated(term.expression, operands.__getitem__, step.batch, summed=True)
                for term in step.terms
            ]
            return np.asarray(sum(parts))
        node = step.effective or Number(0)
        return np.asarray(evaluated(node, operands.__getitem__, step.batch))


def arithmetic(step: Step, view: View) -> list[str]:
    """Write each entry of a step's value as arithmetic on plain numbers.

    Empty where the operands are too large to write out, or there is no formula.
    """
    large = any(np.size(value) > view.largest for value in step.operands.values())
    if step.expression is None or large or np.size(step.value) > MOST_VALUE:
        return []
    times = "{}*{}" if view.plain else "{}·{}"
    notation = view.notation
    style = replace(notation.style, operators={**notation.style.operators, "*": times})
    indices = list(np.ndindex(np.shape(step.value)))
    lines = []
    for index in indices[:_MOST_LINES]:
        text = show(_entry(step, index), style, lambda _: view.ellipsis, view.number)
        label = f"{list(index)}: " if len(indices) > 1 else ""
        lines.append(f"{label}{text}")
    if len(indices) > _MOST_LINES:
        lines.append(f"{view.ellipsis} {len(indices) - _MOST_LINES} more entries")
    return lines


def _entry(step: Step, index: tuple[int, ...]) -> Expression:
    def lookup(symbol: Symbol) -> Array:
        return step.operands[symbol]

    if step.equation.role is Role.SUM_OVER_TIME:
        lookups = [lookup] if step.batch is None else _each(lookup, step.batch)
        terms = (term.expression for term in step.terms)
        parts = [entry(term, index, one) for term in terms for one in lookups]
        if len(parts) > _MOST_TERMS:
            parts[_MOST_TERMS // 2 : -1] = [_GAP]
        return total(tuple(parts))
    node = step.effective or step.expression
    if node is None:
        raise TypeError(step.id)
    if step.batch is not None and step.t is not None:
        return entry(node, index[:-1], of_sequence(lookup, index[-1]))
    return entry(node, index, lookup)


def _each(lookup: Lookup, batch: int) -> list[Lookup]:
    return [of_sequence(lookup, sequence) for sequence in range(batch)]
