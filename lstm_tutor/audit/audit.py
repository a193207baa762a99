"""What a scenario cannot show: mistakes that change no number, or the same ones.

A formula that is equal to the right one for all numbers is no mistake: it shows on no
richer scenario (`lstm_tutor.audit.richer`) either, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress

from lstm_tutor.audit.accident import Accident, Saturated, accidents, saturated
from lstm_tutor.audit.reach import OutOfReach, out_of_reach
from lstm_tutor.audit.richer import Change, Probe, probes, richest
from lstm_tutor.audit.trial import Bench, Watch, counterparts, like, places
from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.execution.program import alike
from lstm_tutor.mistakes.all_edits import AllEdits, all_edits, single_edits
from lstm_tutor.mistakes.given import taken_as_zero
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.mistakes.partners import siblings
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.symbol import Form, Id, Quantity
from lstm_tutor.trace.trace import Trace, compute


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
        self._traces = [trace]
        self._compared: list[Mistake] = []
        self._changed: dict[int, dict[Edit, Edit]] = {bench.trace.scenario.steps: {}}

    def look(self, watch: Watch) -> None:
        """Try every mistake, and those that show nothing of their own on richer scenarios."""
        everything = [*self._singles(), *self._families()]
        self.bench.look(everything, watch)
        hidden: list[Mistake] = []
        by_head: dict[object, dict[bytes, list[Mistake]]] = {}
        for mistake in everything:
            found = self.bench.signature(mistake)
            if found.head:
                self.shown += 1
                groups = by_head.setdefault(found.head, {})
                groups.setdefault(found.whole, []).append(mistake)
            else:
                hidden.append(mistake)
        alike = [group for groups in by_head.values() for group in groups.values()]
        alike = [group for group in alike if len(group) > 1]
        if self._rich is not None:
            doubtful = [*hidden, *(mistake for group in alike for mistake in group)]
            self._rich.look([*doubtful, *self._carries])
        alike = [group for group in map(self._different, alike) if len(group) > 1]
        self._compared = [mistake for group in alike for mistake in group]
        self._sort_hidden(hidden)
        for group in alike:
            self._compare(group)

    def _different(self, mistakes: list[Mistake]) -> list[Mistake]:
        """Return one of each mistakes that are the same on the richest scenario too."""
        if self._rich is None:
            return []
        found: dict[bytes, Mistake] = {}
        for mistake in mistakes:
            found.setdefault(self._rich.signature(mistake).whole, mistake)
        return list(found.values())

    def _singles(self) -> list[Mistake]:
        """Every edit; also the initial states taken as 0 where they are 0."""
        scenario = self.bench.trace.scenario
        states = map(taken_as_zero, scenario.initial)
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
        asked = frozenset(filter(self._wanted, bench.asked))
        return replace(bench, asked=asked, _known={})

    @cached_property
    def _rich(self) -> Bench | None:
        return self._bench(richest(self.bench.trace.scenario))

    def _bench(self, probe: Probe) -> Bench | None:
        """Compute a richer scenario; None if it overflows."""
        made = (trace for trace in self._traces if alike(trace.scenario, probe.scenario))
        known = next(made, None)
        try:
            trace = compute(probe.scenario, known.program if known else None)
        except NotFinite:
            return None
        self._traces.append(trace)
        steps = probe.scenario.steps
        if steps not in self._changed:
            theirs = single_edits(probe.scenario, trace.program)
            self._changed[steps] = counterparts(self._own.edits, theirs)
        changed = self._changed[steps]
        return Bench(trace, self.bench.digits, places(trace), self._wanted, changed)

    def _sort_hidden(self, hidden: list[Mistake]) -> None:
        """Find the smallest change that shows each mistake; some none can show."""
        if self._rich is not None:
            pairs = [(mistake, self._rich.signature(mistake)) for mistake in hidden]
            pairs = [pair for pair in pairs if pair[1].head]
            hidden = [mistake for mistake, signature in pairs if signature.wanted]
            elsewhere = [mistake for mistake, signature in pairs if not signature.wanted]
            self._add_unseen(Change.ASKED, elsewhere)
        for change, bench in self._benches():
            if not hidden:
                return
            bench.look([*hidden, *self._compared, *self._carries])
            shown = [bool(bench.signature(mistake).head) for mistake in hidden]
            self._add_unseen(change, list(compress(hidden, shown)))
            hidden = [
                mistake for mistake, there in zip(hidden, shown, strict=True) if not there
            ]

    def _add_unseen(self, change: Change, mistakes: list[Mistake]) -> None:
        by_kind: dict[str, list[Mistake]] = {}
        for mistake in mistakes:
            by_kind.setdefault(mistake.kind, []).append(mistake)
        self.unseen += [Unseen(kind, change, tuple(them)) for kind, them in by_kind.items()]

    def _compare(self, group: list[Mistake]) -> None:
        """Find the smallest change that tells mistakes apart; some none can."""
        if self._rich is None:
            return
        asked: dict[bytes, Mistake] = {}
        for mistake in group:
            asked.setdefault(self._rich.signature(mistake).wanted, mistake)
        if len(asked) > 1:
            mistakes = tuple(asked.values())
            self.alike.append(Alike(self._telling(mistakes), mistakes))
        else:
            self.alike.append(Alike(Change.ASKED, tuple(group)))

    def _telling(self, mistakes: tuple[Mistake, ...]) -> Change:
        """Return the smallest change that tells all of some mistakes apart."""
        for change, bench in self._benches():
            bench.look([*self._compared, *self._carries])
            if len({bench.signature(one).whole for one in mistakes}) == len(mistakes):
                return change
        return Change.ALL

    @cached_property
    def _carries(self) -> list[Mistake]:
        """The carries that are left out: all of them, and each one."""
        together = (one for one in self._own.families if one.kind == "drop-carries")
        return [*together, *(one for one in self._singles() if one.kind == "drop-carry")]

    def independent(self) -> Iterator[Independent]:
        """Yield the parameters' gradients that carries do not change here, but elsewhere:
        first without any carry, then what else does not change without one of them.
        """
        seen: set[str] = set()
        found: dict[tuple[Change, tuple[str, ...]], list[Mistake]] = {}
        for mistake in self._carries:
            changes: dict[Change, list[str]] = {}
            for gradient in self._unchanged(mistake):
                if gradient not in seen:
                    changes.setdefault(self._smallest(mistake, gradient), []).append(gradient)
            for change, gradients in changes.items():
                found.setdefault((change, tuple(gradients)), []).append(mistake)
                seen |= set(gradients) if mistake.together else set()
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
        return set(bench.signature(mistake).gradients)

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
            name = cell.at_gate(what, "" if rows else "*")
        found.append(name)
    return found
