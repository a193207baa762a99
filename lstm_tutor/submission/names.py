"""What the names of a file mean in each dialect, and which dialect explains the most."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from lstm_tutor.dialects.catalog import DEFAULT_NOTATION, notations
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.symbol import LOSS, divided, layered, new
from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.arraynames import pages_of
from lstm_tutor.submission.habits import PROBABILITIES, SCORES
from lstm_tutor.submission.meaning import Meaning
from lstm_tutor.submission.places import (
    EPOCH,
    LAYER,
    SEQUENCE,
    Places,
    first_of,
    letters_of,
    parted,
    units_of,
)
from lstm_tutor.submission.spelling import Spelling
from lstm_tutor.trace.trace import Trace

_MOST_NAMES = 600  # by which a dialect is chosen
_ABOUT_ONE = 0.02
_PUT_OUT = re.compile(r"output(?![ _]?gate)", re.I)
_GATE_IN_WORDS = re.compile(r"forget|candidate|reset|update(?!d)|gate", re.I)
_CLOCK = re.compile(r"t=-?[0-9]{1,6} ")


def _spellings_of(trace: Trace) -> dict[str, Spelling]:
    """Return the spellings of a trace's quantities that are known so far, by dialect: the
    files of a class share them, and those of one scenario with other numbers.
    """
    found: dict[str, Spelling] = trace.program.kept.setdefault(Spelling, {})
    return found


class Names:
    """What the names of a file mean, by dialect; looked up once."""

    def __init__(self, trace: Trace, entries: Sequence[Entry]) -> None:
        self._trace = trace
        self._spellings = _spellings_of(trace)
        self._pages = {part.name: part.cell for part in reversed(pages_of(trace.scenario))}
        written = dict.fromkeys(entry.name for entry in entries if entry.name)
        self._parted = {name: parted(name) for name in written}
        single = dict.fromkeys(e.name for e in entries if e.value.size == 1 and e.name)
        bare = dict.fromkeys(self._parted[name][0] for name in single)
        self._units = dict(units_of(bare, self._size_of))
        self._units |= self._classes(entries, bare)
        self.every = list(dict.fromkeys(self.plain(name) for name in written))

    def _classes(
        self, entries: Sequence[Entry], names: Iterable[str]
    ) -> dict[str, tuple[str, int]]:
        """Return the names of single classes; characters alone are probabilities where they
        add up to 1 at each time step, else scores.
        """
        found = letters_of(names, self._trace.scenario.vocabulary)
        sums: dict[str, float] = {}
        for entry in entries:
            of = self._parted[entry.name][0] if entry.name else ""
            if of in found and entry.value.size == 1:
                sums[found[of][0]] = sums.get(found[of][0], 0.0) + float(entry.value.sum())
        sure = all(abs(total - 1) < _ABOUT_ONE for total in sums.values())
        word = PROBABILITIES if sure else SCORES
        alone = re.compile(r"(?:t=-?[0-9]{1,6})?")
        return {
            name: (f"{of} {word}".strip() if alone.fullmatch(of) else of, index)
            for name, (of, index) in found.items()
        }

    def plain(self, name: str) -> str:
        """Return a name as it is looked up: its layer as ours, without other places; "" if it
        says a sequence or an epoch that there is not.
        """
        bare, places = self._parted.get(name) or parted(name)
        bare = self._units[bare][0] if bare in self._units else bare
        if places.layer is not None:
            layer = self._layer(places.layer - self._first[LAYER])
            clock = _CLOCK.match(bare)
            end = clock.end() if clock else 0
            own = layer and not bare.startswith(f"{layer}.", end)
            bare = f"{bare[:end]}{layered(layer, bare[end:])}" if own else bare
        if places.sequence is not None and len(self._numbers[SEQUENCE]) > self._batch:
            return ""
        if places.epoch is not None and len(self._numbers[EPOCH]) > 1:
            after = places.epoch - min(self._numbers[EPOCH])
            return bare if not after else f"new {bare}" if after == 1 else ""
        return bare

    def places(self, name: str) -> Places:
        """Return what a name says beside its quantity and time step, counted from 0; the unit
        as it is written.
        """
        bare, places = self._parted.get(name) or parted(name)
        if bare in self._units:
            places = replace(places, unit=self._units[bare][1])
        if places.sequence is not None:
            places = replace(places, sequence=places.sequence - self._first[SEQUENCE])
        return places

    @cached_property
    def _numbers(self) -> dict[str, set[int]]:
        """The numbers that the names say of each kind of place."""
        found: dict[str, set[int]] = {LAYER: set(), SEQUENCE: set(), EPOCH: set()}
        for _, places in self._parted.values():
            for kind, numbers in found.items():
                number = getattr(places, kind)
                if number is not None:
                    numbers.add(number)
        return found

    @cached_property
    def _first(self) -> dict[str, int]:
        return {kind: first_of(numbers) for kind, numbers in self._numbers.items()}

    @property
    def _batched(self) -> bool:
        return self._trace.scenario.batch is not None

    @cached_property
    def _batch(self) -> int:
        """How many sequences there are."""
        return self._trace.scenario.batch or 1

    def _layer(self, number: int) -> str:
        """Return what stands before the ids of a layer, counted from 0; "" if nothing."""
        pages = [part for part in pages_of(self._trace.scenario) if part.cell.states]
        layers = list(dict.fromkeys(part.number for part in pages))
        wanted = layers[number] if 0 <= number < len(layers) else None
        named = [part.name for part in pages if part.number == wanted]
        return named[0] if len(named) == 1 else ""

    def _size_of(self, name: str) -> int:
        """Return how many units the signal has that a name means; 0 if it means none."""
        for meaning in self.spelling(DEFAULT_NOTATION).meanings(name) or self._elsewhere(name):
            series = self._trace.signals.get(meaning.target.symbols[0])
            if meaning.target.timed and not meaning.target.block and series is not None:
                shape = series.values.shape[1 : series.values.ndim - self._batched]
                return shape[0] if shape else 0
        return 0

    def page(self, layer: str) -> Cell:
        """Return the page whose ids have a layer before them."""
        return self._pages.get(layer) or self._trace.scenario.cell

    def spelling(self, dialect: str) -> Spelling:
        """Return the names that a dialect understands."""
        if dialect not in self._spellings:
            self._spellings[dialect] = Spelling(self._trace, dialect)
        return self._spellings[dialect]

    def meanings(self, dialect: str, name: str) -> list[Meaning]:
        """Return what a name means in a dialect; one that it does not know means what all
        the others that know it agree on.
        """
        plain = self.plain(name)
        found = self.spelling(dialect).meanings(plain) or self._elsewhere(plain)
        if plain in self._totals:
            return [one for one in found if not one.target.timed] or found
        if len(found) > 1 and _PUT_OUT.search(plain) and not self._gates_in_words:
            gate_of = self._trace.scenario.cell.gate_of
            return sorted(found, key=lambda one: bool(gate_of(one.target.symbols[0])))
        return found

    @cached_property
    def _totals(self) -> frozenset[str]:
        """The ids of losses that stand beside those of time steps, and so are the totals."""
        timed = {symbol for symbol, time in map(divided, self.every) if time}
        return frozenset({LOSS, new(LOSS)} & timed)

    @cached_property
    def _gates_in_words(self) -> bool:
        """Whether gates are called by words, so that an output is one of them."""
        return any(map(_GATE_IN_WORDS.search, self.every))

    def _elsewhere(self, name: str) -> list[Meaning]:
        found: list[list[Meaning]] = []
        for other in notations():
            meanings = self.spelling(other).meanings(name)
            if meanings:
                found.append(meanings)
        first = {(one[0].target.symbols, one[0].t) for one in found}
        return found[0] if len(first) == 1 else []

    @cached_property
    def dialect(self) -> str:
        """The dialect that explains the most names, ours if none explains more; of those the
        one in which they mean the most different things: a name too many for one thing is
        another thing elsewhere.
        """
        names = self.every[:: max(1, len(self.every) // _MOST_NAMES)]
        found = {DEFAULT_NOTATION: self._explained(DEFAULT_NOTATION, names)}
        if found[DEFAULT_NOTATION] < (len(names), len(names)):
            found |= {other: self._explained(other, names) for other in notations()[1:]}
        return max(found, key=lambda name: found[name])

    def _explained(self, dialect: str, names: Sequence[str]) -> tuple[int, int]:
        """Return how many names a dialect explains, and how many things they mean in it."""
        own = self.spelling(dialect)
        first = [m for name in names for m in own.meanings(name)[:1]]
        things = {(m.target.symbols, m.t, m.every, m.target.half) for m in first}
        return len(first), len(things)
