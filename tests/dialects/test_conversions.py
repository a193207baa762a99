"""The arrays of each source become those of each other one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conversions import MODELS, Page, differing, far


@pytest.mark.heavy
@pytest.mark.parametrize("model", MODELS, ids=str)
def test_every_dialect_converts_to_every_other(model: Sequence[Page]) -> None:
    """With the same outputs, in the frameworks that are installed too."""
    found = dict(differing(model, seed=5))
    assert found
    assert [said for said, off in found.items() if far(said, off)] == []
