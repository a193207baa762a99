"""Gradients found in three ways, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from lstm_tutor.files.phrase import listed
from lstm_tutor.render.line import View
from lstm_tutor.render.sheet import GAP, Cell, Sheet
from lstm_tutor.render.text import columns_of
from lstm_tutor.render.words import words
from lstm_tutor.trace.gradcheck import TOLERANCE, Check, Kink

_ROUNDING = 1e-12
_WAYS = ("derived", "complex step", "central difference")
_MOST_KINKS = 4
_LEAST = 12  # columns of a value, however long the id beside it is


def gradient_sheet(checks: Sequence[Check], view: View, width: int) -> Sheet:
    """Return every gradient as each way finds it: side by side, or below each other."""
    found = [(check.id, _values(check, view), _error(check)) for check in checks]
    rows = [(_cell([id_]), *map(_cell, values), _cell([error])) for id_, values, error in found]
    beside = Sheet("", ("gradient", *_WAYS, "error"), tuple(rows))
    if sum(columns_of(beside)) + GAP * len(_WAYS) + GAP <= width:
        return beside
    rows = [
        (_cell([id_] * first), _cell([way]), _cell(lines), _cell([error] * first))
        for id_, values, error in found
        for way, lines, first in zip(_WAYS, values, (True, False, False), strict=True)
    ]
    below = Sheet("", ("gradient", "", "value", "error"), tuple(rows))
    ids, ways, _, errors = columns_of(below)
    room = max(_LEAST, width - ids - ways - errors - 3 * GAP)
    return Sheet(
        "", below.header, tuple((*row[:2], _broken(row[2], room), row[3]) for row in rows)
    )


def _cell(lines: Sequence[str]) -> Cell:
    return tuple((line, "") for line in lines)


def _broken(cell: Cell, room: int) -> Cell:
    return tuple(part for line, _ in cell for part in words(line, room, hang=1))


def verdict(checks: Sequence[Check], kinks: Sequence[Kink] = ()) -> str:
    """Say whether all gradients agree, how far they differ at most, and where they cannot.

    Args:
        checks: every gradient.
        kinks: where the forward pass has no derivative.
    """
    good = all(check.passed for check in checks)
    worst = max((check.error for check in checks if check.steady), default=0.0)
    said = "passed" if good else "not comparable" if kinks else "FAILED"
    found = (
        f"{said}: worst relative error {_size(worst)} "
        f"against the complex step (allowed: {TOLERANCE:.0e})"
    )
    unsteady = [check.id for check in checks if not check.steady]
    if unsteady:
        found += (
            f". Nothing can be compared in {listed(unsteady)}: numbers are so large there that "
            "no step is small beside them"
        )
    if not kinks:
        return found
    places = listed([f"{kink.function} in {kink.id}" for kink in kinks[:_MOST_KINKS]])
    more = f" and {len(kinks) - _MOST_KINKS} more places" if len(kinks) > _MOST_KINKS else ""
    return (
        f"{found}. There is no derivative at a kink: {places}{more}. The backward pass takes "
        "the value that is usual there, and the complex step that of one side."
    )


def _values(check: Check, view: View) -> list[list[str]]:
    """Write what the three ways found; a small matrix has one line per row."""
    arrays = (check.derived, check.complex_step, check.central)
    matrix = check.derived.ndim == 2 and check.derived.size <= view.largest
    return [
        [view.array(row) for row in array] if matrix else [view.array(array)]
        for array in arrays
    ]


def _error(check: Check) -> str:
    if not check.steady:
        return "not comparable"
    return _size(check.error) if check.passed else f"{_size(check.error)} FAILED"


def _size(error: float) -> str:
    """Write an error in one digit; what lies below the golden digits differs by machine."""
    return f"{error:.1g}" if error >= _ROUNDING else f"<{_ROUNDING:.0e}"
