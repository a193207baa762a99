"""A computed program, place by place: its equations, what each reads, its right values.

A place is a symbol at a time step. A formula with a wrong time index has a value too: past
the last time step every signal is 0 (but see `beyond`), and before the first one it is the
last, as a list in Python counts. It is long because it is one class: what is asked of a place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.axes import size_of
from lstm_tutor.algebra.expression import (
    Expression,
    Number,
    Parameter,
    Signal,
    Symbol,
    symbols,
)
from lstm_tutor.execution.batch import evaluated
from lstm_tutor.execution.beyond import held
from lstm_tutor.execution.bounds import Bounded, bounded
from lstm_tutor.execution.computation import Series, new_pass
from lstm_tutor.execution.existence import crosses, lacking, without
from lstm_tutor.execution.program import Program, place_of
from lstm_tutor.execution.rules import TOTAL, Rule, sections_of
from lstm_tutor.execution.shapes import as_column, shape_of
from lstm_tutor.model.equation import Equation, Term
from lstm_tutor.model.symbol import LABEL, LOSS, Id, is_new, new
from lstm_tutor.scenario.scenario import Scenario

Array: TypeAlias = NDArray[Any]


class Places:
    """A computed program, place by place."""

    def __init__(
        self,
        scenario: Scenario,
        program: Program,
        signals: Mapping[str, Series],
        parameters: Mapping[str, Any],
    ) -> None:
        """Take a scenario, its program and the right values of it."""
        self.scenario = scenario
        self.program = program
        self._signals = dict(signals)
        self.parameters = parameters
        self.sections = sections_of(program, scenario.steps)
        self.gradients = {e.target for e in program.derivation.backward}
        self._operands: dict[Id, list[Id]] = {}
        self._terms: dict[str, list[Id]] = {}
        self._shapes: dict[str, dict[Expression, tuple[int, ...] | None]] = {}
        self._sizes: dict[str, tuple[int, ...]] = {}
        self._known: dict[str, Mapping[int | None, tuple[int, Rule]]] = {}
        self._closures: dict[tuple[str, frozenset[str]], frozenset[str]] = {}

    @cached_property
    def _where(self) -> dict[str, list[tuple[int, int, Rule]]]:
        """The rules of each symbol, with the position of their first line, and how many lines
        come before the next one.
        """
        found: dict[str, list[tuple[int, int, Rule]]] = {}
        first = 0
        for section in self.sections:
            for column, rule in enumerate(section):
                found.setdefault(rule.symbol, []).append((first + column, len(section), rule))
            first += len(section) * len(section[0].times)
        return found

    def __len__(self) -> int:
        return sum(len(section) * len(section[0].times) for section in self.sections)

    def _found(self, place: Id) -> tuple[int, Rule] | None:
        return self._positions(place.name).get(place.t)

    def _positions(self, name: str) -> Mapping[int | None, tuple[int, Rule]]:
        """Return the position and rule of each of a symbol's places, by time step."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = {
                t: (first + step * width, rule)
                for first, width, rule in reversed(self._where.get(name, []))
                for step, t in enumerate(rule.times)
            }
        return known

    def __contains__(self, place: object) -> bool:
        return isinstance(place, Id) and self._found(place) is not None

    def position(self, place: Id) -> int:
        """Return a place's position in the order of evaluation.

        Raises:
            KeyError: if there is none.
        """
        found = self._found(place)
        if found is None:
            raise KeyError(str(place))
        return found[0]

    def rule(self, place: Id) -> Rule:
        """Return the equation of a place; KeyError if there is none."""
        found = self._found(place)
        if found is None:
            raise KeyError(str(place))
        return found[1]

    def places(self) -> Iterator[Id]:
        """Yield every place, in order of evaluation."""
        for section in self.sections:
            for t in section[0].times:
                for rule in section:
                    yield Id(rule.symbol, t)

    def operands(self, place: Id) -> list[Id]:
        """Return the places that a place's formula reads, those beyond the ends left out."""
        found = self._operands.get(place)
        if found is None:
            found = self._operands[place] = list(self._read_by(place))
        return found

    def _read_by(self, place: Id) -> Iterator[Id]:
        rule, t = self.rule(place), place[1]
        if rule.expression == TOTAL:
            yield from self.terms(place.name)
        elif rule.expression is not None:
            for symbol in symbols(rule.expression):
                other = self._place(symbol, t)
                if other in self:
                    yield other

    def terms(self, symbol: str) -> Sequence[Id]:
        """Return the places of a sum's terms, one for each time step that has one."""
        found = self._terms.get(symbol)
        if found is None:
            times, there = range(self.scenario.steps), self._positions(symbol)
            found = self._terms[symbol] = [Id(symbol, t) for t in times if t in there]
        return found

    @staticmethod
    def _place(symbol: Symbol, t: int | None) -> Id:
        if isinstance(symbol, Parameter):
            return Id(symbol.name)
        return Id(symbol.name, symbol.shift if symbol.fixed else (t or 0) + symbol.shift)

    @cached_property
    def _uses(self) -> dict[str, frozenset[str]]:
        """Which symbols each symbol's equations use."""
        found: dict[str, set[str]] = {}
        for rule in self.rules():
            names = found.setdefault(rule.symbol, set())
            if rule.expression is not None and rule.expression != TOTAL:
                names |= {symbol.name for symbol in symbols(rule.expression)}
        return {name: frozenset(used) for name, used in found.items()}

    @cached_property
    def _used_by(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name, used in self._uses.items():
            for other in used:
                found.setdefault(other, set()).add(name)
        return {name: frozenset(users) for name, users in found.items()}

    def upstream(self, names: Iterable[str]) -> frozenset[str]:
        """Return the symbols that these depend on, themselves included."""
        return self._closed("up", frozenset(names), self._uses)

    def downstream(self, names: Iterable[str]) -> frozenset[str]:
        """Return the symbols that depend on these, themselves included."""
        return self._closed("down", frozenset(names), self._used_by)

    def _closed(
        self, way: str, names: frozenset[str], arrows: Mapping[str, frozenset[str]]
    ) -> frozenset[str]:
        found = self._closures.get((way, names))
        if found is None:
            reached, waiting = set(names), list(names)
            while waiting:
                new = arrows.get(waiting.pop(), frozenset()) - reached
                reached |= new
                waiting += new
            found = self._closures[way, names] = frozenset(reached)
        return found

    def rules(self) -> Iterator[Rule]:
        """Yield every equation, in order of evaluation."""
        return (rule for section in self.sections for rule in section)

    @cached_property
    def first_rules(self) -> Mapping[str, Rule]:
        """The first equation that each key changes; see `Rule`."""
        found: dict[str, Rule] = {}
        for rule in self.rules():
            found.setdefault(rule.key, rule)
        return found

    def computes(self, name: str) -> bool:
        """Whether a symbol has a value, given or computed."""
        return name in self._where

    def summed(self, place: Id) -> bool:
        """Whether what the sequences of a batch give is added up in a place."""
        return place.t is None or self.is_term(place)

    def is_term(self, place: Id) -> bool:
        """Whether a place is one time step's term of a sum."""
        return place.t is not None and self.series(place.name) is None

    def told(self, place: Id) -> bool:
        """Whether a place can be asked for: as a step, or as a term of a sum that is one.
        What is computed anew after the update cannot, but for the loss.
        """
        return place in self and (self.is_term(place) or place.t in self._times[place.name])

    @cached_property
    def _times(self) -> Mapping[str, set[int | None]]:
        """The time steps at which each symbol has a step."""
        found: dict[str, set[int | None]] = defaultdict(set)
        for section in self.program.sections:
            for equation in section.equations:
                found[equation.target].update(section.times)
        return found

    def signals(self) -> Iterable[Series]:
        """Return the right values of every signal of the first pass."""
        return self._signals.values()

    def series(self, name: str) -> Series | None:
        """Return the right values of a signal over time, of the second pass too."""
        if name not in self._signals and is_new(name):
            self._signals |= self._again
        return self._signals.get(name)

    @cached_property
    def _again(self) -> dict[str, Series]:
        wanted = [equation.target for equation in self.program.cell.equations]
        found = new_pass(self.scenario, self.program, self.parameters, wanted)
        return {new(name): series for name, series in found.items()}

    @cached_property
    def held(self) -> frozenset[str]:
        """The signals that have their last value past the last time step, not 0."""
        return held(self.program.derivation.backward)

    def base(self, place: Id) -> Array:
        """Return the right value of a place; past the last time step see `beyond`."""
        symbol, t = place
        if t is None:
            return np.asarray(self.parameters[symbol])
        series = self.series(symbol)
        if series is None:  # a term of a sum over time
            expression = self.rule(place).expression
            if expression is None:
                raise KeyError(symbol)
            batch = self.scenario.batch
            return np.asarray(evaluated(expression, self.lookup(t), batch, summed=True))
        if series.has(t):
            return np.asarray(series.at(t))
        if t < series.first and symbol not in self.gradients:
            around = (t - series.first) % len(series.values)  # as a list in Python counts
            return np.asarray(series.values[around])
        if t > series.last and symbol in self.held:
            return np.asarray(series.at(series.last))
        return np.zeros(series.values.shape[1:])

    def cases(
        self, name: str, times: Sequence[int], node: Expression, *, single: bool = False
    ) -> Sequence[tuple[Expression, NDArray[np.bool_]]]:
        """Return what a symbol's formula is where losses are missing that it starts from.

        Args:
            name: the symbol, of what has a value at each time step.
            times: the time steps.
            node: its formula, right or changed.
            single: whether it stands at one time step alone: then it is meant for that, and
                as it is, unless it reads a label.

        Returns:
            Formulas, each with where it holds, (time,) or in a batch (time, batch); where
            none does there is 0.
        """
        everywhere = [(node, np.array(True))]
        if single and not any(symbol.name == LABEL for symbol in symbols(node)):
            return everywhere
        if name in (LOSS, new(LOSS)):
            there = self.scenario.labelled[times[0] : times[-1] + 1]
            return everywhere if there.all() else [(node, there)]
        terms = self._starting.get(name, {}).get(times[0] if len(times) == 1 else None)
        terms = terms or self._starting.get(name, {}).get(None, ())
        found = lacking(self.scenario, terms, times) if terms else []
        formulas = [(without(terms, node, gone), there) for gone, there in found]
        return [pair for pair in formulas if pair[0] != Number(0)] if found else everywhere

    def unlabelled(self, place: Id) -> bool:
        """Whether all of a place comes from a loss that its time step does not have."""
        if place.t is None or place.t not in range(self.scenario.steps) or self.is_term(place):
            return False
        node = self.rule(place).expression
        times = range(place.t, place.t + 1)
        return node is not None and not any(
            w.any() for _, w in self.cases(place.name, times, node)
        )

    @cached_property
    def _starting(self) -> Mapping[str, Mapping[int | None, Sequence[Term]]]:
        """The terms of each gradient of which one starts at a loss: at every time step, and
        where it stands beyond the ends.
        """
        derivation = self.program.derivation
        found: dict[str, dict[int | None, Sequence[Term]]] = defaultdict(dict)
        for equation in (*derivation.backward, *derivation.boundary):
            if any(term.starts for term in equation.terms):
                beyond, cell = equation.beyond, self.program.cell
                t = place_of(equation, cell, self.scenario.steps) if beyond else None
                found[equation.target][t] = equation.terms
        return found

    def existing(
        self,
        place: Id,
        node: Expression,
        lookup: Callable[[Symbol], Any],
        *,
        single: bool = False,
    ) -> Array:
        """Return the value of a formula in a place, of its terms those that exist.

        Args:
            place: the place.
            node: the formula, right or changed.
            lookup: the value of each symbol.
            single: whether it stands in this place alone; see `cases`.

        Raises:
            ValueError: if the shapes of its operands do not fit.
        """
        batch, summed = self.scenario.batch, self.summed(place)
        if summed or place.t is None:
            return np.asarray(evaluated(node, lookup, batch, summed=summed))
        found = np.zeros(())
        times = range(place.t, place.t + 1)
        for part, there in self.cases(place.name, times, node, single=single):
            value = np.asarray(evaluated(part, lookup, batch))
            if there.all():
                return value
            found = found + np.where(there[0], value, 0)
        return found if found.ndim else np.zeros(self.base(place).shape)

    def lookup(
        self, t: int | None, changed: Callable[[Id], Array | None] = lambda _: None
    ) -> Callable[[Symbol], Any]:
        """Return the values of a formula's symbols at a time step, given what differs."""

        def value(symbol: Symbol) -> Any:
            if (
                isinstance(symbol, Signal)
                and not symbol.fixed
                and t is not None
                and symbol.name in self.gradients
                and symbol.shift
                and crosses(self.scenario, t, t + symbol.shift)
            ):
                return np.zeros_like(self.base(Id(symbol.name, t)))
            place = self._place(symbol, t)
            found = changed(place)
            return self.base(place) if found is None else found

        return value

    def bounded(self, node: Expression, exact: frozenset[Symbol]) -> Bounded:
        """Return a formula's function with radii, compiled once; see `bounds.bounded`."""
        known = self.program.bounded
        if (node, exact) not in known:
            axes = self.program.plain.axes
            known[node, exact] = bounded(node, lambda symbol: len(axes[symbol.name]), exact)
        return known[node, exact]

    @cached_property
    def _equations(self) -> dict[str, Equation]:
        return {e.target: e for e in self.program.derivation.backward}

    def equation(self, name: str) -> Equation | None:
        """Return the equation of a gradient at every time step."""
        return self._equations.get(name)

    def _shape_of(self, name: str, node: Expression) -> tuple[int, ...] | None:
        """Return the shape of the value of a formula of a symbol; None if it has none."""
        known = self._shapes.setdefault(name, {TOTAL: self.shape(name)})
        if node not in known:
            try:
                shape_of(node, self.shape, known)
            except ValueError:
                known[node] = None
        return known[node]

    def fits(self, name: str, node: Expression) -> bool:
        """Whether the value of a formula has the shape of a symbol."""
        found, own = self._shape_of(name, node), self.shape(name)
        return found is not None and (found == own or prod(found) == prod(own) == 1)

    def holds(self, name: str, node: Expression) -> bool:
        """Whether the value of a formula can stand in the memory of a symbol."""
        found = self._shape_of(name, node)
        return found is not None and as_column(found, self.shape(name))

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the true shape of a signal, parameter or constant."""
        found = self._sizes.get(name)
        if found is None:
            axes = self.program.plain.axes.get(name, ())
            found = tuple(size_of(axis, self.scenario.sizes) for axis in axes)
            self._sizes[name] = found
        return found
