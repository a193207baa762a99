"""Equations that bend somewhere, at a number that nobody told: a limit, a leak, a smoothing."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    Signal,
    rebuild,
    substitute,
    symbols,
    walk,
)
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.mistakes.mistake import Edit
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.unknown import Unknown, Write, number
from lstm_tutor.model.equation import Role
from lstm_tutor.model.loss import SHARES
from lstm_tutor.model.symbol import LABEL

ADDED = "unknown-addend"
CLAMPED, LEAKING, SMOOTHED, HUBER = (
    "clamped",
    "leaking",
    "label-smoothed",
    "huber",
)
BENDS = frozenset({CLAMPED, LEAKING, SMOOTHED, HUBER})


def bends(right: Expression, setting: Setting, edit: Write) -> Iterator[Unknown]:
    """Yield the mistakes of an equation that has a number in it at which it bends."""
    if setting.role in ("forward", "backward"):
        own = Signal(setting.equation.target)

        def clamped(k: float) -> Edit:
            return edit(CLAMPED, _between(right, k), own, number(abs(k)))

        yield Unknown(CLAMPED, "", 0.0, clamped, bent=True)
        yield from _leaks(right, edit)
    if setting.role == "loss":
        yield from _of_loss(right, edit)
    if setting.role == "loss" or setting.equation.role is Role.LABEL:
        yield from _smoothed(right, setting, edit)


def _between(node: Expression, k: float) -> Expression:
    limit = number(abs(k))
    return Call("max", (Negative(limit), Call("min", (limit, node))))


def _leaks(right: Expression, edit: Write) -> Iterator[Unknown]:
    """A rectifier that leaks, in place of an activation."""
    for call in dict.fromkeys(walk(right)):
        match call:
            case Call(name, (argument,)) if FUNCTIONS[name].activation:

                def leaking(k: float, call: Call = call, a: Expression = argument) -> Edit:
                    new = Call("max", (Binary("*", number(k), a), a))
                    return edit(LEAKING, replaced_by(right, call, new), call, new)

                yield Unknown(LEAKING, name, 0.0, leaking, bent=True)


def _of_loss(right: Expression, edit: Write) -> Iterator[Unknown]:
    """The loss of Huber for squares, and a least share, or one more, in a logarithm."""
    for node in dict.fromkeys(walk(right)):
        match node:
            case Binary("**", error, Number(2)):

                def huber(k: float, square: Expression = node, e: Expression = error) -> Edit:
                    size = Call("abs", (e,))
                    small = Call("min", (number(abs(k)), size))
                    rest = Binary("-", size, Binary("/", small, Number(2)))
                    new = Binary("*", Binary("*", Number(2), small), rest)
                    return edit(HUBER, replaced_by(right, square, new), square, number(abs(k)))

                yield Unknown(HUBER, "", 0.0, huber, bent=True)
            case Call(name, (share,)) if not FUNCTIONS[name].domain.closed:

                def floor(k: float, call: Call = node, p: Expression = share) -> Edit:
                    new = Call(call.function, (Call("max", (number(abs(k)), p)),))
                    return edit(CLAMPED, replaced_by(right, call, new), p, number(abs(k)))

                yield Unknown(CLAMPED, name, 0.0, floor, bent=True)

                def more(k: float, call: Call = node, p: Expression = share) -> Edit:
                    new = Call(call.function, (Binary("+", p, number(k)),))
                    return edit(ADDED, replaced_by(right, call, new), call, new)

                yield Unknown(ADDED, name, 0.0, more, bent=True)


def _smoothed(right: Expression, setting: Setting, edit: Write) -> Iterator[Unknown]:
    """Labels that are mixed with equal shares."""
    label = Signal(LABEL)
    count = setting.sized(Signal(setting.cell.output))
    if setting.scenario.loss.labels != SHARES or label not in symbols(right) or not count:
        return

    def smoothed(k: float) -> Edit:
        kept = Binary("*", number(1 - k), label)
        new = Binary("+", kept, Binary("/", number(k), Number(count[0])))
        learner = substitute(right, lambda s: new if s == label else s)
        return edit(SMOOTHED, learner, label, new)

    yield Unknown(SMOOTHED, "", 0.0, smoothed)


def replaced_by(node: Expression, old: Expression, new: Expression) -> Expression:
    """Return a formula with another part wherever one stands."""
    if node == old:
        return new
    return rebuild(node, lambda child: replaced_by(child, old, new))
