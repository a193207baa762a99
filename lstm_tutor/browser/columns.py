"""How far from the left each node of a time step stands, and each wire that passes a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from lstm_tutor.browser.graph import Graph, Wire
from lstm_tutor.browser.rails import Plan
from lstm_tutor.model.symbol import INPUT, LABEL

Place = tuple[str, int]
"""A node's key and a row: its own, or one that its wire passes."""
_GAP = 4.0  # between boxes of a row
_SWEEPS = 8
_STRAIGHT = 8.0  # how much less than boxes wires that pass give way


@dataclass(frozen=True)
class Slot:
    """The room that a node takes, from the middle of its box.

    Attributes:
        left: how far it reaches to the left; likewise right, above and below.
        half: half the width of its box.
        top: how far above wires end; likewise bottom.
    """

    left: float
    right: float
    above: float
    below: float
    half: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Columns:
    """The places of a time step.

    Attributes:
        graph: what is drawn.
        plan: in which row.
        slots: the room of each node.
    """

    graph: Graph
    plan: Plan
    slots: Mapping[str, Slot]

    def is_link(self, wire: Wire) -> bool:
        """Whether a wire runs level, from side to side."""
        return (wire.source, wire.shift, wire.into) in self.plan.links

    def comes_from_above(self, wire: Wire) -> bool:
        """Whether a wire goes into its node from above."""
        row = self.plan.row
        return not wire.shift and row[wire.into] <= row[wire.source]

    @cached_property
    def reach(self) -> dict[str, tuple[int, int]]:
        """The lowest and highest row up to which each node's wires run."""
        row = self.plan.row
        found = {key: (own, own) for key, own in row.items()}
        for wire in self.graph.wires:
            if not wire.shift and not self.is_link(wire):
                low, high = found[wire.source]
                goal = row[wire.into]
                if goal < row[wire.source]:
                    low = min(low, goal + 1)
                else:
                    high = max(high, goal - 1)
                found[wire.source] = low, high
        return found

    @cached_property
    def rows(self) -> list[list[Place]]:
        """The places of each row, from the left."""
        rows: list[list[Place]] = [[] for _ in range(1 + max(self.plan.row.values()))]
        for key, (low, high) in self.reach.items():
            if key != LABEL:  # it stands in the room of the loss
                for number in range(low, high + 1):
                    rows[number].append((key, number))
        for row in rows:
            row.sort(key=lambda place: (self._zone(place), self.plan.order[place[0]]))
        return rows

    def _zone(self, place: Place) -> float:
        """Whether a place is among what leads to a rail, or beside it after its end."""
        key, row = place
        if key in self.plan.after:
            return self.plan.after[key] * (1.0 if row == self.plan.row[key] else 1.5)
        side = next((self.plan.after[w.into] for w in self._tails if w.source == key), 0)
        return side * 0.5 if row < self.plan.row[key] else 0.0

    @cached_property
    def _tails(self) -> list[Wire]:
        return [w for w in self.graph.wires if w.into in self.plan.after and not w.shift]

    @cached_property
    def _pulls(self) -> dict[Place, list[Place]]:
        """The places in the rows above and below that each place is joined with."""
        found: dict[Place, list[Place]] = {place: [] for row in self.rows for place in row}

        def join(one: Place, other: Place) -> None:
            found[one].append(other)
            found[other].append(one)

        for key, (low, high) in self.reach.items():
            if key != LABEL:
                for row in range(low, high):
                    join((key, row), (key, row + 1))
        for wire in self.graph.wires:
            if wire.shift or self.is_link(wire):
                continue
            goal = (wire.into, self.plan.row[wire.into])
            near = 1 if self.comes_from_above(wire) else -1
            if self.plan.row[wire.source] == goal[1]:
                near = 0
            join((wire.source, goal[1] + near), goal)
        return found

    @cached_property
    def x(self) -> dict[Place, float]:
        """The middle of each place, from the left of the time step."""
        rows = [list(row) for row in self.rows]
        at: dict[Place, float] = {}
        for row in rows:
            at |= self._settled(row, dict.fromkeys(row, 0.0))
        for sweep in range(_SWEEPS):
            for row in rows if sweep % 2 == 0 else rows[::-1]:
                wish = self._wishes(row, at)
                if sweep < _SWEEPS - 2:
                    row.sort(key=lambda place: (self._zone(place), wish[place]))
                at |= self._settled(row, wish)
        for row in rows[1:]:  # straight up where that can be
            at |= self._settled(row, {p: self._beneath(p, at) for p in row})
        at |= self._settled(rows[0], self._wishes(rows[0], at))
        for side in (1, -1):
            at |= self._column(rows, at, side)
        left = min(at[p] - self._extent(p, -1) for p in at)
        return {place: x - left for place, x in at.items()}

    def _wishes(self, row: Sequence[Place], at: Mapping[Place, float]) -> dict[Place, float]:
        """Return where each place of a row would stand: amid what it is joined with."""
        wish = {}
        for place in row:
            pulls = [at[other] for other in self._pulls[place]]
            far = [40.0 * w.shift for w in self.graph.wires if w.into == place[0] and w.shift]
            pulls += [at[place] + shift for shift in far if not self._on_rail(place)]
            wish[place] = sum(pulls) / len(pulls) if pulls else at[place]
        for rail in self.plan.rails:  # a rail goes one way
            own = [(key, self.plan.row[key]) for key in rail]
            if own[0] in wish:
                ordered = own if own[0] in row[: row.index(own[-1])] else own[::-1]
                for before, place in pairwise(ordered):
                    wish[place] = max(wish[place], wish[before] + 0.01)
        return wish

    def _beneath(self, place: Place, at: Mapping[Place, float]) -> float:
        """Return the middle of what comes to a place from below, or where it is."""
        below = [at[other] for other in self._pulls[place] if other[1] < place[1]]
        return sum(below) / len(below) if below else at[place]

    def _on_rail(self, place: Place) -> bool:
        return any(place[0] in rail for rail in self.plan.rails)

    def _column(
        self, rows: Sequence[Sequence[Place]], at: Mapping[Place, float], side: int
    ) -> dict[Place, float]:
        """Return where what is after a rail's end stands: straight below it, beside the rest.

        Right of the rest for a side of 1; for -1, left of it.
        """
        ends = {(rail[-1], self.plan.row[rail[-1]]) for rail in self.plan.rails}
        ends = {end for end in ends if self._ends(end[0], side)}
        own = {place for row in rows for place in row if self._zone(place) * side > 0} | ends
        found: dict[Place, float] = {p: side * x for p, x in at.items()}
        edge = -1e9
        parts = []
        for row in reversed(rows):
            part = [place for place in list(row)[::side] if place in own]
            if part:
                start = self._beside([p for p in row if p not in own], found, side) + _GAP
                parts.append((part, start))
                edge = max(edge, start + self._extent(part[0], -side))
        settled: dict[Place, float] = {}
        for part, start in parts:
            wish = dict.fromkeys(part, edge)
            for place in part:
                joined = [settled[p] for p in self._pulls[place] if p in settled]
                if joined and place not in ends:
                    wish[place] = sum(joined) / len(joined)
            placed = self._settled(part, wish, side)
            push = max(0.0, start + self._extent(part[0], -side) - placed[part[0]])
            settled |= {place: x + push for place, x in placed.items()}
            for other in self._moving(rows[part[0][1]], own):
                room = settled[part[0]] - self._extent(part[0], -side) - _GAP
                settled[other] = min(found[other], room - self._extent(other, side))
        return {place: side * x for place, x in settled.items()}

    @staticmethod
    def _moving(row: Sequence[Place], own: Set[Place]) -> Sequence[Place]:
        """Return the input of a row in which else is only what comes after a rail."""
        others = [place for place in row if place not in own]
        return others if [key for key, _ in others] == [INPUT] else ()

    def _beside(
        self, others: Sequence[Place], found: Mapping[Place, float], side: int
    ) -> float:
        """Return where room begins beside others; an input may move away from it."""
        if [key for key, _ in others] == [INPUT]:
            edge = min(x - self._extent(place, -side) for place, x in found.items())
            return edge + 2 * self.slots[INPUT].half
        return max((found[p] + self._extent(p, side) for p in others), default=-1e9)

    def _ends(self, end: str, side: int) -> bool:
        """Whether something on a side comes after a rail's end."""
        return any(w.source == end and self.plan.after[w.into] == side for w in self._tails)

    def _settled(
        self, row: Sequence[Place], wish: Mapping[Place, float], side: int = 1
    ) -> dict[Place, float]:
        """Put the places of a row beside each other; wires that pass give way least."""
        own = [place[1] == self.plan.row[place[0]] for place in row]
        weights = [1.0 if at_home else _STRAIGHT for at_home in own]

        def apart(one: Place, other: Place) -> float:
            return self._extent(one, side) + self._extent(other, -side) + _GAP

        return _packed(row, [wish[p] for p in row], apart, weights)

    def _extent(self, place: Place, side: int) -> float:
        """Return how far a place reaches to the right, or for -1 to the left."""
        key, row = place
        if row != self.plan.row[key]:
            return 2.0
        return self.slots[key].right if side > 0 else self.slots[key].left

    @cached_property
    def width(self) -> float:
        """The width of a time step without the gap beside it."""
        return max(x + self._extent(place, 1) for place, x in self.x.items())

    def is_outermost(self, key: str, side: int) -> bool:
        """Whether no node of its row stands further right, or left, than one does."""
        row = self.plan.row[key]
        own = self.x[key, row] * side
        nodes = (place for place in self.rows[row] if self.plan.row[place[0]] == row)
        return all(self.x[place] * side <= own for place in nodes)


def _packed(
    places: Sequence[Place],
    wishes: Sequence[float],
    apart: Callable[[Place, Place], float],
    weights: Sequence[float],
) -> dict[Place, float]:
    """Put places beside each other, as near as can be to where they wish to stand.

    Those that would overlap move together: the least squares of the moves, by weight.
    """
    offsets = list(_added([0.0, *(apart(a, b) for a, b in pairwise(places))]))
    groups: list[list[float]] = []  # weighted sum, weight, count
    for wish, offset, weight in zip(wishes, offsets, weights, strict=False):
        groups.append([weight * (wish - offset), weight, 1.0])
        while len(groups) > 1 and _middle(groups[-2]) >= _middle(groups[-1]):
            last = groups.pop()
            groups[-1] = [one + other for one, other in zip(groups[-1], last, strict=True)]
    moves = [_middle(group) for group in groups for _ in range(int(group[2]))]
    return {p: m + o for p, m, o in zip(places, moves, offsets, strict=False)}


def _added(parts: Sequence[float]) -> Iterator[float]:
    total = 0.0
    for part in parts:
        total += part
        yield total


def _middle(group: Sequence[float]) -> float:
    return group[0] / group[1]
