"""The quantities that a target stands for at a time step, with their true values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.model.equation import Role
from lstm_tutor.model.symbol import Id, new
from lstm_tutor.submission.meaning import Target
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]


@dataclass(frozen=True)
class Slot:
    """A quantity that can be meant: its id and true value."""

    id: str
    value: Array


class Slots:
    """Looks quantities of a trace up."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._symbols = set(trace.symbols())
        self._terms: dict[str, list[Array]] = {}

    def of(
        self, target: Target, t: int | None, *, first: int = 0, sure: bool = False
    ) -> Iterator[list[Slot]]:
        """Yield the quantities of a target at a time step, in each sense that it can have.

        Args:
            target: what is meant.
            t: the time step; None if none is said.
            first: the number of the first time step.
            sure: whether it is one of ours, which is never another quantity's.
        """
        if target.timed:
            if t is not None:
                slots = [self.signal(symbol, t) for symbol in target.symbols]
                yield from complete(slots)
            return
        if t is not None:
            terms = list(complete([self._term(symbol, t) for symbol in target.symbols]))
            yield from terms
            if sure and terms:
                return
            if t + first > 0:
                yield from complete([self._parameter(new(name)) for name in target.symbols])
        yield from complete([self._parameter(symbol) for symbol in target.symbols])

    def signal(self, symbol: str, t: int) -> Slot | None:
        """Return a signal at a time step; None if it has no value there."""
        series_ = self._trace.signals.get(symbol)
        if series_ is None or symbol not in self._symbols or not series_.has(t):
            return None
        try:
            self._trace.position(Id(symbol, t))
        except KeyError:
            return None
        return Slot(str(Id(symbol, t)), np.asarray(series_.at(t)))

    def _parameter(self, symbol: str) -> Slot | None:
        if symbol not in self._symbols or symbol not in self._trace.parameters:
            return None
        return Slot(symbol, np.asarray(self._trace.parameters[symbol]))

    def _term(self, symbol: str, t: int) -> Slot | None:
        """Return one time step's term of a parameter's gradient."""
        if symbol not in self._symbols or not 0 <= t < self._trace.scenario.steps:
            return None
        if symbol not in self._terms:
            step = self._trace.find(symbol) if symbol in self._trace.parameters else None
            summed = step is not None and step.equation.role is Role.SUM_OVER_TIME
            terms = step.terms if step is not None and summed and step.equation.of else ()
            self._terms[symbol] = [term.value for term in terms]
        terms_ = self._terms[symbol]
        return Slot(str(Id(symbol, t)), terms_[t]) if terms_ else None

    def size(self, target: Target) -> int:
        """Return how many numbers a target has at one time step."""
        signals = self._trace.signals
        return sum(prod(signals[s].values.shape[1:]) for s in target.symbols if s in signals)

    def row(self, target: Target, t: int) -> list[Slot] | None:
        """Return a target's signals at a time step; None unless all have a value there."""
        return next(complete([self.signal(symbol, t) for symbol in target.symbols]), None)


def complete(slots: Sequence[Slot | None]) -> Iterator[list[Slot]]:
    """Yield the slots if there is one for every symbol."""
    found = [slot for slot in slots if slot is not None]
    if found and len(found) == len(slots):
        yield found
