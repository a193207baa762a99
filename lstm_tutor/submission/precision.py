"""How precisely numbers are written: the kind of precision, one for each part of a source.

Each number tells by its text how far it can be off at most. What many numbers have in common
says more: a program's float32 has no more than seven digits, however many are printed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.submission.arithmetic import (
    ARITHMETIC,
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    LEAST,
)

Array = NDArray[Any]
DIGITS, DECIMALS = "digits", "decimals"
HALVES = (BFLOAT16, FLOAT16)  # the coarsest first: what fits it mostly fits the other
_STEP = {FLOAT64: 1e-15, FLOAT32: 2.0**-22, FLOAT16: 2.0**-10, BFLOAT16: 2.0**-8}
_BRAIN_BITS = 8  # of the mantissa, the first one included
_STORED = {FLOAT32: 2.0**-23, FLOAT16: 2.0**-10}  # as arrays of these types are taken
_FULL = 13  # digits; who has more has all of them
_SHORTEST = {FLOAT32: 9, FLOAT16: 5}  # digits that tell them from all others
_ENOUGH = 0.15  # of the numbers: so many more must fit
_FEW = 8  # numbers, below which nobody is taken to round down
_PATTERN = re.compile(
    r"(?:(digits|decimals):([0-9]{1,2})|(b?float16|float32|float64))(,down)?"
    rf"(?:,in:({'|'.join(ARITHMETIC)}))?"
)


@dataclass(frozen=True)
class Precision:
    """A kind of precision.

    Attributes:
        kind: `DIGITS` (significant ones), `DECIMALS`, or a type of a program's numbers.
        number: of digits or decimals; 0 for a type.
        down: whether numbers are cut off, not rounded.
        worked: the type of the arithmetic, where that is another one; "" if nobody says so.
    """

    kind: str
    number: int = 0
    down: bool = False
    worked: str = ""

    def unit(self, value: Array) -> Array:
        """Return how far values of this kind can be off by being written."""
        size = np.abs(np.asarray(value, dtype=float))
        if self.kind == DECIMALS:
            found = np.where(np.isfinite(size), 0.5 * 10.0**-self.number, 0.0)
        elif self.kind == DIGITS:
            with np.errstate(divide="ignore", invalid="ignore"):
                last = np.floor(np.log10(size)) + 1 - self.number
                found = np.where((size > 0) & np.isfinite(size), 0.5 * 10.0**last, 0.0)
        else:
            least = LEAST.get(self.kind, 0.0)
            small = self.kind == FLOAT16  # its 0 may be what was too small for it
            found = np.where(
                (size > 0) | small, np.maximum(size * _STEP[self.kind], least), 0.0
            )
            found = np.where(np.isfinite(size), found, 0.0)
        return found * (2 if self.down else 1)

    @property
    def digits(self) -> float:
        """Significant digits that a person works with who writes so; decimals are none."""
        typed = ARITHMETIC.get(self.kind)
        own = typed.digits if typed else float(self.number)
        return own - (np.log10(2) if self.down else 0)

    @property
    def stored(self) -> bool:
        """Whether a program's type says it, whatever is printed."""
        return self.kind in _STEP

    def said(self) -> str:
        """Say it in words."""
        typed = ARITHMETIC.get(self.kind)
        kind = self.kind.removesuffix("s") if self.number == 1 else self.kind
        own = typed.said if typed else f"{self.number} {kind}"
        own = f"{own}, rounded down" if self.down else own
        return f"{own}, worked in {self.worked}" if self.worked else own


def precision_of(text: str) -> Precision | None:
    """Read what a person says of the precision; or None.

    ``digits:4``, ``float32,down``; ``float32,in:bfloat16`` if the arithmetic is a coarser one.
    """
    found = _PATTERN.fullmatch(text)
    if found is None or found[2] == "0":
        return None
    return Precision(found[1] or found[3], int(found[2] or 0), bool(found[4]), found[5] or "")


@dataclass(frozen=True)
class Sample:
    """Numbers of one part of a source, in rows of equal length.

    Attributes:
        value: as written.
        unit: half a unit of the last place of each.
        true: what each stands for; NaN where that is not known.
    """

    value: Array
    unit: Array
    true: Array

    def fits(self, unit: Array) -> int:
        """Return how many numbers are right within a unit."""
        with np.errstate(invalid="ignore"):
            allowed = unit * (1 + 1e-9) + 1e-10 * np.abs(self.true)
            return int((np.abs(self.value - self.true) <= allowed).sum())


def written_precision(sample: Sample) -> Precision:
    """Say how numbers are written, by their texts alone."""
    digits, decimals = _places(sample)
    if not digits.size:
        return Precision(FLOAT64)
    longest = float(digits.max())
    for kind in _STORED:
        if is_stored_as(sample, kind):
            return Precision(kind)
    for kind in (FLOAT16, FLOAT32):
        if longest > _SHORTEST[kind] and _shows(sample.value, kind):
            return Precision(kind)
    if longest >= _FULL:
        return Precision(FLOAT64)
    most, places = round(float(np.percentile(digits, 75))), round(float(decimals.max()))
    fixed = decimals.size > 2 and np.ptp(decimals) == 0 and np.ptp(digits) > 0
    return Precision(DECIMALS, places) if fixed and places >= 0 else Precision(DIGITS, most)


def chosen_precision(sample: Sample) -> tuple[Precision, bool]:
    """Choose the kind of precision: as written, unless many more numbers fit another kind.

    Returns:
        The kind, and whether the units of the numbers' own texts are to be kept.
    """
    usual = written_precision(sample)
    if usual.kind in (FLOAT16, FLOAT32):
        return usual, False
    digits, _ = _places(sample)
    known = np.isfinite(sample.true)
    count = int(known.sum())
    right = sample.fits(sample.unit)
    if not count or right == count or not digits.size:
        return usual, True
    longest = float(digits.max())
    for kind in (FLOAT32, FLOAT16):
        other = Precision(kind)
        unit = np.maximum(sample.unit, other.unit(sample.value))
        exact = kind == FLOAT32 or _all_of(sample.value, kind, sample.unit)
        looks = _SHORTEST[kind] - 2.5 <= longest <= _SHORTEST[kind]
        if looks and exact and _more(sample.fits(unit), right, count):
            return other, False
    if count >= _FEW and _cut(sample) and _more(sample.fits(2 * sample.unit), right, count):
        return Precision(usual.kind, usual.number, down=True), True
    return usual, True


def _shows(value: Array, kind: str) -> bool:
    """Whether all values are of a type, and one has more digits than one would choose."""
    if not _all_of(value, kind):
        return False
    fine = value[np.isfinite(value)]
    return shortest(fine.ravel().tolist())[0] > _SHORTEST[kind]


def _more(fits: int, before: int, count: int) -> bool:
    """Whether so many more numbers fit that it is no chance."""
    return fits - before >= max(2, _ENOUGH * count) or fits == count


def is_stored_as(sample: Sample, kind: str) -> bool:
    """Whether most units are those of an array of a type."""
    return _relative(sample, _STORED[kind])


def _relative(sample: Sample, step: float) -> bool:
    """Whether most units are such a part of their numbers: those of a type."""
    size = np.abs(sample.value)
    fine = (size > 0) & np.isfinite(size) & (sample.unit > 0)
    near = np.abs(sample.unit[fine] - step * size[fine]) <= 1e-6 * sample.unit[fine]
    return bool(near.size and near.mean() > 0.5)


def _cut(sample: Sample) -> bool:
    """Whether no number is larger than the true one, and none off by more than one place."""
    known = np.isfinite(sample.true) & (sample.unit > 0)
    size, true = np.abs(sample.value[known]), np.abs(sample.true[known])
    unit = sample.unit[known]
    near = np.abs(size - true) <= 3 * unit
    return bool(near.sum() >= _FEW and (size <= true + 1e-9 * true)[near].all())


def _places(sample: Sample) -> tuple[Array, Array]:
    """Return the significant digits and the decimals of the numbers that show them."""
    size = np.abs(sample.value)
    fine = (sample.unit > 0) & (sample.unit < size) & np.isfinite(size)
    with np.errstate(divide="ignore"):
        decimals = np.round(-np.log10(2 * sample.unit[fine]))
        digits = np.floor(np.log10(size[fine])) + 1 + decimals
    return digits, decimals


def kept(value: Array, kind: str) -> Array:
    """Return the nearest numbers of a type."""
    if kind == BFLOAT16:
        part, power = np.frexp(value)
        return np.asarray(np.ldexp(np.round(np.ldexp(part, _BRAIN_BITS)), power - _BRAIN_BITS))
    with np.errstate(over="ignore"):
        return np.asarray(value.astype(kind).astype(float))


def _all_of(value: Array, kind: str, unit: Array | float = 0.0) -> bool:
    """Whether all values are numbers of a type, as far as they are written."""
    fine = value[np.isfinite(value)]
    within = unit[np.isfinite(value)] if isinstance(unit, np.ndarray) else unit
    off = np.abs(kept(fine, kind) - fine)
    return bool((off <= within + _STEP[FLOAT64] * np.abs(fine)).all())


def shortest(values: Sequence[float]) -> tuple[int, int]:
    """Return the most significant digits and decimals of numbers, written shortest."""
    digits = decimals = 0
    for value in values:
        mantissa, _, power = f"{value!r}".partition("e")
        whole, _, part = mantissa.lstrip("-").partition(".")
        part = "" if part == "0" else part
        digits = max(digits, len((whole + part).strip("0")))
        decimals = max(decimals, len(part) - int(power or 0))
    return digits, decimals
