"""Formulas with slots: laid out once, filled at each of thousands of time steps.

What comes out is what `line` writes for a single step; only the time it takes differs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Expression,
    Parameter,
    Signal,
    Symbol,
    at,
    symbols,
)
from lstm_tutor.algebra.printer import LATEX, raised, show
from lstm_tutor.execution.batch import evaluated
from lstm_tutor.execution.computation import Series
from lstm_tutor.execution.existence import missing as missing_here
from lstm_tutor.model.equation import Equation
from lstm_tutor.numbers.numeral import array_text, rounded, same
from lstm_tutor.render.line import View, sized, untransposed
from lstm_tutor.trace.trace import Trace

_SLOT = re.compile("\x01(\\d+)\\^?\x01")
_SIGNED = re.compile("-?\x01(\\d+)\\^?\x01")


@dataclass(frozen=True, eq=False)
class Shown:
    """One value as it is shown: its text, the number that the text says, if it is exact."""

    text: str
    number: Any
    exact: bool


@dataclass(frozen=True, eq=False)
class _Pieces:
    """A text with slots: before each slot a piece; a slot may bracket what is negative."""

    pieces: tuple[str, ...]
    slots: tuple[tuple[int, bool], ...]

    def fill(self, texts: list[str]) -> str:
        parts = []
        for piece, (number, bracketed) in zip(self.pieces, self.slots, strict=False):
            text = texts[number]
            parts.append(piece)
            parts.append(f"({text})" if bracketed and text[0] == "-" else text)
        parts.append(self.pieces[-1])
        return "".join(parts)


@dataclass(frozen=True, eq=False)
class _Template:
    latex: _Pieces
    numbers: _Pieces
    named: tuple[Symbol, ...]
    put_in: tuple[Symbol, ...]
    worked: Expression
    missing: str


class Filler:
    """Writes the equations of a trace at any time step, for one view."""

    def __init__(self, trace: Trace, view: View) -> None:
        self._trace = trace
        self._view = view
        self._templates: dict[tuple[int, tuple[str, ...]], _Template] = {}
        self._shown: dict[tuple[str, int | None], Shown] = {}
        self._latex: dict[Symbol, str] = {}

    def formula(self, equation: Equation, t: int | None) -> str:
        """Write an equation at a time step as LaTeX."""
        template = self._template(equation, t)
        names = [self._name(symbol, t) for symbol in template.named]
        target: Symbol = Parameter(equation.target) if t is None else Signal(equation.target)
        return f"{self._name(target, t)} = {template.latex.fill(names)}"

    def numbers(self, equation: Equation, t: int | None) -> str:
        """Write its right side with numbers, led by = or ≈."""
        shown = [self._value(symbol, t) for symbol in self._template(equation, t).put_in]
        relation = self._view.relation(all(value.exact for value in shown))
        return f"{relation} {self.substituted(equation, t)}"

    def substituted(self, equation: Equation, t: int | None) -> str:
        """Write its right side with numbers."""
        template = self._template(equation, t)
        texts = [self._value(symbol, t).text for symbol in template.put_in]
        return template.numbers.fill(texts)

    def value(self, equation: Equation, t: int | None) -> str:
        """Write its value, led by = or ≈."""
        template = self._template(equation, t)
        target: Symbol = Parameter(equation.target) if t is None else Signal(equation.target)
        shown = self._value(target, t)
        with np.errstate(all="ignore"):
            batch = self._trace.scenario.batch
            worked = evaluated(
                template.worked, lambda symbol: self._value(symbol, t).number, batch
            )
        if np.shape(worked) != np.shape(shown.number):
            worked = np.broadcast_to(worked, np.shape(shown.number))
        exact = same(worked, shown.number)
        return f"{self._view.relation(exact)} {shown.text}"

    def missing(self, equation: Equation, t: int | None) -> str:
        """Say why terms are missing at this time step; empty if none is."""
        return self._template(equation, t).missing

    def _name(self, symbol: Symbol, t: int | None) -> str:
        fixed = symbol if t is None else at(symbol, t)
        if not isinstance(fixed, Parameter | Signal):
            raise TypeError(fixed)
        text = self._latex.get(fixed)
        if text is None:
            text = self._view.notation.symbol_latex(fixed)
            if len(self._latex) > 10_000:
                self._latex.clear()
            self._latex[fixed] = text
        return text

    def _value(self, symbol: Symbol, t: int | None) -> Shown:
        time = None
        if isinstance(symbol, Signal) and t is not None:
            time = symbol.shift + t
        key = symbol.name, time
        found = self._shown.get(key)
        if found is None:
            value = self._trace.value(
                symbol if time is None else Signal(symbol.name, time, fixed=True)
            )
            number = rounded(value, self._view.digits)
            batch = self._trace.scenario.batch is not None
            column = batch and isinstance(symbol, Parameter) and value.ndim == 1
            shown = value[:, None] if column else value
            whole = value.size <= self._view.largest
            text = array_text(shown, self._view.digits) if whole else self._view.array(shown)
            found = Shown(text, number, same(number, value))
            if len(self._shown) > 10_000:
                self._shown.clear()
            self._shown[key] = found
        return found

    def _template(self, equation: Equation, t: int | None) -> _Template:
        key = id(equation), self.reasons(equation, t)  # the trace keeps its equations
        found = self._templates.get(key)
        if found is None:
            found = self._templates[key] = self._made(equation, key[1])
        return found

    def reasons(self, equation: Equation, t: int | None) -> tuple[str, ...]:
        """Say for each term why it is missing at this time step; () if none is."""
        if t is None or not any(term.starts or term.shift for term in equation.terms):
            return ()
        scenario = self._trace.scenario
        found = tuple(missing_here(scenario, term, t) for term in equation.terms)
        return found if any(found) else ()

    def _made(self, equation: Equation, missing: tuple[str, ...]) -> _Template:
        whole = equation.expression
        if whole is None:
            raise TypeError(equation.target)
        effective = equation.with_zeros(missing) if any(missing) else whole
        sizes = {symbol: self._sample(symbol) for symbol in symbols(effective)}
        wide = self._trace.scenario.batch is not None
        effective = sized(untransposed(effective, sizes), sizes, wide=wide)
        view = self._view
        put_in = tuple(
            symbol for symbol, value in sizes.items() if np.size(value) <= view.largest
        )
        named = symbols(whole)

        def number_slot(symbol: Symbol, sign: str = "") -> str:
            if symbol in put_in:
                return f"{sign}\x01{put_in.index(symbol)}\x01"
            return view.notation.symbol(symbol)

        style = view.notation.style
        plus = show(effective, style, number_slot, view.number)
        minus = show(effective, style, lambda symbol: number_slot(symbol, "-"), view.number)

        def name_slot(symbol: Symbol) -> str:
            text = view.notation.symbol_latex(symbol)
            sign = "^" * (raised(text) != text)  # as in the name that will stand here
            return f"\x01{named.index(symbol)}{sign}\x01"

        latex = show(whole, LATEX, name_slot)
        return _Template(
            _pieces(latex, latex),
            _pieces(plus, minus),
            named,
            put_in,
            effective,
            "; ".join(dict.fromkeys(filter(None, missing))),
        )

    def _sample(self, symbol: Symbol) -> NDArray[Any]:
        """Return a value of the symbol's shape."""
        if isinstance(symbol, Parameter):
            return np.asarray(self._trace.parameters[symbol.name])
        series: Series = self._trace.signals[symbol.name]
        return np.asarray(series.values[0])


def _pieces(plus: str, minus: str) -> _Pieces:
    """Split a text at its slots.

    Args:
        plus: the text with a positive number in every slot.
        minus: with a negative one: what is bracketed there has brackets of its own.
    """
    outside = _SLOT.split(plus)
    bracketed = _SIGNED.split(minus)
    slots = []
    closing = ""
    for piece, other, number in zip(outside[::2], bracketed[::2], outside[1::2], strict=False):
        opened = other.removeprefix(closing) != piece
        slots.append((int(number), opened))
        closing = ")" if opened else ""
    return _Pieces(tuple(outside[::2]), tuple(slots))
