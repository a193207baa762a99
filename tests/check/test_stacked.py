"""Right gradients of PyTorch's own modules; `python -m stacked` takes twenty seeds."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")

from stacked import CASES, faults


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
def test_right_gradients_of_pytorch_are_right(case: str) -> None:
    """As arrays and printed, in both precisions, each value judged."""
    assert list(faults(range(1, 2), [case])) == []
