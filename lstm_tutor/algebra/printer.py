"""Formula to text: one printer, driven by a table per style.

A style says how operators and functions are written; a leaf function says how
symbols are written (as names, or as the numbers they stand for). The plain style
is the formula language itself, so what it prints can be parsed again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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

_SIGNED, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = 0, 1, 2, 3, 4, 5
_STRENGTH = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "@": _PRODUCT, "**": _POWER}

Leaf: TypeAlias = Callable[[Symbol], str]
Numeral: TypeAlias = Callable[[int | float], str]


@dataclass(frozen=True)
class Style:
    """How operators and functions are written; every value is a template.

    Attributes:
        operators: per operator, with ``{}`` for each operand.
        functions: per function; one listed nowhere is written ``name(…)``.
        infixes: functions of two arguments that are written like a product.
        prefixes: functions of one argument that stand before a product.
        transpose: the transposed matrix.
        powers: per exponent, where it has a sign of its own.
        brackets: a bracketed expression.
        fraction: whether ``/`` is a built fraction, which needs no brackets.
    """

    operators: Mapping[str, str]
    transpose: str
    functions: Mapping[str, str] = field(default_factory=dict)
    infixes: Mapping[str, str] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)
    powers: Mapping[str, str] = field(default_factory=dict)
    brackets: str = "({})"
    fraction: bool = False


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
    functions={"sigmoid": "σ({})", "sum": "Σ({})"},
    infixes={"outer": "{} ⊗ {}"},
    prefixes={"sum_t": "Σ_t {}"},
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
    functions={
        "tanh": r"\tanh\left({}\right)",
        "sigmoid": r"\sigma\left({}\right)",
        "exp": r"\exp\left({}\right)",
        "log": r"\ln\left({}\right)",
        "fill": r"\operatorname{{fill}}\left({}, {}\right)",
    },
    infixes={"outer": r"{} \otimes {}"},
    prefixes={"sum": r"\sum {}", "sum_t": r"\sum_{{t}} {}"},
    transpose=r"{}^{{\top}}",
    brackets=r"\left({}\right)",
    fraction=True,
)


def numeral(value: int | float) -> str:
    """Write a number exactly: the shortest text that reads back as the same number."""
    return repr(value)


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
                return f"-{self._inside(operand, _SIGN)}", _SIGN
            case Transpose(operand):
                return self.style.transpose.format(self._base(operand)), _ATOM
            case Call(function, arguments):
                return self._call(function, arguments)
            case Binary():
                return self._binary(node)
        raise TypeError(node)

    def _inside(self, node: Expression, strength: int) -> str:
        text, own = self._write(node)
        return text if own >= strength else self.style.brackets.format(text)

    def _base(self, node: Expression) -> str:
        """Write what a transposition is put on: a number needs brackets, as in (2).T."""
        text = self._inside(node, _ATOM)
        return self.style.brackets.format(text) if text[0].isdigit() else text

    def _rows(self, rows: tuple[object, ...]) -> str:
        entries = (
            self._rows(row) if isinstance(row, tuple) else self.numerals(row)  # type: ignore[arg-type]  # leaves are numbers
            for row in rows
        )
        return f"[{', '.join(entries)}]"

    def _call(self, function: str, arguments: tuple[Expression, ...]) -> tuple[str, int]:
        style = self.style
        if function in style.infixes:
            parts = (self._inside(item, _SIGN) for item in arguments)
            return style.infixes[function].format(*parts), _PRODUCT
        if function in style.prefixes:
            body = self._inside(arguments[0], _PRODUCT)
            return style.prefixes[function].format(body), _SUM
        parts = (self.text(item) for item in arguments)
        if function in style.functions:
            return style.functions[function].format(*parts), _ATOM
        return f"{function}({', '.join(parts)})", _ATOM

    def _binary(self, node: Binary) -> tuple[str, int]:
        operator = node.operator
        if operator == "**":
            return self._power(node)
        own = _STRENGTH[operator]
        if operator == "/" and self.style.fraction:
            parts = (self.text(node.left), self.text(node.right))
            return self.style.operators[operator].format(*parts), _PRODUCT
        left = self._inside(node.left, own if self._flows(node.left, operator) else own + 1)
        right = self._inside(node.right, own + 1)
        return self.style.operators[operator].format(left, right), own

    def _power(self, node: Binary) -> tuple[str, int]:
        base = self._inside(node.left, _ATOM)
        exponent = self._inside(node.right, _ATOM)
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
