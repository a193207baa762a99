"""A scenario as a bench on which mistakes are tried: which asked-for numbers they change.

Two mistakes look the same on a bench if they give the same numbers at the digits shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

from lstm_tutor.diagnosis.plan import Plan
from lstm_tutor.diagnosis.replay import Replay
from lstm_tutor.mistakes.all_edits import AllEdits
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.model.equation import Phase, Role
from lstm_tutor.model.symbol import Id
from lstm_tutor.numbers.numeral import array_text
from lstm_tutor.trace.trace import Trace

Signature: TypeAlias = tuple[tuple[Id, str], ...]
"""The numbers that a mistake changes, as they are shown; empty if it shows nowhere."""
_WINDOW = 32  # lines after the first changed one: most mistakes show there
_WIDER = 8
_TRUE = 12  # digits; beyond them numbers differ by the order of evaluation


@dataclass(frozen=True)
class Bench:
    """A computed scenario and the numbers of it that are asked for.

    Attributes:
        trace: the right computation.
        digits: significant digits of the numbers.
        asked: places that are asked for.
        counterparts: mistakes of the audited scenario that read differently here.
    """

    trace: Trace
    digits: int
    asked: frozenset[Id]
    counterparts: Mapping[Edit, Edit] = field(default_factory=dict)

    @cached_property
    def replay(self) -> Replay:
        """The program, ready to be run with mistakes."""
        return Replay(self.trace)

    @cached_property
    def _right(self) -> dict[Id, str]:
        return {place: self._text(self.replay.base(place)) for place in self.asked}

    def _text(self, value: object) -> str:
        return array_text(value, min(self.digits, _TRUE))  # type: ignore[arg-type]

    def signature(self, mistake: Mistake, last: int | None = None) -> Signature:
        """Return the asked-for numbers that a mistake changes at the digits shown.

        Args:
            mistake: the mistake.
            last: look no further than the line of this index.
        """
        changed = self.replay.run([self._here(mistake)], last=last).changed
        return tuple(
            (place, text)
            for place, value in changed.items()
            if place in self.asked and (text := self._text(value)) != self._right[place]
        )

    def head(self, mistake: Mistake) -> Signature:
        """Return the first asked-for number that a mistake changes; empty if there is none.

        Looks from the first changed equation on, further and further.
        """
        plan = Plan(self.trace.scenario.cell, (self._here(mistake),))
        first = min((self._first[key] for key in plan.keys if key in self._first), default=0)
        found = (self.signature(mistake, end)[:1] for end in self._ends(first))
        return next(filter(None, found), ())

    def alike(self, mistakes: list[Mistake], head: Signature) -> list[list[Mistake]]:
        """Return the groups of mistakes that change the same numbers to the same ones.

        Args:
            mistakes: some that have the same head.
            head: the head.
        """
        groups = [mistakes]
        for end in self._ends(self.replay.index[head[0][0]]):
            parts: dict[tuple[int, Signature], list[Mistake]] = {}
            for number, group in enumerate(groups):
                for mistake in group if len(group) > 1 else ():
                    key = number, self.signature(mistake, end)
                    parts.setdefault(key, []).append(mistake)
            groups = [part for part in parts.values() if len(part) > 1]
        return groups

    def _ends(self, first: int) -> Iterator[int]:
        """Yield lines to look up to, starting at one: near, far, the last."""
        window = _WINDOW
        while first < len(self.replay.lines):
            first, window = first + window, window * _WIDER
            yield first

    @cached_property
    def _first(self) -> dict[str, int]:
        """The index of the first line of each key that a mistake changes."""
        return {line.key: line.index for line in reversed(self.replay.lines)}

    def _here(self, mistake: Mistake) -> Mistake:
        if not self.counterparts:
            return mistake
        return replace(
            mistake, edits=tuple(self.counterparts.get(edit, edit) for edit in mistake.edits)
        )


def places(trace: Trace, indices: Iterable[int] | None = None) -> frozenset[Id]:
    """Return the places that a trace's steps compute, of blocks those of their rows."""
    found: set[Id] = set()
    for index in range(len(trace)) if indices is None else indices:
        equation, t = trace.key(index)
        if equation.phase is Phase.GIVEN:
            continue
        names = equation.parts if equation.role is Role.BLOCK else (equation.target,)
        found |= {Id(name, t) for name in names}
    return frozenset(found)


def like(asked: frozenset[Id], trace: Trace) -> Callable[[Id], bool]:
    """Return which places of another scenario are asked for: the same ones, and all of a
    symbol whose every time step is asked for.
    """
    missing = {symbol for symbol, _ in places(trace) - asked}
    whole = {symbol for symbol, _ in asked} - missing
    return lambda place: place in asked or place.name in whole


def counterparts(own: AllEdits, other: AllEdits) -> dict[Edit, Edit]:
    """Return which edit of another scenario's program is which edit of this one's.

    An average stays a division by the same number: it is the same mistake as a wrong factor.
    """
    theirs = _numbered(other)
    return {
        edit: theirs[key]
        for key, edit in _numbered(own).items()
        if key in theirs and edit.kind != "average"
    }


def _numbered(found: AllEdits) -> dict[tuple[str, int], Edit]:
    """Key edits by id, and by number where two have the same."""
    seen: Counter[str] = Counter()
    numbered = {}
    for edit in found.edits:
        numbered[edit.id, seen[edit.id]] = edit
        seen[edit.id] += 1
    return numbered
