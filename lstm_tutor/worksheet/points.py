"""What the blanks of a sheet are worth."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lstm_tutor.trace.selection import to_work
from lstm_tutor.trace.trace import Trace

_MOST = 1000


class NoPoints(LookupError):  # noqa: N818  # the user's choice, reported as such
    """A text that says no points; the message says what to write."""


def points_of(text: str, trace: Trace, indices: Sequence[int]) -> dict[str, float]:
    """Return what each blank is worth.

    Args:
        text: a number for all, and others for phases, ids, symbols or globs: ``1,dW=2``.
            The last that fits holds; where none does, a blank is worth 1.
        trace: the computation.
        indices: which of its steps are blank.

    Raises:
        NoPoints: if it says none.
        NoSuchStep: for a word that matches nothing that is computed.
    """
    found = {trace[index].id: 1.0 for index in indices}
    for part in filter(None, (part.strip() for part in text.split(","))):
        word, _, number = part.rpartition("=")
        points = _number(number, part)
        if not word:
            found = dict.fromkeys(found, points)
            continue
        for index in to_work(trace, [word.strip()]):
            if trace[index].id in found:
                found[trace[index].id] = points
    return found


def _number(text: str, part: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= _MOST:
        raise NoPoints(
            f"{part!r} says no points: write a number from 0 to {_MOST} for all blanks, or "
            "WHAT=NUMBER, as in 1,dW=2,dC@0=3"
        )
    return number


def points_text(value: float) -> str:
    """Write points: whole ones without a point."""
    return f"{value:g}"
