"""The vector-Jacobian product of a formula, term by term.

Given the gradient that arrives at a formula's value, this finds the gradient that
each place of a symbol in it receives, and the formula's derivative by that place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from lstm_tutor.algebra.axes import Axes, axes_of
from lstm_tutor.algebra.chain import Chain, inside, transposed
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
    total,
)
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FIRST, FUNCTIONS, LOG, SECOND
from lstm_tutor.algebra.jacobian import Form, Jacobian
from lstm_tutor.algebra.product import Product
from lstm_tutor.algebra.rewriting import Rewriting, Rule


@dataclass(frozen=True)
class Received:
    """What one place in a formula receives.

    Attributes:
        symbol: the symbol that stands there.
        whole: the gradient, what arrived first.
        local: the formula's derivative by the place; None if it has more axes than a
            formula. Between two lists of numbers a list goes entry by entry.
        way: how the whole came to be as short as it is; the last line is the whole.
    """

    symbol: Symbol
    whole: Product
    local: Expression | None
    way: tuple[Rewriting, ...] = ()


def gradients(
    node: Expression,
    arrived: Product,
    axes: Callable[[Symbol], Axes],
    known: Symbol | None = None,
    shares: frozenset[Symbol] = frozenset(),
    way: tuple[Rewriting, ...] = (),
) -> Iterator[Received]:
    """Yield what each place receives where a symbol stands in a formula.

    Args:
        node: the formula that was evaluated.
        arrived: the gradient of its value.
        axes: the axes of each symbol.
        known: the symbol that already holds the formula's value, if one does; the
            derivative of an activation is then written with it: ``1 - a[t]**2``.
        shares: symbols whose entries add up to 1.
        way: how what arrived came to be as short as it is.

    The rules are the textbook's reverse mode (product, quotient, power and chain
    rule; for ``M @ v``: outer(g, v) and M.T @ g).
    """
    reverse = _Reverse(axes, shares)
    if axes_of(node, axes):
        start = Chain(arrived, Jacobian(axes, known or node), way)
        for symbol, chain in reverse.visit(node, start, known):
            yield reverse.received(symbol, chain, chain.local.expression(symbol))
        return
    nothing = Jacobian(axes, node, Form.UNWRITTEN)
    sent, slopes = (
        reverse.visit(node, Chain(start, nothing, own), known)
        for start, own in ((arrived, way), (Product(), ()))
    )
    for (symbol, chain), (_, slope) in zip(sent, slopes, strict=True):
        local = slope.whole if axes(symbol) else reverse.fitted(slope.whole, symbol)
        yield reverse.received(symbol, chain, local.expression())


def _along(arrived: Product, value: Expression) -> Product:
    """Return the product rule of a function of a whole list, with what arrived in it."""
    each = Binary("*", value, arrived.expression())
    whole = Binary("-", each, Binary("*", value, Call("sum", (each,))))
    return Product().times(whole)


def _plain(exponent: Expression) -> int | float | None:
    """Return the number that an exponent is, with its sign; None if it is a formula."""
    match exponent:
        case Number(value):
            return value
        case Negative(Number(value)):
            return -value
    return None


def _slope_of_power(base: Expression, number: int | float) -> Expression:
    """Return ``number * base**(number - 1)``, as a quotient where that is negative."""
    lower = number - 1
    size = Number(abs(number))
    power = base if abs(lower) == 1 else Binary("**", base, Number(abs(lower)))
    found: Expression = size
    if lower:
        found = Binary("*" if lower > 0 else "/", size, power)
    return Negative(found) if number < 0 else found


def _logarithm(base: Expression) -> Expression:
    """Return the logarithm of a base; 0 of 0, which no exponent changes."""
    return Call("log" if isinstance(base, Number) else LOG, (base,))


@dataclass(frozen=True)
class _Reverse:
    axes: Callable[[Symbol], Axes]
    shares: frozenset[Symbol]

    def received(self, symbol: Symbol, chain: Chain, local: Expression | None) -> Received:
        """Return what a place receives, in the symbol's axes."""
        fitted = chain.changed(partial(self.fitted, node=symbol))
        return Received(symbol, fitted.whole, local, fitted.way)

    def visit(
        self, node: Expression, chain: Chain, known: Symbol | None = None
    ) -> Iterator[tuple[Symbol, Chain]]:
        match node:
            case Parameter() | Signal():
                yield node, chain
            case Negative(operand):
                yield from self.visit(operand, chain.times(Number(-1)))
            case Transpose(operand):
                back = chain.inside(transposed, chain.local.transposed())
                yield from self.visit(operand, back)
            case Call():
                yield from self._call(node, chain, known)
            case Binary("@", left, right):
                yield from self._matmul(node, left, right, chain)
            case Binary():
                yield from self._elementwise(node, chain, known)

    def _axes(self, node: Expression) -> Axes:
        return axes_of(node, self.axes)

    def fitted(self, whole: Product, node: Expression) -> Product:
        """Give a gradient the node's axes: repeat a number, or add up a spread one."""
        have, want = self._axes(whole.expression()), self._axes(node)
        if have == want:
            return whole
        if want == ():
            return inside(whole, lambda inner: Call("sum", (inner,)))
        return inside(whole, lambda inner: Call("fill", (inner, node)))

    def _elementwise(
        self, node: Binary, chain: Chain, known: Symbol | None
    ) -> Iterator[tuple[Symbol, Chain]]:
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
                yield from self._power(node, chain, known or node)

    def _operand(
        self, child: Expression, chain: Chain, node: Expression
    ) -> Iterator[tuple[Symbol, Chain]]:
        """Visit an operand; a scalar spread over the node's axes collects from all."""
        if not symbols(child):
            return
        if self._axes(child) == () != self._axes(node):
            chain = chain.changed(
                lambda whole: self.fitted(self.fitted(whole, node), child),
                chain.local.onto_number(node),
            )
        yield from self.visit(child, chain)

    def _power(
        self, node: Binary, chain: Chain, value: Expression
    ) -> Iterator[tuple[Symbol, Chain]]:
        base, exponent = node.left, node.right
        number = _plain(exponent)
        if number is not None:
            down = chain.by(_slope_of_power(base, number))
        else:
            lower = Binary("-", exponent, Number(1))
            down = chain.times(exponent, Binary("**", base, lower))
        if number != 0:
            yield from self._operand(base, down, node)
        yield from self._operand(exponent, chain.times(value, _logarithm(base)), node)

    def _matmul(
        self, node: Expression, left: Expression, right: Expression, chain: Chain
    ) -> Iterator[tuple[Symbol, Chain]]:
        chain = chain.changed(partial(self.fitted, node=node))
        local, turned = chain.local, transposed(right)
        match len(self._axes(left)), len(self._axes(right)):
            case (1, 1):
                row = local.onto_list()
                across = chain.changed(lambda whole: whole.times(right), row.times(right))
                down = chain.changed(lambda whole: whole.times(left), row.times(left))
            case (2, 1):
                across = chain.inside(
                    lambda g: Call("outer", (g, right)), local.onto_matrix(right, Form.ROWS)
                )
                down = chain.inside(
                    lambda g: Binary("@", transposed(left), g), local.through(left, node)
                )
            case (1, 2):
                across = chain.inside(
                    lambda g: Binary("@", right, g), local.through(turned, node)
                )
                down = chain.inside(
                    lambda g: Call("outer", (left, g)), local.onto_matrix(left, Form.COLUMNS)
                )
            case _:
                more = local.unwritten()
                across = chain.inside(lambda g: Binary("@", g, turned), more)
                down = chain.inside(lambda g: Binary("@", transposed(left), g), more)
        yield from self.visit(left, across)
        yield from self.visit(right, down)

    def _call(
        self, node: Call, chain: Chain, known: Symbol | None
    ) -> Iterator[tuple[Symbol, Chain]]:
        row = FUNCTIONS[node.function]
        arguments = node.arguments
        if row.derived:
            raise TypeError(f"{row.name} stands in derived equations only")
        if row.kind is Kind.ALONG:
            yield from self.visit(arguments[0], self._along(node, chain, known or node))
            return
        if row.kind is Kind.JOIN:
            yield from self._parts(node, chain)
            return
        for number, argument in enumerate(arguments):
            if symbols(argument) and not row.by_shape:
                slope = row.slope(number, arguments, known or node)
                slope = replaced(slope, self._by_shape)
                sent = chain.by(slope)
                if row.kind is Kind.REDUCTION:
                    if self._axes(argument):
                        sent = replace(sent, local=chain.local.onto_list().by(slope))
                    yield from self.visit(argument, sent)
                else:
                    yield from self._operand(argument, sent, node)

    def _parts(self, node: Call, chain: Chain) -> Iterator[tuple[Symbol, Chain]]:
        """Give each of two joined lists its part of the gradient."""
        chain = chain.changed(partial(self.fitted, node=node))
        for name, argument in zip((FIRST, SECOND), node.arguments, strict=True):

            def cut(inner: Expression, name: str = name, like: Expression = argument) -> Call:
                return Call(name, (inner, self._alike(like)))

            yield from self.visit(argument, chain.inside(cut, chain.local.unwritten()))

    def _along(self, node: Call, chain: Chain, value: Expression) -> Chain:
        """Return the chain after softmax, ``p * g - p * sum(p * g)``, and its way there."""
        row = FUNCTIONS[node.function]
        arrived = self.fitted(chain.whole, node)
        whole = arrived.times(value)
        nothing: frozenset[Symbol] = frozenset()
        rule = Rewriting(Rule.ALONG, _along(arrived, value), (value, *node.arguments), row.name)
        before = (
            line.changed(
                lambda own: self._spread(self.fitted(own, node).times(value), value, nothing)
            )
            for line in chain.way
        )
        way = [*before, rule]
        shorter = whole.cancelled(value) if row.never_zero else whole
        if shorter != whole:
            way.append(Rewriting(Rule.CANCEL, self._spread(shorter, value, nothing), (value,)))
        found = self._spread(shorter, value, self.shares)
        if found != self._spread(shorter, value, nothing):
            way.append(Rewriting(Rule.SHARES, found, tuple(shorter.parted()[1].factors)))
        local = chain.local.through(row.matrix(value), node)
        return Chain(found, local, tuple(way) if len(way) > 1 else ())

    def _spread(self, own: Product, value: Expression, shares: frozenset[Symbol]) -> Product:
        """Return the same, written shorter: a product less its sum's share."""
        own, share = own.undivided(lambda part: not self._axes(part))  # as 1 / N of a mean
        sign, size = own.parted()
        added = size.expression()
        if added not in shares:
            sign = sign.times(Call("sum", (added,)))
        rest = sign.times(value).times(Number(-1))
        return share.times(total((own.expression(), rest.expression())))

    def _by_shape(self, node: Expression) -> Expression | None:
        """Put a symbol in place of an argument of which only the shape matters."""
        if not isinstance(node, Call) or not FUNCTIONS[node.function].by_shape:
            return None
        last = self._alike(node.arguments[-1])
        return replace(node, arguments=(*node.arguments[:-1], last))

    def _alike(self, node: Expression) -> Expression:
        """Return a symbol in a formula that has its shape; the formula if there is none."""
        axes = self._axes(node)
        found: Iterator[Expression] = (s for s in symbols(node) if self.axes(s) == axes)
        return next(found, node)
