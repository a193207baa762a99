"""Values that are right throughout: judged without anything that looks for mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from itertools import groupby
from typing import TYPE_CHECKING

from lstm_tutor.diagnosis.judgement import (
    Array,
    Given,
    Judgement,
    Verdicts,
    agreeing_each,
    by_place,
    by_symbol,
    of_right,
)
from lstm_tutor.execution.places import Places
from lstm_tutor.model.symbol import Id

if TYPE_CHECKING:
    from lstm_tutor.execution.worlds import Runs


def all_right(givens: Sequence[Given], places: Places) -> Verdicts | None:
    """Return the judgements if every value is the right one as far as it is written, else None.

    Args:
        givens: the values, in the order of the source.
        places: the right program.

    Raises:
        KeyError: for an id that the program does not have.
    """
    for members in by_symbol(givens):
        bases = [places.base(given.place) for given in members]
        if not agreeing_each(members, bases).all():
            return None
    own: dict[Id, Given] = {}
    found: list[Judgement] = []
    for _, cell in groupby(givens, key=lambda given: given.cell):
        part = sorted(cell, key=lambda given: places.position(given.place))
        own |= {given.place: given for given in part}
        followed = _Followed(places, part, dict(own))
        for given in part:
            expected = places.base(given.place)
            later = partial(followed.value, given.place)
            found.append(Judgement(given, of_right(given, expected), expected, later))
    return Verdicts(tuple(found))


class _Followed:
    """What a person's values give, computed when it is first asked for."""

    def __init__(self, places: Places, part: Sequence[Given], own: Mapping[Id, Given]) -> None:
        self._places = places
        self._symbols = frozenset(given.place.name for given in part)
        self._own = own

    @cached_property
    def _run(self) -> Runs:
        from lstm_tutor.execution.world import World
        from lstm_tutor.execution.worlds import Runs

        own = by_place(self._own.values(), self._places)
        return Runs(self._places, [World({}, {}, carried=True)], own, self._symbols)

    def value(self, place: Id) -> Array:
        """Return what leads to a place gives."""
        return self._run.predicted(place)
