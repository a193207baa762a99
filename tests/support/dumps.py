"""Numbers as a person would give them: values of a computation, rounded and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from drawing import OF_NUMBERS, above_zero
from numpy.typing import NDArray
from oracle import walked

from lstm_tutor.diagnosis.judgement import Given
from lstm_tutor.execution.places import Places
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.symbol import Id
from lstm_tutor.numbers.numeral import FULL, rounded
from lstm_tutor.scenario.scenario import Scenario

Array = NDArray[Any]


def givens(values: Mapping[str, Array], digits: int) -> list[Given]:
    """Return values as a person gives them who writes so many significant digits."""
    return [_given(id_, np.asarray(value, float), digits) for id_, value in values.items()]


def _given(id_: str, value: Array, digits: int) -> Given:
    if digits >= FULL:
        return Given(id_, value, 1e-15 * np.abs(value), id_)
    shown = rounded(value, digits)
    size = np.where(shown == 0, 1.0, np.abs(shown))
    unit = 0.5 * 10.0 ** (np.floor(np.log10(size)) - digits + 1)
    return Given(id_, shown, np.where(shown == 0, 0.0, unit), id_)


def computed(places: Places, keep: Callable[[str], bool] = lambda _: True) -> dict[str, Array]:
    """Return the right value of every place that is not only given."""
    found = (place for place in places.places() if places.rule(place).expression is not None)
    return {str(place): places.base(place) for place in found if keep(str(place))}


def worked(places: Places, digits: int) -> dict[str, Array]:
    """Return what a person gets who rounds every value and goes on with the rounded one."""
    found = walked(places, change=lambda _, value: rounded(value, digits))
    return {str(place): value for place, value in found.items()}


def random_scenario(random: np.random.Generator, cell: Cell) -> Scenario:
    """Return a small scenario with random sizes, numbers, labels and loss."""
    hidden, width, steps = (int(random.integers(1, 4)) for _ in range(3))
    sizes = {"input": width, "hidden": hidden}
    labelled = random.random(steps) < 0.7
    labelled[-1] |= not labelled.any()
    parameters = {
        name: random.uniform(-1, 1, [sizes[axis] for axis in axes])
        for name, axes in cell.parameters.items()
    }
    initial = {
        Id(state, -1): random.uniform(-0.5, 0.5, hidden) * int(random.integers(2))
        for state in cell.states
    }
    return Scenario(
        name="random",
        title="random",
        source="",
        about="",
        cell=cell,
        loss=list(OF_NUMBERS.values())[int(random.integers(len(OF_NUMBERS)))],
        inputs=random.uniform(-2, 2, (steps, *(sizes[axis] for axis in cell.signals["x"]))),
        labels=random.uniform(-1, 1, (steps, hidden)) * labelled[:, None],
        labelled=labelled,
        parameters=parameters,
        initial=above_zero(cell, initial),
    )


def printed(values: Mapping[str, Array], digits: int = FULL) -> str:
    """Write values as a program prints them, one name and value after the other."""
    with np.printoptions(precision=digits, floatmode="maxprec"):
        return "".join(f"{name}: {np.asarray(value)}\n" for name, value in values.items())
