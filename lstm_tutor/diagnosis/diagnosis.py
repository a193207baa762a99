"""From wrong numbers to the mistakes that made them.

Each value is judged against the person's own earlier values: an error is carried forward
and counts once. How a number was read and how a finding is written is not here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.diagnosis.effort import effort
from lstm_tutor.diagnosis.judgement import (
    Given,
    Judgement,
    Verdicts,
    working_precision,
)
from lstm_tutor.diagnosis.right import all_right
from lstm_tutor.diagnosis.working import Working
from lstm_tutor.model.symbol import Id
from lstm_tutor.trace.trace import Trace

if TYPE_CHECKING:  # what looks for mistakes is imported when there are some
    from lstm_tutor.mistakes.all_edits import AllEdits
    from lstm_tutor.mistakes.mistake import Mistake

Array: TypeAlias = NDArray[Any]


class Tutor:
    """Judges numbers against one trace; what takes long is prepared once.

    Args:
        trace: the computation.
        edits: those of its equations, if they are known from one with other numbers.
    """

    def __init__(self, trace: Trace, edits: AllEdits | None = None) -> None:
        self.trace = trace
        self.places = trace.places
        self._edits = edits

    @cached_property
    def all_edits(self) -> AllEdits:
        """Every edit of the trace's equations."""
        from lstm_tutor.mistakes.all_edits import all_edits

        return self._edits or all_edits(self.trace.scenario, self.trace.program)

    def diagnose(
        self, givens: Sequence[Given], working: Working | None = None, *, deep: bool = True
    ) -> Verdicts:
        """Judge values; those of one part of the source belong together.

        Args:
            givens: the values, in the order of the source.
            working: how precisely the person works; by default as the values are written.
            deep: whether to try all that can be tried where nothing usual explains a value.

        Raises:
            KeyError: for an id that the trace does not have.
        """
        right = all_right(givens, self.places)
        if right is not None:
            return right
        from lstm_tutor.diagnosis.court import Court

        working = working or working_precision(givens)
        left = effort(len(self.places), len(givens))
        own: dict[Id, Given] = {}
        found: list[Judgement] = []
        earlier: dict[Mistake, str] = {}
        wrong: dict[Id, str] = {}
        for _, members in groupby(givens, key=lambda given: given.cell):
            part = sorted(members, key=lambda given: self.places.position(given.place))
            own |= {given.place: given for given in part}
            court = Court(self, part, own, working, left, earlier, wrong)
            found += court.judged(deep=deep)
            earlier |= court.found
            wrong = court.wrong
        return Verdicts(tuple(found))

    def judge(
        self,
        given: Given,
        before: Sequence[Given],
        earlier: Mapping[Mistake, str],
        unknown: Collection[Id] = (),
        *,
        deep: bool = True,
    ) -> Judgement:
        """Judge one value, after others whose mistakes have been looked for before.

        Args:
            given: the value.
            before: the person's values that come before it in the computation.
            earlier: the mistakes found in those, each with the id of its value.
            unknown: what the person has to work out to get there and has not given; all
                else that leads to the value, and is not given, the person knows exactly.
            deep: whether to try all that can be tried where nothing usual explains the value.

        Raises:
            KeyError: for an id that the trace does not have.
        """
        from lstm_tutor.diagnosis.court import Court

        givens = [*before, given]
        part = sorted(givens, key=lambda item: self.places.position(item.place))
        own = {item.place: item for item in part}
        exact = self._exact(given.place, {*own, *unknown})
        left = effort(len(self.places), len(part))
        working = working_precision(givens)
        court = Court(self, part, own, working, left, earlier, {}, exact)
        return court.verdict(given, deep=deep)

    def _exact(self, place: Id, others: Collection[Id]) -> dict[Id, Array]:
        """Return a rounding of 0 for what leads to a place and is none of the others."""
        found: dict[Id, Array] = {}
        seen, waiting = {place}, [place]
        while waiting:
            for operand in self.places.operands(waiting.pop()):
                if operand not in seen:
                    seen.add(operand)
                    if operand in others:
                        waiting.append(operand)
                    else:
                        found[operand] = np.zeros(self.places.base(operand).shape)
        return found
