"""Every value and gradient beside PyTorch's; data/pytorch.txt says how the table was made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstm_tutor.model.catalog import load_cell
from lstm_tutor.model.loss import losses
from lstm_tutor.model.symbol import Id
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import compute

CASES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "pytorch.json").read_text("utf-8")
)["cases"]


def scenario_of(case: dict[str, Any]) -> Scenario:
    """Return a case of the table as a scenario."""
    cell = load_cell(case["cell"])
    hidden = len(case["initial"]["h"])
    labels = [label or [0.0] * hidden for label in case["labels"]]
    return Scenario(
        name="pytorch",
        title="",
        source="",
        about="",
        cell=cell,
        loss=losses()["half-squared-error"],
        inputs=np.array(case["inputs"]),
        labels=np.array(labels),
        labelled=np.array([label is not None for label in case["labels"]]),
        parameters={name: np.array(case["parameters"][name]) for name in cell.parameters},
        initial={Id(name, -1): np.array(value) for name, value in case["initial"].items()},
    )


@pytest.mark.parametrize("name", CASES)
def test_every_value_is_that_of_pytorch(name: str) -> None:
    """Outputs, states, loss and all gradients agree to 1e-12 of the largest entry."""
    trace = compute(scenario_of(CASES[name]))
    for id_, value in CASES[name]["values"].items():
        expected, found = np.array(value), trace.find(id_).value
        assert found.shape == expected.shape, id_
        assert np.abs(found - expected).max() <= 1e-12 * np.abs(expected).max(), id_


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_the_table_covers_every_gradient_of_the_cell(cell: str) -> None:
    """Each case has the gradient of every parameter, input and initial state, none of it 0."""
    page = load_cell(cell)
    cases = [case for case in CASES.values() if case["cell"] == cell]
    assert any(None in case["labels"] for case in cases)
    for case in cases:
        starts = {"h": "deltaOut@-1", "C": "dC@-1"}
        wanted = {f"d{name}" for name in page.parameters}
        wanted |= {starts[state] for state in page.states}
        wanted |= {f"dx@{t}" for t in range(len(case["inputs"]))}
        assert wanted <= set(case["values"])
        assert all(np.any(np.array(case["values"][id_])) for id_ in wanted)
