"""Random scenarios for property tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from lstm_tutor.model.cell import Cell, load_cell
from lstm_tutor.model.loss import losses
from lstm_tutor.scenario.scenario import Scenario

CELLS = {name: load_cell(name) for name in ("lstm", "gru", "rnn")}


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
        inputs=random.uniform(-2, 2, (steps, inputs)),
        labels=random.uniform(-1, 1, (steps, hidden)),
        labelled=np.array(labelled or (True,) * steps),
        parameters={name: array(axes) for name, axes in cell.parameters.items()},
        initial={state: array(("hidden",)) for state in cell.states},
        truncate=truncate,
    )


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A scenario of any bundled cell: 1–6 units, 1–5 inputs, 1–8 steps, labels missing."""
    steps = draw(st.integers(1, 8))
    labelled = draw(st.lists(st.booleans(), min_size=steps, max_size=steps).filter(any))
    return scenario_of(
        draw(st.sampled_from(list(CELLS.values()))),
        seed=draw(st.integers(0, 2**32 - 1)),
        hidden=draw(st.integers(1, 6)),
        inputs=draw(st.integers(1, 5)),
        steps=steps,
        labelled=tuple(labelled),
        loss=draw(st.sampled_from(list(losses()))),
    )
