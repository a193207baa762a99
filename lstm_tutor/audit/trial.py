"""A scenario as a bench on which mistakes are tried: which asked-for numbers they change.

Two mistakes look the same on a bench if they give the same numbers at the digits shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.world import pieces
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.model.equation import Phase, Role
from lstm_tutor.model.symbol import Id
from lstm_tutor.trace.trace import Trace

Array: TypeAlias = NDArray[Any]
Watch: TypeAlias = Callable[[Sequence[Mistake]], Iterable[Mistake]]
_TRUE = 12  # digits; beyond them numbers differ by the order of evaluation
_LARGE = 2_000_000  # lines to be evaluated, with which it is worth to leave some out
_STAGES = {Phase.BACKWARD: 1, Phase.GRADIENTS: 2, Phase.UPDATE: 2}
_UNITS = np.array([10.0 ** (size + 1) for size in [*range(308), *range(-340, 0)]])
"""A unit of the first digit of a number by its size, sizes below 0 as lists in Python count."""
_SALT = np.uint64(0x9E3779B97F4A7C15)
_MIX = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
_NOISE = 1e-13  # of a quantity, where two programs compute the same in another order


class Signature(NamedTuple):
    """The asked-for numbers that a mistake changes, at the digits shown.

    Attributes:
        head: the first of them, and what it is; () if there is none.
        whole: stands for all of them.
        wanted: stands for those that correspond to another bench's.
        gradients: the symbols without a time step among them.
    """

    head: tuple[object, ...]
    whole: bytes
    wanted: bytes
    gradients: frozenset[str]


def _key(place: Id) -> tuple[str, bool]:
    """Return what places of the same shape share: the symbol, and whether at a time step."""
    return place.name, place.t is not None


@dataclass(frozen=True)
class Bench:
    """A computed scenario and the numbers of it that are asked for.

    Attributes:
        trace: the right computation.
        digits: significant digits of the numbers.
        asked: places that are asked for.
        wanted: which of them correspond to those of another bench.
        counterparts: mistakes of the audited scenario that read differently here.
    """

    trace: Trace
    digits: int
    asked: frozenset[Id]
    wanted: Callable[[Id], bool] = lambda _: True
    counterparts: Mapping[Edit, Edit] = field(default_factory=dict)
    _known: dict[str, Signature] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _places(self) -> Places:
        return self.trace.places

    @cached_property
    def _order(self) -> list[Id]:
        """The asked-for places, in order of evaluation."""
        return sorted(self.asked, key=self._places.position)

    @cached_property
    def _columns(self) -> dict[tuple[str, bool], tuple[list[int], list[Id]]]:
        """The asked-for places by symbol, each with its position among them."""
        found: dict[tuple[str, bool], tuple[list[int], list[Id]]] = {}
        for number, place in enumerate(self._order):
            numbers, members = found.setdefault(_key(place), ([], []))
            numbers.append(number)
            members.append(place)
        return found

    def signature(self, mistake: Mistake) -> Signature:
        """Return what a mistake changes."""
        if mistake.id not in self._known:
            self.look([mistake])
        return self._known[mistake.id]

    def look(self, mistakes: Sequence[Mistake], watch: Watch = iter) -> None:
        """Try mistakes, all in a few runs.

        Args:
            mistakes: the mistakes.
            watch: passes them on while they are tried.
        """
        found = {mistake.id: mistake for mistake in mistakes}
        new = [mistake for id_, mistake in found.items() if id_ not in self._known]
        worth = len(new) * len(self._places) > _LARGE
        stage = self._stage if worth else lambda _: 0
        new.sort(key=stage)
        waiting = iter(watch(new))
        for _, members in groupby(new, key=stage):
            worlds = [world([self._here(mistake)]) for mistake in members]
            for piece in pieces(self._places, worlds):
                runs = Runs(self._places, piece, wanted={place.name for place in self.asked})
                for lane, signature in enumerate(self._signatures(runs)):
                    self._known[next(waiting).id] = self._odd(runs, lane, signature)

    def _stage(self, mistake: Mistake) -> int:
        """Return what part of the program a mistake changes first; what comes before it need
        not be run again.
        """
        return min(self._stages.get(edit.place.name, 0) for edit in mistake.edits)

    @cached_property
    def _stages(self) -> dict[str, int]:
        return {e.target: _STAGES.get(e.phase, 0) for e in self.trace.program.equations()}

    def _signatures(self, runs: Runs) -> list[Signature]:
        lanes = len(runs.worlds)
        first = np.full(lanes, len(self._order))
        heads: list[bytes] = [b""] * lanes
        whole, asked = (np.zeros(lanes, dtype=np.uint64) for _ in range(2))
        names: list[set[str]] = [set() for _ in range(lanes)]
        for numbers, members in self._columns.values():
            values = runs.together(members)
            if values is None:
                continue  # the right ones throughout
            values = values.reshape(len(members), values.shape[1], -1)
            base = np.array([self._places.base(place).ravel() for place in members])[:, None, :]
            shown, right = self._rounded(values, base), self._rounded(base, base)
            differs = (shown != right).any(-1)
            digests = np.where(differs, _digests(shown, numbers), np.uint64(0))
            wanted = np.array([self.wanted(place) for place in members], dtype=bool)
            whole += digests.sum(0, dtype=np.uint64)
            asked += digests[wanted].sum(0, dtype=np.uint64)
            rows = differs.argmax(0)
            for lane in np.flatnonzero(differs.any(0)).tolist():
                row = rows[lane]
                if numbers[row] < first[lane]:
                    first[lane], heads[lane] = numbers[row], shown[row, lane].tobytes()
                if members[0].t is None:
                    names[lane].add(members[0].name)
        return [
            Signature(
                (int(first[lane]), heads[lane]) if heads[lane] else (),
                whole[lane].tobytes() if whole[lane] else b"",
                asked[lane].tobytes() if asked[lane] else b"",
                frozenset(names[lane]),
            )
            for lane in range(lanes)
        ]

    def _rounded(self, values: Array, base: Array) -> Array:
        """Return values at the digits shown; what rounding alone changed is as it was."""
        digits = min(self.digits, _TRUE)
        with np.errstate(all="ignore"):
            scale = np.abs(base).max()
            values = np.where(np.abs(values - base) <= _NOISE * scale, base, values) + 0.0
            sizes = np.floor(np.log10(np.abs(values)))
            unit = _UNITS[np.nan_to_num(sizes, posinf=0, neginf=0).astype(np.int16) - digits]
            found = np.where(values == 0, 0.0, np.rint(values / unit) * unit)
        return np.where(np.isnan(found), np.inf, found)

    def _odd(self, runs: Runs, lane: int, signature: Signature) -> Signature:
        """Tell worlds apart whose formula has a value of another shape, kept nowhere."""
        asked = {name for name, _ in self._columns}
        parts = [
            (f"{place} {value.shape}", value.tobytes())
            for place, value in runs.odd(lane)
            if place.name in asked
        ]
        if not parts:
            return signature
        more = _digest(parts)
        wanted = more if self.wanted(self._order[0]) else b""
        head = signature.head or parts[0]
        return signature._replace(
            head=head, whole=signature.whole + more, wanted=signature.wanted + wanted
        )

    def _here(self, mistake: Mistake) -> Mistake:
        if not self.counterparts:
            return mistake
        return replace(
            mistake, edits=tuple(self.counterparts.get(edit, edit) for edit in mistake.edits)
        )


def _digests(values: Array, numbers: Sequence[int]) -> NDArray[np.uint64]:
    """Return a number that stands for each value at its place; their sum stands for many.

    Args:
        values: (places, lanes, entries), no number of them -0.
        numbers: the number of each place.
    """
    entries = np.arange(values.shape[-1], dtype=np.uint64)
    place = np.array(numbers, dtype=np.uint64)[:, None, None] * np.uint64(1 << 20) + entries
    with np.errstate(over="ignore"):
        mixed = np.ascontiguousarray(values).view(np.uint64) + place * _SALT
        for shift, factor in _MIX:  # splitmix64's
            mixed ^= mixed >> shift
            mixed *= factor
        mixed ^= mixed >> np.uint64(31)
        return np.asarray(mixed.sum(-1, dtype=np.uint64))


def _digest(parts: Sequence[tuple[object, bytes]]) -> bytes:
    """Return what stands for some numbers; nothing for none."""
    if not parts:
        return b""
    found = blake2b(digest_size=16)
    for number, data in parts:
        found.update(f"{number}:".encode())
        found.update(data)
    return found.digest()


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


def counterparts(own: Iterable[Edit], other: Iterable[Edit]) -> dict[Edit, Edit]:
    """Return which edit of another scenario's program is which edit of this one's.

    An average stays a division by the same number: it is the same mistake as a wrong factor.
    """
    theirs = _numbered(other)
    return {
        edit: theirs[key]
        for key, edit in _numbered(own).items()
        if key in theirs and edit.kind != "average"
    }


def _numbered(edits: Iterable[Edit]) -> dict[tuple[str, int], Edit]:
    """Key edits by id, and by number where two have the same."""
    seen: Counter[str] = Counter()
    numbered = {}
    for edit in edits:
        numbered[edit.id, seen[edit.id]] = edit
        seen[edit.id] += 1
    return numbered
