"""The values of a program: one array per symbol, and a step for each equation evaluated.

A step can be shown alone: it carries its equation, its operands as they were, its
value and the terms it is made of. Nothing here knows how a step is written down.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.evaluation import culprit, evaluate
from lstm_tutor.algebra.expression import (
    Call,
    Expression,
    Number,
    Parameter,
    Signal,
    Symbol,
    at,
    symbols,
    total,
)
from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.cell import Cell, Loss
from lstm_tutor.derivation import OUTPUT
from lstm_tutor.equation import Equation, Link, Phase, Role, Term
from lstm_tutor.program import Program, Section, program_of
from lstm_tutor.scenario import Scenario

Array = NDArray[Any]
_PIECE = 4096  # time steps of a forward pass that is run for its output alone


class NotFinite(ArithmeticError):  # noqa: N818  # a result, reported as such
    """A value that overflowed or is undefined.

    Attributes:
        id: the step's id.
        part: the smallest part of its formula that is not finite.
    """

    def __init__(self, id_: str, part: str) -> None:
        super().__init__(f"{id_} is not a finite number: {part} overflows or is undefined")
        self.id = id_
        self.part = part


@dataclass(frozen=True)
class Series:
    """One symbol's values over time: (time, …), the first one at time ``first``."""

    values: Array
    first: int = 0

    def at(self, t: int) -> Any:
        """Return the value at time step t."""
        return self.values[t - self.first]

    def has(self, t: int) -> bool:
        """Whether there is a value at time step t."""
        return 0 <= t - self.first < len(self.values)


@dataclass(frozen=True)
class Origin:
    """Where a term comes from, at its time steps.

    Attributes:
        gradient: id of the named gradient that it starts from; "" if at the loss.
        links: the uses it comes through, with fixed times.
        equation: id of the equation that uses the quantity first.
        t: that equation's time step.
    """

    gradient: str
    links: tuple[Link, ...]
    equation: str
    t: int


@dataclass(frozen=True)
class StepTerm:
    """One term of a step: its formula at that time step, its value, where it is from.

    ``missing`` says in words why the term does not exist here and counts as 0.
    """

    expression: Expression
    value: Array
    origin: Origin | None
    missing: str = ""


@dataclass(frozen=True)
class Step:
    """One equation evaluated once.

    Attributes:
        index: position in the trace, from 0.
        equation: the equation, for any time step.
        t: the time step; None where there is none.
        expression: the right side at this time step; None for what is only given.
        operands: the value of every symbol in it that has one.
        value: the result, in its true shape.
        terms: the terms of a gradient or of a sum over time.
        rows: for a block, the symbols of its rows.
    """

    index: int
    equation: Equation
    t: int | None
    expression: Expression | None
    operands: Mapping[Symbol, Array]
    value: Array
    terms: tuple[StepTerm, ...] = ()
    rows: tuple[str, ...] = ()

    @property
    def symbol(self) -> str:
        """The symbol that the step computes."""
        return self.equation.target

    @property
    def id(self) -> str:
        """The step's id: ``C@1``, or the bare symbol where there is no time step."""
        return step_id(self.symbol, self.t)

    @property
    def phase(self) -> Phase:
        """The part of the computation that the step belongs to."""
        return self.equation.phase

    @property
    def target(self) -> Symbol:
        """The left side: a signal at this time step, or a parameter."""
        if self.t is None:
            return Parameter(self.symbol)
        return Signal(self.symbol, self.t, fixed=True)

    @property
    def effective(self) -> Expression | None:
        """The right side as it was evaluated: terms that do not exist here are 0."""
        if self.equation.role is Role.SUM_OVER_TIME or not any(
            term.missing for term in self.terms
        ):
            return self.expression
        if all(term.missing for term in self.terms):
            return Number(0)
        return total(
            tuple(Number(0) if term.missing else term.expression for term in self.terms)
        )

    @property
    def inputs(self) -> tuple[str, ...]:
        """The ids of the operands."""
        return tuple(symbol_id(symbol) for symbol in self.operands)

    @property
    def note(self) -> str:
        """Why terms are missing here, in words; empty if none is."""
        return "; ".join(dict.fromkeys(term.missing for term in self.terms if term.missing))


def step_id(symbol: str, t: int | None) -> str:
    """Return the id of a symbol at a time step."""
    return symbol if t is None else f"{symbol}@{t}"


def symbol_id(symbol: Symbol) -> str:
    """Return the id of a symbol with a fixed time, or of a parameter."""
    return symbol.name if isinstance(symbol, Parameter) else step_id(symbol.name, symbol.shift)


def forward(
    cell: Cell,
    inputs: Array,
    parameters: Mapping[str, Array],
    initial: Mapping[str, Array],
) -> dict[str, Series]:
    """Evaluate a cell's forward equations over time.

    Args:
        cell: the equations.
        inputs: (time, input).
        parameters: every parameter; real or complex.
        initial: every state before the first step, (hidden,).

    Returns:
        Every signal; states start at time -1.
    """
    arrays = (inputs, *parameters.values(), *initial.values())
    kind = np.result_type(*arrays, np.float64)
    sizes = {"input": inputs.shape[1], "hidden": len(next(iter(initial.values())))}
    signals = {"x": Series(inputs)}
    for equation in cell.equations:
        name = equation.target
        early = name in initial
        shape = tuple(sizes[axis] for axis in cell.signals[name])
        series = Series(np.zeros((len(inputs) + early, *shape), kind), -1 if early else 0)
        if early:
            series.values[0] = initial[name]
        signals[name] = series
    lines = [(signals[line.target], line.expression) for line in cell.equations]
    with np.errstate(all="ignore"):
        for t in range(len(inputs)):
            lookup = _lookup(signals, parameters, t)
            for series, expression in lines:
                if expression is not None:
                    series.values[t - series.first] = evaluate(expression, lookup)
    return signals


def losses_of(
    loss: Loss,
    output: Series,
    labels: Array,
    times: Sequence[int],
    constants: Mapping[str, Any],
) -> Array:
    """Return the loss of each labelled time step, (time,); 0 at the others."""
    result = np.zeros(len(labels), output.values.dtype)
    signals = {OUTPUT: output, "y": Series(labels)}
    with np.errstate(all="ignore"):
        for t in times:
            result[t] = evaluate(loss.expression, _lookup(signals, constants, t))
    return result


def _lookup(
    signals: Mapping[str, Series], parameters: Mapping[str, Any], t: int
) -> Callable[[Symbol], Any]:
    def value(symbol: Symbol) -> Any:
        if isinstance(symbol, Parameter):
            return parameters[symbol.name]
        series = signals[symbol.name]
        time = symbol.shift if symbol.fixed else t + symbol.shift
        return series.values[time - series.first]

    return value


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
    _starts: tuple[int, ...] = field(repr=False)

    @property
    def loss_before(self) -> float:
        """The total loss with the scenario's weights."""
        return float(self.parameters["L"])

    @property
    def loss_after(self) -> float:
        """The total loss after one update."""
        return float(self.parameters["L'"])

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

    def find(self, id_: str) -> Step:
        """Return the step with an id.

        Raises:
            KeyError: if there is none.
        """
        return self._step(self.position(id_))

    def position(self, id_: str) -> int:
        """Return the index of the step with an id; KeyError if there is none."""
        symbol, _, time = id_.partition("@")
        t = int(time) if time.removeprefix("-").isdecimal() else None
        if id_ != step_id(symbol, t):
            raise KeyError(id_)
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

    def ids(self) -> Iterator[str]:
        """Yield the id of every step, in order."""
        for section in self.program.sections:
            for t in section.times:
                for equation in section.equations:
                    yield step_id(equation.target, t)

    def value(self, symbol: Symbol) -> Array:
        """Return the value of a parameter, or of a signal at a fixed time step."""
        if isinstance(symbol, Parameter):
            return np.asarray(self.parameters[symbol.name])
        return np.asarray(self.signals[symbol.name].at(symbol.shift))

    def _step(self, index: int) -> Step:
        equation, t = self.key(index)
        if equation.role is Role.BLOCK:
            return self._block(index, equation, t)
        target: Symbol = (
            Parameter(equation.target) if t is None else Signal(equation.target, t, fixed=True)
        )
        value = self.value(target)
        if equation.expression is None:
            return Step(index, equation, t, None, {}, value)
        if equation.role is Role.SUM_OVER_TIME:
            return self._sum(index, equation, value)
        terms = tuple(self._term(equation, term, t) for term in equation.terms if t is not None)
        expression = equation.expression if t is None else at(equation.expression, t)
        live = Call("", tuple(term.expression for term in terms if not term.missing))
        used = symbols(live if terms else expression)
        operands = {symbol: self.value(symbol) for symbol in used}
        return Step(index, equation, t, expression, operands, value, terms)

    def _block(self, index: int, equation: Equation, t: int | None) -> Step:
        parts: list[Symbol] = [
            Parameter(part) if t is None else Signal(part, t, fixed=True)
            for part in equation.parts
        ]
        operands = {part: self.value(part) for part in parts}
        value = np.stack(list(operands.values()))
        return Step(index, equation, t, None, operands, value, rows=equation.parts)

    def _sum(self, index: int, equation: Equation, value: Array) -> Step:
        """A sum over time: one term per time step that has one."""
        call = equation.expression
        if not isinstance(call, Call):
            raise TypeError(call)
        inner = call.arguments[0]
        labelled = self.scenario.labelled
        every = range(self.scenario.steps)
        times = every if equation.terms else [t for t in every if labelled[t]]
        terms = []
        operands: dict[Symbol, Array] = {}
        for t in times:
            expression = at(inner, t)
            operands |= {symbol: self.value(symbol) for symbol in symbols(expression)}
            origin = _origin(equation.terms[0] if equation.terms else None, expression, t)
            amount = self._evaluate(expression, np.shape(value))
            terms.append(StepTerm(expression, amount, origin))
        return Step(index, equation, None, call, operands, value, tuple(terms))

    def _term(self, equation: Equation, term: Term, t: int) -> StepTerm:
        expression = at(term.expression, t)
        origin = _origin(term, expression, t)
        shape = np.shape(self.signals[equation.target].values)[1:]
        missing = missing_here(self.scenario, equation, term, t)
        amount = np.zeros(shape) if missing else self._evaluate(expression, shape)
        return StepTerm(expression, amount, origin, missing)

    def _evaluate(self, expression: Expression, shape: tuple[int, ...]) -> Array:
        return np.array(np.broadcast_to(evaluate(expression, self.value), shape))


def _origin(term: Term | None, expression: Expression, t: int) -> Origin | None:
    """Say where a term comes from; a term that is a symbol comes from that symbol's step."""
    if term is None or not term.links:
        if isinstance(expression, Signal):
            return Origin("", (), symbol_id(expression), expression.shift)
        return None
    links = tuple(
        Link(
            link.consumer,
            link.shift + t,
            link.operand if isinstance(link.operand, Parameter) else _fixed(link.operand, t),
            at(link.local, t),
        )
        for link in term.links
    )
    gradient = "" if term.gradient is None else symbol_id(_fixed(term.gradient, t))
    last = links[-1]
    return Origin(gradient, links, step_id(last.consumer, last.shift), last.shift)


def _fixed(symbol: Symbol, t: int) -> Symbol:
    found = at(symbol, t)
    return found if isinstance(found, Signal) else symbol


def missing_here(scenario: Scenario, equation: Equation, term: Term, t: int) -> str:
    """Say why a term does not exist at a time step; empty if it does."""
    if equation.role is Role.LABEL and not scenario.labelled[t]:
        return "no label at this step"
    if term.shift and t + 1 >= scenario.steps:
        return "no future step"
    if term.shift and scenario.cut_after(t):
        return "cut by truncation"
    return ""


def compute(scenario: Scenario) -> Trace:
    """Run a scenario: forward, loss, backward through time, gradients, update, new loss.

    Raises:
        NotFinite: naming the first step whose value overflows or is undefined.
    """
    program = program_of(scenario)
    labelled = [int(t) for t in scenario.labelled.nonzero()[0]]
    parameters: dict[str, Any] = {**scenario.parameters, **scenario.constants}
    signals = forward(scenario.cell, scenario.inputs, scenario.parameters, scenario.initial)
    signals["y"] = Series(scenario.labels)
    _require_finite(scenario.cell.equations, range(scenario.steps), signals, parameters)
    loss = losses_of(scenario.loss, signals[OUTPUT], scenario.labels, labelled, parameters)
    signals["L"] = Series(loss)
    _require_finite((program.loss,), labelled, signals, parameters)
    parameters["L"] = loss.sum()
    _backward(scenario, program, signals, parameters)
    _gradients(scenario, program, signals, parameters)
    with np.errstate(all="ignore"):
        for equation in program.updates:
            if equation.expression is not None:
                value = evaluate(equation.expression, _lookup({}, parameters, 0))
                parameters[equation.target] = value
                if not np.isfinite(value).all():
                    raise NotFinite(equation.target, show(equation.expression, PLAIN))
    _after(scenario, labelled, signals, parameters)
    lengths = (len(section) for section in program.sections)
    for series in signals.values():
        series.values.setflags(write=False)
    return Trace(scenario, program, signals, parameters, (0, *accumulate(lengths)))


def _after(
    scenario: Scenario,
    labelled: list[int],
    signals: dict[str, Series],
    parameters: dict[str, Any],
) -> None:
    """Repeat the forward pass with the new weights, for the new loss."""
    new = {name: parameters[f"{name}'"] for name in scenario.parameters}
    output = _output(scenario, new)
    loss = losses_of(scenario.loss, output, scenario.labels, labelled, parameters)
    signals[f"{OUTPUT}'"], signals["L'"] = output, Series(loss)
    bad = np.flatnonzero(~np.isfinite(loss))
    if len(bad):
        raise NotFinite(step_id("L'", int(bad[0])), "the loss with the new weights")
    parameters["L'"] = loss.sum()


def _output(scenario: Scenario, parameters: Mapping[str, Array]) -> Series:
    """Run the forward pass for its output alone, piece by piece to save memory."""
    initial: Mapping[str, Array] = scenario.initial
    pieces = [np.asarray([initial[OUTPUT]])] if OUTPUT in initial else []
    first = -len(pieces)
    for start in range(0, scenario.steps, _PIECE):
        inputs = scenario.inputs[start : start + _PIECE]
        signals = forward(scenario.cell, inputs, parameters, initial)
        pieces.append(signals[OUTPUT].values[-len(inputs) :])
        initial = {state: signals[state].values[-1] for state in initial}
    return Series(np.concatenate(pieces), first)


def _backward(
    scenario: Scenario,
    program: Program,
    signals: dict[str, Series],
    parameters: Mapping[str, Any],
) -> None:
    """Evaluate the derived equations from the last time step to the first."""
    steps = scenario.steps
    equations = [e for e in program.derivation.backward if e.role is not Role.BLOCK]
    early = {equation.target for equation in program.derivation.boundary}
    for equation in equations:
        name = equation.target
        shape = signals[equation.of].values.shape[1:]
        first = -1 if name in early else 0
        signals[name] = Series(np.zeros((steps - first, *shape)), first)
    plans = [
        (signals[e.target], e.expression, _without_carry(e), e.role is Role.LABEL)
        for e in equations
    ]
    labelled = scenario.labelled
    with np.errstate(all="ignore"):
        for t in reversed(range(steps)):
            lookup = _lookup(signals, parameters, t)
            future = t + 1 < steps and not scenario.cut_after(t)
            for series, full, alone, label in plans:
                expression = full if future else alone
                if expression is not None and (labelled[t] or not label):
                    series.values[t - series.first] = evaluate(expression, lookup)
        lookup = _lookup(signals, parameters, -1)
        for equation in program.derivation.boundary:
            if equation.expression is not None:
                value = evaluate(equation.expression, lookup)
                signals[equation.target].values[0] = value
    _require_finite(tuple(equations), range(steps)[::-1], signals, parameters)


def _without_carry(equation: Equation) -> Expression | None:
    """Return the equation without the terms that come from the next time step."""
    if not equation.carried:
        return equation.expression
    kept = tuple(term.expression for term in equation.terms if not term.shift)
    return total(kept) if kept else None


def _gradients(
    scenario: Scenario,
    program: Program,
    signals: Mapping[str, Series],
    parameters: dict[str, Any],
) -> None:
    """Add up each parameter's gradient over time."""
    plans = []
    for equation in program.derivation.gradients:
        if isinstance(equation.expression, Call):
            sum_ = np.zeros(np.shape(scenario.parameters[equation.of]))
            parameters[equation.target] = sum_
            plans.append((sum_, equation.expression.arguments[0]))
    with np.errstate(all="ignore"):
        for t in range(scenario.steps):
            lookup = _lookup(signals, parameters, t)
            for sum_, inner in plans:
                np.add(sum_, evaluate(inner, lookup), out=sum_)
    for equation in program.derivation.gradients:
        if (
            equation.role is not Role.BLOCK
            and not np.isfinite(parameters[equation.target]).all()
        ):
            raise NotFinite(equation.target, "the sum over time")


def _require_finite(
    equations: tuple[Equation, ...],
    times: Sequence[int],
    signals: Mapping[str, Series],
    parameters: Mapping[str, Any],
) -> None:
    """Raise NotFinite for the first value, in order of evaluation, that is not finite."""
    finite = {}
    for equation in equations:
        series = signals[equation.target]
        values = series.values.reshape(len(series.values), -1)
        finite[equation.target] = np.asarray(np.isfinite(values).all(axis=1))
    if all(found.all() for found in finite.values()):
        return
    for t in times:
        for equation in equations:
            if not finite[equation.target][t - signals[equation.target].first]:
                raise _not_finite(equation, t, signals, parameters)


def _not_finite(
    equation: Equation, t: int, signals: Mapping[str, Series], parameters: Mapping[str, Any]
) -> NotFinite:
    if equation.expression is None:
        return NotFinite(step_id(equation.target, t), equation.target)
    part = culprit(equation.expression, _lookup(signals, parameters, t))
    return NotFinite(step_id(equation.target, t), show(at(part, t), PLAIN))
