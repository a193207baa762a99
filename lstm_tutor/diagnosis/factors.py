"""One number that explains several values: a factor, a rate, an addend, solved for.

A number that explains one value alone explains nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.diagnosis.evidence import Evidence
from lstm_tutor.diagnosis.judgement import Given, agrees
from lstm_tutor.diagnosis.solving import Solution
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.prepared import SUM
from lstm_tutor.execution.rules import TOTAL
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.unknowns import (
    ALL_SHORTENED,
    CLIPPED,
    SETTING,
    SHORTENED,
    Unknown,
    alike,
    unknowns,
)
from lstm_tutor.model.equation import Equation
from lstm_tutor.model.symbol import Id
from lstm_tutor.numbers.slip import shortest

Array: TypeAlias = NDArray[Any]
_LARGEST = 1e12  # nobody works with a larger factor
_ROUNDS = 8
_STEP = 0.125
_TIMES = (0.5, 0.1, 0.01, 10.0)  # a setting, where the search begins
_LITTLE = (1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 0.1)  # what epsilons are
_GROWN = 1e3  # times a value, at most, that its rounding may have grown
_NOISE = 1e-10
_MOST_VALUES = 24  # that are looked at for one number
_MOST_DIGITS = 3  # of a setting that a person chooses
_WIDE = 0.1  # of a number; what is known no better fits too much


@dataclass(frozen=True)
class _Range:
    low: float
    high: float

    def met(self, other: _Range) -> _Range | None:
        """Return what lies in both ranges."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return _Range(low, high) if low <= high else None


class Factors:
    """Solves the mistakes with a number in them of one value's equation."""

    def __init__(self, evidence: Evidence, given: Given) -> None:
        """Take what is known, and a wrong value."""
        self._evidence, self._given = evidence, given
        self._places: Places = evidence.places

    @cached_property
    def _equations(self) -> Mapping[str, Equation]:
        boundary = self._places.program.derivation.boundary
        found = [e for e in self._places.program.equations() if e not in boundary]
        return {e.target: e for e in reversed(found) if e.expression is not None}

    def solutions(self) -> Iterator[Solution]:
        """Yield the mistakes with which several values come out."""
        place = self._given.place
        for number, unknown in enumerate(self._unknowns(place)):
            found = self._range(self._given, unknown)
            if found is None:
                continue
            together = self._together(place, number, unknown, found)
            if together is not None:
                yield together

    def _unknowns(self, place: Id) -> list[Unknown]:
        rule = self._places.rule(place)
        if rule.expression is None or place.name != rule.key.removesuffix(SUM):
            return []
        equation = self._equations.get(place.name)
        if equation is None or rule.right not in (None, equation.expression):
            return []
        if rule.expression not in (TOTAL, equation.expression):
            return []
        setting = Setting(equation, self._evidence.all_edits.partners)
        return list(unknowns(equation, setting, self._places.scenario.constants))

    def _together(
        self, place: Id, number: int, unknown: Unknown, found: _Range
    ) -> Solution | None:
        """Return the mistake in all the equations whose values have the number in common."""
        partners = self._evidence.all_edits.partners
        name = alike(place.name, Setting(self._equations[place.name], partners))
        chosen: dict[str, Unknown] = {place.name: unknown}
        refused: set[str] = set()
        several = 1
        for given in self._others(name):
            target = given.place.name
            same = [u for u in self._unknowns(given.place) if _same(u, unknown)]
            own = self._range(given, same[0]) if same and target not in refused else None
            both = own.met(found) if own is not None else None
            if both is None:
                refused.add(target)
                if target == place.name:
                    return None
                chosen.pop(target, None)
            else:
                found, several = both, several + 1
                chosen[target] = same[0]
        if several == 1 and np.size(self._given.value) < 3:
            return None
        if found.high - found.low > _WIDE * abs(found.high):
            return None
        value = shortest(found.low, found.high)
        if abs(value - unknown.start) <= (found.high - found.low):
            return None
        if unknown.kind == SETTING and not _chosen(value, unknown.start):
            return None
        rate = self._places.scenario.constants.get("lr", 1.0)
        if unknown.kind == ALL_SHORTENED and (
            several == 1 or not 0 < value < 1 or _chosen(float(f"{value * rate:.12g}"), rate)
        ):
            return None  # or it is another learning rate
        if not refused and several > 1:
            chosen |= self._silent(name, unknown, chosen, value)
        edits = tuple(one.make(value) for one in chosen.values())
        once = Mistake(edits, together=unknown.kind if len(edits) > 1 else "")
        return Solution(once, float(6 + number))

    def _silent(
        self, name: str, unknown: Unknown, chosen: Mapping[str, Unknown], value: float
    ) -> dict[str, Unknown]:
        """Return the alike equations of whose values none is given, or none is against it."""
        found = {}
        for target, equation in self._equations.items():
            partners = self._evidence.all_edits.partners
            if target in chosen or alike(target, Setting(equation, partners)) != name:
                continue
            place = next((p for p in self._places.places() if p.name == target), None)
            same = [u for u in self._unknowns(place) if _same(u, unknown)] if place else []
            if same and self._never_against(target, same[0].make(value)):
                found[target] = same[0]
        return found

    def _never_against(self, target: str, edit: Edit) -> bool:
        evidence = self._evidence
        made = world((*evidence.known, Mistake((edit,))))
        return all(
            agrees(
                given,
                np.asarray(evidence.plain.predicted(given.place, 0, made)),
                evidence.radii.before(given.place),
            )
            for given in evidence.givens
            if given.place.name == target
        )

    def _others(self, name: str) -> list[Given]:
        """Return the other wrong values of equations that are alike."""
        partners, found = self._evidence.all_edits.partners, []
        for given, (right, follows) in zip(
            self._evidence.givens, self._evidence.grades, strict=True
        ):
            equation = self._equations.get(given.place.name)
            if given is self._given or right or follows or equation is None:
                continue
            if alike(given.place.name, Setting(equation, partners)) == name:
                found.append(given)
        return found[:_MOST_VALUES]

    def _range(self, given: Given, unknown: Unknown) -> _Range | None:
        """Return between which numbers a mistake gives a value; None if none does."""
        place = given.place
        radius = self._evidence.radii.before(place)
        wanted = np.asarray(given.value, dtype=float).ravel()
        fits = np.size(radius) in (1, wanted.size)
        allowed = np.ravel(np.broadcast_to(given.unit, np.shape(given.value)))
        right = np.ravel(np.asarray(self._evidence.plain.predicted(place), dtype=float))
        around = np.ravel(radius) if fits else np.max(radius)
        allowed = allowed + around * _grown(wanted, right)
        allowed = allowed + _NOISE * np.abs(wanted).max(initial=0.0)

        def of(k: float) -> Array | None:
            if abs(k) > _LARGEST:
                return None
            edit = unknown.make(k)
            made = world((*self._evidence.known, Mistake((edit,))))
            value = np.asarray(self._evidence.plain.predicted(place, 0, made), dtype=float)
            return value.ravel() if value.size == wanted.size else None

        old = unknown.start
        now = old + (max(abs(old), 1.0) * _STEP)
        if unknown.kind == CLIPPED:
            old, now = _limits(self._places, wanted, self._evidence.plain.predicted(place))
        before = of(old)
        if unknown.kind == SHORTENED and before is not None:
            rate = self._places.scenario.constants.get("lr", 1.0)
            now = float(np.linalg.norm(before - wanted) / rate) if rate else np.nan
        if before is None or not np.isfinite(now):
            return None
        if unknown.kind == SETTING and old > 0:
            now = _nearest(of, old, now, wanted)
        with np.errstate(all="ignore"):
            for _ in range(_ROUNDS):
                value = of(now)
                if value is None or not np.isfinite(value).all():
                    return None
                slope, off = (value - before) / (now - old), wanted - value
                moved = float(slope @ slope)
                if not moved:
                    return None
                if (np.abs(off) <= allowed).all():
                    return _allowed_range(now, slope, off, allowed)
                step = float(slope @ off) / moved
                if not np.isfinite(step) or not step:
                    return None
                old, now, before = now, now + step, value
        return None


def _grown(wanted: Array, right: Array) -> Any:
    """Return how many times as large a value is as it should be, and so its rounding; 1 at
    least.
    """
    if right.size != wanted.size:
        return 1.0
    with np.errstate(all="ignore"):
        times = np.abs(wanted) / np.abs(right)
    return np.clip(np.where(np.isfinite(times), times, 1.0), 1.0, _GROWN)


def _nearest(
    of: Callable[[float], Array | None], start: float, now: float, wanted: Array
) -> float:
    """Return a number near to which a setting gives a value: settings are of any size."""
    best, least = now, np.inf
    small = _LITTLE if start < min(_LITTLE) else ()
    for k in (now, *(times * start for times in _TIMES), *small):
        value = of(k)
        off = np.inf if value is None else float(np.abs(value - wanted).max(initial=0.0))
        if off < least:
            best, least = k, off
    return best


def _chosen(value: float, right: float) -> bool:
    """Whether a person would choose a setting so: with few digits, and no other sign."""
    return value * right >= 0 and value == float(f"{value:.{_MOST_DIGITS}g}")


def _same(one: Unknown, other: Unknown) -> bool:
    return (one.kind, one.part) == (other.kind, other.part)


def _allowed_range(now: float, slope: Array, off: Array, allowed: Array) -> _Range | None:
    """Return the numbers for which every entry is near enough; None if no entry tells."""
    told = np.abs(slope) * abs(now or 1.0) > 1e-12 * allowed
    if not told.any():
        return None
    slope, off, allowed = slope[told], off[told], allowed[told]
    ends = np.array([(off - allowed) / slope, (off + allowed) / slope])
    return _Range(float(now + ends.min(axis=0).max()), float(now + ends.max(axis=0).min()))


def _limits(places: Places, wanted: Array, right: Array) -> tuple[float, float]:
    """Return limits to begin with: the least at which a person's change is clipped."""
    rate = places.scenario.constants.get("lr", 1.0)
    if np.size(right) != wanted.size or not rate:
        return 0.0, np.nan
    off = np.abs(wanted - np.ravel(right))
    return 0.0, float(off.max() / rate) or np.nan
