"""How far a formula's value can be off, as NumPy source: see `algebra.precision`.

Each formula becomes one function that gives its value and the radius around it, on arrays
with any leading axes, so that one call does all time steps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Literal,
    Negative,
    Number,
    Parameter,
    Signal,
    Symbol,
    Transpose,
    symbols,
)
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.execution.compiler import Source, call_text, function_of, product_text

Array: TypeAlias = NDArray[Any]
Bounded: TypeAlias = Callable[..., tuple[Array, Any]]
_Pair: TypeAlias = tuple[str, str]
_TINY = 1e-300


def bounded(
    node: Expression, rank: Callable[[Symbol], int], exact: Collection[Symbol] = ()
) -> Bounded:
    """Return a function of a formula's symbols that gives its value and radius.

    It takes the values of all symbols, in reading order, and then the radii of those that
    are not exact. All are arrays (…, units, sequences), of parameters (rows, columns).

    Args:
        node: the formula.
        rank: the number of axes of a symbol, sequences apart.
        exact: the symbols whose values have no radius.
    """
    used = symbols(node)
    off = [symbol for symbol in used if symbol not in exact]
    values = {symbol: f"v{number}" for number, symbol in enumerate(used)}
    radii = {symbol: f"r{number}" for number, symbol in enumerate(off)}
    lines = _Lines(values, radii, rank)
    value, radius = lines.pair(node)
    names = ", ".join((*values.values(), *radii.values()))
    text = [*lines.lines, f"return {value}, {radius or 0.0}"]
    return function_of(text, _NAMES, f"run({names})")


def _rounded(function: str, *pairs: tuple[Any, Any]) -> Array:
    """Return the radius of a function that says itself how rounding passes."""
    row = FUNCTIONS[function]
    if row.kind is Kind.ELEMENTWISE:
        return np.asarray(row.radius(None, pairs))
    moved = [tuple(np.moveaxis(np.asarray(part), -2, 0) for part in pair) for pair in pairs]
    return np.moveaxis(np.asarray(row.radius(None, [(x, r) for x, r in moved])), 0, -2)


def _clipped(function: str, values: Array) -> Array:
    """Return the nearest values that a function takes."""
    return np.asarray(FUNCTIONS[function].domain.clip(values))


_NAMES = {"rounded": _rounded, "clipped": _clipped, "abs": np.abs, "maximum": np.maximum}


class _Lines:
    """The lines of a formula: what each of its parts is, and how far that can be off.

    A part without a radius, written "", is exact.
    """

    def __init__(
        self,
        values: dict[Symbol, str],
        radii: dict[Symbol, str],
        rank: Callable[[Symbol], int],
    ) -> None:
        self.lines: list[str] = []
        self._values = values
        self._radii = radii
        self._rank = Source(lambda _: "", rank).rank

    def _kept(self, text: str) -> str:
        name = f"p{len(self.lines)}"
        self.lines.append(f"{name} = {text}")
        return name

    def pair(self, node: Expression) -> _Pair:
        """Write a formula; return where its value and its radius are."""
        match node:
            case Number(number):
                return repr(float(number)), ""
            case Literal(rows):
                return f"array({rows!r})", ""
            case Parameter() | Signal():
                return self._values[node], self._radii.get(node, "")
            case Negative(operand):
                value, radius = self.pair(operand)
                return f"(-{value})", radius
            case Transpose(operand):
                if self._rank(operand) < 2:
                    return self.pair(operand)
                value, radius = self.pair(operand)
                return f"turned({value})", radius and f"turned({radius})"
            case Binary("@", left, right):
                return self._product(left, right)
            case Binary("+" | "-" | "*" | "/" | "**"):
                return self._binary(node)
            case Call():
                return self._call(node)
        raise TypeError(node)

    def _binary(self, node: Binary) -> _Pair:
        (a, ra), (b, rb) = self.pair(node.left), self.pair(node.right)
        value = self._kept(f"{a} {node.operator} {b}")
        if not ra and not rb:
            return value, ""
        match node.operator:
            case "+" | "-":
                shape = "" if ra and rb else f" + 0 * {value}"  # a number beside a list
                found = " + ".join(filter(None, [ra, rb])) + shape
            case "*":
                found = _sum(
                    ra and f"{ra} * " + (f"(abs({b}) + {rb})" if rb else f"abs({b})"),
                    rb and f"abs({a}) * {rb}",
                )
            case "/":
                above = _sum(ra, rb and f"abs({value}) * {rb}")
                below = f"maximum(abs({b}) - {rb}, {_TINY})" if rb else f"abs({b})"
                found = f"({above}) / {below}"
            case _:  # the exponent is exact
                found = f"abs({b}) * (abs({a}) + {ra or 0.0}) ** ({b} - 1) * {ra or 0.0}"
        return value, self._kept(found)

    def _product(self, left: Expression, right: Expression) -> _Pair:
        ranks = self._rank(left), self._rank(right)
        (a, ra), (b, rb) = self.pair(left), self.pair(right)

        def times(one: str, other: str) -> str:
            return product_text(one, other, ranks, leading=True)

        value = self._kept(times(a, b))
        found = _sum(
            ra and times(ra, f"(abs({b}) + {rb})" if rb else f"abs({b})"),
            rb and times(f"abs({a})", rb),
        )
        return value, found and self._kept(found)

    def _call(self, node: Call) -> _Pair:
        row = FUNCTIONS[node.function]
        pairs = [self.pair(argument) for argument in node.arguments]
        rank = self._rank(node.arguments[0])

        def called(arguments: list[str]) -> str:
            return self._kept(call_text(node.function, arguments, rank))

        value = called([x for x, _ in pairs])
        if not any(radius for _, radius in pairs):
            return value, ""
        if row.kind is Kind.OUTER:
            (a, ra), (b, rb) = pairs
            one = ra and f"outer_of({ra}, abs({b})" + (f" + {rb})" if rb else ")")
            return value, self._kept(_sum(one, rb and f"outer_of(abs({a}), {rb})"))
        if row.rounding is not None:
            inside = ", ".join(f"({x}, {r or f'0 * {x}'})" for x, r in pairs)
            return value, self._kept(f"rounded({node.function!r}, {inside})")
        high, low = (
            called([self._moved(node.function, x, r, sign) for x, r in pairs]) for sign in "+-"
        )
        return value, self._kept(f"maximum({high} - {value}, {value} - {low})")

    @staticmethod
    def _moved(function: str, value: str, radius: str, sign: str) -> str:
        found = f"{value} {sign} {radius}" if radius else value
        unbounded = FUNCTIONS[function].domain.low == -np.inf
        return found if unbounded else f"clipped({function!r}, {found})"


def _sum(*parts: str) -> str:
    return " + ".join(filter(None, parts))
