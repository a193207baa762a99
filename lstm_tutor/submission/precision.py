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

Array = NDArray[Any]
DIGITS, DECIMALS, FLOAT64, FLOAT32, FLOAT16, BFLOAT16 = (
    "digits",
    "decimals",
    "float64",
    "float32",
    "float16",
    "bfloat16",
)
HALVES = (BFLOAT16, FLOAT16)  # the coarsest first: what fits it mostly fits the other
_STEP = {FLOAT64: 1e-15, FLOAT32: 2.0**-22, FLOAT16: 2.0**-10, BFLOAT16: 2.0**-8}
_BRAIN_BITS = 8  # of the mantissa, the first one included
_LEAST = {
    FLOAT16: 2.0**-24,
    FLOAT32: 2.0**-149,
    BFLOAT16: 2.0**-133,
}  # how far apart the smallest numbers are
_STORED = {FLOAT32: 2.0**-23, FLOAT16: 2.0**-10}  # as arrays of these types are taken
_WORKED = {FLOAT64: 15.0, FLOAT32: 6.5, FLOAT16: 2.6, BFLOAT16: 1.7}
_WORKED_STEP = {FLOAT16: 2.0**-9, BFLOAT16: 2.0**-6}  # four times half a unit
_SAID = {FLOAT64: "16 digits (float64)", FLOAT32: "7 digits (float32)"} | {
    FLOAT16: "3 digits (float16)",
    BFLOAT16: "2 digits (bfloat16)",
}
_FULL = 13  # digits; who has more has all of them
_SHORTEST = {
    FLOAT32: 9,
    FLOAT16: 5,
    BFLOAT16: 4,
}  # digits that tell them from all others
_ENOUGH = 0.15  # of the numbers: so many more must fit
_FEW = 8  # numbers, below which nobody is taken to round down
_PATTERN = re.compile(r"(?:(digits|decimals):([0-9]{1,2})|(b?float16|float32|float64))(,down)?")


@dataclass(frozen=True)
class Precision:
    """A kind of precision.

    Attributes:
        kind: `DIGITS` (significant ones), `DECIMALS`, or a type of a program's numbers.
        number: of digits or decimals; 0 for a type.
        down: whether numbers are cut off, not rounded.
    """

    kind: str
    number: int = 0
    down: bool = False

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
            least = _LEAST.get(self.kind, 0.0)
            small = self.kind == FLOAT16  # its 0 may be what was too small for it
            found = np.where(
                (size > 0) | small, np.maximum(size * _STEP[self.kind], least), 0.0
            )
            found = np.where(np.isfinite(size), found, 0.0)
        return found * (2 if self.down else 1)

    @property
    def digits(self) -> float:
        """Significant digits that a person works with who writes so; decimals are none."""
        own = _WORKED.get(self.kind, float(self.number))
        return own - (np.log10(2) if self.down else 0)

    @property
    def step(self) -> float:
        """Of a value, how far a type of two bytes is off after a few operations; else 0."""
        return _WORKED_STEP.get(self.kind, 0.0)

    @property
    def least(self) -> float:
        """How far apart the smallest numbers of a type of two bytes are; else 0."""
        return _LEAST[self.kind] if self.kind in HALVES else 0.0

    @property
    def stored(self) -> bool:
        """Whether a program's type says it, whatever is printed."""
        return self.kind in _STEP

    def said(self) -> str:
        """Say it in words."""
        plural = "" if self.number == 1 else "s"
        kinds = {DIGITS: "digit", DECIMALS: "decimal"}
        own = _SAID.get(self.kind) or f"{self.number} {kinds[self.kind]}{plural}"
        return f"{own}, rounded down" if self.down else own


def precision_of(text: str) -> Precision | None:
    """Read what a person says of the precision: ``digits:4``, ``float32,down``; or None."""
    found = _PATTERN.fullmatch(text)
    if found is None or found[2] == "0":
        return None
    return Precision(found[1] or found[3], int(found[2] or 0), bool(found[4]))


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
    for kind, step in _STORED.items():
        if _relative(sample, step):
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
    half = _half(sample)
    if half is not None:
        return half, False
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


def _half(sample: Sample) -> Precision | None:
    """Return the type of two bytes that all numbers are of, if the true ones are not of it.

    However they are stored or printed: a program widens them, and all low bits are 0.
    """
    known = sample.true[np.isfinite(sample.true)]
    for kind in HALVES:
        digits, _ = _places(sample)
        full = digits.size > 0 and digits.max() > _SHORTEST[kind]
        if full and not _all_of(known, kind) and _shows(sample.value, kind):
            return Precision(kind)
    return None


def _shows(value: Array, kind: str) -> bool:
    """Whether all values are of a type, and one has more digits than one would choose."""
    if not _all_of(value, kind):
        return False
    fine = value[np.isfinite(value)]
    return shortest(fine.ravel().tolist())[0] > _SHORTEST[kind]


def _more(fits: int, before: int, count: int) -> bool:
    """Whether so many more numbers fit that it is no chance."""
    return fits - before >= max(2, _ENOUGH * count) or fits == count


def _relative(sample: Sample, step: float) -> bool:
    """Whether most units are such a part of their numbers: those of a type."""
    size = np.abs(sample.value)
    fine = (size > 0) & np.isfinite(size) & (sample.unit > 0)
    near = np.abs(sample.unit[fine] - step * size[fine]) <= 1e-6 * sample.unit[fine]
    return bool(near.mean() > 0.5)


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


def _kept(value: Array, kind: str) -> Array:
    """Return the nearest numbers of a type."""
    if kind == BFLOAT16:
        part, power = np.frexp(value)
        return np.asarray(np.ldexp(np.round(np.ldexp(part, _BRAIN_BITS)), power - _BRAIN_BITS))
    with np.errstate(over="ignore"):
        return np.asarray(value.astype(kind).astype(float))


def _all_of(value: Array, kind: str, unit: Array | float = 0.0) -> bool:
    """Whether all values are numbers of a type, as far as they are written."""
    fine = value[np.isfinite(value)]
    kept = _kept(fine, kind)
    within = unit[np.isfinite(value)] if isinstance(unit, np.ndarray) else unit
    return bool((np.abs(kept - fine) <= within + _STEP[FLOAT64] * np.abs(fine)).all())


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
