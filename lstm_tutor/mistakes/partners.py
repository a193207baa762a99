"""Which symbols of a program a person may take for each other.

Knows the gates' quantities as siblings, states and gates as the same kind, and what is
there already when an equation is worked. Nothing here knows a particular cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.algebra.expression import (
    Call,
    Expression,
    Parameter,
    Signal,
    Symbol,
    substitute,
    walk,
)
from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.execution.program import Program
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Equation, Phase
from lstm_tutor.model.symbol import INPUT, LABEL, OUTPUT, Form, gradient
from lstm_tutor.scenario.scenario import Scenario

BACKWARD = (Phase.BACKWARD, Phase.GRADIENTS)


def siblings(symbol: str, cell: Cell) -> list[str]:
    """Return the same quantity of the other gates: ``da`` has ``di``, ``df``, ``do``."""
    what = cell.quantities.get(symbol)
    if what is None or not what.block or not what.gate:
        return []
    names = [what.at_gate(gate) for gate in cell.gates]
    return [name for name in names if name in cell.quantities and name != symbol]


def general(node: Expression, cell: Cell) -> str:
    """Write a formula with a star in place of every gate's name."""

    def star(symbol: Symbol) -> Expression:
        what = cell.quantities.get(symbol.name)
        if what is None or not what.gate or what.form is Form.NEW:
            return symbol
        return replace(symbol, name=what.at_gate("*"))

    return show(substitute(node, star), PLAIN)


@dataclass(frozen=True)
class Kinship:
    """Who is whose kin in one program."""

    scenario: Scenario
    program: Program

    @property
    def cell(self) -> Cell:
        """The cell whose program it is."""
        return self.scenario.cell

    @cached_property
    def forward(self) -> dict[str, Axes]:
        """The signals of the forward pass, pre-activations left out."""
        signals, left_out = self.cell.signals.items(), self.cell.preactivations.values()
        return {name: axes for name, axes in signals if name not in left_out}

    @cached_property
    def backward(self) -> dict[str, Axes]:
        """The gradients at a time step."""
        equations = self.program.derivation.backward
        return {e.target: self.cell.signals[e.of] for e in equations if e.of}

    @cached_property
    def order(self) -> dict[str, int]:
        """The position of each computed symbol in the order of evaluation."""
        computed = (e.target for e in self.program.equations() if e.phase is not Phase.GIVEN)
        return {target: number for number, target in enumerate(dict.fromkeys(computed))}

    @cached_property
    def counterparts(self) -> dict[str, str]:
        """A gate's or state's gradient for the gate or state, and the other way round."""
        found = {gradient(name): gate for gate, name in self.cell.preactivations.items()}
        found |= {gradient(state): state for state in self.cell.states}
        return found | {source: name for name, source in found.items()}

    @cached_property
    def equations(self) -> dict[str, Equation]:
        """The equations by target, those of whole time steps before those of the first."""
        found = [e for e in self.program.equations() if e.expression is not None]
        return {equation.target: equation for equation in reversed(found)}


@dataclass(frozen=True)
class Kin:
    """What may stand in a symbol's place in one equation.

    It is what `lstm_tutor.mistakes.operators.Partners` asks for.
    """

    kinship: Kinship
    equation: Equation

    @property
    def _backward(self) -> bool:
        return self.equation.phase in BACKWARD

    def _available(self, symbol: Signal) -> bool:
        """Whether a person has the signal's value when this equation is worked."""
        kinship = self.kinship
        if symbol.name not in kinship.order:
            return symbol.name in (INPUT, LABEL)
        ready = kinship.order[symbol.name] < kinship.order[self.equation.target]
        if symbol.name in kinship.backward:
            return self._backward and (symbol.shift == 1 or (symbol.shift == 0 and ready))
        if self.equation.phase is Phase.FORWARD:
            return symbol.shift < 0 or (symbol.shift == 0 and ready)
        return abs(symbol.shift) <= 1

    def swaps(self, symbol: Symbol) -> Iterator[tuple[str, Symbol]]:
        """Yield symbols of the same kind, with the kind of the mistake."""
        others = siblings(symbol.name, self.kinship.cell)
        if isinstance(symbol, Parameter):
            yield from (("wrong-gate", Parameter(other)) for other in others)
            return
        if symbol.name in self.kinship.cell.preactivations.values():
            yield from (("wrong-gate", replace(symbol, name=other)) for other in others)
        if symbol.name in (OUTPUT, LABEL) and self.equation.phase is not Phase.FORWARD:
            other = LABEL if symbol.name == OUTPUT else OUTPUT
            yield "swap-symbol", replace(symbol, name=other)
        counterpart = self.kinship.counterparts.get(symbol.name)
        if counterpart and self._backward:
            yield "swap-symbol", replace(symbol, name=counterpart)
        yield from self._alike(symbol, others)

    def _alike(self, symbol: Signal, others: list[str]) -> Iterator[tuple[str, Signal]]:
        kinship = self.kinship
        gradient = symbol.name in kinship.backward
        kin = kinship.backward if gradient else kinship.forward
        for name, axes in kin.items():
            if axes != kin.get(symbol.name):
                continue
            found = replace(symbol, name=name)
            if self._available(found):
                yield "wrong-gate" if gradient and name in others else "swap-symbol", found
            if name in kinship.cell.states and name != symbol.name:
                yield "swap-symbol", Signal(name, symbol.shift - 1)

    def shifts(self, symbol: Signal) -> Iterator[Signal]:
        """Yield the same signal at other time steps."""
        for by in (-1, 1):
            found = Signal(symbol.name, symbol.shift + by)
            if not symbol.fixed and self._available(found):
                yield found
        if symbol.name in self.kinship.cell.states and symbol.shift < 0:
            yield Signal(symbol.name, -1, fixed=True)
            if self._backward:
                yield Signal(symbol.name, self.kinship.scenario.steps - 1, fixed=True)

    def preactivation(self, symbol: Signal) -> Signal | None:
        """Return the pre-activation of an activated signal."""
        name = self.kinship.cell.preactivations.get(symbol.name)
        return replace(symbol, name=name) if name else None

    def activated(self, symbol: Signal) -> Iterator[Expression]:
        """Yield what the signal is inside of elsewhere in the cell."""
        for line in self.kinship.cell.equations if self._backward else ():
            for node in walk(line.expression) if line.expression is not None else ():
                if isinstance(node, Call) and node.arguments == (Signal(symbol.name),):
                    yield Call(node.function, (symbol,))

    def outputs(self, node: Expression) -> Iterator[Signal]:
        """Yield signals that are made of an activation, or by the same function."""
        for line in self.kinship.cell.equations:
            right = line.expression
            if (
                right is None
                or not isinstance(node, Call)
                or line.target == self.equation.target
            ):
                continue
            alike = isinstance(right, Call) and right.function == node.function
            found = Signal(line.target)
            made_of_it = self._backward and node in set(walk(right))
            if self._available(found) and (alike or made_of_it):
                yield found
