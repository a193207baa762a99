"""Mistakes in what is reported of one value: another's, or not all that belongs to it.

They change no equation. Their formulas are of whole batches: a signal is units × sequences.
"""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Number,
    Signal,
    Symbol,
    Transpose,
    substitute,
    symbols,
    total,
    walk,
)
from lstm_tutor.algebra.expression import at as at_time
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS, SOFTMAX
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.rules import TOTAL
from lstm_tutor.mistakes.mistake import (
    LOOP,
    MISPRINT,
    NOT_SUMMED,
    ONE_SEQUENCE,
    TURNED,
    WRONG_AXIS,
    Edit,
    Mistake,
)
from lstm_tutor.model.symbol import Id, layer_of

_MOST_TERMS = 200
_MOST_SEQUENCES = 16


def reported(place: Id, places: Places) -> Iterator[Mistake]:
    """Yield what may be reported in a place instead of its value."""
    yield from _others(place, places)
    yield from _sequences(place, places)
    yield from _axes(place, places)
    yield from _turned(place, places)
    yield from _looped(place, places)


def _others(place: Id, places: Places) -> Iterator[Mistake]:
    """Values of other places of the same symbol or time step, and the own one turned."""
    right, shape = places.rule(place).expression, places.base(place).shape
    own = place.node
    if len(shape) == 2:
        turned = Transpose(own)
        yield Mistake((Edit(place.name, MISPRINT, right, turned, own, turned),), place)
    for other in _near(place, places):
        if other != place and places.base(other).shape == shape:
            shown = other.node
            yield Mistake((Edit(place.name, MISPRINT, right, shown, own, shown),), place)


def _near(place: Id, places: Places) -> Iterator[Id]:
    name, t = place
    return (other for other in places.places() if other.name == name or other.t == t)


def _sequences(place: Id, places: Places) -> Iterator[Mistake]:
    """One sequence of a batch for all of them, and all of them side by side."""
    batch, rule = places.scenario.batch, places.rule(place)
    if batch is None or batch < 2 or not places.summed(place) or rule.expression is None:
        return
    terms = _terms(place, places)
    if not terms or len(terms) > _MOST_TERMS:
        return
    whole = total(terms)
    for sequence in range(min(batch, _MOST_SEQUENCES)):
        new = Number(sequence)
        edit = Edit(
            place.name, ONE_SEQUENCE, rule.right, whole, place.node, new, sequence=sequence
        )
        yield Mistake((edit,), place)
    if not any(_outer(node) for node in walk(whole)):
        edit = Edit(place.name, NOT_SUMMED, rule.right, whole, place.node, whole)
        yield Mistake((edit,), place)


def _terms(place: Id, places: Places) -> tuple[Expression, ...]:
    """Return the terms that a place is the sum of, over time."""
    expression = places.rule(place).expression
    if expression != TOTAL:
        return (at_time(expression, place.t),) if expression and place.t is not None else ()
    found: list[Expression] = []
    for term in places.terms(place.name):
        inside = places.rule(term).expression
        if not places.is_term(term):
            found.append(term.node)
        elif inside is not None and term.t is not None:
            found.append(at_time(inside, term.t))
    return tuple(found)


def _outer(node: Expression) -> bool:
    return isinstance(node, Call) and FUNCTIONS[node.function].kind is Kind.OUTER


def _turned(place: Id, places: Places) -> Iterator[Mistake]:
    """A layer from right to left: its time steps in the order in which it takes them."""
    late = {layer_of(name) for name in places.scenario.cell.late}
    rule, last = places.rule(place), places.scenario.steps - 1
    terms = _terms(place, places) if late else ()
    if rule.expression is None or not terms or len(terms) > _MOST_TERMS:
        return
    own = layer_of(place.name) in late
    for name in dict.fromkeys(s.name for term in terms for s in symbols(term)):
        if not (own or layer_of(name) in late) or places.series(name) is None:
            continue

        def turned(symbol: Symbol, name: str = name) -> Symbol:
            if isinstance(symbol, Signal) and symbol.name == name:
                return Signal(name, last - symbol.shift, fixed=True)
            return symbol

        t = place.t
        part = Signal(name) if t is None else Signal(name, t, fixed=True)
        new = Signal(name, last - (t or 0), fixed=True)
        learner = substitute(total(terms), turned)
        if learner != total(terms):
            yield Mistake((Edit(place.name, TURNED, rule.right, learner, part, new),), place)


def _looped(place: Id, places: Places) -> Iterator[Mistake]:
    """A gradient with what the time step before sends, as a loop that runs forward has it."""
    rule, t, steps = places.rule(place), place.t, places.scenario.steps
    node = rule.expression
    if t is None or node is None or place.name not in places.gradients or steps < 2:
        return
    ahead = [s for s in symbols(node) if isinstance(s, Signal) and not s.fixed and s.shift > 0]
    if not ahead or places.scenario.cell.late:
        return
    begun: dict[Symbol, int] = {s: t - s.shift if t >= 0 else steps + t for s in ahead}

    def turned(symbol: Symbol) -> Expression:
        before = begun.get(symbol)
        if before is None:
            return symbol
        return Signal(symbol.name, before, fixed=True) if before >= 0 else Number(0)

    learner = at_time(substitute(node, turned), t)
    later = t + ahead[0].shift
    part: Expression = Signal(ahead[0].name, later, fixed=True) if later < steps else Number(0)
    new = turned(ahead[0])
    yield Mistake((Edit(place.name, LOOP, rule.right, learner, part, new),), place)


def _axes(place: Id, places: Places) -> Iterator[Mistake]:
    """A softmax over the sequences, over everything, or over time."""
    rule, t = places.rule(place), place.t
    match rule.expression:
        case Call(shares, (Signal(name, 0),)) if t is not None and shares == SOFTMAX:
            scores = Signal(name, t, fixed=True)
            powers = Call("exp", (scores,))
            if places.scenario.batch is not None:
                across = Transpose(Call(SOFTMAX, (Transpose(scores),)))
                found: list[Expression] = [across, Binary("/", powers, Call("sum", (powers,)))]
            else:
                times = range(min(places.scenario.steps, _MOST_TERMS))
                every = (Call("exp", (Signal(name, k, fixed=True),)) for k in times)
                found = [Binary("/", powers, total(tuple(every)))]
            for learner in found:
                own = place.node
                edit = Edit(place.name, WRONG_AXIS, rule.right, learner, own, learner)
                yield Mistake((edit,), place)
