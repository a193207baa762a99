"""What each of many mistakes gives in every place, to compare a person's values with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.diagnosis.judgement import NOISE, Given, agreeing, joined, spread
from lstm_tutor.mistakes.mistake import Mistake
from lstm_tutor.model.symbol import Id

Array: TypeAlias = NDArray[Any]
_FEW = 200_000  # numbers, below which calls cost more than what they compare


@dataclass(frozen=True)
class Foretold:
    """What some mistakes give.

    Attributes:
        mistakes: the mistakes.
        shapes: the places, each with its shape, in the order of the rows.
        rows: the numbers of all places, (numbers, mistakes); NaN where there is none.
    """

    mistakes: Sequence[Mistake]
    shapes: Mapping[Id, tuple[int, ...]]
    rows: Array

    def value(self, place: Id) -> Array:
        """Return what each mistake gives in a place: (mistakes, …)."""
        span = self._spans[place]
        own = self.rows[span.start : span.stop]
        return own.T.reshape(len(self.mistakes), *self.shapes[place])

    def fitting(self, givens: Sequence[Given]) -> NDArray[np.bool_]:
        """Say of each given value whether each mistake gives it: (givens, mistakes)."""
        found = np.zeros((len(givens), len(self.mistakes)), dtype=bool)
        alike = [
            self.rows.size <= _FEW and np.shape(given.value) == self.shapes[given.place]
            for given in givens
        ]
        for number in np.flatnonzero(~np.array(alike, dtype=bool)).tolist():
            found[number] = agreeing(givens[number], self.value(givens[number].place))
        numbers = np.flatnonzero(alike)
        if numbers.size:
            found[numbers] = self._at_once([givens[number] for number in numbers.tolist()])
        return found

    def _at_once(self, givens: Sequence[Given]) -> NDArray[np.bool_]:
        """Say it of values in the shapes of their places; see `judgement.agreeing`."""
        spans = [self._spans[given.place] for given in givens]
        starts = np.cumsum([0, *map(len, spans[:-1])])
        values = [np.asarray(given.value, dtype=float) for given in givens]
        pairs = zip(givens, values, strict=True)
        unit = joined([spread(given.unit, value.shape) for given, value in pairs])
        off = self.rows[np.concatenate(spans)]
        off -= joined(values)[:, None]
        np.abs(off, out=off)
        off -= unit[:, None]
        noise = self._noise[[self._numbers[given.place] for given in givens]]
        fits: NDArray[np.bool_] = np.maximum.reduceat(off, starts, axis=0) <= noise
        return fits

    @cached_property
    def _spans(self) -> dict[Id, range]:
        """Where the numbers of each place stand in the rows."""
        sizes = [int(np.prod(shape)) for shape in self.shapes.values()]
        ends = np.cumsum(sizes).tolist()
        found = zip(self.shapes, sizes, ends, strict=True)
        return {place: range(end - size, end) for place, size, end in found}

    @cached_property
    def _numbers(self) -> dict[Id, int]:
        return {place: number for number, place in enumerate(self.shapes)}

    @cached_property
    def _noise(self) -> Array:
        """What is noise of each place's numbers: (places, mistakes)."""
        starts = [span.start for span in self._spans.values()]
        return NOISE * np.asarray(np.maximum.reduceat(np.abs(self.rows), starts, axis=0))
