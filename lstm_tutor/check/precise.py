"""The kind of precision of each part of a source, and what follows for its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.diagnosis.judgement import Given, joined, spread, working_precision
from lstm_tutor.diagnosis.working import Working
from lstm_tutor.execution.places import Places
from lstm_tutor.submission.arithmetic import ARITHMETIC, FLOAT32
from lstm_tutor.submission.halves import halves
from lstm_tutor.submission.precision import (
    DECIMALS,
    DIGITS,
    HALVES,
    Precision,
    Sample,
    chosen_precision,
)

Array = NDArray[Any]
_Group: TypeAlias = tuple[str, bool, str]
_FULL = 1e-14  # of a number: what is written in full is no more off


class Precisely:
    """Values with the precision of the part that they stand in.

    Attributes:
        givens: the values, with how far each can be off by being written.
        working: how precisely the person works.
        said: how precisely most values are written, in words.
        half: whether the numbers themselves, or the person, say that the arithmetic was that
            of a type of few bits.
    """

    def __init__(
        self, givens: Sequence[Given], places: Places, asked: Precision | None
    ) -> None:
        """Take the values, the right program, and what the person says of the precision."""
        self._places = places
        types = {} if asked is not None else self._types(givens)
        groups: dict[_Group, list[Given]] = {}
        of = [_group(given, types) for given in givens]
        for group, given in zip(of, givens, strict=True):
            groups.setdefault(group, []).append(given)
        chosen = {group: self._chosen(group, held, asked) for group, held in groups.items()}
        pairs = zip(of, givens, strict=True)
        self.givens = [_precise(given, *chosen[group]) for group, given in pairs]
        if asked is None:  # a program's type bounds what it prints in fewer digits too
            own = [chosen.get((given.cell, True, ""), (None, False))[0] for given in givens]
            self.givens = [_typed(*pair) for pair in zip(self.givens, own, strict=True)]
        counts: dict[Precision, int] = {}
        telling = [group for group, held in groups.items() if any(map(_tells, held))]
        for group in telling or chosen:
            kind = chosen[group][0]
            counts[kind] = counts.get(kind, 0) + len(groups[group])
        usual = max(counts, key=lambda kind: counts[kind], default=None)
        others = ", elsewhere others" if len(counts) > 1 else ""
        self.said = f"{usual.said()}{others}" if usual else ""
        self.working = _working(self.givens, usual)
        found = next((kind for kind in HALVES if kind in types.values()), "")
        worked = (usual.worked if usual else "") or found
        self.half = bool(self.working.step) or bool(worked)
        if worked and usual and usual.kind != worked:
            self.said = self.said if usual.worked else f"{self.said}, worked in {worked}"
            self.working = worked_in(worked, self.working)

    def _types(self, givens: Sequence[Given]) -> dict[tuple[str, str], str]:
        """Return the types of two bytes that quantities have, by parts of the source."""
        held: dict[str, dict[str, list[Given]]] = {}
        for given in givens:
            held.setdefault(given.cell, {}).setdefault(given.place.name, []).append(given)
        return {
            (cell, name): kind
            for cell, named in held.items()
            for name, kind in halves(
                {name: self._sample(members) for name, members in named.items()}
            ).items()
        }

    def _chosen(
        self, group: _Group, held: Sequence[Given], asked: Precision | None
    ) -> tuple[Precision, bool]:
        if asked is not None:
            return asked, False
        half = group[2]
        return (Precision(half), False) if half else chosen_precision(self._sample(held))

    def _sample(self, group: Sequence[Given]) -> Sample:
        values, units, trues = [], [], []
        for given in group:
            scale = _scale(given)
            value = np.asarray(given.value, dtype=float) / scale
            true = self._places.base(given.place) / scale
            values.append(value)
            units.append(spread(given.unit, value.shape) / np.abs(scale))
            trues.append(true if true.size == value.size else np.full(value.size, np.nan))
        return Sample(*map(joined, (values, units, trues)))


def _precise(given: Given, kind: Precision, own: bool) -> Given:
    """Return a value with how far it can be off; by its own text, or by the kind."""
    if own:
        return replace(given, unit=given.unit * (2 if kind.down else 1))
    scale = _scale(given)
    unit = kind.unit(given.value / scale) * np.abs(scale)
    return replace(given, unit=np.maximum(unit, given.unit) if kind.stored else unit)


def _group(given: Given, types: Mapping[tuple[str, str], str]) -> _Group:
    """Return the part of the source that a value is in, whether it is written in full, and
    its type of two bytes: programs print numbers in full beside arrays that are rounded.
    """
    half = types.get((given.cell, given.place.name), "")
    if half:
        return given.cell, False, half
    size = np.abs(np.asarray(given.value, dtype=float))
    unit = spread(given.unit, size.shape)
    return given.cell, bool(unit.any() and (unit <= _FULL * size).all()), ""


def _tells(given: Given) -> bool:
    """Whether a value says something of its precision; a plain 0 does not."""
    return bool(np.any((np.asarray(given.unit) > 0) & (np.asarray(given.value) != 0)))


def _typed(given: Given, kind: Precision | None) -> Given:
    """Return a value of a program whose numbers are of a type."""
    if kind is None or kind.kind not in (FLOAT32, *HALVES):
        return given
    scale = _scale(given)
    unit = kind.unit(given.value / scale) * np.abs(scale)
    return replace(given, unit=np.maximum(unit, given.unit))


def _scale(given: Given) -> Any:
    """Return what a written number was multiplied by, 1 for 0."""
    if isinstance(given.scale, float):
        return given.scale or 1.0
    return np.where(np.asarray(given.scale) == 0, 1.0, given.scale)


def _working(givens: Sequence[Given], usual: Precision | None) -> Working:
    """Say how precisely a person works: as most values are written."""
    if usual is None:
        return working_precision(givens)
    if usual.stored:
        typed = ARITHMETIC[usual.kind]
        return Working(usual.digits, typed=True, step=typed.step, least=typed.least)
    found = working_precision(givens)
    if usual.kind == DECIMALS and usual.number <= 12:
        down = np.log10(2) if usual.down else 0
        return Working(found.digits, usual.number - down)
    if usual.kind == DIGITS and usual.down:
        return Working(min(found.digits, usual.digits))
    return found


def worked_in(kind: str, written: Working) -> Working:
    """Return how precisely a program works in a type, and writes no more precisely."""
    typed = ARITHMETIC[kind]
    place = 0.5 * 10.0**-written.decimals if written.decimals is not None else 0.0
    digits, least = min(typed.digits, written.digits), max(typed.least, place)
    return Working(digits, typed=True, step=typed.step, least=least)
