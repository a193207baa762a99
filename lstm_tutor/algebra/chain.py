"""A gradient on its way back through a formula, with the derivative beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lstm_tutor.algebra.expression import (
    Call,
    Expression,
    Transpose,
)
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.algebra.jacobian import Jacobian
from lstm_tutor.algebra.product import Product
from lstm_tutor.algebra.rewriting import Rewriting


@dataclass(frozen=True)
class Chain:
    """A gradient on its way through a formula, and the derivative beside it."""

    whole: Product
    local: Jacobian
    way: tuple[Rewriting, ...] = ()

    def changed(
        self, change: Callable[[Product], Product], local: Jacobian | None = None
    ) -> Chain:
        """Return the chain after a step, which every line of the way takes too."""
        way = tuple(line.changed(change) for line in self.way)
        return Chain(change(self.whole), local or self.local, way)

    def times(self, *factors: Expression) -> Chain:
        """Return the chain multiplied elementwise by the factors."""
        local = self.local
        for factor in factors:
            local = local.times(factor)

        def multiplied(whole: Product) -> Product:
            for factor in factors:
                whole = whole.times(factor)
            return whole

        return self.changed(multiplied, local)

    def over(self, divisor: Expression) -> Chain:
        """Return the chain divided elementwise by the divisor."""
        return self.changed(lambda whole: whole.over(divisor), self.local.over(divisor))

    def by(self, slope: Expression) -> Chain:
        """Return the chain multiplied by a slope, factor by factor."""
        return self.changed(lambda whole: whole.by(slope), self.local.by(slope))

    def inside(self, wrap: Callable[[Expression], Expression], local: Jacobian) -> Chain:
        """Return the chain after a product that is not elementwise, such as ``U.T @``."""
        return self.changed(lambda whole: inside(whole, wrap), local)


def inside(whole: Product, wrap: Callable[[Expression], Expression]) -> Product:
    """Return a product put into something else, its sign left outside."""
    sign, size = whole.parted()
    return sign.times(wrap(size.expression()))


def transposed(node: Expression) -> Expression:
    """Return a formula's transpose, written without a sign for it where that goes."""
    match node:
        case Transpose(operand):
            return operand
        case Call(function, (left, right)) if FUNCTIONS[function].kind is Kind.OUTER:
            return Call(function, (right, left))
    return Transpose(node)
