"""The initial states of a scenario, as they are written: numbers, by time step, or arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lstm_tutor.files.document import KeyPath, dotted
from lstm_tutor.files.phrase import counted, listed
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.symbol import Id, bare
from lstm_tutor.scenario.arrays import FileArray
from lstm_tutor.scenario.entries import Entries
from lstm_tutor.scenario.laid import LaidArray, is_laid, laid_array
from lstm_tutor.scenario.plain import tree_of
from lstm_tutor.scenario.rows import BATCH
from lstm_tutor.scenario.series import Series

LAYER, DIRECTION, UNIT = "layer", "direction", "unit"
_EACH = (
    "write one number for each sequence, […, …], or one for all of them",
    "write one row for each sequence, [[…], […]], or one for all of them, […]",
)  # by the number of axes


@dataclass(frozen=True)
class LaidStates:
    """An array of initial states in a file of weights.

    Attributes:
        states: the states in it, in its order.
        array: its numbers, with its axes in its own order.
    """

    states: tuple[str, ...]
    array: LaidArray


def read_states(
    entries: Entries, given: Any, cell: Cell, inputs: Series | None
) -> Iterator[tuple[Id, FileArray]]:
    """Yield the initial states; in a batch one row stands for all sequences.

    Args:
        entries: where problems are added.
        given: what stands in the scenario.
        cell: the whole model.
        inputs: what says whether there is a batch; None if they cannot be used.
    """
    arrays, others = _apart(given)
    for name, value in arrays.items():
        states = [state for state in cell.states if name in (state, bare(state))]
        if states:
            yield from _laid(entries, cell, inputs, ("initial", name), value, states)
        else:
            entries.unknown(("initial", name), map(bare, cell.states), cell)
    batch = inputs is not None and inputs.batch is not None
    tree = tree_of((name.split("."), cell.signals[name]) for name in cell.states)
    for path, axes, value in entries.leaves(("initial",), others, tree, cell):
        name = ".".join(map(str, path[1:]))
        if is_laid(value):
            yield from _laid(entries, cell, inputs, path, value, [name])
            continue
        times = _times(cell, name, inputs)
        by_time = isinstance(value, Mapping)
        for key, own in value.items() if by_time else [(next(iter(times)), value)]:
            here = (*path, key) if by_time else path
            if key not in times:
                message = f"{name}[{key:.20}] is read nowhere before its time step"
                expected = f"{listed(list(times))}: the time steps of the initial values"
                entries.problem(here, message, expected, key=True)
                continue
            each = batch and _depth(own) > len(axes)
            hint = _EACH[len(axes)] if batch else ""
            entry = entries.array(here, (BATCH, *axes) if each else axes, own, hint)
            if entry:
                yield Id(name, times[key]), entry


def _apart(given: Any) -> tuple[dict[str, Any], Any]:
    """Return the arrays whose axes are named, and what else is given."""
    if not isinstance(given, Mapping):
        return {}, given
    arrays = {name: value for name, value in given.items() if is_laid(value)}
    return arrays, {name: value for name, value in given.items() if name not in arrays}


def _times(cell: Cell, name: str, inputs: Series | None) -> dict[str, int]:
    return {str(t): t for t in cell.beyond(name, inputs.steps if inputs else 0)}


def _laid(
    entries: Entries,
    cell: Cell,
    inputs: Series | None,
    path: KeyPath,
    value: Mapping[str, Any],
    states: Sequence[str],
) -> Iterator[tuple[Id, FileArray]]:
    """Yield the states of an array: of one layer, or of all that have a state of the name,
    layer by layer and both directions of each, as frameworks stack them.
    """
    axes = cell.signals[states[0]]
    unit = axes[-1] if len(states) == 1 else bare(axes[-1])
    known = (LAYER, DIRECTION, BATCH, unit)
    usual = {1: (unit,), 2: (BATCH, unit), 3: (LAYER, BATCH, unit)}
    found = laid_array(entries, path, value, known, usual)
    if found:
        yield from _apart_by_state(entries, cell, inputs, path, found, states)


def stored_states(
    entries: Entries,
    cell: Cell,
    inputs: Series | None,
    held: Sequence[LaidStates],
    given: Set[str],
) -> tuple[list[tuple[Id, FileArray]], list[str]]:
    """Return the initial states that a file of weights has, and a sentence of each array.

    Args:
        entries: where problems are added.
        cell: the whole model.
        inputs: what says whether there is a batch; None if they cannot be used.
        held: the arrays of states.
        given: the states that the scenario gives itself, which go first.
    """
    found: list[tuple[Id, FileArray]] = []
    told = []
    for one in held:
        used = [state for state in one.states if state not in given]
        states = listed(used or one.states)
        way = "gives the initial" if used else "is not used, since 'initial' gives"
        told.append(f"weights: {one.array.name} {way} {states}")
        if used:
            read = _stored(entries, cell, inputs, one)
            found += [(place, entry) for place, entry in read if place.name in used]
    return found, told


def _stored(
    entries: Entries, cell: Cell, inputs: Series | None, one: LaidStates
) -> Iterator[tuple[Id, FileArray]]:
    array = one.array
    if array.values.ndim != len(array.axes):
        message = f"{array.name} has {counted(array.values.ndim, 'axis', 'axes')}"
        expected = f"{len(array.axes)}: {listed(list(array.axes))}"
        entries.problem(array.entry, message, expected)
        return
    known = [axis for axis in (LAYER, DIRECTION, BATCH, UNIT) if axis in array.axes]
    values = array.values.transpose([array.axes.index(axis) for axis in known])
    laid = replace(array, values=values, axes=tuple(known))
    yield from _apart_by_state(entries, cell, inputs, array.entry, laid, one.states)


def _apart_by_state(
    entries: Entries,
    cell: Cell,
    inputs: Series | None,
    path: KeyPath,
    found: LaidArray,
    states: Sequence[str],
) -> Iterator[tuple[Id, FileArray]]:
    """Yield the states of an array whose axes are layer, direction, batch, unit, or some."""
    stacked = sum(axis in (LAYER, DIRECTION) for axis in found.axes)
    array = found.values.reshape(-1, *found.values.shape[stacked:])
    if len(array) != len(states):
        message = f"{found.name} has {counted(len(array), 'state')} on the axis {LAYER!r}"
        expected = f"{len(states)}: {listed(list(states))}"
        entries.problem(found.entry, message, expected)
        return
    if BATCH in found.axes and inputs is not None and inputs.batch is None:
        if array.shape[1] > 1:
            have = counted(array.shape[1], "sequence")
            message = f"{found.name} has {have} on the axis {BATCH!r}"
            expected = f"none: {dotted(inputs.path)} is one sequence"
            remedy = "" if path[0] == "initial" else "write 'initial', which goes first"
            entries.problem(found.entry, message, expected, remedy)
            return
        array = array[:, 0]
    for part, name in zip(array, states, strict=True):
        own = cell.signals[name]
        written = (BATCH, *own) if part.ndim > len(own) else own
        nearest = next(iter(_times(cell, name, inputs).values()))
        yield (
            Id(name, nearest),
            FileArray(path, written, np.array(part), found.name, found.entry),
        )


def _depth(value: Any) -> int:
    """Return how many levels of lists a value has."""
    if not isinstance(value, list):
        return 0
    return 1 + max(map(_depth, value), default=0)
