"""A tutor for many people who work the same computation: what is usual is known beforehand.

What every usual mistake gives in every place that is asked for is computed once. Whoever
has nothing wrong, or has made one of them and nothing else, is judged by looking that up;
all others as by `Tutor`, but for what takes long: two mistakes at once in one formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import (
    Diagnosis,
    Given,
    Judgement,
    Status,
    Verdicts,
    agreeing,
    agrees,
    coarse,
    working_precision,
)
from lstm_tutor.diagnosis.rounding import Radii
from lstm_tutor.diagnosis.working import Working
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.world import pieces
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.all_edits import AllEdits
from lstm_tutor.mistakes.mistake import Mistake
from lstm_tutor.mistakes.table import cost
from lstm_tutor.model.symbol import Id
from lstm_tutor.trace.trace import Trace

Array: TypeAlias = NDArray[Any]
_FEWEST_DIGITS = 3  # with fewer too much agrees by accident
_FEWEST_WRONG = 2  # one alone may be a slip, or made at one time step only
_MOST_NUMBERS = 4_000_000  # that are kept of one computation
_MOST_REMEMBERED = 500


class Familiar(Tutor):
    """Judges many submissions against one trace; see `Tutor`."""

    def __init__(self, trace: Trace, edits: AllEdits | None = None) -> None:
        super().__init__(trace, edits)
        self._worlds: list[Mistake] = []
        self._values: dict[Id, Array] = {}
        self._chains: dict[Working, Radii] = {}
        self._seen: dict[tuple[Any, ...], Verdicts] = {}

    def diagnose(
        self, givens: Sequence[Given], working: Working | None = None, *, deep: bool = False
    ) -> Verdicts:
        """Judge values; see `Tutor.diagnose`. The same ones are judged once."""
        working = working or working_precision(givens)
        key = (*((g.id, g.value.tobytes(), g.unit.tobytes(), g.cell) for g in givens), working)
        if key not in self._seen:
            if len(self._seen) >= _MOST_REMEMBERED:
                self._seen.clear()
            found = self._at_once(givens, working)
            self._seen[key] = found or super().diagnose(givens, working, deep=deep)
        return self._seen[key]

    def _at_once(self, givens: Sequence[Given], working: Working) -> Verdicts | None:
        """Judge values that are right, or what one usual mistake gives; None if they are
        neither, or it is not sure.
        """
        ordered = sorted(givens, key=lambda given: self.places.position(given.place))
        places = {given.place for given in ordered}
        if len(places) < len(ordered) or len({given.cell for given in ordered}) > 1:
            return None
        right = [agrees(given, self.places.base(given.place)) for given in ordered]
        if all(right):
            return Verdicts(tuple(self._right(given) for given in ordered))
        if right.count(False) < _FEWEST_WRONG or working.digits < _FEWEST_DIGITS:
            return None
        mistake = self._mistake(ordered)
        if mistake is None:
            return None
        pairs = zip(ordered, right, strict=True)
        return Verdicts(tuple(self._judged(pairs, mistake, working)))

    def _right(self, given: Given) -> Judgement:
        expected = self.places.base(given.place)
        status = Status.COARSE if coarse(given.unit, expected) else Status.RIGHT
        return Judgement(given, status, expected, expected)

    def _judged(
        self, pairs: Iterator[tuple[Given, bool]], mistake: Mistake, working: Working
    ) -> Iterator[Judgement]:
        """Yield what is to be said of values that a mistake explains."""
        first = ""
        chain = self._chain(working)
        lane = self._worlds.index(mistake)
        changed, cell = world([mistake]), self.places.program.cell
        for given, right in pairs:
            expected = self.places.base(given.place)
            if right:
                yield self._right(given)
                continue
            rule = self.places.rule(given.place)
            edited = changed.expression(rule, given.place.t, cell) is not None
            own = self._values[given.place][lane]
            if not edited and agrees(given, expected, chain.before(given.place)):
                yield Judgement(given, Status.ROUNDED, expected, own)
            elif not first:
                first = given.id
                found = (Diagnosis(given.id, mistake, 1.0),)
                yield Judgement(given, Status.WRONG, expected, own, diagnoses=found)
            else:
                status = Status.WRONG if edited else Status.GIVEN
                yield Judgement(given, status, expected, own, because=first)

    def _chain(self, working: Working) -> Radii:
        if working not in self._chains:
            self._chains[working] = Radii(Runs(self.places, [world()]), {}, working)
        return self._chains[working]

    def _mistake(self, givens: Sequence[Given]) -> Mistake | None:
        """Return the most usual mistake that gives every value; None if none does."""
        values = self._table([given.place for given in givens])
        if values is None:
            return None
        fits = np.ones(len(self._worlds), dtype=bool)
        for given in givens:
            fits &= agreeing(given, values[given.place])
        return self._worlds[int(np.argmax(fits))] if fits.any() else None

    def _table(self, places: Sequence[Id]) -> Mapping[Id, Array] | None:
        """Return what each mistake gives in some places; None where that is too much."""
        missing = [place for place in places if place not in self._values]
        if missing:
            edits = self.all_edits
            mistakes = [*(Mistake((edit,)) for edit in edits.systematic), *edits.families]
            self._worlds = sorted(mistakes, key=cost)
            wanted = dict.fromkeys([*self._values, *places, *self._beside(places)])
            numbers = sum(self.places.base(place).size for place in wanted)
            if numbers * len(self._worlds) > _MOST_NUMBERS:
                return None
            self._values = self._computed(list(wanted))
        return self._values

    def _beside(self, places: Sequence[Id]) -> Iterator[Id]:
        """Yield what others may be asked for: all that is computed in the same phases."""
        trace = self.trace
        phases = {trace.key(trace.position(p))[0].phase for p in places if p in self._steps}
        for place in self._steps:
            if trace.key(trace.position(place))[0].phase in phases:
                yield place

    @cached_property
    def _steps(self) -> frozenset[Id]:
        """The places that have a step with a formula."""
        keys = map(self.trace.key, range(len(self.trace)))
        found = (Id(e.target, t) for e, t in keys if e.expression is not None)
        return frozenset(place for place in found if place in self.places)

    def _computed(self, wanted: Sequence[Id]) -> dict[Id, Array]:
        """Run every mistake's program; a value of another shape than it should be is none."""
        symbols = {place.name for place in wanted}
        found: dict[Id, list[Array]] = {place: [] for place in wanted}
        worlds = [world([mistake]) for mistake in self._worlds]
        for piece in pieces(self.places, worlds):
            runs = Runs(self.places, piece, wanted=symbols)
            for place in wanted:
                base = self.places.base(place)
                whole = np.broadcast_to(runs.predictions(place), (len(piece), *base.shape))
                whole = np.array(whole)
                for lane in runs.odd_at(place):
                    whole[lane] = np.nan
                found[place].append(whole)
        return {place: np.concatenate(parts) for place, parts in found.items()}
