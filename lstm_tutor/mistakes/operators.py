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

ACTIVATIONS = ("tanh", "sigmoid")
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
        if _is_derivative(parts, number):
            tanh = _squared_in(factor) is not None
            kind = "no-derivative" if tanh else "activation-for-derivative"
        yield kind, factor, None, _product_of(rest)
        terms = addends(factor)
        if len(terms) > 1 and not divides:
            yield "bracket-too-little", factor, None, _without_bracket(parts, number, terms)
    yield from _derivatives(parts, partners)
    yield from _inner_products(parts)
    for number, (factor, divides) in enumerate(parts):
        rest = parts[:number] + parts[number + 1 :]
        match factor:
            case Call(name, (argument,)) if name in ACTIVATIONS and rest and not divides:
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
    for number, (factor, divides) in enumerate(parts):
        if divides:
            continue
        squared = _squared_in(factor)
        if squared is not None:
            for operator, new in _instead_of_tanh(squared, partners):
                yield operator, factor, new, _product_of(_spliced(parts, number, 1, new))
        elif _is_derivative(parts, number):
            whole = Binary("*", parts[number - 1][0], factor)
            for operator, new in _instead_of_sigmoid(parts[number - 1][0], partners):
                changed = _spliced(parts, number - 1, 2, new)
                yield operator, whole, new, _product_of(changed)


def _spliced(parts: Factors, start: int, count: int, new: Expression | None) -> Factors:
    middle = [] if new is None else [(new, False)]
    return [*parts[:start], *middle, *parts[start + count :]]


def _squared_in(node: Expression) -> Expression | None:
    """Return s of ``1 - s**2``, which is how tanh′ is written."""
    match node:
        case Binary("-", Number(1), Binary("**", base, Number(2))):
            return base
    return None


def _is_derivative(parts: Factors, number: int) -> bool:
    """Whether a factor belongs to ``s * (1 - s)``, or is ``1 - s**2``."""
    node = parts[number][0]
    if _squared_in(node) is not None:
        return True
    match node:
        case Binary("-", Number(1), base):
            return number > 0 and parts[number - 1][0] == base
    return False


def _instead_of_tanh(
    base: Expression, partners: Partners
) -> Iterator[tuple[str, Expression | None]]:
    def slope(of: Expression) -> Expression:
        return Binary("-", _ONE, Binary("**", of, _TWO))

    yield "sigmoid-derivative", Binary("*", base, Binary("-", _ONE, base))
    yield "activation-for-derivative", base
    yield "derivative-of-activated", slope(Call("tanh", (base,)))
    for output in partners.outputs(base):
        yield "other-quantity", slope(output)
    if isinstance(base, Call):
        yield "other-quantity", slope(base.arguments[0])
    before = partners.preactivation(base) if isinstance(base, Signal) else None
    if before:
        yield "derivative-of-preactivation", slope(before)


def _instead_of_sigmoid(
    base: Expression, partners: Partners
) -> Iterator[tuple[str, Expression | None]]:
    def slope(of: Expression) -> Expression:
        return Binary("*", of, Binary("-", _ONE, of))

    yield "no-derivative", None
    yield "tanh-derivative", Binary("-", _ONE, Binary("**", base, _TWO))
    yield "derivative-of-activated", slope(Call("sigmoid", (base,)))
    if isinstance(base, Signal):
        for operator, other in partners.swaps(base):
            yield operator, slope(other)
        before = partners.preactivation(base)
        if before:
            yield "derivative-of-preactivation", slope(before)


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
        case Call("outer", (left, right)):
            yield "input-not-multiplied", right, None, left
            yield "drop-factor", left, None, right
            for operator, new in (
                ("transpose", Call("outer", (right, left))),
                ("elementwise", Binary("*", left, right)),
                ("matrix-product", Binary("@", left, right)),
            ):
                yield operator, node, new, new
        case Call(name, (argument,)) if name in ACTIVATIONS:
            yield "drop-activation", node, argument, argument
            twice = Call(name, (node,))
            yield "double-activation", node, twice, twice
            slope = Binary("-", _ONE, Binary("**", node, _TWO))
            yield f"{name}-derivative", node, slope, slope
            negative = Negative(argument)
            yield "flip-sign", argument, negative, Call(name, (negative,))
            for output in partners.outputs(node):
                yield "swap-symbol", node, output, output
            for function in ACTIVATIONS:
                if function != name:
                    new = Call(function, (argument,))
                    yield "other-activation", node, new, new
        case Call("sum", (Binary("**", base, exponent) as inner,)):
            changed = Binary("**", Call("sum", (base,)), exponent)
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
