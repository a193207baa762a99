"""What the loss after the update may have been worked with: nobody prints that pass.

Old weights in place of new ones, another step, another start. The pass is run as a first one
with other weights, and what it gives stands for the loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Expression, Number, Parameter, Signal
from lstm_tutor.diagnosis.evidence import Evidence
from lstm_tutor.diagnosis.judgement import Given, agrees
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.program import place_of
from lstm_tutor.execution.world import World, pieces
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.mistake import (
    ANOTHER_STEP,
    FROM_ZERO,
    MOVED_START,
    NOT_UPDATED,
    NOTHING_NEW,
    ONLY_NEW,
    SECOND_START,
    STILL_OLD,
    Edit,
    Mistake,
)
from lstm_tutor.mistakes.slips import literal
from lstm_tutor.model.symbol import LOSS, Id, new

Array: TypeAlias = NDArray[Any]
_STEPS = (-1.0, 2.0, 0.5)
_MOST_WEIGHTS = 40


@dataclass(frozen=True)
class _Try:
    """One thing that the second pass may have been worked with."""

    kind: str
    way: str
    part: Expression
    new: Expression | None
    weights: Mapping[str, Array]
    starts: Mapping[Id, Array]

    def world(self, known: World) -> World:
        """Return the program whose first pass is this second one."""
        changed = {name: literal(value) for name, value in self.weights.items()}
        changed |= {str(place): literal(value) for place, value in self.starts.items()}
        return replace(known, everywhere={**known.everywhere, **changed})


class SecondPass:
    """Looks for what a second pass was worked with that gives one wrong loss."""

    def __init__(self, evidence: Evidence, given: Given) -> None:
        """Take what is known, and a wrong loss after the update."""
        self._evidence, self._given = evidence, given
        self._places = evidence.places

    def mistakes(self) -> Iterator[Mistake]:
        """Yield the mistakes that give the loss, each with the losses of all time steps."""
        tries = self.tries
        known = world(self._evidence.known)
        at = 0
        for piece in pieces(self._places, [one.world(known) for one in tries]):
            runs = Runs(self._places, piece, wanted=[LOSS])
            place = Id(LOSS, self._given.place.t)
            radius = self._evidence.radii.before(self._given.place)
            for lane in range(len(piece)):
                if agrees(self._given, runs.predicted(place, lane), radius):
                    yield self._mistake(tries[at + lane], runs, lane)
            at += len(piece)

    @cached_property
    def tries(self) -> list[_Try]:
        """All that the pass may have been worked with."""
        return list(self._tries())

    def _mistake(self, found: _Try, runs: Runs, lane: int) -> Mistake:
        """Return the losses of such a pass in the place of those of the right one."""
        edits = []
        for t in self._places.scenario.labelled_times:
            place = Id(new(LOSS), t)
            right = self._places.rule(place).expression
            value = literal(np.asarray(runs.predicted(Id(LOSS, t), lane), dtype=float))
            one = Edit(str(place), found.kind, right, value, found.part, found.new, "loss")
            edits.append(replace(one, way=found.way))
        return Mistake(tuple(edits), together=found.kind)

    @cached_property
    def _old(self) -> dict[str, Array]:
        return dict(self._places.scenario.parameters)

    @cached_property
    def _new(self) -> dict[str, Array]:
        """The new weights, the person's own ones where they are given."""
        carried = self._evidence.both(self._evidence.known)[1]
        found = {}
        for name, value in self._old.items():
            own = np.asarray(carried.predicted(Id(new(name))), dtype=float)
            found[name] = own if own.shape == value.shape else np.full(value.shape, np.nan)
        return found

    def _tries(self) -> Iterator[_Try]:
        nothing: dict[Id, Array] = {}
        some = next(iter(self._old))
        yield _Try(
            NOT_UPDATED, NOTHING_NEW, Parameter(new(some)), Parameter(some), self._old, nothing
        )
        groups = list(self._groups())
        for name, members in groups:
            old = {one: self._old[one] for one in members}
            part, new_ = Parameter(new(name)), Parameter(name)
            yield _Try(NOT_UPDATED, STILL_OLD, part, new_, {**self._new, **old}, nothing)
        for name, members in groups:
            fresh = {one: self._new[one] for one in members}
            part = Parameter(new(name))
            yield _Try(NOT_UPDATED, ONLY_NEW, part, part, {**self._old, **fresh}, nothing)
        for k in self._steps():
            weights = {n: v + k * (self._new[n] - v) for n, v in self._old.items()}
            number = Number(int(k) if k.is_integer() else k)
            yield _Try(NOT_UPDATED, ANOTHER_STEP, Parameter("lr"), number, weights, nothing)
        for way, starts in self._starts():
            place = next(iter(starts))
            shown = Number(0) if way == FROM_ZERO else self._end(place)
            yield _Try(SECOND_START, way, place.node, shown, self._new, starts)

    def _groups(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield the blocks of weights, and each weight, unless that is all there is."""
        blocks = self._places.program.cell.blocks
        found: dict[tuple[str, ...], str] = {}
        for block, members in blocks.items():
            found.setdefault(tuple(members), block)
        if len(self._old) <= _MOST_WEIGHTS:
            for name in self._old:
                found.setdefault((name,), name)
        yield from (
            (name, group) for group, name in found.items() if len(group) < len(self._old)
        )

    def _steps(self) -> list[float]:
        rate = self._places.scenario.constants.get("lr", 1.0)
        steps = self._places.scenario.steps
        found = [*_STEPS, 1 / rate if rate else 1.0, 1 / steps, float(steps)]
        return list(dict.fromkeys(k for k in found if k != 1.0))

    def _starts(self) -> Iterator[tuple[str, dict[Id, Array]]]:
        """Yield the initial states as 0, or as the first pass ends; of one of them, or all."""
        initial = self._places.scenario.initial
        carried = self._evidence.both(self._evidence.known)[1]
        ends = {}
        for place in initial:
            last = self._end(place)
            ends[place] = np.asarray(carried.predicted(Id(last.name, last.shift)), dtype=float)
        moved = dict(self._moved(initial))
        zeros = {place: np.zeros_like(value) for place, value in initial.items()}
        if len(moved) == len(initial):
            yield MOVED_START, moved
        for way, states in (("", ends), (FROM_ZERO, zeros)):
            if way == FROM_ZERO and not any(value.any() for value in initial.values()):
                continue
            yield way, states
            yield from ((way, {place: value}) for place, value in states.items())

    def _moved(self, initial: Mapping[Id, Array]) -> Iterator[tuple[Id, Array]]:
        """Yield the initial states as an update of theirs would leave them."""
        program, scenario = self._places.program, self._places.scenario
        rate = scenario.constants.get("lr", 0.0)
        for equation in program.derivation.boundary:
            t = place_of(equation, scenario.cell, scenario.steps)
            of = Id(equation.of, t)
            if of in initial and Id(equation.target, t) in self._places:
                slope = self._evidence.plain.predicted(Id(equation.target, t))
                yield of, np.asarray(initial[of] - rate * slope, dtype=float)

    def _end(self, place: Id) -> Signal:
        late = place.name in self._places.program.cell.late
        last = 0 if late else self._places.scenario.steps - 1
        return Signal(place.name, last, fixed=True)
