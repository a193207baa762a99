"""Random models: what is run in lanes is what is walked alone, for models of any kind.

A share of them; `python -m random_models` in tests/support takes more.
"""

from __future__ import annotations

import pytest
from random_models import KINDS, model_of, wrong
from worlds import Outcome


@pytest.mark.long
@pytest.mark.parametrize("seed", range(len(KINDS)))
def test_a_random_model_is_right_in_every_world(seed: int) -> None:
    """Its values, gradients and shares, and some mistakes' worlds, each beside the walk."""
    model, found = model_of(seed), Outcome()
    assert model is not None
    assert model.kind == KINDS[seed]
    assert list(wrong(model, found, worlds=12)) == []
    assert found.worlds > 6
