"""The picture of a computation: an SVG, laid out from the equations of any page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

import numpy as np

from lstm_tutor.algebra.expression import Signal
from lstm_tutor.browser.graph import Graph, Node, Wire, graph_of
from lstm_tutor.browser.layout import Layout, Point
from lstm_tutor.model.equation import Equation, Role
from lstm_tutor.model.symbol import LOSS, Id
from lstm_tutor.numbers.numeral import significant
from lstm_tutor.render.line import View
from lstm_tutor.trace.trace import Trace

MOST_TIMES = 12
DIGITS = 3
_MARGIN, _TITLE = 12.0, 26.0
_LINE, _CHIP = 17.0, 18.0


def picture(trace: Trace, view: View) -> str:
    """Return the picture of the first time steps; every box shows its number."""
    return "".join(f"{line}\n" for line in _Picture(trace, view).lines())


class _Picture:
    """One picture."""

    def __init__(self, trace: Trace, view: View) -> None:
        scenario = trace.scenario
        self._trace, self._view = trace, view
        self._times = range(min(scenario.steps, MOST_TIMES))
        loss = trace.program.loss.expression if scenario.has_labels else None
        self._graph = graph_of(scenario.cell.equations, loss)
        self._chips = _chips(trace, self._graph)
        self.layout = Layout(
            self._graph, {k: self._size(n) for k, n in self._graph.nodes.items()}
        )
        self._starts = dict(self._initial())
        self._widest = max((self._starting(*place) for place in self._starts), default=0.0)
        early = any(t < 0 for _, t in self._starts)
        late = any(t >= len(self._times) for _, t in self._starts)
        self._left = _MARGIN + (self._widest + 8) * early + self.layout.gap
        right = (self._widest + 8) * late + self.layout.gap
        self.width = self._left + len(self._times) * self.layout.pitch - self.layout.gap + right
        self.width += _MARGIN

    def _wide(self, node: Node) -> float:
        """Return the width of a box: room for the longest name and number on a line."""
        lines = [e.target for e in self._chips.get(node.key, ())]
        lines += node.shown if node.sign else ()
        longest = max((len(self._name(Id(symbol, 0))) for symbol in lines), default=1)
        return 14 + 7.0 * longest + (56.0 if self._entries(node.shown[0]) == 1 else 112.0)

    def _starting(self, key: str, t: int) -> float:
        """Return the width of an initial value: room for its name, and its number below."""
        id_ = Id(self._graph.nodes[key].shown[0], t)
        return 20 + 7.0 * max(len(self._name(id_)), len(self._number(id_)))

    def _entries(self, symbol: str) -> int:
        return int(np.size(self._trace.signals[symbol].values[0]))

    def _size(self, node: Node) -> Point:
        if not node.shown:
            return max(24.0, 10 + 7.0 * len(node.sign)), 24.0
        sign = _LINE if node.sign not in ("", "box") else 0.0
        box = 6 + _LINE * max(len(node.shown) + bool(sign), 2 if len(node.shown) == 1 else 1)
        return self._wide(node), box + _CHIP * len(self._chips.get(node.key, ()))

    def _initial(self) -> Iterator[tuple[tuple[str, int], float]]:
        """Yield the heights at which the initial values stand, apart from each other."""
        wanted: dict[tuple[str, int], float] = {}
        for wire in self._graph.wires:
            for t in self._times:
                place = (wire.source, t + wire.shift)
                if place[1] not in self._times:
                    wanted.setdefault(place, self.layout.arrival(wire))
        height = 2 * _LINE + 6 + 8
        last: dict[bool, float] = {}
        for place, arrival in sorted(wanted.items(), key=lambda item: item[1]):
            side = place[1] < 0
            y = max(arrival, last.get(side, -1e9) + height, height / 2)
            last[side] = y
            yield place, y
        self.height = max([self.layout.height, *(y + height / 2 for y in last.values())])

    def lines(self) -> Iterator[str]:
        """Yield the lines of the picture: wires first, then what stands on them."""
        width, height = self.width, self.height + _TITLE + _MARGIN
        yield (
            f'<svg id="picture" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}" role="group" aria-label="The computation as a picture">'
        )
        yield (
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" '
            'markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">'
            '<path class="tip" d="M0 0L8 4L0 8z"/></marker>'
            '<marker id="open" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="9" '
            'markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">'
            '<path class="open" d="M1 1L8 5L1 9"/></marker></defs>'
        )
        yield f'<g transform="translate(0 {_TITLE:.0f})">'
        for t in self._times:
            middle = self._column(t) + self.layout.width / 2
            yield f'<text class="time" x="{middle:.0f}" y="-10">t = {t}</text>'
        for t in self._times:
            for wire in self._graph.wires:
                yield self._wire(wire, t)
        yield from self._ways()
        for (key, t), y in self._starts.items():
            yield from self._start(key, t, y)
        for t in self._times:
            for node in self._graph.nodes.values():
                yield from self._node(node, t)
        yield "</g></svg>"

    def _column(self, t: int) -> float:
        return self._left + t * self.layout.pitch

    def _corners(self, wire: Wire, t: int) -> list[Point]:
        place = (wire.source, t + wire.shift)
        if wire.shift and place in self._starts:
            early = place[1] < 0
            x = _MARGIN + self._widest if early else self.width - _MARGIN - self._widest
            passed = t if early else len(self._times) - 1 - t
            return self.layout.path_in(wire, self._column(t), (x, self._starts[place]), passed)
        return self.layout.path(wire, self._column(t))

    def _wire(self, wire: Wire, t: int) -> str:
        source = self._graph.nodes[wire.source]
        from_ = escape(str(Id(source.shown[0], t + wire.shift))) if source.shown else ""
        into = self._graph.nodes[self._graph.places.get(wire.equation, wire.into)]
        ids = " ".join(str(Id(symbol, t)) for symbol in into.shown)
        return (
            f'<path class="wire" data-from="{from_}" data-into="{escape(ids)}" '
            f'd="{_drawn(self._corners(wire, t))}"/>'
        )

    def _ways(self) -> Iterator[str]:
        """Yield the way of each term of a gradient, hidden until its step is shown."""
        for equation in self._trace.program.derivation.backward:
            for number, term in enumerate(equation.terms):
                for t in self._times:
                    points: list[Point] = []
                    for link in reversed(term.links):
                        if not isinstance(link.operand, Signal):
                            continue
                        operand = Signal(link.operand.name, link.operand.shift - link.shift)
                        there = t + link.shift
                        if there not in self._times or t not in self._times:
                            points = []
                            break
                        for wire in self._graph.way(operand, link.consumer):
                            points += self._corners(wire, there)
                    if points:
                        id_ = escape(str(Id(equation.target, t)))
                        yield (
                            f'<path class="way" data-step="{id_}" data-term="{number}" '
                            f'd="{_drawn(points[::-1])}"/>'
                        )

    def _start(self, key: str, t: int, y: float) -> Iterator[str]:
        """Draw an initial value."""
        symbol = self._graph.nodes[key].shown[0]
        height = 2 * _LINE + 6
        left = _MARGIN if t < 0 else self.width - _MARGIN - self._widest
        yield from self._box(
            (left, y - height / 2, self._widest, height), [Id(symbol, t)], "state", ""
        )

    def _node(self, node: Node, t: int) -> Iterator[str]:
        left, top, width, height = self.layout.box(node.key)
        left += self._column(t)
        if not node.shown:
            shape = f'<rect class="op" x="{left:.1f}" y="{top:.1f}" width="{width:.0f}" '
            middle = f'x="{left + width / 2:.1f}" y="{top + 16:.1f}"'
            yield f'{shape}height="24" rx="12"/>'
            yield f'<text class="sign" {middle}>{escape(node.sign)}</text>'
            return
        chips = self._chips.get(node.key, ())
        for number, equation in enumerate(chips):
            yield from self._chip(equation, t, left, top + number * _CHIP, width)
        depth = _CHIP * len(chips)
        kind = "given" if node.given or node.key == LOSS else "state"
        kind = "gate" if node.sign else kind
        ids = [Id(symbol, t) for symbol in node.shown]
        sign = node.sign if node.sign != "box" else ""
        yield from self._box((left, top + depth, width, height - depth), ids, kind, sign)

    def _box(
        self,
        place: tuple[float, float, float, float],
        ids: Sequence[Id],
        kind: str,
        sign: str,
    ) -> Iterator[str]:
        """Draw a box with its symbols and numbers; each is a way to its step."""
        left, top, width, height = place
        middle = left + width / 2
        radius = {"given": 2, "gate": 7}.get(kind, height / 2)
        alone = len(ids) == 1
        for number, id_ in enumerate(ids):
            y = top + number * (_LINE + (_LINE if sign else 0))
            part = height if alone else _LINE + 3
            yield self._open(id_, "node")
            yield _rectangle(left, y, width, part, radius)
            if alone and not sign:
                yield _text("name", middle, top + 16, self._name(id_))
                yield _text("number", middle, top + 32, self._number(id_))
            else:
                yield _text("name start", left + 7, y + 15, self._name(id_))
                yield _text("number end", left + width - 7, y + 15, self._number(id_))
            yield "</g>"
        if sign:
            yield _text("sign", middle, top + 2 * _LINE - 2, sign)

    def _chip(
        self, equation: Equation, t: int, left: float, top: float, width: float
    ) -> Iterator[str]:
        id_ = Id(equation.target, t)
        if id_.t not in self._trace.times(id_.name):
            return
        yield self._open(id_, "node chip")
        yield _rectangle(left, top, width, _CHIP - 2, 5)
        yield _text("name start", left + 6, top + 12.5, self._name(id_))
        yield _text("number end", left + width - 6, top + 12.5, self._number(id_))
        yield "</g>"

    def _open(self, id_: Id, kind: str) -> str:
        return f'<g class="{kind}" data-node="{escape(str(id_))}">'

    def _name(self, id_: Id) -> str:
        """Write a symbol; its time step is that of the column."""
        text = self._view.notation.symbol(id_.node)
        inside = id_.t in self._times
        return text.removesuffix(f"[{id_.t}]") if inside else text

    def _number(self, id_: Id) -> str:
        series = self._trace.signals[id_.name]
        there = id_.t is not None and series.has(id_.t)
        return short(self._trace.value(id_.node) if there else 0 * series.values[0])


def _rectangle(left: float, top: float, width: float, height: float, radius: float) -> str:
    return (
        f'<rect class="box" x="{_short(left)}" y="{_short(top)}" width="{width:.0f}" '
        f'height="{height:.0f}" rx="{radius:.0f}"/>'
    )


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{_short(x)}" y="{_short(y)}">{escape(text)}</text>'


def short(value: object) -> str:
    """Write a value in the room of a box: at most two entries."""
    flat = np.ravel(np.asarray(value)).tolist()
    shown = [significant(entry, DIGITS - (len(flat) > 1)) for entry in flat[:2]]
    return ", ".join(shown) + "…" * (len(flat) > 2)


def _chips(trace: Trace, graph: Graph) -> dict[str, list[Equation]]:
    """Return the gradients that stand at each node."""
    found: dict[str, list[Equation]] = {}
    for equation in trace.program.derivation.backward:
        key = graph.places.get(equation.of)
        if key and equation.role is not Role.BLOCK:
            found.setdefault(key, []).append(equation)
    return found


def _drawn(points: Iterable[Point]) -> str:
    """Write corners as a path."""
    text, before = "", None
    for x, y in points:
        if before is None:
            text = f"M{_short(x)} {_short(y)}"
        elif abs(before[0] - x) < 0.05:
            text += f"V{_short(y)}"
        elif abs(before[1] - y) < 0.05:
            text += f"H{_short(x)}"
        else:
            text += f"L {_short(x)} {_short(y)}"
        before = (x, y)
    return text


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
