"""Updates, clipping and means: PyTorch's and Keras's numbers, and what a person may write.

data/optimisers.txt says how the table was made.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from models import built

from lstm_tutor.execution.training import train
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import compute

TABLE = json.loads((Path(__file__).parent / "data" / "optimisers.json").read_text("utf-8"))
CASES: list[dict[str, Any]] = TABLE["cases"]


def _title(case: dict[str, Any]) -> str:
    said = json.dumps([case["scenario"].get(key) for key in ("update", "clip", "mean")])
    return said[:60]


def _after(scenario: Scenario, epochs: int) -> tuple[list[float], Scenario]:
    """Return the loss before each epoch's update, and the scenario as it is after them."""
    every = list(train(scenario, epochs + 1))
    return [epoch.loss for epoch in every[:-1]], every[-1].scenario


def _near(found: Any, expected: Any, tolerance: float = 1e-12) -> bool:
    wanted = np.asarray(expected)
    own = np.asarray(found).reshape(wanted.shape)
    return bool(np.abs(own - wanted).max() <= tolerance * max(1e-3, np.abs(wanted).max()))


@pytest.mark.parametrize("case", CASES, ids=_title)
def test_the_epochs_are_those_of_the_framework(case: dict[str, Any]) -> None:
    """Losses, the first gradient, weights and what the update keeps."""
    scenario = built(case["scenario"])
    losses, last = _after(scenario, TABLE["epochs"])
    near = case["near"]
    assert _near(losses, case["losses"], near)
    assert _near(compute(scenario).find("dW_h").value, case["dW"])
    names = {"W": "W_h", "U": "U_h", "b": "b_h", "V": "V", "by": "by"}
    for name, values in case["weights"].items():
        assert _near(last.parameters[names[name]], values, near), name
    for state, each in case["state"].items():
        for name, values in each.items():
            assert _near(last.updating.kept[state[:-1] + names[name]], values), (state, name)


@pytest.mark.parametrize("case", CASES, ids=_title)
def test_an_epoch_shown_is_the_epoch_trained(case: dict[str, Any]) -> None:
    """The steps of the third epoch start where the second one ended, and end as the third."""
    scenario = built(case["scenario"])
    every = list(train(scenario, 4))
    trace = compute(every[2].scenario)
    assert trace.loss_before == pytest.approx(every[2].loss, rel=1e-12)
    assert trace.loss_after == pytest.approx(every[3].loss, rel=1e-12)
    for name, value in {
        **every[3].scenario.parameters,
        **every[3].scenario.updating.kept,
    }.items():
        assert _near(trace.parameters[f"{name}'"], value), name
