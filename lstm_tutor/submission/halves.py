"""Which numbers are of a type of two bytes, however they are stored or printed.

A program widens such numbers, so that all their low bits are 0. That more of them are so than
can be chance tells the type, also of numbers that are printed with a few decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lstm_tutor.submission.arithmetic import BFLOAT16, FLOAT16, LEAST
from lstm_tutor.submission.precision import Sample, is_stored_as, kept

_BITS = {BFLOAT16: 8, FLOAT16: 11}  # of the mantissa, the first one included
_ROUND_OFF = 1e-15  # of a value
_CHOSEN = {BFLOAT16: 4, FLOAT16: 5}  # digits of a number that a person may have chosen
_MANY = 5  # float16's that are all bfloat16's by chance, each once in eight times, are fewer
_SURE_OF_ALL, _SURE_OF_ONE = -5.0, -6.0  # powers of ten: chances that are none


@dataclass(frozen=True)
class _Fit:
    """How numbers fit a type.

    Attributes:
        chance: that numbers of no such type do, as a power of ten.
        telling: how many of them say something.
    """

    chance: float
    telling: int


def halves(samples: Mapping[str, Sample]) -> dict[str, str]:
    """Return the type of those quantities whose numbers are all of one, by their names.

    Args:
        samples: all numbers of each quantity, which a program keeps in one type.
    """
    declared = {name: FLOAT16 for name, one in samples.items() if is_stored_as(one, FLOAT16)}
    fine, coarse = (_of_type(samples, kind) for kind in (FLOAT16, BFLOAT16))
    many = any(fit.telling >= _MANY for fit in coarse.values())
    brain = coarse and (many or len(coarse) >= len(fine))
    found = dict.fromkeys(coarse, BFLOAT16) if brain else dict.fromkeys(fine, FLOAT16)
    return found | declared


def _of_type(samples: Mapping[str, Sample], kind: str) -> dict[str, _Fit]:
    """Return the quantities that are of a type: all, or those that are so beyond doubt."""
    every = {name: _fit(sample, kind) for name, sample in samples.items()}
    found = {name: fit for name, fit in every.items() if fit is not None}
    if len(found) == len(every) and sum(fit.chance for fit in found.values()) <= _SURE_OF_ALL:
        return found
    return {name: fit for name, fit in found.items() if fit.chance <= _SURE_OF_ONE}


def _fit(sample: Sample, kind: str) -> _Fit | None:
    """Return how numbers fit a type; None if one of them is not of it.

    What a person may have chosen, or is what the
    scenario gives, tells nothing.
    """
    fine = np.isfinite(sample.value)
    value, unit, true = sample.value[fine], sample.unit[fine], sample.true[fine]
    near, off = kept(value, kind), _ROUND_OFF * np.abs(value)
    if (np.abs(near - value) > unit * (1 + 1e-9) + off).any():
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.floor(np.log10(np.abs(near)))
        places = 10.0 ** (power - _CHOSEN[kind] + 1)
        long = np.abs(near - np.round(near / places) * places) > 1e-9 * np.abs(near)
        telling = long & ~(np.abs(true - value) <= off)
        gap = np.maximum(np.ldexp(1.0, np.frexp(value)[1] - _BITS[kind]), LEAST[kind])
        chance = np.minimum(1.0, 2 * (unit + off)[telling] / gap[telling])
        return _Fit(float(np.log10(chance).sum()), int(telling.sum()))
