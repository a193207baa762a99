"""The notebook that the project started from: every number it printed, from the product."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import Trace, compute

pytestmark = pytest.mark.each


@pytest.fixture(scope="module")
def trace() -> Trace:
    return compute(load("gomez"))


# Printed to 16 digits; compared to 12, since tanh and exp differ in the last ones.
LONG = {
    "a@0": 0.8177540779702877,
    "i@0": 0.9608342772032357,
    "f@0": 0.8519528019683106,
    "o@0": 0.8175744761936437,
    "C@0": 0.7857261484365797,
    "h@0": 0.5363133978820118,
    "a@1": 0.8498040223194213,
    "i@1": 0.9811839683254171,
    "f@1": 0.8703019698552491,
    "o@1": 0.8499333428022842,
    "C@1": 1.5176330976694041,
    "h@1": 0.7719811057588907,
    "L@0": 0.0006593314328686503,
    "L@1": 0.11425103162574643,
    "delta@1": -0.4780188942411093,
    "deltaOut@1": 0.0,
    "dout@1": -0.4780188942411093,
    "dC@1": -0.07110771475756385,
    "da@1": -0.01938434750774075,
    "di@1": -0.001115614070446023,
    "df@1": -0.006306541742007648,
    "do@1": -0.05537783112520711,
    "deltaOut@0": -0.018275255338020473,
    "delta@0": 0.03631339788201182,
    "dout@0": 0.01803814254399135,
    "dC@0": -0.05348368434062696,
    "do@0": 0.0017648023073026033,
    "deltaOut@-1": -0.003429111652144951,
}
# Printed to eight decimals.
SHORT: dict[str, Any] = {
    "da@0": -0.01702404,
    "di@0": -0.00164588,
    "df@0": 0,
    "dx@1": [-0.04742407, -0.03072765],
    "dgates@1": [-0.01938435, -0.00111561, -0.00630654, -0.05537783],
    "dgates@0": [-0.01702404, -0.00164588, 0, 0.0017648],
    "dx@0": [-0.00816553, -0.0048668],
    "dW": [
        [-0.02671622, -0.09220113],
        [-0.00220369, -0.00663861],
        [-0.00315327, -0.01891963],
        [-0.02592411, -0.16260389],
    ],
    "dU": [-0.01039609, -0.00059832, -0.00338228, -0.02969987],
    "db": [-0.03640839, -0.0027615, -0.00630654, -0.05361303],
    "W'": [
        [0.45267162, 0.25922011],
        [0.95022037, 0.80066386],
        [0.70031533, 0.45189196],
        [0.60259241, 0.41626039],
    ],
    "U'": [0.15103961, 0.80005983, 0.10033823, 0.25296999],
    "b'": [0.20364084, 0.65027615, 0.15063065, 0.1053613],
}


@pytest.mark.parametrize("id_", LONG)
def test_every_long_number_of_the_notebook_is_met(trace: Trace, id_: str) -> None:
    """In[149]-[152], [159] and [160], to twelve significant digits."""
    assert trace.find(id_).value == pytest.approx(LONG[id_], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("id_", SHORT)
def test_every_printed_array_of_the_notebook_is_met(trace: Trace, id_: str) -> None:
    """In[159], [160] and [163]-[169], to all eight decimals printed."""
    found = np.ravel(trace.find(id_).value)
    assert found == pytest.approx(np.ravel(SHORT[id_]), abs=0.51e-8)


def test_the_loss_falls_as_known(trace: Trace) -> None:
    """From 0.114910 to 0.110881 with one update."""
    assert f"{trace.loss_before:.6f} {trace.loss_after:.6f}" == "0.114910 0.110881"


def test_the_backward_steps_come_in_the_notebooks_order(trace: Trace) -> None:
    """Last time step first, and within one the order of In[159]."""
    one = ["delta", "deltaOut", "dout", "dC", "da", "di", "df", "do", "dgates", "dx"]
    ids = [step.id for step in trace if step.phase == "backward"]
    assert ids == [
        *(f"{name}@1" for name in one),
        *(f"{name}@0" for name in one),
        "deltaOut@-1",
        "dC@-1",
    ]


def test_cut_after_every_step_the_gradient_is_the_notebooks_first_attempt() -> None:
    """In[153] and In[155]: without carries, each step's gradient is its own loss's."""
    cut = compute(load("truncated"))
    printed = {
        "dW_o": ([0.0035528, 0.00710561], [-0.02768892, -0.16613349]),
        "dW_i": ([0.00052049, 0.00104097], [-0.00055781, -0.00334684]),
        "dW_f": ([0, 0], [-0.00315327, -0.01891963]),
        "dW_a": (None, [-0.00969217, -0.05815304]),
    }
    for id_, rows in printed.items():
        terms = cut.find(id_).terms
        for term, row in zip(terms, rows, strict=True):
            if row is not None:
                assert np.ravel(term.value) == pytest.approx(row, abs=0.51e-8)
    assert cut.find("da@0").value == pytest.approx(0.005383606814026229, rel=1e-12)
    assert cut.find("dC@0").note == "cut by truncation"
