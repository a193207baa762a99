"""Entries that are read together: halves of a sum, and single entries of an array."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from lstm_tutor.model.symbol import is_new
from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.fitting import Pair, matrix
from lstm_tutor.submission.meaning import Target
from lstm_tutor.submission.named import Named, Part
from lstm_tutor.submission.naming import Namer
from lstm_tutor.submission.slots import Slot

_ONE_OF_TWO = "one of two biases, of which only the sum is known here: give both"
_SINGLE = re.compile(r"(.{1,80}?)((?:\[ ?[0-9]{1,6}(?: ?, ?[0-9]{1,6})* ?\])+)")


def together(namer: Namer, entries: Sequence[Entry]) -> dict[int, Named]:
    """Return what is read of entries that belong together, by position."""
    group = _Together(namer, entries)
    return group.halves() | group.single_entries()


class _Together:
    def __init__(self, namer: Namer, entries: Sequence[Entry]) -> None:
        self._namer = namer
        self._entries = entries

    def single_entries(self) -> dict[int, Named]:
        """Read entries of arrays that stand alone, such as ``h[0][1]``: those of one quantity
        are judged as one value, of which the entries that are not given are taken as right.
        """
        groups: dict[str, list[tuple[int, tuple[int, ...], Slot]]] = {}
        for number, entry in enumerate(self._entries):
            found = _SINGLE.fullmatch(entry.name) if entry.value.ndim == 0 else None
            if found and not self._namer.is_whole(entry):
                index = [int(text) for text in re.findall(r"[0-9]+", found[2])]
                for slot, place in self._place_of(found[1], index):
                    groups.setdefault(slot.id, []).append((number, place, slot))
                    break
        result: dict[int, Named] = {}
        for id_, members in groups.items():
            value = np.array(members[0][2].value, dtype=float)
            unit = np.zeros(value.shape)
            for number, place, _ in members:
                value[place] = self._entries[number].value
                unit[place] = self._entries[number].unit
                result[number] = Named(self._entries[number], (), counted=True)
            first = members[0][0]
            result[first] = Named(self._entries[first], ((Part(id_, value, unit),),))
        return result

    def _place_of(self, name: str, index: list[int]) -> Iterator[tuple[Slot, tuple[int, ...]]]:
        """Yield the quantity that an entry is of, and its place in it."""
        for meaning in self._namer.meanings_of(name):
            target = self._namer.counted(meaning)
            if meaning.target.block:
                continue
            rest, t = index, target.t
            if meaning.target.timed and t is None:
                t, rest = index[0] - self._namer.convention.first, index[1:]
            for slots in self._namer.slots(meaning.target, t):
                shape = slots[0].value.shape
                short = tuple(size for size in shape if size != 1)
                place = tuple(rest)
                if len(place) == len(short) < len(shape):
                    wanted = iter(place)
                    place = tuple(0 if size == 1 else next(wanted) for size in shape)
                inside = all(number < size for number, size in zip(place, shape, strict=False))
                if len(place) == len(shape) > 0 and inside:
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
