"""Worlds with mistakes, run in lanes and walked one by one.

`python -m worlds` in tests/support takes all mistakes, the suite a sample. Exits with 1
where they differ.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from drawing import LITERATURE, scenario_of
from numpy.typing import NDArray
from oracle import walked

from lstm_tutor.algebra.expression import Signal, symbols
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.world import World, pieces
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.all_edits import all_edits
from lstm_tutor.mistakes.mistake import Mistake
from lstm_tutor.model.symbol import Id
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import Trace, compute

BUNDLED = (
    *("gomez", "two-units", "one-step", "gru-two-units", "rnn-two-units"),
    *("many-to-one", "truncated", "saturated-gates"),
)


@dataclass
class Outcome:
    """What a comparison found.

    Attributes:
        worlds: how many were compared.
        values: how many of their values.
        odd: how many had a formula whose value has another shape.
        left_out: how many were not, for they read what is computed later.
        differences: what is not equal, in words.
    """

    worlds: int = 0
    values: int = 0
    odd: int = 0
    left_out: int = 0
    differences: list[str] = field(default_factory=list)


def trace_of(name: str) -> Trace:
    """Return the trace of a bundled scenario, or of a small one of a cell of the literature."""
    if name in BUNDLED:
        return compute(load(name))
    return compute(scenario_of(LITERATURE[name], hidden=2, inputs=3, steps=3))


def mistakes_of(trace: Trace) -> list[Mistake]:
    """Return every mistake that is made at every time step: single edits and families."""
    every = all_edits(trace.scenario, trace.program)
    return [*(Mistake((edit,)) for edit in every.systematic), *every.families]


def compared(trace: Trace, mistakes: Iterable[Mistake]) -> Outcome:
    """Run mistakes in lanes, walk each alone, and compare every value."""
    places, outcome = trace.places, Outcome()
    chosen = [(mistake, world([mistake])) for mistake in mistakes]
    kept = [pair for pair in chosen if not reads_later(places, pair[1])]
    outcome.left_out = len(chosen) - len(kept)
    names = {id(one): mistake.id for mistake, one in kept}
    for piece in pieces(places, [one for _, one in kept]):
        runs = Runs(places, piece)
        for lane, one in enumerate(piece):
            _compare(runs, lane, names[id(one)], outcome)
    return outcome


def reads_later(places: Places, one: World) -> bool:
    """Whether a changed formula reads a symbol that is not yet computed, of its own time step
    or of one that comes before it.

    The walk finds the right value there, as it stood before; the executor orders what it
    computes for all time steps at once otherwise than the walk, and may find the wrong one.
    No program of a person's reads what it has not computed.
    """
    cell = places.program.cell
    for place in places.places():
        formula = one.expression(places.rule(place), place.t, cell)
        if formula is None or place.t is None:
            continue
        times = places.rule(place).times
        done = times[: times.index(place.t) + 1]
        for symbol in symbols(formula):
            if not isinstance(symbol, Signal) or symbol.fixed:
                continue
            other = Id(symbol.name, place.t + symbol.shift)
            late = other in places and places.position(other) >= places.position(place)
            if late and other.t in done:
                return True
    return False


def _compare(runs: Runs, lane: int, name: str, outcome: Outcome) -> None:
    places, one = runs.places, runs.worlds[lane]
    right = walked(places, one)
    cell = places.program.cell

    def fits(place: Id) -> bool:
        formula = one.expression(places.rule(place), place.t, cell)
        return formula is None or places.fits(place.name, formula)

    odd = [p for p, v in right.items() if v.shape != places.base(p).shape or not fits(p)]
    unfit = _reached(places, one, {place.name for place in odd})
    outcome.worlds += 1
    outcome.odd += bool(odd)
    for place, value in right.items():
        if place.name not in unfit:
            outcome.values += 1
            if np.isnan(value).any():  # times 0 it is 0 or none, by the order of evaluation
                break
            if not _same(runs.value(place, lane), value):
                outcome.differences.append(f"{name}: {place}")
                return
    if odd and not _same(runs.predicted(odd[0], lane), right[odd[0]]):
        outcome.differences.append(f"{name}: {odd[0]}, of another shape")


def _reached(places: Places, one: World, names: set[str]) -> frozenset[str]:
    """Return the symbols that depend on some, also by what the changed formulas read."""
    cell = places.program.cell
    reads = {
        rule.symbol: {symbol.name for symbol in symbols(formula)}
        for rule in places.rules()
        for t in rule.times
        if (formula := one.expression(rule, t, cell)) is not None
    }
    found = places.downstream(names)
    while True:
        more = {name for name, read in reads.items() if read & found} - found
        if not more:
            return found
        found = places.downstream(found | more)


def _same(found: NDArray[Any], right: NDArray[Any]) -> bool:
    return found.shape == right.shape and np.allclose(
        found, right, rtol=1e-9, atol=1e-13, equal_nan=True
    )


def sample(trace: Trace, count: int, seed: int) -> list[Mistake]:
    """Return so many mistakes, drawn from all."""
    every = mistakes_of(trace)
    random = np.random.default_rng(seed)
    numbers = random.choice(len(every), min(count, len(every)), replace=False)
    return [every[number] for number in numbers]


def _all(name: str) -> Outcome:
    trace = trace_of(name)
    return compared(trace, mistakes_of(trace))


def _lines(names: Sequence[str]) -> Iterator[tuple[str, Outcome]]:
    with ProcessPoolExecutor() as pool:
        yield from zip(names, pool.map(_all, names), strict=True)


def main() -> None:
    """Print the counts; exit with 1 if a value differs."""
    good = True
    for name, found in _lines(sys.argv[1:] or (*BUNDLED, *LITERATURE)):
        print(
            f"{name}: {found.worlds} worlds, {found.values} values, "
            f"{len(found.differences)} differ; {found.odd} of another shape, "
            f"{found.left_out} left out",
            flush=True,
        )
        for text in found.differences:
            print(f"    {text}")
        good &= not found.differences
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
