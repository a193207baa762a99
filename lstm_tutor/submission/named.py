"""What a file's entries are read as: quantities with the numbers given for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.convention import Convention
from lstm_tutor.submission.precision import Precision

Array = NDArray[Any]


@dataclass(frozen=True)
class Part:
    """One quantity of what a person wrote.

    Attributes:
        id: ``da@0``, ``dW_a``, ``W_a'``; ``dW_a@1`` is one time step's term of the sum.
        value: in the quantity's true shape; as written where its size is another.
        unit: of the same shape as the value, half a unit of the last place written.
        scale: what the written number was multiplied by; of the value's shape, or 1.
    """

    id: str
    value: Array
    unit: Array
    scale: Any = 1.0


@dataclass(frozen=True)
class Named:
    """An entry and what it can mean.

    Attributes:
        entry: as written.
        readings: possible meanings, most likely first; () if the name says nothing or
            the shape fits nothing that it can mean.
        note: how it was understood, or why it is not read, where that is to be said.
        counted: whether it is judged within another entry.
    """

    entry: Entry
    readings: tuple[tuple[Part, ...], ...]
    note: str = ""
    counted: bool = False


@dataclass(frozen=True)
class Reading:
    """A whole file, read.

    Attributes:
        convention: under which it is read.
        named: one result per entry, in the order of the entries.
        stacked: whether an array of several gates, or one that a dialect lays, is in it.
        timed: whether a name in it says a time step that is counted from somewhere.
        arranged: whether an array over time or of a batch is in it, whose axes can be taken
            in several ways.
        precision: what the person says of it; None if the numbers are to tell.
    """

    convention: Convention
    named: tuple[Named, ...]
    stacked: bool
    timed: bool
    arranged: bool
    precision: Precision | None = None
