"""What the gradients of a program are called, and at which quantity each is taken.

Made of the derived equations and of the notation: nothing is said of a quantity that the
program at hand does not have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lstm_tutor.algebra.expression import Call, Parameter, Signal
from lstm_tutor.algebra.printer import called
from lstm_tutor.execution.program import Program
from lstm_tutor.files.phrase import listed, the
from lstm_tutor.model.equation import Equation, Role
from lstm_tutor.model.symbol import CARRY, DELTA, OUTPUT, bare, gradient, layer_of
from lstm_tutor.render.line import View
from lstm_tutor.scenario.scenario import Scenario

_OTHERS = "other time steps"
HEADER = ("on screen", "id", "what it is")
Row = tuple[str, str, str]


def glossary(program: Program, scenario: Scenario, view: View) -> list[Row]:
    """Return a row for each kind of gradient: how it is written, its id, what it is.

    What the layers of a model have in common is said once, without the layer's name.
    """
    if not program.derivation.backward:
        return []
    return list(_Glossary(program, scenario, view).rows())


class _Glossary:
    def __init__(self, program: Program, scenario: Scenario, view: View) -> None:
        self._scenario = scenario
        self._cell = scenario.cell
        self._view = view
        self._equations: dict[str, list[Equation]] = {}
        for equation in program.derivation.backward:
            self._equations.setdefault(bare(equation.target), []).append(equation)

    def rows(self) -> Iterator[Row]:
        """Yield the rows in the order of the backward pass, the gates' together."""
        gates = [name for name, own in self._equations.items() if self._at_gate(own[0])]
        for name, equations in self._equations.items():
            first = equations[0]
            if name in gates:
                if name == gates[0]:
                    yield self._gates(gates)
            elif first.role is Role.BLOCK:
                if any(len(equation.parts) > 1 for equation in equations):
                    yield self._row(
                        equations, "the gradients of all gates, one below the other"
                    )
            else:
                yield self._row(equations, self._what(name, equations))
        yield self._parameters()

    def _at_gate(self, equation: Equation) -> bool:
        return equation.of in self._cell.preactivations.values()

    def _row(self, equations: Iterable[Equation], what: str) -> Row:
        [first, *_] = equations
        return self._written(first.target), bare(first.target), what

    def _written(self, name: str) -> str:
        """Write a signal at any time step, without its layer."""
        text = self._view.notation.symbol(Signal(name))
        layer = layer_of(name)
        return text.replace(f"{layer}.", "") if layer else text

    def _what(self, name: str, equations: list[Equation]) -> str:
        """Say where a gradient is taken, and what comes together in it."""
        first = equations[0]
        called, written = self._called(first.of), self._written(first.of)
        at = f"at {written}" if called == bare(first.of) else f"at {the(called)} {written}"
        if name == DELTA:
            return f"what reaches {at[3:]} within its time step: from {self._here(equations)}"
        source = self._neighbour(equations)
        if name == CARRY:
            source += " send" if source == _OTHERS else " sends"
            return f"the carry {at}: what {source} back"
        if bare(first.of) == OUTPUT and first.of in self._cell.states:
            return f"both together: the gradient {at}, all that reaches it"
        if any(equation.carried for equation in equations):
            return f"the gradient {at} itself, with the carry from {source} in it"
        return f"the gradient {at}"

    def _called(self, symbol: str) -> str:
        """Say what a quantity is, without its layer and what follows a colon."""
        layer = layer_of(symbol)
        text = self._cell.call(symbol).partition(":")[0]
        return text.removesuffix(f" of {layer}") if layer else text

    def _here(self, equations: list[Equation]) -> str:
        """Say what sends a gradient within the time step."""
        start = "this time step's loss" if self._scenario.has_labels else "outside"
        others = [e for e in equations if any(not term.starts for term in e.terms)]
        starting = any(term.starts for e in equations for term in e.terms)
        return listed([start] * starting + ["what reads it there"] * bool(others), "or")

    def _neighbour(self, equations: list[Equation]) -> str:
        """Name the time step that sends something back, in each direction."""
        if any(abs(term.shift) > 1 for equation in equations for term in equation.terms):
            return _OTHERS
        late = {equation.of in self._cell.late for equation in equations}
        names = {False: "the next time step", True: "the one before"}
        if len(late) > 1:
            return f"{names[False]} (from right to left: {names[True]})"
        return "the time step before" if late.pop() else names[False]

    def _gates(self, names: list[str]) -> Row:
        """One row for the gradients at all gates' pre-activations."""
        firsts = [self._equations[name][0] for name in names]
        before = {
            gate: self._cell.preactivations[gate]
            for gate in self._cell.gates
            if gate in self._cell.preactivations
        }
        outer = [gate for e in firsts for gate, own in before.items() if own == e.of]
        functions = dict.fromkeys(filter(None, map(self._function, outer)))
        at = listed([self._written(first.of) for first in firsts])
        many = "s" if len(firsts) > 1 else ""
        what = f"the gradient{many} at the pre-activation{many} {at}"
        if functions:
            what += f", before {listed(list(functions), 'or')}"
        written = ", ".join(self._written(first.target) for first in firsts)
        return written, ", ".join(names), what

    def _function(self, gate: str) -> str:
        """Return the sign of the function that makes a gate of its pre-activation."""
        for equation in self._cell.equations:
            if equation.target == gate and isinstance(equation.expression, Call):
                return called(equation.expression.function, self._view.notation.style)
        return ""

    def _parameters(self) -> Row:
        blocks = list(dict.fromkeys(map(bare, self._cell.blocks)))
        first = {bare(block): block for block in reversed(list(self._cell.blocks))}
        names = [gradient(first[block]) for block in blocks]
        written = (self._view.notation.symbol(Parameter(name)) for name in names)
        texts = [
            text.replace(f"{layer_of(name)}.", "") if layer_of(name) else text
            for name, text in zip(names, written, strict=True)
        ]
        what = "the gradients of the weights and biases: sums over all time steps"
        return ", ".join(texts), ", ".join(map(bare, names)), what
