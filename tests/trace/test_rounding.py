"""How far values can be off by rounding: for all time steps at once as place by place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from drawing import LITERATURE, scenario_of
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Expression, Parameter, Symbol
from lstm_tutor.algebra.precision import with_radius
from lstm_tutor.diagnosis.rounding import Radii
from lstm_tutor.diagnosis.working import Working
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.batch import Lookup, of_sequence, together
from lstm_tutor.execution.rules import TOTAL
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.model.symbol import Id
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import Trace, compute

Array = NDArray[Any]
LITTLE = 1e-6
BUNDLED = ("gomez", "many-to-one", "batch-of-two", "both-directions", "hello", "upstream")
NAMES = [*BUNDLED, "peephole", "gru-reset-before", "mgu"]


class Walk:
    """The radii of every place, each found on its formula's tree from those before it."""

    def __init__(self, run: Runs, units: Mapping[Id, Array], working: Working) -> None:
        self._run = run
        self._units = units
        self._working = working
        self.found: dict[Id, Array] = {}
        self._sizes: dict[Id, Array] = {}
        for place in run.places.places():
            if run.places.rule(place).expression is not None:
                self._add(place)

    def _add(self, place: Id) -> None:
        places, value = self._run.places, self._run.value(place)
        expression, operands = places.rule(place).expression, places.operands(place)
        assert expression is not None
        if expression == TOTAL:
            radii_of = [(one, self._radius(one)) for one in operands]
            sizes_of = [(one, self._size(one, self._run.value(one))) for one in operands]
            radius = np.asarray(sum(self._there(*pair) for pair in radii_of))
            size = np.asarray(sum(self._there(*pair) for pair in sizes_of))
            if radius.ndim > value.ndim:
                radius, size = radius.sum(-1), size.sum(-1)
        else:
            values = self._run.lookup(place.t)

            def of(symbol: Symbol) -> Id:
                if isinstance(symbol, Parameter) or symbol.fixed:
                    return Id.of(symbol)
                return Id(symbol.name, (place.t or 0) + symbol.shift)

            def radii(symbol: Symbol) -> Any:
                return np.broadcast_to(self._radius(of(symbol)), np.shape(values(symbol)))

            def moved(symbol: Symbol) -> Any:
                return LITTLE * self._size(of(symbol), values(symbol))

            radius = self._walked(place, expression, values, radii)
            change = self._walked(place, expression, values, moved)
            size = np.maximum(change / LITTLE, np.abs(value))
        if self._working.by_hand:
            radius = radius + self._working.radius(value)
        else:  # a program rounds the parts
            radius = radius + self._working.radius(size)
            largest = np.max(size, initial=0.0)
            if 0 < largest < np.inf:
                radius = np.minimum(radius, largest * 10.0 ** (-self._working.digits / 2))
        self.found[place], self._sizes[place] = np.asarray(radius), size

    def _walked(
        self, place: Id, expression: Expression, values: Lookup, radii: Lookup
    ) -> Array:
        def one(part: Expression, sequence: int | None) -> Any:
            value, radius = (of_sequence(of, sequence) for of in (values, radii))
            return with_radius(part, lambda symbol: (value(symbol), radius(symbol)))[1]

        places = self._run.places
        batch, summed = places.scenario.batch, places.summed(place)
        return np.asarray(together(expression, batch, one, summed=summed))

    def _there(self, place: Id, amount: Any) -> Any:
        places, t = self._run.places, place.t
        node = None if t is None or places.is_term(place) else places.rule(place).expression
        if node is None or t is None or places.scenario.batch is None:
            return amount
        masks = [there for _, there in places.cases(place.name, range(t, t + 1), node)]
        there = np.any(masks, axis=0)
        return np.where(there[0] if there.ndim else there, amount, 0.0)

    def _radius(self, place: Id) -> Any:
        return self._units.get(place, self.found.get(place, 0.0))

    def _size(self, place: Id, value: Any) -> Any:
        return np.abs(value) if place in self._units else self._sizes.get(place, np.abs(value))


def _trace(name: str) -> Trace:
    if name in BUNDLED:
        return compute(load(name))
    return compute(scenario_of(LITERATURE[name], hidden=2, inputs=3, steps=4))


@pytest.mark.parametrize("digits", [4.0, 7.0])
@pytest.mark.parametrize("share", [0.0, 0.4, 0.9, 1.0])
@pytest.mark.parametrize("name", NAMES)
def test_all_time_steps_at_once_are_as_each_alone(
    name: str, share: float, digits: float
) -> None:
    """Whatever a person gives, each radius is what its formula's tree says."""
    places = _trace(name).places
    random = np.random.default_rng(7)
    own: dict[Id, Array] = {}
    for place in places.places():
        base = places.base(place)
        if places.rule(place).expression is not None and random.random() < share:
            own[place] = base * (1 + 1e-3 * random.normal(size=base.shape))
    units = {place: np.full(value.shape, 1e-4) for place, value in own.items()}
    run, working = Runs(places, [world(carried=True)], own), Working(digits)
    right, found = Walk(run, units, working).found, Radii(run, units, working)
    for place, radius in right.items():
        whole = np.broadcast_to(radius, places.base(place).shape)
        assert np.allclose(found.before(place), whole, rtol=1e-9, atol=1e-300), place


def test_a_cut_lets_no_rounding_through() -> None:
    """Where truncation cuts gradients, what comes after the cut adds nothing."""
    trace = compute(load("truncated"))
    run = Runs(trace.places, [world()])
    cut = next(t for t in range(trace.scenario.steps) if trace.scenario.cut_after(t))
    assert not Radii(run, {}, Working(4.0)).before(Id("deltaOut", cut)).any()


def test_a_value_of_another_shape_says_nothing_of_what_reads_it() -> None:
    """What a person gives in a shape that does not fit leaves its readers without a bound."""
    places = compute(load("two-units")).places
    own = {Id("h", 0): np.ones(3)}
    run = Runs(places, [world(carried=True)], own)
    radii = Radii(run, {Id("h", 0): np.full(3, 1e-4)}, Working(4.0))
    assert np.isinf(radii.before(Id("z_a", 1))).all()
    assert np.isfinite(radii.before(Id("z_a", 0))).all()
