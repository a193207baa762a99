"""Written numbers: their values, and half a unit of the last place that was written.

The precision of an entry follows from its text alone. Nothing here reads a format.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.files.problem import BadInput, Place, Problem
from lstm_tutor.files.scalar import LONGEST_NUMBER
from lstm_tutor.files.text import visible

Array = NDArray[np.float64]
LARGEST = 16 * 1024 * 1024
MOST_NUMBERS = 1_000_000
MOST_VALUES = 50_000  # numbers and arrays that stand alone
DEEPEST = 12
TENSOR = "tensor"
FULL_DIGITS = 15  # a number of so many significant digits is written in full
_FEW_PLACES = 2  # what is written in full has often so few; more of them were rounded to
_ROUND_OFF = 1e-15
# possessive: a long run of digits that turns out to be none takes no quadratic time
NUMBER = r"[-+−]?(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE][-+]?[0-9]++)?+"
WORDS = r"[-+−]?(?:nan|NaN|NAN|inf|Inf|INF|Infinity)(?![\w])"
_PARTS = re.compile(r"[-+]?([0-9]*)(\.?)([0-9]*)(?:[eE]([-+]?[0-9]+))?")


@dataclass(frozen=True)
class Entry:
    """One number or array that a person wrote.

    Attributes:
        name: as written ("Ct0", "dLdWo1", "da@0"); "" if there is none. A time step that
            stood in a heading comes first: "t=0 a".
        value: in the written shape; 0-d for a number. May hold NaN and infinity.
        unit: of the same shape, half a unit of the last place written; 0 where exact.
        cell: which part of the source it is from, "In[153]"; "" if it has no parts.
        line: 1-based line in the source; 0 where it has none.
        source: for notebooks, the expression that made it, if known; else "".
    """

    name: str
    value: Array
    unit: Array
    cell: str = ""
    line: int = 0
    source: str = ""


@dataclass(frozen=True)
class Ignored:
    """Something that was found and is not a number.

    Attributes:
        text: as written, on one line, cut if it is long.
        line: 1-based line in the source; 0 where it has none.
        why: what it is instead, in words.
    """

    text: str
    line: int
    why: str


@dataclass(frozen=True)
class Submission:
    """Everything that was found in a source.

    Attributes:
        entries: its numbers, in its order.
        ignored: what in it is no number, in its order.
        text: the source as text; "" if it is none.
        scenario: the scenario that it carries, if it is the JSON of a run, as plain data.
    """

    entries: tuple[Entry, ...]
    ignored: tuple[Ignored, ...] = ()
    text: str = field(default="", compare=False, repr=False)
    scenario: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Written:
    """Numbers as they stand in a text.

    Attributes:
        value: in the written shape.
        unit: half a unit of the last place, by the text of these numbers alone.
        full: whether one of them has so many digits that all are written in full.
        places: the most places after a point.
        library: which library's arrays are printed like this one, "numpy" or "tensor"; such
            arrays drop zeros at the end, so that others say how many places are printed.
    """

    value: Array
    unit: Array
    full: bool = False
    places: int = 0
    library: str = ""

    def exact(self) -> Written:
        """Return the same numbers as written in full: they may differ by round-off alone."""
        return replace(self, unit=_round_off(self.value))

    def to(self, places: int) -> Written:
        """Return the same numbers as rounded to so many places, at least those written."""
        if places <= self.places or self.full:
            return self
        return replace(self, unit=self.unit * 10.0 ** (self.places - places), places=places)


@dataclass(frozen=True)
class Draft:
    """An entry before it is known whether its whole source is written in full."""

    name: str
    written: Written
    line: int = 0
    cell: str = ""
    source: str = ""

    def entry(self, *, full: bool) -> Entry:
        """Return the entry."""
        numbers = self.written.exact() if full else self.written
        return Entry(self.name, numbers.value, numbers.unit, self.cell, self.line, self.source)


def written(texts: Sequence[str], shape: tuple[int, ...], library: str = "") -> Written:
    """Return the numbers of texts, as one array of a shape; () for a single number.

    All entries of a library's array have as many places as the one with the most, since it
    is printed without zeros at the end; elsewhere each number has its own places.
    """
    texts = [text.replace("−", "-") if "−" in text else text for text in texts]
    values = [float(text) for text in texts]
    parts = [_PARTS.match(text) for text in texts]
    whole = [(m[1], m[2], m[3], m[4]) if m else ("", "", "", None) for m in parts]
    full = any(len((a + c).strip("0")) >= FULL_DIGITS for a, _, c, _ in whole)
    broken = any(point or power for _, point, _, power in whole)
    places = max((len(c) for _, _, c, _ in whole), default=0)
    units = []
    for value, (_, _, own, power) in zip(values, whole, strict=True):
        if not math.isfinite(value) or (value == 0 and not broken):
            units.append(0.0)
        else:
            last = places if library else len(own)
            units.append(0.5 * float(f"1e{int(power or 0) - last}"))
    array = np.array(values, dtype=float).reshape(shape)
    unit = _round_off(array) if full else np.array(units, dtype=float).reshape(shape)
    return Written(array, unit, full, places, library)


def significant(found: Written, digits: int) -> Written:
    """Return numbers that were rounded to so many significant digits."""
    with np.errstate(all="ignore"):
        place = np.floor(np.log10(np.abs(found.value))) - digits + 1
        unit = np.where(found.value == 0, 0.0, 0.5 * 10.0**place)
    return replace(found, unit=np.where(np.isfinite(unit), unit, 0.0))


def stored(array: Array) -> Written:
    """Return numbers that were stored in binary: exact but for the last bits of their type."""
    value = np.asarray(array, dtype=float)
    if array.dtype.kind != "f":
        return Written(value, np.zeros(value.shape))
    step = max(float(np.finfo(array.dtype).eps), _ROUND_OFF)
    least = float(np.finfo(array.dtype).smallest_subnormal)
    unit = np.where(value == 0, 0.0, np.maximum(np.abs(value) * step, least))
    return Written(value, _finite(unit))


def _round_off(value: Array) -> Array:
    return _finite(np.abs(value) * _ROUND_OFF)


def _finite(unit: Array) -> Array:
    return np.where(np.isfinite(unit), unit, 0.0)


def too_long(text: str) -> bool:
    """Whether a number has more characters than are read."""
    return len(text) > LONGEST_NUMBER


def clean(text: str, longest: int = 80) -> str:
    """Return text on one line, without control characters, cut if it is long."""
    line = visible(" ".join(text[: 4 * longest].split()))
    return line if len(line) <= longest else f"{line[:longest]}…"


def require_few(count: int, name: str) -> None:
    """Raise BadInput if there are more numbers than are read."""
    if count > MOST_NUMBERS:
        message = f"it holds more than {MOST_NUMBERS:,} numbers"
        raise BadInput(
            [Problem(message, Place(name), remedy="keep only what is to be checked")]
        )


def require_few_values(count: int, name: str) -> None:
    """Raise BadInput if more numbers and arrays stand alone than are read."""
    if count > MOST_VALUES:
        message = f"it holds more than {MOST_VALUES:,} separate values"
        raise BadInput(
            [Problem(message, Place(name), remedy="keep only what is to be checked")]
        )


def finished(
    drafts: Iterable[Draft], ignored: Iterable[Ignored], *, all_full: bool
) -> Submission:
    """Make the entries of a whole source.

    Where one number is written in full, so are the short ones: a plain 0.5 is exactly 0.5.
    A program may well print some values in full and others to six places, as 0.478019.

    Args:
        drafts: what was found.
        ignored: what is not a number.
        all_full: whether that holds for arrays too; printed arrays are rounded more.
    """
    kept = _common_places(list(drafts))
    witnesses = kept if all_full else [draft for draft in kept if not draft.written.value.ndim]
    full = any(draft.written.full for draft in witnesses)
    entries = tuple(
        draft.entry(
            full=full
            and draft.written.places <= _FEW_PLACES
            and (all_full or not draft.written.value.ndim)
        )
        for draft in kept
    )
    return Submission(entries, tuple(ignored))


def _common_places(drafts: list[Draft]) -> list[Draft]:
    """Give all arrays that one library printed the places of the one that shows the most."""
    most: dict[str, int] = {}
    for draft in drafts:
        if not draft.written.full:
            library = draft.written.library
            most[library] = max(most.get(library, 0), draft.written.places)
    most[""] = 0
    return [
        replace(draft, written=draft.written.to(most[draft.written.library]))
        if draft.written.library in most and draft.written.places <= _FEW_PLACES
        else draft
        for draft in drafts
    ]
