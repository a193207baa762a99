"""What a scenario is, in a few words: its pages and its sizes."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tutor.files.phrase import counted
from lstm_tutor.model.symbol import bare, layer_of
from lstm_tutor.render.entries import entry_of
from lstm_tutor.scenario.scenario import Scenario


def sizes_of(scenario: Scenario) -> Iterator[str]:
    """Yield the size of each axis: "2 time steps", "3 inputs", "4 hidden units of l2"."""
    yield counted(scenario.steps, "time step")
    if scenario.batch is not None:
        yield counted(scenario.batch, "sequence")
    for axis, size in scenario.sizes.items():
        if "+" not in axis:
            layer, hidden = layer_of(axis), bare(axis) == "hidden"
            thing = "hidden unit" if hidden else entry_of(axis)
            things = bare(axis) if thing.endswith("s") else ""
            yield counted(size, thing, things) + f" of {layer}" * bool(layer)
