"""The ways of the wires of a picture, as the corners that they turn at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lstm_tutor.browser.graph import Wire
from lstm_tutor.browser.layout import DOWN, UP, Layout, sign

Point = tuple[float, float]


@dataclass(frozen=True)
class Routes:
    """The wires of a layout.

    Attributes:
        layout: where everything stands.
    """

    layout: Layout

    def path(self, wire: Wire, column: float) -> list[Point]:
        """Return the corners of a wire that goes into a node.

        Args:
            wire: which one.
            column: the left of the node's time step; time steps are `pitch` apart.
        """
        key, source = wire.source, column + self.layout.pitch * wire.shift
        if self.layout.columns.is_link(wire):
            return self._level_line(wire, source + self.layout.x(key), column)
        if not wire.shift:
            points = self._through(wire, column)
            return self._ended(wire, column, points)
        way = sign(wire.shift)
        lane = source + self.layout.lane((key, way), right=way < 0)
        leaving = self.layout.leaving[key, -way]
        if leaving:
            level = self.layout.level((self.layout.beside(key, leaving), key, 0))
            port = source + self.layout.ports[key, leaving]
            points = [(port, self.layout.edge(key, leaving)), (port, level), (lane, level)]
        else:
            side = source + self.layout.x(key) - way * self.layout.slots[key].half
            points = [(side, self.layout.y(key)), (lane, self.layout.y(key))]
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
        if self.layout.columns.is_link(wire):
            return [start, self._level_line(wire, start[0], column)[-1]]
        way = sign(wire.shift)
        lane = wire.shift - way * passed
        edge = column + way * passed * self.layout.pitch
        points = [
            start,
            (edge + self.layout.lane((wire.source, lane), right=lane > 0), start[1]),
        ]
        return self._ended(wire, column, [*points, *self._passing(wire, column, passed)])

    def _level_line(self, wire: Wire, middle: float, column: float) -> list[Point]:
        """Return the ends of a wire that runs level between the sides of two nodes."""
        goal = column + self.layout.x(wire.into)
        right = 1 if goal > middle else -1
        y = self.layout.y(wire.into)
        end = goal - right * self.layout.slots[wire.into].half
        return [(middle + right * self.layout.slots[wire.source].half, y), (end, y)]

    def _passing(self, wire: Wire, column: float, passed: int) -> Iterator[Point]:
        """Yield the corners at which a wire passes whole time steps, from far to near."""
        way, channel = sign(wire.shift), self.layout.entry(wire)
        for far in range(passed, 0, -1):
            here, lane = column + way * far * self.layout.pitch, wire.shift - way * far
            level = self.layout.level((channel, wire.source, lane))
            yield here + self.layout.lane((wire.source, lane), right=lane > 0), level
            yield here + self.layout.lane((wire.source, lane + way), right=lane < 0), level

    def _ended(self, wire: Wire, column: float, points: list[Point]) -> list[Point]:
        """Return the corners of a wire up to its node."""
        level = self.layout.arrival(wire)
        port = column + self.layout.ports[wire]
        lane = (
            self.layout.lane((wire.source, wire.shift), right=wire.shift > 0)
            if wire.shift
            else 0
        )
        last = column + lane if wire.shift else points[-1][0]
        edge = self.layout.edge(wire.into, DOWN if self.layout.rises(wire) else UP)
        ending = [(last, points[-1][1]), (last, level), (port, level), (port, edge)]
        return _straight([*points, *ending])

    def _through(self, wire: Wire, column: float) -> list[Point]:
        """Return the corners of a wire from its node up or down to its goal's channel."""
        key, goal = wire.source, self.layout.entry(wire)
        side = DOWN if self.layout.plan.row[wire.into] < self.layout.plan.row[key] else UP
        rows, places, following = self.layout.line(key, side)
        points = [(column + places[0], self.layout.edge(key, side))]
        for row, x, ahead in zip(rows, places, following, strict=True):
            channel = row if side > 0 else row - 1
            if channel == goal or ahead is None:
                break
            level = self.layout.level((channel, key, 0))
            points += [(column + x, level), (column + ahead, level)]
        return points


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
