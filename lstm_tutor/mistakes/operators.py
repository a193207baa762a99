"""How each kind of mistake changes a formula, where no rewriting rule can say it.

Every public function here is named by a row of `kinds.yaml`, and yields at one site of a
formula: what is changed, what stands there now (None if it is left out), and the site
with the change in it. None knows a particular cell; what does not fit, it passes over.
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
    Number,
    Parameter,
    Signal,
    Symbol,
    Transpose,
    addends,
    at,
    substitute,
    symbols,
    total,
)
from lstm_tutor.derivation.backward import CARRY
from lstm_tutor.mistakes.partners import Setting
from lstm_tutor.mistakes.sites import Factor, Factors, Formula, Node, Result, Site, Term
from lstm_tutor.mistakes.sites import factors as _factors
from lstm_tutor.mistakes.sites import product_of as _product_of
from lstm_tutor.model.equation import Role

ACTIVATIONS = ("tanh", "sigmoid")
_ONE = Number(1)
_TWO = Number(2)

Change: TypeAlias = tuple[Expression, Expression | None, Expression]
Found: TypeAlias = Iterator[Change]
_Partners: TypeAlias = Callable[[Symbol], Iterator[Symbol]]


# Symbols: what may be taken for what


def wrong_gate(site: Site, setting: Setting) -> Found:
    """Another gate's quantity; also all of another gate's equation."""
    yield from _swapped(site, setting, setting.siblings)
    if isinstance(site, Result) and site.node == setting.right:
        for other in setting.siblings(Parameter(setting.equation.target)):
            found = setting.partners.equations.get(other.name)
            if found is not None and found.expression is not None:
                yield site.node, other, found.expression


def swap_symbol(site: Site, setting: Setting) -> Found:
    """Another quantity of the same kind; two of them exchanged."""
    yield from _swapped(site, setting, setting.alike)
    match site:
        case Node(Call(name) as call) if name in ACTIVATIONS:
            yield from ((call, output, output) for output in setting.outputs(call))
        case Formula(formula):
            used = symbols(formula)
            for number, one in enumerate(used):
                others = {*setting.siblings(one), *setting.alike(one)}
                for other in (item for item in used[number + 1 :] if item in others):
                    places: dict[Symbol, Symbol] = {one: other, other: one}
                    yield one, other, substitute(formula, lambda s, p=places: p.get(s, s))  # type: ignore[misc]


def _swapped(site: Site, setting: Setting, partners: _Partners) -> Found:
    """Another symbol in place of one, also in the slope of a sigmoid."""
    match site:
        case Node(Parameter() | Signal() as symbol):
            yield from ((symbol, other, other) for other in partners(symbol))
        case Factor():
            for slope in _slopes(site, setting, "sigmoid"):
                if isinstance(slope.value, Signal):
                    for other in partners(slope.value):
                        yield slope.instead(slope.of(other))


def shift_time(site: Site, setting: Setting) -> Found:
    """The same signal at another time step."""
    match site:
        case Node(Signal() as signal):
            yield from ((signal, other, other) for other in setting.shifts(signal))


# Terms of a sum


def drop_carry(site: Site, setting: Setting) -> Found:
    """All that comes from the next time step left out."""
    equation = setting.equation
    match site:
        case Term(bare=bare, others=others):
            carries = {term.expression for term in equation.terms if term.shift}
            if bare == Signal(CARRY) or (bare in carries and not any(map(_carried, others))):
                yield bare, None, total(others)
        case Result(right) if equation.role is Role.CARRY and equation.carried:
            yield right, None, Number(0)


def _carried(node: Expression) -> bool:
    return any(symbol.shift > 0 for symbol in symbols(node) if isinstance(symbol, Signal))


def drop_loss(site: Site, setting: Setting) -> Found:
    """The loss of a time step left out."""
    if isinstance(site, Result) and setting.equation.role is Role.LABEL:
        yield site.node, None, Number(0)


def drop_term(site: Site, setting: Setting) -> Found:
    """One term left out, or all but one."""
    match site:
        case Term(term=term, bare=bare, others=others):
            if others != (_ONE,):  # that would be the whole factor left out
                yield bare, None, total(others)
            if len(others) > 1:
                yield total(others), None, term


def double_term(site: Site, setting: Setting) -> Found:
    """One term twice."""
    if isinstance(site, Term):
        doubled = Binary("*", _TWO, site.bare)
        yield site.bare, doubled, site.instead(site.signed(doubled))


def flip_sign(site: Site, setting: Setting) -> Found:
    """The wrong sign: of a term, of what an activation is taken of, of a whole result."""
    match site:
        case Term(bare=bare):
            flipped = bare if isinstance(site.term, Negative) else Negative(bare)
            yield bare, flipped, site.instead(flipped)
        case Node(Call(name, (argument,))) if name in ACTIVATIONS:
            yield argument, Negative(argument), Call(name, (Negative(argument),))
        case Result(node) if setting.role in _SCALED:
            new = node.operand if isinstance(node, Negative) else Negative(node)
            yield node, new, new


# Sums over time


def only_last(site: Site, setting: Setting) -> Found:
    """Only the last time step counted."""
    for node, last in _over_time(site, setting, setting.scenario.steps - 1):
        yield node, None, last


def only_first(site: Site, setting: Setting) -> Found:
    """Only the first time step counted."""
    for node, first in _over_time(site, setting, 0):
        yield node, None, first


def miss_first(site: Site, setting: Setting) -> Found:
    """The first time step not counted."""
    for node, first in _over_time(site, setting, 0):
        yield node, None, Binary("-", node, first)


def miss_last(site: Site, setting: Setting) -> Found:
    """The last time step not counted."""
    for node, last in _over_time(site, setting, setting.scenario.steps - 1):
        yield node, None, Binary("-", node, last)


def average(site: Site, setting: Setting) -> Found:
    """The sum divided by the number of time steps."""
    for node, _ in _over_time(site, setting, 0):
        yield node, None, Binary("/", node, Number(setting.scenario.steps))


def _over_time(site: Site, setting: Setting, t: int) -> Iterator[tuple[Expression, Expression]]:
    """Yield a sum over more than one time step, and its term at one of them."""
    match site:
        case Result(Call("sum_t", (inner,)) as node) if setting.scenario.steps > 1:
            yield node, at(inner, t)


# Activations and their slopes


def double_activation(site: Site, setting: Setting) -> Found:
    """An activation where none belongs, or once too often."""
    match site:
        case Node(Signal() as signal):
            yield from ((signal, call, call) for call in setting.activated(signal))
        case Node(Call(name) as call) if name in ACTIVATIONS:
            yield call, Call(name, (call,)), Call(name, (call,))
        case Result(Binary() as node) if setting.role == "forward":
            yield from ((node, None, Call(name, (node,))) for name in ACTIVATIONS)


@dataclass(frozen=True)
class _Slope:
    """An activation's slope among the factors of a gradient, written with its value."""

    site: Factor
    function: str
    value: Expression

    def of(self, value: Expression, function: str = "") -> Expression:
        """Return the slope of this or another activation, with another value."""
        if (function or self.function) == "tanh":
            return Binary("-", _ONE, Binary("**", value, _TWO))
        return Binary("*", value, Binary("-", _ONE, value))

    def instead(self, new: Expression | None) -> Change:
        """Return the change of it into something else."""
        before = int(self.function == "sigmoid")
        return self.of(self.value), new, self.site.instead(new, before)


def _slopes(site: Site, setting: Setting, function: str = "") -> Iterator[_Slope]:
    """Yield the slope that a factor is, or ends: ``1 - s**2``, or ``s * (1 - s)``."""
    match site:
        case Factor(factor=Binary("-", Number(1), Binary("**", value, Number(2)))):
            slope = _Slope(site, "tanh", value)
        case Factor(factor=Binary("-", Number(1), value)) if value == site.before:
            slope = _Slope(site, "sigmoid", value)
        case _:
            return
    known = setting.activation(slope.value) == slope.function and not site.divides
    if known and function in ("", slope.function):
        yield slope


def no_derivative(site: Site, setting: Setting) -> Found:
    """The slope left out."""
    for slope in _slopes(site, setting):
        yield slope.instead(None)


def activation_for_derivative(site: Site, setting: Setting) -> Found:
    """The activation's value in place of its slope."""
    for slope in _slopes(site, setting, "tanh"):
        yield slope.instead(slope.value)
    for slope in _slopes(site, setting, "sigmoid"):
        yield slope.site.factor, None, slope.site.instead(None)


def tanh_derivative(site: Site, setting: Setting) -> Found:
    """The slope of tanh in place of the sigmoid's."""
    for slope in _slopes(site, setting, "sigmoid"):
        yield slope.instead(slope.of(slope.value, "tanh"))


def sigmoid_derivative(site: Site, setting: Setting) -> Found:
    """The slope of the sigmoid in place of that of tanh."""
    for slope in _slopes(site, setting, "tanh"):
        yield slope.instead(slope.of(slope.value, "sigmoid"))


def derivative_of_activated(site: Site, setting: Setting) -> Found:
    """The slope with the activation applied once more."""
    for slope in _slopes(site, setting):
        yield slope.instead(slope.of(Call(slope.function, (slope.value,))))


def derivative_of_preactivation(site: Site, setting: Setting) -> Found:
    """The slope with the pre-activation for its value."""
    for slope in _slopes(site, setting):
        before = setting.preactivation(slope.value)
        if before is not None:
            yield slope.instead(slope.of(before))


def other_quantity(site: Site, setting: Setting) -> Found:
    """The slope of tanh with another quantity for its value."""
    for slope in _slopes(site, setting, "tanh"):
        for output in setting.outputs(slope.value):
            yield slope.instead(slope.of(output))
        if isinstance(slope.value, Call):
            yield slope.instead(slope.of(slope.value.arguments[0]))


# Factors and products


def no_learning_rate(site: Site, setting: Setting) -> Found:
    """The learning rate left out."""
    if isinstance(site, Factor) and site.factor == Parameter("lr"):
        yield site.factor, None, site.instead(None)


def drop_power(site: Site, setting: Setting) -> Found:
    """The base without its exponent."""
    match site:
        case Node(Binary("**", base, _) as power):
            yield power, base, base


def drop_factor(site: Site, setting: Setting) -> Found:
    """One factor left out."""
    if isinstance(site, Factor) and not _number(site):
        yield site.factor, None, site.instead(None)


def scale(site: Site, setting: Setting) -> Found:
    """A number or divisor left out; a result multiplied with a number or divided by it."""
    match site:
        case Factor() if _number(site):
            yield site.factor, None, site.instead(None)
        case Result(node) if setting.role in _SCALED:
            for number in map(Number, setting.numbers):
                for new in (Binary("*", number, node), Binary("/", node, number)):
                    yield node, new, new
        case Result(Binary("-", left, right)) if setting.role == "update":
            for number in map(Number, setting.numbers):
                new = Binary("/", right, number)
                yield right, new, Binary("-", left, new)


_SCALED = ("loss", "backward", "sum over time")


def _number(site: Factor) -> bool:
    return site.divides or isinstance(site.factor, Number)


def matrix_product(site: Site, setting: Setting) -> Found:
    """An inner product of two factors, or of all but the last with the last."""
    match site:
        case Node(Binary("*" | "/") as node):
            parts = _factors(node)
            for number in range(len(parts) - 1):
                yield from _inner(parts, number, number + 1)
            if len(parts) > 2:
                yield from _inner(parts, 0, len(parts) - 1)


def _inner(parts: Factors, start: int, end: int) -> Found:
    """Multiply the factors before ``end`` with the one there by an inner product."""
    left, (right, divides) = _product_of(parts[start:end]), parts[end]
    if not divides:
        inner = Binary("@", left, right)
        changed = _product_of([*parts[:start], (inner, False), *parts[end + 1 :]])
        yield Binary("*", left, right), inner, changed


def transpose(site: Site, setting: Setting) -> Found:
    """The transpose of a whole gradient or update."""
    if isinstance(site, Result) and len(setting.axes) == 2:
        match site.node:
            case Call("sum_t") as node:
                yield node, None, Transpose(node)
            case Binary("-", left, right) if setting.role == "update":
                yield right, Transpose(right), Binary("-", left, Transpose(right))


# Brackets


def bracket_too_little(site: Site, setting: Setting) -> Found:
    """A bracket left out: ``p * a - b * q`` for ``p * (a - b) * q``, or of a power."""
    match site:
        case Factor(parts, number) if not site.divides and len(addends(site.factor)) > 1:
            terms = addends(site.factor)
            last, rest = terms[-1], parts[number + 1 :]
            bare = last.operand if isinstance(last, Negative) else last
            first = _product_of([*parts[:number], (terms[0], False)])
            end = _product_of([(bare, False), *rest])
            signed = Negative(end) if isinstance(last, Negative) else end
            yield site.factor, None, total((first, *terms[1:-1], signed))
        case Node(Binary("**", Binary("+" | "-" as sign, left, right), power) as node):
            yield node, None, Binary(sign, left, Binary("**", right, power))


def bracket_too_much(site: Site, setting: Setting) -> Found:
    """A bracket around more than one term: of a factor, of a power, or closed too late."""
    match site:
        case Node(Binary("+" | "-") as node):
            terms = addends(node)
            yield from _closed_too_late(terms)
            for number in range(len(terms)):
                yield from _factor_of_all(Term(terms, number))
            match node:
                case Binary(sign, left, Binary("**", right, power)):
                    inner = Binary(sign, left, right)
                    yield node.right, inner, Binary("**", inner, power)


def _factor_of_all(site: Term) -> Found:
    """Read ``a + b * c`` as ``(a + b) * c``."""
    parts = _factors(site.term)
    for place, (factor, divides) in enumerate(parts):
        if len(parts) > 1 and not divides:
            rest = _product_of(parts[:place] + parts[place + 1 :])
            inner = site.instead(site.signed(rest))
            yield factor, inner, Binary("*", inner, factor)


def _closed_too_late(terms: tuple[Expression, ...]) -> Found:
    """Read ``p * (a - b) + c`` as ``p * (a - b + c)``."""
    for number, term in enumerate(terms[:-1]):
        parts = _factors(term)
        last, divides = parts[-1]
        if len(parts) > 1 and len(addends(last)) > 1 and not divides:
            inner = total((*addends(last), *terms[number + 1 :]))
            longer = Term((term,), 0).signed(_product_of([*parts[:-1], (inner, False)]))
            yield last, inner, total((*terms[:number], longer))


def factor_inside(site: Site, setting: Setting) -> Found:
    """The other factors inside of an activation that is one of them."""
    match site:
        case Factor(parts, number, factor=Call(name, (argument,)) as call):
            rest = parts[:number] + parts[number + 1 :]
            if name in ACTIVATIONS and rest and not site.divides:
                inner = Call(name, (_product_of([(argument, False), *rest]),))
                yield call, inner, inner
