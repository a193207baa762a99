"""A product on its way: number, factors and divisors kept apart until it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from lstm_tutor.algebra.expression import Binary, Expression, Negative, Number, product


@dataclass(frozen=True)
class Product:
    """coefficient × factors ÷ divisors.

    Attributes:
        coefficient: exact number in front.
        factors: what has been multiplied, the first one first.
        divisors: what has been divided by.
    """

    coefficient: Fraction = Fraction(1)
    factors: tuple[Expression, ...] = ()
    divisors: tuple[Expression, ...] = ()

    def times(self, factor: Expression) -> Product:
        """Return the product with one more factor."""
        if isinstance(factor, Number) and isinstance(factor.value, int):
            return replace(self, coefficient=self.coefficient * factor.value)
        return replace(self, factors=(*self.factors, factor))

    def over(self, divisor: Expression) -> Product:
        """Return the product with one more divisor."""
        if isinstance(divisor, Number) and isinstance(divisor.value, int) and divisor.value:
            return replace(self, coefficient=self.coefficient / divisor.value)
        return replace(self, divisors=(*self.divisors, divisor))

    def multiplied(self, other: Product) -> Product:
        """Return the product of both."""
        return Product(
            self.coefficient * other.coefficient,
            (*self.factors, *other.factors),
            (*self.divisors, *other.divisors),
        )

    def cancelled(self, factor: Expression) -> Product:
        """Return the product without a factor, never 0, and an equal divisor."""
        if factor not in self.factors or factor not in self.divisors:
            return self
        up, down = list(self.factors), list(self.divisors)
        up.remove(factor)
        down.remove(factor)
        return replace(self, factors=tuple(up), divisors=tuple(down))

    def undivided(self, plain: Callable[[Expression], bool]) -> tuple[Product, Product]:
        """Return the product without some of its divisors, and what is left of 1 with them."""
        found = [part for part in self.divisors if plain(part)]
        others = tuple(part for part in self.divisors if not plain(part))
        return replace(self, divisors=others), Product(divisors=tuple(found))

    def changed(self, change: Callable[[Expression], Expression]) -> Product:
        """Return the product with every factor and divisor changed."""
        factors, divisors = (
            tuple(change(part) for part in parts) for parts in (self.factors, self.divisors)
        )
        return Product(self.coefficient, factors, divisors)

    def parted(self) -> tuple[Product, Product]:
        """Return its sign and its size, as two products."""
        sign = Fraction(1 if self.coefficient > 0 else -1)
        return Product(sign), replace(self, coefficient=abs(self.coefficient))

    def by(self, slope: Expression) -> Product:
        """Return the product multiplied by a slope, factor by factor."""
        match slope:
            case Binary("*", left, right):
                return self.by(left).by(right)
            case Binary("/", left, right):
                return self.by(left).over(right)
            case Negative(operand):
                return self.times(Number(-1)).by(operand)
        return self.times(slope)

    def expression(self) -> Expression:
        """Return the product as a formula; negative if its coefficient is."""
        size = abs(self.coefficient)
        factors = self.factors
        if size.numerator != 1 or not factors:
            factors = (Number(size.numerator), *factors)
        result = product(factors)
        if size.denominator != 1:
            result = Binary("/", result, Number(size.denominator))
        for divisor in self.divisors:
            result = Binary("/", result, divisor)
        return Negative(result) if self.coefficient < 0 else result


ONE = Product()
