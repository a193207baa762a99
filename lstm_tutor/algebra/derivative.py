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
    replaced,
    symbols,
)
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.algebra.product import ONE, Product


@dataclass(frozen=True)
class Chain:
    """A gradient on its way.

    Attributes:
        whole: the gradient, what arrived first.
        local: what has been multiplied onto it since the last equation, for display; a
            matrix stands for the matrix product with it.
    """

    whole: Product = ONE
    local: Product = ONE

    @classmethod
    def of(cls, arrived: Expression) -> Chain:
        """Return the chain that begins with a gradient."""
        return cls(Product(factors=(arrived,)))

    def times(self, *factors: Expression) -> Chain:
        """Return the chain multiplied elementwise by the factors."""
        whole, local = self.whole, self.local
        for factor in factors:
            whole, local = whole.times(factor), local.times(factor)
        return Chain(whole, local)

    def over(self, divisor: Expression) -> Chain:
        """Return the chain divided elementwise by the divisor."""
        return Chain(self.whole.over(divisor), self.local.over(divisor))

    def by(self, slope: Expression) -> Chain:
        """Return the chain multiplied by a slope, factor by factor."""
        match slope:
            case Binary("*", left, right):
                return self.by(left).by(right)
            case Binary("/", left, right):
                return self.by(left).over(right)
            case Negative(operand):
                return self.times(Number(-1)).by(operand)
        return self.times(slope)

    def inside(self, wrap: Callable[[Expression], Expression], local: Expression) -> Chain:
        """Return the chain after a product that is not elementwise, such as ``U.T @``."""
        coefficient = self.whole.coefficient
        inner = replace(self.whole, coefficient=abs(coefficient)).expression()
        sign = Fraction(1 if coefficient > 0 else -1)
        return Chain(Product(sign, (wrap(inner),)), self.local.times(local))

    def changed(self, change: Callable[[Expression], Expression]) -> Chain:
        """Return the chain with every part changed."""
        return Chain(self.whole.changed(change), self.local.changed(change))

    def afresh(self) -> Chain:
        """Return the chain as it enters another equation."""
        return Chain(self.whole)

    def expression(self) -> Expression:
        """Return the gradient as a formula; negative if its coefficient is."""
        return self.whole.expression()

    def local_derivative(self) -> Expression:
        """Return what the formula multiplied onto the gradient, as a formula."""
        return self.local.expression()


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
            case Call():
                yield from self._call(node, chain, known)
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
        self, node: Call, chain: Chain, known: Symbol | None
    ) -> Iterator[tuple[Symbol, Chain]]:
        row = FUNCTIONS[node.function]
        arguments = node.arguments
        if row.derived:
            raise TypeError(f"{row.name} stands in derived equations only")
        for number, argument in enumerate(arguments):
            if symbols(argument):
                slope = row.slope(number, arguments, known or node)
                sent = chain.by(replaced(slope, self._by_shape))
                if row.kind is Kind.REDUCTION:
                    yield from self.visit(argument, sent)
                else:
                    yield from self._operand(argument, sent, node)

    def _by_shape(self, node: Expression) -> Expression | None:
        """Put a symbol in place of an argument of which only the shape matters."""
        if not isinstance(node, Call) or not FUNCTIONS[node.function].by_shape:
            return None
        last, axes = node.arguments[-1], self._axes(node.arguments[-1])
        alike: Iterator[Expression] = (
            item for item in symbols(last) if self.axes(item) == axes
        )
        return replace(node, arguments=(*node.arguments[:-1], next(alike, last)))
