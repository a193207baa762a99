"""Written numbers as quantities of a computation, under one convention.

What a name leaves open (the time step, for one) is a choice between few readings. Whether a
value is right is not said here; agreement only puts readings in order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.execution.computation import Series
from lstm_tutor.model.equation import Role
from lstm_tutor.model.symbol import Id, bare, layer_of, new
from lstm_tutor.numbers.numeral import shape_text
from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.convention import Convention, gate_order
from lstm_tutor.submission.fitting import Pair, is_part, matrix, series
from lstm_tutor.submission.names import Names
from lstm_tutor.submission.precision import Precision
from lstm_tutor.submission.spelling import Meaning, Target
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
MOST_READINGS = 32
_MOST_TIMES = 8  # time steps that are tried for a name without one, besides those that agree
_ABOUT = 0.02  # of a value: what is no more off was meant to be it
_WORD = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
_COMPUTED = re.compile(r"[-+*/@%<>]|dot|outer|matmul|sum")


@dataclass(frozen=True)
class Part:
    """One quantity of what a person wrote.

    Attributes:
        id: ``da@0``, ``dW_a``, ``W_a'``; ``dW_a@1`` is one time step's term of the sum.
        value: in the quantity's true shape; as written where its size is another.
        unit: of the same shape as the value, half a unit of the last place written.
    """

    id: str
    value: Array
    unit: Array


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


@dataclass(frozen=True)
class Slot:
    """A quantity that can be meant: its id and true value."""

    id: str
    value: Array


@dataclass(frozen=True)
class _Option:
    """A reading, and whether its numbers are the true ones."""

    parts: tuple[Part, ...]
    agrees: bool


class Namer:
    """Reads entries under one convention."""

    def __init__(
        self, trace: Trace, names: Names, entries: Sequence[Entry], convention: Convention
    ) -> None:
        self._trace = trace
        self._names = names
        self._entries = entries
        self.convention = convention
        self._symbols = set(trace.symbols())
        self._terms: dict[str, list[Array]] = {}

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
        return Named(entry, readings, "" if readings else self._misfit(entry))

    def _misfit(self, entry: Entry) -> str:
        """Say why an entry whose name is known is not read: what its size is, and should be."""
        for meaning in self.meanings(entry)[:1] if entry.name else ():
            target = meaning.target
            for symbol in target.symbols:
                series_ = self._trace.signals.get(symbol)
                if target.timed and series_ is not None:
                    if meaning.t is not None and not series_.has(meaning.t):
                        return f"{symbol} has no time step {meaning.t}, counted from 0"
                    shape = series_.values.shape[1:]
                elif symbol in self._trace.parameters:
                    shape = np.shape(self._trace.parameters[symbol])
                else:
                    continue
                gates = (len(target.symbols),) if target.block else ()
                have, want = shape_text(entry.value.shape), shape_text((*gates, *shape))
                name = self._block_of(target)
                at_one = " at one time step" if target.timed else ""
                return f"it has {have} entries; {name} has {want}{at_one}"
        return ""

    def _block_of(self, target: Target) -> str:
        """Return the block that a target is; its first symbol where it is none."""
        every = (e for section in self._trace.program.sections for e in section.equations)
        block = (e.target for e in every if e.parts == target.symbols)
        return next(block, target.symbols[0])

    def meanings(self, entry: Entry) -> list[Meaning]:
        """Return what the name means; without one, what is shown in another arrangement."""
        dialect = self.convention.dialect
        if entry.name:
            return [self.counted(m) for m in self._names.meanings(dialect, entry.name)]
        if _COMPUTED.search(entry.source):
            return []
        words = dict.fromkeys(_WORD.findall(entry.source))
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
        every = (option for m in self.meanings(entry) for option in self._whole(m, pair, entry))
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
            true = self._true(part.id)
            if part.value.shape != np.shape(true):
                return 0.0
            near = Pair(part.value, part.unit).near(true, _ABOUT)
            whole, right = whole + near.size, right + int(near.sum())
        return right / whole if whole else 0.0

    def _true(self, id_: str) -> Array:
        return self._values[id_]

    @cached_property
    def _values(self) -> dict[str, Array]:
        return {}

    @cached_property
    def _near(self) -> dict[str, int]:
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

    def options(self, entry: Entry) -> list[_Option]:
        """Return what an entry can mean under the convention, most likely first."""
        pair = Pair(entry.value, entry.unit)
        meanings = self.meanings(entry)
        kinds: tuple[Callable[[Meaning, Pair, Entry], Iterator[_Option]], ...] = (
            self._whole,
            self._members,
            self._partial,
        )
        for kind in kinds:
            found = [option for meaning in meanings for option in kind(meaning, pair, entry)]
            if found:
                return found
        return []

    def _whole(self, meaning: Meaning, pair: Pair, entry: Entry) -> Iterator[_Option]:
        """Yield the readings in which the value has the size of what is meant."""
        target = meaning.target
        if target.last:
            yield from self._last(target, pair)
        elif meaning.every:
            yield from self._sequences(target, pair)
        elif meaning.t is None and target.timed:
            for t in self._times(target, pair, entry):
                yield from self._at(target, t, pair)
            yield from self._sequences(target, pair)
        else:
            yield from self._at(target, meaning.t, pair, sure=meaning.sure)

    def _last(self, target: Target, pair: Pair) -> Iterator[_Option]:
        """Yield the states of all layers at the ends of their sequences."""
        cell, steps = self._trace.scenario.cell, self._trace.scenario.steps
        times = [0 if symbol in cell.late else steps - 1 for symbol in target.symbols]
        slots = [self._signal(s, t) for s, t in zip(target.symbols, times, strict=True)]
        for found in _complete(slots):
            yield from self._shaped(found, target, pair)

    def _at(
        self, target: Target, t: int | None, pair: Pair, *, sure: bool = False
    ) -> Iterator[_Option]:
        for slots in self.slots(target, t, sure=sure):
            yield from self._shaped(slots, target, pair)

    def _shaped(self, slots: list[Slot], target: Target, pair: Pair) -> Iterator[_Option]:
        shape = np.shape(slots[0].value)
        gates = (len(slots),) if target.block else ()
        if target.timed:
            form = series(pair, (), gates, shape, self.convention.axes)
        else:
            turned = target.transposed != (self.convention.turned and not target.stacked)
            form = matrix(pair, (*gates, *shape), turned=turned)
        if form is None:
            return
        if not target.block:
            yield self._option(slots, [form])
        else:
            yield self._option([slots[row] for row in self.order_of(target)], form.rows())

    def slots(
        self, target: Target, t: int | None, *, sure: bool = False
    ) -> Iterator[list[Slot]]:
        """Yield the quantities of a target at a time step, in each sense that it can have.

        Args:
            target: what is meant.
            t: the time step; None if none is said.
            sure: whether it is one of ours, which is never another quantity's.
        """
        if target.timed:
            if t is not None:
                slots = [self._signal(symbol, t) for symbol in target.symbols]
                yield from _complete(slots)
            return
        if t is not None:
            terms = list(_complete([self._term(symbol, t) for symbol in target.symbols]))
            yield from terms
            if sure and terms:
                return
            if t + self.convention.first > 0:
                yield from _complete([self._parameter(new(name)) for name in target.symbols])
        yield from _complete([self._parameter(symbol) for symbol in target.symbols])

    def _signal(self, symbol: str, t: int) -> Slot | None:
        series_ = self._trace.signals.get(symbol)
        if series_ is None or symbol not in self._symbols or not series_.has(t):
            return None
        try:
            self._trace.position(Id(symbol, t))
        except KeyError:
            return None
        return Slot(str(Id(symbol, t)), np.asarray(series_.at(t)))

    def _parameter(self, symbol: str) -> Slot | None:
        if symbol not in self._symbols or symbol not in self._trace.parameters:
            return None
        return Slot(symbol, np.asarray(self._trace.parameters[symbol]))

    def _term(self, symbol: str, t: int) -> Slot | None:
        """Return one time step's term of a parameter's gradient."""
        if symbol not in self._symbols or not 0 <= t < self._trace.scenario.steps:
            return None
        if symbol not in self._terms:
            step = self._trace.find(symbol) if symbol in self._trace.parameters else None
            summed = step is not None and step.equation.role is Role.SUM_OVER_TIME
            terms = step.terms if step is not None and summed and step.equation.of else ()
            self._terms[symbol] = [term.value for term in terms]
        terms_ = self._terms[symbol]
        return Slot(str(Id(symbol, t)), terms_[t]) if terms_ else None

    def order_of(self, target: Target) -> list[int]:
        """Return the order in which a block's rows stand."""
        positions = list(range(len(target.symbols)))
        cell = self._trace.scenario.cell
        gates = [bare(cell.gate_of(symbol)) for symbol in target.symbols]
        layers = {layer_of(symbol) for symbol in target.symbols}
        if target.stacked or target.last or len(layers) > 1 or not all(gates):
            return positions
        page = self._names.page(layers.pop())
        order = gate_order(page, self.convention.stacked)
        return sorted(positions, key=lambda index: order.index(gates[index]))

    def _times(self, target: Target, pair: Pair, entry: Entry) -> list[int]:
        """Order the time steps for a name without one: those that agree, then the time
        step of the names beside it, then the first ones.
        """
        found = self._trace.signals.get(target.symbols[0])
        if found is None:
            return []
        every = range(found.first, found.first + len(found.values))
        agreeing = self._agreeing(found, target, pair)
        near = self._near.get(entry.cell)
        others = [t for t in (near,) if t is not None and t in every]
        return list(dict.fromkeys([*agreeing, *others, *every[:_MOST_TIMES]]))

    def _agreeing(self, found: Series, target: Target, pair: Pair) -> list[int]:
        """Return the time steps at which the first symbol's true value is in the value."""
        shape = found.values.shape[1:]
        gates = (len(target.symbols),) if target.block else ()
        form = series(pair, (), gates, shape, self.convention.axes)
        if form is None:
            return []
        row = form.rows()[self.order_of(target).index(0)] if target.block else form
        near = row.near(found.values)
        times = np.flatnonzero(near.reshape(len(near), -1).all(axis=1))
        return [int(t) + found.first for t in times[: 2 * _MOST_TIMES]]

    def _sequences(self, target: Target, pair: Pair) -> Iterator[_Option]:
        """Yield the readings of a value that holds all time steps."""
        steps = self._trace.scenario.steps
        if pair.value.ndim == 0 or (pair.value.size < 2 and steps > 1):
            return
        known = self._trace.signals.get(target.symbols[0])
        starts = {-1, known.first} if known else {-1}
        early = [range(start, steps) for start in sorted(starts, reverse=True) if start < 0]
        spans = [range(steps), self._trace.scenario.labelled_times, *early]
        each = self._size(target)
        for times in spans:
            if each * len(times) != pair.value.size:
                continue
            rows = [self._row(target, t) for t in times]
            present = next((row for row in rows if row), None)
            if present is None:
                continue
            if any(row is None for row, t in zip(rows, times, strict=True) if t < 0):
                continue
            shape = np.shape(present[0].value)
            gates = (len(present),) if target.block else ()
            form = series(pair, (len(rows),), gates, shape, self.convention.axes)
            if form is not None:
                yield from self._over_time(target, rows, form)

    def _size(self, target: Target) -> int:
        """Return how many numbers a target has at one time step."""
        signals = self._trace.signals
        return sum(prod(signals[s].values.shape[1:]) for s in target.symbols if s in signals)

    def _row(self, target: Target, t: int) -> list[Slot] | None:
        return next(_complete([self._signal(symbol, t) for symbol in target.symbols]), None)

    def _over_time(
        self, target: Target, rows: Sequence[list[Slot] | None], form: Pair
    ) -> Iterator[_Option]:
        """Yield the reading with the quantities of each time step that has them."""
        order = self.order_of(target) if target.block else [0]
        slots: list[Slot] = []
        pairs: list[Pair] = []
        for row, pair in zip(rows, form.rows(), strict=True):
            if row is None:
                continue
            slots += [row[place] for place in order]
            pairs += pair.rows() if target.block else [pair]
        if slots:
            yield self._option(slots, pairs)

    def _members(self, meaning: Meaning, pair: Pair, entry: Entry) -> Iterator[_Option]:
        """Yield the gates of a block for a value of one gate's size: first those whose
        names stand in the expression that made it.
        """
        if not meaning.target.block:
            return
        spelling = self._names.spelling(self.convention.dialect)
        mentioned = {
            symbol
            for word in _WORD.findall(entry.source)
            for found in spelling.meanings(word)[:1]
            for symbol in found.target.symbols
        }
        members = sorted(meaning.target.symbols, key=lambda symbol: symbol not in mentioned)
        for symbol in members:
            single = Target((symbol,), meaning.target.timed)
            yield from self._whole(Meaning(single, meaning.t), pair, entry)

    def _partial(self, meaning: Meaning, pair: Pair, entry: Entry) -> Iterator[_Option]:
        """Yield the quantity that a value of another size can be a part of, as written."""
        target = meaning.target
        t = meaning.t
        if meaning.every or target.last:
            return
        if t is None and target.timed:
            t = next(iter(self._times(target, pair, entry)), None)
        for slots in self.slots(target, t, sure=meaning.sure):
            if len(slots) == 1 and is_part(pair.value.shape, np.shape(slots[0].value)):
                yield self._option(slots, [pair])

    def _arranged(self, entry: Entry) -> bool:
        return entry.value.ndim > 1 and any(
            m.target.timed and m.t is None for m in self.meanings(entry)[:1]
        )

    def _option(self, slots: list[Slot], pairs: list[Pair]) -> _Option:
        parts = tuple(
            Part(slot.id, pair.value, pair.unit)
            for slot, pair in zip(slots, pairs, strict=True)
        )
        self._values.update((slot.id, slot.value) for slot in slots)
        agrees = all(p.agrees(slot.value) for slot, p in zip(slots, pairs, strict=True))
        return _Option(parts, agrees)


def _complete(slots: Sequence[Slot | None]) -> Iterator[list[Slot]]:
    """Yield the slots if there is one for every symbol."""
    found = [slot for slot in slots if slot is not None]
    if found and len(found) == len(slots):
        yield found
