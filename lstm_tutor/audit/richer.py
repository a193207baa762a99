"""Richer scenarios: what a scenario cannot show, another that differs in one thing may.

Each probe changes one thing, in the order in which a teacher would try them; the last one
changes all. Numbers are drawn with a fixed seed. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.model.loss import NUMBERS
from lstm_tutor.model.symbol import INPUT
from lstm_tutor.scenario.scenario import Scenario, Upstream

Array = NDArray[np.float64]
_SEED = 20160
_LONGEST = 4  # time steps of the probe that changes all: more would show no more


class Change(StrEnum):
    """What a probe changes."""

    ASKED = "every number asked for"
    INITIAL = "initial states"
    NUMBERS = "other numbers"
    STEP = "one more time step"
    LABELS = "a label at every time step"
    UNIT = "a second unit"
    INPUT = "a second input"
    UNCUT = "no truncation"
    ALL = "all of these"


@dataclass(frozen=True)
class Probe:
    """A scenario that differs from another in one thing, or in all."""

    change: Change
    scenario: Scenario


def probes(scenario: Scenario) -> Iterator[Probe]:
    """Yield the probes of a scenario; only those that do change something."""
    for change, make in _CHANGES.items():
        if _lacks(scenario, change):
            yield Probe(change, make(scenario))


def richest(scenario: Scenario) -> Probe:
    """Return the probe in which everything is changed."""
    found = _with_rows(scenario, min(scenario.steps, _LONGEST - 1))
    for change, make in _CHANGES.items():
        if _lacks(found, change):
            found = make(found)
    return Probe(Change.ALL, _with_numbers(found))


def _lacks(scenario: Scenario, change: Change) -> bool:
    """Whether the scenario is without what a change brings."""
    match change:
        case Change.INITIAL:
            return not all(state.all() for state in scenario.initial.values())
        case Change.LABELS:
            return scenario.has_labels and not scenario.labelled.all()
        case Change.UNIT:
            return any(scenario.sizes[axis] == 1 for axis in _unit_axes(scenario))
        case Change.INPUT:
            reads_input = scenario.cell.signals[INPUT] == ("input",)
            return reads_input and scenario.sizes["input"] == 1
        case Change.UNCUT:
            return scenario.truncate is not None
    return True


def _unit_axes(scenario: Scenario) -> set[str]:
    """Return the axes of what the model computes, apart from those of what is joined."""
    cell = scenario.cell
    found = {axis for name, own in cell.signals.items() if name != INPUT for axis in own}
    return {axis for axis in found if "+" not in axis}


def _draw(shape: tuple[int, ...], change: Change) -> Array:
    """Draw numbers of two decimals, none near 0 and none that is 1."""
    random = np.random.default_rng([_SEED, len(change), *shape])
    found: Array = np.round(random.uniform(0.1, 0.9, shape), 2)
    return np.asarray(found * random.choice([-1, 1], shape))


def _with_initial(scenario: Scenario) -> Scenario:
    drawn = {name: _draw((2, *v.shape), Change.INITIAL) for name, v in scenario.initial.items()}
    initial = {
        name: np.where(value == 0, drawn[name][number % 2], value)
        for number, (name, value) in enumerate(scenario.initial.items())
    }
    return replace(scenario, initial=initial)


def _with_step(scenario: Scenario) -> Scenario:
    return _with_rows(scenario, scenario.steps + 1)


def _with_rows(scenario: Scenario, steps: int) -> Scenario:
    """Return the scenario with so many time steps; new ones have drawn inputs and labels."""
    more = steps - scenario.steps
    if more <= 0:  # the last ones, which have the labels of a sequence with one
        inputs, labels = scenario.inputs[-steps:], scenario.labels[-steps:]
        return replace(
            scenario,
            inputs=inputs,
            labels=labels,
            labelled=scenario.labelled[-steps:],
            upstream={
                name: Upstream(given.values[-steps:], given.there[-steps:])
                for name, given in scenario.upstream.items()
            },
        )
    drawn = _draw((more, *scenario.inputs.shape[1:]), Change.STEP)
    inputs = np.concatenate([scenario.inputs, drawn])
    new = scenario.loss.labels_of(_draw((more, *scenario.labels.shape[1:]), Change.STEP))
    labels = np.concatenate([scenario.labels, new])
    ones = np.ones((more, *scenario.labelled.shape[1:]), dtype=bool)
    return replace(
        scenario,
        inputs=inputs,
        labels=labels,
        labelled=np.concatenate([scenario.labelled, ones & scenario.labelled.any()]),
        upstream={
            name: Upstream(
                np.concatenate(
                    [given.values, _draw((more, *given.values.shape[1:]), Change.STEP)]
                ),
                np.concatenate([given.there, ones]),
            )
            for name, given in scenario.upstream.items()
        },
    )


def _with_labels(scenario: Scenario) -> Scenario:
    drawn = scenario.loss.labels_of(_draw(scenario.labels.shape, Change.LABELS))
    labels = np.where(scenario.labelled[:, None], scenario.labels, drawn)
    return replace(scenario, labels=labels, labelled=np.ones_like(scenario.labelled))


def _with_unit(scenario: Scenario) -> Scenario:
    axes = {axis for axis in _unit_axes(scenario) if scenario.sizes[axis] == 1}
    return _wider(scenario, axes, Change.UNIT)


def _with_input(scenario: Scenario) -> Scenario:
    return _wider(scenario, {"input"}, Change.INPUT)


def _wider(scenario: Scenario, wanted: set[str], change: Change) -> Scenario:
    """Return the scenario with some axes longer by one, the new entries drawn."""

    def more(axis: str) -> int:
        return sum(part in wanted for part in axis.split("+"))

    def wider(value: Array, axes: tuple[str, ...], salt: int) -> Array:
        pairs = zip(value.shape, axes, strict=True)
        lengths = tuple(size + more(name) for size, name in pairs)
        found = _draw((*lengths, salt + 1), change)[..., salt]
        found[tuple(slice(size) for size in value.shape)] = value
        return found

    cell = scenario.cell
    batch = () if scenario.batch is None else ("batch",)
    return replace(
        scenario,
        inputs=wider(scenario.inputs, ("time", *cell.signals[INPUT], *batch), 0),
        labels=_wider_labels(scenario, wider, more),
        upstream={
            name: Upstream(
                wider(given.values, ("time", *cell.signals[name], *batch), 1)
                * given.there[:, None],
                given.there,
            )
            for name, given in scenario.upstream.items()
        },
        parameters={
            name: wider(value, cell.parameters[name], salt)
            for salt, (name, value) in enumerate(scenario.parameters.items())
        },
        initial={
            place: wider(value, (*cell.signals[place.name], *batch), salt)
            if value.any()
            else np.zeros_like(wider(value, (*cell.signals[place.name], *batch), salt))
            for salt, (place, value) in enumerate(scenario.initial.items())
        },
    )


def _wider_labels(
    scenario: Scenario,
    wider: Callable[[Array, Axes, int], Array],
    more: Callable[[str], int],
) -> Array:
    """Return the labels with more entries; of probabilities the new ones are 0."""
    axes = scenario.cell.signals[scenario.cell.output]
    if scenario.loss.labels != NUMBERS:
        sequences = scenario.labels.shape[2:]
        zeros = np.zeros((scenario.steps, sum(map(more, axes)), *sequences))
        return np.concatenate([scenario.labels, zeros], axis=1)
    batch = () if scenario.batch is None else ("batch",)
    return wider(scenario.labels, ("time", *axes, *batch), 1) * scenario.labelled[:, None]


def _uncut(scenario: Scenario) -> Scenario:
    return replace(scenario, truncate=None)


def _with_numbers(scenario: Scenario) -> Scenario:
    """Return the scenario with other inputs, labels and weights."""
    labels = scenario.loss.labels_of(_draw(scenario.labels.shape, Change.NUMBERS))
    labels = labels * scenario.labelled[:, None]
    parameters = {
        name: _draw((number + 1, *value.shape), Change.NUMBERS)[number]
        for number, (name, value) in enumerate(scenario.parameters.items())
    }
    inputs = 2 * _draw(scenario.inputs.shape, Change.NUMBERS)
    upstream = {
        name: Upstream(
            _draw(given.values.shape, Change.NUMBERS) * given.there[:, None], given.there
        )
        for name, given in scenario.upstream.items()
    }
    return replace(
        scenario, inputs=inputs, labels=labels, parameters=parameters, upstream=upstream
    )


_CHANGES: dict[Change, Callable[[Scenario], Scenario]] = {
    Change.INITIAL: _with_initial,
    Change.NUMBERS: _with_numbers,
    Change.STEP: _with_step,
    Change.LABELS: _with_labels,
    Change.UNIT: _with_unit,
    Change.INPUT: _with_input,
    Change.UNCUT: _uncut,
}
