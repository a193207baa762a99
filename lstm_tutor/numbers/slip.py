"""How a number becomes another one when it is copied or typed: digits exchanged, a point moved.

What the numbers are of is not here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

SIGN, POINT, EXCHANGED, DOUBLED, DROPPED, DIGIT = (
    "sign",
    "point",
    "exchanged",
    "doubled",
    "dropped",
    "digit",
)
_LONGEST = 16  # digits, beyond which nobody copies by hand
_NINE = "0123456789"


@dataclass(frozen=True)
class Slip:
    """A number as it is after a slip.

    Attributes:
        way: how it was changed.
        value: the number.
        alike: how many numbers the same slip could have given.
    """

    way: str
    value: float
    alike: int


def slips(number: float, decimals: int | None = None) -> Iterator[Slip]:
    """Yield what a number may become; of two ways to the same number the usual one first.

    Args:
        number: as it should be.
        decimals: how many are written; None for as many as the number has.
    """
    text = _written(abs(number), decimals)
    sign = -1.0 if number < 0 else 1.0
    yield Slip(SIGN, -float(text) * sign, 1)
    for power in (-1, 1, -2, 2):
        yield Slip(POINT, float(Decimal(f"{number:.15g}").scaleb(power)), 4)
    found = [n for n, letter in enumerate(text) if letter.isdigit()]
    first = next((k for k, n in enumerate(found) if text[n] != "0"), len(found))
    real = found[first:] or found
    if len(text) > _LONGEST + 2 or "e" in text:
        return
    for way, many, texts in (
        (EXCHANGED, len(found) - 1, _exchanged(text, found)),
        (DROPPED, len(real), (text[:n] + text[n + 1 :] for n in real)),
        (DOUBLED, len(real), (text[:n] + text[n] + text[n:] for n in real)),
        (DIGIT, 9 * len(real), (text[:n] + d + text[n + 1 :] for n in real for d in _NINE)),
    ):
        for other in texts:
            if other != text:
                yield Slip(way, float(other if other.strip(".") else 0) * sign, max(1, many))


def _exchanged(text: str, digits: list[int]) -> Iterator[str]:
    for one, other in itertools.pairwise(digits):
        letters = list(text)
        letters[one], letters[other] = text[other], text[one]
        yield "".join(letters)


def _written(number: float, decimals: int | None) -> str:
    if decimals is None:
        return f"{number:.10g}"
    return f"{number:.{max(0, min(decimals, _LONGEST))}f}"


def shortest(low: float, high: float) -> float:
    """Return the number with the fewest digits between two, or one over a whole number."""
    middle = (low + high) / 2
    for digits in range(1, 17):
        found = float(f"{middle:.{digits - 1}e}")
        if low <= found <= high:
            break
    if middle and digits > 2:
        whole = round(1 / middle)
        if whole and abs(whole) <= 1000 and low <= 1 / whole <= high:
            return 1 / whole
    return found
