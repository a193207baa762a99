"""A computation as the arrays of a framework or a course: its names, orders and shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.dialects.assignment import written
from lstm_tutor.dialects.layout import Layouts, SignalLayout
from lstm_tutor.model.composition import Layer, Part, parts_of
from lstm_tutor.model.symbol import INPUT, Id, gradient, layer_of, layered
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
_Directed = tuple[str, bool]
"""A signal's name, and whether it runs from right to left."""


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
    for layout in layouts.signals:
        found |= _signal(trace, layouts, layout, parts, known)
    return found


def _signal(
    trace: Trace,
    layouts: Layouts,
    layout: SignalLayout,
    parts: Sequence[Part],
    known: set[str],
) -> dict[str, Array]:
    """Return the arrays of one signal: of all layers together, or one for each."""
    if layout.of in (INPUT, gradient(INPUT)):
        own = [(layout.of, False)]
        return (
            {layout.name: _array(trace, layouts, layout, [own])} if layout.of in known else {}
        )
    layers = _layers(parts, layout.of, known)
    if "layer" in layout.axes:
        symbols = [symbol for held in layers.values() for symbol in held]
        sizes = {np.shape(trace.find(Id(name, 0)).value)[:1] for name, _ in symbols}
        if len(sizes) != 1:
            return {}
        return {layout.name: _array(trace, layouts, layout, [[one] for one in symbols])}
    found = {}
    for place, (name, held) in enumerate(layers.items(), 1):
        whole = layout.name if place == len(layers) else f"{name}.{layout.name}"
        found[whole] = _array(trace, layouts, layout, [held])
    return found


def _layers(parts: Sequence[Part], of: str, known: set[str]) -> dict[str, list[_Directed]]:
    """Return each layer that has a signal, with the signal's names in its directions."""
    found: dict[str, list[_Directed]] = {}
    for part in parts:
        symbol = layered(part.name, of)
        if part.cell.states and symbol in known:
            layer = layer_of(part.name) if part.paired else part.name
            found.setdefault(layer, []).append((symbol, part.backward))
    return found


def _array(
    trace: Trace, layouts: Layouts, layout: SignalLayout, layers: Sequence[Sequence[_Directed]]
) -> Array:
    """Return signals as one array, in the source's order of axes.

    Args:
        trace: the computation.
        layouts: how the source lays arrays.
        layout: of this array.
        layers: for each layer the signal's name in each direction.
    """
    values = [[_values(trace, *one, last=layout.last) for one in held] for held in layers]
    if "direction" in layout.axes:
        rows = [np.stack(held, axis=1) for held in values]
    else:
        rows = [np.concatenate(held, axis=1)[:, None] for held in values]
    whole = np.stack(rows, axis=1)  # time, layer, direction, unit, batch
    order = ("time", "layer", "direction", "unit", "batch")
    alone = trace.scenario.batch is None and not layouts.batched
    axes = [axis for axis in layout.axes if not (alone and axis == "batch")]
    kept = [order.index(axis) for axis in axes]
    rest = [place for place in range(len(order)) if place not in kept]
    moved = whole.transpose(*kept, *rest)
    return moved.reshape(moved.shape[: len(kept)])


def _values(trace: Trace, symbol: str, backward: bool, *, last: bool) -> Array:
    """Return a signal over time: (time, unit, batch), a single sequence as a batch of one."""
    steps = trace.scenario.steps
    times = [0 if backward else steps - 1] if last else range(steps)
    found = np.stack([np.asarray(trace.find(Id(symbol, t)).value) for t in times])
    return found if trace.scenario.batch is not None else found[..., None]
