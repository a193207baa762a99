"""In which row of a picture each node stands: rails, what leads to them, what comes after.

A state that goes on entry by entry is a rail: a straight line through a row of its own. What
leads to it stands in the rows below, what comes after its end in a column that runs down
beside them. Recurrent layers are stacked; a page without a rail runs upwards.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from lstm_tutor.browser.graph import Graph, Wire
from lstm_tutor.model.symbol import INPUT, LABEL, LOSS, layer_of

Link = tuple[str, int, str]
_REST = "…"  # the band above layers of both directions; no layer is called so


@dataclass(frozen=True)
class Plan:
    """Where the nodes of a time step stand, roughly.

    Attributes:
        row: the row of each node, from below.
        rails: the nodes of each rail in the order of time, the state itself last.
        after: the nodes after a rail's end, with 1 to stand right of the others, -1 left.
        order: the order of the nodes from the left, as the rails are walked.
        links: wires that run level from side to side: source, shift, into.
    """

    row: Mapping[str, int]
    rails: Sequence[Sequence[str]]
    after: Mapping[str, int]
    order: Mapping[str, int]
    links: frozenset[Link]


def planned(graph: Graph) -> Plan:
    """Return where the nodes of a graph stand."""
    rows: dict[str, int] = {}
    rails: list[Sequence[str]] = []
    after: dict[str, int] = {}
    order: dict[str, int] = {}
    base = 0
    for keys in _bands(graph).values():
        band = _Band(graph, keys)
        levels = band.levels()
        places = {level: n for n, level in enumerate(sorted(set(levels.values())))}
        rows |= {key: base + places[level] for key, level in levels.items()}
        base += len(places)
        rails += band.rails
        after |= dict.fromkeys(band.after, -band.way)
        walk = list(dict.fromkeys(band.walk()))
        order |= {key: -band.way * (len(order) + n) for n, key in enumerate(walk)}
    links = {(a, 0, b) for rail in rails for a, b in itertools.pairwise(rail)}
    for rail in rails:
        links |= {
            (w.source, w.shift, w.into)
            for w in graph.wires
            if w.source == rail[-1] and w.into == rail[0] and abs(w.shift) == 1
        }
    if LABEL in graph.nodes:
        rows[LABEL], order[LABEL] = rows[LOSS], order[LOSS]
        links.add((LABEL, 0, LOSS))
    return Plan(rows, rails, after, order, frozenset(links))


def _bands(graph: Graph) -> dict[str, list[str]]:
    """Return the nodes of each recurrent layer, from below; what has none is with the last."""
    ways = {layer_of(w.source): w.shift < 0 for w in graph.wires if w.shift}
    layers = [layer_of(key.partition(":")[0]) for key in graph.nodes]
    recurrent = [layer for layer in dict.fromkeys(layers) if layer in ways] or [""]
    rest = _REST if len(set(ways.values())) > 1 else recurrent[-1]
    found: dict[str, list[str]] = {layer: [] for layer in (*recurrent, rest)}
    for key, layer in zip(graph.nodes, layers, strict=True):
        if key == INPUT:
            found[recurrent[0]].append(key)
        elif key != LABEL:  # which stands beside the loss
            found[layer if layer in ways else rest].append(key)
    return {layer: keys for layer, keys in found.items() if keys}


class _Band:
    """One layer: its rails, and what is after them."""

    def __init__(self, graph: Graph, keys: Sequence[str]) -> None:
        self._graph, self._keys = graph, keys
        own = set(keys)
        inside = [w for w in graph.wires if not w.shift and {w.source, w.into} <= own]
        self._before = {key: [w.source for w in inside if w.into == key] for key in keys}
        self._behind = {key: [w.into for w in inside if w.source == key] for key in keys}
        carried = [w for w in graph.wires if w.shift and w.source in own and w.into in own]
        self.way = next((1 if w.shift > 0 else -1 for w in carried), -1)
        self.rails: list[Sequence[str]] = []
        for state in dict.fromkeys(w.source for w in carried):
            rail = self._rail(state, carried)
            if rail and self._whole([*self.rails, rail]):
                self.rails.append(rail)
        self.after = self._after(self.rails)

    def _rail(self, state: str, carried: Sequence[Wire]) -> Sequence[str]:
        """Return the shortest way of a state through operators from step to step, if any."""
        taken = {key for rail in self.rails for key in rail}
        starts = [w.into for w in carried if w.source == state and abs(w.shift) == 1]
        ways = [[key] for key in dict.fromkeys(starts)]
        while ways:
            way = ways.pop(0)
            node = self._graph.nodes[way[-1]]
            if way[-1] in taken or way[-1] in way[:-1]:
                continue
            if way[-1] == state:
                return way if len(way) > 1 else ()
            if not node.sign or (node.sign != "box" and not node.shown):
                ways += [[*way, key] for key in self._behind[way[-1]]]
        return ()

    def _whole(self, rails: Sequence[Sequence[str]]) -> bool:
        """Whether nothing leaves a rail and comes back to it."""
        for rail in rails:
            own, reached = set(rail), set(rail)
            ahead = [key for key in rail for key in self._behind[key] if key not in own]
            while ahead:
                key = ahead.pop()
                if key in own:
                    return False
                if key not in reached:
                    reached.add(key)
                    group = next((r for r in rails if key in r), (key,))
                    ahead += [k for one in group for k in self._behind[one]]
        return True

    def _after(self, rails: Sequence[Sequence[str]]) -> set[str]:
        """Return what comes after a rail's end and leads to no rail."""
        on = {key for rail in rails for key in rail}
        leading = _closed(on, self._before)
        return _closed({rail[-1] for rail in rails}, self._behind) - leading - on

    def levels(self) -> dict[str, float]:
        """Return the height of each node: rails are halfway, in heights of their own."""
        found: dict[str, float] = {}
        group = {key: rail for rail in self.rails for key in rail}

        def up(key: str) -> float:
            if key not in found:
                rail = group.get(key, (key,))
                found.update(dict.fromkeys(rail, 0.0))  # ends what would go in a circle
                below = [b for one in rail for b in self._before[one] if b not in rail]
                level = float(floor(max(map(up, below), default=0.0)))
                if key in group:
                    level += 0.5 + 0.01 * self.rails.index(rail)
                elif not self._graph.nodes[key].given:
                    level += 1
                found.update(dict.fromkeys(rail, level))
            return found[key]

        def down(key: str) -> float:
            if key not in self.after:
                return up(key)
            if key not in found:
                found[key] = 0.0
                above = [b for b in self._before[key] if b in self.after or b in group]
                found[key] = ceil(min(map(down, above))) - 1.0
            return found[key]

        for key in self._keys:
            down(key)
        return found

    def walk(self) -> Iterator[str]:
        """Yield the nodes as they are met on a walk along the rails, operands first."""
        met: set[str] = set()

        def visit(key: str) -> Iterator[str]:
            if key not in met:
                met.add(key)
                for source in self._before[key]:
                    yield from visit(source)
                yield key

        for rail in self.rails:
            for key in rail:
                yield from visit(key)
        for key in self._keys:
            yield from visit(key)


def _closed(start: set[str], following: Mapping[str, Sequence[str]]) -> set[str]:
    """Return what is reached from some nodes, and those themselves."""
    found, ahead = set(start), list(start)
    while ahead:
        for key in following[ahead.pop()]:
            if key not in found:
                found.add(key)
                ahead.append(key)
    return found
