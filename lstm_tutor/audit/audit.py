"""What a scenario cannot show: mistakes that change no number, or the same ones.

A formula that is equal to the right one for all numbers is no mistake: it shows on no
richer scenario (`lstm_tutor.audit.richer`) either, and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress
from typing import TypeAlias

from lstm_tutor.audit.accident import Accident, Saturated, accidents, saturated
from lstm_tutor.audit.reach import OutOfReach, out_of_reach
from lstm_tutor.audit.richer import Change, Probe, probes, richest
from lstm_tutor.audit.trial import Bench, Signature, counterparts, like, places
from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.mistakes.all_edits import AllEdits, all_edits, taken_as_zero
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.mistakes.partners import siblings
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.symbol import Form, Id, Quantity
from lstm_tutor.trace.trace import Trace, compute

Watch: TypeAlias = Callable[[Sequence[Mistake]], Iterable[Mistake]]


@dataclass(frozen=True)
class Unseen:
    """Mistakes of one kind that change no asked-for number.

    Attributes:
        kind: which kind of mistake.
        change: the smallest change of the scenario that would show them.
        mistakes: one per changed equation, or per family.
    """

    kind: str
    change: Change
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class Alike:
    """Different mistakes that give the same wrong numbers.

    Attributes:
        change: the smallest change of the scenario that would tell them all apart.
        mistakes: one of each that something tells apart.
    """

    change: Change
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class Independent:
    """Gradients of parameters that do not depend on the carries here.

    Attributes:
        mistakes: carries that are left out, each with the same result.
        gradients: the symbols that do not change.
        change: the smallest change of the scenario that would change all of them.
    """

    mistakes: tuple[Mistake, ...]
    gradients: tuple[str, ...]
    change: Change


@dataclass(frozen=True)
class Audit:
    """What a scenario cannot show.

    Attributes:
        digits: significant digits of the numbers.
        asked: how many numbers are asked for.
        tried: how many mistakes were tried, those without any effect left out.
        unseen, alike, independent, accidents, saturated, unreachable: the findings.
    """

    digits: int
    asked: int
    tried: int
    unseen: tuple[Unseen, ...]
    alike: tuple[Alike, ...]
    independent: tuple[Independent, ...]
    accidents: tuple[Accident, ...]
    saturated: tuple[Saturated, ...]
    unreachable: tuple[OutOfReach, ...]


def audit(
    trace: Trace, digits: int, indices: Sequence[int] | None = None, watch: Watch = iter
) -> Audit:
    """Find out what a scenario cannot show.

    Args:
        trace: the scenario, computed.
        digits: significant digits at which two numbers are the same.
        indices: the steps whose values are asked for; all by default.
        watch: passes the mistakes on while they are tried, to show how far it is.
    """
    own = all_edits(trace.scenario, trace.program)
    found = _Findings(trace, own, Bench(trace, digits, places(trace, indices)))
    found.look(watch)
    return Audit(
        digits=digits,
        asked=len(found.bench.asked),
        tried=found.shown + sum(len(kind.mistakes) for kind in found.unseen),
        unseen=tuple(found.unseen),
        alike=tuple(found.alike),
        independent=tuple(found.independent()),
        accidents=tuple(accidents(trace, digits)),
        saturated=tuple(saturated(trace)),
        unreachable=tuple(out_of_reach(trace.scenario)),
    )


class _Findings:
    """The mistakes of one scenario, sorted by what they show here and elsewhere."""

    def __init__(self, trace: Trace, own: AllEdits, bench: Bench) -> None:
        self.bench = bench
        self.shown = 0
        self.unseen: list[Unseen] = []
        self.alike: list[Alike] = []
        self._own = own
        self._wanted = like(bench.asked, trace)
        self._waiting = probes(trace.scenario)
        self._made: list[tuple[Change, Bench]] = []

    def look(self, watch: Watch) -> None:
        """Try every mistake, and those that show nothing of their own on richer scenarios."""
        hidden: list[Mistake] = []
        by_head: dict[Signature, list[Mistake]] = {}
        for mistake in watch([*self._singles(), *self._families()]):
            head = self.bench.head(mistake)
            (by_head.setdefault(head, []) if head else hidden).append(mistake)
        self.shown = sum(map(len, by_head.values()))
        self._sort_hidden(hidden)
        for head, members in by_head.items():
            for group in self.bench.alike(self._different(members), head):
                self._compare(group)

    def _different(self, mistakes: list[Mistake]) -> list[Mistake]:
        """Return one of each mistakes that are the same on the richest scenario too."""
        if self._rich is None or len(mistakes) < 2:
            return []
        found: dict[Signature, Mistake] = {}
        for mistake in mistakes:
            found.setdefault(self._rich.signature(mistake), mistake)
        return list(found.values())

    def _singles(self) -> list[Mistake]:
        """Every edit; also the initial states taken as 0 where they are 0."""
        states = map(taken_as_zero, self.bench.trace.scenario.cell.states)
        edits = dict.fromkeys((*self._own.systematic, *states))
        return [Mistake((edit,)) for edit in edits]

    def _families(self) -> list[Mistake]:
        """The families whose edits are no mistakes on their own, such as another gate order."""
        known = set(self._own.edits)
        return [one for one in self._own.families if not known.issuperset(one.edits)]

    def _benches(self) -> Iterator[tuple[Change, Bench]]:
        """Yield the richer scenarios, each made when it is first needed."""
        yield from tuple(self._made)
        for probe in self._waiting:
            made = self._bench(probe)
            if made is not None:
                self._made.append((probe.change, self._asked(made)))
                yield self._made[-1]
        if self._last is not None:
            yield Change.ALL, self._last

    @cached_property
    def _last(self) -> Bench | None:
        return self._rich and self._asked(self._rich)

    def _asked(self, bench: Bench) -> Bench:
        """Return a bench on which only what corresponds to the asked-for numbers is asked."""
        return replace(bench, asked=frozenset(filter(self._wanted, bench.asked)))

    @cached_property
    def _rich(self) -> Bench | None:
        return self._bench(richest(self.bench.trace.scenario))

    def _bench(self, probe: Probe) -> Bench | None:
        """Compute a richer scenario; None if it overflows."""
        try:
            trace = compute(probe.scenario)
        except NotFinite:
            return None
        changed: dict[Edit, Edit] = {}
        if probe.scenario.steps != self.bench.trace.scenario.steps:
            changed = counterparts(self._own, all_edits(probe.scenario, trace.program))
        return Bench(trace, self.bench.digits, places(trace), changed)

    def _sort_hidden(self, hidden: list[Mistake]) -> None:
        """Find the smallest change that shows each mistake; some none can show."""
        if self._rich is not None:
            signatures = [self._rich.signature(mistake) for mistake in hidden]
            pairs = [pair for pair in zip(hidden, signatures, strict=True) if pair[1]]
            hidden = [mistake for mistake, signature in pairs if self._of_asked(signature)]
            elsewhere = [mistake for mistake, found in pairs if not self._of_asked(found)]
            self._add_unseen(Change.ASKED, elsewhere)
        for change, bench in self._benches():
            if not hidden:
                return
            shown = [bool(bench.head(mistake)) for mistake in hidden]
            self._add_unseen(change, list(compress(hidden, shown)))
            hidden = [
                mistake for mistake, there in zip(hidden, shown, strict=True) if not there
            ]

    def _add_unseen(self, change: Change, mistakes: list[Mistake]) -> None:
        by_kind: dict[str, list[Mistake]] = {}
        for mistake in mistakes:
            by_kind.setdefault(mistake.kind, []).append(mistake)
        self.unseen += [Unseen(kind, change, tuple(them)) for kind, them in by_kind.items()]

    def _of_asked(self, signature: Signature) -> Signature:
        """Return the part of a signature that is asked for."""
        return tuple(pair for pair in signature if self._wanted(pair[0]))

    def _compare(self, group: list[Mistake]) -> None:
        """Find the smallest change that tells mistakes apart; some none can."""
        if self._rich is None:
            return
        asked: dict[Signature, Mistake] = {}
        for mistake in group:
            asked.setdefault(self._of_asked(self._rich.signature(mistake)), mistake)
        if len(asked) > 1:
            mistakes = tuple(asked.values())
            self.alike.append(Alike(self._telling(mistakes), mistakes))
        else:
            self.alike.append(Alike(Change.ASKED, tuple(group)))

    def _telling(self, mistakes: tuple[Mistake, ...]) -> Change:
        """Return the smallest change that tells all of some mistakes apart."""
        for change, bench in self._benches():
            if len({bench.signature(mistake) for mistake in mistakes}) == len(mistakes):
                return change
        return Change.ALL

    def independent(self) -> Iterator[Independent]:
        """Yield the parameters' gradients that carries do not change here, but elsewhere:
        first without any carry, then what else does not change without one of them.
        """
        together = [one for one in self._own.families if one.kind == "drop-carries"]
        alone = [one for one in self._singles() if one.kind == "drop-carry"]
        seen: set[str] = set()
        found: dict[tuple[Change, tuple[str, ...]], list[Mistake]] = {}
        for mistake in (*together, *alone):
            changes: dict[Change, list[str]] = {}
            for gradient in self._unchanged(mistake):
                if gradient not in seen:
                    changes.setdefault(self._smallest(mistake, gradient), []).append(gradient)
            for change, gradients in changes.items():
                found.setdefault((change, tuple(gradients)), []).append(mistake)
                seen |= set(gradients) if mistake in together else set()
        for (change, same), mistakes in found.items():
            yield Independent(tuple(mistakes), same, change)

    def _unchanged(self, mistake: Mistake) -> list[str]:
        """Return the gradients that a mistake changes on the richest scenario only."""
        names = [e.target for e in self.bench.trace.program.derivation.gradients]
        here, there = self._gradients(self.bench, mistake), set(names)
        if self._rich is not None:
            there = self._gradients(self._rich, mistake)
        asked = (name for name in names if Id(name) in self.bench.asked)
        return [name for name in asked if name in there and name not in here]

    def _gradients(self, bench: Bench, mistake: Mistake) -> set[str]:
        return {symbol for (symbol, t), _ in bench.signature(mistake) if t is None}

    def _smallest(self, mistake: Mistake, gradient: str) -> Change:
        for change, bench in self._benches():
            if gradient in self._gradients(bench, mistake):
                return change
        return Change.ALL


def block_names(targets: Iterable[str], cell: Cell) -> list[str]:
    """Return names, those of all gates as one: ``dU`` for a block, ``z_*`` if there is none."""
    left = list(dict.fromkeys(targets))
    found = []
    while left:
        name = left.pop(0)
        group = {name, *siblings(name, cell)}
        what = cell.quantities.get(name, Quantity(name))
        rows = what.block in cell.blocks
        if len(group) > 1 and group <= {name, *left} and (rows or what.form is Form.VALUE):
            left = [other for other in left if other not in group]
            name = what.at_gate("" if rows else "*")
        found.append(name)
    return found
