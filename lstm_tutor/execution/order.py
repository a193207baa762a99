"""The order in which equations can be evaluated, found from what each one reads.

Equations that need each other over time are evaluated together, time step by time step;
the signs of the shifts between them give the direction. All others are evaluated for
every time step at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lstm_tutor.algebra.expression import Signal, symbols
from lstm_tutor.model.equation import Equation


class NoOrder(ValueError):  # noqa: N818  # a property of the equations, reported as such
    """Equations that need each other's values of the same time step, or of both sides.

    Attributes:
        targets: the symbols whose equations they are.
    """

    def __init__(self, targets: Sequence[str], why: str) -> None:
        super().__init__(f"{', '.join(targets)}: {why}")
        self.targets = tuple(targets)


@dataclass(frozen=True)
class Block:
    """Equations that are evaluated together.

    Attributes:
        equations: in order of evaluation within a time step.
        direction: 1 if one time step after the other, -1 if from the last to the first,
            0 if all time steps at once.
    """

    equations: tuple[Equation, ...]
    direction: int


def blocks(equations: Sequence[Equation]) -> tuple[Block, ...]:
    """Order equations, those first that others need.

    Args:
        equations: each with a formula; their order decides where the reads leave it open.

    Raises:
        NoOrder: if some need each other within a time step, or from both directions.
    """
    by_target = {equation.target: equation for equation in equations}
    reads = {target: _reads(equation, by_target) for target, equation in by_target.items()}
    names = {
        target: list(dict.fromkeys(name for name, _ in found))
        for target, found in reads.items()
    }
    found: list[Block] = []
    for members in components(names):
        chosen = [target for target in by_target if target in members]
        found.append(_block([by_target[target] for target in chosen], reads))
    return tuple(found)


def _reads(equation: Equation, known: Mapping[str, object]) -> list[tuple[str, int]]:
    """Return the equations' symbols that one reads, each with the time shift."""
    used = symbols(equation.expression) if equation.expression is not None else ()
    return [
        (symbol.name, symbol.shift)
        for symbol in used
        if isinstance(symbol, Signal) and symbol.name in known
    ]


def _block(equations: list[Equation], reads: Mapping[str, list[tuple[str, int]]]) -> Block:
    inside = {equation.target for equation in equations}
    shifts = [shift for target in inside for name, shift in reads[target] if name in inside]
    if not shifts:
        return Block(tuple(equations), 0)
    names = [equation.target for equation in equations]
    if any(shift < 0 for shift in shifts) and any(shift > 0 for shift in shifts):
        raise NoOrder(names, "they read each other's past and future")
    now = {
        target: [name for name, shift in reads[target] if shift == 0 and name in inside]
        for target in names
    }
    order = [name for members in components(now) for name in names if name in members]
    ranks = {name: number for number, name in enumerate(order)}
    if any(ranks[name] >= ranks[target] for target in names for name in now[target]):
        raise NoOrder(names, "they need each other within a time step")
    by_target = {equation.target: equation for equation in equations}
    return Block(tuple(by_target[name] for name in order), 1 if min(shifts) < 0 else -1)


def components(arrows: Mapping[str, Iterable[str]]) -> Iterator[frozenset[str]]:
    """Yield the strongly connected components, those first that others lead to.

    Tarjan's algorithm (1972), with a stack of its own so that depth has no limit.
    """
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    open_: set[str] = set()
    for root in arrows:
        if root in number:
            continue
        work: list[tuple[str, Iterator[str]]] = [(root, iter(arrows[root]))]
        number[root] = lowest[root] = len(number)
        path.append(root)
        open_.add(root)
        while work:
            node, others = work[-1]
            for other in others:
                if other not in number:
                    number[other] = lowest[other] = len(number)
                    path.append(other)
                    open_.add(other)
                    work.append((other, iter(arrows[other])))
                    break
                if other in open_:
                    lowest[node] = min(lowest[node], number[other])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                if lowest[node] == number[node]:
                    members = set()
                    while node not in members:
                        member = path.pop()
                        open_.discard(member)
                        members.add(member)
                    yield frozenset(members)
