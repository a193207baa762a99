"""Equations with a number in them that nobody told: a factor, an addend, another setting.

Which number it is, is solved for elsewhere; here stand the formulas that hold any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    Parameter,
    Signal,
    Symbol,
    addends,
    children,
    substitute,
    symbols,
    total,
    walk,
)
from lstm_tutor.algebra.functions import FUNCTIONS, ROOT, SOFTMAX, SUM
from lstm_tutor.mistakes.bends import ADDED, BENDS, bends, replaced_by
from lstm_tutor.mistakes.mistake import IN_GRADIENT, Edit
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.unknown import Unknown, Write, number
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Equation, Phase
from lstm_tutor.model.symbol import bare, gradient, old

ROOTED = "inside-the-root"
FACTOR, SETTING, DECAY, ARGUMENT, CLIPPED, SHORTENED, ALL_SHORTENED, KEPT = (
    "unknown-factor",
    "other-setting",
    "weight-decay",
    "unknown-factor-inside",
    "clipped",
    "shortened",
    "all-shortened",
    "state-kept",
)
SOLVED = BENDS | {
    FACTOR,
    ADDED,
    SETTING,
    DECAY,
    ARGUMENT,
    CLIPPED,
    SHORTENED,
    ALL_SHORTENED,
    KEPT,
}
"""The kinds with a number in them that is solved for."""


def unknowns(
    equation: Equation, setting: Setting, constants: Mapping[str, float]
) -> Iterator[Unknown]:
    """Yield the mistakes with a number in them that an equation can have."""
    right = equation.expression
    if right is None:
        return

    def edit(kind: str, learner: Expression, part: Expression, new: Expression) -> Edit:
        return Edit(equation.target, kind, right, learner, part, new, setting.role)

    def factor(k: float) -> Edit:
        new = scaled(right, k)
        return edit(FACTOR, new, right, new)

    if setting.role != "update":
        yield Unknown(FACTOR, "", 1.0, factor)
    yield from _settings(right, edit, constants)
    yield from _terms(right, edit, constants)
    yield from _inside(right, edit)
    yield from bends(right, setting, edit)
    if setting.role == "update":
        yield from _in_root(right, edit, constants)
        yield from _of_update(equation, right, edit, setting.cell)
        if old(equation.target) in setting.cell.beside:

            def begun(k: float) -> Edit:
                return edit(ADDED, Binary("+", right, number(k)), right, number(k))

            yield Unknown(ADDED, "", 0.0, begun)
    elif setting.role == "forward":

        def added(k: float) -> Edit:
            new = Binary("+", right, number(k))
            return edit(ADDED, new, right, number(k))

        yield Unknown(ADDED, "", 0.0, added)
        if equation.target in setting.cell.states:
            before = Signal(equation.target, -setting.direction(equation.target))

            def kept(k: float) -> Edit:
                old = Binary("*", number(k), before)
                new = Binary("+", old, Binary("*", number(1 - k), right))
                return edit(KEPT, new, right, new)

            yield Unknown(KEPT, "", 0.0, kept)


def scaled(node: Expression, k: float) -> Expression:
    """Return a formula times a number, or divided by a whole one."""
    if k and abs(k) < 1 and abs(round(1 / k) * k - 1) < 1e-12 and f"{k:.3g}" != f"{k:.12g}":
        return Binary("/", node, Number(round(1 / k)))
    return Binary("*", number(k), node)


def _settings(
    right: Expression, edit: Write, constants: Mapping[str, float]
) -> Iterator[Unknown]:
    """A setting of the update taken as another number."""
    for symbol in symbols(right):
        if isinstance(symbol, Parameter) and symbol.name in constants and symbol.name != "N":

            def other(k: float, symbol: Symbol = symbol) -> Edit:
                new = substitute(right, lambda s: number(k) if s == symbol else s)
                return edit(SETTING, new, symbol, number(k))

            yield Unknown(SETTING, symbol.name, constants[symbol.name], other)


def _terms(right: Expression, edit: Write, constants: Mapping[str, float]) -> Iterator[Unknown]:
    """A term with a factor."""
    terms = addends(right)
    rates = {Parameter(name) for name in constants}
    for n, term in enumerate(terms if 1 < len(terms) <= _MOST_TERMS else ()):
        updated = isinstance(term, Parameter) and bool(rates & set(symbols(right)))
        if isinstance(term, Number) or rates & set(symbols(term)) or updated:
            continue

        def other(k: float, n: int = n, term: Expression = term) -> Edit:
            new = scaled(term, k)
            learner = total((*terms[:n], new, *terms[n + 1 :]))
            bare = term.operand if isinstance(term, Negative) else term
            return edit(FACTOR, learner, bare, scaled(bare, k))

        yield Unknown(FACTOR, f"term {n}", 1.0, other)


_MOST_TERMS = 6


def _inside(right: Expression, edit: Write) -> Iterator[Unknown]:
    """A factor or an addend inside of an activation."""
    for call in _calls(right):
        (argument,) = call.arguments

        def within(
            k: float, kind: str, call: Call = call, argument: Expression = argument
        ) -> Edit:
            if kind == ARGUMENT:
                inner = Binary("*", number(k), argument)
            else:
                inner = Binary("+", argument, number(k))
            new = Call(call.function, (inner,))
            return edit(kind, replaced_by(right, call, new), call, new)

        yield Unknown(ARGUMENT, call.function, 1.0, lambda k, w=within: w(k, ARGUMENT))  # type: ignore[misc]
        if call.function != SOFTMAX:
            yield Unknown(ADDED, call.function, 0.0, lambda k, w=within: w(k, ADDED))  # type: ignore[misc]


def _calls(node: Expression) -> Iterator[Call]:
    match node:
        case Call(name, (_,)) as call if FUNCTIONS[name].activation or name == SOFTMAX:
            yield call
    for child in children(node):
        yield from _calls(child)


def _of_update(
    equation: Equation, right: Expression, edit: Write, cell: Cell
) -> Iterator[Unknown]:
    """Weight decay, and gradients that are clipped."""
    weight = Parameter(cell.weight_of(equation.target))
    yield from _decayed_first(weight, right, edit)
    if weight not in symbols(right) or equation.phase is not Phase.UPDATE:
        return

    def decayed(k: float) -> Edit:
        new = Binary("-", right, Binary("*", number(k), weight))
        return edit(DECAY, new, weight, Binary("*", number(k), weight))

    yield Unknown(DECAY, "", 0.0, decayed)

    def pulled(k: float) -> Edit:
        pull = Binary("*", number(k), Call("sign", (weight,)))
        return edit(DECAY, Binary("-", right, pull), weight, pull)

    yield Unknown(DECAY, "sign", 0.0, pulled)
    match right:
        case Binary("-", left, Binary("*", rate, change)):

            def clipped(k: float) -> Edit:
                limit = number(abs(k))
                inner = Call("max", (Negative(limit), Call("min", (limit, change))))
                learner = Binary("-", left, Binary("*", rate, inner))
                return edit(CLIPPED, learner, change, limit)

            yield Unknown(CLIPPED, "", 0.0, clipped)
            size = Call(ROOT, (Call(SUM, (Binary("**", change, Number(2)),)),))

            def shortened(k: float) -> Edit:
                limit = number(abs(k))
                inner = Binary("/", change, Call("max", (Number(1), Binary("/", size, limit))))
                learner = Binary("-", left, Binary("*", rate, inner))
                return edit(SHORTENED, learner, change, limit)

            yield Unknown(SHORTENED, "", 0.0, shortened)

            def alike_shortened(k: float) -> Edit:
                inner = Binary("*", number(k), change)
                learner = Binary("-", left, Binary("*", rate, inner))
                return edit(ALL_SHORTENED, learner, change, number(k))

            yield Unknown(ALL_SHORTENED, "", 1.0, alike_shortened)


def _in_root(
    right: Expression, edit: Write, constants: Mapping[str, float]
) -> Iterator[Unknown]:
    """Another number inside of a root than the one that is added to it."""
    for node in dict.fromkeys(walk(right)):
        match node:
            case Binary("+", Call(function, (inner,)), Parameter(name)) if (
                function == ROOT and name in constants
            ):

                def rooted(
                    k: float, node: Expression = node, inner: Expression = inner
                ) -> Edit:
                    new = Call(ROOT, (Binary("+", inner, number(abs(k))),))
                    return edit(ROOTED, replaced_by(right, node, new), node, new)

                yield Unknown(ROOTED, name, 0.0, rooted, bent=True)


def _decayed_first(weight: Parameter, right: Expression, edit: Write) -> Iterator[Unknown]:
    """Weight decay in the gradient, of which an update makes more than a step."""
    own = Parameter(gradient(weight.name))
    if own not in symbols(right) or weight in symbols(right):
        return
    for part, pulling in (("gradient", weight), ("gradient's sign", Call("sign", (weight,)))):

        def decayed(k: float, pulling: Expression = pulling) -> Edit:
            pull = Binary("*", number(k), pulling)
            new = Binary("+", own, pull)
            learner = substitute(right, lambda s: new if s == own else s)
            return replace(edit(DECAY, learner, weight, pull), way=IN_GRADIENT)

        yield Unknown(DECAY, part, 0.0, decayed)


def alike(target: str, setting: Setting) -> str:
    """Return a name that equations share which have such a mistake together."""
    if setting.role == "update":
        return bare(target).replace(bare(setting.cell.weight_of(target)), "*")
    if setting.role == "sum over time":
        return "gradients"
    quantity = setting.cell.quantities.get(target)
    if quantity is not None and quantity.gate:
        return setting.cell.at_gate(quantity, "*")
    return target
