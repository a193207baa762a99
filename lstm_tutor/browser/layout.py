"""Where everything in a picture stands: boxes in rows, wires in the channels between them.

A wire runs up from a box, level in the channel above it, and on through the rows in places
of its own; what another time step reads goes along a lane in the gap between the two. So
no wire ever crosses a box, whatever the equations are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lstm_tutor.browser.graph import Graph, Wire, rows_of

Point = tuple[float, float]
_GAP = 10.0  # between boxes of a row
_TRACK, _PAD = 7.0, 9.0
_LANE = 8.0
_SWEEPS = 6


@dataclass(frozen=True)
class Layout:
    """A time step of a picture, to be repeated for each.

    Attributes:
        graph: what is drawn.
        size: width and height of each node, by key.
    """

    graph: Graph
    size: Mapping[str, Point]

    @cached_property
    def row(self) -> dict[str, int]:
        """The row of each node, from below."""
        return rows_of(self.graph)

    @cached_property
    def top(self) -> int:
        """The highest row."""
        return max(self.row.values())

    @cached_property
    def _reach(self) -> dict[str, int]:
        """The highest row up to which each node's wire runs within its time step."""
        found: dict[str, int] = {}
        for wire in self.graph.wires:
            if not wire.shift:
                goal = self.row[wire.into] - 1
                found[wire.source] = max(found.get(wire.source, 0), goal)
        return found

    @cached_property
    def _rows(self) -> list[list[tuple[str, int]]]:
        """The places of each row from the left: (key, row); a wire that passes has one too."""
        rows: list[list[tuple[str, int]]] = [[] for _ in range(self.top + 1)]
        for key, row in self.row.items():
            for passed in range(row, max(row, self._reach.get(key, row)) + 1):
                rows[passed].append((key, passed))
        return rows

    def _below(
        self, place: tuple[str, int], at: Mapping[tuple[str, int], float]
    ) -> list[float]:
        """Return where what goes into a place comes from."""
        key, row = place
        if row > self.row[key]:
            return [at[key, row - 1]]
        found = []
        for wire in self.graph.wires:
            if wire.into == key:
                far = -1.0 if wire.shift < 0 else 1.0
                found.append(at[place] + 40 * far if wire.shift else at[wire.source, row - 1])
        return found

    def _above_it(
        self, place: tuple[str, int], at: Mapping[tuple[str, int], float]
    ) -> list[float]:
        """Return where what comes out of a place goes."""
        key, row = place
        found = [at[key, row + 1]] if (key, row + 1) in at else []
        for wire in self.graph.wires:
            if wire.source == key and not wire.shift and self.row[wire.into] == row + 1:
                found.append(at[wire.into, row + 1])
        return found

    @cached_property
    def _x(self) -> dict[tuple[str, int], float]:
        """The middle of each place, from the left of its time step."""
        rows = [list(row) for row in self._rows]
        at: dict[tuple[str, int], float] = {}
        for row in rows:
            at |= self._settled(row, dict.fromkeys(row, 0.0))
        for _ in range(_SWEEPS):
            for row in rows:
                pulls = {p: [*self._below(p, at), *self._above_it(p, at)] for p in row}
                wish = {p: _mean(pulls[p], at[p]) for p in row}
                row.sort(key=wish.__getitem__)
                at |= self._settled(row, wish)
        for row in rows[1:]:  # straight up where that can be
            at |= self._settled(row, {p: _mean(self._below(p, at), at[p]) for p in row})
        for row in rows[:1]:
            at |= self._settled(row, {p: _mean(self._above_it(p, at), at[p]) for p in row})
        left = min(at[p] - self._width(p) / 2 for p in at)
        return {place: x - left for place, x in at.items()}

    def _settled(
        self, row: Sequence[tuple[str, int]], wish: Mapping[tuple[str, int], float]
    ) -> dict[tuple[str, int], float]:
        """Put the places of a row beside each other; wires that pass give way least."""
        weights = [1.0 if place[1] == self.row[place[0]] else 8.0 for place in row]
        return _packed(row, [wish[p] for p in row], self._width, weights)

    def _width(self, place: tuple[str, int]) -> float:
        key, row = place
        return self.size[key][0] if row == self.row[key] else 4.0

    @cached_property
    def width(self) -> float:
        """The width of a time step without the gap beside it."""
        return max(x + self._width(place) / 2 for place, x in self._x.items())

    def x(self, key: str) -> float:
        """Return the middle of a node."""
        return self._x[key, self.row[key]]

    @cached_property
    def ports(self) -> dict[Wire, float]:
        """Where each wire goes into its node, from below."""
        found: dict[Wire, float] = {}
        for key in self.graph.nodes:
            wires = [wire for wire in self.graph.wires if wire.into == key]
            wires.sort(key=self._from)
            room = min(self.size[key][0] - 8, 12.0 * (len(wires) - 1))
            for number, wire in enumerate(wires):
                part = number / (len(wires) - 1) - 0.5 if len(wires) > 1 else 0.0
                found[wire] = self.x(key) + part * room
        return found

    def _from(self, wire: Wire) -> float:
        if wire.shift:
            return -1e6 if wire.shift < 0 else 1e6
        return self._x[wire.source, self.row[wire.into] - 1]

    @cached_property
    def lanes(self) -> dict[tuple[str, int], float]:
        """The lane of each value that another time step reads, from the gap's left."""
        found: dict[tuple[str, int], float] = {}
        for wire in self.graph.wires:
            way = 1 if wire.shift > 0 else -1
            for step in range(1, abs(wire.shift) + 1):
                found.setdefault((wire.source, way * step), 0.0)
        return {lane: _LANE * (n + 1) for n, lane in enumerate(found)}

    @cached_property
    def gap(self) -> float:
        """The width of the gap between two time steps."""
        return _LANE * (len(self.lanes) + 1) + 6

    def _lane(self, lane: tuple[str, int], *, right: bool) -> float:
        """Return a lane's place in the gap to the right or left of a time step."""
        return self.lanes[lane] + (self.width if right else -self.gap)

    @cached_property
    def _spans(self) -> dict[tuple[int, str, int], list[float]]:
        """What a wire joins in a channel: (row below it, key, shift) with places from left."""
        found: dict[tuple[int, str, int], list[float]] = {}
        for wire in self.graph.wires:
            channel = self.row[wire.into] - 1
            net = found.setdefault((channel, wire.source, wire.shift), [])
            net.append(self.ports[wire])
            if wire.shift:
                net.append(self._lane((wire.source, wire.shift), right=wire.shift > 0))
                for lane in self._on_the_way(wire):
                    found.setdefault((channel, wire.source, lane), []).extend(
                        [
                            self._lane((wire.source, lane), right=lane > 0),
                            self._lane((wire.source, lane + _sign(lane)), right=lane < 0),
                        ]
                    )
                first = (wire.source, _sign(wire.shift))
                exit_ = found.setdefault((self.row[wire.source], wire.source, 0), [])
                exit_ += [self.x(wire.source), self._lane(first, right=wire.shift < 0)]
        for (key, row), x in self._x.items():
            if self._reach.get(key, -1) >= row:
                found.setdefault((row, key, 0), []).append(x)
                if self._reach[key] > row:
                    found[row, key, 0].append(self._x[key, row + 1])
        return found

    @staticmethod
    def _on_the_way(wire: Wire) -> list[int]:
        """Return the shifts at which a wire from far off passes whole time steps."""
        return [_sign(wire.shift) * step for step in range(1, abs(wire.shift))]

    @cached_property
    def _tracks(self) -> dict[tuple[int, str, int], int]:
        """The track of each wire in its channel, from below."""
        found: dict[tuple[int, str, int], int] = {}
        taken: dict[tuple[int, int], list[tuple[float, float]]] = {}
        spans = sorted(self._spans.items(), key=lambda item: max(item[1]) - min(item[1]))
        for net, places in spans:
            low, high = min(places), max(places)
            track = 0
            while any(
                low < end + 6 and start - 6 < high
                for start, end in taken.get((net[0], track), [])
            ):
                track += 1
            taken.setdefault((net[0], track), []).append((low, high))
            found[net] = track
        return found

    @cached_property
    def _heights(self) -> tuple[list[float], list[float]]:
        """The bottom of each row, and the height of each, from the picture's bottom up."""
        bottoms, heights, y = [], [], 0.0
        for row in range(self.top + 1):
            height = max(self.size[k][1] for k, r in self.row.items() if r == row)
            bottoms.append(y)
            heights.append(height)
            count = 1 + max((n for (c, _, _), n in self._tracks.items() if c == row), default=0)
            y += height + 2 * _PAD + _TRACK * count
        return bottoms, heights

    @cached_property
    def height(self) -> float:
        """The height of the picture."""
        bottoms, heights = self._heights
        return bottoms[-1] + heights[-1] + (_PAD + 3 * _TRACK if self._above else 0)

    @property
    def _above(self) -> bool:
        return any(channel == self.top for channel, _, _ in self._tracks)

    def box(self, key: str) -> tuple[float, float, float, float]:
        """Return left, top, width and height of a node in its time step."""
        bottoms, heights = self._heights
        width, height = self.size[key]
        row = self.row[key]
        middle = bottoms[row] + heights[row] / 2
        return self.x(key) - width / 2, self.height - middle - height / 2, width, height

    def _level(self, net: tuple[int, str, int]) -> float:
        bottoms, heights = self._heights
        channel = net[0]
        up = bottoms[channel] + heights[channel] + _PAD + _TRACK * (self._tracks[net] + 0.5)
        return self.height - up

    def path(self, wire: Wire, column: float) -> list[Point]:
        """Return the corners of a wire that goes into a node.

        Args:
            wire: which one.
            column: the left of the node's time step; time steps are `pitch` apart.
        """
        if not wire.shift:
            points = self._rise(wire.source, column, self.row[wire.into] - 1)
            return self._ended(wire, column, points)
        way = _sign(wire.shift)
        source = column + self.pitch * wire.shift
        left, top, width, _ = self.box(wire.source)
        level = self._level((self.row[wire.source], wire.source, 0))
        middle = source + left + width / 2
        first = source + self._lane((wire.source, way), right=way < 0)
        points = [(middle, top), (middle, level), (first, level)]
        points += self._passing(wire, column, abs(wire.shift) - 1)
        return self._ended(wire, column, points)

    def path_in(self, wire: Wire, column: float, start: Point, passed: int) -> list[Point]:
        """Return the corners of a wire that comes from beyond the time steps that are drawn.

        Args:
            wire: which one.
            column: the left of the node's time step.
            start: where the value stands.
            passed: how many time steps lie between.
        """
        way = _sign(wire.shift)
        lane = wire.shift - way * passed
        edge = column + way * passed * self.pitch
        points = [start, (edge + self._lane((wire.source, lane), right=lane > 0), start[1])]
        return self._ended(wire, column, [*points, *self._passing(wire, column, passed)])

    def _passing(self, wire: Wire, column: float, passed: int) -> Iterator[Point]:
        """Yield the corners at which a wire passes whole time steps, from far to near."""
        way, channel = _sign(wire.shift), self.row[wire.into] - 1
        for far in range(passed, 0, -1):
            here, lane = column + way * far * self.pitch, wire.shift - way * far
            level = self._level((channel, wire.source, lane))
            yield here + self._lane((wire.source, lane), right=lane > 0), level
            yield here + self._lane((wire.source, lane + way), right=lane < 0), level

    def _ended(self, wire: Wire, column: float, points: list[Point]) -> list[Point]:
        """Return the corners of a wire up to its node."""
        level = self.arrival(wire)
        _, top, _, height = self.box(wire.into)
        port = column + self.ports[wire]
        lane = self._lane((wire.source, wire.shift), right=wire.shift > 0) if wire.shift else 0
        last = column + lane if wire.shift else points[-1][0]
        ending = [(last, points[-1][1]), (last, level), (port, level), (port, top + height)]
        return _straight([*points, *ending])

    def _rise(self, key: str, column: float, channel: int) -> list[Point]:
        """Return the corners of a wire from its node up to the row below a channel."""
        left, top, width, _ = self.box(key)
        points = [(column + left + width / 2, top)]
        for row in range(self.row[key], channel):
            level = self._level((row, key, 0))
            points += [(points[-1][0], level), (column + self._x[key, row + 1], level)]
        return points

    @property
    def pitch(self) -> float:
        """How far time steps are apart."""
        return self.width + self.gap

    def arrival(self, wire: Wire) -> float:
        """Return the height at which a wire from another time step comes in."""
        return self._level((self.row[wire.into] - 1, wire.source, wire.shift))


def _sign(number: int) -> int:
    return 1 if number > 0 else -1


def _mean(found: Sequence[float], otherwise: float) -> float:
    return sum(found) / len(found) if found else otherwise


def _packed(
    places: Sequence[tuple[str, int]],
    wishes: Sequence[float],
    width: Callable[[tuple[str, int]], float],
    weights: Sequence[float],
) -> dict[tuple[str, int], float]:
    """Put places beside each other, as near as can be to where they wish to stand.

    Those that would overlap move together: the least squares of the moves, by weight.
    """
    offsets, total = [], 0.0
    for number, place in enumerate(places):
        if number:
            total += (width(places[number - 1]) + width(place)) / 2 + _GAP
        offsets.append(total)
    groups: list[list[float]] = []  # weighted sum, weight, count
    for wish, offset, weight in zip(wishes, offsets, weights, strict=True):
        groups.append([weight * (wish - offset), weight, 1.0])
        while len(groups) > 1 and _middle(groups[-2]) >= _middle(groups[-1]):
            last = groups.pop()
            groups[-1] = [one + other for one, other in zip(groups[-1], last, strict=True)]
    moves = [_middle(group) for group in groups for _ in range(int(group[2]))]
    return {p: m + o for p, m, o in zip(places, moves, offsets, strict=True)}


def _middle(group: Sequence[float]) -> float:
    return group[0] / group[1]


def _straight(points: Iterable[Point]) -> list[Point]:
    """Return the corners without those that are none."""
    found: list[Point] = []
    for x, y in points:
        if found and abs(found[-1][0] - x) < 0.05 and abs(found[-1][1] - y) < 0.05:
            continue
        if len(found) > 1:
            (a, b), (c, d) = found[-2:]
            upright = abs(a - c) < 0.05 and abs(c - x) < 0.05
            level = abs(b - d) < 0.05 and abs(d - y) < 0.05
            if upright or level:
                found.pop()
        found.append((x, y))
    return found
