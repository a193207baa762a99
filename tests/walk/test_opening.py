"""The first page of a walk: the goal, what is given, and what gradients are called."""

from __future__ import annotations

import pytest
from drawing import ALL_CELLS, scenario_of
from models import trace_of

from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.notation import notation
from lstm_tutor.model.equation import Role
from lstm_tutor.model.symbol import bare
from lstm_tutor.render.breaking import columns
from lstm_tutor.render.glossary import glossary
from lstm_tutor.render.line import View
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import Trace, compute
from lstm_tutor.walk.opening import opening
from lstm_tutor.walk.walk import Showing, Walk, press


def _view(trace: Trace, name: str = "gomez") -> View:
    return View(notation(name, trace.scenario.cell))


def _rows(trace: Trace) -> dict[str, str]:
    return {id_: said for _, id_, said in glossary(trace.program, trace.scenario, _view(trace))}


def _page(trace: Trace, width: int = 80) -> list[str]:
    walk = Walk(trace, range(trace.first_computed, len(trace)))
    return [line for line, _ in opening(walk, _view(trace), width)]


TRACES = {f"model {seed}": lambda seed=seed: trace_of(seed) for seed in range(15)}
TRACES |= {name: lambda name=name: compute(scenario_of(ALL_CELLS[name])) for name in ALL_CELLS}


@pytest.mark.parametrize("name", TRACES)
def test_every_gradient_of_a_program_is_explained_and_no_other(name: str) -> None:
    """Of any model and page: those over time by name, those of weights by block."""
    trace = TRACES[name]()
    derived = trace.program.derivation
    over_time = {bare(e.target) for e in derived.backward if len(e.parts) != 1}  # of one gate
    found = {id_ for ids in _rows(trace) for id_ in ids.split(", ")}
    blocks = {bare(f"d{bare(block)}") for block in trace.scenario.cell.blocks}
    assert found == over_time | blocks
    carries = {bare(e.target) for e in derived.backward if e.role is Role.CARRY}
    assert {
        id_ for id_, said in _rows(trace).items() if said.startswith("the carry")
    } == carries


@pytest.mark.parametrize(
    ("name", "id_", "said"),
    [
        (
            "gomez",
            "dC",
            "at the cell state C[t] itself, with the carry from the next",
        ),
        (
            "gomez",
            "da, di, df, do",
            "at the pre-activations z_a[t], z_i[t], z_f[t] and z_o[t]",
        ),
        (
            "gomez",
            "delta",
            "the hidden state h[t] within its time step: from this",
        ),
        ("hello", "delta", "within its time step: from what reads it there"),
        ("hello", "dh", "the gradient at the pre-activation z_h[t], before tanh"),
        ("upstream", "delta", "within its time step: from outside"),
        (
            "both-directions",
            "deltaOut",
            "next time step (from right to left: the one before)",
        ),
        ("gru-two-units", "dz, dn, dr", "before σ or tanh"),
    ],
)
def test_it_is_said_where_a_gradient_is_taken(name: str, id_: str, said: str) -> None:
    """δC at C, δa at its pre-activation; a carry comes from the neighbour in time."""
    assert said in _rows(compute(load(name)))[id_]


@pytest.mark.parametrize("name", notations())
def test_it_is_written_in_the_notation_at_hand(name: str) -> None:
    """In every notation each row has another name."""
    trace = compute(load("two-layers"))
    shown = [row[0] for row in glossary(trace.program, trace.scenario, _view(trace, name))]
    assert len(set(shown)) == len(shown)
    assert not any("l1." in text or "l2." in text for text in shown)


@pytest.mark.parametrize("name", bundled())
@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_page_says_goal_and_givens_within_the_width(name: str, width: int) -> None:
    """Whatever there is to compute."""
    trace = compute(load(name))
    page = _page(trace, width)
    assert page[0].startswith(trace.scenario.title[:20])
    assert any(line.startswith("Goal: ") for line in page)
    assert any(line.startswith("Given") for line in page)
    assert max(map(columns, page)) <= width


def test_a_walk_begins_with_it_on_a_screen() -> None:
    """The first key leads to the first step; later o shows it again, and Enter goes on."""
    trace = compute(load("gomez"))
    walk = Walk(trace, range(10), showing=Showing.OPENING)
    first = press(walk, "enter")
    assert (first.at, first.showing) == (0, Showing.STEP)
    again = press(press(first, "enter"), "o")
    assert (again.at, again.showing) == (1, Showing.OPENING)
    assert (press(again, "enter").at, press(again, "enter").showing) == (2, Showing.STEP)
