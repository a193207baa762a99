"""Numbers copied or typed wrongly, as mistakes: a result written down, or what is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Expression, Literal, Number
from lstm_tutor.mistakes.mistake import MISTYPED, SLIP, Edit, Mistake
from lstm_tutor.model.symbol import Id
from lstm_tutor.numbers.slip import (
    DIGIT,
    DOUBLED,
    DROPPED,
    EXCHANGED,
    POINT,
    SIGN,
    slips,
)

Array = NDArray[Any]
ELSEWHERE, ANOTHER = "elsewhere", "another"
POINT_ABOUT = "point-about"  # its last digits are another's too, as of an own earlier value
WAYS = (SIGN, POINT, POINT_ABOUT, EXCHANGED, DOUBLED, DROPPED, DIGIT, ELSEWHERE)
_SHOWN = 12  # digits of a number that is told exactly
_FEW = 0.005  # of a number: half a unit of three digits is at most this
_UNUSED = 0.05  # the chance that a value which nobody went on with is no slip


def literal(value: Array) -> Expression:
    """Return an array as a formula."""
    return Number(float(value)) if not np.ndim(value) else Literal(_rows(value.tolist()))


def _rows(rows: list[Any]) -> tuple[Any, ...]:
    return tuple(_rows(row) if isinstance(row, list) else row for row in rows)


def miswritten(
    place: Id,
    given: Array,
    unit: Array,
    right: Array,
    others: Iterable[Array],
    *,
    unused: bool,
) -> Iterator[tuple[Mistake, float]]:
    """Yield the slip that makes one entry of a value what a person wrote, with how many of
    its kind are expected to give a number so near to another one by accident.

    Args:
        place: the value's.
        given: the value as written.
        unit: half a unit of the last place of each entry.
        right: as it should be, in the same shape.
        others: values from which a number may have been copied instead.
        unused: whether what follows is right, so that the person went on with another number.
    """
    unit = np.broadcast_to(unit, given.shape)
    with np.errstate(invalid="ignore"):
        off = np.argwhere(~(np.abs(given - right) <= unit + 1e-10 * np.abs(right)))
    if len(off) != 1:
        return
    entry = tuple(int(n) for n in off[0])
    number, wanted, half = float(given[entry]), float(right[entry]), float(unit[entry])
    if not np.isfinite([number, wanted, half]).all() or not _short(wanted, half):
        return  # nobody copies a 0 into another number
    if half > _FEW * abs(number):
        return  # any number of one or two digits is a slip of any other
    found = _way(number, wanted, half) or _elsewhere(number, half, others)
    if found is None and unused:
        found = ANOTHER, 1
    if found is not None:
        way, alike = found
        learner, part, new = literal(given), Number(_short(wanted, half)), Number(number)
        shown = entry if given.size > 1 else ()
        edit = Edit(str(place), SLIP, None, learner, part, new, way=way, entry=shown)
        spread = min(1.0, max(half, 1e-12 * abs(wanted)) / abs(number - wanted))
        chance = alike * given.size * spread
        yield Mistake((edit,), place), min(chance, 1.0) * _UNUSED if unused else chance


def _short(number: float, half: float) -> float:
    decimals = _decimals(half)
    return float(f"{number:.{_SHOWN}g}") if decimals is None else round(number, decimals)


def _decimals(half: float) -> int | None:
    return None if half <= 0 else round(-np.log10(2 * half))


def _way(number: float, wanted: float, half: float) -> tuple[str, int] | None:
    decimals = _decimals(half)
    near = max(1.01 * half, 1e-12 * abs(number))
    best: tuple[str, int] | None = None
    for more in (0, 1, -1, 2):
        for slip in slips(wanted, None if decimals is None else decimals + more):
            off = abs(slip.value - number)
            wide = min(10 * near, 0.1 * abs(number)) if slip.way == POINT else 0.0
            if best is not None and slip.alike >= best[1]:
                continue
            if off <= near:
                best = slip.way, slip.alike
            elif off <= wide:
                best = POINT_ABOUT, slip.alike + 1  # what fits exactly is preferred
    return best


def _elsewhere(number: float, half: float, others: Iterable[Array]) -> tuple[str, int] | None:
    numbers = np.unique([float(n) for other in others for n in np.ravel(other)])
    if any(abs(one - number) <= 1.01 * half for one in numbers) and number:
        return ELSEWHERE, len(numbers)
    return None


def mistyped(
    place: Id, entry: tuple[int, ...], value: Array, new: float, way: str, kind: str = MISTYPED
) -> Mistake:
    """Return the mistake that an entry of what is given was taken as another number; or, with
    another kind, one that was worked out before, at this place alone.
    """
    changed = np.array(value, dtype=float)
    part = Number(float(f"{changed[entry]:.{_SHOWN}g}"))
    changed[entry] = new
    shown = entry if changed.size > 1 else ()
    edit = Edit(
        str(place), kind, None, literal(changed), part, Number(new), way=way, entry=shown
    )
    return Mistake((edit,), None if kind == MISTYPED else place)
