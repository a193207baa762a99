"""The values of one part of the source, judged in the order of the computation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, Protocol, TypeAlias

from numpy.typing import NDArray

from lstm_tutor.diagnosis.effort import Effort
from lstm_tutor.diagnosis.evidence import Evidence, reported_value
from lstm_tutor.diagnosis.judgement import (
    Given,
    Judgement,
    Status,
    agreeing_each,
    agrees,
    by_place,
    by_symbol,
    coarse,
    of_right,
    unit_of,
)
from lstm_tutor.diagnosis.rounding import Radii
from lstm_tutor.diagnosis.search import Search
from lstm_tutor.diagnosis.working import Working
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.all_edits import AllEdits
from lstm_tutor.mistakes.mistake import ASIDE, LOOP, Mistake
from lstm_tutor.mistakes.reported import reported
from lstm_tutor.model.symbol import Id, is_new, new

Array: TypeAlias = NDArray[Any]


class Right(Protocol):
    """The right computation."""

    places: Places

    @property
    def all_edits(self) -> AllEdits:
        """Every edit of its equations."""


class Court:
    """Judges the values of one part of the source, in the order of the computation.

    Args:
        computation: the right one.
        part: the values.
        own: all that the person gives up to this part.
        working: how precisely the person works.
        left: how much may be tried.
        earlier: the mistakes found before, each with the id of its value.
        wrong: what was wrong before, each with the id of its cause.
        exact: how far off other values are, if what is not given is known exactly.
        one_odd: whether a few values are odd, and no mistake in what is not seen gives them.
    """

    def __init__(
        self,
        computation: Right,
        part: Sequence[Given],
        own: Mapping[Id, Given],
        working: Working,
        left: Effort,
        earlier: Mapping[Mistake, str],
        wrong: Mapping[Id, str],
        exact: Mapping[Id, Array] | None = None,
        *,
        one_odd: bool = False,
    ) -> None:
        self.found: dict[Mistake, str] = {}
        self._rights: dict[int, bool] = {}
        self._follow: dict[int, bool] = {}
        self._left = left
        self._share = left.share
        self._computation = computation
        self._one_odd = one_odd
        self._places = places = computation.places
        self._part = part
        self._earlier = earlier
        self._own = by_place(own.values(), places)
        here = {given.place for given in part}
        self.wrong = {place: id_ for place, id_ in wrong.items() if place not in here}
        self._givens, self._working, self._exact = own, working, exact

    @cached_property
    def _plain(self) -> Runs:
        """The right program with the person's values, which right ones do not need."""
        symbols = frozenset(given.place.name for given in self._part)
        return Runs(self._places, [world(carried=True)], self._own, symbols)

    @cached_property
    def _units(self) -> Mapping[Id, Array]:
        places, working = self._places, self._working
        return {place: unit_of(one, places, working) for place, one in self._givens.items()}

    @property
    def _known(self) -> Mapping[Id, Array]:
        return {} if self._exact is None else {**self._exact, **self._units}

    @cached_property
    def _radii(self) -> Radii:
        return Radii(self._plain, self._known or self._units, self._working)

    @cached_property
    def _chain(self) -> Radii:
        return Radii(Runs(self._places, [world()]), self._known, self._working)

    @property
    def evidence(self) -> Evidence:
        """What is known by now."""
        return replace(self._known_at_first, known=tuple(self.found))

    @cached_property
    def _known_at_first(self) -> Evidence:
        places, plain, radii = self._places, self._plain, self._radii
        for members in by_symbol(self._part):
            owns = [plain.predicted(given.place) for given in members]
            before = [radii.before(given.place) for given in members]
            follow = agreeing_each(members, owns, before).tolist()
            self._follow |= dict(zip(map(id, members), follow, strict=True))
        grades = [(self._right(given), self._follows(given)) for given in self._part]
        edits = self._computation.all_edits
        return Evidence(places, edits, self._part, self._own, plain, radii, grades)

    def _right(self, given: Given) -> bool:
        """Whether a value is the right one."""
        if id(given) not in self._rights:
            self._rights[id(given)] = agrees(given, self._places.base(given.place))
        return self._rights[id(given)]

    def _follows(self, given: Given) -> bool:
        """Whether a value follows from the person's other ones, without any mistake."""
        if id(given) not in self._follow:
            place = given.place
            own, radius = self._plain.predicted(place), self._radii.before(place)
            self._follow[id(given)] = agrees(given, own, radius)
        return self._follow[id(given)]

    def judged(self, *, deep: bool) -> list[Judgement]:
        """Judge every value; what nothing explains at first, once more when the rest is
        known, and the first of those that are left with all that can be tried, if it shall.
        """
        for members in by_symbol(self._part):
            bases = [self._places.base(given.place) for given in members]
            right = agreeing_each(members, bases).tolist()
            self._rights |= dict(zip(map(id, members), right, strict=True))
        found = [self._judge(given) for given in self._part]
        for all_of_it in (False, True) if deep else (False,):
            for number, judgement in enumerate(found):
                unexplained = judgement.status is Status.WRONG and not judgement.diagnoses
                if unexplained and not judgement.because and (self.found or all_of_it):
                    again = self._judge(judgement.given, deep=all_of_it)
                    found[number] = again if again.sought else judgement
                    if all_of_it:
                        break
        return list(self._again(found))

    def _again(self, found: Sequence[Judgement]) -> Iterator[Judgement]:
        """Yield the judgements; of what is computed anew after the update, with a formula that
        is wrong before it, nothing can be said but that.
        """
        unknown: dict[str, str] = {}
        for item in found:
            if item.status is Status.WRONG and not (item.diagnoses or item.because):
                name = item.given.place.name
                above = self._places.upstream({name}) if is_new(name) else frozenset()
                cause = next((id_ for first, id_ in unknown.items() if new(first) in above), "")
                if cause:
                    yield replace(item, because=cause)
                    continue
                unknown.setdefault(name, item.given.id)
            yield item

    def verdict(self, given: Given, *, deep: bool = True) -> Judgement:
        """Judge one value; of the others only whether they are wrong. What is unusual is tried
        only if it is to be deep.
        """
        for other in self._part:
            if other is not given:
                place = other.place
                expected, own = self._places.base(place), self._plain.predicted(place)
                if self._status(other, expected, own) in (Status.WRONG, Status.GIVEN):
                    self.wrong[place] = other.id
        found = self._judge(given, last=not deep)
        explained = found.diagnoses or found.because or found.status is not Status.WRONG
        return found if explained or not deep else self._judge(given, deep=True)

    def odd(self, given: Given) -> Judgement:
        """Judge one value when the others are, and what is found and wrong there is known."""
        return self._judge(given)

    def _judge(self, given: Given, *, deep: bool = False, last: bool = False) -> Judgement:
        place = given.place
        expected = self._places.base(place)
        if self._right(given):
            later = partial(self._predicted, place)
            return Judgement(given, of_right(given, expected), expected, later)
        own = self._predicted(place)
        status = self._status(given, expected, own)
        judgement = Judgement(given, status, expected, own)
        if status is Status.GIVEN:
            cause = self._cause(place)
            self.wrong[place] = cause
            return replace(judgement, because=cause)
        wrong = status is Status.WRONG
        return self._explain(judgement, deep, last or deep) if wrong else judgement

    def _predicted(self, place: Id) -> Array:
        return self._plain.predicted(place)

    def _status(self, given: Given, expected: Array, own: Array) -> Status:
        place = given.place
        if self._right(given):
            return of_right(given, expected)
        if self._follows(given):
            if coarse(self._radii.before(place), own):
                return Status.COARSE
            if not self._cause(place):
                return Status.ROUNDED
            if agrees(given, own) and not agrees(given, expected):
                return Status.GIVEN
            rounded = agrees(given, expected, self._chain.before(place))
            return Status.ROUNDED if rounded else Status.GIVEN
        return Status.WRONG

    def _cause(self, place: Id) -> str:
        """Return the nearest value above a place that is wrong, or follows from one."""
        seen = {place}
        waiting = [place]
        while waiting:
            for operand in self._places.operands(waiting.pop(0)):
                if operand in self.wrong:
                    return str(operand)
                if operand not in seen and operand not in self._own:
                    seen.add(operand)
                    waiting.append(operand)
        return ""

    def _explain(self, judgement: Judgement, deep: bool, last: bool) -> Judgement:
        """Look for the mistake behind a wrong value, among those found before first."""
        given = judgement.given
        self.wrong[given.place] = given.id
        known = [(*pair, self._made(pair[0], given)) for pair in self.found.items()]
        known += [(*pair, self._made(pair[0], given)) for pair in self._earlier.items()]
        for mistake, id_, made in sorted(known, key=lambda one: not one[2]):
            if id_ != given.id and self._gives(mistake, given):
                self.found.setdefault(mistake, id_)
                status = Status.WRONG if made else Status.GIVEN
                return replace(judgement, status=status, because=id_)
        left = self._left
        if not (left.deep if deep else left.searches):
            return replace(judgement, sought=False)
        most = min(left.most, left.deep) if deep else self._share
        search = Search(self.evidence, given, most, one_odd=self._one_odd)
        diagnoses = search.diagnoses(deep=deep, last=last)
        if deep:
            left.deep = max(0, left.deep - search.runs)
        else:
            left.searches -= 1
            left.runs -= search.runs
            self._share -= search.runs
        if diagnoses:
            besides = self._besides(diagnoses[0].mistake, given)
            diagnoses = (replace(diagnoses[0], besides=besides), *diagnoses[1:])
            self.found[diagnoses[0].mistake] = given.id
        return replace(judgement, diagnoses=diagnoses)

    def _made(self, mistake: Mistake, given: Given) -> bool:
        """Whether a mistake changes the formula of a value: what is made there explains it
        before what leads to it does.
        """
        rule, cell = self._places.rule(given.place), self._places.program.cell
        return world([mistake]).expression(rule, given.place.t, cell) is not None

    def _besides(self, mistake: Mistake, given: Given) -> str:
        """Return the value whose mistake it takes too; "" if the mistake alone gives it."""
        if not self.found or mistake.reported:
            return ""
        own = self._plain.predicted(given.place, 0, world([mistake]))
        alone = self.evidence.given_by(given, [(mistake,)], carried=False)
        fits = alone[0] or agrees(given, own, self._radii.before(given.place))
        return "" if fits else next(iter(self.found.values()))

    def _gives(self, mistake: Mistake, given: Given) -> bool:
        """Whether a mistake found before gives this value too."""
        if mistake.reported:
            return mistake.kind not in ASIDE and self._reported_alike(mistake, given)
        self._left.compared -= 1
        if self._left.compared < 0:
            return False
        mistakes = tuple({one.id: one for one in (*self.found, mistake)}.values())
        pure, carried = self._known_at_first.both(mistakes)
        if agrees(given, pure.predicted(given.place)):
            return True
        value = carried.predicted(given.place)
        return agrees(given, value, self._radii.before(given.place))

    def _reported_alike(self, mistake: Mistake, given: Given) -> bool:
        """Whether what was found to be reported wrongly is so in this value too."""
        runs = self._plain, self._known_at_first.both(tuple(self.found))[0]
        alike = (
            other
            for other in reported(given.place, self._places)
            if other.kind == mistake.kind
            and other.edits[0].sequence == mistake.edits[0].sequence
        )
        radius = self._radii.before(given.place) if mistake.kind == LOOP else 0.0
        values = (reported_value(one, run) for one in alike for run in runs)
        return any(agrees(given, value, radius) for value in values)
