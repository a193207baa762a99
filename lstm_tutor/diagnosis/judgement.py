"""What a person's numbers are, and what can be said of them, as data.

Also when a number is the same as another at the digits it was written with. How values
are judged is not here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Symbol
from lstm_tutor.diagnosis.working import Working
from lstm_tutor.execution.places import Places
from lstm_tutor.model.symbol import Id, old, parse

if TYPE_CHECKING:
    from lstm_tutor.mistakes.mistake import Edit, Mistake

Array: TypeAlias = NDArray[Any]
NOISE = 1e-10  # of a value, where two programs compute the same in another order
_EXACT = 1e-12  # of a value, within which no rounding shows
_DOUBLE = 15.0  # significant digits that a program of double precision keeps
_FEWEST = 2.0  # nobody works with fewer, whatever is written down
_SINGLE = 6.5  # and one of single precision
SURE = 0.99
_COARSE = 0.25  # of a value: half a unit of a single digit is at most this


class Status(StrEnum):
    """What is to be said of a value."""

    RIGHT = "right"
    ROUNDED = "right, rounded"
    GIVEN = "right given"
    COARSE = "too coarse"
    WRONG = "wrong"


@dataclass(frozen=True)
class Given:
    """One quantity as a person gives it.

    Attributes:
        id: which one: ``dC@0``, ``dW_a``; ``dW_a@1`` is one time step's term of the sum.
        value: in the quantity's shape, or in the shape that the person gave.
        unit: half a unit of the last place written, in the value's shape; 0 if exact.
        name: as the person wrote it.
        line: where, from 1; 0 if nowhere.
        cell: the part of the source it is from; values of later parts may replace it.
        scale: what the written number was multiplied by; in the value's shape, or 1.
    """

    id: str
    value: Array
    unit: Array
    name: str = ""
    line: int = 0
    cell: str = ""
    scale: Any = 1.0

    @cached_property
    def place(self) -> Id:
        """The symbol and time step."""
        return parse(self.id)


@dataclass(frozen=True)
class Diagnosis:
    """A mistake that explains a wrong value.

    Attributes:
        id: the value.
        mistake: the mistake.
        confidence: 0 to 1: how unlikely it is that the numbers agree by accident, shared
            among the mistakes that the numbers cannot tell apart.
        tied: whether the first mistake of the list explains the numbers no better.
        alternatives: how many mistakes explain the numbers equally well, this one included.
        operands: the person's values of the symbols in the wrong formula, if it is this
            value's own.
        besides: id of another wrong value, whose mistake is in this one too; "" if none is.
        decided_by: id of a value that would tell the first mistake from this one, or this
            one, if it is the first, from the next; "" if there is none.
    """

    id: str
    mistake: Mistake
    confidence: float
    tied: bool = False
    alternatives: int = 1
    operands: Mapping[Symbol, Array] = field(default_factory=dict)
    besides: str = ""
    decided_by: str = ""

    @property
    def edit(self) -> Edit:
        """The edit of the value's own equation, or else the first one."""
        symbol = parse(self.id).name
        own = (e for e in self.mistake.edits if e.place.name == symbol)
        timed = (e for e in self.mistake.edits if e.place.t is None)
        return next(own, next(timed, self.mistake.edits[0]))

    @property
    def here(self) -> bool:
        """Whether the mistake is in the value's own equation."""
        return old(self.edit.place.name) == old(parse(self.id).name)


@dataclass(frozen=True)
class Judgement:
    """What is to be said of one value.

    Attributes:
        given: the value.
        status: right or wrong, and how.
        expected: the right value.
        following: what the person's earlier values give, or what computes it.
        because: the id of the wrong value that this one follows from, or that was made
            by the same mistake.
        diagnoses: for a value that is wrong by itself, what explains it, best first.
        sought: whether that was looked for; where much is wrong, for the first ones.
    """

    given: Given
    status: Status
    expected: Array
    following: Array | Callable[[], Array]
    because: str = ""
    diagnoses: tuple[Diagnosis, ...] = ()
    sought: bool = True

    @cached_property
    def own(self) -> Array:
        """What the person's earlier values give."""
        return self.following() if callable(self.following) else self.following

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "following": self.own}


@dataclass(frozen=True)
class Verdicts:
    """The judgements, in the order of the computation within each part of the source."""

    judgements: tuple[Judgement, ...]

    @property
    def right(self) -> bool:
        """Whether no value is wrong, nor right only given a wrong one."""
        bad = (Status.WRONG, Status.GIVEN)
        return all(judgement.status not in bad for judgement in self.judgements)

    @cached_property
    def first_wrong(self) -> Judgement | None:
        """The first wrong value."""
        wrong = (item for item in self.judgements if item.status is Status.WRONG)
        return next(wrong, None)

    @property
    def diagnoses(self) -> list[Diagnosis]:
        """Every diagnosis, value by value, best first."""
        return [found for item in self.judgements for found in item.diagnoses]


def spread(unit: Any, shape: tuple[int, ...]) -> Array:
    """Return units in the shape of their values; one may stand for all."""
    unit = np.asarray(unit, dtype=float)
    return unit if unit.shape == shape else np.broadcast_to(unit, shape)


def joined(arrays: Sequence[Array]) -> Array:
    """Return the numbers of all arrays in a row."""
    return np.concatenate([array.reshape(-1) for array in arrays]) if arrays else np.zeros(0)


def working_precision(givens: Sequence[Given]) -> Working:
    """Say how precisely a person works, from how the values are written."""
    values = [np.asarray(given.value, dtype=float) for given in givens]
    pairs = zip(values, (given.unit for given in givens), strict=True)
    units = [spread(unit, value.shape) for value, unit in pairs]
    sizes, widths = np.abs(joined(values)), joined(units)
    fine = (widths > 0) & (widths < sizes) & np.isfinite(sizes)
    counts = np.floor(np.log10(sizes[fine])) + 1 - np.log10(2 * widths[fine])
    digits = float(np.median(counts)) if counts.size else _DOUBLE
    if _SINGLE < digits < _DOUBLE - 5:  # more digits than single precision has
        digits = _SINGLE
    return Working(max(_FEWEST, min(digits, _DOUBLE)))


def agrees(given: Given, value: Array, radius: Any = 0.0) -> bool:
    """Whether a value is the given one at the digits given, or within a radius more."""
    shown = np.asarray(given.value)
    if shown.size == value.size == np.size(given.unit) == np.size(radius) == 1:
        true, unit, more = (
            value.item(),
            np.asarray(given.unit).item(),
            np.asarray(radius).item(),
        )
        off = abs(shown.item() - true) - unit - more  # as below, without arrays
        return bool(math.isfinite(true) and off <= NOISE * abs(true))
    if shown.size < value.size:
        return False
    if value.ndim == 1 and shown.ndim == 2 and len(value) == shown.shape[0] < shown.size:
        spread = np.broadcast_to(value[:, None], shown.shape)  # a row's value in each column
        if agrees(given, np.array(spread), radius if np.ndim(radius) == 0 else np.max(radius)):
            return True
    if shown.size == value.size and shown.shape != value.shape:
        value = value.reshape(shown.shape)
    if np.ndim(radius):
        fits = np.size(radius) == value.size
        radius = np.reshape(radius, value.shape) if fits else np.max(radius)
    try:
        with np.errstate(invalid="ignore"):
            off = np.abs(shown - value) - given.unit - radius
            near = off <= NOISE * np.abs(value).max(initial=0.0)
            return bool((near & np.isfinite(value)).all())  # nothing is near infinity
    except ValueError:  # shapes that do not fit
        return False


def agreeing(given: Given, values: Array, radius: Any = 0.0) -> NDArray[np.bool_]:
    """Say of each of many values whether it is the given one; see `agrees`.

    Args:
        given: what a person gives.
        values: (lanes, …), each in the quantity's shape.
        radius: how far each may be off.
    """
    shown = np.asarray(given.value)
    if shown.shape != values.shape[1:]:
        return np.array([agrees(given, value, radius) for value in values], dtype=bool)
    flat = values.reshape(len(values), -1)
    if np.ndim(radius):
        radius = np.ravel(radius) if np.size(radius) == flat.shape[1] else np.max(radius)
    unit = spread(given.unit, shown.shape).reshape(-1)
    with np.errstate(invalid="ignore"):
        off = np.abs(shown.ravel() - flat) - unit - radius
        noise = NOISE * np.abs(flat).max(axis=1, initial=0.0, keepdims=True)
        return np.asarray(((off <= noise) & np.isfinite(flat)).all(axis=1))


def agreeing_each(
    givens: Sequence[Given],
    values: Sequence[Array],
    radii: Sequence[Any] | float = 0.0,
    *,
    lanes: int = 0,
) -> NDArray[np.bool_]:
    """Say of each of many values given of one symbol whether it is as it should be.

    Args:
        givens: what a person gives.
        values: what each should be, (…) or for many lanes (lanes, …), all with as many.
        radii: how far each may be off.
        lanes: 1 if the values are of many lanes; a person may give another shape than theirs.

    Returns:
        (givens,) or (givens, lanes); see `agrees`.
    """
    shape = np.shape(givens[0].value)
    lists = [radii] * len(givens) if isinstance(radii, float) else radii
    sizes = {1, int(np.prod(shape))}
    alike = (
        all(np.shape(given.value) == shape for given in givens)
        and all(np.shape(value)[lanes:] == shape for value in values)
        and sizes.issuperset(map(np.size, lists))
        and sizes.issuperset(np.size(given.unit) for given in givens)
    )
    if not alike:
        test: Any = agreeing if lanes else agrees
        return np.array(list(map(test, givens, values, lists)))

    def rows(parts: Iterable[Any]) -> Array:
        flat = [np.asarray(part).reshape(-1) for part in parts]
        if len({len(part) for part in flat}) > 1:
            flat = [np.broadcast_to(part, max(sizes)) for part in flat]
        return np.array(flat)

    shown = rows(given.value for given in givens)[:, None]
    slack = (rows(given.unit for given in givens) + rows(lists))[:, None]
    found = np.array(values).reshape(len(givens), -1, max(sizes))
    with np.errstate(invalid="ignore"):
        noise = NOISE * np.abs(found).max(axis=-1, initial=0.0, keepdims=True)
        near = (np.abs(shown - found) - slack <= noise) & np.isfinite(found)
    return np.asarray(near.all(axis=-1) if lanes else near.all(axis=-1)[:, 0])


def coarse(radius: Any, expected: Array) -> bool:
    """Whether so little is known of a value that a wrong one would look the same."""
    size = np.max(np.abs(expected), initial=0.0)
    return bool(size > 0 and np.min(radius) > _COARSE * size)


def of_right(given: Given, expected: Array) -> Status:
    """Return how a value stands that agrees with the right one: what is exactly right is
    right however short it is written.
    """
    value = np.asarray(given.value, dtype=float).reshape(-1)
    right = expected.reshape(-1)
    exact = value.size == right.size and np.all(np.abs(value - right) <= _EXACT * np.abs(right))
    return Status.RIGHT if exact or not coarse(given.unit, expected) else Status.COARSE


def by_symbol(givens: Iterable[Given]) -> Iterable[list[Given]]:
    """Return values together that are of the same symbol, at time steps or not."""
    found: dict[tuple[str, bool], list[Given]] = {}
    for given in givens:
        found.setdefault((given.place.name, given.place.t is None), []).append(given)
    return found.values()


def by_place(givens: Iterable[Given], places: Places) -> dict[Id, Array]:
    """Return given values by place, in the quantities' shapes where they fit."""
    return {given.place: _shaped(given, places) for given in givens}


def _shaped(given: Given, places: Places) -> Array:
    value = np.asarray(given.value, dtype=float)
    base = places.base(given.place)
    return value.reshape(base.shape) if value.size == base.size else value


def unit_of(given: Given, places: Places, working: Working) -> Array:
    """Return half a unit of the last place of a given value, in the quantity's shape.

    What is exactly right is as precise as the person works, however short it is written.
    """
    value, unit = _shaped(given, places), np.asarray(given.unit, dtype=float)
    if unit.size != value.size:
        return np.asarray(unit.max())
    unit, base = unit.reshape(value.shape), places.base(given.place)
    if value.shape != base.shape:
        return unit
    exact = np.abs(value - base) <= _EXACT * np.abs(base)
    return np.where(exact, np.minimum(unit, working.radius(value)), unit)


def sure(diagnosis: Diagnosis) -> bool:
    """Whether chance is out of the question, ties left aside."""
    return diagnosis.confidence * max(1, diagnosis.alternatives) >= SURE
