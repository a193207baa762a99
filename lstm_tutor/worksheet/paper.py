"""The paper that a sheet is written on: the computation, and how numbers and formulas stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from lstm_tutor.algebra.expression import Expression, Parameter, Signal, Symbol
from lstm_tutor.model.equation import Equation, Phase, Role
from lstm_tutor.numbers.numeral import FULL, array_text
from lstm_tutor.render.line import View
from lstm_tutor.render.markdown import escaped
from lstm_tutor.trace.trace import Trace

GUARD = 2
"""Digits that given numbers have more, so that rounding them shows in no answer."""


class Mathematics(Protocol):
    """How formulas stand on the paper."""

    def symbol(self, symbol: Symbol, view: View) -> str:
        """Write a symbol."""

    def equation(self, target: Symbol, expression: Expression, view: View) -> str:
        """Write an equation."""

    def sign(self, latex: str, unicode: str) -> str:
        """Write a sign."""


@dataclass(frozen=True)
class Latex:
    """Formulas as LaTeX between two marks."""

    marked: Callable[[str], str]

    def symbol(self, symbol: Symbol, view: View) -> str:
        """Write a symbol."""
        return self.marked(view.notation.symbol_latex(symbol))

    def equation(self, target: Symbol, expression: Expression, view: View) -> str:
        """Write an equation."""
        notation = view.notation
        left = notation.symbol_latex(target)
        return self.marked(f"{left} = {notation.formula_latex(expression)}")

    def sign(self, latex: str, unicode: str) -> str:
        """Write a sign."""
        del unicode
        return self.marked(latex)


@dataclass(frozen=True)
class Paper:
    """What is written.

    Attributes:
        trace: the computation.
        indices: which of its steps are blank, or answered in the key.
        view: notation, and the digits of an answer.
        answered: whether it is the key.
        formulas: whether the blanks' formulas are told.
        points: what each blank is worth, by id; empty where that is not told.
        mathematics: how formulas stand in it.
    """

    trace: Trace
    indices: Sequence[int]
    view: View
    mathematics: Mathematics
    answered: bool = False
    formulas: bool = True
    points: Mapping[str, float] = field(default_factory=dict)

    @property
    def finer(self) -> View:
        """How given numbers are written."""
        return replace(self.view, digits=min(FULL, self.view.digits + GUARD))

    @property
    def told(self) -> bool:
        """Whether formulas are told: in the key they always are."""
        return self.formulas or self.answered

    def given(self, value: object) -> str:
        """Write numbers that a person starts from."""
        return rows(array_text(np.asarray(value), self.finer.digits))

    def symbol(self, symbol: Symbol) -> str:
        """Write a symbol as mathematics."""
        return self.mathematics.symbol(symbol, self.view)

    def formula(self, equation: Equation) -> str:
        """Write an equation for any time step."""
        if equation.expression is None:
            raise TypeError(equation.target)
        target = self.target(equation)
        return self.mathematics.equation(target, equation.expression, self.view)

    def called(self, equation: Equation) -> str:
        """Say what an equation is of, and not what it says."""
        name = equation.caption
        name = name.partition(":")[0] if equation.phase is Phase.FORWARD else name
        return escaped(name)

    def target(self, equation: Equation) -> Symbol:
        """Return the left side of an equation for any time step."""
        # L is both a sum and, at a time step, its part
        sums = equation.role is Role.SUM_OVER_TIME
        timed = equation.target in self.trace.signals and not sums
        return Signal(equation.target) if timed else Parameter(equation.target)


def rows(text: str) -> str:
    """Put each row of a matrix on a line of its own."""
    return text.replace("], [", "],<br>[")
