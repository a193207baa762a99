"""How much of a gradient comes from each time step's loss, and on which way.

The backward pass is linear in the gradients of the losses. So it is run with one lane per
loss, each starting from that loss alone; the lanes of any gradient add up to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Parameter,
    Signal,
    Symbol,
    symbols,
    total,
)
from lstm_tutor.execution.compiler import value
from lstm_tutor.execution.executor import Executor
from lstm_tutor.execution.existence import missing
from lstm_tutor.execution.prepared import prepared
from lstm_tutor.execution.program import place_of
from lstm_tutor.model.equation import Equation, Role, Term
from lstm_tutor.model.symbol import Id
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
_SEED = "%seed"  # 1 for the lane of a time step's loss, else 0
_MOST_NUMBERS = 16_000_000  # in the lanes of one run


@dataclass(frozen=True)
class Share:
    """What one loss contributes to a gradient on one way.

    Attributes:
        loss: time step of the loss.
        through: the state that carries it into the gradient's time step from the next
            one; "" for the loss of the time step itself.
        value: the contribution, in the gradient's shape.
    """

    loss: int
    through: str
    value: Array


def shares(trace: Trace, step: Step) -> list[Share]:
    """Return the contributions that add up to a gradient at a time step.

    Args:
        trace: the computation.
        step: a step of the backward phase that has a time step and is no block.
    """
    if step.t is None:
        raise ValueError(step.id)
    cell = trace.scenario.cell
    ways = ["", *dict.fromkeys((*cell.states, *cell.reach))]
    found = []
    derived = trace.program.derivation
    wanted = [e.target for e in derived.backward if e.role is not Role.BLOCK]
    for lanes in _lanes(trace, [*wanted, *(e.target for e in derived.boundary)]):
        for way in ways:
            values = lanes.at_step(step, way)
            for loss, amount in zip(lanes.losses, values, strict=True):
                found.append(Share(loss, way, amount.reshape(step.value.shape)))
    found.sort(key=lambda share: (ways.index(share.through), share.loss))
    return [share for share in found if share.value.any()]


def contributions(trace: Trace, step: Step, entries: Sequence[tuple[int, ...]]) -> Array:
    """Return what each loss contributes to entries of a parameter's gradient, by time step.

    Returns:
        (entries, loss, time), losses in the order of the labelled time steps; the sum over
        the last two axes is the gradient.
    """
    call = step.expression
    if step.equation.role is not Role.SUM_OVER_TIME or not isinstance(call, Call):
        raise ValueError(step.id)
    inside = call.arguments[0]
    shape = (*step.value.shape, 1, 1)[:2]
    found = []
    for lanes in _lanes(trace, [symbol.name for symbol in symbols(inside)], [inside]):
        # (time, loss, rows, columns); a number where nothing comes
        values = np.asarray(lanes.executor.over_time(inside))
        if step.value.ndim < 2 and values.ndim:
            values = values.sum(-1, keepdims=True)  # over sequences
        values = np.broadcast_to(values, (trace.scenario.steps, len(lanes.losses), *shape))
        places = ((*entry, 0, 0)[:2] for entry in entries)
        found.append(np.array([values[:, :, row, column].T for row, column in places]))
    return np.concatenate(found, axis=1)


def reached(trace: Trace, step: Step) -> bool:
    """Return whether any loss reaches a gradient at a time step, with whatever factor."""
    derived, scenario = trace.program.derivation, trace.scenario
    users: dict[str, list[tuple[Equation, Term]]] = {}
    waiting: list[Id] = []
    for equation in derived.backward:
        for term in equation.terms:
            if term.starts:
                times = range(scenario.steps)
                here = (t for t in times if not missing(scenario, term, t))
                waiting += (Id(equation.target, t) for t in here)
            for symbol in symbols(term.gradient or term.expression):
                users.setdefault(symbol.name, []).append((equation, term))
    found = set(waiting)
    while waiting:
        place = waiting.pop()
        for equation, term in users.get(place.name, ()):
            t = (place.t or 0) - term.shift
            other = Id(equation.target, t)
            new = other not in found and _inside(trace, t)
            if new and not missing(scenario, term, t):
                found.add(other)
                waiting.append(other)
    if step.place in found:
        return True
    t = step.t or 0
    own = () if _inside(trace, t) else _at_boundary(trace, step)
    return any(
        not missing(scenario, term, t) and Id(symbol.name, t + term.shift) in found
        for equation in own
        if equation.target == step.symbol
        for term in equation.terms
        for symbol in symbols(term.gradient or term.expression)
    )


def _at_boundary(trace: Trace, step: Step) -> list[Equation]:
    """Return the gradients of initial states that stand where a step does."""
    scenario = trace.scenario
    every = trace.program.derivation.boundary
    return [e for e in every if place_of(e, scenario.cell, scenario.steps) == step.t]


def _inside(trace: Trace, t: int) -> bool:
    return 0 <= t < trace.scenario.steps


@dataclass(frozen=True)
class _Lanes:
    """The backward pass of some losses, one lane each."""

    trace: Trace
    losses: Sequence[int]
    executor: Executor

    def at_step(self, step: Step, way: str) -> Array:
        """Return what each lane's loss gives a gradient on one way, (lanes, …).

        Args:
            step: the gradient.
            way: the state that carries it from another time step; "" for the losses of
                the step's own time step alone.
        """
        t = step.t or 0
        batch = self.trace.scenario.batch or 1
        derived = self.trace.program.derivation
        now: dict[str, Array] = {}
        here = _inside(self.trace, t)
        for equation in derived.backward if here else _at_boundary(self.trace, step):
            if equation.role is not Role.BLOCK:
                parts = [
                    self._value(term, t, now) * self._there(term, t)
                    for term in equation.terms
                    if self._enters(equation, term, t, way)
                ]
                units = self.executor.shape.units(equation.target)
                now[equation.target] = sum(parts, np.zeros((len(self.losses), *units, batch)))
        found, size = now[step.symbol], step.value.size // batch
        whole: Array = np.broadcast_to(found, (len(self.losses), size or 1, batch))
        return whole

    def _enters(self, equation: Equation, term: Term, t: int, way: str) -> bool:
        if missing(self.trace.scenario, term, t):
            return False
        if term.starts:
            return not way
        return not term.shift or equation.of == way

    def _there(self, term: Term, t: int) -> Any:
        """Return 0 for the sequences of a batch in which a term does not exist, else 1."""
        scenario = self.trace.scenario
        sequences = range(scenario.batch or 0)
        if not term.starts or not sequences:
            return 1.0
        return np.array([float(not missing(scenario, term, t, s)) for s in sequences])

    def _value(self, term: Term, t: int, now: dict[str, Array]) -> Array:
        executor = self.executor

        def read(symbol: Symbol) -> Array:
            if isinstance(symbol, Parameter):
                return np.asarray(executor.constant(symbol.name))
            if not symbol.shift and symbol.name in now:
                return now[symbol.name]
            place = t + symbol.shift
            return np.asarray(executor.memory.span(symbol.name, range(place, place + 1))[0])

        return value(_seeded(term).expression, read, executor.rank)


def _seeded(term: Term) -> Term:
    """Return a term, times the seed of the loss that it starts from, if it does."""
    if not term.starts:
        return term
    seed = Signal(_SEED, term.links[0].shift if term.links else 0)
    return replace(term, expression=Binary("*", term.expression, seed))


def _with_seeds(equation: Equation) -> Equation:
    if not any(term.starts for term in equation.terms):
        return equation
    terms = tuple(map(_seeded, equation.terms))
    return replace(equation, expression=total(tuple(t.expression for t in terms)), terms=terms)


def _lanes(
    trace: Trace, wanted: Iterable[str], reads: Sequence[Expression] = ()
) -> Iterator[_Lanes]:
    """Yield the backward pass of all losses, some of them at a time.

    Args:
        trace: the computation.
        wanted: the gradients that are needed.
        reads: formulas that are asked for later.
    """
    program, scenario = trace.program, trace.scenario
    derivation = replace(
        program.derivation, backward=tuple(map(_with_seeds, program.derivation.backward))
    )
    whole = prepared(program.cell, program.loss, derivation, (), {_SEED: ()})
    statements = whole.only(wanted, early=True)
    statements = replace(statements, parts={"backward": statements.parts["backward"]})
    losses = scenario.labelled_times
    numbers = sum(series.values[0].size for series in trace.signals.values())
    most = max(1, _MOST_NUMBERS // (numbers * scenario.steps))
    for first in range(0, len(losses), most):
        chosen = losses[first : first + most]
        executor = Executor(
            scenario,
            statements,
            lanes=len(chosen),
            varied=[_SEED],
            reads=(*reads, Signal(_SEED)),  # even where no loss reaches what is wanted
        )
        executor.put(scenario.parameters)
        signals = {name: series.values for name, series in trace.signals.items()}
        executor.take(signals, {name: series.first for name, series in trace.signals.items()})
        executor.signal(_SEED)[chosen, np.arange(len(chosen))] = 1.0
        executor.run("backward")
        yield _Lanes(trace, chosen, executor)


def is_gradient_in_time(step: Step) -> bool:
    """Whether a step is a gradient at a time step, so that it has shares."""
    return (
        step.t is not None and step.equation.of != "" and step.equation.role is not Role.BLOCK
    )
