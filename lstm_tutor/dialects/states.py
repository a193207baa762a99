"""Initial states among a source's arrays: which array has those of which pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lstm_tutor.dialects.layout import Array, Layouts
from lstm_tutor.model.composition import Part
from lstm_tutor.model.symbol import layer_of, layered


@dataclass(frozen=True)
class States:
    """An array of initial states.

    Attributes:
        array: its name in the file.
        states: the states in it: of one page, or of both its directions, or of all layers.
        axes: its axes: layer, direction, batch, unit.
        values: its numbers.
    """

    array: str
    states: tuple[str, ...]
    axes: tuple[str, ...]
    values: Array


def states_in(
    layouts: Layouts,
    parts: Sequence[Part],
    arrays: Mapping[str, Array],
    prefixes: Mapping[str, str],
) -> Iterator[States]:
    """Yield the initial states of a model that a file has.

    Args:
        layouts: how the source lays arrays.
        parts: the model's pages, each direction apart.
        arrays: those of the file, by their names.
        prefixes: what stands before the arrays of each page, by the page's name.
    """
    for signal in (one for one in layouts.signals if one.initial):
        found = {
            name: before
            for name in arrays
            if (before := layouts.prefix_of(signal, name)) is not None
        }
        for before, states in _sharing(signal.axes, signal.of, parts, prefixes):
            own = [name for name, prefix in found.items() if prefix == before]
            alone = len(found) == 1 and len(states) == _count(parts, signal.of)
            own = own or (list(found) if alone else [])
            if own:
                axes, values = signal.axes, arrays[own[0]]
                if not layouts.batched and values.ndim == len(axes) - 1:
                    axes = tuple(axis for axis in axes if axis != "batch")
                yield States(own[0], states, axes, values)


def _sharing(
    axes: Sequence[str], state: str, parts: Sequence[Part], prefixes: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield which states share an array, and what stands before its name."""
    having = [part for part in parts if state in part.cell.states]
    groups: dict[str, list[Part]] = {}
    for part in having:
        key = part.name
        if "layer" in axes:
            key = ""
        elif "direction" in axes and part.paired:
            key = layer_of(part.name)
        groups.setdefault(key, []).append(part)
    for group in groups.values():
        before = prefixes.get(group[0].name, "")
        yield before, tuple(layered(part.name, state) for part in group)


def _count(parts: Sequence[Part], state: str) -> int:
    return sum(state in part.cell.states for part in parts)
