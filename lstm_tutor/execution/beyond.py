"""What a formula reads past the last time step, where nothing is computed.

Every signal is 0 there, and so is each term that comes from there, for its gradient is. But
a gradient that is divided by 0 would have no value; what a formula divides by keeps its last
value instead, which makes 0 of it as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Number,
    Signal,
    symbols,
    walk,
)
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.model.equation import Equation


def held(equations: Iterable[Equation]) -> frozenset[str]:
    """Return the signals of other time steps that some equations cannot take as 0."""
    return frozenset(
        symbol.name
        for equation in equations
        for part in _not_zero(equation.expression)
        for symbol in symbols(part)
        if isinstance(symbol, Signal) and symbol.shift
    )


def _not_zero(node: Expression | None) -> Iterator[Expression]:
    """Yield the parts of a formula that may have to be other than 0 for it to have a value."""
    for part in walk(node) if node is not None else ():
        match part:
            case Binary("/", _, divisor):
                yield divisor
            case Binary("**", base, Number(power)) if power >= 0:
                pass
            case Binary("**", base, _):
                yield base
            case Call(function, arguments) if np.isfinite(FUNCTIONS[function].domain.low):
                yield from arguments
