"""Wrong numbers that a slip of the hand explains: the right one, written down wrongly.

Where a mistake gives the same number, both are told, and it counts as the mistake only once
it comes again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.lessons.record import Event, Result, of_lesson
from lstm_tutor.model.symbol import parse
from lstm_tutor.numbers.numeral import significant
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
WAYS = {
    SIGN: "Only the sign is another",
    POINT: "Only the decimal point is elsewhere",
    EXCHANGED: "Only two digits are exchanged",
    DOUBLED: "Only a digit is there twice",
    DROPPED: "Only a digit is left out",
    DIGIT: "Only one digit is another",
}
"""What is wrong with a number after a slip."""


def slipped(right: Array, value: Array, digits: int) -> str:
    """Return how one entry of a value was written wrongly, as both are typed: one of `WAYS`;
    "" if no single slip makes it of the right one.
    """
    if right.size != value.size:
        return ""
    entries = zip(np.ravel(right), np.ravel(value), strict=True)
    pairs = [tuple(significant(entry, digits) for entry in pair) for pair in entries]
    off = [(one, other) for one, other in pairs if one != other]
    return _way(*off[0]) if len(off) == 1 else ""


def _way(right: str, typed: str) -> str:
    decimals = len(right.partition(".")[2]) if "e" not in right else None
    number = float(typed)
    near = 1e-9 * abs(number)
    found = (s.way for s in slips(float(right), decimals) if abs(s.value - number) <= near)
    return next(found, "")


def comes_again(events: Iterable[Event], lesson: str, step: str, mistake: str) -> bool:
    """Whether a mistake, or a slip like it, was made before in the equation of a step, and
    that has not been worked rightly at once since.
    """
    name = parse(step).name
    for event in reversed(of_lesson(events, lesson)):
        if event.step and parse(event.step).name == name:
            if event.mistake == mistake:
                return True
            if event.outcome in (Result.RIGHT, Result.HINTED):
                return False
    return False
