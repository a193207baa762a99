"""Damaged files are read or refused; `python -m mutations` tries thousands."""

from __future__ import annotations

import signal

import numpy as np
import pytest
from mutations import fate, stop

# one of each kind that ever went wrong: a clipped value, one of another shape, a huge factor
ONCE_WRONG = [(5, 18), (5, 115), (5, 165), (5, 211), (5, 810)]


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("seed", "number"), [*ONCE_WRONG, *((7, number) for number in range(10))]
)
def test_a_damaged_file_is_read_or_refused(seed: int, number: int) -> None:
    """Without a traceback, in time, and each of its numbers is judged or named."""
    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        assert fate(np.random.default_rng([seed, number])).fault == ""
    finally:
        signal.signal(signal.SIGVTALRM, before)
