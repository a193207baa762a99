"""What `validate` tells of a scenario that can be read and computed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import shown

from lstm_tutor.audit.trouble import troubles
from lstm_tutor.files.document import parse_data
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import build, load
from lstm_tutor.trace.trace import compute

_EYE = [[0.5, 0], [0, 0.5]]


def _told(**entries: Any) -> list[str]:
    data = {"weights": {"init": {"scheme": "glorot-uniform"}, "hidden": 2, "outputs": 2}}
    scenario = build(parse_data({**data, **entries}, "s.yaml", "scenario"), Path("s.yaml"))
    return list(troubles(compute(scenario)))


TOLD = {
    "saturated-gates": ["i is saturated", "f is saturated", "o is saturated"],
    "long-memory": ["f is saturated"],
    "vanishing-gradient": ["the error of L@9 fades on its way: 0.0017 of it is left"],
    "relu-explodes": ["the error of L@4 grows on its way: 17 times its size arrives"],
    "gomez": ["y@1 = 1.25 is out of reach: the output stays between -0.964 and 0.964"],
    "two-units": [],
    "batch-of-two": [],
    "both-directions": [],
    "upstream": [],
}


@pytest.mark.parametrize("name", TOLD)
def test_what_bundled_scenarios_are_told_of(name: str) -> None:
    """What they teach, and nothing of those that teach something else."""
    found = list(troubles(compute(load(name))))
    assert len(found) == len(TOLD[name])
    assert all(line.startswith(start) for line, start in zip(found, TOLD[name], strict=True))


def test_a_dead_unit_is_off_and_not_saturated() -> None:
    """By its number, also in a layer and in a batch."""
    scenario = load("relu-explodes")
    bias = np.array([0.25, -90.0])
    dead = replace(scenario, parameters={**scenario.parameters, "b_h": bias})
    (line,) = (line for line in troubles(compute(dead)) if "off" in line)
    assert line.startswith("h, unit 1, is off at every time step: relu is 0 there")
    weights = {"W": {"h": [[0, 0], [1, 1]]}, "U": {"h": [[0, 0], [0, 0]]}, "b": {"h": [-1, 1]}}
    top = {key: {"h": value} for key, value in (("W", _EYE), ("U", _EYE), ("b", [0, 0]))}
    found = _told(
        model=[{"page": "rnn-relu", "as": "low"}, {"page": "rnn", "as": "top"}],
        inputs=[[[1, 2], [0.5, 3]], [[1, 1], [2, 2]]],
        labels=[[[0.5, 0.1], [0.5, 0.1]], [[0.5, 0.1], [0.5, 0.1]]],
        weights={"low": weights, "top": top},
    )
    assert any(line.startswith("low.h, unit 0, is off") for line in found)


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_an_error_fades_in_the_direction_in_which_it_goes(direction: str) -> None:
    """From the last label to the first time step, or from the first to the last."""
    labels: list[Any] = [None] * 7
    labels[0 if direction == "backward" else -1] = [0.5, 0.1]
    found = _told(
        model=[{"page": "rnn", "direction": direction}],
        inputs=[[1, 2]] * 7,
        labels=labels,
        weights={
            "W": {"h": [[0.1, 0], [0, 0.1]]},
            "U": {"h": [[0.2, 0], [0, 0.2]]},
            "b": {"h": [0, 0]},
        },
    )
    start, end = (0, 6) if direction == "backward" else (6, 0)
    (line,) = found
    assert line.startswith(f"the error of L@{start} fades on its way")
    assert line.endswith(f"of it is left at t = {end}")


def test_a_label_is_out_of_reach_behind_a_readout_and_in_a_batch() -> None:
    """With the sequence that it is of."""
    found = _told(
        model=["rnn", "sigmoid"],
        loss="half-squared-error",
        inputs=[[[1, 2]], [[1, 1]]],
        labels=[[[0.5, 0.1]], [[0.5, 1.5]]],
    )
    assert found == [
        "y@0 of sequence 1 = [0.5, 1.5] is out of reach: the output stays between 0 and 1"
    ]


@pytest.mark.long
def test_validate_says_it_below_the_file() -> None:
    """In lines that a terminal holds."""
    lines = shown("validate", *bundled()).splitlines()
    assert (
        "  f is saturated at every time step: the slope of sigmoid is at most 0.0066" in lines
    )
