"""How a gradient comes to a shorter form: each line of the way, and the rule it is made by.

The derivation notes what it did; here is what can be noted, and what a sum of products is
when it is multiplied out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

from lstm_tutor.algebra.expression import Binary, Expression, Negative, Number, total
from lstm_tutor.algebra.product import Product

_Monomials = dict[tuple[Expression, ...], Fraction]
_MOST_MONOMIALS = 12


class Rule(Enum):
    """What is done to a formula without changing its value."""

    ALONG = "the derivative of a function of a whole list is put in"
    PUT_IN = "a gradient's own formula is put in"
    CANCEL = "a factor cancels an equal divisor"
    SHARES = "entries that add up to 1 do so"
    MULTIPLY_OUT = "products of sums become sums of products"


@dataclass(frozen=True)
class Rewriting:
    """One line of the way.

    Attributes:
        rule: how it was made of the line before.
        whole: the line.
        about: the parts that the rule was applied to: the value and argument of the
            function, the gradient, the factors, the label.
        function: the function's name, where the rule is one's.
    """

    rule: Rule
    whole: Product
    about: tuple[Expression, ...] = ()
    function: str = ""

    def changed(self, change: Callable[[Product], Product]) -> Rewriting:
        """Return the line after a step that all lines share."""
        return replace(self, whole=change(self.whole))

    def moved(self, move: Callable[[Expression], Expression]) -> Rewriting:
        """Return the line with every part moved in time."""
        about = tuple(map(move, self.about))
        return replace(self, whole=self.whole.changed(move), about=about)

    @property
    def expression(self) -> Expression:
        """The line as a formula."""
        return self.whole.expression()


def put_in(
    whole: Product, gradient: Expression, parts: Sequence[Product]
) -> tuple[Rewriting, ...]:
    """Return how a product gets shorter with a gradient's own parts put in; () if it does not.

    Args:
        whole: a product with the gradient as a factor.
        gradient: the symbol.
        parts: what it is the sum of.
    """
    others = list(whole.factors)
    others.remove(gradient)
    rest = replace(whole, factors=tuple(others))
    own = total(tuple(part.expression() for part in parts))
    way = [Rewriting(Rule.PUT_IN, replace(rest, factors=(own, *others)), (gradient,))]
    found = [cancelled(part.multiplied(rest)) for part in parts]
    factors = tuple(dict.fromkeys(factor for _, gone in found for factor in gone))
    if not factors:
        return ()
    shorter = total(tuple(part.expression() for part, _ in found))
    way.append(Rewriting(Rule.CANCEL, Product().times(shorter), factors))
    out = multiplied_out(shorter)
    if out is not None and out != shorter:
        way.append(Rewriting(Rule.MULTIPLY_OUT, Product().times(out)))
    return tuple(way)


def cancelled(whole: Product) -> tuple[Product, tuple[Expression, ...]]:
    """Return a product without the factors that it is divided by too, and these factors."""
    found: list[Expression] = []
    for divisor in whole.divisors:
        shorter = whole.cancelled(divisor)
        if shorter != whole:
            whole = shorter
            found.append(divisor)
    return whole, tuple(found)


def multiplied_out(node: Expression) -> Expression | None:
    """Return a sum of elementwise products, multiplied out and with equal terms collected;
    None if it is something else, or grows too long.
    """
    found = _monomials(node)
    if found is None or len(found) > _MOST_MONOMIALS:
        return None
    return total(
        tuple(
            Product(coefficient, factors).expression()
            for factors, coefficient in found.items()
            if coefficient
        )
    )


def _monomials(node: Expression) -> _Monomials | None:
    match node:
        case Number(value) if isinstance(value, int):
            return {(): Fraction(value)}
        case Negative(operand):
            return _times(_monomials(operand), {(): Fraction(-1)})
        case Binary("+" | "-" as operator, left, right):
            sign = Fraction(1 if operator == "+" else -1)
            return _plus(_monomials(left), _times(_monomials(right), {(): sign}))
        case Binary("*", left, right):
            return _times(_monomials(left), _monomials(right))
        case Binary("@" | "/" | "**"):
            return None
    return {(node,): Fraction(1)}


def _plus(left: _Monomials | None, right: _Monomials | None) -> _Monomials | None:
    if left is None or right is None:
        return None
    found = dict(left)
    for factors, coefficient in right.items():
        found[factors] = found.get(factors, Fraction(0)) + coefficient
    return found


def _times(left: _Monomials | None, right: _Monomials | None) -> _Monomials | None:
    if left is None or right is None:
        return None
    found: _Monomials = {}
    for one, first in left.items():
        for other, second in right.items():
            factors = tuple(sorted((*one, *other), key=repr))
            found[factors] = found.get(factors, Fraction(0)) + first * second
    return found
