"""Which mistakes explain a wrong value, and which of them explains the numbers best.

Candidates are the edits of the value's own equation, of the equations that lead to it
and whose values are not given, the families of both, and values under another's name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Symbol,
    Transpose,
    at,
    symbols,
    walk,
)
from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.diagnosis.evidence import Evidence, misprinted
from lstm_tutor.diagnosis.judgement import Diagnosis, Given, agrees
from lstm_tutor.diagnosis.plan import TOTAL, Line, Plan
from lstm_tutor.diagnosis.replay import Replay, Run
from lstm_tutor.mistakes.mistake import MISPRINT, Edit, Mistake
from lstm_tutor.mistakes.table import cost, price, unusual
from lstm_tutor.model.symbol import Id, is_new

Array: TypeAlias = NDArray[Any]
_ACCIDENT = 0.8  # likelier than this, and a mistake is no explanation
_ZERO = 1e-3  # the chance that a value is given as 0 without a reason
_EXACT = 1e-12
_MOST_RANKED = 60
_MOST_SHOWN = 6
_MOST_HIDDEN = 700
_USUAL = 1.5
_MOST_PAIRS = 2500
_PAIRS_PER_RUN = 10


class Search:
    """Looks for what explains one wrong value."""

    def __init__(self, evidence: Evidence, given: Given, most: int) -> None:
        """Take what is known, and at most how often a program may be run anew."""
        self.runs = 0
        self._most = most
        self._evidence = evidence
        self._replay = evidence.replay
        self._given = given
        self._place = given.place
        self._tried: Counter[float] = Counter()
        self._tried_with: dict[Mistake, Counter[float]] = {}

    @cached_property
    def _open(self) -> frozenset[Id]:
        """The places that lead here without a given value between."""
        return self._above[0]

    @cached_property
    def _above(self) -> tuple[frozenset[Id], frozenset[Id]]:
        """The places that lead here unseen, and the given ones above them."""
        found: set[Id] = set()
        ends: set[Id] = set()
        waiting = [self._place]
        while waiting:
            for operand in self._replay.operands(self._replay.line(waiting.pop())):
                if operand in self._evidence.own:
                    ends.add(operand)
                elif operand not in found:
                    found.add(operand)
                    waiting.append(operand)
        return frozenset(found), frozenset(ends)

    @cached_property
    def _exact(self) -> bool:
        """Whether the given values above are right, to all digits of a program's."""
        evidence = self._evidence
        return not any(
            np.any(np.abs(evidence.own[place] - self._replay.base(place)) > _EXACT)
            if evidence.own[place].shape == self._replay.base(place).shape
            else True
            for place in self._above[1]
        )

    def _shielded(self, mistake: Mistake) -> bool:
        """Whether the person's own values change what a mistake gives here."""
        targets = {edit.place.name for edit in mistake.edits}
        reached = self._replay.downstream(targets)
        return not self._exact or any(symbol in reached for symbol, _ in self._above[1])

    def diagnoses(self, *, deep: bool) -> tuple[Diagnosis, ...]:
        """Return the mistakes that explain the value, best first; empty if none does.

        Args:
            deep: also try mistakes made only once in what is not seen, and two at a time.
        """
        found: list[Mistake] = []
        stages = [self._likely, self._upstream]
        for stage in [*stages, self._hidden, self._twice] if deep else stages:
            found += stage()
            for mistake in found:
                self._tried_with.setdefault(mistake, self._tried.copy())
            ranked = self._ranked(list(dict.fromkeys(found)))
            if ranked and not (stage == self._likely and self._open):
                return ranked
        return ()

    def _likely(self) -> list[Mistake]:
        """Edits of the value's own equation, here or everywhere, and values misplaced."""
        found = [mistake for mistake in self._own_equation() if self._fits_here(mistake)]
        found += [mistake for mistake in self._misprints() if self._fits_misprint(mistake)]
        return found + list(self._wider(found))

    def _own_equation(self) -> Iterator[Mistake]:
        for edit in self._edits_of(self._place):
            yield Mistake((edit,), self._place)

    def _edits_of(self, place: Id) -> Iterator[Edit]:
        """Yield the edits of a place's equation."""
        line = self._replay.line(place)
        for edit in self._evidence.all_edits.of.get(line.key.removesuffix("Σ"), ()):
            if _fits_line(edit, line):
                yield edit

    def _wider(self, found: Iterable[Mistake]) -> Iterator[Mistake]:
        """The same edits at every time step, and of every gate."""
        for mistake in found:
            if mistake.kind != MISPRINT:
                yield Mistake(mistake.edits)
                yield from self._evidence.all_edits.families_of.get(mistake.edits[0], ())

    def _upstream(self) -> list[Mistake]:
        """Edits at every time step of what leads here unseen, and their families."""
        return [mistake for mistake in self._systematic() if self._fits(mistake)]

    def _systematic(self) -> Iterator[Mistake]:
        names = {str(place) if place.t == -1 else place.name for place in self._open}
        known = self._evidence.all_edits
        for edit in known.edits:
            if edit.target in names:
                yield Mistake((edit,))
        for family in known.families:
            if any(edit.target in names for edit in family.edits):
                yield family

    def _hidden(self) -> list[Mistake]:
        """Edits at one time step of what leads here unseen, the nearest first."""
        nearest = sorted(self._open, key=lambda place: -self._replay.index[place])
        places = [place for place in nearest if not is_new(place.name)]
        found = (Mistake((edit,), place) for place in places for edit in self._edits_of(place))
        return [mistake for mistake in islice(found, _MOST_HIDDEN) if self._fits(mistake)]

    def _twice(self) -> list[Mistake]:
        """Two edits of the value's own equation, of the more usual ones."""
        if self.runs >= self._most:
            return []
        pairs = list(islice(self._pairs(), _MOST_PAIRS))
        self.runs += len(pairs) // _PAIRS_PER_RUN
        return [mistake for mistake in pairs if self._fits_here(mistake)]

    def _pairs(self) -> Iterator[Mistake]:
        for edit in self._edits_of(self._place):
            if price(edit) <= _USUAL:
                for second in self._evidence.all_edits.twice(edit):
                    usual = price(second) <= _USUAL
                    if usual and _fits_line(second, self._replay.line(self._place)):
                        yield Mistake((second,), self._place)

    def _misprints(self) -> Iterator[Mistake]:
        """Values of other places of the same symbol or time step, and the own one turned."""
        line = self._replay.line(self._place)
        own = line.place.node
        if self._replay.base(self._place).ndim == 2:
            turned = Transpose(own)
            edit = Edit(line.place.name, MISPRINT, line.expression, turned, own, turned)
            yield Mistake((edit,), self._place)
        shape = self._replay.base(self._place).shape
        symbol, t = self._place
        for other in self._replay.lines:
            name, time = other.place
            near = name == symbol or time == t
            if (
                near
                and other.place != line.place
                and self._replay.base(other.place).shape == shape
            ):
                shown = other.place.node
                edit = Edit(symbol, MISPRINT, line.expression, shown, line.place.node, shown)
                yield Mistake((edit,), self._place)

    def _fits_misprint(self, mistake: Mistake) -> bool:
        self._tried[unusual(mistake)] += 1
        pure = self._evidence.pure(self._evidence.known, ())
        values = misprinted(mistake, pure), misprinted(mistake, self._evidence.plain)
        return bool(values[0].any()) and any(agrees(self._given, value) for value in values)

    def _fits_here(self, mistake: Mistake) -> bool:
        """Whether an edit of the value's own equation gives it."""
        self._tried[unusual(mistake)] += 1
        plan = Plan(self._replay.trace.scenario.cell, (*self._evidence.known, mistake))
        if agrees(self._given, self._right.predicted(self._place, plan)):
            return True
        value = self._evidence.plain.predicted(self._place, plan)
        return agrees(self._given, value, self._radius)

    @cached_property
    def _right(self) -> Run:
        return self._evidence.pure(self._evidence.known, [self._place.name])

    @cached_property
    def _radius(self) -> Array:
        return self._evidence.radii.before(self._place)

    def _fits(self, mistake: Mistake) -> bool:
        """Whether a program with the mistake gives the value; not known without a run."""
        if self.runs >= self._most:
            return False
        self._tried[unusual(mistake)] += 1
        self.runs += 1
        mistakes = (*self._evidence.known, mistake)
        if agrees(self._given, self._replay.predicted(mistakes, self._place)):
            return True
        if not self._shielded(mistake):
            return False
        wanted, last = [self._place.name], self._replay.index[self._place]
        value = self._evidence.carried(mistakes, wanted, last).predicted(self._place)
        return agrees(self._given, value, self._radius)

    def _ranked(self, mistakes: list[Mistake]) -> tuple[Diagnosis, ...]:
        """Order mistakes by how much of all that is given they explain."""
        if not mistakes:
            return ()
        known = self._evidence.known
        before = self._evidence.explained(known)
        rows = []
        for mistake in sorted(mistakes, key=cost)[:_MOST_RANKED]:
            grades = self._evidence.explained((*known, mistake))
            if grades.count(0) < before.count(0):
                rows.append((grades.count(0), -grades.count(2), cost(mistake), mistake, grades))
        rows.sort(key=lambda row: row[:3])
        likely = [
            (row, chance)
            for row in rows
            if (chance := self._chance(before, row[4], row[3])) < _ACCIDENT
        ]
        if not likely:
            return ()
        best = likely[0][0][:2]
        tied = sum(row[:2] == best for row, _ in likely)
        return tuple(
            self._diagnosis(row[3], chance, number, tied, likely[0][0][3], row[:2] == best)
            for number, (row, chance) in enumerate(likely[:_MOST_SHOWN])
        )

    def _diagnosis(
        self, mistake: Mistake, chance: float, number: int, tied: int, best: Mistake, good: bool
    ) -> Diagnosis:
        confidence = (1 - chance) / (tied if good else 2 * tied)
        decider = self._decider(mistake, best) if number else ""
        operands = self._operands(mistake)
        return Diagnosis(
            self._given.id,
            mistake,
            confidence,
            tied=bool(number) and good,
            alternatives=tied,
            operands=operands,
            decided_by=decider,
        )

    def _operands(self, mistake: Mistake) -> Mapping[Symbol, Array]:
        """Return what the person put into a wrong formula of this value."""
        learner, t = mistake.edits[0].learner, self._place.t
        over_time = any(summed_over_time(node) for node in walk(learner))
        if len(mistake.edits) > 1 or over_time or mistake.edits[0].target != self._place.name:
            return {}
        lookup = self._evidence.plain.lookup(t)
        fixed = learner if t is None else at(learner, t)
        return {symbol: np.asarray(lookup(symbol)) for symbol in symbols(fixed)}

    def _chance(self, before: list[int], after: list[int], mistake: Mistake) -> float:
        """Return how likely it is that one of the mistakes tried by then, of those that
        are at least as usual, agrees by accident.
        """
        kind = unusual(mistake)
        tries = self._tried_with[mistake].items()
        tried = sum(count for other, count in tries if other <= kind)
        chance = float(max(1, tried))
        for given, old, new in zip(self._evidence.givens, before, after, strict=True):
            if new and not old:
                chance *= self._window(given, new)
        return min(1.0, chance)

    def _window(self, given: Given, grade: int) -> float:
        """Return the chance that a value falls where the given one is."""
        scale = max(float(np.max(np.abs(given.value))), 1e-300)
        radius = self._evidence.radii.before(given.place) if grade == 1 else 0.0
        width = (np.max(given.unit) + np.max(radius)) / scale
        if not np.any(given.value):
            return _ZERO
        return float(min(1.0, max(float(width), 1e-9)) ** min(np.size(given.value), 3))

    def _decider(self, one: Mistake, other: Mistake) -> str:
        """Return the first value, not given, in which two mistakes differ."""
        if one == other:
            return ""
        runs = [
            self._evidence.carried((*self._evidence.known, mistake), _everything(self._replay))
            for mistake in (one, other)
        ]
        for place in self._replay.index:
            if place in self._evidence.own:
                continue
            left, right = (run.value(place) for run in runs)
            if left.shape != right.shape or not np.allclose(left, right, rtol=1e-6, atol=0):
                return str(place)
        return ""


def _everything(replay: Replay) -> set[str]:
    return {line.place.name for line in replay.lines}


def _fits_line(edit: Edit, line: Line) -> bool:
    """Whether an edit changes what a line computes: its formula, or its term of a sum."""
    term = line.expression not in (line.right, TOTAL)
    return edit.right == line.right and (not term or edit.in_every_term)
