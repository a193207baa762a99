"""The part of a computation that an equation belongs to: phase, layer, time step."""

from __future__ import annotations

from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Equation, Phase
from lstm_tutor.model.symbol import INPUT, LOSS, layer_of, new
from lstm_tutor.render.words import part_name
from lstm_tutor.scenario.scenario import Scenario

_UNTIMED = (Phase.GIVEN, Phase.LOSS)


def layer_part(cell: Cell, equation: Equation) -> str:
    """Name the layer that an equation is of, with its direction if that is unusual; empty
    for the only one. What stands between layers has names of its own.
    """
    layer = layer_of(equation.target)
    late = {layer_of(state) for state in cell.late}
    if layer in late:
        ways = {Phase.FORWARD: "right to left", Phase.BACKWARD: "left to right"}
        way = ways.get(equation.phase, "")
        return f"{layer} ({way})" if layer and way else layer or way
    if layer or not any(map(layer_of, cell.signals)):
        return layer
    return "input" if equation.of == INPUT else "readout" if "" in cell.pages else "output"


def section(scenario: Scenario, equation: Equation, t: int | None) -> str:
    """Return the part of an equation at a time step: ``backward, l2, t = 1``."""
    if equation.phase in _UNTIMED or equation.target == new(LOSS):
        return part_name(equation.phase, None, scenario.steps)
    layer = layer_part(scenario.cell, equation) if t is not None else ""
    return part_name(equation.phase, t, scenario.steps, layer)
