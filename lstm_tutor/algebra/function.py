"""What a function of the formula language is: one row of the table, and what makes it whole.

The rows themselves are in `lstm_tutor.algebra.functions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Expression, Parameter, Symbol, substitute, symbols
from lstm_tutor.algebra.syntax import FormulaError, read

Array: TypeAlias = NDArray[Any]
VALUE = Parameter("out")  # what a derivative calls the function's value
_ARGUMENTS = (Parameter("x"), Parameter("y"))


class Kind(Enum):
    """What a function does to the axes of its arguments."""

    ELEMENTWISE = "entry by entry; a scalar goes with every entry"
    ALONG = "a list of numbers to another, each entry from all of them"
    REDUCTION = "all entries to one number"
    JOIN = "two lists of numbers, one after the other"
    PART = "as much of the first as the second has entries"
    OUTER = "every entry of the first times every entry of the second"
    DIAGONAL = "a list of numbers as the diagonal of a matrix"
    SPREAD = "the first, a number, repeated in the shape of the second"
    OVER_TIME = "the sum over all time steps; written out before it is evaluated"


class Place(Enum):
    """Where a function's sign stands."""

    AROUND = "around its arguments"
    BETWEEN = "between two, like a product"
    BEFORE = "before a product, like a sum"


@dataclass(frozen=True)
class Form:
    """How a function is written: a template with ``{}`` for each argument, and its place."""

    template: str
    place: Place = Place.AROUND


@dataclass(frozen=True)
class Domain:
    """Which numbers a function takes: those above a number, or from it on."""

    low: float = -np.inf
    closed: bool = True

    def clip(self, x: Array | float) -> Array:
        """Return the nearest numbers that the function takes."""
        return np.maximum(x, self.low if self.closed else np.nextafter(self.low, np.inf))


@dataclass(frozen=True, kw_only=True)
class Function:
    """One row of the table.

    Attributes:
        name: as it is called in formulas.
        arity: how many arguments it takes.
        kind: what it does to axes.
        value: of arrays, real or complex: at a kink the real part decides, so that the
            complex step sees the slope of the side it is on.
        derivatives: by each argument, as a formula of the arguments x and y and of the
            value, out; it stands entry by entry beside the gradient. At a kink it is the
            value that the backward pass takes. What is of derived equations alone,
            which are not derived again, may have none; what takes lists has other rules.
        jacobian: of a list of numbers to another: its derivative, a matrix, as a formula of
            the value, out.
        derived: whether it stands in derived equations only.
        unicode, latex: how it is written, where not as ``name(…)``.
        monotone: whether it never falls in any of its arguments.
        rounding: how far the value can be off, from pairs (value, radius); only where the
            function falls somewhere. Others are off most at the ends.
        domain: the arguments it takes.
        kinks: formulas that are 0 where it has no derivative.
        never_zero: whether its value is never 0.
        spelled: the value of a reduction, from its entries as formulas.
        entry: one entry of a list, from all entries of the argument as formulas.
        real: the same for real numbers, as a formula that is computed quicker; it may pass
            through infinity where the value is right.
        by_shape: whether of its last argument only the shape matters.
        taken_for: activations that people take it for; empty for what is none.
        absorbs: functions that change nothing where they are applied to its argument.
        parts: how large what libraries make its value of may be, however small the value:
            a sigmoid is often (1 + tanh(x/2))/2.
    """

    name: str
    value: Callable[..., Any]
    derivatives: tuple[str, ...]
    jacobian: str = ""
    arity: int = 1
    kind: Kind = Kind.ELEMENTWISE
    derived: bool = False
    unicode: Form | None = None
    latex: Form | None = None
    monotone: bool = False
    rounding: Callable[..., Any] | None = None
    domain: Domain = Domain()
    kinks: tuple[str, ...] = ()
    never_zero: bool = False
    spelled: Callable[[tuple[Expression, ...]], Expression] | None = None
    entry: Callable[[tuple[Expression, ...], int], Expression] | None = None
    by_shape: bool = False
    real: str = ""
    taken_for: tuple[str, ...] = ()
    absorbs: tuple[str, ...] = ()
    parts: float = 0.0
    slopes: tuple[Expression, ...] = ()
    """The derivatives as trees; made when the table is read."""
    whole: Expression | None = None
    """The derivative of a list by a list as a tree; made when the table is read."""
    corners: tuple[Expression, ...] = ()
    """The formulas of the kinks as trees; made when the table is read."""
    quicker: Expression | None = None
    """The formula for real numbers as a tree; made when the table is read."""

    @property
    def activation(self) -> bool:
        """Whether people know it as an activation, and take another one for it."""
        return bool(self.taken_for)

    def slope(
        self, number: int, arguments: Sequence[Expression], value: Expression
    ) -> Expression:
        """Return the derivative by one argument, at these arguments and this value."""
        known: dict[Symbol, Expression] = dict(zip(_ARGUMENTS, arguments, strict=False))
        known[VALUE] = value
        return substitute(self.slopes[number], known.__getitem__)

    def matrix(self, value: Expression) -> Expression:
        """Return the derivative of a function of a list of numbers, at this value."""
        if self.whole is None:
            raise TypeError(self.name)
        return substitute(self.whole, lambda _: value)

    def kinks_at(self, arguments: Sequence[Expression]) -> list[Expression]:
        """Return the formulas that are 0 where it has no derivative, at these arguments."""
        known: dict[Symbol, Expression] = dict(zip(_ARGUMENTS, arguments, strict=False))
        return [substitute(corner, known.__getitem__) for corner in self.corners]

    def for_real(self, arguments: Sequence[Expression]) -> Expression | None:
        """Return the formula that real numbers are computed with instead; None if none is."""
        if self.quicker is None:
            return None
        known: dict[Symbol, Expression] = dict(zip(_ARGUMENTS, arguments, strict=False))
        return substitute(self.quicker, known.__getitem__)

    def radius(self, value: Any, pairs: Sequence[tuple[Any, Any]]) -> Any:
        """Return how far a value can be off, from its arguments and their radii."""
        if self.rounding:
            return self.rounding(*pairs)
        high = self.value(*(self.domain.clip(x + radius) for x, radius in pairs))
        low = self.value(*(self.domain.clip(x - radius) for x, radius in pairs))
        return np.maximum(high - value, value - low)


class IncompleteRow(ValueError):  # noqa: N818  # it says which row, and what is missing
    """A row of the table that is not whole."""


def table(rows: Iterable[Function]) -> Mapping[str, Function]:
    """Return the rows by name, their derivatives read.

    Raises:
        IncompleteRow: naming a row whose derivative is missing or cannot be read, or of
            which it is not said how rounding passes.
    """
    rows = tuple(rows)
    arities = {row.name: row.arity for row in rows}
    return MappingProxyType({row.name: _checked(row, arities) for row in rows})


def _checked(row: Function, arities: Mapping[str, int]) -> Function:
    where = f"the row {row.name!r} of the table of functions"
    if (row.kind is Kind.ALONG) != bool(row.jacobian):
        raise IncompleteRow(f"{where} needs a jacobian exactly if it takes a list to a list")
    own = row.derivatives or not (row.derived or row.jacobian or row.kind is Kind.JOIN)
    if len(row.derivatives) != row.arity and own:
        raise IncompleteRow(
            f"{where} has {len(row.derivatives)} derivatives, and {row.arity} arguments"
        )
    if not row.monotone and row.rounding is None:
        raise IncompleteRow(f"{where} does not say how rounding passes")
    if row.kind is Kind.REDUCTION and row.spelled is None:
        raise IncompleteRow(f"{where} does not spell its value out")
    for name in (*row.taken_for, *row.absorbs):
        if name not in arities:
            raise IncompleteRow(f"{where} names {name!r}, which has no row")
    allowed = {VALUE, *_ARGUMENTS[: row.arity]}
    for text in (*row.derivatives, *row.kinks, *filter(None, [row.real, row.jacobian])):
        try:
            unknown = set(symbols(read(text, arities, derived=True))) - allowed
        except FormulaError as error:
            raise IncompleteRow(f"{where}: {text!r}: {error.message}") from None
        if unknown:
            names = ", ".join(sorted(symbol.name for symbol in unknown))
            raise IncompleteRow(f"{where}: {text!r} uses {names}, which it does not have")
    slopes = tuple(read(text, arities, derived=True) for text in row.derivatives)
    quicker = read(row.real, arities, derived=True) if row.real else None
    whole = read(row.jacobian, arities, derived=True) if row.jacobian else None
    corners = tuple(read(text, arities, derived=True) for text in row.kinks)
    return replace(row, slopes=slopes, corners=corners, quicker=quicker, whole=whole)


class Misfit(ValueError):  # noqa: N818  # of what was given, reported as such
    """Arguments that a function does not take; the message says what it takes."""
