"""A computed scenario as a sequence of steps, one for each equation evaluated.

A step can be shown alone: it carries its equation, its operands as they were, its
value and the terms it is made of. The arrays come from `lstm_tutor.execution`; nothing here
knows how a step is written down.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Call,
    Expression,
    Parameter,
    Signal,
    Symbol,
    at,
    symbols,
)
from lstm_tutor.algebra.rewriting import Rule
from lstm_tutor.execution.batch import evaluated
from lstm_tutor.execution.computation import NotFinite, Series, values_of
from lstm_tutor.execution.existence import missing as missing_here
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.program import Program, Section, program_of
from lstm_tutor.files.phrase import agreeing
from lstm_tutor.model.equation import Equation, Phase, Role, Term
from lstm_tutor.model.symbol import INPUT, LABEL, LOSS, Id, new, old, parse
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.step import Step, StepTerm, origin_of, term_value

Array = NDArray[Any]


@dataclass(frozen=True)
class Trace(Sequence[Step]):
    """Everything that was computed for one scenario, as an immutable sequence of steps.

    Attributes:
        scenario: what was computed.
        program: its equations.
        signals: one array over time per symbol, the labels (y) and new outputs (h') too.
        parameters: one array per parameter, gradient, new value and constant.
    """

    scenario: Scenario
    program: Program
    signals: Mapping[str, Series]
    parameters: Mapping[str, Array]

    def __repr__(self) -> str:
        return f"Trace of {self.scenario!r}"

    @cached_property
    def places(self) -> Places:
        """The program place by place, ready to be run with mistakes."""
        return Places(self.scenario, self.program, self.signals, self.parameters)

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        """The index of each section's first step, and the number of steps."""
        return (0, *accumulate(len(section) for section in self.program.sections))

    @property
    def loss_before(self) -> float | None:
        """The total loss with the scenario's weights; None if there is none."""
        return float(self.parameters[LOSS]) if self.scenario.has_labels else None

    @property
    def loss_after(self) -> float | None:
        """The total loss after one update; None if there is none, or nothing to update."""
        loss = self.parameters.get(new(LOSS))
        return None if loss is None else float(loss)

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | Sequence[Step]:
        if isinstance(index, slice):
            return [self._step(position) for position in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(index)
        return self._step(position)

    def __iter__(self) -> Iterator[Step]:
        return (self._step(position) for position in range(len(self)))

    @property
    def first_computed(self) -> int:
        """The index of the first step that is not only given."""
        return next(
            start
            for start, section in zip(self._starts, self.program.sections, strict=False)
            if len(section) and section.equations[0].phase is not Phase.GIVEN
        )

    def key(self, index: int) -> tuple[Equation, int | None]:
        """Return which equation, at which time step, the step at an index evaluates."""
        number = bisect_right(self._starts, index) - 1
        section = self.program.sections[number]
        row, column = divmod(index - self._starts[number], len(section.equations))
        return section.equations[column], section.times[row]

    def find(self, id_: Id | str) -> Step:
        """Return the step with an id.

        Raises:
            KeyError: if there is none.
        """
        return self._step(self.position(id_))

    def position(self, id_: Id | str) -> int:
        """Return the index of the step with an id; KeyError if there is none."""
        try:
            symbol, t = parse(id_) if isinstance(id_, str) else id_
        except ValueError:
            raise KeyError(id_) from None
        for start, section, column in self._index.get(symbol, ()):
            if t in section.times:
                return start + section.times.index(t) * len(section.equations) + column
        raise KeyError(id_)

    @cached_property
    def _index(self) -> dict[str, list[tuple[int, Section, int]]]:
        found: dict[str, list[tuple[int, Section, int]]] = {}
        for start, section in zip(self._starts, self.program.sections, strict=False):
            for column, equation in enumerate(section.equations):
                found.setdefault(equation.target, []).append((start, section, column))
        return found

    def symbols(self) -> list[str]:
        """Return every symbol that has steps, in order of first appearance."""
        return list(self._index)

    def times(self, symbol: str) -> list[int | None]:
        """Return the time steps at which a symbol has a step; None where it has none."""
        return [t for _, section, _ in self._index.get(symbol, ()) for t in section.times]

    def ids(self) -> Iterator[Id]:
        """Yield the id of every step, in order."""
        for section in self.program.sections:
            for t in section.times:
                for equation in section.equations:
                    yield Id(equation.target, t)

    def value(self, symbol: Symbol) -> Array:
        """Return the value of a parameter, or of a signal at a fixed time step."""
        if isinstance(symbol, Parameter):
            return np.asarray(self.parameters[symbol.name])
        return np.asarray(self.signals[symbol.name].at(symbol.shift))

    def _step(self, index: int) -> Step:
        equation, t = self.key(index)
        if equation.role is Role.BLOCK:
            return self._block(index, equation, t)
        batch = self.scenario.batch
        value = self.value(Id(equation.target, t).node)
        if equation.expression is None:
            return Step(
                index,
                equation,
                t,
                None,
                {},
                value,
                batch=batch,
                letters=self.letters(equation),
                remark=self._unlabelled(equation, t),
            )
        if equation.role is Role.SUM_OVER_TIME:
            return self._sum(index, equation, value)
        terms = tuple(self._term(equation, term, t) for term in equation.terms if t is not None)
        expression = equation.expression if t is None else at(equation.expression, t)
        live = Call("", tuple(term.expression for term in terms if not term.missing))
        used = symbols(live if terms else expression)
        operands = {symbol: self.value(symbol) for symbol in used}
        return Step(
            index,
            equation,
            t,
            expression,
            operands,
            value,
            terms,
            batch=batch,
            letters=self.letters(equation),
            remark=self._unlabelled(equation, t),
        )

    def _unlabelled(self, equation: Equation, t: int | None) -> str:
        """Say which sequences of a batch have no label, where a value is of labels."""
        if t is None or not self.scenario.batch or old(equation.target) not in (LABEL, LOSS):
            return ""
        there = self.scenario.labelled[t]
        return _in_sequences(dict.fromkeys(np.flatnonzero(~there).tolist(), "no label"))

    def letters(self, equation: Equation) -> tuple[str, ...]:
        """Return the characters that entries stand for, per axis of an equation's value."""
        cell = self.scenario.cell
        if not (self.scenario.vocabulary or self.scenario.classes):
            return ()
        if equation.target == INPUT:
            return (self.scenario.vocabulary,)
        known = cell.quantities.get(equation.target)
        name = equation.of or (known.of if known else equation.target)
        axes = {**cell.signals, **cell.parameters, LABEL: cell.signals[cell.output]}
        own = axes.get(equation.parts[0] if equation.parts else name, ())
        if equation.parts and not own:  # gradients or new values, gate by gate
            part = cell.quantities.get(equation.parts[0])
            own = axes.get(part.of, ()) if part else ()
        return tuple(map(self.scenario.letters, own))

    def _block(self, index: int, equation: Equation, t: int | None) -> Step:
        parts = [Id(part, t).node for part in equation.parts]
        operands = {part: self.value(part) for part in parts}
        value = np.stack(list(operands.values()))
        rows, batch = equation.parts, self.scenario.batch
        return Step(
            index,
            equation,
            t,
            None,
            operands,
            value,
            rows=rows,
            batch=batch,
            letters=self.letters(equation),
        )

    def _sum(self, index: int, equation: Equation, value: Array) -> Step:
        """A sum over time: one term per time step that has one."""
        call = equation.expression
        if not isinstance(call, Call):
            raise TypeError(call)
        inner = call.arguments[0]
        scenario = self.scenario
        times = range(scenario.steps) if equation.terms else scenario.labelled_times
        terms = []
        operands: dict[Symbol, Array] = {}
        for t in times:
            expression = at(inner, t)
            operands |= {symbol: self.value(symbol) for symbol in symbols(expression)}
            origin = origin_of(equation.terms[0] if equation.terms else None, expression, t)
            amount = term_value(
                expression, self.value, np.shape(value), scenario.batch, summed=True
            )
            terms.append(StepTerm(expression, amount, origin))
        return Step(
            index,
            equation,
            None,
            call,
            operands,
            value,
            tuple(terms),
            batch=scenario.batch,
            letters=self.letters(equation),
        )

    def _term(self, equation: Equation, term: Term, t: int) -> StepTerm:
        expression = at(term.expression, t)
        origin = origin_of(term, expression, t)
        shape = np.shape(self.signals[equation.target].values)[1:]
        missing = missing_here(self.scenario, term, t)
        if missing:
            return StepTerm(expression, np.zeros(shape), origin, missing)
        batch = self.scenario.batch
        found = {s: missing_here(self.scenario, term, t, s) for s in range(batch or 0)}
        found = {s: why for s, why in found.items() if why}
        amount = term_value(expression, self.value, shape, batch, without=tuple(found))
        known = term.way if self._loss_reaches(term, t) else ()
        way = tuple(line.moved(lambda part: at(part, t)) for line in known)
        partly = _in_sequences(found)
        return StepTerm(
            expression, amount, origin, partly=partly, without=tuple(found), way=way
        )

    def _loss_reaches(self, term: Term, t: int) -> bool:
        """Whether a gradient that is put in exists: no other formula may stand for a 0."""
        sequences = range(self.scenario.batch or 1)
        put_in = [line.about[0] for line in term.way if line.rule is Rule.PUT_IN]
        return not any(
            missing_here(self.scenario, own, t + symbol.shift, sequence)
            for symbol in put_in
            if isinstance(symbol, Signal)
            for own in self.equation(symbol.name).terms
            for sequence in sequences
        )

    def equation(self, symbol: str) -> Equation:
        """Return the first equation that computes a symbol; KeyError if there is none."""
        [(_, section, column), *_] = self._index[symbol]
        return section.equations[column]

    def evaluate(self, expression: Expression, *, summed: bool = False) -> Array:
        """Return a formula's value, its times fixed; in a batch with an axis of sequences."""
        return np.asarray(evaluated(expression, self.value, self.scenario.batch, summed=summed))


def _in_sequences(found: Mapping[int, str]) -> str:
    """Say what is missing in some sequences of a batch: ``no label … in sequence 1``."""
    if not found:
        return ""
    thing = agreeing(len(found), "sequence", "sequences")
    return f"{next(iter(found.values()))} in {thing} {', '.join(map(str, found))}"


def compute(scenario: Scenario, program: Program | None = None) -> Trace:
    """Run a scenario: forward, loss, backward through time, gradients, update, new loss.

    Args:
        scenario: what is computed.
        program: its equations, where they are known from other numbers of the same model.

    Raises:
        NotFinite: naming the first step whose value overflows or is undefined.
    """
    program = program or program_of(scenario)
    try:
        signals, parameters = values_of(scenario, program)
    except NotFinite as error:
        error.scenario = scenario
        raise
    return Trace(scenario, program, signals, parameters)
