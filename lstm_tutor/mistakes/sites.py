"""The places of a formula at which a person can go wrong.

A sum or product is one site however long it is, and each of its terms or factors is one
more; every other part is a site by itself. What is done there is `operators`' affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    addends,
    children,
    product,
    rebuild,
    total,
)
from lstm_tutor.algebra.functions import FUNCTIONS

Factors: TypeAlias = list[tuple[Expression, bool]]
"""The factors of a product, each with whether it divides."""


@dataclass(frozen=True)
class Node:
    """A part of a formula; of a longer sum or product the whole of it."""

    node: Expression


@dataclass(frozen=True)
class Term:
    """One term of a sum."""

    terms: tuple[Expression, ...]
    number: int

    @property
    def term(self) -> Expression:
        """The term with its sign."""
        return self.terms[self.number]

    @property
    def bare(self) -> Expression:
        """The term without its sign."""
        return self.term.operand if isinstance(self.term, Negative) else self.term

    @property
    def others(self) -> tuple[Expression, ...]:
        """The other terms."""
        return self.terms[: self.number] + self.terms[self.number + 1 :]

    def signed(self, node: Expression) -> Expression:
        """Return a formula with the term's sign."""
        return Negative(node) if isinstance(self.term, Negative) else node

    def instead(self, new: Expression) -> Expression:
        """Return the sum with another term in this one's place."""
        return total((*self.terms[: self.number], new, *self.terms[self.number + 1 :]))


@dataclass(frozen=True)
class Factor:
    """One factor of a product, or a divisor of it."""

    parts: Factors
    number: int

    @property
    def factor(self) -> Expression:
        """The factor."""
        return self.parts[self.number][0]

    @property
    def divides(self) -> bool:
        """Whether it divides."""
        return self.parts[self.number][1]

    def up_to(self, count: int) -> Factors:
        """Return so many factors, of which it is the last; fewer if there are not so many."""
        return self.parts[max(0, self.number + 1 - count) : self.number + 1]

    def instead(self, new: Expression | None, before: int = 0) -> Expression:
        """Return the product with something in the factor's place, or without it.

        Args:
            new: what stands there; None for nothing.
            before: how many factors before it go too.
        """
        middle = [] if new is None else [(new, False)]
        start, end = self.number - before, self.number + 1
        return product_of([*self.parts[:start], *middle, *self.parts[end:]])


@dataclass(frozen=True)
class Formula:
    """A whole right side; of a sum over time its term."""

    node: Expression


@dataclass(frozen=True)
class Result:
    """What a whole right side comes to, or of a sum over time also its term."""

    node: Expression


Change: TypeAlias = tuple[Expression, Expression | None, Expression]
"""What is changed, what stands there now (None if nothing), and the site with it."""
Found: TypeAlias = Iterator[Change]
Site: TypeAlias = Node | Term | Factor | Formula | Result
Put: TypeAlias = Callable[[Expression], Expression]
"""Returns the whole formula with something in a site's place."""


def sites(node: Expression, inside: str = "") -> Iterator[tuple[Site, Put]]:
    """Yield the sites of a formula, each with how it is put into the formula again.

    Args:
        node: where to look.
        inside: "sum" or "product" if the node is part of a longer one, already seen.
    """
    chain = _chain(node)
    if not chain or chain != inside:
        if chain == "sum":
            terms = addends(node)
            yield from ((Term(terms, number), _itself) for number in range(len(terms)))
        elif chain == "product":
            parts = factors(node)
            put: Put = _negated if negated(node) else _itself
            yield from ((Factor(parts, number), put) for number in range(len(parts)))
        yield Node(node), _itself
    inner = children(node)
    if isinstance(node, Call) and FUNCTIONS[node.function].by_shape:
        inner = inner[:-1]  # what matters of the last is how many entries it has
    for number, child in enumerate(inner):
        follows = chain if number == 0 or chain == "product" else ""
        for site, put in sites(child, follows):
            yield site, _put_in(node, number, put)


def _chain(node: Expression) -> str:
    if isinstance(node, Binary) and node.operator in "+-":
        return "sum"
    return "product" if isinstance(node, Binary) and node.operator in "*/" else ""


def _itself(node: Expression) -> Expression:
    return node


def _negated(node: Expression) -> Expression:
    return Negative(node)


def _put_in(node: Expression, number: int, put: Put) -> Put:
    return lambda changed: with_child(node, number, put(changed))


def with_child(node: Expression, number: int, child: Expression) -> Expression:
    """Return a formula with another part in place of one of its direct parts."""
    fresh = iter(child if k == number else old for k, old in enumerate(children(node)))
    return rebuild(node, lambda _: next(fresh))


def negated(node: Expression) -> bool:
    """Whether a product has a minus that its factors do not show."""
    match node:
        case Binary("*", left, right):
            return negated(left) != negated(right)
        case Binary("/", left, _):
            return negated(left)
        case Negative(operand):
            return not negated(operand)
    return False


def factors(node: Expression) -> Factors:
    """Split a product into factors, its sign left aside; what is no product is one."""
    match node:
        case Binary("*", left, right):
            return factors(left) + factors(right)
        case Binary("/", left, right):
            return [*factors(left), (right, True)]
        case Negative(operand):
            return factors(operand)
    return [(node, False)]


def product_of(parts: Factors) -> Expression:
    """Return the product of some factors, the divisors last."""
    result = product(tuple(node for node, divides in parts if not divides))
    for node, divides in parts:
        if divides:
            result = Binary("/", result, node)
    return result
