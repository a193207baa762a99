"""Cells: a page's forward equations, and what their symbols are called.

Nothing here knows a particular cell, or how a page is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.algebra.expression import Call, Expression, Signal, symbols, walk
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.files.phrase import the
from lstm_tutor.model.equation import Equation
from lstm_tutor.model.symbol import (
    INPUT,
    LABEL,
    LOSS,
    OUTPUT,
    PREACTIVATION,
    Form,
    Quantity,
    bare,
    gradient,
    gradient_before,
    layer_of,
    layered,
    new,
    parameter,
    preactivation,
)


@dataclass(frozen=True)
class Cell:
    """A page, or several composed: forward equations, and what their symbols are called.

    Attributes:
        name: short name, for people.
        title, source, about: for people.
        gates: the gates in order, with what each is called.
        names: what the other symbols and parameter blocks are called.
        equations: the forward equations of one time step, in order of evaluation.
        parameters: axes of each parameter, block by block in gate order.
        rows: the block and gate of each parameter; its gate is "" if it has none.
        signals: axes of each signal: input, states, and every equation's target.
        states: the signals that later time steps read, or earlier ones.
        late: those that run from right to left: earlier time steps read them.
        port: the signal that it reads and does not compute: its input.
        output: the signal that a loss, or what comes after it, reads.
        beside: what the update makes or keeps beside the parameters, by name.
        page: its file's entries, for a cell that is not bundled.
        pages: the names of the pages that it is composed of, by their layer.
    """

    name: str
    title: str
    source: str
    about: str
    gates: Mapping[str, str]
    names: Mapping[str, str]
    equations: tuple[Equation, ...]
    parameters: Mapping[str, Axes]
    rows: Mapping[str, tuple[str, str]]
    signals: Mapping[str, Axes]
    states: tuple[str, ...]
    late: frozenset[str] = frozenset()
    port: str = INPUT
    output: str = OUTPUT
    beside: Mapping[str, Quantity] = field(default_factory=dict)
    page: Mapping[str, Any] | None = None
    pages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Cell {self.name}: {len(self.equations)} equations"

    @cached_property
    def blocks(self) -> Mapping[str, tuple[str, ...]]:
        """The parameter blocks: ``W`` with ``(W_a, W_i, W_f, W_o)`` in gate order."""
        result: dict[str, tuple[str, ...]] = {}
        for name in self.parameters:
            block, _ = self.rows[name]
            result[block] = (*result.get(block, ()), name)
        return result

    @cached_property
    def preactivations(self) -> Mapping[str, str]:
        """The pre-activation of each gate that has one, in gate order."""
        named = {gate: preactivation(gate) for gate in self.gates}
        return {gate: name for gate, name in named.items() if name in self.signals}

    @cached_property
    def quantities(self) -> Mapping[str, Quantity]:
        """What each name stands for: signals, parameters, blocks, gradients, new values."""
        values = {
            name: Quantity(name, block=layered(layer_of(gate), PREACTIVATION), gate=gate)
            for gate, name in self.preactivations.items()
        }
        values |= {gate: Quantity(gate, gate=gate) for gate in self.gates}
        for name, (block, gate) in self.rows.items():
            values[name] = Quantity(name, block=block, gate=gate)
        for name in self.blocks:
            values.setdefault(name, Quantity(name, block=name))
        for name in (*self.signals, LABEL, LOSS):
            values.setdefault(name, Quantity(name))
        found = dict(values)
        for name, value in values.items():
            if bare(name) not in (OUTPUT, LABEL, LOSS):
                found.setdefault(self.gradient(name), replace(value, form=Form.GRADIENT))
            found.setdefault(new(name), replace(value, form=Form.NEW))
        for name, value in self.beside.items():
            found.setdefault(name, value)
            found.setdefault(new(name), replace(value, form=Form.NEW))
        return found

    def gradient(self, name: str) -> str:
        """Return the name of a gradient; ``dz_a`` of z_a where a has one of its own."""
        own = (
            gradient_before(gate) for gate in self.gates_apart if name == preactivation(gate)
        )
        return next(own, gradient(name))

    @cached_property
    def gates_apart(self) -> tuple[str, ...]:
        """The gates with a gradient beside their pre-activation's: those that are states, and
        those that are computed from more than it.
        """
        return tuple(
            gate
            for gate, before in self.preactivations.items()
            if bare(gate) != OUTPUT and (gate in self.states or not self._plain(gate, before))
        )

    def _plain(self, gate: str, before: str) -> bool:
        """Whether a gate is computed from its pre-activation of the same time step alone."""
        found = (e.expression for e in self.equations if e.target == gate)
        right = next(found, None)
        return right is None or symbols(right) == (Signal(before),)

    @cached_property
    def reach(self) -> Mapping[str, tuple[int, int]]:
        """How many time steps back, and ahead, each signal is read that is read at others."""
        found: dict[str, tuple[int, int]] = {}
        for equation in self.equations:
            for symbol in symbols(equation.expression) if equation.expression else ():
                if isinstance(symbol, Signal) and symbol.shift:
                    back, ahead = found.get(symbol.name, (0, 0))
                    found[symbol.name] = max(back, -symbol.shift), max(ahead, symbol.shift)
        return found

    @property
    def ahead(self) -> bool:
        """Whether anything is read at a later time step: something runs from right to left."""
        return any(ahead for _, ahead in self.reach.values())

    @cached_property
    def furthest(self) -> int:
        """How many time steps away a signal is read at most; at least 1."""
        return max([1, *(max(pair) for pair in self.reach.values())])

    def beyond(self, symbol: str, steps: int) -> tuple[int, ...]:
        """Return the time steps of a state's initial values, the nearest first: before the
        first one, or after the last where it runs from right to left.
        """
        if symbol not in self.states:
            return ()
        early, late = self._around(symbol, steps)
        return late if symbol in self.late else early

    def padded(self, symbol: str, steps: int) -> tuple[int, ...]:
        """Return the time steps beyond the ends at which a signal is read, and is 0: of what
        is no state, such as the input, and of a state at its other end.
        """
        early, late = self._around(symbol, steps)
        own = self.beyond(symbol, steps)
        return tuple(t for t in (*early, *late) if t not in own)

    def _around(self, symbol: str, steps: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        back, ahead = self.reach.get(symbol, (0, 0))
        return tuple(range(-1, -back - 1, -1)), tuple(range(steps, steps + ahead))

    @cached_property
    def probabilities(self) -> bool:
        """Whether the output is made by a function that is never 0, such as softmax."""
        parts = (part for right in self._right(self.output) for part in walk(right))
        return any(isinstance(p, Call) and FUNCTIONS[p.function].never_zero for p in parts)

    @cached_property
    def made_by(self) -> str:
        """The function that makes the output, such as softmax; "" if more than one does."""
        name = self.output
        for _ in self.equations:
            right = next(self._right(name), None)
            if isinstance(right, Call):
                return right.function
            if not isinstance(right, Signal) or right.shift:
                return ""
            name = right.name
        return ""

    def _right(self, name: str) -> Iterator[Expression]:
        return (e.expression for e in self.equations if e.target == name and e.expression)

    def at_gate(self, what: Quantity, gate: str) -> str:
        """Return the name of the same quantity of another gate."""
        value = parameter(what.block, gate) if what.block else gate
        match what.form:
            case Form.GRADIENT:
                return self.gradient(value)
            case Form.NEW:
                return new(value)
        return value

    def gate_of(self, symbol: str) -> str:
        """Return the gate that a quantity belongs to: a of ``da``; "" if there is none."""
        found = self.quantities.get(symbol)
        return found.gate if found else ""

    def weight_of(self, symbol: str) -> str:
        """Return the parameter that something is, or is made for; "" if there is none."""
        found = self.quantities.get(symbol)
        if found is None:
            return ""
        return found.weight or (found.of if found.of in self.parameters else "")

    def call(self, symbol: str) -> str:
        """Say what a symbol is called: "input weights of the candidate"."""
        found = self.quantities.get(symbol)
        if found and found.form is Form.VALUE and found.block and found.gate:
            block = self.names.get(found.block, found.block)
            name = "pre-activation" if bare(found.block) == PREACTIVATION else block
            return f"{name} of {the(self.gates[found.gate])}"
        return self.gates.get(symbol) or self.names.get(symbol, symbol)
