"""Written numbers as quantities of a computation, under one convention.

What a name leaves open (the time step, for one) is a choice between few readings. Whether a
value is right is not said here; agreement only puts readings in order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.model.symbol import INPUT, LABEL, new, parse
from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.clock import Clock, counted
from lstm_tutor.submission.convention import GRADIENT, ITSELF, Convention
from lstm_tutor.submission.fitting import Pair, distance, part_fit
from lstm_tutor.submission.gates import Gates
from lstm_tutor.submission.meaning import Meaning, Target
from lstm_tutor.submission.misfit import misfit
from lstm_tutor.submission.named import Named, Part, Reading
from lstm_tutor.submission.names import Names
from lstm_tutor.submission.options import WORD, Option, Options
from lstm_tutor.submission.places import NOWHERE, Places
from lstm_tutor.submission.preferred import Preferred, preferred
from lstm_tutor.submission.slots import Slot
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
MOST_READINGS = 32
_EXACTLY = 1e-6  # of a value, beyond its last place
_ABOUT = 0.02  # of a value: what is no more off was meant to be it
_ROUNDED = 10.0  # units by which rounded numbers that were carried on may differ
_GIVEN = ((INPUT,), (LABEL,))
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
        self._gates = Gates(trace)
        self._options = Options(trace, names, convention, Clock(names, entries, convention))
        self._found: dict[int, list[Option]] = {}
        self._fits: dict[int, float] = {}

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
            found = [self.counted(m) for m in self._names.meanings(dialect, entry.name)]
            found = self._preferred.of(found) if len(found) > 1 else found
            found = self._given_last(entry, found) if len(found) > 1 else found
            found = self._at_outputs(found) if self.convention.at_output else found
            return self._of_held(entry, found) if self.convention.held != ITSELF else found
        if _COMPUTED.search(entry.source):
            return []
        words = dict.fromkeys(WORD.findall(entry.source))
        known = [word for word in words if self._names.meanings(dialect, word)]
        return list(self._names.meanings(dialect, known[0])) if len(known) == 1 else []

    @cached_property
    def _preferred(self) -> Preferred:
        """What names mean of several quantities, where another name means the first too."""

        def fit(entry: Entry, meanings: Sequence[Meaning]) -> float:
            return self._fit(self._options.of(entry, meanings), entry)

        named = [
            (entry, [self.counted(m) for m in self._meant(entry.name)])
            for entry in self._entries
            if entry.name
        ]
        return preferred(named, self._names.plain, fit)

    def _meant(self, name: str) -> list[Meaning]:
        return self._names.meanings(self.convention.dialect, name)

    def _at_outputs(self, meanings: list[Meaning]) -> list[Meaning]:
        """Return meanings where gates' gradients are those at their outputs: as a step has
        it, or to be brought before the gate.
        """
        moved = []
        for meaning in meanings:
            target = meaning.target
            there = self._gates.at_output(target.symbols[0]) if target.at_gate else ""
            if there:
                target = replace(target, symbols=(there,), at_gate=False)
            moved.append(replace(meaning, target=target))
        return list(dict.fromkeys(moved))

    def _given_last(self, entry: Entry, meanings: list[Meaning]) -> list[Meaning]:
        """Return meanings with inputs and labels last, unless the number is one, which nobody
        computes: y is a score, too, and input a gate.
        """
        labels = [m for m in meanings if m.target.symbols in _GIVEN]
        others = [m for m in meanings if m.target.symbols not in _GIVEN]
        if not labels or not others:
            return meanings
        right = any(option.agrees for option in self._options.of(entry, labels))
        return [*labels, *others] if right else [*others, *labels]

    def _of_held(self, entry: Entry, meanings: list[Meaning]) -> list[Meaning]:
        """Return meanings where parameters are their gradients or new values, unless the
        number is the parameter, which nobody computes.
        """
        if not any(map(self.is_parameter, meanings[:1])):
            return meanings
        if any(option.agrees for option in self._options.of(entry, meanings)):
            return meanings
        cell, known = self._trace.scenario.cell, self._trace.parameters
        moved_to = cell.gradient if self.convention.held == GRADIENT else new
        moved = []
        for meaning in filter(self.is_parameter, meanings):
            symbols = tuple(map(moved_to, meaning.target.symbols))
            if all(symbol in known for symbol in symbols):
                target = replace(meaning.target, symbols=symbols, half=frozenset())
                moved.append(replace(meaning, target=target))
        if meanings[0].target.half and not self._fit(self._options.of(entry, moved), entry):
            return meanings  # of a half that is given alone nothing can be said
        return moved + meanings

    def is_parameter(self, meaning: Meaning) -> bool:
        """Whether a name is that of parameters, which are given."""
        given = self._trace.scenario.parameters
        return meaning.t is None and all(symbol in given for symbol in meaning.target.symbols)

    def counted(self, meaning: Meaning) -> Meaning:
        """Return a meaning with its time step counted from 0."""
        return counted(meaning, self.convention)

    def counts(self, entry: Entry, t: int | None = None) -> bool:
        """Whether a name says a time step that some count from 1, or this very one."""
        dialect = self.convention.dialect
        found = self._names.meanings(dialect, entry.name)[:1] if entry.name else []
        said = [m.t for m in found if m.t is not None and not m.sure and m.target.timed]
        return bool(said) and (t is None or said[0] == t)

    def options(self, entry: Entry) -> list[Option]:
        """Return what an entry can mean under the convention, most likely first."""
        if id(entry) not in self._found:
            self._found[id(entry)] = self._all_options(entry)
        return self._found[id(entry)]

    def _all_options(self, entry: Entry) -> list[Option]:
        meanings = self.meanings(entry)
        found = self._options.of(entry, meanings)
        if not self.convention.at_output or not any(m.target.at_gate for m in meanings):
            return found
        return [self._options.option(map(self._before, option.parts)) for option in found]

    def _before(self, part: Part) -> Part:
        return self._gates.before(part, self._own_gates)

    def _off(self, part: Part, units: float) -> bool:
        true = self._options.values[part.id]
        if part.value.shape != true.shape:
            return False
        return units < 0 or not Pair(part.value, part.unit * units).agrees(true)

    @cached_property
    def _own_gates(self) -> dict[str, Array]:
        """The person's values of gates by id, where they are others than the true ones."""
        gates = self._trace.scenario.cell.gates
        return self.values_of(lambda target: target.symbols[0] in gates, _ROUNDED)

    def values_of(
        self, wanted: Callable[[Target], bool], units: float = -1.0
    ) -> dict[str, Array]:
        """Return the numbers given for some targets as they are read first, by id, in their
        true shapes; only those that are further from the true ones than so many units.
        """
        found: dict[str, Array] = {}
        for entry in self._entries:
            if any(wanted(meaning.target) for meaning in self.meanings(entry)[:1]):
                for option in self.options(entry)[:1]:
                    found |= {
                        part.id: part.value for part in option.parts if self._off(part, units)
                    }
        return found

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

    @property
    def batched(self) -> bool:
        """Whether signals have an axis for the sequences of a batch."""
        return self._trace.scenario.batch is not None

    def places(self, entry: Entry) -> Places:
        """Return what an entry's name says beside its quantity and time step."""
        return self._names.places(entry.name) if entry.name else NOWHERE

    def meanings_of(self, name: str) -> list[Meaning]:
        """Return what a name means in the file's dialect, its time step as written."""
        return self._meant(name)

    def is_whole(self, entry: Entry) -> bool:
        """Whether an entry has the size of what its name means as it stands."""
        pair = Pair(entry.value, entry.unit)
        every = (
            option
            for m in self.meanings(entry)
            for option in self._options.whole(m, pair, entry)
        )
        return next(every, None) is not None

    def told_apart(self) -> bool:
        """Whether other names say the gradient before a gate that is also named by the gate."""
        said: dict[bool, set[tuple[tuple[str, ...], int | None]]] = {True: set(), False: set()}
        for entry in self._entries:
            for meaning in self.meanings(entry)[:1]:
                if not meaning.sure:
                    said[meaning.target.at_gate].add((meaning.target.symbols, meaning.t))
        return bool(said[True] & said[False])

    def follows(self) -> bool:
        """Whether more of the parameters' gradients follow from gates' gradients as they are
        given than from those brought before the gates.
        """
        cell = self._trace.scenario.cell
        gradients = set(map(cell.gradient, cell.parameters))
        own = self.values_of(lambda target: target.at_gate)
        given = [
            (part.id, Pair(part.value, part.unit))
            for entry in self._entries
            for meaning in self.meanings(entry)[:1]
            if meaning.target.symbols[0] in gradients
            for option in self.options(entry)[:1]
            for part in option.parts
            if parse(part.id).t is None
        ]
        as_they_are, brought = self._gates.follow(own, given)
        return as_they_are > brought

    def varies(self, entry: Entry) -> bool:
        """Whether a convention about arrays can say something of an entry."""
        return any(
            (m.target.block and not m.target.stacked) or m.target.timed or entry.value.ndim == 2
            for m in self.meanings(entry)[:1]
        )

    def near(self, entry: Entry) -> float:
        """Return how much of an entry is right to a rounding as it would be read: a parameter
        and its new value are too alike for less.
        """
        return self._fit(self.options(entry), entry, _EXACTLY)

    def off(self, entry: Entry) -> float:
        """Return how far an entry is off as it would be read; infinite if it is not read."""
        pairs = (
            (part.value, np.asarray(self._options.values[part.id]))
            for option in self.options(entry)[:1]
            for part in option.parts
        )
        return sum((distance(*pair) for pair in pairs), start=0.0) or np.inf

    def fit(self, entry: Entry) -> float:
        """Return how much of an entry is about right as it would be read."""
        if id(entry) not in self._fits:
            self._fits[id(entry)] = self._fit(self.options(entry), entry)
        return self._fits[id(entry)]

    def _fit(self, found: Sequence[Option], entry: Entry, little: float = _ABOUT) -> float:
        if not found:
            return 0.0
        whole = right = 0
        for part in found[0].parts:
            true, pair = self._options.values[part.id], Pair(part.value, part.unit)
            if part.value.shape != np.shape(true):
                batched = self.batched and parse(part.id).t is not None
                return part_fit(pair, np.asarray(true), self.places(entry), _ABOUT, batched)
            near = pair.near(true, little)
            whole, right = whole + near.size, right + int(near.sum())
        return right / whole if whole else 0.0

    def _readings(self, entry: Entry) -> tuple[tuple[Part, ...], ...]:
        unique: dict[tuple[str, ...], tuple[Part, ...]] = {}
        for option in sorted(self.options(entry), key=lambda option: not option.agrees):
            unique.setdefault(tuple(part.id for part in option.parts), option.parts)
        return tuple(unique.values())[:MOST_READINGS]

    def _arranged(self, entry: Entry) -> bool:
        return entry.value.ndim > 1 and any(
            m.target.timed and m.t is None for m in self.meanings(entry)[:1]
        )
