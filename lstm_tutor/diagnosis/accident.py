"""How likely it is that a mistake explains numbers by accident."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lstm_tutor.diagnosis.evidence import Evidence
from lstm_tutor.diagnosis.judgement import Given
from lstm_tutor.model.symbol import is_new

_ZERO = 1e-3  # the chance that a value is given as 0 without a reason
_MOST = 3  # entries of a value that are evidence
DOUBTFUL = 0.5  # the least chance of a number that leaves alike values unexplained


def chance(
    evidence: Evidence,
    before: Sequence[int],
    after: Sequence[int],
    tried: float,
    besides: Given | None = None,
) -> float:
    """Return the chance that one of so many mistakes gives all that it explains.

    Args:
        evidence: what is known.
        before: the grade of each given value without the mistake; see `Evidence.explained`.
        after: with it.
        tried: how many mistakes there are.
        besides: a value that is no evidence.
    """
    found = tried
    for given, old, new in zip(evidence.givens, before, after, strict=True):
        if new and not old and given is not besides:
            found *= _window(evidence, given, new)
    return min(1.0, found)


def chance_of_number(
    evidence: Evidence,
    given: Given,
    before: Sequence[int],
    after: Sequence[int],
    alike: float,
) -> float:
    """Return the same of a mistake with a number in it that was solved for from one value,
    with which so many others were expected to fit that value.

    A number that makes another value wrong is none; and one that leaves a value unexplained
    which is made of the same is doubtful: who made one mistake made hardly two.
    """
    pairs = zip(evidence.givens, before, after, strict=True)
    if any(old and not new and not is_new(other.place.name) for other, old, new in pairs):
        return 1.0
    found = chance(evidence, before, after, alike, given) * _of_the_others(evidence, given)
    return max(found, DOUBTFUL) if leaves(evidence, given, after) else found


def leaves(evidence: Evidence, given: Given, grades: Sequence[int]) -> bool:
    """Whether another value is still wrong that is made of what this one is made of unseen."""
    unseen, _ = evidence.leading(given.place)
    own = {place for place in unseen if evidence.places.rule(place).expression is not None}
    wrong = (one for one, grade in zip(evidence.givens, grades, strict=True) if not grade)
    return any(
        not own.isdisjoint(evidence.leading(one.place)[0]) for one in wrong if one is not given
    )


def _of_the_others(evidence: Evidence, given: Given) -> float:
    """Return the chance of a value's other wrong entries, when one of them gave a number."""
    right, radius = evidence.plain.predicted(given.place), evidence.radii.before(given.place)
    if np.shape(right) != np.shape(given.value):
        return 1.0
    wrong = np.abs(given.value - right) > given.unit + np.broadcast_to(radius, right.shape)
    return _window(evidence, given, 1, int(wrong.sum()) - 1)


def _window(evidence: Evidence, given: Given, grade: int, entries: int = _MOST) -> float:
    """Return the chance that a value falls where the given one is, by its entries or some."""
    scale = max(float(np.max(np.abs(given.value))), 1e-300)
    radius = evidence.radii.before(given.place) if grade == 1 else 0.0
    width = (np.max(given.unit) + np.max(radius)) / scale
    if not np.any(given.value):
        return _ZERO
    return float(min(1.0, max(float(width), 1e-9)) ** min(np.size(given.value), entries, _MOST))
