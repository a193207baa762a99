"""The bundled scenarios, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from lstm_tutor.model.symbol import bare
from lstm_tutor.render.sheet import GAP, Sheet
from lstm_tutor.render.words import words
from lstm_tutor.scenario.scenario import Scenario

_HEADER = ("scenario", "cell", "steps", "units", "what it teaches")
_LEAST = 16  # columns of what it teaches


def _cells(scenario: Scenario) -> str:
    """Return the names of the recurrent pages, each once."""
    names = [layer.cell.name for layer in scenario.layers if layer.recurrent]
    return ", ".join(dict.fromkeys(names or [scenario.cell.name]))


def _units(scenario: Scenario) -> str:
    """Return the hidden units of each layer."""
    sizes = scenario.sizes.items()
    own = ((axis, size) for axis, size in sizes if "+" not in axis)
    found = [str(size) for axis, size in own if bare(axis) == "hidden"]
    return " + ".join(found)


def scenario_sheet(scenarios: Sequence[Scenario], width: int) -> Sheet:
    """Return a row per scenario: its name, its cell, its sizes and what it teaches."""
    facts = [
        (one.name, _cells(one), f"{one.steps:>5}", f"{_units(one):>5}") for one in scenarios
    ]
    sizes = [max(map(len, column)) for column in zip(_HEADER[:-1], *facts, strict=True)]
    room = max(_LEAST, width - sum(sizes) - GAP * len(sizes))
    rows = (
        (*(((fact, ""),) for fact in row), tuple(words(one.about, room)))
        for one, row in zip(scenarios, facts, strict=True)
    )
    return Sheet("", _HEADER, tuple(rows))
