"""Written numbers as quantities of a computation: which one each name can stand for.

Gives every name its possible readings, most likely first, with values brought into true
shape. Whether a value is right is not said here; agreement only puts readings in order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.notation import notation
from lstm_tutor.execution.computation import Series
from lstm_tutor.model.equation import Role
from lstm_tutor.model.symbol import Id, new
from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.fitting import Pair, fitted, is_part
from lstm_tutor.submission.spelling import Meaning, Spelling, Target
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
MOST_READINGS = 32
_MOST_TIMES = 8  # time steps that are tried for a name without one, besides those that agree
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
    """

    entry: Entry
    readings: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True)
class _Slot:
    """A quantity that can be meant: its id and true value."""

    id: str
    value: Array


@dataclass(frozen=True)
class _Reading:
    """A reading, and whether its numbers are the true ones."""

    parts: tuple[Part, ...]
    agrees: bool


def named(trace: Trace, entries: Sequence[Entry]) -> list[Named]:
    """Say what each entry can mean.

    Args:
        trace: the computation whose quantities are named.
        entries: what a person wrote, in their order.

    Returns:
        One result per entry, in the same order.
    """
    return _Namer(trace, entries).result()


class _Namer:
    def __init__(self, trace: Trace, entries: Sequence[Entry]) -> None:
        self._trace = trace
        self._entries = entries
        self._spelling = Spelling(trace)
        self._symbols = set(trace.symbols())
        self._terms: dict[str, list[Array]] = {}
        self._orders = _gate_orders(trace)
        times = [meaning.t for entry in entries for meaning in self._counted(entry)]
        self._from_one = bool(times) and 0 not in times
        self._surely_from_one = self._from_one and max(t or 0 for t in times) == (
            trace.scenario.steps
        )
        self._near = self._times_by_cell()

    def result(self) -> list[Named]:
        return [Named(entry, self._readings(entry)) for entry in self._entries]

    def _counted(self, entry: Entry) -> list[Meaning]:
        """Return what a name means that has its time step as a number at the end."""
        meanings = self._spelling.meanings(entry.name)
        return [m for m in meanings[:1] if m.counted and m.target.timed]

    def _times_by_cell(self) -> dict[str, int]:
        """Return the time step that the names of each cell of the source mostly say."""
        found: dict[str, Counter[int]] = {}
        for entry in self._entries:
            for meaning in self._spelling.meanings(entry.name)[:1]:
                if meaning.t is not None:
                    found.setdefault(entry.cell, Counter())[meaning.t] += 1
        return {cell: times.most_common(1)[0][0] for cell, times in found.items()}

    def _readings(self, entry: Entry) -> tuple[tuple[Part, ...], ...]:
        pair = Pair(entry.value, entry.unit)
        meanings = self._meanings(entry)
        found: list[_Reading] = []
        for meaning in meanings:
            found += self._whole(meaning, pair, entry)
        if not found:
            for meaning in meanings:
                found += self._members(meaning, pair, entry)
        if not found:
            for meaning in meanings:
                found += self._partial(meaning, pair, entry)
        ordered = sorted(found, key=lambda reading: not reading.agrees)
        unique: dict[tuple[str, ...], list[_Reading]] = {}
        kept = []
        for reading in ordered:
            same = unique.setdefault(tuple(part.id for part in reading.parts), [])
            if not any(_same(reading, other) for other in same):
                same.append(reading)
                kept.append(reading.parts)
        return tuple(kept[:MOST_READINGS])

    def _meanings(self, entry: Entry) -> list[Meaning]:
        """Return what the name means; without one, what is shown in another arrangement."""
        if entry.name:
            return self._one_based(self._spelling.meanings(entry.name))
        if _COMPUTED.search(entry.source):
            return []
        words = dict.fromkeys(_WORD.findall(entry.source))
        known = [word for word in words if self._spelling.meanings(word)]
        return list(self._spelling.meanings(known[0])) if len(known) == 1 else []

    def _one_based(self, meanings: list[Meaning]) -> list[Meaning]:
        """Add the readings of those who count time steps from 1."""
        if not self._from_one:
            return meanings
        shifted = [
            Meaning(meaning.target, meaning.t - 1)
            for meaning in meanings
            if meaning.counted and meaning.t and meaning.target.timed
        ]
        return [*shifted, *meanings] if self._surely_from_one else [*meanings, *shifted]

    def _whole(self, meaning: Meaning, pair: Pair, entry: Entry) -> Iterator[_Reading]:
        """Yield the readings in which the value has the size of what is meant."""
        target = meaning.target
        if meaning.every:
            yield from self._sequences(target, pair)
        elif meaning.t is None and target.timed:
            for t in self._times(target, pair, entry):
                yield from self._at(target, t, pair)
            yield from self._sequences(target, pair)
        else:
            yield from self._at(target, meaning.t, pair)

    def _at(self, target: Target, t: int | None, pair: Pair) -> Iterator[_Reading]:
        for slots in self._slots(target, t):
            shape = np.shape(slots[0].value)
            whole = (len(slots), *shape) if target.block else shape
            for form in fitted(pair, whole, transposed=target.transposed):
                if not target.block:
                    yield _reading(slots, [form])
                    continue
                rows = form.rows()
                for order in self._orders_of(target):
                    yield _reading([slots[row] for row in order], rows)

    def _slots(self, target: Target, t: int | None) -> Iterator[list[_Slot]]:
        """Yield the quantities of a target at a time step, in each sense that it can have."""
        if target.timed:
            if t is not None:
                slots = [self._signal(symbol, t) for symbol in target.symbols]
                yield from _complete(slots)
            return
        if t is not None:
            yield from _complete([self._term(symbol, t) for symbol in target.symbols])
            if t > 0:
                yield from _complete([self._parameter(new(name)) for name in target.symbols])
        yield from _complete([self._parameter(symbol) for symbol in target.symbols])

    def _signal(self, symbol: str, t: int) -> _Slot | None:
        series = self._trace.signals.get(symbol)
        if series is None or symbol not in self._symbols or not series.has(t):
            return None
        try:
            self._trace.position(Id(symbol, t))
        except KeyError:
            return None
        return _Slot(str(Id(symbol, t)), np.asarray(series.at(t)))

    def _parameter(self, symbol: str) -> _Slot | None:
        if symbol not in self._symbols or symbol not in self._trace.parameters:
            return None
        return _Slot(symbol, np.asarray(self._trace.parameters[symbol]))

    def _term(self, symbol: str, t: int) -> _Slot | None:
        """Return one time step's term of a parameter's gradient."""
        if symbol not in self._symbols or not 0 <= t < self._trace.scenario.steps:
            return None
        if symbol not in self._terms:
            step = self._trace.find(symbol) if symbol in self._trace.parameters else None
            summed = step is not None and step.equation.role is Role.SUM_OVER_TIME
            terms = step.terms if step is not None and summed and step.equation.of else ()
            self._terms[symbol] = [term.value for term in terms]
        terms_ = self._terms[symbol]
        return _Slot(str(Id(symbol, t)), terms_[t]) if terms_ else None

    def _orders_of(self, target: Target) -> list[list[int]]:
        """Return the orders in which a block's rows can stand, the cell's first."""
        positions = list(range(len(target.symbols)))
        gates = [self._trace.scenario.cell.gate_of(symbol) for symbol in target.symbols]
        found = [positions]
        for order in self._orders:
            if set(gates) <= set(order):
                row = sorted(positions, key=lambda index: order.index(gates[index]))
                found += [row] if row not in found else []
        return found

    def _times(self, target: Target, pair: Pair, entry: Entry) -> list[int]:
        """Order the time steps for a name without one: those that agree, then the time
        step of the names beside it, then the first ones.
        """
        series = self._trace.signals.get(target.symbols[0])
        if series is None:
            return []
        every = range(series.first, series.first + len(series.values))
        agreeing = self._agreeing(series, target, pair)
        near = self._near.get(entry.cell)
        others = [t for t in (near,) if t is not None and t in every]
        return list(dict.fromkeys([*agreeing, *others, *every[:_MOST_TIMES]]))

    def _agreeing(self, series: Series, target: Target, pair: Pair) -> list[int]:
        """Return the time steps at which the first symbol's true value is in the value."""
        shape = series.values.shape[1:]
        whole = (len(target.symbols), *shape) if target.block else shape
        found: list[int] = []
        for form in fitted(pair, whole, transposed=target.transposed):
            for row in form.rows() if target.block else [form]:
                near = row.near(series.values)
                times = np.flatnonzero(near.reshape(len(near), -1).all(axis=1))
                found += [int(t) + series.first for t in times[: 2 * _MOST_TIMES]]
        return list(dict.fromkeys(found))

    def _sequences(self, target: Target, pair: Pair) -> Iterator[_Reading]:
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
            shape = np.shape(present[0].value)
            whole = (len(rows), len(present), *shape) if target.block else (len(rows), *shape)
            if any(row is None for row, t in zip(rows, times, strict=True) if t < 0):
                continue
            for form in fitted(pair, whole, transposed=target.transposed):
                yield from self._over_time(target, rows, form)

    def _size(self, target: Target) -> int:
        """Return how many numbers a target has at one time step."""
        signals = self._trace.signals
        return sum(prod(signals[s].values.shape[1:]) for s in target.symbols if s in signals)

    def _row(self, target: Target, t: int) -> list[_Slot] | None:
        return next(_complete([self._signal(symbol, t) for symbol in target.symbols]), None)

    def _over_time(
        self, target: Target, rows: Sequence[list[_Slot] | None], form: Pair
    ) -> Iterator[_Reading]:
        """Yield readings with the quantities of each time step that has them."""
        for order in self._orders_of(target):
            slots: list[_Slot] = []
            pairs: list[Pair] = []
            for row, pair in zip(rows, form.rows(), strict=True):
                if row is None:
                    continue
                slots += [row[place] for place in order]
                pairs += pair.rows() if target.block else [pair]
            if slots:
                yield _reading(slots, pairs)

    def _members(self, meaning: Meaning, pair: Pair, entry: Entry) -> Iterator[_Reading]:
        """Yield the gates of a block for a value of one gate's size: first those whose
        names stand in the expression that made it.
        """
        if not meaning.target.block:
            return
        mentioned = {
            symbol
            for word in _WORD.findall(entry.source)
            for found in self._spelling.meanings(word)[:1]
            for symbol in found.target.symbols
        }
        members = sorted(meaning.target.symbols, key=lambda symbol: symbol not in mentioned)
        for symbol in members:
            single = Target((symbol,), meaning.target.timed)
            yield from self._whole(Meaning(single, meaning.t), pair, entry)

    def _partial(self, meaning: Meaning, pair: Pair, entry: Entry) -> Iterator[_Reading]:
        """Yield the quantity that a value of another size can be a part of, as written."""
        target = meaning.target
        t = meaning.t
        if meaning.every:
            return
        if t is None and target.timed:
            t = next(iter(self._times(target, pair, entry)), None)
        for slots in self._slots(target, t):
            if len(slots) == 1 and is_part(pair.value.shape, np.shape(slots[0].value)):
                yield _reading(slots, [pair])


def _same(one: _Reading, other: _Reading) -> bool:
    """Whether two readings of the same quantities have the same numbers, too."""
    pairs = zip(one.parts, other.parts, strict=True)
    return all(np.array_equal(a.value, b.value, equal_nan=True) for a, b in pairs)


def _reading(slots: list[_Slot], pairs: list[Pair]) -> _Reading:
    parts = tuple(
        Part(slot.id, pair.value, pair.unit) for slot, pair in zip(slots, pairs, strict=True)
    )
    agrees = all(pair.agrees(slot.value) for slot, pair in zip(slots, pairs, strict=True))
    return _Reading(parts, agrees)


def _complete(slots: Sequence[_Slot | None]) -> Iterator[list[_Slot]]:
    """Yield the slots if there is one for every symbol."""
    found = [slot for slot in slots if slot is not None]
    if found and len(found) == len(slots):
        yield found


def _gate_orders(trace: Trace) -> list[tuple[str, ...]]:
    """Return the orders in which sources stack the gates, each once."""
    cell = trace.scenario.cell
    return list(dict.fromkeys(notation(name, cell).order for name in notations()))
