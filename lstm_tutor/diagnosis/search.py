"""Which mistakes explain a wrong value, and which of them explains the numbers best.

Candidates are the edits of the value's own equation, of the equations that lead to it
and whose values are not given, the families of both, and values under another's name. It is
long because the stages of one search share what was tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Signal, Symbol, at, symbols, walk
from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.diagnosis.accident import DOUBTFUL, chance, chance_of_number, leaves
from lstm_tutor.diagnosis.evidence import Evidence, reported_value
from lstm_tutor.diagnosis.factors import Factors
from lstm_tutor.diagnosis.judgement import Diagnosis, Given, agrees, sure
from lstm_tutor.diagnosis.second_pass import SecondPass
from lstm_tutor.diagnosis.slipping import Slips
from lstm_tutor.diagnosis.solving import Solution
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.prepared import SUM
from lstm_tutor.execution.rules import TOTAL, Rule
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.mistake import LOOP, MISSING_LABEL, NOT_UPDATED, Edit, Mistake
from lstm_tutor.mistakes.reported import reported
from lstm_tutor.mistakes.table import cost, kinds, price, unusual
from lstm_tutor.model.symbol import INPUT, LABEL, LOSS, Id, is_new, new

Array: TypeAlias = NDArray[Any]
Stage: TypeAlias = Callable[[], list[Mistake]]
_ACCIDENT = 0.8  # likelier than this, and a mistake is no explanation
_EXACT = 1e-12
_THIN = 10.0
_MOST_RANKED = 60
_MOST_SHOWN = 6
_MOST_HIDDEN = 700
_MOST_FREE = 700
_MOST_ONCE = 4  # mistakes, and places of each, that are tried as made once
_STRANGE = 0.45  # so much less usual, and a mistake is no tie with one that explains as much
_ANOTHER = {"wrong-gate": "swap-symbol", "other-layer": "swap-symbol"}
_FUNCTIONS = (
    "drop-activation",
    "other-activation",
    "another-function",
    "argument-scaled",
    "double-activation",
)
_USUAL = 1.5
_MOST_PAIRS = 2500
_PAIRS_PER_RUN = 4


class Search:
    """Looks for what explains one wrong value."""

    def __init__(
        self, evidence: Evidence, given: Given, most: int, *, one_odd: bool = False
    ) -> None:
        """Take what is known, at most how often a program may be run anew, and whether the
        value is an odd one: that no mistake in what is not seen gives with all others is known.
        """
        self._one_odd = one_odd
        self.runs = 0
        self._most = most
        self._evidence = evidence
        self._places = evidence.places
        self._given = given
        self._place = given.place
        self._tried: Counter[float] = Counter()
        self._tried_with: dict[str, Counter[float]] = {}
        self._alike: dict[str, float] = {}
        self._left: dict[str, int] = {}

    @cached_property
    def _open(self) -> frozenset[Id]:
        """The places that lead here without a given value between."""
        return self._above[0]

    @cached_property
    def _above(self) -> tuple[frozenset[Id], frozenset[Id]]:
        """The places that lead here unseen, and the given ones above them."""
        return self._evidence.leading(self._place)

    @cached_property
    def _exact(self) -> bool:
        """Whether the given values above are right, to all digits of a program's."""
        evidence = self._evidence
        return not any(
            np.any(np.abs(evidence.own[place] - self._places.base(place)) > _EXACT)
            if evidence.own[place].shape == self._places.base(place).shape
            else True
            for place in self._above[1]
        )

    def _shielded(self, mistake: Mistake) -> bool:
        """Whether the person's own values change what a mistake gives here."""
        targets = {edit.place.name for edit in mistake.edits}
        reached = self._places.downstream(targets)
        return not self._exact or any(symbol in reached for symbol, _ in self._above[1])

    def diagnoses(self, *, deep: bool, last: bool) -> tuple[Diagnosis, ...]:
        """Return the mistakes that explain the value, best first; empty if none does.

        Args:
            deep: also try mistakes made only once in what is not seen, and two at a time.
            last: whether what is in doubt is told, since nothing else will be tried.
        """
        found: list[Mistake] = []
        ranked: tuple[Diagnosis, ...] = ()
        stages = [self._likely, self._upstream, self._unusual]
        if self._one_odd:
            stages[1] = self._written
        more = [self._hidden, self._on_the_way, self._twice]
        for stage in [*stages, *more] if deep else stages:
            if stage == self._written and ranked:
                continue
            found += stage()
            for mistake in found:
                self._tried_with.setdefault(mistake.id, self._tried.copy())
            ranked = self._ranked(list({mistake.id: mistake for mistake in found}.values()))
            if ranked and self._settled(stage, ranked[0]):
                break
        doubtful = bool(ranked) and ranked[0].mistake.id in self._alike and not last
        return () if doubtful and ranked[0].confidence <= DOUBTFUL else ranked

    def _settled(self, stage: Stage, best: Diagnosis) -> bool:
        """Whether nothing that is tried after a stage may explain the value better."""
        if stage == self._written:
            return best.confidence > DOUBTFUL
        if stage == self._likely and self._open and not self._one_odd:
            return False
        if self._left.get(best.mistake.id) and stage != self._hidden:
            return False  # a number that is solved for may explain the rest too
        return sure(best) or stage not in (self._likely, self._upstream, self._hidden)

    def _unusual(self) -> list[Mistake]:
        """Numbers copied or typed wrongly, and one number that explains several values."""
        taken = self._fitting(self._solved(self._slips.taken()))
        factors = self._solved(Factors(self._evidence, self._given).solutions())
        return [*self._written(), *taken, *factors]

    def _written(self) -> list[Mistake]:
        """The value itself, written down wrongly."""
        return list(self._solved(self._slips.written((self._evidence.plain, self._right))))

    def _on_the_way(self) -> list[Mistake]:
        """Numbers copied wrongly that nobody sees."""
        return self._fitting(self._solved(self._slips.on_the_way()), free=True)

    @cached_property
    def _slips(self) -> Slips:
        return Slips(self._evidence, self._given, self._open)

    def _solved(self, solutions: Iterable[Solution]) -> Iterator[Mistake]:
        for solution in solutions:
            self._alike[solution.mistake.id] = solution.alike
            yield solution.mistake

    def _likely(self) -> list[Mistake]:
        """Edits of the value's own equation, here or everywhere, and values misplaced."""
        found = [mistake for mistake in self._own_equation() if self._fits_here(mistake)]
        others = reported(self._place, self._places)
        found += [mistake for mistake in others if self._fits_reported(mistake)]
        found += list(self._wider(found))
        written = self._evidence.all_edits.written_out.get(str(self._place), ())
        found += [mistake for mistake in written if self._fits_here(mistake)]
        if self._place.name == new(LOSS):
            second = SecondPass(self._evidence, self._given)
            self._tried[kinds()[NOT_UPDATED].cost] += len(second.tries)
            found += second.mistakes()
        return found

    def _own_equation(self) -> Iterator[Mistake]:
        for edit in self._edits_of(self._place):
            if not self._nowhere(edit):
                yield Mistake((edit,), self._place)

    def _nowhere(self, edit: Edit) -> bool:
        """Whether an edit reads a value of the forward pass after the last time step or before
        the first state, or any later one where there is one time step alone.
        """
        places, t = self._places, self._place.t
        if edit.kind != MISSING_LABEL and places.unlabelled(self._place):
            return True
        if places.scenario.steps == 1 and _is_ahead(edit, t or 0):
            return True
        if edit.new is None or t is None or places.is_term(self._place):
            return False
        outside = places.scenario.outside
        for symbol in symbols(edit.new):
            if isinstance(symbol, Signal) and not symbol.fixed and symbol.shift:
                series = places.series(symbol.name)
                beyond = series is not None and not series.has(t + symbol.shift)
                ends = symbol.name in places.gradients or symbol.name in outside
                if beyond and not ends:
                    return True
        return False

    def _is_everywhere(self, edit: Edit) -> bool:
        """Whether all that an edit reads is there at the first and the last time step."""
        places = self._places
        read = (node for node in symbols(edit.learner) if isinstance(node, Signal))
        return all(
            symbol.fixed
            or symbol.name in places.gradients
            or (series := places.series(symbol.name)) is None
            or all(series.has(t + symbol.shift) for t in (0, places.scenario.steps - 1))
            for symbol in read
        )

    def _edits_of(self, place: Id) -> Iterator[Edit]:
        """Yield the edits of a place's equation."""
        rule = self._places.rule(place)
        for edit in self._evidence.all_edits.of.get(rule.key.removesuffix(SUM), ()):
            if _fits_rule(edit, rule):
                yield edit

    def _wider(self, found: Iterable[Mistake]) -> Iterator[Mistake]:
        """The same edits at every time step, and of every gate."""
        for mistake in found:
            if not mistake.reported:
                yield Mistake(mistake.edits)
                yield from self._evidence.all_edits.families_of.get(mistake.edits[0], ())
                yield from self._evidence.all_edits.repeated.get(mistake.edits[0].learner, ())

    def _upstream(self) -> list[Mistake]:
        """Edits at every time step of what leads here unseen, and their families; and the same
        edits at one time step, where other values may say that they were made once.
        """
        found = self._fitting(self._systematic())
        alone = [mistake.edits[0] for mistake in found if len(mistake.edits) == 1]
        names = {edit.target for edit in alone if edit.right is not None}
        places = [place for place in self._open if place.name in names and place.t is not None]
        if not places or self._place.t is None:
            return found
        places.sort(key=lambda place: -self._places.position(place))
        once = (
            Mistake((edit,), place)
            for edit in alone[:_MOST_ONCE]
            for place in islice((p for p in places if p.name == edit.target), _MOST_ONCE)
        )
        return found + self._fitting(once, free=True)

    def _systematic(self) -> Iterator[Mistake]:
        steps = range(self._places.scenario.steps)
        names = {
            place.name if place.t is None or place.t in steps else str(place)
            for place in self._open
        }
        alone = len(steps) == 1
        for mistake in self._evidence.all_edits.usual_first:
            ahead = alone and any(_is_ahead(e, e.place.t or 0) for e in mistake.edits)
            if not ahead and any(_leads_here(edit, names) for edit in mistake.edits):
                yield mistake

    def _hidden(self) -> list[Mistake]:
        """Edits at one time step of what leads here unseen, the nearest first."""
        nearest = sorted(self._open, key=lambda place: -self._places.position(place))
        places = [place for place in nearest if not is_new(place.name)]
        found = (Mistake((edit,), place) for place in places for edit in self._edits_of(place))
        return self._fitting(islice(found, _MOST_HIDDEN))

    def _twice(self) -> list[Mistake]:
        """Two edits of the value's own equation, of the more usual ones."""
        if self.runs >= self._most or not np.any(self._given.value):
            return []  # a 0 is made in too many ways
        pairs = list(islice(self._pairs(), _MOST_PAIRS))
        self.runs += len(pairs) // _PAIRS_PER_RUN
        return [mistake for mistake in pairs if self._fits_here(mistake)]

    def _pairs(self) -> Iterator[Mistake]:
        for edit in self._edits_of(self._place):
            if price(edit) <= _USUAL and not self._nowhere(edit):
                for second in self._evidence.all_edits.twice(edit):
                    usual = price(second) <= _USUAL and not self._nowhere(second)
                    if usual and _fits_rule(second, self._places.rule(self._place)):
                        yield Mistake((second,), self._place)

    def _fits_reported(self, mistake: Mistake) -> bool:
        self._tried[unusual(mistake)] += 1
        runs = self._right, self._evidence.plain
        values = [reported_value(mistake, run) for run in runs]
        loop = mistake.kind == LOOP  # which only the person's own values tell
        read = mistake.edits[0].new
        if loop and not (isinstance(read, Signal) and Id.of(read) in self._evidence.own):
            return False  # as where it reads a 0: a carry that is left out is 0 too
        radius = self._radius if loop else 0.0
        if not values[loop].any():
            return False
        return any(agrees(self._given, value, radius) for value in values)

    def _fits_here(self, mistake: Mistake) -> bool:
        """Whether an edit of the value's own equation gives it."""
        self._tried[unusual(mistake)] += 1
        changed = world((*self._evidence.known, mistake))
        if agrees(self._given, self._right.predicted(self._place, 0, changed)):
            return True
        value = self._evidence.plain.predicted(self._place, 0, changed)
        return agrees(self._given, value, self._radius)

    @cached_property
    def _right(self) -> Runs:
        return self._evidence.both(self._evidence.known)[0]

    @cached_property
    def _radius(self) -> Array:
        return self._evidence.radii.before(self._place)

    def _fitting(self, mistakes: Iterable[Mistake], *, free: bool = False) -> list[Mistake]:
        """Return the mistakes with which a program gives the value; not known without runs,
        unless they are free: those are few.
        """
        most = _MOST_FREE if free else max(0, self._most - self.runs)
        chosen = list(islice(mistakes, most))
        self.runs += len(chosen)
        if not free:
            self._tried.update(map(unusual, chosen))
        evidence, known = self._evidence, self._evidence.known
        many = [(*known, mistake) for mistake in chosen]
        fits = evidence.given_by(self._given, many, carried=False)
        left = [n for n in np.flatnonzero(~fits).tolist() if self._shielded(chosen[n])]
        fits[left] = evidence.given_by(self._given, [many[n] for n in left], carried=True)
        return [mistake for mistake, there in zip(chosen, fits.tolist(), strict=True) if there]

    def _ranked(self, mistakes: list[Mistake]) -> tuple[Diagnosis, ...]:
        """Order mistakes by how much of all that is given they explain."""
        if not mistakes:
            return ()
        known = self._evidence.known
        chosen = sorted(mistakes, key=cost)[:_MOST_RANKED]
        many = [known, *((*known, mistake) for mistake in chosen)]
        before, *explained = self._evidence.explained(many)
        rows = []
        for mistake, grades in zip(chosen, explained, strict=True):
            fewer = grades.count(0) < before.count(0)
            if fewer and not self._contradicted(mistake, before, grades):
                rows.append((grades.count(0), -grades.count(2), cost(mistake), mistake, grades))
        rows.sort(key=lambda row: row[:3])
        likely = [
            (row, odds)
            for row in rows
            if (odds := self._chance(before, row[4], row[3]) * self._thin(before, row[4]))
            < _ACCIDENT
        ]
        if self._place.t is None:  # there, once is everywhere
            once = {row[3].edits: (row, odds) for row, odds in reversed(likely)}
            likely = list(reversed(once.values()))
        if not likely:
            return ()
        first = likely[0][0]
        most = unusual(first[3]) + _STRANGE
        ties = [row[:2] == first[:2] and unusual(row[3]) < most for row, _ in likely]
        same = self._same_idea(
            [row[3] for (row, _), tie in zip(likely, ties, strict=True) if tie]
        )
        kept = [n for n, (row, _) in enumerate(likely) if row[3] not in same]
        likely, ties = [likely[n] for n in kept], [ties[n] for n in kept]
        tied = sum(ties)
        return tuple(
            self._diagnosis(row[3], odds, number, tied, first[3], ties[number])
            for number, (row, odds) in enumerate(likely[:_MOST_SHOWN])
        )

    def _contradicted(
        self, mistake: Mistake, before: Sequence[int], after: Sequence[int]
    ) -> bool:
        """Whether a mistake leaves more unexplained than it explains: of the values whose
        formula it changes, or that read what it changes; if none of them is given, of all
        that it leads to.
        """
        if mistake.reported:
            return False
        if mistake.at in self._evidence.own:
            return mistake.kind in _FUNCTIONS and self._once_of_many(mistake, before, after)
        made = {edit.place.name for edit in mistake.edits if edit.right is not None}
        data = {edit.place for edit in mistake.edits if edit.right is None}
        reached = self._places.downstream({edit.place.name for edit in mistake.edits})
        near, far = [0, 0], [0, 0]  # left unexplained, explained
        for given, was, now in zip(self._evidence.givens, before, after, strict=True):
            place = given.place
            if was or place.name not in reached:
                continue
            far[now > 0] += 1
            if place.name in made or not data.isdisjoint(self._places.operands(place)):
                near[now > 0] += 1
        self._left[mistake.id] = near[0]
        left, told = near if near[1] else far
        return left > told

    def _once_of_many(
        self, mistake: Mistake, before: Sequence[int], after: Sequence[int]
    ) -> bool:
        """Whether a function that is taken for another at one time step leaves wrong what the
        same equation gives at all others: who takes one takes it everywhere where it is.
        """
        if any(edit.before or not self._is_everywhere(edit) for edit in mistake.edits):
            return False
        name = self._place.name
        grades = zip(self._evidence.givens, before, after, strict=True)
        wrong = [now for given, was, now in grades if not was and given.place.name == name]
        return len(wrong) > 1 and sum(now > 0 for now in wrong) == 1

    def _same_idea(self, tied: Sequence[Mistake]) -> set[Mistake]:
        """Return of mistakes that explain as much those of one kind with another one before
        them from which no value at all tells them apart.
        """
        found: set[Mistake] = set()
        for number, one in enumerate(tied[:_MOST_SHOWN]):
            for other in tied[number + 1 : _MOST_SHOWN]:
                alike = _idea(one) == _idea(other) and (one.at is None) == (other.at is None)
                if alike and one not in found and not self._apart(one, other):
                    found.add(other)
        return found

    def _apart(self, one: Mistake, other: Mistake) -> bool:
        return any(True for _ in self._evidence.everything([one, other]).apart())

    def _diagnosis(
        self, mistake: Mistake, odds: float, number: int, tied: int, best: Mistake, good: bool
    ) -> Diagnosis:
        confidence = (1 - odds) / (tied if good else 2 * tied)
        decider = self._decider(mistake, best) if number else ""
        operands = self._operands(mistake)
        return Diagnosis(
            self._given.id,
            mistake,
            confidence,
            tied=bool(number) and good,
            alternatives=tied,
            operands=operands,
            decided_by=decider,
        )

    def _operands(self, mistake: Mistake) -> Mapping[Symbol, Array]:
        """Return what the person put into a wrong formula of this value."""
        learner, t = mistake.edits[0].learner, self._place.t
        over_time = any(summed_over_time(node) for node in walk(learner))
        if len(mistake.edits) > 1 or over_time or mistake.edits[0].target != self._place.name:
            return {}
        lookup = self._evidence.plain.lookup(t)
        fixed = learner if t is None else at(learner, t)
        return {symbol: np.asarray(lookup(symbol)) for symbol in symbols(fixed)}

    def _chance(self, before: list[int], after: list[int], mistake: Mistake) -> float:
        """Return how likely it is that one of the mistakes tried by then, of those that
        are at least as usual, agrees by accident.
        """
        kind = unusual(mistake)
        tries = self._tried_with[mistake.id].items()
        tried = sum(count for other, count in tries if other <= kind)
        solved = self._alike.get(mistake.id)
        if solved is None:
            return chance(self._evidence, before, after, float(max(1, tried)))
        return chance_of_number(self._evidence, self._given, before, after, solved)

    def _thin(self, before: Sequence[int], after: Sequence[int]) -> float:
        """Return how many times likelier an accident is: where one number is all that a
        mistake explains, and others are wrong that are made of the same.
        """
        pairs = zip(self._evidence.givens, before, after, strict=True)
        told = [given for given, old, new in pairs if new and not old]
        one = len(told) == 1 and np.size(told[0].value) == 1
        return _THIN if one and leaves(self._evidence, told[0], after) else 1.0

    def _decider(self, one: Mistake, other: Mistake) -> str:
        """Return the first value, not given, in which two mistakes differ."""
        if one == other:
            return ""
        both = self._evidence.everything([one, other])
        places, own = self._places, self._evidence.own
        found = [place for place in both.apart() if places.told(place) and place not in own]
        return str(min(found, key=places.position, default=""))


def _idea(mistake: Mistake) -> str:
    """Return what a kind is about: another gate's quantity is another quantity too."""
    return _ANOTHER.get(mistake.kind, mistake.kind)


def _is_ahead(edit: Edit, t: int) -> bool:
    """Whether an edit at a time step reads a signal of a step after the first one."""
    found = symbols(edit.new) if edit.new is not None else ()
    return any(isinstance(s, Signal) and not s.fixed and t + s.shift > 0 for s in found)


def _leads_here(edit: Edit, names: Collection[str]) -> bool:
    """Whether an edit is of one of some symbols or places; of a label, an input or a loss that
    is left out every time step has one of its own.
    """
    apart = edit.place.name in (LABEL, INPUT) or kinds()[edit.kind].once
    return edit.target in names or (apart and edit.place.name in names)


def _fits_rule(edit: Edit, rule: Rule) -> bool:
    """Whether an edit changes what a rule computes: its formula, or its term of a sum."""
    summed = rule.right is not None and summed_over_time(rule.right) is not None
    term = summed and rule.expression not in (rule.right, TOTAL)
    return edit.right == rule.right and (not term or edit.in_every_term)
