"""Values of libraries that compute functions in another way, in single precision."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from drawing import CELLS, scenario_of

from lstm_tutor.check.checking import checked
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.trace import compute


@pytest.mark.long
@pytest.mark.parametrize("off", [0.0, 1e-3])
def test_a_sigmoid_made_of_tanh_is_right_in_single_precision(off: float) -> None:
    """However near 0 it is: (1 + tanh(x/2))/2 has an error of the size of 1; no more is."""
    scenario = scenario_of(CELLS["lstm"], seed=3)
    closed = {**scenario.parameters, "b_o": scenario.parameters["b_o"] - 8}
    trace = compute(replace(scenario, parameters=closed))
    z = np.stack([trace.find(f"z_o@{t}").value for t in range(3)]).astype("float32")
    o = (np.float32(0.5) + np.float32(0.5) * np.tanh(z / np.float32(2))).astype("float32")
    exact = np.stack([trace.find(f"o@{t}").value for t in range(3)])
    assert (np.abs(o / exact - 1) > 2e-6).any()  # far more than single precision's own
    tanh = np.stack([np.tanh(trace.find(f"C@{t}").value) for t in range(3)])
    h = (o * tanh.astype("float32") * np.float32(1 + off)).astype("float32")
    buffer = io.BytesIO()
    np.savez(buffer, h=h, C=np.stack([trace.find(f"C@{t}").value for t in range(3)]))
    found = checked(Tutor(trace), submission_of(buffer.getvalue(), "x.npz"))
    wrong = [item for item in found.verdicts.judgements if item.status == "wrong"]
    assert bool(wrong) is bool(off)
