"""What is known when a value is found wrong, and how well mistakes explain what is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.diagnosis.judgement import Given, agreeing, agreeing_each, agrees
from lstm_tutor.diagnosis.rounding import Radii
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.batch import evaluated, of_sequence
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.world import World, pieces
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.all_edits import AllEdits
from lstm_tutor.mistakes.mistake import ASIDE, LOOP, TURNED, Mistake
from lstm_tutor.model.symbol import Id

Array: TypeAlias = NDArray[Any]
_MOST_KEPT = 16  # runs with mistakes alone; a mistake comes back at every time step


Mistakes: TypeAlias = tuple[Mistake, ...]


@dataclass(frozen=True)
class Evidence:
    """What is known when a value is found wrong.

    Attributes:
        places: the right program.
        all_edits: its edits.
        givens: the values of this part of the source.
        own: every value given so far, in the shapes of the program where they fit.
        plain: the program run with the person's own values.
        radii: how far its values can be off.
        grades: per given value, whether it is right, and whether it follows from the
            person's other values, without any mistake.
        known: mistakes that were found before.
    """

    places: Places
    all_edits: AllEdits
    givens: Sequence[Given]
    own: Mapping[Id, Array]
    plain: Runs
    radii: Radii
    grades: Sequence[tuple[bool, bool]]
    known: Mistakes = ()
    _kept: dict[tuple[str, ...], tuple[Runs, Runs]] = field(default_factory=dict)

    def both(self, mistakes: Mistakes) -> tuple[Runs, Runs]:
        """Return the program with mistakes alone, and with the person's own values too."""
        key = tuple(mistake.id for mistake in mistakes)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            wanted = {given.place.name for given in self.givens}
            pure = Runs(self.places, [world(mistakes)], wanted=wanted)
            carried = self.plain
            if mistakes:
                worlds = [world(mistakes, carried=True)]
                carried = self._carried(worlds, [mistakes], wanted)
            found = self._kept[key] = pure, carried
        return found

    def leading(self, place: Id) -> tuple[frozenset[Id], frozenset[Id]]:
        """Return the places that lead to one unseen, and the given ones above them."""
        found: set[Id] = set()
        ends: set[Id] = set()
        waiting = [place]
        while waiting:
            for operand in self.places.operands(waiting.pop()):
                if operand in self.own:
                    ends.add(operand)
                elif operand not in found:
                    found.add(operand)
                    waiting.append(operand)
        return frozenset(found), frozenset(ends)

    def everything(self, mistakes: Sequence[Mistake]) -> Runs:
        """Return the programs with what is known and one mistake each, own values put in."""
        many = [(*self.known, mistake) for mistake in mistakes]
        return self._carried([world(one, carried=True) for one in many], many, None)

    def _carried(
        self,
        worlds: Sequence[World],
        mistakes: Sequence[Mistakes],
        wanted: Iterable[str] | None,
        last: Id | None = None,
        *,
        aside: bool = True,
    ) -> Runs:
        """Run worlds with the person's own values, those aside that are another's."""
        shown = {place for found in mistakes for place in _misprinted(found)} if aside else ()
        own = {place: value for place, value in self.own.items() if place not in shown}
        return Runs(self.places, worlds, own, wanted, last)

    def given_by(
        self, given: Given, many: Sequence[Mistakes], *, carried: bool
    ) -> NDArray[np.bool_]:
        """Say of each of some mistakes whether a program with it gives a value.

        Args:
            given: the value.
            many: the mistakes of each program.
            carried: whether with the person's own values, within their rounding.
        """
        place = given.place
        radius = self.radii.before(place) if carried else 0.0
        found = []
        worlds = [world(mistakes, carried=carried) for mistakes in many]
        for piece in pieces(self.places, worlds):
            if carried:
                runs = self._carried(piece, [self.known], [place.name], place)
            else:
                runs = Runs(self.places, piece, wanted=[place.name], last=place)
            found.append(_giving(runs, given, radius))
        return np.concatenate(found) if found else np.zeros(0, dtype=bool)

    def explained(self, many: Sequence[Mistakes]) -> list[list[int]]:
        """Say how well each of some mistakes explains each given value.

        Returns:
            Per mistake and given value: 2 if a program with the mistakes prints it, 1 if it
            follows from the person's other values, 0 if neither.
        """
        order: dict[frozenset[Id], list[int]] = {}
        for number, mistakes in enumerate(many):
            order.setdefault(frozenset(_misprinted(mistakes)), []).append(number)
        found: dict[int, list[int]] = {}
        for numbers in order.values():
            group = [many[number] for number in numbers]
            waiting = iter(numbers)
            for piece in pieces(self.places, [world(mistakes) for mistakes in group]):
                part, group = group[: len(piece)], group[len(piece) :]
                rows = self._grades(part)
                if any(map(_misprinted, part)):  # or the person went on with what is another's
                    rows = list(map(_better, rows, self._grades(part, aside=False)))
                found |= {next(waiting): grades for grades in rows}
        return [found[number] for number in range(len(many))]

    def _grades(self, many: list[Mistakes], *, aside: bool = True) -> list[list[int]]:
        pure, carried, lanes = self._runs(many, aside=aside)
        reached = [
            self.places.downstream({e.place.name for m in mistakes for e in m.edits})
            for mistakes in many
        ]
        rows = np.array([[2 if right else int(follows) for right, follows in self.grades]])
        rows = np.repeat(rows, len(many), axis=0)
        for name, numbers in self._by_symbol.items():
            there = np.array([name[0] in names for names in reached])
            if there.any():
                givens = [self.givens[number] for number in numbers]
                radii = [self.radii.before(given.place) for given in givens]
                follows = _giving_each(carried, givens, radii)
                same = _giving_each(pure, givens, 0.0)
                found = np.where(same, 2, follows.astype(int)).T[lanes]
                rows[np.ix_(there, np.array(numbers))] = found[there]
        for row, mistakes in enumerate(many):
            shown = _reported(mistakes)
            for number, given in enumerate(self.givens if shown else ()):
                mistake = shown.get(given.place)
                reached_here = any(given.place.name in names for names in reached)
                if mistake is not None and reached_here:
                    # no circle by the value itself
                    runs = (pure, carried) if aside else (pure,)
                    values = (reported_value(mistake, run, lanes[row]) for run in runs)
                    loop = mistake.kind == LOOP
                    radius = self.radii.before(given.place) if loop else 0.0
                    if any(agrees(given, value, radius) for value in values):
                        rows[row, number] = 1 if loop else 2
        return [list(map(int, row)) for row in rows]

    def _runs(self, many: Sequence[Mistakes], *, aside: bool) -> tuple[Runs, Runs, list[int]]:
        """Return programs without the person's own values and with them, and the lane of each.
        What concerns only what is reported changes none, and those that are known were run.
        """
        changes = [tuple(one for one in mistakes if not one.reported) for mistakes in many]
        keys = [tuple(mistake.id for mistake in mistakes) for mistakes in changes]
        unique = dict(zip(keys, changes, strict=True))
        lanes = [list(unique).index(key) for key in keys]
        wanted = {given.place.name for given in self.givens}
        known = [tuple(one.id for one in self.known if not one.reported)]
        shown = set[Id]().union(*map(_misprinted, many)) if aside else set()
        if list(unique) != known:
            pure = Runs(self.places, [world(one) for one in unique.values()], wanted=wanted)
        else:
            pure, carried = self.both(self.known)
            if shown == _misprinted(self.known):
                return pure, carried, lanes
        worlds = [world(one, carried=True) for one in unique.values()]
        return pure, self._carried(worlds, many, wanted, aside=aside), lanes

    @cached_property
    def _by_symbol(self) -> dict[tuple[str, bool], list[int]]:
        """The numbers of the given values by symbol, those at time steps apart."""
        found: dict[tuple[str, bool], list[int]] = {}
        for number, given in enumerate(self.givens):
            found.setdefault((given.place.name, given.place.t is None), []).append(number)
        return found


def _better(one: list[int], other: list[int]) -> list[int]:
    """Return the grades of which fewer are 0."""
    return other if other.count(0) < one.count(0) else one


def _giving_each(
    runs: Runs, givens: Sequence[Given], radii: Sequence[Any] | float
) -> NDArray[np.bool_]:
    """Say of values of one symbol, and of each lane, whether its program gives it:
    (givens, lanes); see `_giving`.
    """
    if runs.places.is_term(givens[0].place):
        lists = [radii] * len(givens) if isinstance(radii, float) else radii
        return np.array([_giving(runs, *pair) for pair in zip(givens, lists, strict=True)])
    values = [runs.predictions(given.place) for given in givens]
    if len({len(value) for value in values}) > 1:
        values = [np.broadcast_to(v, (len(runs.worlds), *v.shape[1:])) for v in values]
    found = agreeing_each(givens, values, radii, lanes=1)
    found = np.array(np.broadcast_to(found, (len(givens), len(runs.worlds))))
    for number, given in enumerate(givens):
        for lane in runs.odd_at(given.place):
            radius = radii if isinstance(radii, float) else radii[number]
            found[number, lane] = agrees(given, runs.predicted(given.place, lane), radius)
    return found


def _giving(runs: Runs, given: Given, radius: Any) -> NDArray[np.bool_]:
    """Say of each lane whether its program gives a value, in the value's shape or its own."""
    place, lanes = given.place, len(runs.worlds)
    if runs.places.is_term(place):
        values = [runs.predicted(place, lane) for lane in range(lanes)]
        return np.array([agrees(given, value, radius) for value in values], dtype=bool)
    found = np.array(np.broadcast_to(agreeing(given, runs.predictions(place), radius), lanes))
    for lane in runs.odd_at(place):
        found[lane] = agrees(given, runs.predicted(place, lane), radius)
    return found


def _reported(mistakes: Iterable[Mistake]) -> dict[Id, Mistake]:
    return {item.at: item for item in mistakes if item.reported and item.at}


def _misprinted(mistakes: Iterable[Mistake]) -> set[Id]:
    """Return the places whose values are another's: the person went on with the own ones."""
    return {item.at for item in mistakes if item.kind in ASIDE and item.at}


def reported_value(mistake: Mistake, runs: Runs, lane: int = 0) -> Array:
    """Return the value that was reported in place of another one; NaN if there is none."""
    edit = mistake.edits[0]
    lookup = of_sequence(runs.lookup(None, lane), edit.sequence)
    with np.errstate(all="ignore"):
        try:
            if mistake.kind in (TURNED, LOOP):
                batch = runs.places.scenario.batch
                summed = mistake.at is not None and mistake.at.t is None
                return np.asarray(evaluated(edit.learner, lookup, batch, summed=summed))
            return np.asarray(evaluate(edit.learner, lookup))
        except ValueError:  # a person's values in other shapes
            return np.array(np.nan)
