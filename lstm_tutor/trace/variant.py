"""The same exercise with fresh numbers: as many of each, and none that hides a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.execution.computation import NotFinite, values_of
from lstm_tutor.execution.executor import Executor
from lstm_tutor.execution.existence import exists
from lstm_tutor.execution.program import place_of, program_of
from lstm_tutor.model.equation import Equation, Role
from lstm_tutor.model.loss import one_hot
from lstm_tutor.scenario.scenario import Scenario

Array = NDArray[np.float64]
_TRIES = 200
_TRIED = 3000  # time steps of all tries: in a long sequence some gradient always vanishes
_SMALLEST = 1e-4  # of a gradient's entry, that it can be worked by hand
_SATURATED = 3.0


def varied(scenario: Scenario, seed: int) -> Scenario:
    """Return the scenario with other inputs, labels, weights and initial states.

    Sizes, missing labels and initial states of 0 stay; every number has at most two
    decimals. The same seed gives the same numbers.
    """
    random = np.random.default_rng([seed, len(scenario.inputs)])
    best, quality = scenario, -1.0
    judge = _Judge(scenario)
    for _ in range(max(1, min(_TRIES, _TRIED // scenario.steps))):
        drawn = _drawn(scenario, seed, random)
        found = judge.quality(drawn)
        if found > quality and judge.computes(drawn):
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


class _Judge:
    """How well fresh numbers of a scenario can be worked by hand."""

    def __init__(self, scenario: Scenario) -> None:
        self._program = program_of(scenario)
        derivation, cell = self._program.derivation, scenario.cell
        wanted = list(cell.preactivations.values()) or [cell.output]
        self._summed = wanted
        self._places = [
            (equation.target, _whole(scenario, equation))
            for equation in (*derivation.backward, *derivation.boundary)
            if equation.role is not Role.BLOCK
        ]
        names = [*wanted, *(name for name, _ in self._places)]
        self._executor = Executor(scenario, self._program.prepared.only(names, early=True))

    def quality(self, scenario: Scenario) -> float:
        """Return how far the numbers are from saturated gates and vanishing gradients; 1 or
        more is far enough, and 0 is what overflows.
        """
        executor = self._executor
        executor.give(scenario)
        executor.run()
        largest = max(np.abs(executor.signal(name)).max() for name in self._summed)
        found = [np.ones(1)]
        for name, times in self._places:
            values, first = executor.all_of(name)
            found.append(values[times - first].ravel())
        sizes = np.abs(np.concatenate(found))
        smallest = sizes.min(initial=1.0, where=sizes > 0)
        if not np.isfinite(largest) or not np.isfinite(sizes).all():
            return 0.0
        return float(min(_SATURATED / max(largest, 1e-9), smallest / _SMALLEST))

    def computes(self, scenario: Scenario) -> bool:
        """Whether nothing overflows, after the update either."""
        try:
            values_of(scenario, self._program)
        except NotFinite:
            return False
        return True


def _whole(scenario: Scenario, equation: Equation) -> NDArray[np.int_]:
    """Return the time steps at which all terms of a gradient exist, in all sequences."""
    times = range(scenario.steps)
    if equation.beyond:
        times = range(place := place_of(equation, scenario.cell, scenario.steps), place + 1)
    there = np.ones(len(times), bool)
    for term in equation.terms:
        there &= exists(scenario, term, times).reshape(len(times), -1).all(axis=1)
    return np.asarray(times)[there]
