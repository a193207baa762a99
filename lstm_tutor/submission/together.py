"""Entries that are read together: halves of a sum, and single entries of an array."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from lstm_tutor.model.symbol import is_new
from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.fitting import Pair, matrix
from lstm_tutor.submission.meaning import Target
from lstm_tutor.submission.named import Named, Part
from lstm_tutor.submission.naming import Namer
from lstm_tutor.submission.places import Places, place_in
from lstm_tutor.submission.slots import Slot

_ONE_OF_TWO = "one of two biases, of which only the sum is known here: give both"
_ABOUT = 0.02  # of a value: what is no more off was meant to be it
_WAYS = ((0, 0), (0, 1), (1, 1))  # from what time steps inside an index and units are counted
_SINGLE = re.compile(r"(.{1,80}?)((?:\[ ?[0-9]{1,6}(?: ?, ?[0-9]{1,6})* ?\])+)")


def together(namer: Namer, entries: Sequence[Entry]) -> dict[int, Named]:
    """Return what is read of entries that belong together, by position."""
    group = _Together(namer, entries)
    found = group.halves() | group.single_entries()
    return found | group.repeated(found)


Place: TypeAlias = tuple[int | slice, ...]


@dataclass(frozen=True)
class Spot:
    """An entry that is a part of a quantity: its number, the quantity, the place in it."""

    number: int
    slot: Slot
    place: Place


def _parts(shape: tuple[int, ...], size: int, *, timed: bool) -> list[Place]:
    """Return the places of the parts of so many numbers of an array: its entries, the rows of
    a matrix, the columns of a signal.
    """
    if size == 1:
        return [tuple(place) for place in np.ndindex(shape)]
    if len(shape) == 2 and timed and size == shape[0]:
        return [(slice(None), column) for column in range(shape[1])]
    if len(shape) == 2 and not timed and size == shape[1]:
        return [(row, slice(None)) for row in range(shape[0])]
    return []


class _Together:
    def __init__(self, namer: Namer, entries: Sequence[Entry]) -> None:
        self._namer = namer
        self._entries = entries

    def single_entries(self) -> dict[int, Named]:
        """Read what is a part of an array and stands alone, such as ``h[0][1]``, or a unit or
        a sequence that its name says: the parts of one quantity are judged as one value, of
        which what is not given is taken as right.
        """
        ways = [self._spots(*way) for way in _WAYS]
        best = max(ways, key=lambda spots: (len(spots), self._fit(spots)))
        return self._merged(best)

    def repeated(self, known: Container[int]) -> dict[int, Named]:
        """Read names that stand as often as their quantity has parts of their size, such as
        the rows of a table with a row per unit: these are its parts in order.
        """
        groups: dict[tuple[Any, ...], list[int]] = {}
        for number, entry in enumerate(self._entries):
            for meaning in self._namer.meanings(entry)[:1] if number not in known else ():
                group = (entry.cell, meaning.target.symbols, meaning.t)
                groups.setdefault(group, []).append(number)
        spots: list[Spot] = []
        for members in groups.values():
            first = self._entries[members[0]]
            sizes = {self._entries[number].value.size for number in members}
            if len(members) < 2 or len(sizes) > 1 or self._namer.is_whole(first):
                continue
            for slot, timed in self._slots_of(first):
                places = _parts(slot.value.shape, sizes.pop(), timed=timed)
                if len(places) == len(members):
                    spots += [Spot(n, slot, p) for n, p in zip(members, places, strict=True)]
                break
        return self._merged(spots)

    def _merged(self, spots: Sequence[Spot]) -> dict[int, Named]:
        groups: dict[str, list[Spot]] = {}
        for spot in spots:
            groups.setdefault(spot.slot.id, []).append(spot)
        result: dict[int, Named] = {}
        for id_, members in groups.items():
            value = np.array(members[0].slot.value, dtype=float)
            unit = np.zeros(value.shape)
            for spot in members:
                entry = self._entries[spot.number]
                shape = value[spot.place].shape
                value[spot.place] = entry.value.reshape(shape)
                unit[spot.place] = entry.unit.reshape(shape)
                result[spot.number] = Named(entry, (), counted=True)
            entry = self._entries[members[0].number]
            result[members[0].number] = Named(entry, ((Part(id_, value, unit),),))
        return result

    def _fit(self, spots: Sequence[Spot]) -> int:
        """Count the numbers that are about right."""
        return sum(
            int(Pair(entry.value.ravel(), entry.unit.ravel()).near(true, _ABOUT).sum())
            for spot in spots
            for entry in (self._entries[spot.number],)
            for true in (spot.slot.value[spot.place].ravel(),)
        )

    def _spots(self, time: int, unit: int) -> list[Spot]:
        """Return the parts of quantities that stand alone, if time steps inside an index are
        counted so, and units.
        """
        found: list[Spot] = []
        for number, entry in enumerate(self._entries):
            if entry.name:
                every = self._said(entry, unit)
                every = every if every is not None else self._indexed(entry, time, unit)
                found += [Spot(number, *spot) for spot in list(every)[:1]]
        return found

    def _said(self, entry: Entry, first: int) -> Iterator[tuple[Slot, Place]] | None:
        """Return the part of a quantity whose unit or sequence the name says; None if it says
        neither.
        """
        places = self._namer.places(entry)
        if places.unit is None and places.sequence is None:
            return None
        return self._of(entry, places, first)

    def _of(self, entry: Entry, places: Places, first: int) -> Iterator[tuple[Slot, Place]]:
        for slot, timed in self._slots_of(entry):
            batched = self._namer.batched and timed
            place = place_in(slot.value.shape, places, batched=batched, first=first)
            if place and slot.value[place].size == entry.value.size < slot.value.size:
                yield slot, place

    def _slots_of(self, entry: Entry) -> Iterator[tuple[Slot, bool]]:
        """Yield the quantities that a name means at its time step, and whether each is one of
        a time step.
        """
        for meaning in self._namer.meanings(entry):
            target = meaning.target
            if not target.block and (meaning.t is not None or not target.timed):
                for slots in self._namer.slots(target, meaning.t):
                    yield slots[0], target.timed

    def _indexed(self, entry: Entry, time: int, unit: int) -> Iterator[tuple[Slot, Place]]:
        """Yield the quantity that a single number with an index is of, and its place."""
        found = _SINGLE.fullmatch(entry.name) if entry.value.ndim == 0 else None
        if found and not self._namer.is_whole(entry):
            index = [int(text) for text in re.findall(r"[0-9]+", found[2])]
            yield from self._place_of(found[1], index, time, unit)

    def _place_of(
        self, name: str, index: list[int], time: int, unit: int
    ) -> Iterator[tuple[Slot, Place]]:
        for meaning in self._namer.meanings_of(name):
            target = self._namer.counted(meaning)
            if meaning.target.block:
                continue
            rest, t = index, target.t
            if meaning.target.timed and t is None:
                t, rest = index[0] - (time or self._namer.convention.first), index[1:]
            for slots in self._namer.slots(meaning.target, t):
                shape = slots[0].value.shape
                short = tuple(size for size in shape if size != 1)
                place = tuple(number - unit for number in rest)
                if len(place) == len(short) < len(shape):
                    wanted = iter(place)
                    place = tuple(0 if size == 1 else next(wanted) for size in shape)
                pairs = zip(place, shape, strict=False)
                if len(place) == len(shape) > 0 and all(0 <= n < size for n, size in pairs):
                    yield slots[0], place

    def halves(self) -> dict[int, Named]:
        """Read the arrays whose sum is a parameter, such as two biases, by position."""
        groups: dict[frozenset[str], list[tuple[int, Target]]] = {}
        for number, entry in enumerate(self._entries):
            for meaning in self._namer.meanings(entry)[:1] if entry.name else ():
                if meaning.target.half and meaning.t is None:
                    groups.setdefault(meaning.target.half, []).append((number, meaning.target))
        found: dict[int, Named] = {}
        for half, members in groups.items():
            sizes = {self._entries[number].value.size for number, _ in members}
            if len(members) == 2 and len(sizes) == 1 and not any(map(is_new, half)):
                found |= self._both(*members)
                continue
            for number, _ in members:
                entry = self._entries[number]
                if not any(option.agrees for option in self._namer.options(entry)):
                    found[number] = Named(entry, (), _ONE_OF_TWO)
        return found

    def _both(self, one: tuple[int, Target], two: tuple[int, Target]) -> dict[int, Named]:
        """Add up the rows that two arrays share; the second one keeps its own."""
        (first, target), (second, other) = one, two
        pairs = [Pair(self._entries[n].value, self._entries[n].unit) for n in (first, second)]
        rows = [
            self._gates_of(pair, item)
            for pair, item in zip(pairs, (target, other), strict=True)
        ]
        if not all(rows):
            return {}
        parts = []
        for (slot, pair), (_, more) in zip(*rows, strict=True):
            shared = slot.id in target.half
            parts.append(
                Part(slot.id, pair.value + more.value, pair.unit + more.unit)
                if shared
                else Part(slot.id, pair.value, pair.unit)
            )
        kept = [Part(s.id, p.value, p.unit) for s, p in rows[1] if s.id not in other.half]
        added = self._entries[second].name
        return {
            first: Named(self._entries[first], (tuple(parts),), f"{added} is added to it"),
            second: Named(self._entries[second], (tuple(kept),) if kept else (), counted=True),
        }

    def _gates_of(self, pair: Pair, target: Target) -> list[tuple[Slot, Pair]]:
        """Return the rows of a parameter's block as they stand in an array."""
        for slots in self._namer.slots(target, None):
            shape = np.shape(slots[0].value)
            form = matrix(pair, (len(slots), *shape), turned=target.transposed)
            if form is not None:
                order = self._namer.order_of(target)
                return list(zip((slots[row] for row in order), form.rows(), strict=True))
        return []
