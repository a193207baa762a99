"""Pictures: laid out from the equations of any page, by geometry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, pairwise

import models
import pages
import pytest
from drawing import ALL_CELLS, scenario_of

from lstm_tutor.browser.columns import Slot
from lstm_tutor.browser.graph import graph_of
from lstm_tutor.browser.layout import Layout
from lstm_tutor.browser.picture import picture
from lstm_tutor.browser.rails import planned
from lstm_tutor.browser.routes import Routes
from lstm_tutor.dialects.notation import notation
from lstm_tutor.model.symbol import LOSS
from lstm_tutor.render.line import View
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import Trace, compute

Box = tuple[float, float, float, float]
_EDGE = 1.0  # what touches is no overlap
_NUMBER = r"(-?[\d.e+]+)"
_RECT = re.compile(
    rf'<rect class="\w+" x="{_NUMBER}" y="{_NUMBER}" width="{_NUMBER}" height="{_NUMBER}"'
)
_PATH = re.compile(r'<path class="wire" [^>]*d="([^"]+)"')
_TRACES = [
    *(pytest.param(lambda name=name: compute(load(name)), id=name) for name in bundled()),
    *(
        pytest.param(lambda cell=cell: compute(scenario_of(cell, steps=2)), id=name)
        for name, cell in ALL_CELLS.items()
    ),
    *(pytest.param(lambda n=n: pages.trace_of(n), id=f"page {n}") for n in range(24)),
    *(pytest.param(lambda n=n: models.trace_of(n), id=f"model {n}") for n in range(16)),
]


def _boxes(svg: str) -> list[Box]:
    """Return left, top, right and bottom of each box and circle."""
    found = []
    for match in _RECT.finditer(svg):
        x, y, width, height = map(float, match.groups())
        found.append((x, y, x + width, y + height))
    return found


def _lines(svg: str) -> Iterator[Box]:
    """Yield the straight lines of every wire, as boxes without width or height."""
    for match in _PATH.finditer(svg):
        x = y = 0.0
        points = []
        for command, text in re.findall(r"([MHVL])([^MHVL]+)", match[1]):
            numbers = [float(number) for number in text.split()]
            x = numbers[0] if command in "MHL" else x
            y = numbers[-1] if command in "MVL" else y
            points.append((x, y))
            assert command != "L", "a wire runs level or upright"
        for (a, b), (c, d) in pairwise(points):
            yield min(a, c), min(b, d), max(a, c), max(b, d)


def _overlap(one: Box, other: Box) -> bool:
    return all(
        one[axis] + _EDGE < other[axis + 2] and other[axis] + _EDGE < one[axis + 2]
        for axis in (0, 1)
    )


@pytest.mark.parametrize("made", _TRACES)
def test_no_box_overlaps_another_and_no_wire_runs_through_one(made: object) -> None:
    """Whatever the equations are, everything in the picture stands apart."""
    assert callable(made)
    trace: Trace = made()
    svg = picture(trace, View(notation("gomez", trace.scenario.cell)))
    boxes = _boxes(svg)
    assert len(boxes) > len(trace.scenario.cell.gates)
    assert [pair for pair in combinations(boxes, 2) if _overlap(*pair)] == []
    lines = [(a - _EDGE, b - _EDGE, c + _EDGE, d + _EDGE) for a, b, c, d in _lines(svg)]
    assert lines
    inside = [(x + 2, y + 2, right - 2, bottom - 2) for x, y, right, bottom in boxes]
    assert [(line, box) for line in lines for box in inside if _overlap(line, box)] == []


@pytest.mark.parametrize(("name", "state"), [("lstm", "C"), ("gru", "h"), ("slstm", "n")])
def test_a_state_that_goes_on_entry_by_entry_runs_straight(name: str, state: str) -> None:
    """From its initial value through every time step there is one level line, on one height,
    and the boxes of the state stand on it.
    """
    trace = compute(scenario_of(ALL_CELLS[name], steps=3))
    svg = picture(trace, View(notation("gomez", trace.scenario.cell)))
    stands = []
    for t in range(-1, 3):
        node = svg[svg.index(f'<g class="node" data-node="{state}@{t}">') :]
        ((_, top, right, bottom), *_) = _boxes(node)
        stands.append(((top + bottom) / 2, right))
    (height,) = {middle for middle, _ in stands}
    level = [(a, c) for a, b, c, d in _lines(svg) if b == d == height]
    parts = sorted(level + [(a, c) for a, b, c, d in _boxes(svg) if b < height < d])
    reached = parts[0][1]
    for start, end in parts:
        assert start <= reached + _EDGE
        reached = max(reached, end)
    assert reached >= stands[-1][1]


@pytest.mark.parametrize("name", ALL_CELLS)
def test_no_two_values_run_on_one_line(name: str) -> None:
    """Where wires of different values meet, they cross."""
    loss = compute(scenario_of(ALL_CELLS[name])).program.loss.expression
    graph = graph_of(ALL_CELLS[name].equations, loss)
    slots = dict.fromkeys(graph.nodes, Slot(30, 30, 20, 20, 30, 20, 20))
    slots[LOSS] = Slot(112, 30, 20, 20, 30, 20, 20)  # with the label beside it
    layout = Layout(graph, planned(graph), slots)
    routes = Routes(layout)
    parts = [
        ((wire.source, t + wire.shift), *ends)
        for t in range(2)
        for wire in graph.wires
        for ends in pairwise(
            [(round(x), round(y)) for x, y in routes.path(wire, t * layout.pitch)]
        )
    ]
    for (value, a, b), (other, c, d) in combinations(parts, 2):
        for axis in (0, 1):
            if value != other and a[axis] == b[axis] == c[axis] == d[axis]:
                low, high = sorted((a[1 - axis], b[1 - axis]))
                start, end = sorted((c[1 - axis], d[1 - axis]))
                assert min(high, end) - max(low, start) < 2
