"""The executor: its values, its lanes with mistakes, its order and its layouts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from drawing import ALL_CELLS, LITERATURE, OF_NUMBERS, scenario_of
from numpy.typing import NDArray
from oracle import walked
from pages import wrong_gradients, wrong_sums, wrong_values
from worlds import BUNDLED, compared, mistakes_of, sample
from worlds import trace_of as small_trace

from lstm_tutor.algebra.expression import Binary, Negative, Number, Signal
from lstm_tutor.algebra.parser import parse
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution import world as lanes
from lstm_tutor.execution.executor import Executor
from lstm_tutor.execution.fusion import alone
from lstm_tutor.execution.order import NoOrder, blocks
from lstm_tutor.execution.program import program_of
from lstm_tutor.execution.world import World, pieces
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.files.document import parse as parse_yaml
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.composition import BACKWARD, FORWARD, Layer, composed
from lstm_tutor.model.equation import Equation, Phase
from lstm_tutor.model.page import own_cell
from lstm_tutor.model.symbol import Id
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import Trace, compute

_LOSSES = list(OF_NUMBERS)
# hidden, inputs, steps, labelled, truncate: all different, all equal, one of each, cut
SIZES: dict[str, dict[str, Any]] = {
    "different": {"hidden": 3, "inputs": 2, "steps": 4},
    "equal": {"hidden": 3, "inputs": 3, "steps": 3, "labelled": (True, False, True)},
    "one": {"hidden": 1, "inputs": 1, "steps": 1},
    "last label": {"hidden": 2, "inputs": 3, "steps": 4, "labelled": (False,) * 3 + (True,)},
    "cut": {"hidden": 2, "inputs": 2, "steps": 5, "truncate": 2},
}
every_cell = pytest.mark.parametrize("name", ALL_CELLS)
every_size = pytest.mark.parametrize("size", SIZES)


def _scenario(name: str, size: str) -> Scenario:
    number = [*ALL_CELLS].index(name) + [*SIZES].index(size)
    loss = _LOSSES[number % len(_LOSSES)]
    return scenario_of(ALL_CELLS[name], seed=number, loss=loss, **SIZES[size])


@cache
def _trace(name: str, size: str) -> Trace:
    return compute(_scenario(name, size))


@every_size
@every_cell
def test_its_values_are_those_of_the_walk(name: str, size: str) -> None:
    """Of every cell and size, states given before the first time step."""
    trace = _trace(name, size)
    assert all(value.any() for value in trace.scenario.initial.values())
    assert wrong_values(trace) == []


@pytest.mark.parametrize("name", bundled())
def test_its_values_on_bundled_scenarios_are_those_of_the_walk(name: str) -> None:
    """Long ones, saturated ones, cut ones."""
    assert wrong_values(compute(load(name))) == []


@every_size
@every_cell
def test_its_gradients_are_the_complex_steps(name: str, size: str) -> None:
    """Of every parameter and initial state, to 1e-9."""
    assert wrong_gradients(_trace(name, size)) == []


@every_cell
def test_the_losses_shares_add_up(name: str) -> None:
    """To each gradient at a time step and of a parameter, cut or not."""
    for size in ("different", "cut"):
        assert wrong_sums(_trace(name, size)) == []


@pytest.mark.long
@pytest.mark.parametrize("name", ["gomez", "gru-two-units", "truncated", *LITERATURE])
def test_a_lane_has_what_its_world_has(name: str) -> None:
    """A sample of all mistakes, each walked alone; `python -m worlds` takes all."""
    trace = small_trace(name)
    chosen = sample(trace, 12, seed=len(name))
    found = compared(trace, chosen)
    assert found.differences == []
    assert found.worlds >= 6
    for mistake in chosen[::6]:  # no other lane reads for it
        assert compared(trace, [mistake]).differences == []


@pytest.mark.long
def test_pieces_of_many_worlds_are_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in several pieces for want of memory, or in one: the same values."""
    trace = small_trace(BUNDLED[1])
    every = [world([mistake]) for mistake in mistakes_of(trace)[::80]]
    together = Runs(trace.places, every)
    assert len(list(pieces(trace.places, every))) == 1
    monkeypatch.setattr(lanes, "_MOST_BYTES", 30_000)
    parts = [Runs(trace.places, part) for part in pieces(trace.places, every)]
    assert len(parts) > 3
    assert sum(len(part.worlds) for part in parts) == len(every)
    apart = [(part, lane) for part in parts for lane in range(len(part.worlds))]
    for number, (part, lane) in enumerate(apart):
        for place in trace.places.places():
            one, other = together.value(place, number), part.value(place, lane)
            assert np.allclose(one, other, rtol=1e-12, atol=1e-15, equal_nan=True), place


@every_cell
def test_stacks_and_single_statements_give_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How statements lie beside each other in memory changes no value."""
    scenario = _scenario(name, "different")
    prepared = program_of(scenario).prepared
    stacked = _run(scenario, prepared)
    apart = replace(prepared)
    monkeypatch.setitem(apart.__dict__, "stacked", alone(apart.all))
    single = _run(scenario, apart)
    assert stacked.keys() == single.keys()
    for symbol, value in single.items():
        assert np.allclose(stacked[symbol], value, rtol=1e-12, atol=1e-15), symbol


def _run(scenario: Scenario, prepared: Any) -> dict[str, NDArray[Any]]:
    executor = Executor(scenario, prepared)
    executor.put(scenario.parameters)
    executor.run()
    kept = [s for s in prepared.all if s.kept and s.only is None]
    return {
        s.target: executor.signal(s.target) if s.over_time else executor.parameter(s.target)
        for s in kept
    }


def _equations(**right: str) -> list[Equation]:
    return [
        Equation(target, parse(text, derived=True), Phase.FORWARD, target)
        for target, text in right.items()
    ]


def test_past_and_future_at_once_have_no_order() -> None:
    """Equations that read each other before and after are refused by name."""
    with pytest.raises(NoOrder, match="u, v: they read each other's past and future") as found:
        blocks(_equations(u="v[t-1] + w[t]", v="u[t+1]", w="x[t]"))
    assert set(found.value.targets) == {"u", "v"}


def test_a_circle_within_a_time_step_has_no_order() -> None:
    """Equations that need each other's values of one time step are refused by name."""
    with pytest.raises(NoOrder, match="within a time step") as found:
        blocks(_equations(w="x[t]", u="v[t] + w[t]", v="u[t]"))
    assert set(found.value.targets) == {"u", "v"}


def test_what_needs_nothing_of_itself_is_no_loop() -> None:
    """Only equations that need each other over time take their time steps one by one."""
    found = blocks(
        _equations(h="a[t] * h[t-1]", a="x[t]", o="h[t-1] + a[t]", g="g[t+1] + o[t]")
    )
    order = [([e.target for e in block.equations], block.direction) for block in found]
    assert order == [(["a"], 0), (["h"], 1), (["o"], 0), (["g"], -1)]


def test_a_run_that_may_end_with_a_total_has_all_of_it() -> None:
    """The sum of a loss stands after the loop that computes the loss of each time step."""
    places = compute(load("hello")).places
    turned = World({"L": parse("sum(y[t] * log(p[t]))")})
    runs = Runs(places, [turned], wanted=["L"], last=Id("L"))
    np.testing.assert_allclose(runs.predicted(Id("L")), -places.base(Id("L")))


DELAYED = """
gates: {a: candidate}
axes:
  {x: [input], h: [hidden], W: [hidden, input], U: [hidden, hidden], V: [hidden, hidden],
   p: [hidden]}
equations: |
  z_a[t] = W_a @ x[t] + U_a @ h[t-3] + V_a @ p_a
  a[t] = tanh(z_a[t])
  h[t] = a[t] * h[t-1] + tanh(h[t-3])
"""


@pytest.mark.parametrize("steps", [1, 4])
def test_what_comes_before_initial_states_is_as_it_is_walked(steps: int) -> None:
    """Mistakes at the gradients of initial states, three steps early and beyond a cut."""
    cell = own_cell(parse_yaml(DELAYED, "delayed.yaml", "cell"), "delayed")
    trace = compute(scenario_of(cell, steps=steps, truncate=2))
    early = [one for one in mistakes_of(trace) if one.edits[0].place.t is not None]
    found = compared(trace, early[:: 1 + len(early) // 60])
    assert found.differences == []
    assert found.worlds > 20


CHAIN = """
gates: {a: candidate}
axes:
  {x: [input], h: [hidden], q: [hidden], r: [hidden], W: [hidden, input],
   U: [hidden, hidden], p: [hidden]}
equations: |
  z_a[t] = W_a @ x[t] + U_a @ h[t-1]
  a[t] = tanh(z_a[t])
  h[t] = p_a * a[t]
  q[t] = tanh(h[t])
  r[t] = tanh(q[t])
"""


@pytest.mark.parametrize("steps", [1, 3])
def test_lanes_that_read_more_and_less_later_are_as_each_is_walked(steps: int) -> None:
    """One lane's loop over time takes in what another's reads as well."""
    cell = own_cell(parse_yaml(CHAIN, "chain.yaml", "cell"), "chain")
    places = compute(scenario_of(cell, steps=steps)).places
    worlds = [
        World({"z_a": parse("W_a @ x[t] + U_a @ r[t-1]")}),
        World({"h": parse("p_a * a[t] + q[t-1]")}),
        World({"q": parse("tanh(h[t]) + r[t-1]")}),
    ]
    runs = Runs(places, worlds)
    for lane, one in enumerate(worlds):
        for place, value in walked(places, one).items():
            found = runs.value(place, lane)
            np.testing.assert_allclose(found, value, rtol=1e-12, atol=1e-15, err_msg=str(place))


@pytest.mark.parametrize("read", ["size(x[t])", "2", "p_a"])
def test_an_outer_product_with_what_has_no_time_is_as_it_is_walked(read: str) -> None:
    """A number or a parameter in place of a signal, in a sum over time."""
    cell = own_cell(parse_yaml(CHAIN, "chain.yaml", "cell"), "chain")
    places = compute(scenario_of(cell, hidden=2, inputs=2, steps=3)).places
    formula = f"outer(da[t], x[t]) + outer(da[t], {read})"
    one = World({"dW_a": parse(formula, derived=True)})
    found = Runs(places, [one, World()]).value(Id("dW_a"))
    np.testing.assert_allclose(found, walked(places, one)[Id("dW_a")], rtol=1e-12)


def test_a_parameter_times_another_has_the_gradient_of_all_sequences() -> None:
    """What is the same in every sequence of a batch counts once for each."""
    cell = own_cell(parse_yaml(DELAYED, "delayed.yaml", "cell"), "delayed")
    one, other = (scenario_of(cell, seed=seed) for seed in range(2))
    other = replace(other, parameters=one.parameters)
    batch = replace(
        one,
        inputs=np.stack([one.inputs, other.inputs], axis=-1),
        labels=np.stack([one.labels, other.labels], axis=-1),
        labelled=np.stack([one.labelled, other.labelled], axis=-1),
        initial={
            place: np.stack([value, other.initial[place]], axis=-1)
            for place, value in one.initial.items()
        },
    )
    for name in ("dV_a", "dp_a", "dW_a"):
        both = compute(batch).find(name).value
        alone = [compute(scenario).find(name).value for scenario in (one, other)]
        np.testing.assert_allclose(both, alone[0] + alone[1], rtol=1e-12)


@pytest.mark.parametrize("direction", [FORWARD, BACKWARD])
def test_a_missing_label_sends_nothing_in_any_world(direction: str) -> None:
    """Where δ reads another gradient too and so lies in a loop, its own part of a missing label
    is left out, of a world with a mistake elsewhere, in δ's other term, or in its own; what
    its other terms send stays. What stands at that time step alone and reads no label is
    meant for it.
    """
    page = composed([Layer(_counting(), direction=direction)])
    labelled = (True, False, True)
    places = compute(scenario_of(page, inputs=2, steps=3, labelled=labelled)).places
    delta = places.equation("delta")
    assert delta is not None and delta.expression is not None
    own, other = sorted(delta.terms, key=lambda term: not term.starts)
    assert own.starts and not other.starts
    twice = Binary("*", Number(2), delta.expression)
    loud = Binary("+", other.expression, Binary("*", Number(3), own.expression))
    squared = Binary("+", other.expression, Binary("**", Signal("h"), Number(2)))
    worlds = [
        World(everywhere=edit)
        for edit in (
            {"dW_a": parse("sum_t(outer(da[t], x[t])) * 2", derived=True)},
            {"delta": other.expression},
            {"delta": twice},
            {"delta": loud},
            {"delta": squared},
            {"delta": Negative(delta.expression)},
        )
    ]
    runs = Runs(places, worlds)
    right = places.base(Id("delta", 1))
    assert np.abs(right).min() > 1e-6
    for lane, factor in enumerate((1, 1, 2, 1, 1, -1)):
        later = runs.formula(Id("delta", 1), other.expression, lane)
        assert np.allclose(runs.value(Id("delta", 1), lane), factor * later, rtol=1e-12)
        assert np.allclose(runs.predicted(Id("delta", 1), lane), factor * later, rtol=1e-12)
    only = [World(once={Id("delta", 1): twice}), World(once={Id("delta", 1): squared})]
    single = Runs(places, only)
    assert np.allclose(single.value(Id("delta", 1), 0), 2 * right, rtol=1e-12)
    output = places.base(Id("h", 1))
    assert np.allclose(single.value(Id("delta", 1), 1), right + output**2, rtol=1e-12)


def _counting() -> Cell:
    """A cell whose output is read again at its own time step, by a state of its own."""
    text = """
gates:
  a: gate a
axes:
  {x: [input], h: [hidden], n: [hidden], W: [hidden, input], U: [hidden, hidden], b: [hidden],
   p: [hidden]}
equations: |
  z_a[t] = W_a @ x[t] + U_a @ n[t-1] + b_a
  a[t] = tanh(z_a[t])
  h[t] = a[t] + p_a * h[t-1]
  n[t] = tanh(h[t]) * n[t-1]
"""
    return own_cell(parse_yaml(text, "counting.yaml", "cell"), "counting")
