"""A lesson's equations with some numbers in them: values, mistakes, and fresh numbers.

What takes long and does not depend on the numbers, the list of all mistakes, is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Parameter, Signal, Symbol, at, symbols
from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.lessons.lesson import Aim, Draw, Lesson
from lstm_tutor.lessons.slip import slipped
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.model.symbol import Id, parse
from lstm_tutor.numbers.numeral import rounded, same, significant
from lstm_tutor.numbers.written import written
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import Trace, compute

Array = NDArray[Any]
_TRIES = 300
_COMPARED = 10  # usable draws among which the one is looked for where no slip misleads
_SMALLEST = 1e-3  # of a value that is asked for


@dataclass(frozen=True, eq=False)
class Page:
    """Some numbers of a lesson, computed, with what judges answers to them."""

    tutor: Tutor

    @property
    def trace(self) -> Trace:
        """The computation."""
        return self.tutor.trace

    def edits(self, aim: Aim) -> list[Edit]:
        """Return the edits that an aim means."""
        return [
            edit
            for edit in self.tutor.all_edits.of.get(aim.symbol, ())
            if edit.kind == aim.kind
            and edit.number == 1
            and aim.of in ("", show(edit.part, PLAIN))
            and aim.into in ("", "" if edit.new is None else show(edit.new, PLAIN))
        ]

    def wrong(self, id_: str, aim: Aim, *, everywhere: bool = False) -> Array:
        """Return the value of a step in the world with a mistake: made in this step, or, if
        it is another step's or made everywhere, at every time step.

        Raises:
            LookupError: if the aim is no mistake of these equations, or more than one.
        """
        found = self.edits(aim)
        if len(found) != 1:
            raise LookupError(str(aim))
        place = parse(id_)
        here = place.name == aim.symbol and not everywhere
        mistake = Mistake((found[0],), place if here else None)
        runs = Runs(self.tutor.places, [world([mistake])], None, [place.name], place)
        return np.asarray(runs.value(place))

    def read_by(self, id_: str, aim: Aim) -> Iterator[Symbol]:
        """Yield what a mistake in a step reads, so far as it is known there."""
        step = self.trace.find(id_)
        times = range(self.trace.scenario.steps) if step.t is None else (step.t,)
        for edit in self.edits(aim):
            for t, symbol in product(times, symbols(edit.learner)):
                found = at(symbol, t)
                if not isinstance(found, Signal | Parameter):
                    continue
                try:
                    index = self.trace.position(Id.of(found))
                except KeyError:
                    continue
                if index < step.index:
                    yield found

    def with_numbers(self, scenario: Scenario) -> Page:
        """Return the same equations with other numbers."""
        known = self.tutor
        return Page(Tutor(compute(scenario, known.trace.program), known.all_edits))


def page_of(scenario: Scenario) -> Page:
    """Compute a scenario; ArithmeticError if a value overflows."""
    return Page(Tutor(compute(scenario)))


@dataclass(frozen=True, eq=False)
class Practice:
    """A lesson with its page: gives fresh numbers for what it asks.

    Attributes:
        lesson: the lesson.
        read: its page, if reading the lesson has computed it already.
    """

    lesson: Lesson
    read: Page | None = None

    @cached_property
    def page(self) -> Page:
        """The lesson's own numbers."""
        return self.read or page_of(self.lesson.scenario)

    @cached_property
    def transfer(self) -> Page | None:
        """The page of the question at the end."""
        found = self.lesson.transfer
        return None if found is None else page_of(found.scenario)

    def aims_at(self, id_: str) -> list[Aim]:
        """Return the aims that can be made in a step."""
        return [aim for aim in self.lesson.aims if aim.symbol == parse(id_).name]

    def fresh(self, number: int, *ids: str) -> Page | None:
        """Return the page with the fresh numbers of one draw; None if none are usable.

        They are usable if in each of the steps every aimed mistake would show: its value
        differs from the right one and from those of the other aims. Of the first usable ones
        that is taken where the fewest of these values are a slip away from the right one.
        """
        random = np.random.default_rng([number, *ids[-1].encode()])
        best, fewest, compared = None, 0, 0
        for scenario in self._drawn(random):
            try:
                page = self.page.with_numbers(scenario)
            except NotFinite:
                continue
            if not self.usable(page, *ids):
                continue
            misled = self._misled(page, *ids)
            if best is None or misled < fewest:
                best, fewest = page, misled
            compared += 1
            if not fewest or compared == _COMPARED:
                break
        return best

    def _misled(self, page: Page, *ids: str) -> int:
        """Count the aimed mistakes whose number a slip of the hand would give, too."""
        digits = self.lesson.digits
        return sum(
            bool(slipped(page.trace.find(id_).value, page.wrong(id_, aim), digits))
            for id_ in ids
            for aim in self.aims_at(id_)
        )

    def usable(self, page: Page, *ids: str) -> bool:
        """Whether some steps can be asked for with these numbers."""
        return self._kept(page.trace) and all(self._telling(page, id_) for id_ in ids)

    def _drawn(self, random: np.random.Generator) -> Iterator[Scenario]:
        for _ in range(_TRIES):
            yield drawn(self.lesson.scenario, self.lesson.draw, random)

    def _kept(self, trace: Trace) -> bool:
        draw = self.lesson.draw
        values = [trace.find(id_).value for id_ in self.lesson.asked]
        if min(float(np.abs(value).max()) for value in values) < _SMALLEST:
            return False
        if draw.digits and not all(same(v, rounded(v, draw.digits)) for v in values):
            return False
        sizes = {tuple(np.ravel(rounded(np.abs(value), 4))) for value in values}
        return not draw.different or len(sizes) == len(values)

    def _telling(self, page: Page, id_: str) -> bool:
        digits = self.lesson.digits
        right = page.trace.find(id_).value
        seen = [right]
        for aim in self.aims_at(id_):
            try:
                value = page.wrong(id_, aim)
            except LookupError:
                return False
            if not np.isfinite(value).all() or any(_alike(value, s, digits) for s in seen):
                return False
            if _rounds_to(right, value, digits):
                return False
            seen.append(value)
        return True


def _alike(one: Array, other: Array, digits: int) -> bool:
    """Whether two values cannot be told apart well within the digits that are typed."""
    if one.shape != other.shape:
        return False
    size = max(float(np.abs(one).max()), float(np.abs(other).max()))
    return bool(np.abs(one - other).max() <= 20 * 10.0**-digits * size)


def _rounds_to(right: Array, value: Array, digits: int) -> bool:
    """Whether the right value, rounded, is the other one as it is typed."""
    texts = [significant(entry, digits) for entry in np.ravel(value)]
    typed = written(texts, value.shape)
    if typed.value.shape != right.shape:
        return False
    return bool((np.abs(right - typed.value) <= typed.unit).all())


def drawn(scenario: Scenario, draw: Draw, random: np.random.Generator) -> Scenario:
    """Return a scenario with numbers picked from a draw; what it does not name stays."""

    def picked(old: Array, numbers: Sequence[float]) -> Array:
        if not numbers:
            return old
        found: Array = random.choice(np.array(numbers, dtype=float), old.shape)
        found.setflags(write=False)
        return found

    blocks = {name: block for block, names in scenario.cell.blocks.items() for name in names}
    parameters = {
        name: picked(old, draw.weights.get(name) or draw.weights.get(blocks[name], ()))
        for name, old in scenario.parameters.items()
    }
    initial = {
        place: picked(old, draw.initial.get(place.name, ()))
        for place, old in scenario.initial.items()
    }
    inputs = picked(scenario.inputs, draw.inputs)
    labels = picked(scenario.labels, draw.labels)
    if draw.classes:
        labels = random.permuted(scenario.labels, axis=1)
    if draw.labels:
        labels = labels * scenario.labelled[:, None]
    return replace(
        scenario, inputs=inputs, labels=labels, parameters=parameters, initial=initial
    )
