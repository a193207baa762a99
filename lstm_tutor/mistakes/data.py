"""Mistakes with the data: in another order, laid out otherwise, prepared, mixed up.

Each changes what is given at all time steps alike, and no equation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise, permutations
from math import factorial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Expression, Parameter, Signal
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.mistakes.slips import literal
from lstm_tutor.model.loss import NUMBERS
from lstm_tutor.model.symbol import INPUT, LABEL, Id, layer_of
from lstm_tutor.scenario.scenario import Scenario

Array: TypeAlias = NDArray[Any]
_MOST_STEPS = 50
_MOST_ENTRIES = 64  # of an array that is written out in another order
_MOST_ORDERS = 24  # of entries, that are tried
_TINY = 1e-12
PREPARED = ("scaled", "centred", "centred-all", "standardised", "standardised-all", "spread")
"""How inputs are prepared."""


def data_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Yield the mistakes with what is given, each in all places at once."""
    if 1 < scenario.steps <= _MOST_STEPS:
        yield from _turned(scenario)
        yield from _off(scenario)
    if scenario.steps <= _MOST_STEPS:
        yield from _permuted(scenario)
        yield from _prepared(scenario)
        yield from _reshaped(scenario)
        yield from _inputs_for_labels(scenario)
    yield from _layouts(scenario)
    yield from _states(scenario)


def _labelled(scenario: Scenario) -> list[int]:
    return list(scenario.labelled_times) if scenario.has_labels else []


def _turned(scenario: Scenario) -> Iterator[Mistake]:
    """The time steps from the last to the first."""
    last, times = scenario.steps - 1, _labelled(scenario)
    yield from _moved("turned-order", INPUT, {t: last - t for t in range(last + 1)})
    if times and all(last - t in times for t in times):
        yield from _moved("turned-order", LABEL, {t: last - t for t in times})


def _off(scenario: Scenario) -> Iterator[Mistake]:
    """The inputs of the time step before or after; at the end zeros, the same once more, or
    those of the other end. Labels likewise, with the same once more.
    """
    steps, zeros = scenario.steps, literal(np.zeros_like(scenario.inputs[0]))
    for kind, by in (("inputs-late", -1), ("inputs-early", 1)):
        inner = {t: t + by for t in range(steps) if 0 <= t + by < steps}
        end = 0 if by < 0 else steps - 1
        for beyond in (zeros, _fixed(INPUT, end), _fixed(INPUT, (end + by) % steps)):
            rows: dict[int, Expression] = {t: _fixed(INPUT, o) for t, o in inner.items()}
            yield from _mistake(kind, INPUT, rows | {end: beyond})
    times = _labelled(scenario)
    if len(times) == steps:
        for by in (-1, 1):
            near = {t: min(max(t + by, 0), steps - 1) for t in times}
            yield from _moved("label-off", LABEL, near)


def _permuted(scenario: Scenario) -> Iterator[Mistake]:
    """The entries of every input in another order, or those of every label."""
    for name, values, times in (
        (INPUT, scenario.inputs, list(range(scenario.steps))),
        (LABEL, scenario.labels, _labelled(scenario)),
    ):
        if not times or (name == LABEL and scenario.loss.labels == NUMBERS):
            continue
        for order in _orders(values.shape[1]):
            kind = "entries-permuted"
            rows = {t: literal(_whole(values[t][order])) for t in times}
            changed = {t: new for t, new in rows.items() if not _same(values[t], order)}
            yield from _mistake(kind, name, changed)


def _same(row: Array, order: list[int]) -> bool:
    return bool(np.array_equal(row[order], row, equal_nan=True))


def _whole(values: Array) -> Array:
    """Return numbers as they are written: whole ones without a point."""
    return values.astype(int) if np.array_equal(values, np.round(values)) else values


def _orders(count: int) -> Iterator[list[int]]:
    """Yield other orders of so many entries: all, or turned, moved on, two exchanged."""
    own = list(range(count))
    if factorial(count) <= _MOST_ORDERS:
        yield from (list(order) for order in permutations(own) if list(order) != own)
        return
    if count > _MOST_ENTRIES:
        return
    yield own[::-1]
    yield own[1:] + own[:1]
    yield own[-1:] + own[:-1]
    for one in range(count - 1):
        yield [*own[:one], one + 1, one, *own[one + 2 :]]


def _prepared(scenario: Scenario) -> Iterator[Mistake]:
    """The inputs scaled or moved first, as data often are."""
    x = scenario.inputs
    apart = (0,) if x.ndim == 2 else (0, 2)
    mean, spread = x.mean(axis=apart, keepdims=True), x.std(axis=apart, keepdims=True)
    low, high = x.min(axis=apart, keepdims=True), x.max(axis=apart, keepdims=True)
    found = {
        "scaled": x / max(np.abs(x).max(), _TINY),
        "centred": x - mean,
        "centred-all": x - x.mean(),
        "standardised-all": (x - x.mean()) / max(x.std(), _TINY),
    }
    if spread.all():
        found |= {"standardised": (x - mean) / spread, "spread": (x - low) / (high - low)}
    for way, other in found.items():
        if not np.allclose(other, x):
            rows = {t: literal(row) for t, row in enumerate(other)}
            yield from _mistake("inputs-prepared", INPUT, rows, way)


def _reshaped(scenario: Scenario) -> Iterator[Mistake]:
    """In a batch, an array reshaped where its axes should be exchanged."""
    if scenario.batch is None or scenario.batch < 2:
        return
    x = scenario.inputs  # (time, input, batch)
    steps, size, batch = x.shape
    if x.size > _MOST_ENTRIES:
        return
    whole = x.transpose(2, 0, 1)  # as files have it: (batch, time, input)
    found = [
        np.array([row.reshape(batch, size).T for row in x]),
        np.array([row.T.reshape(size, batch) for row in x]),
        whole.reshape(steps, batch, size).transpose(0, 2, 1),
        whole.reshape(steps, size, batch),
        x.transpose(0, 2, 1).reshape(batch, steps, size).transpose(1, 2, 0),
    ]
    for other in found:
        if not np.array_equal(other, x):
            rows = {t: literal(row) for t, row in enumerate(other)}
            yield from _mistake("reshaped", INPUT, rows)


def _inputs_for_labels(scenario: Scenario) -> Iterator[Mistake]:
    """The input of the time step itself for its label, if it is as long."""
    if scenario.has_labels and scenario.labels.shape == scenario.inputs.shape:
        rows: dict[int, Expression] = {t: _fixed(INPUT, t) for t in _labelled(scenario)}
        yield from _mistake("input-for-label", LABEL, rows)


def _layouts(scenario: Scenario) -> Iterator[Mistake]:
    """The numbers of matrices filled in column by column: of all, or of one."""
    edits = []
    for name, values in scenario.parameters.items():
        if values.ndim == 2 and min(values.shape) > 1 and values.size <= _MOST_ENTRIES:
            for new in (
                values.ravel().reshape(values.shape, order="F"),
                values.ravel(order="F").reshape(values.shape),
            ):
                own = Parameter(name)
                edits.append(Edit(name, "columns-first", None, literal(new), own, literal(new)))
    yield from (Mistake((edit,)) for edit in edits)
    for group in (edits[::2], edits[1::2]):
        if len(group) > 1:
            yield Mistake(tuple(group), together="columns-first")


def _states(scenario: Scenario) -> Iterator[Mistake]:
    """Initial states exchanged, or taken from where the layer below ends."""
    by_layer: dict[str, list[Id]] = {}
    for place in scenario.initial:
        by_layer.setdefault(layer_of(place.name), []).append(place)
    for places in by_layer.values():
        values = [scenario.initial[place] for place in places]
        if len(places) == 2 and not np.array_equal(values[0], values[1]):
            yield _given(
                "initial-exchanged", zip(places, (p.node for p in places[::-1]), strict=True)
            )
    layers = list(by_layer.values())
    for below, above in pairwise(layers):
        ends = [
            (
                Signal(
                    p.name,
                    0 if p.name in scenario.cell.late else scenario.steps - 1,
                    fixed=True,
                ),
                p,
            )
            for p in below
        ]
        fits = [
            (place, end)
            for place in above
            for end, own in ends
            if own.symbol == place.symbol
            and scenario.initial[own].shape == scenario.initial[place].shape
        ]
        if fits:
            yield _given("last-of-below", fits)


def _given(kind: str, news: Iterable[tuple[Id, Expression]]) -> Mistake:
    edits = (Edit(str(p), kind, None, new, p.node, new) for p, new in news)
    return Mistake(tuple(edits), together=kind)


def _fixed(name: str, t: int) -> Signal:
    return Signal(name, t, fixed=True)


def _moved(kind: str, name: str, times: dict[int, int]) -> Iterator[Mistake]:
    rows: dict[int, Expression] = {t: _fixed(name, o) for t, o in times.items() if t != o}
    yield from _mistake(kind, name, rows)


def _mistake(
    kind: str, name: str, rows: dict[int, Expression], way: str = ""
) -> Iterator[Mistake]:
    """Yield the mistake with other rows at some time steps; what reads best stands first."""
    edits = [
        Edit(str(Id(name, t)), kind, None, new, _fixed(name, t), new, way=way)
        for t, new in rows.items()
    ]
    edits.sort(key=lambda edit: not isinstance(edit.new, Signal))
    if edits:
        yield Mistake(tuple(edits), together=kind)
