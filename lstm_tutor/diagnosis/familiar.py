"""A tutor for many people who work the same computation: what is usual is known beforehand.

What every usual mistake gives in every place that is asked for is computed once. Whoever
has nothing wrong, or has made one of them and nothing else, is judged by looking that up;
all others as by `Tutor`, but for what takes long: two mistakes at once in one formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    of_right,
    working_precision,
)
from lstm_tutor.diagnosis.rounding import Radii
from lstm_tutor.diagnosis.working import Working
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.prepared import SUM
from lstm_tutor.execution.world import pieces
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.all_edits import AllEdits
from lstm_tutor.mistakes.mistake import Mistake
from lstm_tutor.mistakes.table import cost
from lstm_tutor.model.symbol import Id
from lstm_tutor.trace.trace import Trace

Array: TypeAlias = NDArray[Any]
_FEWEST_DIGITS = 3  # with fewer too much agrees by accident
_FEWEST_WRONG = 2  # one alone may be a slip
_MOST_NUMBERS = 4_000_000  # that are kept of one computation
_MOST_REMEMBERED = 500


@dataclass(frozen=True)
class _Table:
    """What some mistakes give: per place (mistakes, …)."""

    mistakes: Sequence[Mistake]
    values: Mapping[Id, Array]


class Familiar(Tutor):
    """Judges many submissions against one trace; see `Tutor`."""

    def __init__(self, trace: Trace, edits: AllEdits | None = None) -> None:
        super().__init__(trace, edits)
        self._wanted: set[Id] = set()
        self._tables: dict[Id | None, _Table] = {}
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
        best = self._best(ordered, ordered[right.index(False)].place)
        if best is None:
            return None
        pairs = zip(ordered, right, strict=True)
        return Verdicts(tuple(self._judged(pairs, *best, working)))

    def _right(self, given: Given) -> Judgement:
        expected = self.places.base(given.place)
        return Judgement(given, of_right(given, expected), expected, expected)

    def _judged(
        self,
        pairs: Iterator[tuple[Given, bool]],
        mistake: Mistake,
        table: _Table,
        lane: int,
        working: Working,
    ) -> Iterator[Judgement]:
        """Yield what is to be said of values that a mistake explains."""
        first = ""
        chain = self._chain(working)
        changed, cell = world([mistake]), self.places.program.cell
        for given, right in pairs:
            expected = self.places.base(given.place)
            if right:
                yield self._right(given)
                continue
            rule = self.places.rule(given.place)
            edited = changed.expression(rule, given.place.t, cell) is not None
            own = table.values[given.place][lane]
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

    def _best(self, givens: Sequence[Given], first: Id) -> tuple[Mistake, _Table, int] | None:
        """Return the most usual mistake that gives every value, and where it stands; None if
        none does.

        Args:
            givens: the values.
            first: the first place that is wrong, where it may be made once.
        """
        self._prepare([given.place for given in givens])
        found = []
        for place in (first, None):
            table = self._table(place)
            fits = np.ones(len(table.mistakes), dtype=bool)
            for given in givens:
                fits &= agreeing(given, table.values[given.place])
            if fits.any():
                lane = int(np.argmax(fits))
                found.append((table.mistakes[lane], table, lane))
        return min(found, key=lambda one: cost(one[0]), default=None)

    def _prepare(self, places: Sequence[Id]) -> None:
        """See to it that the tables have some places."""
        if not self._wanted.issuperset(places):
            self._wanted |= {*places, *self._beside(places)}
            self._tables.clear()

    def _table(self, place: Id | None) -> _Table:
        """Return what each mistake gives: those made once in a place, or everywhere."""
        if place not in self._tables:
            edits = self.all_edits
            if place is None:
                everywhere = (Mistake((edit,)) for edit in edits.systematic)
                mistakes = [*everywhere, *edits.families]
            else:
                rule = self.places.rule(place)
                own = edits.of.get(rule.key.removesuffix(SUM), ())
                mistakes = [Mistake((edit,), place) for edit in own if edit.right == rule.right]
            numbers = sum(self.places.base(one).size for one in self._wanted)
            mistakes = sorted(mistakes, key=cost)[: _MOST_NUMBERS // max(1, numbers)]
            self._tables[place] = _Table(mistakes, self._computed(mistakes))
        return self._tables[place]

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

    def _computed(self, mistakes: Sequence[Mistake]) -> dict[Id, Array]:
        """Run every mistake's program; a value of another shape than it should be is none."""
        symbols = {place.name for place in self._wanted}
        found: dict[Id, list[Array]] = {
            place: [np.zeros((0, *self.places.base(place).shape))] for place in self._wanted
        }
        for piece in pieces(self.places, [world([mistake]) for mistake in mistakes]):
            runs = Runs(self.places, piece, wanted=symbols)
            for place, parts in found.items():
                shape = len(piece), *self.places.base(place).shape
                whole = np.array(np.broadcast_to(runs.predictions(place), shape))
                for lane in runs.odd_at(place):
                    whole[lane] = np.nan
                parts.append(whole)
        return {place: np.concatenate(parts) for place, parts in found.items()}
