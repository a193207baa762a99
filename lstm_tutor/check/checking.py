"""From what a person wrote to what is to be said of it: reading, naming, judging.

A number whose name says nothing is looked for by its value. Nothing that was written is
dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.check.precise import Precisely
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Given, Verdicts, agrees
from lstm_tutor.model.symbol import Id, parse
from lstm_tutor.numbers.written import Entry, Ignored, Submission
from lstm_tutor.submission.arithmetic import ARITHMETIC
from lstm_tutor.submission.choosing import reading
from lstm_tutor.submission.convention import Asked
from lstm_tutor.submission.named import Named, Part, Reading
from lstm_tutor.submission.names import Names

if TYPE_CHECKING:
    from lstm_tutor.check.order import GateOrder

Array: TypeAlias = NDArray[Any]
_NO_NAME = "no quantity of this scenario has this name and shape"
_ABOUT = 1e-9  # of a value: no less than two equal ones can differ
_OFTEN = 20  # a log that prints a loss again and again is no computation
_BY_VALUE = 1e-3  # of a value: what is written more coarsely is not looked for by value


@dataclass(frozen=True)
class Remark:
    """How an entry was understood, where its name alone did not say it.

    Attributes:
        entry: as written.
        text: what to say of it.
    """

    entry: Entry
    text: str


@dataclass(frozen=True)
class Checked:
    """Everything that a person wrote, judged or named as not recognised.

    Attributes:
        verdicts: the judgements.
        unrecognised: entries that are not judged, and why.
        ignored: what is no number.
        remarks: how some entries were understood.
        remedy: what would make values that are too coarse to tell more precise.
        order: in which other order gates stand, if that explains wrong values.
        reading: the convention under which all was read.
        precision: how precisely it is written, in words.
    """

    verdicts: Verdicts
    reading: Reading
    precision: str
    unrecognised: tuple[Remark, ...]
    ignored: tuple[Ignored, ...]
    remarks: tuple[Remark, ...]
    remedy: str
    order: GateOrder | None = None

    @property
    def right(self) -> bool:
        """Whether nothing is wrong, and something was judged."""
        return self.verdicts.right and bool(self.verdicts.judgements)


def checked(tutor: Tutor, submission: Submission, asked: Asked | None = None) -> Checked:
    """Judge what a person wrote against a computation.

    Args:
        tutor: of the computation.
        submission: what was written.
        asked: how the person wants it read, where the file is not to tell.
    """
    read = reading(tutor.trace, submission.entries, asked)
    return _Check(tutor, read).result(submission.ignored)


class _Check:
    def __init__(self, tutor: Tutor, read: Reading) -> None:
        self._tutor = tutor
        self._read = read
        self._remarks: list[Remark] = []
        self._counts: Counter[tuple[str, str]] = Counter()

    def result(self, ignored: Sequence[Ignored]) -> Checked:
        givens: list[Given] = []
        unknown = []
        for name in self._read.named:
            readings = [one for one in name.readings if self._known(one)]
            chosen = self._chosen(name, readings)
            if chosen:
                if name.note and readings:
                    self._remark(name.entry, name.note)
                if self._again(name.entry, chosen):
                    givens += [_given(part, name.entry) for part in chosen]
            elif not name.counted:
                unknown.append(Remark(name.entry, name.note or _NO_NAME))
        precise = Precisely(givens, self._tutor.places, self._read.precision)
        report = self._tutor.diagnose(precise.givens, precise.working)
        said, half, order = precise.said, precise.half, None
        if report.first_wrong is not None:
            from lstm_tutor.check.coarser import coarser
            from lstm_tutor.check.order import in_one_order

            right = report
            report, order = in_one_order(
                self._tutor.trace, right, self._dialect_of, precise.working
            )
            sure = half or self._read.precision is not None or order is not None
            found = None if sure else coarser(self._tutor, precise, right)
            if found:
                arithmetic, report = ARITHMETIC[found[0]], found[1]
                said = f"{said}, worked to about {arithmetic.said}"
                half = bool(arithmetic.step)
        return Checked(
            report,
            self._read,
            said,
            tuple(unknown),
            tuple(ignored),
            tuple(self._remarks),
            "compute in float32" if half else "give more digits",
            order,
        )

    def _dialect_of(self, name: str) -> str:
        """Return whose order of gates an array has, by its name or as the file does."""
        convention = self._read.convention
        found = Names(self._tutor.trace, ()).meanings(convention.dialect, name)[:1]
        own = [meaning.target.stacked for meaning in found if meaning.target.stacked]
        return own[0] if own else convention.stacked

    def _again(self, entry: Entry, reading: tuple[Part, ...]) -> bool:
        """Whether a quantity was not yet given too often in one part of the source."""
        key = entry.cell, reading[0].id
        self._counts[key] += 1
        count = self._counts[key]
        if count == _OFTEN + 1:
            text = f"given more than {_OFTEN} times; only the first {_OFTEN} are judged"
            self._remark(entry, text)
        return count <= _OFTEN

    def _known(self, reading: tuple[Part, ...]) -> bool:
        return all(parse(part.id) in self._tutor.places for part in reading)

    def _chosen(self, name: Named, readings: Sequence[tuple[Part, ...]]) -> tuple[Part, ...]:
        """Return the reading whose numbers are right; else the likeliest."""
        entry = name.entry
        for one in readings:
            if all(self._right(_given(part, entry)) for part in one):
                return one
        if readings:
            return readings[0]
        found = None if name.counted else self._by_value(entry)
        if found and name.note and self._is_given(found):
            return ()  # numbers of another name and size are not someone's inputs
        if found:
            self._remark(entry, f"recognised by its value as {found.id}")
        return (found,) if found else ()

    def _is_given(self, part: Part) -> bool:
        scenario = self._tutor.trace.scenario
        return parse(part.id).name in {*scenario.series, *scenario.parameters}

    def _remark(self, entry: Entry, text: str) -> None:
        self._remarks.append(Remark(entry, text))

    def _right(self, given: Given) -> bool:
        return agrees(given, self._tutor.places.base(given.place))

    @cached_property
    def _bases(self) -> Mapping[int, tuple[list[Id], Array]]:
        """All values of the computation, by size, with one row each."""
        whole = self._tutor.places
        places: dict[int, list[Id]] = {}
        for place in whole.places():
            places.setdefault(whole.base(place).size, []).append(place)
        return {
            size: (found, np.array([whole.base(place).ravel() for place in found]))
            for size, found in places.items()
        }

    def _near(self, entry: Entry) -> list[Id]:
        """Return the places of an entry's size whose values are about the same."""
        places, rows = self._bases.get(np.size(entry.value), ([], np.empty((0, 0))))
        if not places:
            return []
        off = np.abs(rows - entry.value.ravel()) - entry.unit.ravel()
        near = (off <= _ABOUT * np.abs(rows).max(axis=1, keepdims=True)).all(axis=1)
        return [places[number] for number in np.flatnonzero(near)]

    def _by_value(self, entry: Entry) -> Part | None:
        """Return the only quantity that has the value of an entry without a known name."""
        size = np.max(np.abs(entry.value), initial=0.0)
        if not np.isfinite(size) or size == 0 or np.max(entry.unit) > _BY_VALUE * size:
            return None
        whole = self._tutor.places
        found = [
            place
            for place in self._near(entry)
            if agrees(Given(str(place), entry.value, entry.unit), whole.base(place))
        ]
        if len({whole.base(place).tobytes() for place in found}) != 1:
            return None
        return Part(str(found[0]), np.asarray(entry.value), np.asarray(entry.unit))


def _given(part: Part, entry: Entry) -> Given:
    return Given(
        *(part.id, part.value, part.unit, entry.name, entry.line, entry.cell),
        scale=part.scale,
    )
