"""Edits of one formula: every way in which a person typically gets it wrong.

Each operator takes a formula apart and puts it together with one thing changed. It works
on any formula; which symbols may stand for each other is told by `Partners`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeAlias

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
    addends,
    children,
    product,
    rebuild,
    substitute,
    symbols,
    total,
)
from lstm_tutor.algebra.function import VALUE, Function, Kind
from lstm_tutor.algebra.functions import FUNCTIONS

_NAMES = {name for row in FUNCTIONS.values() for name in row.taken_for}
USUAL = tuple(name for name in FUNCTIONS if name in _NAMES)
"""The activations that everybody knows, and takes others for."""
_ONE = Number(1)
_TWO = Number(2)


@dataclass(frozen=True)
class Change:
    """One change of a formula.

    Attributes:
        operator: which kind of change it is.
        part: what was changed.
        new: what stands there now; None if it was left out.
        whole: the changed formula.
    """

    operator: str
    part: Expression
    new: Expression | None
    whole: Expression


Found: TypeAlias = Iterator[tuple[str, Expression, Expression | None, Expression]]


class Partners(Protocol):
    """What may stand in a symbol's place by mistake."""

    def swaps(self, symbol: Symbol) -> Iterator[tuple[str, Symbol]]:
        """Yield symbols of the same kind, with the kind of the mistake."""

    def shifts(self, symbol: Signal) -> Iterator[Signal]:
        """Yield the same signal at other time steps."""

    def preactivation(self, symbol: Signal) -> Signal | None:
        """Return the pre-activation of an activated signal."""

    def activated(self, symbol: Signal) -> Iterator[Expression]:
        """Yield what the signal is inside of elsewhere."""

    def outputs(self, node: Expression) -> Iterator[Signal]:
        """Yield signals that are made of an activation, or by the same function."""


def changes(formula: Expression, partners: Partners) -> Iterator[Change]:
    """Yield every single change of a formula, each different formula once."""
    seen = {formula}
    found = chain(_everywhere(formula, partners, ""), _exchanged(formula, partners))
    for operator, part, new, whole in found:
        if whole not in seen:
            seen.add(whole)
            yield Change(operator, part, new, whole)


def _exchanged(formula: Expression, partners: Partners) -> Found:
    """Two symbols of the same kind in each other's place."""
    used = symbols(formula)
    for number, one in enumerate(used):
        kin = {other for _, other in partners.swaps(one)}
        for other in used[number + 1 :]:
            if other in kin:
                yield "swap-symbol", one, other, _with_exchange(formula, one, other)


def _with_exchange(formula: Expression, one: Symbol, other: Symbol) -> Expression:
    places: dict[Symbol, Symbol] = {one: other, other: one}
    return substitute(formula, lambda symbol: places.get(symbol, symbol))


def _everywhere(node: Expression, partners: Partners, inside: str) -> Found:
    """Yield the changes at a node and in what is below it.

    Args:
        node: where to look.
        partners: see `Partners`.
        inside: "sum" or "product" if the node is part of a longer one, already seen.
    """
    kind = _chain(node)
    if kind == "sum" and inside != "sum":
        yield from _sum(node)
    elif kind == "product" and inside != "product":
        yield from _product(node, partners)
    elif not kind:
        yield from _single(node, partners)
    for number, child in enumerate(children(node)):
        follows = kind if number == 0 or kind == "product" else ""
        for operator, part, new, changed in _everywhere(child, partners, follows):
            yield operator, part, new, _with_child(node, number, changed)


def _chain(node: Expression) -> str:
    if isinstance(node, Binary) and node.operator in "+-":
        return "sum"
    return "product" if isinstance(node, Binary) and node.operator in "*/" else ""


def _with_child(node: Expression, number: int, child: Expression) -> Expression:
    fresh = iter(child if k == number else old for k, old in enumerate(children(node)))
    return rebuild(node, lambda _: next(fresh))


def _sum(node: Expression) -> Found:
    """Terms left out, with the wrong sign, twice; a factor over one term too many."""
    terms = addends(node)
    for number, term in enumerate(terms):
        others = terms[:number] + terms[number + 1 :]
        bare = term.operand if isinstance(term, Negative) else term
        if others != (_ONE,):  # that would be the whole factor left out
            yield "drop-term", bare, None, total(others)
        flipped = bare if isinstance(term, Negative) else Negative(bare)
        yield "flip-sign", bare, flipped, _in_place(terms, number, flipped)
        doubled = Binary("*", _TWO, bare)
        yield "double-term", bare, doubled, _in_place(terms, number, _signed(term, doubled))
        if len(terms) > 2:
            yield "drop-term", total(others), None, term
    yield from _closed_too_late(terms)
    for number, term in enumerate(terms):
        parts = _factors(term)
        for place, (factor, divides) in enumerate(parts):
            if len(parts) > 1 and not divides:
                rest = _product_of(parts[:place] + parts[place + 1 :])
                inner = _in_place(terms, number, _signed(term, rest))
                yield "bracket-too-much", factor, inner, Binary("*", inner, factor)
    if isinstance(node, Binary) and isinstance(node.right, Binary):
        power = node.right
        if power.operator == "**":
            inner = Binary(node.operator, node.left, power.left)
            yield "bracket-too-much", power, inner, Binary("**", inner, power.right)


def _closed_too_late(terms: tuple[Expression, ...]) -> Found:
    """Read ``p * (a - b) + c`` as ``p * (a - b + c)``."""
    for number, term in enumerate(terms[:-1]):
        parts = _factors(term)
        last, divides = parts[-1]
        if len(parts) > 1 and len(addends(last)) > 1 and not divides:
            inner = total((*addends(last), *terms[number + 1 :]))
            longer = _signed(term, _product_of([*parts[:-1], (inner, False)]))
            yield "bracket-too-much", last, inner, total((*terms[:number], longer))


def _in_place(terms: tuple[Expression, ...], number: int, new: Expression) -> Expression:
    return total((*terms[:number], new, *terms[number + 1 :]))


def _signed(like: Expression, node: Expression) -> Expression:
    return Negative(node) if isinstance(like, Negative) else node


Factors: TypeAlias = list[tuple[Expression, bool]]


def _factors(node: Expression) -> Factors:
    """Split a product into factors, each with whether it divides."""
    match node:
        case Binary("*", left, right):
            return _factors(left) + _factors(right)
        case Binary("/", left, right):
            return [*_factors(left), (right, True)]
        case Negative(operand):
            return _factors(operand)
    return [(node, False)]


def _product_of(parts: Factors) -> Expression:
    result = product(tuple(node for node, divides in parts if not divides))
    for node, divides in parts:
        if divides:
            result = Binary("/", result, node)
    return result


def _product(node: Expression, partners: Partners) -> Found:
    """Factors left out, wrong derivatives, brackets left out, an inner product."""
    parts = _factors(node)
    for number, (factor, divides) in enumerate(parts):
        rest = parts[:number] + parts[number + 1 :]
        kind = "scale" if divides or isinstance(factor, Number) else "drop-factor"
        found = _slope_at(parts, number)
        if found and len(found.parts) == 1:
            kind = "no-derivative"
        elif found and found.parts[:-1] == [(found.value, False)]:
            kind = "activation-for-derivative"
        yield kind, factor, None, _product_of(rest)
        terms = addends(factor)
        if len(terms) > 1 and not divides:
            yield "bracket-too-little", factor, None, _without_bracket(parts, number, terms)
    yield from _derivatives(parts, partners)
    yield from _inner_products(parts)
    for number, (factor, divides) in enumerate(parts):
        rest = parts[:number] + parts[number + 1 :]
        match factor:
            case Call(name, (argument,)) if _activation(name) and rest and not divides:
                inner = Call(name, (_product_of([(argument, False), *rest]),))
                yield "bracket-too-much", factor, inner, inner


def _inner_products(parts: Factors) -> Found:
    """An inner product of two factors, or of all but the last with the last."""
    for number in range(len(parts) - 1):
        (left, _), (right, divides) = parts[number : number + 2]
        inner = Binary("@", left, right)
        if not divides:
            changed = _product_of(_spliced(parts, number, 2, inner))
            yield "matrix-product", Binary("*", left, right), inner, changed
    last, divides = parts[-1]
    if len(parts) > 2 and not divides:
        lead = _product_of(parts[:-1])
        inner = Binary("@", lead, last)
        yield "matrix-product", Binary("*", lead, last), inner, inner


def _without_bracket(parts: Factors, number: int, terms: tuple[Expression, ...]) -> Expression:
    """Read ``p * (a - b) * q`` as if the bracket were not there: ``p * a - b * q``."""
    first = _product_of([*parts[:number], (terms[0], False)])
    last = _product_of([(terms[-1], False), *parts[number + 1 :]])
    match terms[-1]:
        case Negative(operand):
            last = Negative(_product_of([(operand, False), *parts[number + 1 :]]))
    return total((first, *terms[1:-1], last))


def _derivatives(parts: Factors, partners: Partners) -> Found:
    """What else people write where an activation's derivative belongs."""
    for number in range(len(parts)):
        slope = _slope_at(parts, number)
        if slope:
            count = len(slope.parts)
            for operator, new in _instead(slope, partners):
                changed = _spliced(parts, number - count + 1, count, new)
                yield operator, _product_of(slope.parts), new, _product_of(changed)


def _spliced(parts: Factors, start: int, count: int, new: Expression | None) -> Factors:
    middle = [] if new is None else [(new, False)]
    return [*parts[:start], *middle, *parts[start + count :]]


@dataclass(frozen=True)
class _Slope:
    """An activation's derivative where it stands in a product.

    Attributes:
        row: the activation.
        base: what stands for its value, or for its argument.
        by_value: whether it is written with the value, as in ``s * (1 - s)``.
        parts: its factors in the product.
    """

    row: Function
    base: Expression
    by_value: bool
    parts: Factors

    def at(self, base: Expression) -> Expression:
        """Return the derivative at another place."""
        return self.row.slope(0, (base,), base)

    @property
    def value(self) -> Expression:
        """The activation's value."""
        return self.base if self.by_value else Call(self.row.name, (self.base,))


def _slope_at(parts: Factors, number: int) -> _Slope | None:
    """Return the derivative of an activation that ends with this factor of a product."""
    for row in FUNCTIONS.values():
        if row.activation:
            wanted = _factors(row.slopes[0])
            given = parts[max(0, number - len(wanted) + 1) : number + 1]
            found = _matched(wanted, given)
            if len(found) == 1:
                ((name, base),) = found
                return _Slope(row, base, name == VALUE, given)
    return None


def _matched(wanted: Factors, given: Factors) -> set[tuple[Expression, Expression]]:
    """Return what stands for which symbol, if that is all that the factors differ by."""
    found: set[tuple[Expression, Expression]] = set()
    if [divides for _, divides in wanted] != [divides for _, divides in given]:
        return found
    pairs = [(own, node) for (own, _), (node, _) in zip(wanted, given, strict=True)]
    while pairs:
        own, node = pairs.pop()
        if isinstance(own, Parameter):
            found.add((own, node))
        elif rebuild(own, lambda _: _ONE) != rebuild(node, lambda _: _ONE):
            return set()
        else:
            pairs += zip(children(own), children(node), strict=True)
    return found


def _instead(slope: _Slope, partners: Partners) -> Iterator[tuple[str, Expression | None]]:
    """Yield what people write instead of an activation's derivative."""
    base, row = slope.base, slope.row
    once = len(slope.parts) == 1
    if not once:
        yield "no-derivative", None
    for name in row.taken_for:
        value = base if slope.by_value else Call(name, (base,))
        yield f"{name}-derivative", FUNCTIONS[name].slope(0, (base,), value)
    if once or not slope.by_value:
        yield "activation-for-derivative", slope.value
    if not slope.by_value:
        return
    yield "derivative-of-activated", slope.at(Call(row.name, (base,)))
    for output in partners.outputs(base):
        yield "other-quantity", slope.at(output)
    if isinstance(base, Call):
        yield "other-quantity", slope.at(base.arguments[0])
    if isinstance(base, Signal):
        for operator, other in () if once else partners.swaps(base):
            yield operator, slope.at(other)
        before = partners.preactivation(base)
        if before:
            yield "derivative-of-preactivation", slope.at(before)


def _activation(name: str) -> bool:
    return FUNCTIONS[name].activation


def _reduces(name: str) -> bool:
    return FUNCTIONS[name].kind is Kind.REDUCTION


def _single(node: Expression, partners: Partners) -> Found:
    """What can go wrong with one symbol, function or matrix product."""
    match node:
        case Parameter() | Signal():
            for operator, other in partners.swaps(node):
                yield operator, node, other, other
            if isinstance(node, Signal):
                for later in partners.shifts(node):
                    yield "shift-time", node, later, later
                for call in partners.activated(node):
                    yield "double-activation", node, call, call
        case Call(name, (left, right)) if FUNCTIONS[name].kind is Kind.OUTER:
            yield "input-not-multiplied", right, None, left
            yield "drop-factor", left, None, right
            for operator, new in (
                ("transpose", Call(name, (right, left))),
                ("elementwise", Binary("*", left, right)),
                ("matrix-product", Binary("@", left, right)),
            ):
                yield operator, node, new, new
        case Call(name, (argument,)) if _activation(name):
            row = FUNCTIONS[name]
            yield "drop-activation", node, argument, argument
            if name not in row.absorbs:
                twice = Call(name, (node,))
                yield "double-activation", node, twice, twice
            if name in USUAL:
                slope = row.slope(0, (argument,), node)
                yield f"{name}-derivative", node, slope, slope
            negative = Negative(argument)
            yield "flip-sign", argument, negative, Call(name, (negative,))
            for output in partners.outputs(node):
                yield "swap-symbol", node, output, output
            for function in row.taken_for:
                new = Call(function, (argument,))
                yield "other-activation", node, new, new
        case Call(name, (Binary("**", base, exponent) as inner,)) if _reduces(name):
            changed = Binary("**", Call(name, (base,)), exponent)
            yield "bracket-too-little", inner, changed, changed
        case Binary("**", base, exponent):
            yield "drop-factor", node, base, base
            yield from _power(node, base, exponent)
        case Binary("@", left, right):
            new = Binary("*", left, right)
            yield "elementwise", node, new, new
            yield from _transposed(node, left, right)


def _power(node: Expression, base: Expression, exponent: Expression) -> Found:
    match base:
        case Binary(operator, left, right) if operator in "+-":
            yield (
                "bracket-too-little",
                node,
                None,
                Binary(operator, left, Binary("**", right, exponent)),
            )


def _transposed(node: Expression, left: Expression, right: Expression) -> Found:
    if isinstance(left, Transpose):
        yield "transpose", left, left.operand, Binary("@", left.operand, right)
    elif isinstance(left, Parameter):
        yield "transpose", left, Transpose(left), Binary("@", Transpose(left), right)
