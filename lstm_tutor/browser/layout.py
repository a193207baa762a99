"""Where everything in a picture stands: nodes in rows, wires in the channels between them.

A rail runs level from side to side. Every other wire leaves its node for the channel above
or below it, runs level there, and on through the rows in places of its own; what another
time step reads goes along a lane in the gap between the two. So no wire ever crosses a box,
whatever the equations are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lstm_tutor.browser.columns import Columns, Slot
from lstm_tutor.browser.graph import Graph, Wire
from lstm_tutor.browser.rails import Plan
from lstm_tutor.model.symbol import LABEL, LOSS

Net = tuple[int, str, int]
"""What a wire joins in a channel: the row below the channel, the source, the shift."""
_ROUNDS = 3
_TRACK, _PAD, _LANE, _PORT = 7.0, 9.0, 8.0, 12.0
BESIDE = 22.0
"""Between a label and its loss."""
UP, DOWN = 1, -1


@dataclass(frozen=True)
class Layout:
    """A time step of a picture, to be repeated for each.

    Attributes:
        graph: what is drawn.
        plan: in which row each node stands.
        slots: the room of each node, by key; that of the loss has the label in it.
    """

    graph: Graph
    plan: Plan
    slots: Mapping[str, Slot]

    @cached_property
    def columns(self) -> Columns:
        """How far from the left each node stands."""
        return Columns(self.graph, self.plan, self.slots)

    @property
    def width(self) -> float:
        """The width of a time step without the gap beside it."""
        return self.columns.width

    @property
    def pitch(self) -> float:
        """How far time steps are apart."""
        return self.width + self.gap

    def x(self, key: str) -> float:
        """Return the middle of a node's box, from the left of its time step."""
        if key == LABEL:
            own = self.slots
            return self.x(LOSS) - own[LOSS].half - BESIDE - own[LABEL].half
        return self.columns.x[key, self.plan.row[key]]

    def y(self, key: str) -> float:
        """Return the middle of a node's box, from the top."""
        return self._axes[self.plan.row[key]]

    @cached_property
    def _wires(self) -> list[Wire]:
        """The wires that run through channels."""
        return [wire for wire in self.graph.wires if not self.columns.is_link(wire)]

    def entry(self, wire: Wire) -> int:
        """Return the channel from which a wire goes into its node."""
        return self.plan.row[wire.into] - (not self.columns.comes_from_above(wire))

    @cached_property
    def _exits(self) -> set[tuple[str, int]]:
        """The sides, up and down, at which wires leave nodes within their time step."""
        row = self.plan.row
        return {
            (w.source, DOWN if row[w.into] < row[w.source] else UP)
            for w in self._wires
            if not w.shift
        }

    @cached_property
    def leaving(self) -> dict[tuple[str, int], int]:
        """At which side a node is left for another time step: up, down or 0 for aside."""
        found = {}
        for wire in self._wires:
            if wire.shift:
                way = -sign(wire.shift)
                aside = self.columns.is_outermost(wire.source, way)
                down = (wire.source, DOWN) in self._exits
                found[wire.source, way] = 0 if aside else DOWN if down else UP
        return found

    @cached_property
    def ports(self) -> dict[Wire | tuple[str, int], float]:
        """Where wires go in and out above and below a node; out by key and side."""
        sides: dict[tuple[str, int], list[tuple[float, Wire | tuple[str, int]]]] = {}
        for wire in self._wires:
            side = UP if self.columns.comes_from_above(wire) else DOWN
            sides.setdefault((wire.into, side), []).append((self._from(wire), wire))
        leaving = {(key, side) for (key, _), side in self.leaving.items() if side}
        for key, side in sorted(self._exits | leaving):
            sides.setdefault((key, side), []).append((self.x(key), (key, side)))
        found = {}
        for (key, _), ports in sides.items():
            ports.sort(key=lambda port: port[0])
            room = min(2 * self.slots[key].half - 8, _PORT * (len(ports) - 1))
            for number, (_, port) in enumerate(ports):
                part = number / (len(ports) - 1) - 0.5 if len(ports) > 1 else 0.0
                found[port] = self.x(key) + part * room
        return found

    def _from(self, wire: Wire) -> float:
        if wire.shift:
            return 1e6 * sign(wire.shift)
        near = 1 if self.columns.comes_from_above(wire) else -1
        row = self.plan.row[wire.into]
        if self.plan.row[wire.source] == row:
            return self.x(wire.source)
        return self.columns.x[wire.source, row + near]

    @cached_property
    def lanes(self) -> dict[tuple[str, int], float]:
        """The lane of each value that another time step reads, from the gap's left."""
        found: dict[tuple[str, int], None] = {}
        for wire in self._wires:
            way = sign(wire.shift)
            for step in range(1, abs(wire.shift) + 1):
                found[wire.source, way * step] = None
        return {lane: _LANE * (n + 1) for n, lane in enumerate(found)}

    @cached_property
    def gap(self) -> float:
        """The width of the gap between two time steps."""
        return max(20.0, _LANE * (len(self.lanes) + 1) + 6)

    def lane(self, lane: tuple[str, int], *, right: bool) -> float:
        """Return a lane's place in the gap to the right or left of a time step."""
        return self.lanes[lane] + (self.width if right else -self.gap)

    @cached_property
    def _joined(self) -> dict[Net, list[tuple[float, int]]]:
        """What each wire joins in a channel: how far from the left, and from which side."""
        found: dict[Net, list[tuple[float, int]]] = {}

        def join(net: Net, x: float, side: int) -> None:
            found.setdefault(net, []).append((x, side))

        for wire in self._wires:
            channel, side = self.entry(wire), 1 if self.rises(wire) else -1
            join((channel, wire.source, wire.shift), self.ports[wire], side)
            if not wire.shift:
                continue
            way = sign(wire.shift)
            net = (channel, wire.source, wire.shift)
            join(net, self.lane((wire.source, wire.shift), right=way > 0), 0)
            for lane in self._on_the_way(wire):
                net = (channel, wire.source, lane)
                join(net, self.lane((wire.source, lane), right=way > 0), 0)
                join(net, self.lane((wire.source, lane + way), right=way < 0), 0)
            leaving = self.leaving[wire.source, -way]
            if leaving:
                net = (self.beside(wire.source, leaving), wire.source, 0)
                join(net, self.ports[wire.source, leaving], -leaving)
                join(net, self.lane((wire.source, way), right=way < 0), 0)
        for key, side in sorted(self._exits):
            line = self.line(key, side)
            for row, x, following in zip(*line, strict=True):
                join((row if side > 0 else row - 1, key, 0), x, -side)
                if following is not None:
                    join((row if side > 0 else row - 1, key, 0), following, side)
        return found

    def rises(self, wire: Wire) -> bool:
        """Whether a wire goes into its node from below."""
        """Whether a wire goes into its node from below."""
        return not self.columns.comes_from_above(wire)

    def beside(self, key: str, side: int) -> int:
        """Return the channel above or below a node."""
        return self.plan.row[key] - (side < 0)

    def line(self, key: str, side: int) -> tuple[list[int], list[float], list[float | None]]:
        """Return the rows up or down which a node's wire runs, its place there and the next."""
        low, high = self.columns.reach[key]
        own = self.plan.row[key]
        rows = list(range(own, high + 1) if side > 0 else range(own, low - 1, -1))
        places = [self.ports[key, side], *(self.columns.x[key, row] for row in rows[1:])]
        return rows, places, [*places[1:], None]

    @staticmethod
    def _on_the_way(wire: Wire) -> list[int]:
        """Return the shifts at which a wire from far off passes whole time steps."""
        return [sign(wire.shift) * step for step in range(1, abs(wire.shift))]

    @cached_property
    def _tracks(self) -> dict[Net, int]:
        """The track of each wire in its channel, from below."""
        found: dict[Net, int] = {}
        spans = {net: (min(j)[0], max(j)[0]) for net, j in self._joined.items()}
        for net in sorted(spans, key=lambda n: spans[n][1] - spans[n][0]) * _ROUNDS:
            found.pop(net, None)  # chosen once more, now that the others have one
            others = [other for other in found if other[0] == net[0]]
            beside = [
                other
                for other in others
                if spans[net][0] < spans[other][1] + 6 and spans[other][0] - 6 < spans[net][1]
            ]
            free = set(range(len(others) + 1)) - {found[other] for other in beside}
            crossed = {
                track: sum(self._on_one(net, track, other, found) for other in others)
                for track in sorted(free)
            }
            found[net] = min(crossed, key=crossed.__getitem__)
        return found

    def _on_one(self, net: Net, track: int, other: Net, found: Mapping[Net, int]) -> int:
        """Return how often two wires would run upright on one line, one in a track."""
        count = 0
        for x, side in self._joined[net]:
            for place, opposite in self._joined[other]:
                if side * opposite < 0 and abs(x - place) < 3:
                    count += (track - found[other]) * side < 0
        return count

    @cached_property
    def _levels(self) -> tuple[list[float], list[float], float]:
        """The middle of each row, the bottom of each channel above one, and the height."""
        rows = range(1 + max(self.plan.row.values()))
        members = {n: [self.slots[k] for k, r in self.plan.row.items() if r == n] for n in rows}
        counts = dict.fromkeys((-1, *rows), 0)
        for (channel, _, _), track in self._tracks.items():
            counts[channel] = max(counts[channel], track + 1)
        tall = {n: 2 * _PAD + _TRACK * count for n, count in counts.items()}
        y = tall[rows[-1]] if counts[rows[-1]] else 2.0
        axes, bottoms = [0.0] * len(rows), [0.0] * (len(rows) + 1)
        bottoms[rows[-1]] = y
        for row in reversed(rows):
            y += max(slot.above for slot in members[row])
            axes[row] = y
            y += max(slot.below for slot in members[row])
            if row or counts[-1]:
                y += tall[row - 1]
            bottoms[row - 1] = y
        return axes, bottoms, y

    @property
    def _axes(self) -> list[float]:
        return self._levels[0]

    @property
    def height(self) -> float:
        """The height of the picture."""
        return self._levels[2]

    def level(self, net: Net) -> float:
        """Return the height at which a wire runs in a channel."""
        return self._levels[1][net[0]] - _PAD - _TRACK * (self._tracks[net] + 0.5)

    def edge(self, key: str, side: int) -> float:
        """Return the height of a node's upper or lower edge."""
        slot = self.slots[key]
        return self.y(key) + (-slot.top if side > 0 else slot.bottom)

    def arrival(self, wire: Wire) -> float:
        """Return the height at which a wire from another time step comes in."""
        if self.columns.is_link(wire):
            return self.y(wire.into)
        return self.level((self.entry(wire), wire.source, wire.shift))


def sign(number: int) -> int:
    """Return 1, 0 or -1."""
    return (number > 0) - (number < 0)
