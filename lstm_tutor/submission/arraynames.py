"""What a dialect's arrays are called in one model, and which parameters each holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lstm_tutor.dialects.arrays import NoLayouts, bundled_layouts, layouts
from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.layout import ArrayLayout, Layouts
from lstm_tutor.model.composition import Part, parts_of
from lstm_tutor.model.symbol import layered
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.submission.fitting import AXES, BATCH, TIME, UNITS

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_AXES = {"time": TIME, "batch": BATCH, "unit": UNITS}


@dataclass(frozen=True)
class NamedArray:
    """One array of a source.

    Attributes:
        name: as the source calls it.
        symbols: the parameters that it holds, in the order in which they stand in it.
        half: those of them that are the sum of this array and another one.
        transposed: whether its rows are written as columns.
    """

    name: str
    symbols: tuple[str, ...]
    half: frozenset[str]
    transposed: bool


def pages_of(scenario: Scenario) -> list[Part]:
    """Return the pages of a scenario, each direction apart, those with a state first."""
    found = parts_of(scenario.layers) or [Part(scenario.cell)]
    return sorted(found, key=lambda part: not part.cell.states)


def laid(dialect: str) -> Layouts | None:
    """Return how a dialect lays arrays; None if it says nothing of them."""
    if dialect in notations():
        return bundled_layouts(dialect)
    try:
        return layouts(dialect, Path())
    except NoLayouts:
        return None


def named_arrays(scenario: Scenario, found: Layouts) -> Iterator[NamedArray]:
    """Yield the arrays of parameters of a model that stack gates one below the other."""
    parts = pages_of(scenario)
    for part in parts:
        page = next((one for one in found.pages if one.page == part.cell.name), None)
        same = [one for one in parts if bool(one.cell.states) == bool(part.cell.states)]
        for array in page.arrays if page else ():
            row = array.parameters
            if (
                array.split > 1
                or len(set(row)) < len(row)
                or any(len(r) > 1 for r in array.stack)
            ):
                continue
            others = (one for one in page.arrays if one is not array) if page else ()
            shared = {name for one in others for name in one.parameters} & set(row)
            symbols = tuple(layered(part.name, name) for name in row)
            half = frozenset(layered(part.name, name) for name in shared)
            for name in _names(array, part, found, alone=len(same) == 1):
                yield NamedArray(name, symbols, half, array.transposed)


def _names(array: ArrayLayout, part: Part, found: Layouts, *, alone: bool) -> Iterator[str]:
    """Yield the names of a page's array: with its layer, and without where it is alone."""
    for template in array.names:
        short = _OPTIONAL.sub("", template)
        whole = _OPTIONAL.sub(r"\1", template)
        backward = part.backward and part.paired
        full = whole.replace("{layer}", str(part.number))
        yield full.replace("{direction}", found.directions[backward])
        if alone and "{" not in short:
            yield short


def axes_of(dialect: str) -> str:
    """Return the order of time, batch and units in a dialect's arrays over time."""
    found = laid(dialect)
    for signal in found.signals if found else ():
        order = "".join(_AXES.get(axis, "") for axis in signal.axes)
        if order in AXES:
            return order
    return AXES[0]
