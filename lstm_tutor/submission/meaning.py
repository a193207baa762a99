"""What a name can mean: quantities, at a time step or at all of them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_DROPPED = dict.fromkeys(map(ord, ' \t\n_{}\\`"'))


@dataclass(frozen=True)
class Target:
    """What a name can stand for.

    Attributes:
        symbols: one symbol, or those of a block's gates in the cell's order.
        timed: whether it has a value per time step.
        block: whether it is a block.
        transposed: whether the name says so.
        stacked: the dialect whose array it is by name, in whose order the gates stand; "" if
            the name does not say it all.
        half: those of the symbols that are the sum of this array and another one.
        last: whether it is what each layer has at the end of its sequence.
        at_gate: whether it is a gradient before a gate, under a name that says no more than
            the gate: some take it at the gate's output.
    """

    symbols: tuple[str, ...]
    timed: bool
    block: bool = False
    transposed: bool = False
    stacked: str = ""
    half: frozenset[str] = frozenset()
    last: bool = False
    at_gate: bool = False


@dataclass(frozen=True)
class Meaning:
    """A target at a time step.

    Attributes:
        target: what it is.
        t: the time step that the name says; None if it says none.
        counted: whether the time step is a plain number at the end, which some count from 1.
        every: whether only an array over all time steps is meant.
        sure: whether the time step is one of ours, counted from 0 whatever the file does.
    """

    target: Target
    t: int | None = None
    counted: bool = False
    every: bool = False
    sure: bool = False


def lowered(text: str) -> str:
    """Return a text in small letters; Δ and δ are two signs of their own."""
    return text.lower() if "Δ" not in text else "Δ".join(map(str.lower, text.split("Δ")))


def key(text: str) -> str:
    """Return a name without what people leave out or add at will."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("′", "'").replace("’", "'")
    return text.translate(_DROPPED)
