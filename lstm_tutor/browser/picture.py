"""The picture of a computation: an SVG, laid out from the equations of any page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape

from lstm_tutor.algebra.expression import Signal
from lstm_tutor.browser.columns import Slot
from lstm_tutor.browser.graph import Graph, Node, Wire, graph_of
from lstm_tutor.browser.layout import BESIDE, Layout
from lstm_tutor.browser.rails import planned
from lstm_tutor.browser.routes import Point, Routes
from lstm_tutor.browser.shapes import ahead, badge, drawn, rectangle, short, text, width_of
from lstm_tutor.execution.existence import missing
from lstm_tutor.model.equation import Equation, Role
from lstm_tutor.model.symbol import LABEL, LOSS, Id
from lstm_tutor.render.line import View
from lstm_tutor.trace.trace import Trace

MOST_TIMES = 12
_MARGIN, _TITLE = 12.0, 26.0
_LINE, _CHIP = 17.0, 18.0
_BESIDE = 17.0  # from one badge to the next


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
        self._corners_of: dict[Id, Point] = {}
        self._plan = planned(self._graph)
        slots = {key: self._slot(node) for key, node in self._graph.nodes.items()}
        if LABEL in slots:
            room = BESIDE + 2 * slots[LABEL].half
            slots[LOSS] = replace(slots[LOSS], left=slots[LOSS].half + room)
        self.layout = Layout(self._graph, self._plan, slots)
        self._routes = Routes(self.layout)
        self._starts = dict(self._initial())
        self._widest = max((self._starting(*place) for place in self._starts), default=0.0)
        early = any(t < 0 for _, t in self._starts)
        late = any(t >= len(self._times) for _, t in self._starts)
        self._left = _MARGIN + (self._widest + 8) * early + self.layout.gap
        right = (self._widest + 8 + self.layout.gap) * late
        self.width = self._left + len(self._times) * self.layout.pitch - self.layout.gap + right
        self.width += _MARGIN

    def _wide(self, node: Node) -> float:
        """Return the width of a box: room for its names and numbers, and gradients above."""
        if not node.shown:
            return max(24.0, 10 + 7.0 * len(node.sign))
        beside = self._side(node.key)
        lines = [] if beside else [e.target for e in self._chips.get(node.key, ())]
        if node.sign not in ("", "box"):
            return max(self._line_width(lines), self._line_width(node.shown))
        alone = max(width_of(self._number(Id(node.shown[0], t))) for t in self._times)
        return max(58.0, 18 + alone, self._line_width(lines))

    def _line_width(self, symbols: Sequence[str]) -> float:
        """Return the width of a line with one of some names, and a number."""
        longest = 0.0
        for symbol in symbols:
            name = 6.5 * len(self._name(Id(symbol, 0)))
            numbers = (self._number(Id(symbol, t)) for t in self._times)
            longest = max(longest, name + max(width_of(number) for number in numbers))
        return longest + 18

    def _side(self, key: str) -> int:
        """At which side of a box its gradients stand: right, left for -1, 0 for above it."""
        level = any(key in (source, into) for source, _, into in self._plan.links)
        if key == LOSS or level or len(self._chips.get(key, ())) < 2:
            return 0
        return 1 if any(w.shift > 0 for w in self._graph.wires if w.source == key) else -1

    def _slot(self, node: Node) -> Slot:
        """Return the room for a node, and for its gradients above or beside it."""
        half, tall = self._wide(node) / 2, self._tall(node) / 2
        chips, side = self._chips.get(node.key, ()), self._side(node.key)
        if not side:
            above = tall + _CHIP * len(chips)
            return Slot(half, half, above, tall, half, above, tall)
        wide = half + 4 + self._line_width([e.target for e in chips])
        room = max(tall, _CHIP * len(chips) / 2)
        left, right = (wide, half) if side < 0 else (half, wide)
        return Slot(left, right, room, room, half, tall, tall)

    def _tall(self, node: Node) -> float:
        """Return the height of a box."""
        if not node.shown:
            return 24.0
        sign = node.sign not in ("", "box")
        return 6 + _LINE * max(len(node.shown) + sign, 2 if len(node.shown) == 1 else 1)

    def _starting(self, key: str, t: int) -> float:
        """Return the width of an initial value: room for its name, and its number below."""
        id_ = Id(self._graph.nodes[key].shown[0], t)
        return 20 + max(7.0 * len(self._name(id_)), width_of(self._number(id_)))

    def _initial(self) -> Iterator[tuple[tuple[str, int], float]]:
        """Yield the heights at which the initial values stand, apart from each other."""
        wanted: dict[tuple[str, int], tuple[bool, float]] = {}
        for wire in self._graph.wires:
            for t in self._times:
                place = (wire.source, t + wire.shift)
                if place[1] not in self._times:
                    bent = not self.layout.columns.is_link(wire)
                    here = (bent, self.layout.arrival(wire))
                    wanted[place] = min(wanted.get(place, here), here)
        room, height = 2 * _LINE + 6 + 8, 2 * _LINE + 6
        taken: list[tuple[bool, float]] = []
        for place, (_, arrival) in sorted(wanted.items(), key=lambda item: item[1]):
            side = place[1] < 0
            y = max(arrival, height / 2)
            for other in sorted(other for far, other in taken if far == side):
                y = other + room if abs(other - y) < room - 0.01 else y
            taken.append((side, y))
            yield place, y
        self.height = max([self.layout.height, *(y + height / 2 for _, y in taken)])

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
            '<path class="open" d="M1 1L8 5L1 9"/></marker>'
            '<pattern id="hatch" width="4" height="12" patternUnits="userSpaceOnUse">'
            '<path d="M0 12L4 0"/></pattern></defs>'
        )
        yield f'<g transform="translate(0 {_TITLE:.0f})">'
        for t in self._times:
            middle = self._column(t) + self.layout.width / 2
            yield f'<text class="time" x="{middle:.0f}" y="-10">t = {t}</text>'
        yield "<g>"
        for t in self._times:
            for wire in self._graph.wires:
                if self._is_there(wire.into, t):
                    yield self._wire(wire, t)
        yield "</g>"
        yield from self._ways()
        for (key, t), y in self._starts.items():
            yield from self._start(key, t, y)
        for t in self._times:
            for node in self._graph.nodes.values():
                if self._is_there(node.key, t):
                    yield from self._node(node, t)
        yield '<g aria-hidden="true">'
        yield from self._badges()
        yield "</g></g></svg>"

    def _is_there(self, key: str, t: int) -> bool:
        """Whether a node is there at a time step: a loss where there is a label."""
        return key not in (LABEL, LOSS) or bool(self._trace.scenario.labelled[t].any())

    def _column(self, t: int) -> float:
        return self._left + t * self.layout.pitch

    def _corners(self, wire: Wire, t: int) -> list[Point]:
        place = (wire.source, t + wire.shift)
        if wire.shift and place in self._starts:
            early = place[1] < 0
            x = _MARGIN + self._widest if early else self.width - _MARGIN - self._widest
            passed = t if early else len(self._times) - 1 - t
            return self._routes.path_in(wire, self._column(t), (x, self._starts[place]), passed)
        return self._routes.path(wire, self._column(t))

    def _wire(self, wire: Wire, t: int) -> str:
        into = self._graph.nodes[self._graph.places.get(wire.equation, wire.into)]
        ids = " ".join(str(Id(symbol, t)) for symbol in into.shown)
        corners = drawn(self._corners(wire, t))
        return f'<path class="wire" data-into="{escape(ids)}" d="{corners}"/>'

    def _ways(self) -> Iterator[str]:
        """Yield the way of each term of a gradient, hidden until its step is shown."""
        for equation in self._trace.program.derivation.backward:
            for term in equation.terms:
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
                            f'<path class="way" data-step="{id_}" '
                            f'd="{drawn(ahead(points[::-1]))}"/>'
                        )

    def _badges(self) -> Iterator[str]:
        """Yield each term's number, as in *why*, at the gradient that it starts from."""
        for equation in self._trace.program.derivation.backward:
            for t in self._trace.times(equation.target):
                if t is None or equation.role is Role.BLOCK:
                    continue
                seen: Counter[Id] = Counter()
                for number, term in enumerate(equation.terms, start=1):
                    gone = missing(self._trace.scenario, term, t)
                    if gone or not isinstance(term.gradient, Signal):
                        continue
                    start = Id(term.gradient.name, _time(term.gradient, t))
                    if start in self._corners_of:
                        left, top = self._corners_of[start]
                        place = (left + _BESIDE * seen[start], top)
                        yield badge(str(Id(equation.target, t)), number, place)
                        seen[start] += 1

    def _start(self, key: str, t: int, y: float) -> Iterator[str]:
        """Draw an initial value."""
        symbol = self._graph.nodes[key].shown[0]
        height = 2 * _LINE + 6
        left = _MARGIN if t < 0 else self.width - _MARGIN - self._widest
        yield from self._box(
            (left, y - height / 2, self._widest, height), [Id(symbol, t)], "state", ""
        )

    def _node(self, node: Node, t: int) -> Iterator[str]:
        middle, axis = self._column(t) + self.layout.x(node.key), self.layout.y(node.key)
        width, height = self._wide(node), self._tall(node)
        left, top = middle - width / 2, axis - height / 2
        if not node.shown:
            shape = f'<rect class="op" x="{left:.1f}" y="{top:.1f}" width="{width:.0f}" '
            yield f'{shape}height="24" rx="12"/>'
            yield text("sign", middle, axis + 4, node.sign)
            return
        chips, side = self._chips.get(node.key, ()), self._side(node.key)
        start, y, wide = left, top - _CHIP * len(chips), width
        if side:
            wide = self._line_width([e.target for e in chips])
            start = left - 4 - wide if side < 0 else left + width + 4
            y = axis - _CHIP * len(chips) / 2
        for number, equation in enumerate(chips):
            yield from self._chip(equation, t, start, y + number * _CHIP, wide)
        kind = "given" if node.given or node.key == LOSS else "state"
        kind = "gate" if node.sign else kind
        upwards = -1 if node.key in self._plan.after else 1  # the value where the way goes on
        ids = [Id(symbol, t) for symbol in node.shown[::upwards]]
        sign = node.sign if node.sign != "box" else ""
        yield from self._box((left, top, width, height), ids, kind, sign)

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
            yield rectangle(left, y, width, part, radius)
            if alone and not sign:
                yield text("name", middle, top + 16, self._name(id_))
                yield text("number", middle, top + 32, self._number(id_))
            else:
                yield text("name start", left + 6, y + 15, self._name(id_))
                yield text("number end", left + width - 6, y + 15, self._number(id_))
            yield "</g>"
        if sign:
            yield text("sign", middle, top + 2 * _LINE - 2, sign)

    def _chip(
        self, equation: Equation, t: int, left: float, top: float, width: float
    ) -> Iterator[str]:
        id_ = Id(equation.target, t)
        if id_.t not in self._trace.times(id_.name):
            return
        self._corners_of.setdefault(id_, (left, top))
        yield self._open(id_, "node chip")
        yield rectangle(left, top, width, _CHIP - 2, 5)
        yield text("name start", left + 5, top + 12.5, self._name(id_))
        yield text("number end", left + width - 5, top + 12.5, self._number(id_))
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


def _chips(trace: Trace, graph: Graph) -> dict[str, list[Equation]]:
    """Return the gradients that stand at each node."""
    found: dict[str, list[Equation]] = {}
    for equation in trace.program.derivation.backward:
        key = graph.places.get(equation.of)
        if key and equation.role is not Role.BLOCK:
            found.setdefault(key, []).append(equation)
    return found


def _time(signal: Signal, t: int) -> int:
    """Return the time step of a signal in a formula at a time step."""
    return signal.shift if signal.fixed else t + signal.shift
