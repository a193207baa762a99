"""The convention of a file, chosen once: by what its names say, then by what fits most values.

All names are read before any number is; no value is read by what agrees with it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lstm_tutor.dialects.catalog import notations
from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.arraynames import axes_of
from lstm_tutor.submission.convention import (
    GRADIENT,
    ITSELF,
    UPDATED,
    Asked,
    Convention,
    gate_order,
)
from lstm_tutor.submission.fitting import AXES, OURS
from lstm_tutor.submission.laid import laid_out
from lstm_tutor.submission.named import Named, Reading
from lstm_tutor.submission.names import Names
from lstm_tutor.submission.naming import Namer
from lstm_tutor.submission.together import together
from lstm_tutor.trace.trace import Trace

_MOST_ASKED = 600  # values that a convention is chosen by
_FAR = 4  # times as far off, which is clearly further
_SEVERAL = 2  # values: of one alone a forgotten slope is as likely


def named(trace: Trace, entries: Sequence[Entry]) -> list[Named]:
    """Say what each entry can mean; see `reading`."""
    return list(reading(trace, entries).named)


def reading(trace: Trace, entries: Sequence[Entry], asked: Asked | None = None) -> Reading:
    """Read a file's names and numbers under one convention.

    Args:
        trace: the computation whose quantities are named.
        entries: what a person wrote, in their order.
        asked: what the person says of the convention.
    """
    asked = asked or Asked()
    names = Names(trace, entries)
    namer = _Chooser(trace, names, entries, asked).namer()
    convention = namer.convention
    found = namer.reading()
    if asked.ours:
        return replace(found, precision=asked.precision)
    joined = together(namer, entries)
    every = tuple(joined.get(number) or one for number, one in enumerate(found.named))
    dialect, brought = laid_out(trace, entries, every, convention.dialect)
    if brought and asked.dialect in (None, dialect):
        every = tuple(brought.get(number) or one for number, one in enumerate(every))
        convention = replace(convention, dialect=dialect, stacked=dialect)
        found = replace(found, convention=convention, stacked=True)
    return replace(found, named=every, precision=asked.precision)


class _Chooser:
    """Chooses the convention: by the names, and then by what fits most values."""

    def __init__(
        self, trace: Trace, names: Names, entries: Sequence[Entry], asked: Asked
    ) -> None:
        self._trace = trace
        self._names = names
        self._asked = asked
        self._every = entries
        self._namers: dict[Convention, Namer] = {}
        step = max(1, len(entries) // _MOST_ASKED)
        self._entries = [entry for entry in entries[::step] if entry.name]

    def namer(self) -> Namer:
        """Return what reads all entries under the convention that is chosen."""
        chosen = self._convention()
        if len(self._entries) < len(self._every):
            return Namer(self._trace, self._names, self._every, chosen)
        return self._namer(chosen)

    def _convention(self) -> Convention:
        if self._asked.ours:
            found = Convention(axes=OURS)
            return replace(found, at_output=self._at_output(found))
        dialect = self._asked.dialect or self._names.dialect
        found = Convention(dialect=dialect, stacked=dialect, axes=axes_of(dialect))
        found = replace(found, first=self._first(found))
        found = self._best(
            found,
            (
                replace(found, stacked=stacked, turned=turned)
                for turned in (False, True)
                for stacked in self._orders(dialect)
            ),
        )
        found = self._best(found, [replace(found, axes=axes) for axes in AXES])
        found = replace(found, held=self._held(found))
        return replace(found, at_output=self._at_output(found))

    def _orders(self, dialect: str) -> list[str]:
        """Return the dialects with different gate orders, the chosen one first."""
        cell = self._trace.scenario.cell
        cells = [layer.cell for layer in self._trace.scenario.layers] or [cell]
        found: dict[tuple[tuple[str, ...], ...], str] = {}
        for name in (dialect, *notations()):
            found.setdefault(tuple(gate_order(one, name) for one in cells), name)
        return list(found.values())

    def _first(self, found: Convention) -> int:
        """Return what the first time step is called: 1 where more names have a value then,
        or where more values fit; the initial states that it would name must be right.
        """
        if self._asked.first is not None:
            return self._asked.first
        zero, one = (self._namer(c) for c in (found, replace(found, first=1)))
        counted = [entry for entry in self._entries if zero.counts(entry)]
        if not counted:
            return 0
        there = [sum(bool(namer.options(e)) for e in counted) for namer in (zero, one)]
        if there[1] < there[0]:
            return 0
        begin = [entry for entry in counted if zero.counts(entry, 0)]
        if any(one.fit(entry) < 1 for entry in begin if one.is_given(entry)):
            return 0
        if there[1] > there[0]:
            return 1
        fits = [sum(namer.fit(entry) for entry in counted) for namer in (zero, one)]
        return int(fits[1] > fits[0])

    def _held(self, found: Convention) -> str:
        """Return what parameters' names stand before: their gradients, where more of what is
        no parameter fits so, or new values, where several do or none is a parameter.
        """
        namers = {
            held: self._namer(replace(found, held=held)) for held in (ITSELF, GRADIENT, UPDATED)
        }
        usual, after = namers[ITSELF], namers[UPDATED]
        named = [
            e for e in self._entries if any(map(usual.is_parameter, usual.meanings(e)[:1]))
        ]
        open_ = [e for e in named if not any(option.agrees for option in usual.options(e))]
        if sum(map(namers[GRADIENT].fit, open_)) > sum(map(usual.fit, open_)):
            return GRADIENT
        if len(open_) < _SEVERAL:
            return ITSELF
        if len(open_) == len(named):  # which nobody prints if all are given
            off = {held: sum(map(namer.off, open_)) for held, namer in namers.items()}
            if _FAR * off[GRADIENT] < min(off[ITSELF], off[UPDATED]):
                return GRADIENT
        if sum(map(after.fit, open_)) < len(open_) / 2:
            return ITSELF
        right = sum(map(after.near, open_)) > sum(map(usual.near, open_))
        return UPDATED if right or len(open_) == len(named) else ITSELF

    def _at_output(self, found: Convention) -> bool:
        """Return whether gates' gradients are those at their outputs: where several more of
        them fit so, unless the weights' gradients follow from them as they are; or where none
        fits, and names say that others are the ones before the gates.
        """
        before = self._namer(found)
        loose = [e for e in self._entries for m in before.meanings(e)[:1] if m.target.at_gate]
        if not loose or all(before.fit(e) == 1 for e in loose):
            return False
        output = self._namer(replace(found, at_output=True))
        more = sum(e.value.size * (output.fit(e) - before.fit(e)) for e in loose)
        apart = before.told_apart()
        if apart:
            return more >= 0
        return more >= _SEVERAL and not before.follows()

    def _namer(self, convention: Convention) -> Namer:
        if convention not in self._namers:
            made = Namer(self._trace, self._names, self._entries, convention)
            self._namers[convention] = made
        return self._namers[convention]

    def _best(self, usual: Convention, others: Iterable[Convention]) -> Convention:
        """Return the convention that fits most values; the usual one where none fits more."""
        base = self._namer(usual)
        open_ = [entry for entry in self._entries if entry.value.ndim and entry.value.size > 1]
        open_ = [entry for entry in open_ if base.varies(entry)]
        if not open_ or sum(map(base.fit, open_)) == len(open_):
            return usual
        namers = {usual: base, **{c: self._namer(c) for c in others if c != usual}}
        scores = {c: sum(namer.fit(entry) for entry in open_) for c, namer in namers.items()}
        best = max(scores, key=lambda c: (scores[c], c == usual))
        return best if scores[best] > scores[usual] + 1e-9 else usual
