"""What a value can be under a convention: quantities of its size, each in its true shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.execution.computation import Series
from lstm_tutor.model.symbol import INPUT, LABEL, bare, layer_of
from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.convention import Convention, gate_order
from lstm_tutor.submission.fitting import Pair, is_part, matrix, series
from lstm_tutor.submission.meaning import Meaning, Target
from lstm_tutor.submission.named import Part
from lstm_tutor.submission.names import Names
from lstm_tutor.submission.slots import Slot, Slots, complete
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
WORD = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
_NEAR = (1e-9, 2e-6, 1e-3)  # of a value: in double precision, in single, and about
_MOST_TIMES = 8  # time steps that are tried for a name without one, besides those that agree


@dataclass(frozen=True)
class Option:
    """A reading, and whether its numbers are the true ones."""

    parts: tuple[Part, ...]
    agrees: bool


class Options:
    """Looks up what values can be.

    Attributes:
        values: the true values of what was found, by id.
    """

    def __init__(
        self,
        trace: Trace,
        names: Names,
        convention: Convention,
        near: Callable[[Entry], int | None],
    ) -> None:
        """Take the computation, a file's names, the convention, and what tells the time step
        that the names beside an entry say.
        """
        self._trace = trace
        self._names = names
        self._convention = convention
        self._near = near
        self._slots = Slots(trace)
        self.values: dict[str, Array] = {}

    def of(self, entry: Entry, meanings: Sequence[Meaning]) -> list[Option]:
        """Return what an entry can be whose name means this, most likely first."""
        pair = Pair(entry.value, entry.unit)
        kinds: tuple[Callable[[Meaning, Pair, Entry], Iterator[Option]], ...] = (
            self.whole,
            self._members,
            self._partial,
        )
        for kind in kinds:
            found = [option for meaning in meanings for option in kind(meaning, pair, entry)]
            if found:
                return found
        return []

    def at(self, target: Target, t: int | None, *, sure: bool = False) -> Iterator[list[Slot]]:
        """Yield the quantities of a target at a time step; see `Slots.of`."""
        return self._slots.of(target, t, first=self._convention.first, sure=sure)

    def whole(self, meaning: Meaning, pair: Pair, entry: Entry) -> Iterator[Option]:
        """Yield the readings in which the value has the size of what is meant."""
        target = meaning.target
        pair = self._spread(target, meaning.t, pair)
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

    def _spread(self, target: Target, t: int | None, pair: Pair) -> Pair:
        """Return classes that are given by their numbers as a 1 among zeros, as the inputs and
        labels of letters are here.
        """
        known = self._trace.signals.get(target.symbols[0])
        if known is None or target.symbols[0] not in (INPUT, LABEL) or target.block:
            return pair
        true = known.values
        count = true.shape[1] if true.ndim == 2 else 0
        numbers = pair.value
        if count < 2 or numbers.shape != (() if t is not None else (len(true),)):
            return pair
        whole = (numbers == np.round(numbers)) & (numbers >= 0) & (numbers < count)
        if not whole.all() or not np.isin(true, (0, 1)).all() or not (true.sum(1) <= 1).all():
            return pair
        value = np.eye(count)[numbers.astype(int)]
        return Pair(value, np.zeros(value.shape))

    def _last(self, target: Target, pair: Pair) -> Iterator[Option]:
        """Yield the states of all layers at the ends of their sequences."""
        cell, steps = self._trace.scenario.cell, self._trace.scenario.steps
        times = [0 if symbol in cell.late else steps - 1 for symbol in target.symbols]
        slots = [self._slots.signal(s, t) for s, t in zip(target.symbols, times, strict=True)]
        for found in complete(slots):
            yield from self._shaped(found, target, pair)

    def _at(
        self, target: Target, t: int | None, pair: Pair, *, sure: bool = False
    ) -> Iterator[Option]:
        for slots in self.at(target, t, sure=sure):
            yield from self._shaped(slots, target, pair)

    def _shaped(self, slots: list[Slot], target: Target, pair: Pair) -> Iterator[Option]:
        shape = np.shape(slots[0].value)
        gates = (len(slots),) if target.block else ()
        if target.timed:
            form = series(pair, (), gates, shape, self._convention.axes)
        else:
            turned = target.transposed != (self._convention.turned and not target.stacked)
            form = matrix(pair, (*gates, *shape), turned=turned)
        if form is None:
            return
        if not target.block:
            yield self._option(slots, [form])
        else:
            yield self._option([slots[row] for row in self.order_of(target)], form.rows())

    def order_of(self, target: Target) -> list[int]:
        """Return the order in which a block's rows stand."""
        positions = list(range(len(target.symbols)))
        cell = self._trace.scenario.cell
        gates = [bare(cell.gate_of(symbol)) for symbol in target.symbols]
        layers = {layer_of(symbol) for symbol in target.symbols}
        if target.stacked or target.last or len(layers) > 1 or not all(gates):
            return positions
        page = self._names.page(layers.pop())
        order = gate_order(page, self._convention.stacked)
        return sorted(positions, key=lambda index: order.index(gates[index]))

    def _times(self, target: Target, pair: Pair, entry: Entry) -> list[int]:
        """Order the time steps for a name without one: those that agree, then the time
        step of the names beside it, then the first ones.
        """
        found = self._trace.signals.get(target.symbols[0])
        if found is None:
            return []
        every = range(found.first, found.first + len(found.values))
        first = sorted(every, key=lambda t: t < 0)[:_MOST_TIMES]  # what is given is the last
        agreeing = self._agreeing(found, target, pair)
        near = self._near(entry)
        others = [t for t in (near,) if t is not None and t in every]
        return list(dict.fromkeys([*agreeing, *others, *first]))

    def _agreeing(self, found: Series, target: Target, pair: Pair) -> list[int]:
        """Return the time steps at which the first symbol's true value is in the value."""
        shape = found.values.shape[1:]
        gates = (len(target.symbols),) if target.block else ()
        form = series(pair, (), gates, shape, self._convention.axes)
        if form is None:
            return []
        row = form.rows()[self.order_of(target).index(0)] if target.block else form
        times = np.zeros(0, dtype=int)
        for little in _NEAR:
            near = row.near(found.values, little)
            times = np.flatnonzero(near.reshape(len(near), -1).all(axis=1))
            if times.size:
                break
        return [int(t) + found.first for t in times[: 2 * _MOST_TIMES]]

    def _sequences(self, target: Target, pair: Pair) -> Iterator[Option]:
        """Yield the readings of a value that holds all time steps."""
        steps = self._trace.scenario.steps
        if pair.value.ndim == 0 or (pair.value.size < 2 and steps > 1):
            return
        known = self._trace.signals.get(target.symbols[0])
        starts = {-1, known.first} if known else {-1}
        early = [range(start, steps) for start in sorted(starts, reverse=True) if start < 0]
        spans = [range(steps), self._trace.scenario.labelled_times, *early]
        each = self._slots.size(target)
        for times in spans:
            if each * len(times) != pair.value.size:
                continue
            rows = [self._slots.row(target, t) for t in times]
            present = next((row for row in rows if row), None)
            if present is None:
                continue
            if any(row is None for row, t in zip(rows, times, strict=True) if t < 0):
                continue
            shape = np.shape(present[0].value)
            gates = (len(present),) if target.block else ()
            form = series(pair, (len(rows),), gates, shape, self._convention.axes)
            if form is not None:
                yield from self._over_time(target, rows, form)

    def _over_time(
        self, target: Target, rows: Sequence[list[Slot] | None], form: Pair
    ) -> Iterator[Option]:
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

    def _members(self, meaning: Meaning, pair: Pair, entry: Entry) -> Iterator[Option]:
        """Yield the gates of a block for a value of one gate's size: first those whose
        names stand in the expression that made it.
        """
        if not meaning.target.block:
            return
        spelling = self._names.spelling(self._convention.dialect)
        mentioned = {
            symbol
            for word in WORD.findall(entry.source)
            for found in spelling.meanings(word)[:1]
            for symbol in found.target.symbols
        }
        members = sorted(meaning.target.symbols, key=lambda symbol: symbol not in mentioned)
        for symbol in members:
            single = Target((symbol,), meaning.target.timed)
            yield from self.whole(Meaning(single, meaning.t), pair, entry)

    def _partial(self, meaning: Meaning, pair: Pair, entry: Entry) -> Iterator[Option]:
        """Yield the quantity that a value of another size can be a part of, as written."""
        target = meaning.target
        t = meaning.t
        if meaning.every or target.last:
            return
        if t is None and target.timed:
            t = next(iter(self._times(target, pair, entry)), None)
        for slots in self.at(target, t, sure=meaning.sure):
            if len(slots) == 1 and is_part(pair.value.shape, np.shape(slots[0].value)):
                yield self._option(slots, [pair])

    def _option(self, slots: list[Slot], pairs: list[Pair]) -> Option:
        self.values.update((slot.id, slot.value) for slot in slots)
        return self.option(
            Part(slot.id, pair.value, pair.unit)
            for slot, pair in zip(slots, pairs, strict=True)
        )

    def option(self, parts: Iterable[Part]) -> Option:
        """Return a reading made of parts that were looked up before."""
        parts = tuple(parts)
        pairs = ((Pair(part.value, part.unit), self.values[part.id]) for part in parts)
        return Option(parts, all(pair.agrees(true) for pair, true in pairs))
