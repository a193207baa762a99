"""A tutor for many people who work the same computation: what is usual is known beforehand.

What every usual mistake gives in every place that is asked for is computed once. Whoever
has nothing wrong, or has made one of them, is judged by looking that up; so are all values
but a few odd ones, which are judged by themselves. All others are judged as by `Tutor`, but
for what takes long: two mistakes at once in one formula.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.diagnosis.court import Court
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.effort import effort
from lstm_tutor.diagnosis.foretold import Foretold
from lstm_tutor.diagnosis.judgement import (
    Diagnosis,
    Given,
    Judgement,
    Status,
    Verdicts,
    agrees,
    of_right,
    working_precision,
)
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
_MOST_ODD = 2  # values that a mistake does not explain: more are another one's
_MOST_ALONE = 1  # and without any
_MOST_UNSEEN = 3  # values left blank in which a mistake is looked for
_MOST_NUMBERS = 4_000_000  # that are kept of one computation
_MOST_REMEMBERED = 32  # of one computation; whole sheets are seldom alike


class Familiar(Tutor):
    """Judges many submissions against one trace; see `Tutor`."""

    def __init__(self, trace: Trace, edits: AllEdits | None = None) -> None:
        super().__init__(trace, edits)
        self._wanted: set[Id] = set()
        self._tables: dict[Id | None, Foretold] = {}
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
        """Judge values that are right, or what one usual mistake gives, but for a few; None
        if there are more, or it is not sure.
        """
        ordered = sorted(givens, key=lambda given: self.places.position(given.place))
        places = {given.place for given in ordered}
        if len(places) < len(ordered) or len({given.cell for given in ordered}) > 1:
            return None
        right = [agrees(given, self.places.base(given.place)) for given in ordered]
        wrong = right.count(False)
        judged = {n: self._right(given) for n, given in enumerate(ordered) if right[n]}
        found: Mistake | None = None
        if wrong >= _FEWEST_WRONG and working.digits >= _FEWEST_DIGITS:
            best = self._best(ordered, right)
            if best is not None:
                found = best[0]
                judged = self._judged(ordered, right, *best)
        if len(ordered) - len(judged) > (_MOST_ODD if found else _MOST_ALONE):
            return None
        if len(judged) < len(ordered):
            if found is None and self._gives(ordered):
                return None
            judged |= self._odd(ordered, judged, found, working)
        return Verdicts(tuple(judged[n] for n in range(len(ordered))))

    def _odd(
        self,
        ordered: Sequence[Given],
        judged: Mapping[int, Judgement],
        mistake: Mistake | None,
        working: Working,
    ) -> dict[int, Judgement]:
        """Judge the values that are not yet judged, when the mistake of the others is known."""
        own = {given.place: given for given in ordered}
        left = effort(len(self.places), len(ordered))
        court = Court(self, ordered, own, working, left, {}, {}, one_odd=True)
        bad = (Status.WRONG, Status.GIVEN)
        wrong = (one for one in judged.values() if one.status in bad)
        court.wrong.update((one.given.place, one.because or one.given.id) for one in wrong)
        if mistake is not None:
            shown = (one.given.id for one in judged.values() if one.diagnoses)
            court.found.update((mistake, id_) for id_ in shown)
        return {n: court.odd(given) for n, given in enumerate(ordered) if n not in judged}

    def _right(self, given: Given) -> Judgement:
        expected = self.places.base(given.place)
        return Judgement(given, of_right(given, expected), expected, expected)

    def _judged(
        self,
        givens: Sequence[Given],
        right: Sequence[bool],
        mistake: Mistake,
        table: Foretold,
        lane: int,
    ) -> dict[int, Judgement]:
        """Return what is to be said of the values that a mistake explains, by their number:
        the first in whose formula it is shows it; else the first that is wrong.
        """
        changed, cell = world([mistake]), self.places.program.cell
        found: dict[int, Judgement] = {}
        edited, others = [], []
        for n, given in enumerate(givens):
            expected, own = self.places.base(given.place), table.value(given.place)[lane]
            rule = self.places.rule(given.place)
            if right[n]:
                found[n] = self._right(given)
            elif not agrees(given, own):
                continue
            elif changed.expression(rule, given.place.t, cell) is not None:
                found[n] = Judgement(given, Status.WRONG, expected, own)
                edited.append(n)
            elif agrees(given, expected):
                found[n] = Judgement(given, Status.ROUNDED, expected, own)
            else:
                found[n] = Judgement(given, Status.GIVEN, expected, own)
                others.append(n)
        if not edited and not others:  # all of it is rounding
            return found
        first = (edited or others)[0]
        one = givens[first].id
        for n in (*edited, *others):
            found[n] = replace(found[n], because=one)
        found[first] = replace(
            found[first],
            status=Status.WRONG,
            because="",
            diagnoses=(Diagnosis(one, mistake, 1.0),),
        )
        return found

    def _best(
        self, givens: Sequence[Given], right: Sequence[bool]
    ) -> tuple[Mistake, Foretold, int] | None:
        """Return the mistake that gives all values but the fewest, those rather not where it
        is said to be made, the most usual of such, and where it stands; None if too many.

        Args:
            givens: the values.
            right: which of them are right.
        """
        self._prepare([given.place for given in givens])
        wrong = [given.place for given, fits in zip(givens, right, strict=True) if not fits]
        least = min(_MOST_ODD, len(wrong) - _FEWEST_WRONG)
        best: tuple[tuple[Any, ...], tuple[Mistake, Foretold, int]] | None = None
        unseen = self._unseen(wrong[:1], {given.place for given in givens})
        for place in chain((None, *wrong[: least + 1]), unseen):
            table = self._table(place)
            odd = ~table.fitting(givens)
            counts = odd.sum(axis=0)
            least = counts.min(initial=least)
            for lane in np.flatnonzero(counts == least).tolist():
                mistake = table.mistakes[lane]
                made = {edit.place.name for edit in mistake.edits}
                pairs = zip(givens, odd, strict=True)
                told = sum(left[lane] and given.place.name in made for given, left in pairs)
                key = least, told, cost(mistake)
                if best is None or key < best[0]:
                    best = key, (mistake, table, lane)
            if best is not None and not least:
                break
        return best and best[1]

    def _unseen(self, places: Sequence[Id], given: Container[Id]) -> list[Id]:
        """Return what values were computed from and nobody gave, the nearest first, among
        what others are asked for.
        """
        waiting, found = deque(places), list[Id]()
        while waiting and len(found) < _MOST_UNSEEN:
            for operand in self.places.operands(waiting.popleft()):
                if operand in self._wanted and operand not in given and operand not in found:
                    found.append(operand)
                    waiting.append(operand)
        return found[:_MOST_UNSEEN]

    def _gives(self, givens: Sequence[Given]) -> bool:
        """Whether a mistake made everywhere, seen or not, gives every value."""
        self._prepare([given.place for given in givens])
        table = self._table(None)
        return bool(table.fitting(givens).all(axis=0).any())

    def _prepare(self, places: Sequence[Id]) -> None:
        """See to it that the tables have some places."""
        if not self._wanted.issuperset(places):
            self._wanted |= {*places, *self._beside(places)}
            self._tables.clear()

    def _table(self, place: Id | None) -> Foretold:
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
            shapes = {one: self.places.base(one).shape for one in self._wanted}
            self._tables[place] = Foretold(mistakes, shapes, self._computed(mistakes))
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

    def _computed(self, mistakes: Sequence[Mistake]) -> Array:
        """Run every mistake's program: (numbers of all wanted places, mistakes); a value of
        another shape than it should be is none.
        """
        symbols = {place.name for place in self._wanted}
        numbers = sum(self.places.base(place).size for place in self._wanted)
        found, lead = np.full((numbers, len(mistakes)), np.nan), 0
        for piece in pieces(self.places, [world([mistake]) for mistake in mistakes]):
            runs, start = Runs(self.places, piece, wanted=symbols), 0
            for place in self._wanted:
                values = runs.predictions(place)
                rows = found[start : start + values[0].size, lead : lead + len(piece)]
                rows[:] = values.reshape(len(values), -1).T
                rows[:, list(runs.odd_at(place))] = np.nan
                start += len(rows)
            lead += len(piece)
        found[~np.isfinite(found)] = np.nan
        return found
