"""Which symbols of a program a person may take for each other.

Knows the gates' quantities as siblings, states and gates as the same kind, and what is
there already when an equation is worked. Nothing here knows a particular cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.algebra.expression import (
    Binary,
    Expression,
    Number,
    Signal,
    Symbol,
    renamed,
    substitute,
    symbols,
    walk,
)
from lstm_tutor.algebra.printer import plain
from lstm_tutor.execution.program import Program
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Equation, Phase, Role
from lstm_tutor.model.symbol import (
    LABEL,
    Form,
    gradient,
    layer_of,
    old,
)
from lstm_tutor.scenario.scenario import Scenario

BACKWARD = (Phase.BACKWARD, Phase.GRADIENTS)


def siblings(symbol: str, cell: Cell) -> list[str]:
    """Return the same quantity of the other gates: ``da`` has ``di``, ``df``, ``do``."""
    what = cell.quantities.get(symbol)
    if what is None or not what.block or not what.gate:
        return []
    own = (gate for gate in cell.gates if layer_of(gate) == layer_of(what.gate))
    names = [cell.at_gate(what, gate) for gate in own]
    return [name for name in names if name in cell.quantities and name != symbol]


def general(node: Expression, cell: Cell) -> str:
    """Write a formula with a star in place of every gate's name."""

    def star(symbol: Symbol) -> Expression:
        what = cell.quantities.get(symbol.name)
        if what is None or not what.gate or what.form is Form.NEW:
            return symbol
        return renamed(symbol, cell.at_gate(what, "*"))

    return plain(substitute(node, star))


def _reads(equation: Equation, name: str) -> bool:
    node = equation.expression
    return node is not None and Signal(name) in symbols(node)


@dataclass(frozen=True)
class Partners:
    """Which symbols of one program are of the same kind."""

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
    def beside(self) -> dict[str, list[str]]:
        """What the update keeps and makes of each weight, by weight."""
        found: dict[str, list[str]] = {}
        for equation in self.program.equations():
            name, weight = equation.target, self.cell.weight_of(equation.target)
            made = equation.phase is Phase.UPDATE or old(name) in self.cell.beside
            if weight and made and equation.role is not Role.BLOCK and old(name) != weight:
                found.setdefault(weight, []).append(name)
        return found

    @cached_property
    def counterparts(self) -> dict[str, tuple[str, ...]]:
        """A gradient for what it is of, or what is made of that, and the other way round for
        gates and states.
        """
        found = {
            self.cell.gradient(name): gate for gate, name in self.cell.preactivations.items()
        }
        found |= {gradient(state): state for state in self.cell.states}
        pairs: dict[str, tuple[str, ...]] = {name: (other,) for name, other in found.items()}
        pairs |= {other: (name,) for name, other in found.items()}
        for name, axes in self.cell.signals.items():
            own, readout = gradient(name), not self.cell.quantities[name].gate
            if own in self.backward and own not in found and readout:
                made = [e.target for e in self.cell.equations if _reads(e, name)]
                same = (other for other in made if self.cell.signals[other] == axes)
                pairs[own] = (name, *same)
        return pairs

    @cached_property
    def shares(self) -> frozenset[str]:
        """The gates, and the label, that a formula has beside 1 less them."""
        formulas = [line.expression for line in self.cell.equations]
        return frozenset(
            node.right.name
            for formula in (*formulas, self.scenario.loss.expression)
            if formula is not None
            for node in walk(formula)
            if isinstance(node, Binary)
            and node.operator == "-"
            and node.left == Number(1)
            and isinstance(node.right, Signal)
            and node.right.name in (*self.cell.gates, LABEL)
        )

    @cached_property
    def equations(self) -> dict[str, Equation]:
        """The equations by target, those of whole time steps before those of the first."""
        found = [e for e in self.program.equations() if e.expression is not None]
        return {equation.target: equation for equation in reversed(found)}
