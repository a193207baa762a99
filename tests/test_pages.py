"""Random pages: what is derived, run and shown is right for cells of any kind.

A share of them; `python -m pages` in this folder takes all.
"""

from __future__ import annotations

from functools import cache

import pytest
from drawing import ALL_CELLS, scenario_of
from locals import KNOWN, known, wrong_locals
from pages import (
    trace_of,
    wrong_by_jax,
    wrong_gradients,
    wrong_sums,
    wrong_values,
)

from lstm_tutor.trace.trace import Trace, compute

PAGES = (*range(23), 89, 176)  # the last two: one symbol twice, in one of two alike
WRONG = {
    "gru-two-biases": {"a factor before a matrix"},  # r[t] * (U_n @ h[t-1] + c_n)
    "layer-norm": {"a spread in a sum"},  # mean((u[t] - m[t])**2)
}
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


@every_page
def test_what_is_shown_as_a_derivative_is_it(seed: int) -> None:
    """Each place of each symbol in each equation, but for the ways known to be wrong."""
    assert wrong_locals(_trace(seed)).new == []


@pytest.mark.parametrize("name", ALL_CELLS)
def test_the_local_derivatives_of_the_cells_are_true(name: str) -> None:
    """Of all cells, bundled and of the literature, but for the ways known to be wrong."""
    wrong = wrong_locals(compute(scenario_of(ALL_CELLS[name], hidden=3, inputs=2)))
    assert wrong.new == []
    assert set(wrong.known) == WRONG.get(name, set())


def test_a_way_is_known_to_be_wrong_by_what_lies_on_it() -> None:
    """Each of the known ones is met on some page; products entry by entry never are."""
    met = {way for seed in PAGES for way in wrong_locals(_trace(seed)).known}
    assert met <= KNOWN.keys()
    assert "a factor before a matrix" in met
    assert [known(path) for path in ("nothing", "factor", "matrix", "factor inner")] == [""] * 4


@pytest.mark.parametrize("seed", PAGES[:6])
def test_gradients_are_those_of_jax(seed: int) -> None:
    """Of every parameter and initial state, to 1e-10 of the largest entry."""
    pytest.importorskip("jax", reason="JAX is not installed: pip install -e '.[jax]'")
    assert wrong_by_jax(_trace(seed)) == []
