"""A program worked place by place on the formulas' trees: the executor's other opinion.

It shares with the executor which places there are and what an index beyond the ends reads,
and nothing of how values are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import Expression, Signal, Symbol, addends, symbols
from lstm_tutor.execution.existence import missing
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.rules import TOTAL
from lstm_tutor.execution.world import World
from lstm_tutor.model.symbol import Id
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]


def walked(
    places: Places,
    world: World | None = None,
    change: Callable[[Id, Array], Array] = lambda _, value: value,
    given: Mapping[Id, Array] | None = None,
) -> dict[Id, Array]:
    """Return the value of every computed place, in order of evaluation.

    Args:
        places: the right program.
        world: formulas that stand instead of the right ones.
        change: what becomes of each value before others use it.
        given: values of what is given that stand in place of the scenario's.
    """
    found: dict[Id, Array] = dict(given or {})
    for place in places.places():
        value = _value(places, world or World(), place, found)
        if value is not None:
            found[place] = change(place, value)
    return found


def _value(places: Places, world: World, place: Id, found: Mapping[Id, Array]) -> Array | None:
    rule, base = places.rule(place), places.base(place)
    edited = world.expression(rule, place.t, places.program.cell)
    expression = rule.expression if edited is None else edited
    if expression is None:
        return None
    equation = places.equation(place.name)

    def changed(other: Id) -> Array | None:
        if other.name == TOTAL.name:
            return _total(places, place, found)
        return None if rule.expression is None else found.get(other)

    if expression == TOTAL:
        return _total(places, place, found)
    if edited is None and equation is not None and place.t is not None:
        # a term that does not exist may divide by what is not there
        gone = [missing(places.scenario, term, place.t) for term in equation.terms]
        if any(gone) and all(gone):
            return base
        expression = equation.with_zeros(gone) if any(gone) else expression
    with np.errstate(all="ignore"):
        try:
            single = place in world.once
            lookup = places.lookup(place.t, changed)
            value = _existing(places, place, expression, lookup, single=single)
        except ValueError:  # operands whose shapes do not fit
            return np.array(np.nan)
    if value.size == base.size == 1:
        return value.reshape(base.shape)
    whole = not value.ndim and not symbols(expression)
    return np.array(np.broadcast_to(value, base.shape)) if whole else value


def _existing(
    places: Places, place: Id, node: Expression, lookup: Any, *, single: bool
) -> Array:
    """Walk a formula, in each sequence without the terms whose loss it does not have."""
    if place.t is None or places.is_term(place):
        return _evaluated(places, place, node, lookup)
    found = None
    cases = places.cases(place.name, range(place.t, place.t + 1), node, single=single)
    for part, there in cases:
        value = _evaluated(places, place, part, lookup)
        value = value if there.all() else np.where(there[0], value, 0)
        found = value if found is None else found + value
    return places.base(place) * 0 if found is None else found


def _evaluated(places: Places, place: Id, node: Expression, lookup: Any) -> Array:
    """Walk a formula, in a batch once for each sequence."""
    batch = places.scenario.batch
    over_all = batch is not None and (place.t is None or places.is_term(place))
    if over_all and len(addends(node)) > 1:
        parts = [_evaluated(places, place, part, lookup) for part in addends(node)]
        return np.asarray(sum(parts[1:], parts[0]))
    if batch is None or not any(isinstance(symbol, Signal) for symbol in symbols(node)):
        value = np.asarray(evaluate(node, lookup))
        alike = not over_all and places.base(place).shape == (*value.shape, batch)
        return np.stack([value] * (batch or 1), axis=-1) if alike else value

    def one(sequence: int) -> Callable[[Symbol], Any]:
        def value(symbol: Symbol) -> Any:
            found = np.asarray(lookup(symbol))
            return found[..., sequence] if isinstance(symbol, Signal) and found.ndim else found

        return value

    values = [np.asarray(evaluate(node, one(s))) for s in range(batch)]
    if place.t is None or places.is_term(place):
        return np.asarray(sum(values[1:], values[0]))
    return np.stack(values, axis=-1)


def _total(places: Places, place: Id, found: Mapping[Id, Array]) -> Array:
    terms = [found[term] for term in places.terms(place.name)]
    try:
        whole = np.asarray(sum(terms[1:], terms[0])) if terms else places.base(place)
        batch = places.scenario.batch is not None
        several = batch and whole.ndim > len(places.shape(place.name))
        return np.asarray(whole.sum(-1) if several else whole)
    except ValueError:
        return np.array(np.nan)


def terms_add_up(trace: Trace) -> float:
    """Return how far any gradient is from the sum of its terms, each walked alone."""
    worst = 0.0
    for step in trace:
        if step.t is None or not step.terms:
            continue
        total = sum((term.value for term in step.terms), np.zeros_like(step.value))
        worst = max(worst, float(np.abs(total - step.value).max()))
        for term, made in zip(step.equation.terms, step.terms, strict=True):
            assert made.missing == missing(trace.scenario, term, step.t)
    return worst
