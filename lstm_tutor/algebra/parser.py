"""Text to formula: one formula, or a line that computes a symbol."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lstm_tutor.algebra.expression import Expression
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.algebra.syntax import NAME, FormulaError, read

__all__ = ["NAME", "Assignment", "FormulaError", "parse", "parse_assignment"]

_TARGET = re.compile(rf"\s*({NAME})(?:\[t\])?\s*$")
_EVERYWHERE = {name: row.arity for name, row in FUNCTIONS.items()}
_FORWARD = {name: row.arity for name, row in FUNCTIONS.items() if not row.derived}


@dataclass(frozen=True, slots=True)
class Assignment:
    """One line of a cell: ``target[t] = expression``, or ``target = expression``."""

    target: str
    expression: Expression


def parse(text: str, *, derived: bool = False) -> Expression:
    """Read one formula.

    Args:
        text: the formula, such as ``a[t] * i[t] + f[t] * C[t-1]``.
        derived: also allow what only derived equations use: functions such as ``outer``,
            ``.T`` of more than a name, primes, fixed times (``h[0]``) and written-out arrays.

    Raises:
        FormulaError: naming the construct that is not allowed, with its column.
    """
    return read(text, _EVERYWHERE if derived else _FORWARD, derived=derived)


def parse_assignment(text: str) -> Assignment:
    """Read one line ``target[t] = formula`` of a cell.

    Raises:
        FormulaError: if there is no target, or the formula cannot be read.
    """
    left, equals, right = text.partition("=")
    found = _TARGET.match(left)
    if not equals or not found or found[1].endswith("'"):
        raise FormulaError(
            "expected 'name[t] = formula'; "
            "a name has ASCII letters and digits, at most one underscore",
            0,
        )
    try:
        return Assignment(found[1], parse(right))
    except FormulaError as error:
        raise FormulaError(error.message, error.column + len(left) + 1) from None
