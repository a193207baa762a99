"""What is known when a value is found wrong, and how well mistakes explain what is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.diagnosis.judgement import Given, agrees
from lstm_tutor.diagnosis.replay import Replay, Run
from lstm_tutor.diagnosis.rounding import Radii
from lstm_tutor.mistakes.all_edits import AllEdits
from lstm_tutor.mistakes.mistake import MISPRINT, Mistake
from lstm_tutor.model.symbol import Id

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class Evidence:
    """What is known when a value is found wrong.

    Attributes:
        replay: the program.
        all_edits: its edits.
        givens: the values of this part of the source.
        own: every value given so far, in the shapes of the program where they fit.
        plain: the program run with the person's own values.
        radii: how far its values can be off.
        grades: per given value, whether it is right, and whether it follows from the
            person's other values, without any mistake.
        known: mistakes that were found before.
    """

    replay: Replay
    all_edits: AllEdits
    givens: Sequence[Given]
    own: Mapping[Id, Array]
    plain: Run
    radii: Radii
    grades: Sequence[tuple[bool, bool]]
    known: tuple[Mistake, ...] = ()

    def pure(
        self, mistakes: Sequence[Mistake], wanted: Iterable[str], last: int | None = None
    ) -> Run:
        """Run the program with mistakes and nothing else."""
        return self.replay.alone(mistakes, wanted, last)

    def carried(
        self, mistakes: Sequence[Mistake], wanted: Iterable[str], last: int | None = None
    ) -> Run:
        """Run the program with mistakes and the person's own values."""
        shown = _misprints(mistakes)
        own = {place: value for place, value in self.own.items() if place not in shown}
        return self.replay.run(mistakes, own, wanted, last)

    def explained(self, mistakes: Sequence[Mistake]) -> list[int]:
        """Say how well mistakes explain each given value.

        Returns:
            Per given value: 2 if a program with the mistakes prints it, 1 if it follows
            from the person's other values, 0 if neither.
        """
        symbols = {given.place.name for given in self.givens}
        pure, carried = self.pure(mistakes, symbols), self.carried(mistakes, symbols)
        shown = _misprints(mistakes)
        edited = {e.place.name for mistake in mistakes for e in mistake.edits}
        reached = self.replay.downstream(edited)
        found = []
        for number, given in enumerate(self.givens):
            plain = given.place.name not in reached
            found.append(self._grade(number, given, (pure, carried), shown, plain))
        return found

    def _grade(
        self,
        number: int,
        given: Given,
        runs: tuple[Run, Run],
        shown: Mapping[Id | None, Mistake],
        plain: bool,
    ) -> int:
        place, (pure, carried) = given.place, runs
        if place in shown:
            values = (misprinted(shown[place], run) for run in runs)
            if any(agrees(given, value) for value in values):
                return 2
        right, follows = self.grades[number]
        if right if place not in pure.changed else agrees(given, pure.value(place)):
            return 2
        if plain:
            return int(follows)
        return int(agrees(given, carried.predicted(place), self.radii.before(place)))


def _misprints(mistakes: Sequence[Mistake]) -> dict[Id | None, Mistake]:
    return {item.at: item for item in mistakes if item.kind == MISPRINT}


def misprinted(mistake: Mistake, run: Run) -> Array:
    """Return the value that was reported under another's name, or turned."""
    return np.asarray(evaluate(mistake.edits[0].learner, run.lookup(None)))
