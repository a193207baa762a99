"""A computation as the arrays of a framework or a course: its names, orders and shapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.dialects.layout import Layouts, SignalLayout
from lstm_tutor.dialects.output import written
from lstm_tutor.model.composition import Layer, Part, parts_of
from lstm_tutor.model.symbol import INPUT, Id, gradient, layer_of, layered
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
Directed = tuple[str, bool]
"""A signal's name, and whether it runs from right to left."""
_ORDER = ("time", "layer", "direction", "unit", "batch")


def golden(trace: Trace, layouts: Layouts) -> dict[str, Array]:
    """Return every parameter, gradient and signal of a model that a source has arrays for.

    Args:
        trace: the computation.
        layouts: how the source lays arrays.

    Raises:
        NotAssigned: if the source has no arrays for one of the pages.
    """
    scenario = trace.scenario
    parts = parts_of(scenario.layers or (Layer(scenario.cell),))
    found = written(layouts, parts, scenario.parameters)
    known = set(trace.symbols())
    gradients = {name: gradient(name) for name in scenario.parameters}
    if known.issuperset(gradients.values()):
        values = {name: np.asarray(trace.find(own).value) for name, own in gradients.items()}
        found |= written(layouts, parts, values, gradients=True)
    found |= {one.name: one.written(trace) for one in signal_arrays(trace, layouts)}
    return found


@dataclass(frozen=True)
class SignalArray:
    """One array of a signal's values, of which layers and directions.

    Attributes:
        name: what the source calls it.
        layout: how it is laid.
        layers: for each layer the signal's name in each direction.
        axes: its axes, without the batch's where there is none.
    """

    name: str
    layout: SignalLayout
    layers: tuple[tuple[Directed, ...], ...]
    axes: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called, and what it is called in some programs."""
        before = self.name.removesuffix(self.layout.name)
        return tuple(f"{before}{name}" for name in self.layout.names)

    def written(self, trace: Trace) -> Array:
        """Return the array, in the source's order of axes."""
        values = [[_values(trace, *one, self.layout) for one in held] for held in self.layers]
        if "direction" in self.axes:
            rows = [np.stack(held, axis=1) for held in values]
        else:
            rows = [np.concatenate(held, axis=1)[:, None] for held in values]
        whole = np.stack(rows, axis=1)  # time, layer, direction, unit, batch
        moved = whole.transpose(*self._order)
        return moved.reshape(moved.shape[: len(self.axes)])

    @property
    def _order(self) -> list[int]:
        kept = [_ORDER.index(axis) for axis in self.axes]
        return [*kept, *(place for place in range(len(_ORDER)) if place not in kept)]

    def read(self, trace: Trace, array: Array) -> Iterator[tuple[Id, Array]]:
        """Yield what such an array says of each quantity, in its true shape.

        Args:
            trace: the computation that it is of.
            array: as large as the one that is written.
        """
        whole = array.reshape(*array.shape, *(1,) * (len(_ORDER) - array.ndim))
        whole = whole.transpose(np.argsort(self._order))
        for layer, held in enumerate(self.layers):
            sizes = [len(np.atleast_1d(trace.find(Id(name, 0)).value)) for name, _ in held]
            ends = np.cumsum(sizes)[:-1]
            apart = "direction" in self.axes
            for number, (name, backward) in enumerate(held):
                if apart:
                    part = whole[:, layer, number]
                else:
                    part = np.split(whole[:, layer, 0], ends, axis=1)[number]
                for row, t in enumerate(_times(trace, backward, self.layout)):
                    value = part[row]
                    yield (
                        Id(name, t),
                        value if trace.scenario.batch is not None else value[..., 0],
                    )


def signal_arrays(trace: Trace, layouts: Layouts) -> Iterator[SignalArray]:
    """Yield the arrays of signals that a source has of a model, each by its name."""
    scenario = trace.scenario
    parts = parts_of(scenario.layers or (Layer(scenario.cell),))
    known = set(trace.symbols())
    alone = scenario.batch is None and not layouts.batched
    for layout in layouts.signals:
        axes = tuple(axis for axis in layout.axes if not (alone and axis == "batch"))
        if layout.of in (INPUT, gradient(INPUT)):
            if layout.of in known:
                yield SignalArray(layout.name, layout, (((layout.of, False),),), axes)
            continue
        layers = _layers(parts, layout.of, known, initial=layout.initial)
        if "layer" in axes:
            symbols = tuple((symbol,) for held in layers.values() for symbol in held)
            sizes = {np.shape(trace.find(Id(name, 0)).value)[:1] for ((name, _),) in symbols}
            if len(sizes) == 1:
                yield SignalArray(layout.name, layout, symbols, axes)
            continue
        for place, (name, held) in enumerate(layers.items(), 1):
            last = place == len(layers) and not (layout.initial and place > 1)
            whole = layout.name if last else f"{name}.{layout.name}"
            yield SignalArray(whole, layout, (tuple(held),), axes)


def _layers(
    parts: Sequence[Part], of: str, known: set[str], *, initial: bool
) -> dict[str, list[Directed]]:
    """Return each layer that has a signal, with the signal's names in its directions."""
    found: dict[str, list[Directed]] = {}
    for part in parts:
        symbol = layered(part.name, of)
        if of in part.cell.states if initial else part.cell.states and symbol in known:
            layer = layer_of(part.name) if part.paired else part.name
            found.setdefault(layer, []).append((symbol, part.backward))
    return found


def _times(trace: Trace, backward: bool, layout: SignalLayout) -> Sequence[int]:
    steps = trace.scenario.steps
    if layout.initial:
        return [steps if backward else -1]
    return [0 if backward else steps - 1] if layout.last else range(steps)


def _values(trace: Trace, symbol: str, backward: bool, layout: SignalLayout) -> Array:
    """Return a signal over time: (time, unit, batch), a single sequence as a batch of one."""
    times = _times(trace, backward, layout)
    found = np.stack([np.asarray(trace.find(Id(symbol, t)).value) for t in times])
    return found if trace.scenario.batch is not None else found[..., None]
