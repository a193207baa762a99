"""The radii of a loop that is tried at all time steps at once are those found step by step."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import CELLS, scenario_of

from lstm_tutor.diagnosis import rounding
from lstm_tutor.diagnosis.working import Working
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.trace.trace import compute


@pytest.mark.parametrize("digits", [4.0, 16.0])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_loop_at_once_has_the_radii_of_a_loop_step_by_step(
    cell: str, digits: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = scenario_of(CELLS[cell], hidden=2, inputs=2, steps=24)
    places = compute(scenario).places
    found = []
    for sweeps in (1, 1_000):  # as many as there are time steps, none
        monkeypatch.setattr(rounding, "_SWEEPS", sweeps)
        radii = rounding.Radii(Runs(places, [world()]), {}, Working(digits))
        found.append(
            {
                place: radii.before(place)
                for place in places.places()
                if not places.is_term(place)
            }
        )
    once, stepwise = found
    assert any(np.any(radius) for radius in stepwise.values())
    for place, radius in stepwise.items():
        np.testing.assert_allclose(once[place], radius, rtol=1e-6, err_msg=str(place))
