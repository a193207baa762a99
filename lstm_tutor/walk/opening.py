"""The first page of a walk: what will be computed, from what, and what gradients are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lstm_tutor.algebra.expression import Parameter
from lstm_tutor.files.phrase import counted, listed
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.symbol import layer_of
from lstm_tutor.render.breaking import columns
from lstm_tutor.render.glossary import HEADER, Row, glossary
from lstm_tutor.render.layout import heading, sheets
from lstm_tutor.render.line import View
from lstm_tutor.render.sheet import GAP, Cell, Sheet
from lstm_tutor.render.text import text
from lstm_tutor.render.words import lines_of, words
from lstm_tutor.trace.trace import Trace
from lstm_tutor.walk.walk import Walk

_MOST_TIMES = 8
_LEAST = 30  # columns of what a gradient is


def opening(walk: Walk, view: View, width: int) -> Cell:
    """Return the page: title, goal, what is given, and the table of gradients."""
    trace = walk.trace
    given, left_out = _given(trace)
    lines = [
        *heading(trace.scenario, view, width),
        ("", ""),
        *words(_goal(trace), width),
        *words(_steps(walk), width),
        ("", ""),
    ]
    for sheet in sheets(trace, given, view, width):
        lines += [(line, "") for line in text(sheet, plain=view.plain).splitlines()]
    if left_out:
        said_ = f"{view.ellipsis} and what is given at {counted(left_out, 'more time step')}"
        lines.append((said_, "dim"))
    rows = glossary(trace.program, trace.scenario, view)
    if rows:
        lines += [("", ""), *_gradients(trace, rows, view, width)]
    return tuple(lines)


def _given(trace: Trace) -> tuple[list[int], int]:
    """Return what is given, of a long sequence at the first time steps; how many are not."""
    steps = trace.scenario.steps
    shown = steps if steps <= _MOST_TIMES else _MOST_TIMES // 2
    own = ((index, trace.key(index)[1]) for index in range(trace.first_computed))
    kept = [index for index, t in own if t is None or not shown <= t < steps - 1]
    return kept, max(0, steps - shown - 1)


def _goal(trace: Trace) -> str:
    scenario = trace.scenario
    if scenario.has_labels:
        return (
            "Goal: the loss, how it changes with every weight, and what it is after one "
            "update of the weights."
        )
    if scenario.upstream:
        return "Goal: the gradient of every weight, from the gradients that come from outside."
    return "Goal: what comes out. There are no labels, and so no loss and no gradients."


def _steps(walk: Walk) -> str:
    """Say how many steps there are, by phase."""
    phases = Counter(walk.trace.key(index)[0].phase for index in walk.indices)
    parts = [f"{phases[phase]:,} {phase}" for phase in Phase if phase in phases]
    return f"It is done in {counted(len(walk.indices), 'step')}: {listed(parts)}."


def _gradients(
    trace: Trace, rows: list[Row], view: View, width: int
) -> Iterator[tuple[str, str]]:
    """Yield the table of gradients, each explained beside its name or below it."""
    cell = trace.scenario.cell
    slash = "dL/d{}" if view.plain else "∂L/∂{}"
    first = (*cell.states, cell.output)[0]
    name = view.notation.symbol(Parameter(first)).removeprefix(f"{layer_of(first)}.")
    slash = slash.format(name)
    what = f"A gradient says how much the loss changes with a quantity, as {slash} does."
    if trace.scenario.has_labels:
        yield from words(what, width)
    layered = [e.target for e in trace.program.derivation.backward if layer_of(e.target)]
    if layered:
        said_ = f"In a layer its name and a dot stand before these, as in {layered[0]}."
        yield from words(said_, width)
    sizes = [max(columns(row[column]) for row in (HEADER, *rows)) for column in range(2)]
    room = width - sum(sizes) - 2 * GAP
    if room >= _LEAST:
        table = Sheet(
            "",
            HEADER,
            tuple(
                (((shown, ""),), ((id_, ""),), tuple(words(said, room)))
                for shown, id_, said in rows
            ),
        )
        yield from ((line, "") for line in text(table, plain=view.plain).splitlines())
        return
    for shown, id_, said in rows:
        yield from words(f"{shown}  ({id_})", width, 2, "bold", 2)
        yield from ((f"      {line}", "") for line in lines_of(said, width - 6))
