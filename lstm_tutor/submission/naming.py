"""Written numbers as quantities of a computation, under one convention.

What a name leaves open (the time step, for one) is a choice between few readings. Whether a
value is right is not said here; agreement only puts readings in order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.convention import Convention
from lstm_tutor.submission.fitting import Pair
from lstm_tutor.submission.meaning import Meaning, Target
from lstm_tutor.submission.misfit import misfit
from lstm_tutor.submission.named import Named, Part, Reading
from lstm_tutor.submission.names import Names
from lstm_tutor.submission.options import WORD, Option, Options
from lstm_tutor.submission.slots import Slot
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
MOST_READINGS = 32
_ABOUT = 0.02  # of a value: what is no more off was meant to be it
_COMPUTED = re.compile(r"[-+*/@%<>]|dot|outer|matmul|sum")


class Namer:
    """Reads entries under one convention."""

    def __init__(
        self, trace: Trace, names: Names, entries: Sequence[Entry], convention: Convention
    ) -> None:
        self._trace = trace
        self._names = names
        self._entries = entries
        self.convention = convention
        self._options = Options(trace, names, convention, self._near)

    def reading(self) -> Reading:
        """Read all entries."""
        found = [self._named(entry) for entry in self._entries]
        several = [entry for entry in self._entries if entry.value.size > 1]
        return Reading(
            self.convention,
            tuple(found),
            any(
                m.target.block or bool(m.target.stacked)
                for e in several
                for m in self.meanings(e)[:1]
            ),
            any(map(self.counts, self._entries)),
            any(self._arranged(entry) for entry in several),
        )

    def _named(self, entry: Entry) -> Named:
        readings = self._readings(entry)
        return Named(
            entry,
            readings,
            "" if readings else misfit(self._trace, self.meanings(entry)[:1], entry),
        )

    def meanings(self, entry: Entry) -> list[Meaning]:
        """Return what the name means; without one, what is shown in another arrangement."""
        dialect = self.convention.dialect
        if entry.name:
            return [self.counted(m) for m in self._names.meanings(dialect, entry.name)]
        if _COMPUTED.search(entry.source):
            return []
        words = dict.fromkeys(WORD.findall(entry.source))
        known = [word for word in words if self._names.meanings(dialect, word)]
        return list(self._names.meanings(dialect, known[0])) if len(known) == 1 else []

    def counted(self, meaning: Meaning) -> Meaning:
        """Return a meaning with its time step counted from 0."""
        if meaning.t is None or meaning.sure or not self.convention.first:
            return meaning
        return replace(meaning, t=meaning.t - self.convention.first)

    def counts(self, entry: Entry, t: int | None = None) -> bool:
        """Whether a name says a time step that some count from 1, or this very one."""
        dialect = self.convention.dialect
        found = self._names.meanings(dialect, entry.name)[:1] if entry.name else []
        said = [m.t for m in found if m.t is not None and not m.sure and m.target.timed]
        return bool(said) and (t is None or said[0] == t)

    def options(self, entry: Entry) -> list[Option]:
        """Return what an entry can mean under the convention, most likely first."""
        return self._options.of(entry, self.meanings(entry))

    def slots(self, target: Target, t: int | None) -> Iterator[list[Slot]]:
        """Yield the quantities of a target at a time step, in each sense it can have."""
        return self._options.at(target, t)

    def order_of(self, target: Target) -> list[int]:
        """Return the order in which a block's rows stand."""
        return self._options.order_of(target)

    def is_given(self, entry: Entry) -> bool:
        """Whether an entry would be a state before the first time step: nobody computes it."""
        found = self.meanings(entry)[:1]
        states = self._trace.scenario.cell.states
        return any(m.t == -1 and m.target.symbols[0] in states for m in found)

    def meanings_of(self, name: str) -> list[Meaning]:
        """Return what a name means in the file's dialect, its time step as written."""
        return self._names.meanings(self.convention.dialect, name)

    def is_whole(self, entry: Entry) -> bool:
        """Whether an entry has the size of what its name means as it stands."""
        pair = Pair(entry.value, entry.unit)
        every = (
            option
            for m in self.meanings(entry)
            for option in self._options.whole(m, pair, entry)
        )
        return next(every, None) is not None

    def varies(self, entry: Entry) -> bool:
        """Whether a convention about arrays can say something of an entry."""
        return any(
            (m.target.block and not m.target.stacked) or m.target.timed or entry.value.ndim == 2
            for m in self.meanings(entry)[:1]
        )

    def fit(self, entry: Entry) -> float:
        """Return how much of an entry is about right as it would be read."""
        found = self.options(entry)
        if not found:
            return 0.0
        whole = right = 0
        for part in found[0].parts:
            true = self._options.values[part.id]
            if part.value.shape != np.shape(true):
                return 0.0
            near = Pair(part.value, part.unit).near(true, _ABOUT)
            whole, right = whole + near.size, right + int(near.sum())
        return right / whole if whole else 0.0

    def _near(self, entry: Entry) -> int | None:
        """Return the time step that the names of an entry's cell mostly say."""
        return self._usual.get(entry.cell)

    @cached_property
    def _usual(self) -> dict[str, int]:
        """The time step that the names of each cell of the source mostly say."""
        found: dict[str, Counter[int]] = {}
        for entry in self._entries:
            for meaning in self.meanings(entry)[:1] if entry.name else ():
                if meaning.t is not None:
                    found.setdefault(entry.cell, Counter())[meaning.t] += 1
        return {cell: times.most_common(1)[0][0] for cell, times in found.items()}

    def _readings(self, entry: Entry) -> tuple[tuple[Part, ...], ...]:
        unique: dict[tuple[str, ...], tuple[Part, ...]] = {}
        for option in sorted(self.options(entry), key=lambda option: not option.agrees):
            unique.setdefault(tuple(part.id for part in option.parts), option.parts)
        return tuple(unique.values())[:MOST_READINGS]

    def _arranged(self, entry: Entry) -> bool:
        return entry.value.ndim > 1 and any(
            m.target.timed and m.t is None for m in self.meanings(entry)[:1]
        )
