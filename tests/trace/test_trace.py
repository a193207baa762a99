"""Traces: sequences of steps that can each be shown alone."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import CELLS, scenario_of, scenarios
from hypothesis import given
from oracle import walked

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.parser import parse
from lstm_tutor.dialects.notation import ASCII, notation
from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.execution.training import train
from lstm_tutor.model.equation import Phase, Role
from lstm_tutor.numbers.numeral import FULL
from lstm_tutor.render.line import View, numbers
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.selection import NoSuchStep, select
from lstm_tutor.trace.trace import Trace, compute


@pytest.fixture(scope="module")
def trace() -> Trace:
    return compute(load("two-units"))


@given(scenarios())
def test_every_line_with_numbers_gives_its_value(scenario: Scenario) -> None:
    """Printed at full precision and worked as arithmetic, it is the value of the step."""
    trace = compute(scenario)
    view = View(notation(ASCII, scenario.cell), FULL, largest=10_000)
    for step in trace:
        if step.expression is None or len(step.terms) > 6:
            continue
        found = evaluate(parse(numbers(step, view), derived=True), _none)
        worked = np.broadcast_to(np.ravel(found), step.value.size)
        assert np.allclose(worked, np.ravel(step.value), rtol=1e-12, atol=1e-14), step.id


def _none(symbol: object) -> float:
    raise AssertionError(symbol)


def test_steps_are_found_by_position_and_by_id(trace: Trace) -> None:
    """Index, id and iteration agree for every step, also from the end."""
    for index, (step, id_) in enumerate(zip(trace, trace.ids(), strict=True)):
        assert step.index == index
        assert step.place == id_ == trace.find(id_).place == trace.find(str(id_)).place
        assert trace[index].id == trace[index - len(trace)].id == str(id_)
    assert [step.id for step in trace[2:8:3]] == [trace[2].id, trace[5].id]
    with pytest.raises(IndexError):
        trace[len(trace)]


@pytest.mark.parametrize("id_", ["dC", "C@9", "C@-2", "W_a@0", "nothing", "C@", "C@0x", "C@+1"])
def test_an_unknown_id_is_no_step(trace: Trace, id_: str) -> None:
    """Symbols without a time, times outside the scenario, and typing errors."""
    with pytest.raises(KeyError):
        trace.find(id_)


def test_operands_are_those_of_the_step(trace: Trace) -> None:
    """A step carries the values its formula names, at their own time steps."""
    step = trace.find("C@1")
    assert step.inputs == ("a@1", "i@1", "f@1", "C@0")
    for symbol, id_ in zip(step.operands, step.inputs, strict=True):
        assert np.array_equal(step.operands[symbol], trace.find(id_).value)


def test_values_cannot_be_changed(trace: Trace) -> None:
    """A trace is immutable, down to its arrays over time."""
    with pytest.raises(ValueError, match="read-only"):
        trace.signals["C"].values[0] = 1


def test_past_the_last_step_every_gradient_is_0(trace: Trace) -> None:
    """The carries of the last step say that there is no future step."""
    assert not trace.find("deltaOut@2").value.any()
    assert trace.find("deltaOut@2").note == "no future step"
    assert [term.missing for term in trace.find("dC@2").terms] == ["", "no future step"]
    assert trace.find("dC@1").note == ""


def test_a_step_without_label_has_no_loss() -> None:
    """It keeps a delta of 0, and says why; only labelled steps have an L."""
    trace = compute(load("many-to-one"))
    assert not trace.find("delta@0").value.any()
    assert trace.find("delta@0").note == "no label at this step"
    assert [step.id for step in trace if step.phase == Phase.LOSS] == ["L@3", "L"]


def test_the_mean_is_taken_over_the_labelled_entries() -> None:
    """N counts the units of the labelled steps only."""
    scenario = scenario_of(
        CELLS["lstm"], steps=3, labelled=(True, False, True), loss="mean-squared-error"
    )
    trace = compute(scenario)
    output = trace.signals["h"].values[1:]
    squares = ((output - scenario.labels) ** 2)[[0, 2]]
    assert trace.loss_before == pytest.approx(squares.mean())


def test_overflow_names_equation_and_time_step() -> None:
    """The message says which step and which part of its formula."""
    scenario = load("gomez")
    huge = {**scenario.parameters, "W_a": np.array([[1e308, 1e308]])}
    with pytest.raises(NotFinite, match=r"z_a@0 is not a finite number: W_a @ x\[0\]"):
        compute(scenario.with_parameters(huge))


def test_a_loss_that_overflows_after_the_update_is_named() -> None:
    """A learning rate too large for the numbers is found where it shows."""
    scenario = scenario_of(CELLS["lstm"])
    labels = np.full(scenario.labels.shape, 1e200)
    from dataclasses import replace

    with pytest.raises(NotFinite, match="L@0"):
        compute(replace(scenario, labels=labels))


@pytest.mark.parametrize("name", bundled())
def test_the_executor_gives_what_a_walk_of_the_trees_gives(name: str) -> None:
    """Compiled in stacks and over time, or walked place by place: the same values."""
    places = compute(load(name)).places
    for place, value in walked(places).items():
        assert np.allclose(value, places.base(place), rtol=1e-12, atol=1e-15), place


def test_epochs_repeat_the_update() -> None:
    """Each epoch starts from the weights that the one before left."""
    scenario = load("two-units")
    losses = [epoch.loss for epoch in train(scenario, 4)]
    for loss in losses:
        trace = compute(scenario)
        assert loss == pytest.approx(trace.loss_before, rel=1e-12)
        new = {name: trace.parameters[f"{name}'"] for name in scenario.parameters}
        scenario = scenario.with_parameters(new)
    assert losses == sorted(losses, reverse=True)


def test_steps_are_chosen_by_phase_id_symbol_and_glob(trace: Trace) -> None:
    """Choices keep the order of the computation; a phase narrows them."""

    def ids(*only: str, phases: tuple[Phase, ...] = ()) -> list[str]:
        return [trace[index].id for index in select(trace, phases, only)]

    assert ids("dC@0", "a@1") == ["a@1", "dC@0"]
    assert ids("C") == ["C@-1", "C@0", "C@1", "C@2"]
    assert ids("C", phases=(Phase.FORWARD,)) == ["C@0", "C@1", "C@2"]
    assert ids("d?@0") == ["dC@0", "da@0", "di@0", "df@0", "do@0", "dx@0"]
    assert ids("W_a'") == ["W_a'"]
    assert len(select(trace)) == len(trace)
    with pytest.raises(NoSuchStep, match="did you mean 'delta'"):
        select(trace, (), ["delt"])
    with pytest.raises(NoSuchStep, match="time steps run from -1 to 2"):
        select(trace, (), ["C@7"])


def test_blocks_stack_their_gates_in_the_cells_order(trace: Trace) -> None:
    """The gate axis comes first."""
    blocks = [step for step in trace if step.equation.role is Role.BLOCK]
    assert {step.symbol for step in blocks} == {
        *("W", "U", "b", "dgates", "dW", "dU", "db", "W'", "U'", "b'")
    }
    for step in blocks:
        assert step.value.shape[0] == 4
        parts = list(step.operands.values())
        assert np.array_equal(step.value, np.stack(parts))
    assert trace.find("dW").rows == ("dW_a", "dW_i", "dW_f", "dW_o")
