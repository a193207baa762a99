"""The vector-Jacobian product of a formula, term by term.

Given the gradient that arrives at a formula's value, this finds the gradient that
each symbol in it receives: one term for each place where the symbol stands. A term
keeps apart what arrived and what the formula multiplied onto it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from lstm_tutor.algebra.axes import Axes, axes_of
from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    Parameter,
    Signal,
    Symbol,
    Transpose,
    product,
    symbols,
)


@dataclass(frozen=True)
class Chain:
    """A gradient on its way: coefficient × factors ÷ divisors.

    Attributes:
        coefficient: exact number in front.
        factors: what has been multiplied, the arrived gradient first.
        divisors: what has been divided by.
        local: every factor since the last named gradient, for display; a matrix
            stands for the matrix product with it.
    """

    coefficient: Fraction = Fraction(1)
    factors: tuple[Expression, ...] = ()
    divisors: tuple[Expression, ...] = ()
    local: tuple[Expression, ...] = ()

    def times(self, *factors: Expression) -> Chain:
        """Return the chain multiplied elementwise by the factors."""
        added = self.factors, self.local
        coefficient = self.coefficient
        kept: list[Expression] = []
        for factor in factors:
            if isinstance(factor, Number) and isinstance(factor.value, int):
                coefficient *= factor.value
            else:
                kept.append(factor)
        return replace(
            self,
            coefficient=coefficient,
            factors=added[0] + tuple(kept),
            local=added[1] + tuple(kept),
        )

    def over(self, divisor: Expression) -> Chain:
        """Return the chain divided elementwise by the divisor."""
        if isinstance(divisor, Number) and isinstance(divisor.value, int) and divisor.value:
            return replace(self, coefficient=self.coefficient / divisor.value)
        return replace(self, divisors=(*self.divisors, divisor))

    def inside(self, wrap: Callable[[Expression], Expression], local: Expression) -> Chain:
        """Return the chain after a product that is not elementwise, such as ``U.T @``."""
        return Chain(
            Fraction(1 if self.coefficient > 0 else -1),
            (wrap(replace(self, coefficient=abs(self.coefficient)).expression()),),
            (),
            (*self.local, local),
        )

    def expression(self) -> Expression:
        """Return the chain as a formula; negative if its coefficient is."""
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

    def local_derivative(self) -> Expression:
        """Return what the formula multiplied onto the gradient, as a formula."""
        return replace(self, factors=self.local).expression()


def gradients(
    node: Expression,
    arrived: Chain,
    axes: Callable[[Symbol], Axes],
    known: Symbol | None = None,
) -> Iterator[tuple[Symbol, Chain]]:
    """Yield, for each place where a symbol stands, the gradient that reaches it.

    Args:
        node: the formula that was evaluated.
        arrived: the gradient of its value.
        axes: the axes of each symbol.
        known: the symbol that already holds the formula's value, if one does; the
            derivative of an activation is then written with it: ``1 - a[t]**2``.

    The rules are the textbook's reverse mode (product, quotient, power and chain
    rule; for ``M @ v``: outer(g, v) and M.T @ g).
    """
    yield from _Reverse(axes).visit(node, arrived, known)


@dataclass(frozen=True)
class _Reverse:
    axes: Callable[[Symbol], Axes]

    def visit(
        self, node: Expression, chain: Chain, known: Symbol | None = None
    ) -> Iterator[tuple[Symbol, Chain]]:
        match node:
            case Parameter() | Signal():
                yield node, self._fit(chain, node)
            case Negative(operand):
                yield from self.visit(operand, chain.times(Number(-1)))
            case Call(function, (argument,)):
                yield from self._call(node, function, argument, chain, known)
            case Binary("@", left, right):
                yield from self._matmul(node, left, right, chain)
            case Binary():
                yield from self._elementwise(node, chain)

    def _axes(self, node: Expression) -> Axes:
        return axes_of(node, self.axes)

    def _fit(self, chain: Chain, node: Expression) -> Chain:
        """Give the chain the node's axes: repeat a scalar, or add up a spread one."""
        have, want = self._axes(chain.expression()), self._axes(node)
        if have == want:
            return chain
        if want == ():
            return chain.inside(lambda inner: Call("sum", (inner,)), Number(1))
        return chain.inside(lambda inner: Call("fill", (inner, node)), Number(1))

    def _elementwise(self, node: Binary, chain: Chain) -> Iterator[tuple[Symbol, Chain]]:
        left, right = node.left, node.right
        minus = Number(-1)
        match node.operator:
            case "+":
                yield from self._operand(left, chain, node)
                yield from self._operand(right, chain, node)
            case "-":
                yield from self._operand(left, chain, node)
                yield from self._operand(right, chain.times(minus), node)
            case "*":
                yield from self._operand(left, chain.times(right), node)
                yield from self._operand(right, chain.times(left), node)
            case "/":
                squared = Binary("**", right, Number(2))
                yield from self._operand(left, chain.over(right), node)
                yield from self._operand(right, chain.times(minus, left).over(squared), node)
            case "**":
                yield from self._power(left, right, chain)

    def _operand(
        self, child: Expression, chain: Chain, node: Expression
    ) -> Iterator[tuple[Symbol, Chain]]:
        """Visit an operand; a scalar spread over the node's axes collects from all."""
        if not symbols(child):
            return
        if self._axes(child) == () != self._axes(node):
            chain = self._fit(self._fit(chain, node), child)
        yield from self.visit(child, chain)

    def _power(
        self, base: Expression, exponent: Expression, chain: Chain
    ) -> Iterator[tuple[Symbol, Chain]]:
        if not isinstance(exponent, Number):
            raise TypeError(exponent)
        if exponent.value == 0:
            return
        lower = exponent.value - 1
        if lower < 0:
            chain = chain.times(exponent).over(Binary("**", base, Number(-lower)))
        elif lower == 1:
            chain = chain.times(exponent, base)
        elif lower > 0:
            chain = chain.times(exponent, Binary("**", base, Number(lower)))
        yield from self.visit(base, chain)

    def _matmul(
        self, node: Expression, left: Expression, right: Expression, chain: Chain
    ) -> Iterator[tuple[Symbol, Chain]]:
        chain = self._fit(chain, node)
        down = chain.inside(lambda g: Binary("@", Transpose(left), g), left)
        across = chain.inside(lambda g: Binary("@", g, Transpose(right)), right)
        match len(self._axes(left)), len(self._axes(right)):
            case (1, 1):
                across, down = chain.times(right), chain.times(left)
            case (2, 1):
                across = chain.inside(lambda g: Call("outer", (g, right)), right)
            case (1, 2):
                across = chain.inside(lambda g: Binary("@", right, g), right)
                down = chain.inside(lambda g: Call("outer", (left, g)), left)
        yield from self.visit(left, across)
        yield from self.visit(right, down)

    def _call(
        self,
        node: Expression,
        function: str,
        argument: Expression,
        chain: Chain,
        known: Symbol | None,
    ) -> Iterator[tuple[Symbol, Chain]]:
        value: Expression = known or node
        match function:
            case "tanh":
                slope = Binary("-", Number(1), Binary("**", value, Number(2)))
                chain = chain.times(slope)
            case "sigmoid":
                chain = chain.times(value, Binary("-", Number(1), value))
            case "exp":
                chain = chain.times(value)
            case "log":
                chain = chain.over(argument)
        yield from self.visit(argument, chain)
