"""Between which numbers a mistake with a number in it gives a value: solved for by secants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.diagnosis.evidence import Evidence
from lstm_tutor.diagnosis.judgement import Given
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.places import Places
from lstm_tutor.mistakes.bends import CLAMPED
from lstm_tutor.mistakes.mistake import Mistake
from lstm_tutor.mistakes.unknown import Unknown
from lstm_tutor.mistakes.unknowns import CLIPPED, ROOTED, SETTING, SHORTENED

Array: TypeAlias = NDArray[Any]
_Of: TypeAlias = Callable[[float], "Array | None"]
_LARGEST = 1e12  # nobody works with a larger factor
_ROUNDS = 8
_STEP = 0.125
_TIMES = (0.5, 0.1, 0.01, 10.0)  # a setting, where the search begins
_LITTLE = (1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 0.1)  # what epsilons are
_GUESSES = (0.5, 0.01, 0.05, 0.1, 0.2, 0.3, 1.0, 2.0, 5.0, 1e-3)  # where values bend
_GROWN = 1e3  # times a value, at most, that its rounding may have grown
_NOISE = 1e-10


@dataclass(frozen=True)
class Range:
    """The numbers from a lowest to a highest one."""

    low: float
    high: float

    def met(self, other: Range) -> Range | None:
        """Return what lies in both ranges."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Range(low, high) if low <= high else None


def range_of(
    evidence: Evidence, given: Given, unknown: Unknown, slack: float = 1.0
) -> Range | None:
    """Return between which numbers a mistake gives a value, if its rounding is so many times
    as large as that of the right formula; None if none does.
    """
    place = given.place
    wanted = np.asarray(given.value, dtype=float).ravel()
    right = np.ravel(np.asarray(evidence.plain.predicted(place), dtype=float))
    allowed = _allowed(evidence, given, slack, right)

    def of(k: float) -> Array | None:
        if abs(k) > _LARGEST:
            return None
        made = world((*evidence.known, Mistake((unknown.make(k),))))
        value = np.asarray(evidence.plain.predicted(place, 0, made), dtype=float)
        return value.ravel() if value.size == wanted.size else None

    old, now = _begun(evidence.places, unknown, of, wanted, right)
    before = of(old)
    if before is None or not np.isfinite(now):
        return None
    with np.errstate(all="ignore"):
        for _ in range(_ROUNDS):
            value = of(now)
            if value is None or not np.isfinite(value).all():
                return None
            slope, off = (value - before) / (now - old), wanted - value
            moved = float(slope @ slope)
            near = bool((np.abs(off) <= allowed).all())
            if not moved:  # of what bends, the value may say nothing of the number
                return Range(-np.inf, np.inf) if near and unknown.bent else None
            if near:
                return _allowed_range(now, slope, off, allowed)
            step = float(slope @ off) / moved
            if not np.isfinite(step) or not step:
                return None
            old, now, before = now, now + step, value
    return None


def _allowed(evidence: Evidence, given: Given, slack: float, right: Array) -> Array:
    """Return how far each entry of a value may be off: by its digits, and by rounding."""
    wanted = np.asarray(given.value, dtype=float).ravel()
    radius = evidence.radii.before(given.place)
    around = np.ravel(radius) if np.size(radius) in (1, wanted.size) else np.max(radius)
    allowed = np.ravel(np.broadcast_to(given.unit, np.shape(given.value)))
    allowed = allowed + around * slack * _grown(wanted, right)
    return np.asarray(allowed + _NOISE * np.abs(wanted).max(initial=0.0))


def _begun(
    places: Places, unknown: Unknown, of: _Of, wanted: Array, right: Array
) -> tuple[float, float]:
    """Return two numbers to begin with."""
    old, rate = unknown.start, places.scenario.constants.get("lr", 1.0)
    now = old + max(abs(old), 1.0) * _STEP
    if unknown.bent:
        now = _nearest_of(of, _guesses(unknown, wanted), wanted)
        return 0.999 * now, now
    if unknown.kind == CLIPPED:  # the least at which the person's change is clipped
        off = np.abs(wanted - right) if right.size == wanted.size else np.zeros(1)
        return 0.0, float(off.max() / rate) or np.nan if rate else np.nan
    if unknown.kind == SHORTENED:
        before = of(old)
        if before is not None:
            now = float(np.linalg.norm(before - wanted) / rate) if rate else np.nan
    if unknown.kind == SETTING and old > 0:
        small = _LITTLE if old < min(_LITTLE) else ()
        now = _nearest_of(of, (now, *(times * old for times in _TIMES), *small), wanted)
    return old, now


def _guesses(unknown: Unknown, wanted: Array) -> Sequence[float]:
    if unknown.kind == CLAMPED and not unknown.part:
        return tuple(np.unique(np.abs(wanted)).tolist())
    return (*_GUESSES, *_LITTLE) if unknown.kind == ROOTED else _GUESSES


def _grown(wanted: Array, right: Array) -> Any:
    """Return how many times as large a value is as it should be, and so its rounding; 1 at
    least.
    """
    if right.size != wanted.size:
        return 1.0
    with np.errstate(all="ignore"):
        times = np.abs(wanted) / np.abs(right)
    return np.clip(np.where(np.isfinite(times), times, 1.0), 1.0, _GROWN)


def _nearest_of(of: _Of, numbers: Sequence[float], wanted: Array) -> float:
    """Return the number of some with which a value is nearest to the one that is wanted."""
    best, least = numbers[0], np.inf
    for k in numbers:
        value = of(k)
        off = np.inf if value is None else float(np.abs(value - wanted).max(initial=0.0))
        if off < least:
            best, least = k, off
    return best


def _allowed_range(now: float, slope: Array, off: Array, allowed: Array) -> Range | None:
    """Return the numbers for which every entry is near enough; None if no entry tells."""
    told = np.abs(slope) * abs(now or 1.0) > 1e-12 * allowed
    if not told.any():
        return None
    slope, off, allowed = slope[told], off[told], allowed[told]
    ends = np.array([(off - allowed) / slope, (off + allowed) / slope])
    return Range(float(now + ends.min(axis=0).max()), float(now + ends.max(axis=0).min()))
