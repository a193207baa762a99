"""The total derivative of one value of the forward pass by another, and the ways it takes.

A way is a chain of uses from the one down to the other; its local derivatives, multiplied,
are what it adds. Gradients go the same ways back, so no derivative is written anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.derivative import gradients
from lstm_tutor.algebra.expression import Expression, Number, Parameter, Signal, Symbol, at
from lstm_tutor.algebra.product import ONE
from lstm_tutor.execution.batch import evaluated
from lstm_tutor.model.equation import Equation, Link, Phase
from lstm_tutor.model.symbol import LABEL, LOSS, Id
from lstm_tutor.trace.selection import NoSuchStep
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
_ARRIVED = Signal("%arrived")
_MOST_WAYS = 400  # that are followed one by one
FORWARD = (Phase.GIVEN, Phase.FORWARD, Phase.LOSS)


class NoDerivative(NoSuchStep):
    """Two steps of which one cannot be derived by the other; the message says why."""


@dataclass(frozen=True)
class _Hop:
    """One use of a symbol in an equation, and what a gradient of its value sends there."""

    link: Link
    operand: Symbol
    sent: Expression


@dataclass(frozen=True)
class Way:
    """One way that a derivative takes.

    Attributes:
        links: the uses on it, from the derived value down, with fixed time steps.
        value: its part of the derivative, in that one's shape.
    """

    links: tuple[Link, ...]
    value: Array


@dataclass(frozen=True)
class Total:
    """The derivative of one step's value by another's.

    Attributes:
        of: the step that is derived.
        by: the step that it is derived by.
        value: (entries of the one, axes of the other); in a batch the sequences come last.
        count: how many ways there are.
        ways: the ways, the largest first; where there are too many, for each first use of
            the other step all the ways that begin with it, as one.
    """

    of: Step
    by: Step
    value: Array
    count: int
    ways: tuple[Way, ...]

    @property
    def whole(self) -> bool:
        """Whether each of the ways is one, followed to its end."""
        return self.count == len(self.ways)


def derived(trace: Trace, of: Step, by: Step) -> Total:
    """Return the total derivative of a step's value by another's.

    Raises:
        NoDerivative: if one of them is no value of the forward pass.
    """
    for step in (of, by):
        _check(step)
    return _Ways(trace, of, by).total()


def _check(step: Step) -> None:
    if step.phase not in FORWARD:
        why = "it comes after the forward pass"
    elif step.symbol == LABEL:
        why = "nothing is made of a label but the loss"
    elif step.rows:
        why = f"it is a block; name one of its rows, such as {step.inputs[0]}"
    else:
        return
    raise NoDerivative(
        f"no derivative of or by {step.id}: {why}. --by goes from one value of the forward "
        "pass to another, such as C@1 by C@0, or L by W_a"
    )


class _Ways:
    """The places between two steps, and what each sends to those it is made of."""

    def __init__(self, trace: Trace, of: Step, by: Step) -> None:
        self._trace = trace
        self._of = of
        self._by = by
        self._scenario = trace.scenario
        self._memo: dict[Id, tuple[_Hop, ...]] = {}

    @cached_property
    def _equations(self) -> Mapping[str, Equation]:
        program = self._trace.program
        equations = (*program.cell.equations, program.loss)
        return {equation.target: equation for equation in equations}

    @cached_property
    def _uses(self) -> dict[str, list[tuple[Symbol, Expression | None, Expression]]]:
        """For each equation its symbols, place by place: local derivative, what is sent."""
        axes = dict(self._trace.program.plain.axes)
        found = {}
        for target, equation in self._equations.items():
            axes[_ARRIVED.name] = axes[target]
            right, arrived = equation.expression or Number(0), ONE.times(_ARRIVED)
            received = gradients(right, arrived, lambda s: axes[s.name], Signal(target))
            found[target] = [(r.symbol, r.local, r.whole.expression()) for r in received]
        return found

    def _hops(self, place: Id) -> tuple[_Hop, ...]:
        """Return the uses in a place's equation that lead to what is asked for."""
        if place not in self._memo:
            self._memo[place] = tuple(self._leading(place))
        return self._memo[place]

    def _leading(self, place: Id) -> Iterator[_Hop]:
        if place == self._by.place or place not in self._between:
            return
        uses = [(_fixed(used, place.t), local, sent) for used, local, sent in self._read(place)]
        places = [symbol for symbol, _, _ in uses]
        t = place.t or 0
        for number, (operand, local, sent) in enumerate(uses):
            if Id.of(operand) in self._between:
                nth, count = places[: number + 1].count(operand), places.count(operand)
                link = Link(place.name, t, operand, local and at(local, t), nth, count)
                yield _Hop(link, operand, at(sent, t))

    def _read(self, place: Id) -> list[tuple[Symbol, Expression | None, Expression]]:
        """Return what a place's equation reads: nothing where there is none."""
        if place == Id(LOSS):
            times = self._scenario.labelled_times
            return [(Signal(LOSS, t, fixed=True), Number(1), _ARRIVED) for t in times]
        inside = place.t is not None and 0 <= place.t < self._scenario.steps
        return self._uses.get(place.name, []) if inside else []

    @cached_property
    def _between(self) -> frozenset[Id]:
        """The places that need the step derived by, that one included."""
        found = {self._by.place}
        for place in self._order:
            read = (Id.of(_fixed(symbol, place.t)) for symbol, _, _ in self._read(place))
            if any(other in found for other in read):
                found.add(place)
        return frozenset(found)

    @cached_property
    def _order(self) -> tuple[Id, ...]:
        """The places of the forward pass after the step derived by, up to the other."""
        keys = map(self._trace.key, range(self._by.index + 1, self._of.index + 1))
        forward = (Phase.FORWARD, Phase.LOSS)
        return tuple(
            Id(equation.target, t) for equation, t in keys if equation.phase in forward
        )

    def total(self) -> Total:
        """Return the derivative, and the ways it takes."""
        of, by = self._of.place, self._by.place
        if of not in self._between:
            zeros = np.zeros((self._entries, *self._by.value.shape))
            return Total(self._of, self._by, zeros, 0, ())
        sent = {of: self._start()}
        count = {by: 1}
        for place in self._order:
            if place in self._between:
                count[place] = sum(count[Id.of(hop.operand)] for hop in self._hops(place))
        for place in reversed(self._order):
            for hop in self._hops(place) if place in sent else ():
                other = Id.of(hop.operand)
                sent[other] = sent.get(other, 0.0) + self._through(hop, sent[place])
        few = count[of] <= _MOST_WAYS
        found = self._followed(of, (), sent[of]) if few else self._last(sent)
        ways = [replace(way, value=self._added(way.value)) for way in found]
        ways.sort(key=lambda way: -float(np.abs(way.value).max(initial=0.0)))
        return Total(self._of, self._by, self._added(sent[by]), count[of], tuple(ways))

    def _added(self, value: Array) -> Array:
        """Add up the sequences of a batch where neither step has an axis of them."""
        alone = self._of.t is None and self._by.t is None
        return np.asarray(value.sum(-1) if self._batch and alone else value)

    @property
    def _batch(self) -> int:
        return self._scenario.batch or 0

    @property
    def _entries(self) -> int:
        """How many entries the derived value has, in a batch of each sequence."""
        timed = self._of.t is not None
        return int(self._of.value.size // (self._batch or 1) if timed else 1)

    def _start(self) -> Array:
        """Return the derivative of each entry by all of them: 1 by itself."""
        units = self._trace.program.plain.axes[self._of.symbol]
        count = self._entries
        start = np.eye(count).reshape(count, *(self._of.value.shape[: len(units)]))
        return np.repeat(start[..., None], self._batch, axis=-1) if self._batch else start

    def _through(self, hop: _Hop, arrived: Array) -> Array:
        """Return what one use sends on of each entry's derivative."""
        operand = np.shape(self._trace.value(hop.operand))
        if self._batch and isinstance(hop.operand, Parameter):
            operand = (*operand, self._batch)

        def of(entry: Array) -> Array:
            def value(symbol: Symbol) -> Any:
                return entry if symbol.name == _ARRIVED.name else self._trace.value(symbol)

            found = evaluated(hop.sent, value, self._scenario.batch)
            return np.broadcast_to(np.asarray(found), operand)

        found = np.array([of(entry) for entry in arrived])
        if hop.link.consumer == LOSS != hop.operand.name:  # of those that have a label
            return np.where(self._scenario.labelled[hop.link.shift], found, 0.0)
        return found

    def _followed(self, place: Id, links: tuple[Link, ...], arrived: Array) -> Iterator[Way]:
        """Yield every way from a place on."""
        if place == self._by.place:
            yield Way(links, arrived)
            return
        for hop in self._hops(place):
            through = self._through(hop, arrived)
            yield from self._followed(Id.of(hop.operand), (*links, hop.link), through)

    def _last(self, sent: Mapping[Id, Array]) -> Iterator[Way]:
        """Yield, for each use of what is derived by, all the ways through it as one."""
        for place in self._order:
            for hop in self._hops(place) if place in sent else ():
                if Id.of(hop.operand) == self._by.place:
                    yield Way((hop.link,), self._through(hop, sent[place]))


def _fixed(symbol: Symbol, t: int | None) -> Symbol:
    found = at(symbol, t or 0)
    return found if isinstance(found, Parameter | Signal) else symbol
