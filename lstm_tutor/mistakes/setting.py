"""A place in a program where a formula is changed, and what a person may take there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from string import digits

from lstm_tutor.algebra.axes import Axes, size_of
from lstm_tutor.algebra.expression import (
    Call,
    Expression,
    Number,
    Parameter,
    Signal,
    Symbol,
    renamed,
    walk,
)
from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.mistakes.partners import BACKWARD, Partners, siblings
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Equation, Phase
from lstm_tutor.model.symbol import (
    INPUT,
    LABEL,
    LOSS,
    gradient,
    layer_of,
    new,
    old,
    upstream,
)
from lstm_tutor.scenario.scenario import Scenario


@dataclass(frozen=True)
class Setting:
    """One equation, and what may stand in a symbol's place in it.

    Attributes:
        equation: the equation.
        partners: the symbols of its program.
    """

    equation: Equation
    partners: Partners

    @property
    def scenario(self) -> Scenario:
        """The scenario that the equation is worked for."""
        return self.partners.scenario

    @property
    def cell(self) -> Cell:
        """The cell whose program the equation is of."""
        return self.scenario.cell

    @cached_property
    def right(self) -> Expression:
        """The right side; 0 of what is only given."""
        return self.equation.expression or Number(0)

    @cached_property
    def inner(self) -> Expression:
        """The right side, or of a sum over time its term."""
        return summed_over_time(self.right) or self.right

    @cached_property
    def role(self) -> str:
        """What the equation is for, as in the table of mistakes."""
        if self.equation.target in (LOSS, new(LOSS)):
            return "loss"
        phase = self.equation.phase
        return "sum over time" if phase is Phase.GRADIENTS else phase.value

    @property
    def axes(self) -> Axes:
        """The axes of a parameter's gradient or new value; none for others."""
        name = self.equation.of or old(self.equation.target)
        return self.cell.parameters.get(name, ())

    @property
    def numbers(self) -> list[int]:
        """What people divide by, or multiply with, without need."""
        found = {2, self.count, *self.counts, len(self.scenario.cell.gates)}
        return sorted(found - {0, 1})

    @property
    def count(self) -> int:
        """What N is."""
        return int(self.scenario.constants["N"])

    @property
    def counts(self) -> list[int]:
        """What else there is to count: time steps, sequences, labels, of these or of all."""
        scenario = self.scenario
        there = scenario.labelled.reshape(scenario.steps, -1)
        found = {scenario.steps, scenario.steps * (scenario.batch or 1), int(there.sum())}
        if scenario.batch is not None or scenario.mean:
            found |= {len(there[0]), int(there.any(axis=1).sum())}
        return sorted(found - {0, 1, self.count})

    @property
    def _backward(self) -> bool:
        return self.equation.phase in BACKWARD

    def available(self, symbol: Symbol) -> bool:
        """Whether a person has the symbol's value when this equation is worked."""
        partners = self.partners
        if isinstance(symbol, Parameter):
            return True
        if symbol.name not in partners.order:
            return symbol.name in (INPUT, LABEL, *self.scenario.outside)
        ready = partners.order[symbol.name] < partners.order[self.equation.target]
        later = symbol.shift * self.direction(symbol.name)
        if symbol.name in partners.backward:
            known = 1 <= later <= self.cell.furthest
            return self._backward and (known or (later == 0 and ready))
        if self.equation.phase is Phase.FORWARD:
            return later < 0 or (later == 0 and ready)
        return abs(symbol.shift) <= self.cell.furthest

    def sized(self, symbol: Symbol) -> tuple[int, ...]:
        """Return the shape of a symbol, by the scenario's sizes."""
        cell, partners = self.cell, self.partners
        axes = cell.parameters.get(symbol.name) or cell.signals.get(symbol.name)
        axes = axes or partners.backward.get(symbol.name)
        if axes is None:
            of = next((n for n in self.scenario.upstream if upstream(n) == symbol.name), "")
            axes = cell.signals.get(of, ())
        return tuple(size_of(axis, self.scenario.sizes) for axis in axes)

    def direction(self, name: str) -> int:
        """Return 1 for what goes with time, -1 for what a layer runs from right to left."""
        late = any(layer_of(state) == layer_of(name) for state in self.cell.late)
        return -1 if late else 1

    def siblings(self, symbol: Symbol) -> Iterator[Symbol]:
        """Yield the same quantity of the other gates."""
        for name in siblings(symbol.name, self.cell):
            other = renamed(symbol, name)
            plain = isinstance(other, Parameter) or name in self.cell.preactivations.values()
            if plain or (name in self.partners.backward and self.available(other)):
                yield other

    def alike(self, symbol: Symbol) -> Iterator[Symbol]:
        """Yield other symbols of the same kind."""
        if isinstance(symbol, Parameter):
            yield from self._beside(symbol)
            return
        output = self.cell.output
        if symbol.name in (output, LABEL) and self.equation.phase is not Phase.FORWARD:
            yield renamed(symbol, LABEL if symbol.name == output else output)
        for counterpart in self.partners.counterparts.get(symbol.name, ()):
            found = renamed(symbol, counterpart)
            if self._backward and self.available(found):  # what is not there yet is a circle
                yield found
        if symbol.name in self.scenario.outside:
            for name in self.scenario.outside:
                other = Signal(name, symbol.shift)
                if other != symbol and self.sized(other) == self.sized(symbol):
                    yield other
        yield from self._inputs(symbol)
        others = siblings(symbol.name, self.cell)
        gradient = symbol.name in self.partners.backward
        same = self.partners.backward if gradient else self.partners.forward
        for name in (name for name, axes in same.items() if axes == same.get(symbol.name)):
            found = renamed(symbol, name)
            if self.available(found) and not (gradient and name in others):
                yield found
            if name in self.cell.states and name != symbol.name:
                yield Signal(name, symbol.shift - 1)

    def _inputs(self, symbol: Signal) -> Iterator[Signal]:
        """Yield the input for a state, and states for the input, if they are as large."""
        if self.role not in ("forward", "sum over time"):
            return
        states = self.cell.states
        names = states if symbol.name == INPUT else (INPUT,) * (symbol.name in states)
        for name in names:
            for shift in dict.fromkeys((symbol.shift, 0)):
                found = Signal(name, shift)
                if self.available(found) and self.sized(found) == self.sized(symbol):
                    yield found

    def _beside(self, symbol: Parameter) -> Iterator[Parameter]:
        """Yield what else an update has at hand of the same weight."""
        weight = self.cell.weight_of(symbol.name)
        settings = self.scenario.updating.settings
        if symbol.name in settings:  # of beta1 it is beta2
            family = symbol.name.rstrip(digits)
            for name in settings:
                if name != symbol.name and name.rstrip(digits) == family:
                    yield Parameter(name)
        own = self.equation.phase is Phase.UPDATE and self.cell.weight_of(self.equation.target)
        if not own or weight != own or symbol.name == weight:
            return
        axes, order = self.partners.program.plain.axes, self.partners.order
        for name in (gradient(weight), *self.partners.beside.get(weight, ())):
            ready = name not in order or order[name] < order[self.equation.target]
            if name != symbol.name and ready and axes[name] == axes[symbol.name]:
                yield Parameter(name)

    def shifts(self, symbol: Signal) -> Iterator[Signal]:
        """Yield the same signal at other time steps."""
        for by in (-1, 1):
            found = Signal(symbol.name, symbol.shift + by)
            if not symbol.fixed and self.available(found):
                yield found
        before = symbol.shift * self.direction(symbol.name) < 0
        if symbol.name in self.cell.states and before:
            steps = self.scenario.steps
            first = self.cell.beyond(symbol.name, steps)[0]
            yield Signal(symbol.name, first, fixed=True)
            if self._backward:
                last = 0 if symbol.name in self.cell.late else steps - 1
                yield Signal(symbol.name, last, fixed=True)

    def preactivation(self, symbol: Expression) -> Signal | None:
        """Return the pre-activation of an activated signal."""
        if isinstance(symbol, Signal) and symbol.name in self.cell.preactivations:
            return Signal(self.cell.preactivations[symbol.name], symbol.shift, symbol.fixed)
        return None

    def activation(self, value: Expression | None) -> str:
        """Return the function whose slope a gradient takes, written with its value; "" if
        the slope of what gave the value does not belong in this equation.
        """
        if not self._backward:
            return ""
        if isinstance(value, Signal):
            own = self.cell.preactivations.get(value.name)
            if value.name in self.cell.gates and self.equation.of != own:
                return ""
            found = self.partners.equations.get(value.name)
            value = found.expression if found else None
        return value.function if isinstance(value, Call) else ""

    def activated(self, symbol: Signal) -> Iterator[Expression]:
        """Yield what the signal is inside of elsewhere in the cell."""
        before = symbol.shift * self.direction(symbol.name) < 0
        for line in self.cell.equations if self._backward or before else ():
            for node in walk(line.expression) if line.expression is not None else ():
                if isinstance(node, Call) and node.arguments == (Signal(symbol.name),):
                    yield Call(node.function, (symbol,))

    def outputs(self, node: Expression) -> Iterator[Signal]:
        """Yield signals that are made of an activation, or by the same function."""
        for line in self.cell.equations:
            right = line.expression
            if not isinstance(node, Call) or right is None:
                continue
            alike = isinstance(right, Call) and right.function == node.function
            made_of_it = self._backward and node in set(walk(right))
            found, own = Signal(line.target), line.target == self.equation.target
            if self.available(found) and not own and (alike or made_of_it):
                yield found
