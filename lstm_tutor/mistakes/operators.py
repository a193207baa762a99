"""How each kind of mistake changes a formula, where no rewriting rule can say it.

Every public function here, and in `brackets`, `readouts`, `layers` and `sums`, is named by a
row of `kinds.yaml`, and yields at one site of a formula: what is changed, what stands there
now (None if it is left out), and the site with the change in it. None knows a particular
cell; what does not fit, it passes over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    substitute,
    symbols,
    total,
)
from lstm_tutor.algebra.functions import FUNCTIONS, ROOT, summed_over_time
from lstm_tutor.mistakes.activation import ACTIVATIONS, USUAL, slopes
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import (
    Factor,
    Factors,
    Formula,
    Found,
    Node,
    Result,
    Site,
    Term,
    factors,
    negated,
    product_of,
)
from lstm_tutor.model.equation import Role
from lstm_tutor.model.symbol import CARRY, bare

_ONE = Number(1)
_TWO = Number(2)
_COUNT = Parameter("N")

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
            yield from _exchanged(formula, setting)


def _exchanged(formula: Expression, setting: Setting) -> Found:
    """Two symbols in each other's place; first those of the same time step."""
    used = symbols(formula)
    pairs = []
    for number, one in enumerate(used):
        others = {*setting.siblings(one), *setting.alike(one)}
        pairs += [(one, other) for other in used[number + 1 :] if other in others]
    for one, other in sorted(pairs, key=lambda pair: _shift(pair[0]) != _shift(pair[1])):
        places: dict[Symbol, Symbol] = {one: other, other: one}
        yield one, other, substitute(formula, lambda s, p=places: p.get(s, s))  # type: ignore[misc]


def _shift(symbol: Symbol) -> int:
    return symbol.shift if isinstance(symbol, Signal) else 0


def _swapped(site: Site, setting: Setting, partners: _Partners) -> Found:
    """Another symbol in place of one, also of one that is a slope's value and a factor."""
    match site:
        case Node(Parameter() | Signal() as symbol):
            yield from ((symbol, other, other) for other in partners(symbol))
        case Factor():
            for slope in slopes(site, setting):
                if len(slope.parts) > 1 and slope.by_value and isinstance(slope.base, Signal):
                    for other in partners(slope.base):
                        yield slope.instead(slope.at(other))


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
        case Term(bare=part, others=others):
            carries = {term.expression for term in equation.terms if term.shift}
            alone = part in carries and not any(map(_carried, others))
            if alone or (isinstance(part, Signal) and bare(part.name) == CARRY):
                yield part, None, total(others)
        case Result(right) if equation.role is Role.CARRY and equation.carried:
            yield right, None, Number(0)


def _carried(node: Expression) -> bool:
    return any(symbol.shift > 0 for symbol in symbols(node) if isinstance(symbol, Signal))


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
        case Term(bare=Call(name)) if name == ROOT:
            pass  # everybody knows that a root is not negative
        case Term(bare=bare):
            flipped = bare if isinstance(site.term, Negative) else Negative(bare)
            yield bare, flipped, site.instead(flipped)
        case Node(Call(name, (argument,))) if name in ACTIVATIONS:
            yield argument, Negative(argument), Call(name, (Negative(argument),))
        case Result(node) if setting.role in _SCALED:
            new = node.operand if isinstance(node, Negative) else Negative(node)
            yield node, new, new


# Sums over time


# Activations and their slopes


def double_activation(site: Site, setting: Setting) -> Found:
    """An activation where none belongs, or once too often."""
    match site:
        case Node(Signal() as signal):
            yield from ((signal, call, call) for call in setting.activated(signal))
        case Node(Call(name) as call) if name in ACTIVATIONS:
            if name not in FUNCTIONS[name].absorbs:
                yield call, Call(name, (call,)), Call(name, (call,))
        case Result(Binary() as node) if setting.role == "forward":
            yield from ((node, None, Call(name, (node,))) for name in USUAL)


def other_activation(site: Site, setting: Setting) -> Found:
    """Another activation."""
    match site:
        case Node(Call(name, arguments) as call):
            for other in FUNCTIONS[name].taken_for:
                yield call, Call(other, arguments), Call(other, arguments)


def derivative_for_activation(site: Site, setting: Setting) -> Found:
    """The slope in place of the activation."""
    match site:
        case Node(Call(name, arguments) as call) if name in USUAL:
            slope = FUNCTIONS[name].slope(0, arguments, call)
            yield call, slope, slope


def no_derivative(site: Site, setting: Setting) -> Found:
    """The slope left out."""
    for slope in slopes(site, setting):
        yield slope.instead(None)


def activation_for_derivative(site: Site, setting: Setting) -> Found:
    """The activation's value in place of its slope."""
    for slope in slopes(site, setting):
        if slope.parts[:-1] == [(slope.value, False)]:  # s of s * (1 - s)
            yield slope.site.factor, None, slope.site.instead(None)
        else:
            yield slope.instead(slope.value)
        if slope.by_value:
            yield slope.instead(Call(slope.row.name, (slope.base,)))


def tanh_derivative(site: Site, setting: Setting) -> Found:
    """The slope of tanh in place of another activation's."""
    yield from _other_slope(site, setting, "tanh")


def sigmoid_derivative(site: Site, setting: Setting) -> Found:
    """The slope of the sigmoid in place of another activation's."""
    yield from _other_slope(site, setting, "sigmoid")


def _other_slope(site: Site, setting: Setting, name: str) -> Found:
    for slope in slopes(site, setting):
        if name in slope.row.taken_for:
            yield slope.instead(slope.of(name))


def derivative_of_activated(site: Site, setting: Setting) -> Found:
    """The slope with the activation applied once more."""
    for slope in slopes(site, setting):
        if slope.by_value:
            yield slope.instead(slope.at(Call(slope.row.name, (slope.base,))))


def derivative_of_preactivation(site: Site, setting: Setting) -> Found:
    """The slope with the pre-activation for its value."""
    for slope in slopes(site, setting):
        before = setting.preactivation(slope.base) if slope.by_value else None
        if before is not None:
            yield slope.instead(slope.at(before))


def other_quantity(site: Site, setting: Setting) -> Found:
    """The slope with another quantity for its value."""
    for slope in slopes(site, setting):
        if slope.by_value and isinstance(slope.base, Call):
            for output in (*setting.outputs(slope.base), slope.base.arguments[0]):
                yield slope.instead(slope.at(output))


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


def divided(site: Site, setting: Setting) -> Found:
    """Divided by a factor in place of multiplied with it."""
    match site:
        case Factor(factor=factor, divides=False) if site.number and not _number(site):
            others = [*site.parts[: site.number], *site.parts[site.number + 1 :]]
            yield factor, None, product_of([*others, (factor, True)])


def scale(site: Site, setting: Setting) -> Found:
    """A number or divisor left out; a result multiplied with a number or divided by it."""
    match site:
        case Factor() if _number(site):
            yield site.factor, None, site.instead(None)
        case Result(node) if setting.role in _SCALED:
            divided = _COUNT in symbols(node)
            for number in map(Number, setting.numbers):
                if not (divided and number.value == setting.count):  # that leaves N out
                    yield node, Binary("*", number, node), Binary("*", number, node)
                yield node, Binary("/", node, number), Binary("/", node, number)
        case Result(Binary("-", left, right)) if setting.role == "update":
            for number in map(Number, setting.numbers):
                new = Binary("/", right, number)
                yield right, new, Binary("-", left, new)


def other_count(site: Site, setting: Setting) -> Found:
    """Divided by how many there are of something else."""
    if isinstance(site, Factor) and site.divides and site.factor == _COUNT:
        for number in map(Number, setting.counts):
            new = product_of([*site.parts[: site.number], *site.parts[site.number + 1 :]])
            yield _COUNT, number, Binary("/", new, number)


_SCALED = ("loss", "backward", "sum over time")


def _number(site: Factor) -> bool:
    return site.divides or isinstance(site.factor, Number)


def matrix_product(site: Site, setting: Setting) -> Found:
    """An inner product of two factors, or of all but the last with the last."""
    match site:
        case Node(Binary("*" | "/") as node):
            parts = factors(node)
            ends = [(number, number + 1) for number in range(len(parts) - 1)]
            ends += [(0, len(parts) - 1)] if len(parts) > 2 else []
            for one, other in ends:
                for part, new, changed in _inner(parts, one, other):
                    yield part, new, Negative(changed) if negated(node) else changed


def _inner(parts: Factors, start: int, end: int) -> Found:
    """Multiply the factors before ``end`` with the one there by an inner product."""
    left, (right, divides) = product_of(parts[start:end]), parts[end]
    if not divides:
        inner = Binary("@", left, right)
        changed = product_of([*parts[:start], (inner, False), *parts[end + 1 :]])
        yield Binary("*", left, right), inner, changed


def transpose(site: Site, setting: Setting) -> Found:
    """The transpose of a whole gradient or update."""
    if isinstance(site, Result) and len(setting.axes) == 2:
        match site.node:
            case Call() as node if summed_over_time(node):
                yield node, None, Transpose(node)
            case Binary("-", left, right) if setting.role == "update":
                yield right, Transpose(right), Binary("-", left, Transpose(right))
