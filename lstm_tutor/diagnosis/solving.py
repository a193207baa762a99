"""Numbers that nobody told, solved for: which entry of what is given, taken as what, gives a
person's value, and which factor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.diagnosis.judgement import Given
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.world import World, pieces
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.mistake import MISTYPED, Mistake
from lstm_tutor.mistakes.slips import ANOTHER, ELSEWHERE, mistyped
from lstm_tutor.model.symbol import Id
from lstm_tutor.numbers.slip import DIGIT, shortest, slips

Array: TypeAlias = NDArray[Any]
_STEP = 1e-4
_ROUNDS = 6
_MOST_LINES = 600_000  # that are evaluated in one go
_SLIPS = 30  # of one number, about
_LONG = 8  # characters; nobody copies more digits of what is given
_NOISE = 1e-10


@dataclass(frozen=True)
class Solution:
    """A mistake with a number that was solved for.

    Attributes:
        mistake: the mistake.
        alike: how many of its kind are expected to fit the value by accident; of a number
            that may be any, how many there are, so that the value is no evidence.
    """

    mistake: Mistake
    alike: float


@dataclass(frozen=True)
class _Entry:
    place: Id
    entry: tuple[int, ...]
    value: Array
    kind: str

    @property
    def number(self) -> float:
        return float(self.value[self.entry])

    def taken_as(self, number: float, way: str = ANOTHER) -> Mistake:
        return mistyped(self.place, self.entry, self.value, number, way, self.kind)


class Solver:
    """Solves for what is given, by running the program with many values of it at once."""

    def __init__(
        self,
        places: Places,
        given: Given,
        run: Callable[[Sequence[World]], Runs],
        radius: Array,
        digits: float,
    ) -> None:
        """Take a wrong value, what runs worlds with the person's own values, how far its
        formula's value can be off, and with how many digits the person works.
        """
        self._digits = digits
        self._places, self._given, self._run = places, given, run
        shown = np.asarray(given.value, dtype=float)
        self._wanted = shown.ravel()
        fits = np.size(radius) in (1, shown.size)
        around = np.ravel(radius) if fits else float(np.max(radius))
        allowed = np.broadcast_to(given.unit, shown.shape).ravel() + around
        self._allowed = allowed + _NOISE * np.abs(self._wanted).max(initial=0.0)

    def solutions(
        self, places: Iterable[Id], known: Sequence[Mistake], kind: str
    ) -> Iterator[Solution]:
        """Yield the entries with which the value comes out, each with what it must have been.

        Args:
            places: what may have been something else.
            known: mistakes that are in the program besides.
            kind: what that is called: of what is given, or of what is worked out.
        """
        entries = list(self._entries(places, kind))
        if entries and self._affordable(len(entries)):
            for entry, low, high in self._solved(entries, known):
                if self._is_anothers(entry, low, high):
                    continue  # the wrong symbol, which is an edit of a formula
                found = _named(entry, low, high, len(entries), self._digits)
                if found is not None:
                    yield found

    def usual(self, places: Iterable[Id], kind: str) -> Iterator[Solution]:
        """Yield the entries with each slip of theirs, to be tried one by one: the most usual
        one of each entry first.
        """
        entries = list(self._entries(places, kind))
        if not self._affordable(_SLIPS * len(entries)):
            return
        for turn in zip_longest(*map(_slips_of, entries)):
            for entry, slip in zip(entries, turn, strict=True):
                if slip is not None:
                    value, way = slip
                    yield Solution(entry.taken_as(value, way), float(_SLIPS * len(entries)))

    def _is_anothers(self, entry: _Entry, low: float, high: float) -> bool:
        """Whether the number is what another parameter has at that entry."""
        alike = (
            values
            for name, values in self._places.scenario.parameters.items()
            if name != entry.place.name and values.shape == entry.value.shape
        )
        return any(low <= values[entry.entry] <= high for values in alike)

    def _affordable(self, count: int) -> bool:
        """Whether so many worlds can be run as far as the value."""
        return count * self._places.position(self._given.place) <= _MOST_LINES

    def _entries(self, places: Iterable[Id], kind: str) -> Iterator[_Entry]:
        for place in places:
            value = np.asarray(self._places.base(place), dtype=float)
            for index in np.ndindex(value.shape):
                yield _Entry(place, index, value, kind)

    def _values(self, mistakes: Sequence[Sequence[Mistake]]) -> Array:
        place, found = self._given.place, []
        worlds = [world(each, carried=True) for each in mistakes]
        for piece in pieces(self._places, worlds):
            runs = self._run(piece)
            values = np.asarray(runs.predictions(place), dtype=float)
            values = values.reshape(len(values), -1)
            found.append(np.broadcast_to(values, (len(piece), values.shape[1])))
        return np.concatenate(found)

    def _solved(
        self, entries: list[_Entry], known: Sequence[Mistake]
    ) -> Iterator[tuple[_Entry, float, float]]:
        """Yield entries with the ends of what each must have been; by secants."""
        old = np.array([entry.number for entry in entries])
        start = self._values([known])
        if start.shape[1] != self._wanted.size:
            return
        before = np.broadcast_to(start, (len(entries), start.shape[1]))
        now = old + _STEP * np.maximum(np.abs(old), 0.1)
        with np.errstate(all="ignore"):
            for _ in range(_ROUNDS):
                if not len(now):
                    return
                values = self._values(
                    [
                        (*known, e.taken_as(n))
                        for e, n in zip(entries, now.tolist(), strict=True)
                    ]
                )
                slope = (values - before) / (now - old)[:, None]
                off = self._wanted - values
                good = (np.abs(off) <= self._allowed).all(axis=1)
                for k in np.flatnonzero(good).tolist():
                    width = self._width(slope[k])
                    if np.isfinite(width):
                        middle = float(now[k] + _best(slope[k], off[k]))
                        yield entries[k], middle - width, middle + width
                moved = (slope**2).sum(axis=1)
                step = (slope * off).sum(axis=1) / np.where(moved > 0, moved, 1)
                still = (np.abs(slope) * np.maximum(np.abs(now), 1.0)[:, None]) > self._allowed
                able = (still | (np.abs(off) <= self._allowed)).all(axis=1) | (
                    np.abs(off - slope * step[:, None]) <= 0.5 * np.abs(off).max()
                ).all(axis=1)
                alive = ~good & (moved > 0) & able & np.isfinite(step) & (step != 0)
                entries = [entry for entry, keep in zip(entries, alive, strict=True) if keep]
                old, before = now[alive], values[alive]
                now = old + step[alive]

    def _width(self, slope: Array) -> float:
        """Return how far the number may be from the middle, by the most telling entry."""
        with np.errstate(divide="ignore"):
            return float(np.min(self._allowed / np.abs(slope)))


def _slips_of(entry: _Entry) -> list[tuple[float, str]]:
    """Return what an entry may be taken as, and how: its slips first, the usual ones before."""
    made: dict[float, str] = {}
    for slip in slips(entry.number):
        made.setdefault(slip.value, slip.way)
    for other in np.unique(entry.value).tolist():
        made.setdefault(other, ELSEWHERE)
    return [(value, way) for value, way in made.items() if value != entry.number]


def _decimals(number: float, digits: float) -> int | None:
    """Return the decimals at which a long number is shown; None if it is written as it is."""
    if len(f"{abs(number):.10g}") <= _LONG or not number:
        return None
    return round(digits) - 1 - int(np.floor(np.log10(abs(number))))


def _best(slope: Array, off: Array) -> float:
    most = int(np.argmax(np.abs(slope)))
    return float(off[most] / slope[most])


def _named(
    entry: _Entry, low: float, high: float, count: int, digits: float
) -> Solution | None:
    """Return what the number was taken as: a slip of it, that of another entry, or any."""
    middle = (low + high) / 2
    near = max(high - middle, 1e-12 * abs(middle))
    right = entry.number
    best: tuple[int, float, str] | None = None
    for decimals in {None, _decimals(right, digits)}:
        for slip in slips(right, decimals):
            if abs(slip.value - middle) <= near and (best is None or slip.alike < best[0]):
                best = slip.alike, slip.value, slip.way
    others = [float(n) for n in np.unique(entry.value)]
    same = [n for n in others if abs(n - middle) <= near and n != right]
    if same and (best is None or best[2] == DIGIT):
        best = len(others), same[0], ELSEWHERE
    if best is not None and best[1] != right:
        alike, number, way = best
        spread = min(1.0, near / abs(number - right))
        return Solution(entry.taken_as(number, way), alike * count * spread)
    if entry.kind != MISTYPED:  # what is worked out may be wrong in any way
        return None
    return Solution(entry.taken_as(shortest(low, high)), count)
