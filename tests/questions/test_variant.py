"""Fresh numbers for the same exercise."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_tutor.model.equation import Phase
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute
from lstm_tutor.trace.variant import varied

SHORT = [name for name in bundled() if len(load(name).inputs) <= 3]


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("seed", [0, 7, 30])
def test_a_variant_has_the_same_sizes_and_missing_labels(name: str, seed: int) -> None:
    """Only the numbers differ; initial states that are 0 stay 0."""
    scenario = load(name)
    variant = varied(scenario, seed)
    assert variant.sizes == scenario.sizes
    assert (variant.labelled == scenario.labelled).all()
    assert not np.array_equal(variant.inputs, scenario.inputs)
    for state, value in scenario.initial.items():
        assert value.any() == variant.initial[state].any()


@pytest.mark.parametrize("name", SHORT)
def test_the_numbers_are_fit_for_work_by_hand(name: str) -> None:
    """They have at most two decimals, and no gradient at a time step vanishes by chance."""
    variant = varied(load(name), 1)
    for array in (variant.inputs, variant.labels, *variant.parameters.values()):
        np.testing.assert_array_equal(np.round(array, 2), array)
    zero = set(_zeros(name))
    for step in compute(variant):
        if step.phase is Phase.BACKWARD and not step.rows and step.id not in zero:
            assert np.abs(step.value).min() > 1e-6, step.id


def _zeros(name: str) -> list[str]:
    """The gradients that are 0 by rule: no label, no future, an initial state of 0."""
    return [step.id for step in compute(load(name)) if not np.all(step.value)]


def test_the_same_seed_gives_the_same_numbers() -> None:
    """And another seed others."""
    scenario = load("gomez")
    one, two, other = varied(scenario, 3), varied(scenario, 3), varied(scenario, 4)
    np.testing.assert_array_equal(one.inputs, two.inputs)
    assert not np.array_equal(one.inputs, other.inputs)
