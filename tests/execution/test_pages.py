"""Random pages: what is derived, run and shown is right for cells of any kind.

A share of them; `python -m pages` in tests/support takes all.
"""

from __future__ import annotations

from functools import cache

import pytest
from drawing import ALL_CELLS, scenario_of
from locals import unwritten, wrong_locals
from pages import (
    trace_of,
    wrong_by_jax,
    wrong_gradients,
    wrong_sums,
    wrong_values,
)

from lstm_tutor.execution.places import Places
from lstm_tutor.execution.program import program_of
from lstm_tutor.model.composition import BACKWARD, Layer, composed
from lstm_tutor.trace.trace import Trace, compute

PAGES = (*range(23), 89, 176)  # the last two: one symbol twice, in one of two alike
every_page = pytest.mark.parametrize("seed", PAGES)


@cache
def _trace(seed: int) -> Trace:
    return trace_of(seed)


@every_page
def test_gradients_are_the_complex_steps(seed: int) -> None:
    """To 1e-9 of the largest entry, or to rounding of what cancels to 0."""
    assert wrong_gradients(_trace(seed)) == []


@every_page
def test_the_shares_of_the_losses_add_up(seed: int) -> None:
    """At a time step and in a parameter's gradient, to 1e-12."""
    assert wrong_sums(_trace(seed)) == []


@every_page
def test_the_executor_gives_what_the_walk_gives(seed: int) -> None:
    """Every place of the program, to rounding."""
    assert wrong_values(_trace(seed)) == []


@pytest.mark.parametrize("cell", [*ALL_CELLS, *PAGES])
def test_a_layer_that_runs_from_right_to_left_reads_what_is_there(cell: str | int) -> None:
    """Every place that a formula reads stands before it, in the order that is shown."""
    page = _trace(cell).scenario.cell if isinstance(cell, int) else ALL_CELLS[cell]
    scenario = scenario_of(composed([Layer(page, direction=BACKWARD)]), steps=4)
    places = Places(scenario, program_of(scenario), {}, {})
    late = [
        f"{place} reads {other}"
        for place in places.places()
        for other in places.operands(place)
        if places.position(other) >= places.position(place)
    ]
    assert late == []


@every_page
def test_what_is_shown_as_a_derivative_is_it(seed: int) -> None:
    """Each place of each symbol in each equation, where a formula can say it."""
    assert wrong_locals(_trace(seed)) == []


@pytest.mark.parametrize("name", ALL_CELLS)
def test_the_local_derivatives_of_the_cells_are_true(name: str) -> None:
    """Each of all cells, bundled and of the literature, and each is said."""
    trace = compute(scenario_of(ALL_CELLS[name], hidden=3, inputs=2))
    assert wrong_locals(trace) == []
    assert unwritten(trace) == []


@pytest.mark.heavy
@pytest.mark.parametrize("seed", PAGES[:2])
def test_gradients_are_those_of_jax(seed: int) -> None:
    """Of every parameter and initial state, to 1e-10 of the largest entry."""
    pytest.importorskip("jax", reason="JAX is not installed: pip install -e '.[jax]'")
    assert wrong_by_jax(_trace(seed)) == []
