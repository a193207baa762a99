"""The syntax of formulas: Python's, behind a whitelist, with limits.

Anything that is not listed here is refused by name, with its column. Which functions
there are is told by whoever asks; `lstm_tutor.algebra.parser` knows them.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Literal,
    Negative,
    Number,
    Parameter,
    Signal,
    Transpose,
)
from lstm_tutor.algebra.refused import (
    base_refused,
    constant_refused,
    dot_refused,
    function_refused,
    index_refused,
    operator_refused,
    refused,
)

NAME = r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)?'?"
_LONGEST = 2000  # characters
_DEEPEST = 60  # levels
_MOST = 60  # numbers and symbols; the derivative of a product has that many squared
_LARGEST_POWER = 100
_PRIME = "\N{MODIFIER LETTER PRIME}"  # an identifier character, unlike the apostrophe
_OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.MatMult: "@",
}


class FormulaError(ValueError):
    """A formula that cannot be read.

    Attributes:
        message: what is wrong and what is allowed, one sentence.
        column: 0-based column in the formula's text.
    """

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


def read(text: str, functions: Mapping[str, int], *, derived: bool = False) -> Expression:
    """Read one formula.

    Args:
        text: the formula, such as ``a[t] * i[t] + f[t] * C[t-1]``.
        functions: the functions that may be called, with their number of arguments.
        derived: also allow what only derived equations have: any length and number,
            ``.T`` of more than a name, primes, fixed times (``h[0]``), written-out arrays.

    Raises:
        FormulaError: naming the construct that is not allowed, with its column.
    """
    lead = len(text) - len(text.lstrip())
    if not text.strip():
        raise FormulaError("the formula is empty", 0)
    if len(text) > _LONGEST and not derived:
        raise FormulaError(f"the formula is longer than {_LONGEST} characters", 0)
    quote = None if derived else re.search(r"(?<![A-Za-z0-9])['\"]", text)
    if quote:
        raise FormulaError(constant_refused(""), quote.start())
    source = re.sub(r"(?<=[A-Za-z0-9])'", _PRIME, text.strip())
    try:
        tree = ast.parse(source, mode="eval")
    except SyntaxError as error:
        column = error.offset - 1 if error.offset else len(source)
        raise FormulaError(_not_a_formula(error, source, column), lead + column) from None
    except (ValueError, RecursionError, MemoryError):
        raise FormulaError("the formula is nested too deeply to read", 0) from None
    return _Reader(source, lead, functions, derived).read(tree.body, 0)


def _not_a_formula(error: SyntaxError, source: str, column: int) -> str:
    """Say in our words what Python does not take; its own speak of Python."""
    found = source[column:].replace(_PRIME, "'").split()
    if not found:
        return "not a formula: it ends too early"
    if found[0][0] in "()[]" and re.search("never closed|unmatched|does not match", error.msg):
        return f"not a formula: the bracket {found[0][0]!r} has no partner"
    return f"not a formula: {found[0]!r:.40} does not fit here"


def _constant(node: Expression) -> float | None:
    """Return the value of a formula of plain numbers; None of any other.

    Raises:
        ArithmeticError: if it has none.
    """
    match node:
        case Number(value):
            return float(value)
        case Negative(operand):
            inner = _constant(operand)
            return None if inner is None else -inner
        case Binary(operator, left, right):
            one, other = _constant(left), _constant(right)
            if one is None or other is None:
                return None
            return _calculated(operator, one, other)
    return None


def _calculated(operator: str, one: float, other: float) -> float:
    if operator == "**":
        value = one**other
        return value if isinstance(value, float) else math.nan
    if operator == "/":
        return one / other
    return one * other if operator in "*@" else one + other if operator == "+" else one - other


class _Reader:
    """Turns Python's tree into ours; ``lead`` is the stripped width on the left."""

    def __init__(
        self, source: str, lead: int, functions: Mapping[str, int], derived: bool
    ) -> None:
        self._source = source
        self._lead = lead
        self._functions = functions
        self._derived = derived
        self._parts = 0

    def _error(self, node: ast.AST, message: str) -> FormulaError:
        offset = int(getattr(node, "col_offset", 0))
        before = self._source.encode()[:offset].decode(errors="ignore")
        return FormulaError(message, self._lead + len(before))

    def read(self, node: ast.expr, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise self._error(node, f"the formula is nested deeper than {_DEEPEST} levels")
        self._parts += isinstance(node, ast.Constant | ast.Name | ast.Subscript | ast.Attribute)
        if self._parts > _MOST and not self._derived:
            message = f"the formula has more than {_MOST} numbers and symbols"
            raise self._error(node, message)
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.Name():
                return Parameter(self._name(node))
            case ast.Subscript():
                return self._signal(node)
            case ast.UnaryOp(op=ast.USub()):
                return Negative(self.read(node.operand, depth + 1))
            case ast.BinOp():
                return self._binary(node, depth)
            case ast.Call():
                return self._call(node, depth)
            case ast.Attribute(attr="T", value=ast.Name()) if not self._derived:
                return Transpose(self.read(node.value, depth + 1))
            case ast.Attribute(attr="T") if self._derived:
                return Transpose(self.read(node.value, depth + 1))
            case ast.Attribute() if self._derived:
                return Parameter(self._name(node))
            case ast.List() if self._derived:
                return Literal(self._rows(node))
            case ast.Attribute():
                raise self._error(node, dot_refused(node))
        raise self._error(node, refused(node))

    def _number(self, node: ast.Constant) -> Number:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._error(node, constant_refused(value))
        try:
            finite = math.isfinite(float(value))
        except OverflowError:
            finite = False
        if not finite:
            raise self._error(node, "the number is too large")
        return Number(value)

    def _name(self, node: ast.Name | ast.Attribute) -> str:
        """Return a name, in derived equations with its layer before it: ``l2.C``."""
        if isinstance(node, ast.Attribute):
            if not isinstance(node.value, ast.Name | ast.Attribute):
                raise self._error(node, "a dot follows the name of a layer, as in l2.C")
            own = ast.Name(node.attr, lineno=node.lineno, col_offset=node.col_offset)
            return f"{self._name(node.value)}.{self._name(own)}"
        name = node.id.replace(_PRIME, "'")
        if not re.fullmatch(NAME, name) or ("'" in name and not self._derived):
            raise self._error(
                node,
                f"{name!r} is not a name: ASCII letters and digits, at most one underscore",
            )
        return name

    def _signal(self, node: ast.Subscript) -> Signal:
        dotted = isinstance(node.value, ast.Attribute) and self._derived
        if not isinstance(node.value, ast.Name) and not dotted:
            raise self._error(node, base_refused(node.value))
        name = self._name(node.value)  # type: ignore[arg-type]  # one of the two
        boolean = any(
            isinstance(part, ast.Constant) and isinstance(part.value, bool)
            for part in ast.walk(node.slice)
        )
        match node.slice:
            case _ if boolean:
                pass
            case ast.Name(id="t"):
                return Signal(name)
            case ast.BinOp(ast.Name(id="t"), ast.Sub(), ast.Constant(int(by))):
                return Signal(name, -by)
            case ast.BinOp(ast.Name(id="t"), ast.Add(), ast.Constant(int(by))):
                return Signal(name, by)
            case ast.Constant(int(time)) if self._derived:
                return Signal(name, time, fixed=True)
            case ast.UnaryOp(ast.USub(), ast.Constant(int(time))) if self._derived:
                return Signal(name, -time, fixed=True)
        raise self._error(node.slice, index_refused(node.slice))

    def _binary(self, node: ast.BinOp, depth: int) -> Binary:
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            raise self._error(node, operator_refused(node.op))
        left = self.read(node.left, depth + 1)
        right = self.read(node.right, depth + 1)
        found = Binary(operator, left, right)
        if not self._derived:
            self._limit(found, node)
        return found

    def _limit(self, found: Binary, node: ast.BinOp) -> None:
        """Refuse large exponents, and plain numbers that give no number."""
        power = _constant(found.right) if found.operator == "**" else None
        if power is not None and abs(power) > _LARGEST_POWER:
            limits = f"between -{_LARGEST_POWER} and {_LARGEST_POWER}"
            raise self._error(node.right, f"an exponent that is a number lies {limits}")
        try:
            value = _constant(found)
        except ArithmeticError:
            value = math.inf
        if value is not None and not math.isfinite(value):
            raise self._error(node, "the value of these numbers is not finite, or too large")

    def _call(self, node: ast.Call, depth: int) -> Call:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in self._functions:
            raise self._error(node, function_refused(node, self._functions))
        wanted = self._functions[name]
        if node.keywords:
            message = f"{name} takes its argument{'s' * (wanted > 1)} without a name and '='"
            raise self._error(node.keywords[0], message)
        if len(node.args) != wanted:
            raise self._error(node, f"{name} takes {wanted} argument{'s' * (wanted > 1)}")
        return Call(name, tuple(self.read(item, depth + 1) for item in node.args))

    def _rows(self, node: ast.List) -> tuple[object, ...]:
        return tuple(self._entry(item) for item in node.elts)

    def _entry(self, node: ast.expr) -> object:
        match node:
            case ast.List():
                return self._rows(node)
            case ast.UnaryOp(ast.USub(), ast.Constant() as operand):
                return -self._number(operand).value
            case ast.Constant():
                return self._number(node).value
        raise self._error(node, "an array holds numbers only")
