"""Mistakes between layers and matrices: one taken for another; see `operators`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lstm_tutor.algebra.axes import size_of
from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Number,
    Parameter,
    Signal,
    Symbol,
    Transpose,
    renamed,
    replaced,
    substitute,
    symbols,
    total,
)
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.mistakes.activation import ACTIVATIONS, slopes
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import Factor, Formula, Found, Node, Result, Site
from lstm_tutor.model.equation import Role
from lstm_tutor.model.symbol import (
    CARRY,
    DELTA,
    DOUT,
    bare,
    is_new,
    layer_of,
    layered,
    upstream,
)

_ONE = Number(1)


def another_matrix(site: Site, setting: Setting) -> Found:
    """Another matrix of the same size; two of them exchanged."""
    match site:
        case Node(Parameter() as one):
            yield from ((one, other, other) for other in _matrices(one, setting))
        case Formula(formula):
            used = [symbol for symbol in symbols(formula) if isinstance(symbol, Parameter)]
            for number, one in enumerate(used):
                others = set(_matrices(one, setting))
                for other in (item for item in used[number + 1 :] if item in others):
                    places: dict[Symbol, Symbol] = {one: other, other: one}
                    yield one, other, substitute(formula, lambda s, p=places: p.get(s, s))  # type: ignore[misc]


def matrix_left_out(site: Site, setting: Setting) -> Found:
    """A matrix left out that has as many rows as columns."""
    match site:
        case Node(Binary("@", Parameter() | Transpose(Parameter()) as matrix, other)):
            one = matrix.operand if isinstance(matrix, Transpose) else matrix
            rows = setting.sized(one) if isinstance(one, Parameter) else ()
            if len(rows) == 2 and rows[0] == rows[1]:
                yield matrix, None, other


def _matrices(one: Parameter, setting: Setting) -> Iterator[Parameter]:
    """Yield the other matrices of its size that belong to the same gate, or to none."""
    cell, sizes = setting.cell, setting.scenario.sizes
    if setting.role not in ("forward", "backward"):
        return
    axes = cell.parameters.get(one.name, ())
    gate, layer = cell.rows.get(one.name, ("", ""))[1], layer_of(one.name)
    for name, others in cell.parameters.items():
        near = cell.rows[name][1] == gate or not gate or not cell.rows[name][1]
        alone = not layer or not layer_of(name) or layer == layer_of(name)
        pairs = zip(axes, others, strict=False)
        same = all(size_of(left, sizes) == size_of(right, sizes) for left, right in pairs)
        if len(axes) == len(others) == 2 and name != one.name and near and alone and same:
            yield Parameter(name)


def other_layer(site: Site, setting: Setting) -> Found:
    """The same quantity of another layer; all of a layer's weights."""
    match site:
        case Node(Parameter() | Signal() as symbol):
            for other in _elsewhere(symbol, setting):
                yield symbol, other, other
            for other, formula in _carries(symbol, setting):
                yield symbol, other, formula
        case Result(node) if setting.role == "backward" and setting.equation.of:
            for other in _elsewhere(Signal(setting.equation.target), setting):
                yield node, other, other
            for other in _sums(setting):
                yield node, other, other
        case Factor():
            for slope in slopes(site, setting):
                if len(slope.parts) > 1 and slope.by_value and isinstance(slope.base, Signal):
                    for other in _elsewhere(slope.base, setting):
                        yield slope.instead(slope.at(other))
        case Formula(formula) if setting.role == "forward":
            used = [symbol for symbol in symbols(formula) if isinstance(symbol, Parameter)]
            for layer in _layers(setting) if len(used) > 1 else ():
                places: dict[Symbol, Symbol] = {
                    symbol: other
                    for symbol in used
                    for other in _elsewhere(symbol, setting)
                    if layer_of(other.name) == layer
                }
                if len(places) > 1:
                    one, other = next(iter(places.items()))
                    yield one, other, substitute(formula, lambda s, p=places: p.get(s, s))  # type: ignore[misc]


def _sums(setting: Setting) -> Iterator[Signal]:
    """Yield the whole gradients of the outputs of other layers for what comes from above."""
    own = setting.equation.target
    for layer in _layers(setting) if bare(own) == DELTA else ():
        whole = Signal(layered(layer, DOUT))
        alike = setting.sized(whole) == setting.sized(Signal(setting.equation.of))
        if layer != layer_of(own) and alike and setting.available(whole):
            yield whole


def _layers(setting: Setting) -> list[str]:
    return list(dict.fromkeys(filter(None, map(layer_of, setting.cell.signals))))


def _elsewhere(symbol: Symbol, setting: Setting) -> Iterator[Symbol]:
    """Yield the same quantity of other layers, if it has as many entries there."""
    own = layer_of(symbol.name)
    if not own or is_new(symbol.name):
        return
    known = setting.partners.program.plain.axes
    for layer in _layers(setting):
        name = layered(layer, bare(symbol.name))
        if name not in known:
            continue
        shifts = [0]
        if isinstance(symbol, Signal):
            turned = setting.direction(name) != setting.direction(symbol.name)
            shifts = [symbol.shift, *((-symbol.shift, 0) if turned else ())]
        for shift in dict.fromkeys(shifts) if layer != own else ():
            other: Symbol = renamed(symbol, name)
            if isinstance(symbol, Signal):
                other = Signal(name, shift, fixed=symbol.fixed)
            if setting.available(other) and setting.sized(other) == setting.sized(symbol):
                yield other


def _carries(symbol: Symbol, setting: Setting) -> Iterator[tuple[Symbol, Expression]]:
    """Yield what the other layers carry, with its formula: it has its value too late."""
    if isinstance(symbol, Signal) and bare(symbol.name) == CARRY and symbol.shift == 0:
        for layer in _layers(setting):
            other = Signal(layered(layer, CARRY))
            line = setting.partners.equations.get(other.name)
            elsewhere = layer != layer_of(symbol.name) and not setting.available(other)
            same = setting.sized(other) == setting.sized(symbol)
            if elsewhere and same and line and line.expression:
                yield other, line.expression


def direction(site: Site, setting: Setting) -> Found:
    """The other direction of time in a layer that runs from right to left."""
    match site:
        case Node(Signal(name, shift, fixed=False) as signal) if shift:
            if setting.direction(name) < 0:
                yield signal, Signal(name, -shift), Signal(name, -shift)


def halves_exchanged(site: Site, setting: Setting) -> Found:
    """The two parts of a joined list exchanged."""
    match site:
        case Node(Call(_, (one, other)) as call) if _joins(call):
            turned = replace(call, arguments=(other, one))
            yield call, turned, turned
        case Node(Signal(shift=0) as signal) if setting.role == "sum over time":
            line = setting.partners.equations.get(signal.name)
            match line and line.expression:
                case Call(_, (one, other)) as call if _joins(call):
                    turned = replace(call, arguments=(other, one))
                    yield signal, turned, turned


def _joins(call: Call) -> bool:
    return FUNCTIONS[call.function].kind is Kind.JOIN


def unactivated(site: Site, setting: Setting) -> Found:
    """What an activation is taken of, in place of its value."""
    match site:
        case Node(Signal() as signal) if setting.role in ("forward", "sum over time"):
            line = setting.partners.equations.get(signal.name)
            match line and line.expression:
                case Call(name, (Signal() as argument,)) if name in ACTIVATIONS:
                    found = replace(argument, shift=signal.shift, fixed=signal.fixed)
                    if setting.available(found):
                        yield signal, found, found


def one_minus(site: Site, setting: Setting) -> Found:
    """A share for the rest of it, or the other way round; both exchanged."""
    shares = setting.partners.shares
    match site:
        case Node(Binary("-", Number(1), Signal() as share) as rest) if share.name in shares:
            yield rest, share, share
        case Factor(factor=Signal() as share) if share.name in shares and not site.divides:
            rest = Binary("-", _ONE, share)
            slope = any(part == rest for part, _ in site.parts)
            if not slope:
                yield share, rest, site.instead(rest)
        case Formula(formula):
            for symbol in (s for s in symbols(formula) if s.name in shares):
                yield symbol, Binary("-", _ONE, symbol), _exchanged(formula, symbol)


def _exchanged(formula: Expression, share: Symbol) -> Expression:
    rest = Binary("-", _ONE, share)
    turned = substitute(formula, lambda symbol: rest if symbol == share else symbol)
    twice = Binary("-", _ONE, rest)
    return replaced(turned, lambda one: share if one == twice else None)


def extra_term(site: Site, setting: Setting) -> Found:
    """A gradient added that does not belong there: another layer's, or one from outside."""
    equation, partners = setting.equation, setting.partners
    if not isinstance(site, Result) or setting.role != "backward" or not equation.of:
        return
    if equation.of in setting.cell.preactivations.values() or equation.role is Role.CARRY:
        return
    used = {symbol.name for symbol in symbols(site.node)} | {upstream(equation.of)}
    kin = {name for name in partners.backward if bare(name) == bare(equation.target)}
    for name in (*setting.scenario.outside, *kin):
        added = Signal(name)
        fits = setting.sized(added) == setting.sized(Signal(equation.of))
        if name not in used and name != equation.target and fits and setting.available(added):
            yield site.node, added, total((site.node, added))


def average_sequences(site: Site, setting: Setting) -> Found:
    """What a batch's sequences give divided by how many there are."""
    count = setting.scenario.batch or 1
    equation = setting.equation
    match site:
        case Result(Binary("-", left, right)) if setting.role == "update" and count > 1:
            yield right, None, Binary("-", left, Binary("/", right, Number(count)))
        case Result(node) if count > 1 and equation.role in (Role.SUM_OVER_TIME, Role.LABEL):
            yield node, None, Binary("/", node, Number(count))
