"""What the entries of a value are called: by their axis, or by a character they stand for."""

from __future__ import annotations

from collections.abc import Sequence

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.files.text import named
from lstm_tutor.model.symbol import bare, layer_of
from lstm_tutor.scenario.scenario import Scenario

_ENTRIES = {"hidden": "unit", "classes": "class"}


def entry_of(axis: str) -> str:
    """Return what an entry on an axis is called: a unit, a class, an input."""
    name = bare(axis)
    return _ENTRIES["hidden"] if "+" in axis else _ENTRIES.get(name, name)


def entry_name(scenario: Scenario, axes: Axes, index: Sequence[int]) -> str:
    """Name an entry of a signal, or of a parameter: ``unit 0``, ``character e from unit 1``.

    Args:
        scenario: its sizes, layers and vocabulary.
        axes: those of the quantity; an index that has one more is of a batch.
        index: where the entry stands.
    """
    layers = len({layer_of(part) for axis in axes for part in axis.split("+")}) > 1
    pairs = zip(axes, index, strict=False)
    own = [_entry(scenario, axis, number, layers) for axis, number in pairs]
    said = [" from ".join(own)] if own else []
    return ", ".join([*said, *(f"sequence {number}" for number in index[len(axes) :])])


def _entry(scenario: Scenario, axis: str, number: int, layers: bool) -> str:
    *others, _ = parts = axis.split("+")  # what two directions found, one below the other
    for part in others:
        if number < scenario.sizes[part]:
            axis = part
            break
        number -= scenario.sizes[part]
        axis = parts[-1]
    letters = scenario.letters(axis)
    if letters:
        return f"character {named(letters[number])}"
    of = f" of {layer_of(axis)}" if layers and layer_of(axis) else ""
    return f"{entry_of(axis)} {number}{of}"
