"""Mistakes between a readout and its loss: softmax, logarithms, labels; see `operators`."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tutor.algebra.derivative import gradients
from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Number,
    Signal,
    replaced,
    symbols,
    total,
    walk,
)
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS, summed_over_time
from lstm_tutor.algebra.product import Product
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import Formula, Found, Node, Result, Site, product_of
from lstm_tutor.model.equation import Role
from lstm_tutor.model.loss import NUMBERS, losses
from lstm_tutor.model.symbol import DELTA, LOSS, bare, layer_of

_ONE = Number(1)
_BASES = (Number(2), Number(10))


def drop_loss(site: Site, setting: Setting) -> Found:
    """The loss of a time step left out."""
    target = setting.equation.target
    starts = setting.equation.role is Role.LABEL or bare(target) == DELTA
    match site:
        case Result(node) if summed_over_time(node) is None and (starts or target == LOSS):
            if not _from_layers(node, target):
                yield node, None, Number(0)


def nothing_from_above(site: Site, setting: Setting) -> Found:
    """All that the layer above sends back left out."""
    target = setting.equation.target
    if isinstance(site, Result) and bare(target) == DELTA and _from_layers(site.node, target):
        yield site.node, None, Number(0)


def _from_layers(node: Expression, target: str) -> bool:
    """Whether a formula reads what belongs to other layers than its own."""
    layers = {layer_of(symbol.name) for symbol in symbols(node)}
    return bool(layers - {"", layer_of(target)})


def softmax_alone(site: Site, setting: Setting) -> Found:
    """Of softmax's derivative only what a score does to its own share."""
    if isinstance(site, Result):
        for arrived, value in _through_list(setting):
            yield site.node, None, _of(arrived, value, Binary("-", _ONE, value))


def softmax_left_out(site: Site, setting: Setting) -> Found:
    """The gradient at softmax's value in place of that at its input."""
    if isinstance(site, Result):
        for arrived, _ in _through_list(setting):
            yield site.node, arrived, arrived


def no_division(site: Site, setting: Setting) -> Found:
    """The divisions left out: of a loss's gradient, also on its way through softmax."""
    if not isinstance(site, Result) or setting.equation.role is not Role.LABEL:
        return
    through = list(_through_list(setting))
    for arrived, value in through:
        yield site.node, None, _through_softmax(_undivided(arrived), value)
    if not through:
        yield site.node, None, _undivided(site.node)


def slope_once_more(site: Site, setting: Setting) -> Found:
    """The slope of the activation once too often."""
    if not isinstance(site, Result) or setting.role != "backward":
        return
    if bare(setting.equation.target) == DELTA:  # of an output, not of what is made of it
        bent = Binary("-", _ONE, Binary("**", Signal(setting.equation.of), Number(2)))
        new = _of(site.node, bent)
        yield site.node, new, new
    for value, function in _activation(setting):
        row = FUNCTIONS[function]
        slope: tuple[Expression, ...] = (value, Binary("-", _ONE, value))
        if row.kind is not Kind.ALONG:
            slope = (row.slope(0, (Signal(setting.equation.of),), value),)
        new = _of(site.node, *slope)
        yield site.node, new, new


def other_loss(site: Site, setting: Setting) -> Found:
    """Another loss, or the gradient of another one."""
    equation, loss = setting.equation, setting.scenario.loss
    if not isinstance(site, Result) or loss.labels == NUMBERS:
        return
    output = Signal(setting.cell.output)
    others = [one.of(output.name) for one in losses().values() if one.labels == NUMBERS]
    if equation.target == LOSS and equation.role is not Role.SUM_OVER_TIME:
        yield from ((site.node, new, new) for new in others)
    elif equation.role is Role.LABEL and loss.expression is not None and equation.terms:
        through = list(_through_list(setting))
        for other in others:
            new = _gradient(other, setting, output)
            for _, value in through:
                new = _through_softmax(new, value)
            if through or equation.of == output.name:
                yield site.node, new, new


def other_base(site: Site, setting: Setting) -> Found:
    """Logarithms, or powers, to another base."""
    match site:
        case Formula(node) if any(_is(part, "log") for part in walk(node)):
            for base in _BASES:

                def other(part: Expression, base: Number = base) -> Expression | None:
                    if not _is(part, "log"):
                        return None
                    return Binary("/", part, Call("log", (base,)))

                new = replaced(node, other)
                yield node, new, new
        case Node(Call(name, (argument,)) as call) if _is(call, "softmax") or _is(call, "exp"):
            for base in _BASES:
                inner = Binary("*", Call("log", (base,)), argument)
                yield call, Call(name, (inner,)), Call(name, (inner,))


def _is(node: Expression, function: str) -> bool:
    return isinstance(node, Call) and node.function == function


def _of(*factors: Expression) -> Expression:
    return product_of([(factor, False) for factor in factors])


def _through_softmax(arrived: Expression, value: Expression) -> Expression:
    """Return a gradient at a softmax's value as it is at its input."""
    both = _of(arrived, value)
    return Binary("-", both, Binary("*", value, Call("sum", (both,))))


def _undivided(node: Expression) -> Expression:
    def bare(part: Expression) -> Expression | None:
        match part:
            case Binary("/", left, right) if not isinstance(right, Number):
                return _undivided(left)
        return None

    return replaced(node, bare)


def _activation(setting: Setting) -> Iterator[tuple[Signal, str]]:
    """Yield the signal that an activation makes of what a gradient is of, and by which."""
    for line in setting.cell.equations:
        match line.expression:
            case Call(name, (Signal() as argument,)) if argument == Signal(setting.equation.of):
                if FUNCTIONS[name].activation or FUNCTIONS[name].kind is Kind.ALONG:
                    yield Signal(line.target), name


def _through_list(setting: Setting) -> Iterator[tuple[Expression, Signal]]:
    """Yield what arrives at the value of a softmax, and the value, if the gradient of an
    equation comes through one.
    """
    found = [value for value, name in _activation(setting) if FUNCTIONS[name].whole]
    terms = setting.equation.terms
    if setting.role != "backward" or not found or not terms:
        return
    arrived: list[Expression] = []
    for term in terms:
        first, *others = term.links
        if term.gradient is not None and not others:
            arrived.append(term.gradient)
        elif term.gradient is None and len(others) == 1 and first.local is not None:
            arrived.append(first.local)
    if len(arrived) == len(terms):
        yield total(tuple(arrived)), found[0]


def _gradient(loss: Expression, setting: Setting, output: Signal) -> Expression:
    """Return the gradient of a loss by the output."""
    axes = setting.cell.signals[output.name]
    found = gradients(loss, Product(), lambda s: axes if isinstance(s, Signal) else ())
    return total(tuple(one.whole.expression() for one in found if one.symbol == output))
