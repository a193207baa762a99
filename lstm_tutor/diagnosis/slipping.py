"""Numbers copied or typed wrongly, as what may explain one wrong value.

The value itself, written down wrongly; a number that is given and taken wrongly; one that is
worked out on the way and not shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.diagnosis.evidence import Evidence
from lstm_tutor.diagnosis.judgement import Given
from lstm_tutor.diagnosis.solving import Solution, Solver
from lstm_tutor.execution.world import World
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.mistake import MISTYPED, ON_THE_WAY
from lstm_tutor.mistakes.slips import mistyped, miswritten
from lstm_tutor.model.symbol import Id, is_new

Array: TypeAlias = NDArray[Any]
_NOISE = 1e-9


class Slips:
    """The slips that give one wrong value."""

    def __init__(self, evidence: Evidence, given: Given, unseen: Collection[Id]) -> None:
        """Take what is known, the value, and the places that lead to it unseen."""
        self._evidence, self._given = evidence, given
        self._places, self._place = evidence.places, given.place
        self._unseen = unseen

    def written(self, runs: Sequence[Runs]) -> Iterator[Solution]:
        """Yield how the value may be written down wrongly, of what some runs give: each way
        once, as runs differ by rounding too. A 0 is no slip: it is left out or another's.
        """
        told: dict[tuple[object, ...], Solution] = {}
        for run in runs if np.any(self._given.value) else ():
            for found in self._miswritten(np.asarray(run.predicted(self._place))):
                edit = found.mistake.edits[0]
                told.setdefault((edit.kind, edit.entry, edit.way), found)
        yield from told.values()

    def taken(self) -> Iterator[Solution]:
        """Yield which number that is given may be taken wrongly, and as what."""
        yield from self._solver.solutions(self._leaves, self._evidence.known, MISTYPED)

    def on_the_way(self) -> Iterator[Solution]:
        """Yield which number that is worked out and not shown may be another, and as what;
        and slips of what is given, where the value is far from being linear in them.
        """
        leaves = self._leaves
        made = [place for place in self._sources if place not in leaves]
        yield from self._solver.solutions(made, self._evidence.known, ON_THE_WAY)
        yield from self._solver.usual(leaves, MISTYPED)

    @cached_property
    def _sources(self) -> list[Id]:
        """The places that lead here unseen, of the first pass."""
        ordered = sorted(self._unseen, key=self._places.position)
        return [place for place in ordered if not is_new(place.name)]

    @cached_property
    def _leaves(self) -> list[Id]:
        return [p for p in self._sources if self._places.rule(p).expression is None]

    @cached_property
    def _solver(self) -> Solver:
        evidence, place = self._evidence, self._place

        def run(worlds: Sequence[World]) -> Runs:
            return Runs(self._places, worlds, evidence.own, [place.name], place)

        radii = evidence.radii
        digits = radii.working.digits
        return Solver(self._places, self._given, run, radii.before(place), digits)

    def _miswritten(self, right: Array) -> Iterator[Solution]:
        """Yield what of this value may be written down wrongly; of what is given, taken so."""
        place, value = self._place, np.asarray(self._given.value, dtype=float)
        if right.size != value.size:
            return
        own = self._evidence.own.items()
        others = [of for other, of in own if other.name == place.name and other != place]
        series = self._places.series(place.name)
        others += [right] if series is None else [right, series.values]
        right = right.reshape(value.shape)
        if self._at_a_limit(value, right):
            return
        unit, unused = self._given.unit, self._unused
        for mistake, alike in miswritten(place, value, unit, right, others, unused=unused):
            yield Solution(mistake, alike)
            if self._places.rule(place).expression is None:
                edit = mistake.edits[0]
                entry = edit.entry or (0,) * value.ndim
                taken = mistyped(place, entry, right, float(value[entry]), edit.way)
                yield Solution(taken, alike)

    def _at_a_limit(self, value: Array, right: Array) -> bool:
        """Whether what is wrong stands in several wrong entries, and none of all goes beyond
        it: a limit, and no number that is written down wrongly.
        """
        with np.errstate(invalid="ignore"):
            off = np.abs(value - right) > self._given.unit + _NOISE * np.abs(right)
        wrong = np.abs(value[off])
        if not wrong.size or np.ptp(wrong) > _NOISE * wrong[0]:
            return False
        limit, alike = float(wrong[0]), int(wrong.size)
        for given in self._evidence.givens:
            if given.place.name == self._place.name and given is not self._given:
                shown = np.abs(np.asarray(given.value, dtype=float))
                own = self._evidence.plain.predicted(given.place)
                if np.size(own) != shown.size or np.any(shown > limit * (1 + _NOISE)):
                    return False
                beyond = np.abs(own).reshape(shown.shape) > shown + given.unit
                alike += int(np.count_nonzero(beyond & (shown >= limit * (1 - _NOISE))))
        return alike > 1 and bool(np.all(np.abs(value) <= limit * (1 + _NOISE)))

    @cached_property
    def _unused(self) -> bool:
        """Whether the person went on with the right value: one that reads it is right, and
        does not follow from what is given.
        """
        evidence = self._evidence
        pairs = zip(evidence.givens, evidence.grades, strict=True)
        return any(
            right and not follows and self._place in self._places.operands(given.place)
            for given, (right, follows) in pairs
        )
