"""The computation once more with something changed: a mistake, or a person's own values.

Only what differs from the trace is computed and kept. A formula with a wrong time index
has a value too: past the last time step every signal is 0, and before the first one it is
the last, as a list in Python counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import (
    Call,
    Expression,
    Parameter,
    Signal,
    Symbol,
    symbols,
)
from lstm_tutor.algebra.functions import over_time
from lstm_tutor.diagnosis.plan import TOTAL, Line, Plan, primed
from lstm_tutor.execution.computation import Series, forward
from lstm_tutor.mistakes.mistake import Mistake
from lstm_tutor.model.equation import Equation, Role
from lstm_tutor.model.symbol import DELTA, LOSS, Id, new, old
from lstm_tutor.trace.trace import Trace

Array: TypeAlias = NDArray[Any]
Lookup: TypeAlias = Callable[[Symbol], Any]
_UNDEFINED = np.array(np.nan)
_MOST_KEPT = 16  # runs with mistakes alone; a mistake comes back at every time step


@dataclass(frozen=True)
class Run:
    """What differs from the trace.

    Attributes:
        replay: the trace's program.
        changed: the values that differ, by place.
    """

    replay: Replay
    plan: Plan
    changed: Mapping[Id, Array]

    def predicted(self, place: Id, plan: Plan | None = None) -> Array:
        """Return what a place's equation gives, whatever stands there itself.

        Args:
            place: the place.
            plan: other mistakes than the run's own, in this one equation.
        """
        line = self.replay.line(place)
        edited = (plan or self.plan).expression(line)
        expression = line.expression if edited is None else edited
        if expression is None:
            return self.replay.base(place)
        changed = self.changed if line.expression is not None else {}
        with np.errstate(all="ignore"):
            return self.replay.evaluate(line, expression, changed)

    def value(self, place: Id) -> Array:
        """Return a value, changed or not."""
        found = self.changed.get(place)
        return self.replay.base(place) if found is None else found

    def lookup(self, t: int | None) -> Lookup:
        """Return the values of the symbols of a formula at a time step."""
        return self.replay.lookup(self.changed, t)


class Replay:
    """A trace's program, ready to be run again with changes."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._base: dict[Id, Array] = {}
        self._operands: dict[int, list[Id]] = {}
        self._predicted: dict[tuple[object, ...], Array] = {}
        self._alone: dict[tuple[object, ...], Run] = {}
        self._closures: dict[tuple[str, frozenset[str]], frozenset[str]] = {}
        self._gradients = {e.target for e in trace.program.derivation.backward}

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every equation at every time step, in order of evaluation."""
        program = self.trace.program
        found: list[Line] = []
        for section in program.sections:
            if (
                section.equations
                and section.equations[0].target == new(LOSS)
                and section.times != (None,)
            ):
                found += self._new_pass()
            for t in section.times:
                for equation in section.equations:
                    found += self._lines(equation, t)
        return tuple(replace(line, index=index) for index, line in enumerate(found))

    def _lines(self, equation: Equation, t: int | None) -> list[Line]:
        target, expression = equation.target, equation.expression
        place = Id(target, t)
        if equation.role is Role.BLOCK:
            return []
        if equation.role is Role.GIVEN:
            return [Line(place, str(place), None)]
        key, right = target, expression
        if target == new(LOSS):  # a person's wrong loss is wrong after the update too
            key, loss = LOSS, self.trace.program.loss.expression
            right = loss if t is not None else over_time(Signal(key))
        if equation.role is Role.SUM_OVER_TIME and isinstance(expression, Call):
            inner, times = expression.arguments[0], range(self.trace.scenario.steps)
            terms = [
                Line(Id(target, s), key, inner, expression) for s in times if equation.terms
            ]
            return [*terms, Line(place, f"{key}Σ", TOTAL, right)]
        own = key if t != -1 else str(place)
        return [Line(place, own, expression, right)]

    def _new_pass(self) -> list[Line]:
        """The forward pass with the new weights."""
        cell, steps = self.trace.scenario.cell, range(self.trace.scenario.steps)
        states = [Line(Id(new(state), -1), str(Id(state, -1)), None) for state in cell.states]
        lines = [
            Line(Id(new(e.target), t), e.target, primed(e.expression, cell), e.expression)
            for t in steps
            for e in cell.equations
            if e.expression is not None
        ]
        return [*states, *lines]

    @cached_property
    def _changed_by(self) -> dict[str, set[str]]:
        """The symbols whose lines an edit's key changes."""
        found: dict[str, set[str]] = {}
        for line in self.lines:
            found.setdefault(line.key, set()).add(line.place.name)
        return found

    @cached_property
    def index(self) -> dict[Id, int]:
        """The position of each place in the order of evaluation."""
        return {line.place: line.index for line in self.lines}

    @cached_property
    def _new_signals(self) -> dict[str, Series]:
        scenario = self.trace.scenario
        weights = {name: self.trace.parameters[new(name)] for name in scenario.parameters}
        return forward(scenario.cell, scenario.inputs, weights, scenario.initial)

    def line(self, place: Id) -> Line:
        """Return the equation of a place."""
        return self.lines[self.index[place]]

    def base(self, place: Id) -> Array:
        """Return the right value of a place; 0 where the time steps end."""
        found = self._base.get(place)
        if found is None:
            found = self._base[place] = np.asarray(self._find(*place))
        return found

    def _find(self, symbol: str, t: int | None) -> Any:
        trace = self.trace
        if t is None:
            return trace.parameters[symbol]
        if symbol in trace.signals:
            series = trace.signals[symbol]
        elif old(symbol) in self._new_signals:
            series = self._new_signals[old(symbol)]
        else:  # a term of a sum over time
            inner = self.line(Id(symbol, t)).expression
            if inner is None:
                raise KeyError(symbol)
            return evaluate(inner, self.lookup({}, t))
        if t < series.first and symbol not in self._gradients:
            return series.at(t + len(series.values))  # as a list in Python counts
        return series.at(t) if series.has(t) else np.zeros(series.values.shape[1:])

    def lookup(
        self,
        changed: Mapping[Id, Array],
        t: int | None,
        total: Callable[[], Any] | None = None,
    ) -> Lookup:
        """Return the values of a formula's symbols at a time step, given what differs.

        Args:
            changed: the values that differ from the right ones.
            t: the time step.
            total: the value of the formula's own sum over time, if it may read it.
        """
        cut = t is not None and self.trace.scenario.cut_after(t)

        def value(symbol: Symbol) -> Any:
            if isinstance(symbol, Parameter):
                if total is not None and symbol == TOTAL:
                    return total()
                place = Id(symbol.name)
            else:
                if (
                    cut
                    and symbol.shift == 1
                    and not symbol.fixed
                    and symbol.name in self._gradients
                ):
                    return np.zeros_like(self.base(Id(symbol.name, t)))
                time = symbol.shift if symbol.fixed else (t or 0) + symbol.shift
                place = Id(symbol.name, time)
            found = changed.get(place)
            return self.base(place) if found is None else found

        return value

    @cached_property
    def uses(self) -> dict[str, frozenset[str]]:
        """Which symbols each symbol's equations use."""
        found: dict[str, set[str]] = {}
        for line in {(line.place.name, line.expression): line for line in self.lines}.values():
            names = found.setdefault(line.place.name, set())
            if line.expression is not None and line.expression != TOTAL:
                names |= {symbol.name for symbol in symbols(line.expression)}
        return {name: frozenset(used) for name, used in found.items()}

    def upstream(self, names: Iterable[str]) -> frozenset[str]:
        """Return the symbols that these depend on, themselves included."""
        return self._closed("up", frozenset(names), self.uses)

    def _closed(
        self, way: str, names: frozenset[str], arrows: Mapping[str, frozenset[str]]
    ) -> frozenset[str]:
        found = self._closures.get((way, names))
        if found is None:
            found = self._closures[way, names] = _closure(names, arrows)
        return found

    @cached_property
    def _used_by(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name, used in self.uses.items():
            for other in used:
                found.setdefault(other, set()).add(name)
        return {name: frozenset(users) for name, users in found.items()}

    def downstream(self, names: Iterable[str]) -> frozenset[str]:
        """Return the symbols that depend on these, themselves included."""
        return self._closed("down", frozenset(names), self._used_by)

    def operands(self, line: Line) -> list[Id]:
        """Return the places that a line's formula reads, those beyond the ends left out."""
        found = self._operands.get(line.index)
        if found is None:
            found = self._operands[line.index] = self._read_by(line)
        return found

    def _terms(self, symbol: str) -> list[Id]:
        """Return the places of a sum's terms, one for each time step that has one."""
        places = [Id(symbol, time) for time in range(self.trace.scenario.steps)]
        return [place for place in places if place in self.index]

    def _read_by(self, line: Line) -> list[Id]:
        symbol, t = line.place
        if line.expression is None:
            return []
        if line.expression == TOTAL:
            return self._terms(symbol)
        found: list[Id] = []
        for used in symbols(line.expression):
            if isinstance(used, Parameter):
                found.append(Id(used.name))
            else:
                time = used.shift if used.fixed else (t or 0) + used.shift
                found.append(Id(used.name, time))
        return [place for place in found if place in self.index]

    def run(
        self,
        mistakes: Iterable[Mistake] = (),
        own: Mapping[Id, Array] | None = None,
        wanted: Iterable[str] | None = None,
        last: int | None = None,
    ) -> Run:
        """Compute what mistakes and a person's own values change.

        Args:
            mistakes: the mistakes.
            own: values that stand in place of what would be computed.
            wanted: symbols whose values are needed; all by default.
            last: stop after the line of this index.
        """
        own = own or {}
        plan = Plan(self.trace.scenario.cell, tuple(mistakes))
        starts = {symbol for key in plan.keys for symbol in self._changed_by.get(key, ())}
        starts |= {symbol for symbol, _ in (*plan.places, *own)}
        affected = self.downstream(starts)
        if wanted is not None:
            affected = affected & (self.upstream(wanted) | plan.names)
        changed: dict[Id, Array] = {}
        lines = self.lines if last is None else self.lines[: last + 1]
        with np.errstate(all="ignore"):
            for line in lines:
                if line.place.name in affected:
                    if line.place in own:
                        changed[line.place] = own[line.place]
                    else:
                        self._renew(line, plan, changed)
        return Run(self, plan, changed)

    def alone(
        self, mistakes: Sequence[Mistake], wanted: Iterable[str], last: int | None = None
    ) -> Run:
        """Return the run with mistakes and no person's values; the latest ones are kept."""
        names = frozenset(wanted)
        key = (tuple(mistakes), names, last)
        found = self._alone.get(key)
        if found is None:
            if len(self._alone) >= _MOST_KEPT:
                del self._alone[next(iter(self._alone))]
            found = self._alone[key] = self.run(mistakes, {}, names, last)
        return found

    def predicted(self, mistakes: Sequence[Mistake], place: Id) -> Array:
        """Return what a program with mistakes gives in a place; found once only."""
        key = (*(mistake.id for mistake in mistakes), place)
        found = self._predicted.get(key)
        if found is None:
            run = self.run(mistakes, {}, [place.name], self.index[place])
            found = self._predicted[key] = run.predicted(place)
        return found

    def _renew(self, line: Line, plan: Plan, changed: dict[Id, Array]) -> None:
        """Compute a line if it is edited or reads what has changed."""
        edited = plan.expression(line)
        if edited is None and changed.keys().isdisjoint(self.operands(line)):
            return
        expression = line.expression if edited is None else edited
        if expression is None:
            return
        base = self.base(line.place)
        given = line.expression is None  # edits of what is given exchange right values
        value = self.evaluate(line, expression, {} if given else changed)
        if value.shape != base.shape or not (value == base).all():
            changed[line.place] = value

    def evaluate(
        self, line: Line, expression: Expression, changed: Mapping[Id, Array]
    ) -> Array:
        """Return the value of a formula in a line's place; NaN where it has none."""
        symbol, t = line.place
        base = self.base(line.place)
        value = self.lookup(changed, t, lambda: self._sum(symbol, base, changed))
        if _unlabelled(self.trace, line):
            return base
        try:
            found = np.asarray(evaluate(expression, value))
        except ValueError:  # operands whose shapes do not fit
            return _UNDEFINED
        if found.size == base.size == 1:  # with one unit, every product is a number
            return found.reshape(base.shape)
        whole = not found.ndim and not symbols(expression)
        return np.broadcast_to(found, base.shape) if whole else found

    def _sum(self, symbol: str, base: Array, changed: Mapping[Id, Array]) -> Any:
        terms = self._terms(symbol)
        places = [place for place in terms if place in changed]
        if not places:
            return base
        try:
            if len(places) == len(terms):
                return sum(changed[place] for place in places)
            return base + sum(changed[place] - self.base(place) for place in places)
        except ValueError:
            return _UNDEFINED


def _unlabelled(trace: Trace, line: Line) -> bool:
    symbol, t = line.place
    return symbol == DELTA and t is not None and t >= 0 and not trace.scenario.labelled[t]


def _closure(names: Iterable[str], arrows: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found = set(names)
    waiting = list(found)
    while waiting:
        for other in arrows.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return frozenset(found)
