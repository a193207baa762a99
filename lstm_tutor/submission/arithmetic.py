"""How a program's arithmetic rounds, by the type that it works in."""

from __future__ import annotations

from dataclasses import dataclass

FLOAT64, FLOAT32, TF32, FLOAT16, BFLOAT16 = "float64", "float32", "tf32", "float16", "bfloat16"
LEAST = {FLOAT16: 2.0**-24, FLOAT32: 2.0**-149, BFLOAT16: 2.0**-133}
"""How far apart the smallest numbers of a type are."""


@dataclass(frozen=True)
class Arithmetic:
    """How a type's arithmetic rounds.

    Attributes:
        said: in words.
        digits: that it keeps, a little less than the type has.
        step: of a value, how far it is off after a few operations: of a type of few bits
            four times half a unit; 0 where the digits say it.
        least: how far apart the smallest numbers are, if that matters; else 0.
    """

    said: str
    digits: float
    step: float = 0.0
    least: float = 0.0


ARITHMETIC = {
    FLOAT64: Arithmetic("16 digits (float64)", 15.0),
    FLOAT32: Arithmetic("7 digits (float32)", 6.5),
    TF32: Arithmetic("3 digits (tf32 or float16)", 2.6, 2.0**-9),
    FLOAT16: Arithmetic("3 digits (float16)", 2.6, 2.0**-9, LEAST[FLOAT16]),
    BFLOAT16: Arithmetic("2 digits (bfloat16)", 1.7, 2.0**-6, LEAST[BFLOAT16]),
}
"""The finest first."""
