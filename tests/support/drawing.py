"""Random scenarios for property tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Binary, symbols, walk
from lstm_tutor.model.catalog import bundled_cells, load_cell
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.loss import NUMBERS, losses
from lstm_tutor.model.symbol import Id
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario

_DATA = Path(__file__).parents[1] / "data"
CELLS = {name: load_cell(name) for name in ("gru", "lstm", "rnn")}
LITERATURE = {name: load_cell(name) for name in bundled_cells() if name not in CELLS} | {
    path.stem: load_cell(str(path))
    for path in (_DATA / "peephole.yaml", *sorted((_DATA / "cells").glob("*.yaml")))
}
ALL_CELLS = {**CELLS, **LITERATURE}
ALONE = [
    name
    for name in bundled()
    if load(name).has_labels
    and load(name).batch is None
    and load(name).cell == load(name).layers[0].cell
]
OF_NUMBERS = {name: loss for name, loss in losses().items() if loss.labels == NUMBERS}


def scenario_of(
    cell: Cell,
    *,
    seed: int = 0,
    hidden: int = 2,
    inputs: int = 3,
    steps: int = 3,
    labelled: tuple[bool, ...] | None = None,
    loss: str = "half-squared-error",
    truncate: int | None = None,
) -> Scenario:
    """Return a scenario with random values of these sizes."""
    random = np.random.default_rng(seed)
    sizes = {"hidden": hidden, "input": inputs}

    def array(axes: tuple[str, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return random.uniform(-1, 1, [sizes[axis] for axis in axes])

    return Scenario(
        name="random",
        title="random",
        source="",
        about="",
        cell=cell,
        loss=losses()[loss],
        inputs=random.uniform(-2, 2, (steps, *(sizes[axis] for axis in cell.signals["x"]))),
        labels=random.uniform(-1, 1, (steps, hidden)),
        labelled=np.array(labelled or (True,) * steps),
        parameters={name: array(axes) for name, axes in cell.parameters.items()},
        initial=above_zero(
            cell,
            {
                Id(state, t): array(cell.signals[state])
                for state in cell.states
                for t in cell.beyond(state, steps)
            },
        ),
        truncate=truncate,
    )


def above_zero(
    cell: Cell, initial: Mapping[Id, NDArray[np.float64]]
) -> dict[Id, NDArray[np.float64]]:
    """Make the initial states positive that a cell divides by: a normaliser starts so."""
    quotients = [
        node
        for equation in cell.equations
        if equation.expression is not None
        for node in walk(equation.expression)
        if isinstance(node, Binary) and node.operator == "/"
    ]
    divisors = {symbol.name for node in quotients for symbol in symbols(node.right)}
    return {p: np.abs(v) if p.name in divisors else v for p, v in initial.items()}


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A scenario of any cell: 1–6 units, 1–5 inputs, 1–8 steps, labels missing."""
    steps = draw(st.integers(1, 8))
    labelled = draw(st.lists(st.booleans(), min_size=steps, max_size=steps).filter(any))
    return scenario_of(
        draw(st.sampled_from(list(CELLS.values()))),
        seed=draw(st.integers(0, 2**32 - 1)),
        hidden=draw(st.integers(1, 6)),
        inputs=draw(st.integers(1, 5)),
        steps=steps,
        labelled=tuple(labelled),
        loss=draw(st.sampled_from(list(OF_NUMBERS))),
    )
