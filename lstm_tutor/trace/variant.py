"""The same exercise with fresh numbers: as many of each, and none that hides a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.loss import one_hot
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import Trace, compute

Array = NDArray[np.float64]
_TRIES = 200
_SMALLEST = 1e-4  # of a gradient's entry, that it can be worked by hand
_SATURATED = 3.0


def varied(scenario: Scenario, seed: int) -> Scenario:
    """Return the scenario with other inputs, labels, weights and initial states.

    Sizes, missing labels and initial states of 0 stay; every number has at most two
    decimals. The same seed gives the same numbers.
    """
    random = np.random.default_rng([seed, len(scenario.inputs)])
    best, quality = scenario, -1.0
    for _ in range(_TRIES):
        drawn = _drawn(scenario, seed, random)
        found = _quality(drawn)
        if found > quality:
            best, quality = drawn, found
        if quality >= 1:
            break
    return best


def _drawn(scenario: Scenario, seed: int, random: np.random.Generator) -> Scenario:
    def numbers(like: Array, low: float, high: float, decimals: int) -> Array:
        sizes = random.uniform(low, high, like.shape) * random.choice([-1, 1], like.shape)
        found: Array = np.round(sizes, decimals)
        found.setflags(write=False)
        return found

    parameters: Mapping[str, Array] = {
        name: numbers(value, 0.1, 0.95, 2) for name, value in scenario.parameters.items()
    }
    initial = {
        place: numbers(value, 0.1, 0.8, 2) if value.any() else value
        for place, value in scenario.initial.items()
    }
    labels = scenario.loss.labels_of(numbers(scenario.labels, 0.1, 0.9, 2))
    inputs = numbers(scenario.inputs, 0.2, 2.0, 1)
    if scenario.vocabulary:
        inputs = one_hot(inputs.argmax(axis=1), inputs.shape[1])
    return replace(
        scenario,
        name=f"{scenario.name}-{seed}",
        title=f"{scenario.title}, variant {seed}",
        inputs=inputs,
        labels=labels * scenario.labelled[:, None],
        parameters=parameters,
        initial=initial,
    )


def _quality(scenario: Scenario) -> float:
    """Return how far the numbers are from saturated gates and vanishing gradients; 1 or
    more is far enough.
    """
    try:
        trace = compute(scenario)
    except NotFinite:
        return 0.0
    largest = max(float(np.abs(trace.signals[name].values).max()) for name in _summed(scenario))
    smallest = min(_gradients(trace), default=1.0)
    return min(_SATURATED / max(largest, 1e-9), smallest / _SMALLEST)


def _summed(scenario: Scenario) -> list[str]:
    return list(scenario.cell.preactivations.values()) or [scenario.cell.output]


def _gradients(trace: Trace) -> list[float]:
    """Return the smallest entry of each gradient that is not 0 by rule."""
    found = []
    for step in trace:
        if step.phase is Phase.BACKWARD and not step.note and not step.rows:
            sizes = np.abs(step.value)
            found += sizes[sizes > 0].ravel().tolist()
    return found
