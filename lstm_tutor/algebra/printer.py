"""Formula to text: one printer, driven by a table per style.

A style says how operators and functions are written; a leaf function says how
symbols are written (as names, or as the numbers they stand for). The plain style
is the formula language itself, so what it prints can be parsed again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

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
)
from lstm_tutor.algebra.function import Form, Function, Place
from lstm_tutor.algebra.functions import FUNCTIONS

_KEPT = 20_000  # formulas written in the language itself
_SIGNED, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = 0, 1, 2, 3, 4, 5
_STRENGTH = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "@": _PRODUCT, "**": _POWER}

# Per place: how strongly each argument must hold together, and how strongly the whole does.
_PLACES = {
    Place.AROUND: (_SIGNED, _ATOM),
    Place.BETWEEN: (_SIGN, _PRODUCT),
    Place.BEFORE: (_PRODUCT, _SUM),
}

Leaf: TypeAlias = Callable[[Symbol], str]
Numeral: TypeAlias = Callable[[int | float], str]


@dataclass(frozen=True)
class Style:
    """How operators and functions are written; every value is a template.

    Attributes:
        operators: per operator, with ``{}`` for each operand.
        functions: how functions are written that are not written ``name(…)``.
        transpose: the transposed matrix.
        negative: what is turned in sign.
        powers: per exponent, where it has a sign of its own.
        brackets: a bracketed expression.
        fraction: whether ``/`` is a built fraction and an exponent is raised, so that neither
            needs brackets.
        grouped: whether what has a superscript needs braces to get another one.
    """

    operators: Mapping[str, str]
    transpose: str
    functions: Mapping[str, Form] = field(default_factory=dict)
    negative: str = "-{}"
    powers: Mapping[str, str] = field(default_factory=dict)
    brackets: str = "({})"
    fraction: bool = False
    grouped: bool = False

    @property
    def signs(self) -> str:
        """Every character that the templates are made of."""
        forms = [form.template for form in self.functions.values()]
        templates = (*self.operators.values(), *self.powers.values(), self.transpose, *forms)
        return "".join(sorted(set("".join(templates))))


def _upright(row: Function) -> Form:
    """Return a function's form in LaTeX where it has no sign of its own."""
    name = row.name.replace("_", r"\_")
    arguments = ", ".join(["{}"] * row.arity)
    return Form(rf"\operatorname{{{{{name}}}}}\left({arguments}\right)")


PLAIN = Style(
    operators={op: f"{{}} {op} {{}}" for op in ("+", "-", "*", "/", "@")} | {"**": "{}**{}"},
    transpose="{}.T",
)
UNICODE = Style(
    operators={
        "+": "{} + {}",
        "-": "{} - {}",
        "*": "{} ⊙ {}",
        "/": "{} / {}",
        "@": "{} · {}",
        "**": "{}^{}",
    },
    functions={name: row.unicode for name, row in FUNCTIONS.items() if row.unicode},
    transpose="{}ᵀ",
    powers={"2": "{}²", "3": "{}³"},
)
LATEX = Style(
    operators={
        "+": "{} + {}",
        "-": "{} - {}",
        "*": r"{} \odot {}",
        "/": r"\frac{{{}}}{{{}}}",
        "@": r"{} \, {}",
        "**": "{}^{{{}}}",
    },
    functions={name: row.latex or _upright(row) for name, row in FUNCTIONS.items()},
    transpose=r"{}^{{\top}}",
    brackets=r"\left({}\right)",
    fraction=True,
    grouped=True,
)


def numeral(value: int | float) -> str:
    """Write a number exactly: the shortest text that reads back as the same number."""
    return repr(value)


def raised(text: str) -> str:
    """Return LaTeX that can get a superscript: in braces if it has one already."""
    return f"{{{text}}}" if "^" in text or "'" in text else text


def show(
    node: Expression, style: Style, leaf: Leaf | None = None, numerals: Numeral = numeral
) -> str:
    """Write a formula in a style.

    Args:
        node: the formula.
        style: how operators are written.
        leaf: how symbols are written; by default by name, as the parser reads them.
        numerals: how plain numbers are written.
    """
    return _Printer(style, leaf or name, numerals).text(node)


@lru_cache(maxsize=_KEPT)
def plain(node: Expression) -> str:
    """Write a formula as the parser reads it; thousands of mistakes share their parts."""
    return show(node, PLAIN)


def called(function: str, style: Style) -> str:
    """Return the sign that a style writes before a function's brackets."""
    form = style.functions.get(function)
    return form.template.partition("(")[0] if form else function


def name(symbol: Symbol) -> str:
    """Write a symbol as the parser reads it: ``W_a``, ``h[t-1]``, ``h[0]``."""
    if isinstance(symbol, Parameter):
        return symbol.name
    return f"{symbol.name}[{time(symbol)}]"


def time(symbol: Signal) -> str:
    """Write a signal's time index: ``t``, ``t-1``, or ``0`` where it is fixed."""
    if symbol.fixed:
        return str(symbol.shift)
    return f"t{symbol.shift:+d}" if symbol.shift else "t"


@dataclass(frozen=True)
class _Printer:
    style: Style
    leaf: Leaf
    numerals: Numeral

    def text(self, node: Expression) -> str:
        return self._write(node)[0]

    def _write(self, node: Expression) -> tuple[str, int]:
        """Return the text and how strongly it holds together."""
        match node:
            case Number(value):
                text = self.numerals(value)
                return text, _SIGNED if text.startswith("-") else _ATOM
            case Literal(rows):
                return self._rows(rows), _ATOM
            case Parameter() | Signal():
                text = self.leaf(node)
                return text, _SIGNED if text.startswith("-") else _ATOM
            case Negative(operand):
                return self.style.negative.format(self._inside(operand, _SIGN)), _SIGN
            case Transpose(operand):
                base = self._grouped(operand, self._base(operand))
                return self.style.transpose.format(base), _ATOM
            case Call(function, arguments):
                return self._call(function, arguments)
            case Binary("**"):
                return self._power(node)
            case Binary():
                return self._binary(node)
        raise TypeError(node)

    def _inside(self, node: Expression, strength: int) -> str:
        return self._enclosed(self._write(node), strength)

    def _enclosed(self, written: tuple[str, int], strength: int) -> str:
        text, own = written
        return text if own >= strength else self.style.brackets.format(text)

    def _base(self, node: Expression) -> str:
        """Write what a transposition is put on: a number needs brackets, as in (2).T."""
        text = self._inside(node, _ATOM)
        return self.style.brackets.format(text) if text[0].isdigit() else text

    def _grouped(self, node: Expression, text: str) -> str:
        """Write what gets a superscript; a name that has one already is held together."""
        named = isinstance(node, Parameter | Signal | Transpose)
        return raised(text) if named and self.style.grouped else text

    def _rows(self, rows: tuple[object, ...]) -> str:
        entries = (
            self._rows(row) if isinstance(row, tuple) else self.numerals(row)  # type: ignore[arg-type]  # leaves are numbers
            for row in rows
        )
        return f"[{', '.join(entries)}]"

    def _call(self, function: str, arguments: tuple[Expression, ...]) -> tuple[str, int]:
        form = self.style.functions.get(function)
        if form is None:
            return f"{function}({', '.join(map(self.text, arguments))})", _ATOM
        needs, strength = _PLACES[form.place]
        parts = (self._inside(item, needs) for item in arguments)
        return form.template.format(*parts), strength

    def _binary(self, node: Binary) -> tuple[str, int]:
        """Write a sum or product from its first operand on: long ones are deep trees."""
        spine = []
        first: Expression = node
        while isinstance(first, Binary) and first.operator != "**":
            spine.append(first)
            first = first.left
        left = self._write(first)
        for part in reversed(spine):
            left = self._joined(left, part)
        return left

    def _joined(self, left: tuple[str, int], node: Binary) -> tuple[str, int]:
        """Write a node whose left operand is written."""
        operator = node.operator
        template, own = self.style.operators[operator], _STRENGTH[operator]
        if operator == "/" and self.style.fraction:
            return template.format(left[0], self.text(node.right)), own
        needs = own if self._flows(node.left, operator) else own + 1
        right = self._inside(node.right, own + 1)
        return template.format(self._enclosed(left, needs), right), own

    def _power(self, node: Binary) -> tuple[str, int]:
        base = self._grouped(node.left, self._inside(node.left, _ATOM))
        above = self.style.fraction
        exponent = self.text(node.right) if above else self._inside(node.right, _ATOM)
        template = self.style.powers.get(exponent)
        if template is not None:
            return template.format(base), _POWER
        return self.style.operators["**"].format(base, exponent), _POWER

    @staticmethod
    def _flows(left: Expression, operator: str) -> bool:
        """Whether the left operand may stand without brackets at equal strength.

        ``@`` beside ``*`` or ``/`` gets brackets although it needs none: readers
        do not know that the two bind alike.
        """
        if not isinstance(left, Binary) or _STRENGTH[left.operator] != _PRODUCT:
            return True
        return (left.operator == "@") == (operator == "@")
