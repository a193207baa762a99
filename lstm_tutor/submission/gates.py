"""Gradients of gates that a person takes at the gates' outputs, not before their functions.

Here gates have gradients at their pre-activations; one at an output becomes that by the
slope of the gate's function, at the person's own gate where it is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import Call, Signal, Symbol, symbols
from lstm_tutor.algebra.function import Kind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.model.equation import Role
from lstm_tutor.model.symbol import DOUT, OUTPUT, Form, Id, bare, layer_of, layered, parse
from lstm_tutor.submission.fitting import Pair
from lstm_tutor.submission.named import Part
from lstm_tutor.trace.step import term_value
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
Values = Mapping[str, Array]
"""Values by id."""


class Gates:
    """Brings gradients from the outputs of a trace's gates to before them."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def at_output(self, symbol: str) -> str:
        """Return the gradient at a gate's output, for the one before the gate; "" where no
        step has it.
        """
        cell = self._trace.scenario.cell
        gate = cell.gate_of(symbol)
        if bare(gate) == OUTPUT:
            found = layered(layer_of(gate), DOUT)
        else:
            found = cell.gradient(gate) if gate else ""
        return found if found != symbol and found in self._trace.signals else ""

    def before(self, part: Part, own: Values) -> Part:
        """Return a gradient at a gate's output as the one before the gate.

        Args:
            part: the gradient before the gate, by its id, with the number at the output.
            own: the person's values of gates, in their true shapes.

        Returns:
            The part with that number times the slope; as it is where there is no slope.
        """
        slope = self._slope(part.id, own)
        if slope is None or slope.size != part.value.size:
            return part
        slope = slope.reshape(part.value.shape)
        return Part(part.id, part.value * slope, part.unit * np.abs(slope), slope)

    def _slope(self, id_: str, own: Values) -> Array | None:
        symbol, t = parse(id_)
        cell = self._trace.scenario.cell
        gate = cell.gate_of(symbol)
        of_gate = [e.expression for e in cell.equations if e.target == gate]
        before = symbol in self._trace.signals and self._is_gradient(symbol)
        if t is None or not before or len(of_gate) != 1 or not isinstance(of_gate[0], Call):
            return None
        call = of_gate[0]
        function = FUNCTIONS[call.function]
        if function.kind is not Kind.ELEMENTWISE or len(call.arguments) != 1:
            return None
        at = int(t)

        def value(name: Symbol) -> Array:
            known = own.get(str(Id(name.name, at)))
            return known if known is not None else self._trace.signals[name.name].at(at)

        slope = function.slope(0, call.arguments, Signal(gate))
        return np.asarray(evaluate(slope, value), dtype=float)

    def follow(self, own: Values, given: Sequence[tuple[str, Pair]]) -> tuple[int, int]:
        """Count the gradients of parameters that follow from gates' gradients as they are
        given, and from those brought before the gates.

        Args:
            own: the person's values, of gates' gradients as they are given.
            given: gradients of parameters, by symbol.
        """
        brought = {
            id_: self.before(Part(id_, value, np.zeros(value.shape)), own).value
            for id_, value in own.items()
            if self._is_gradient(parse(id_).name)
        }
        counts = [0, 0]
        for symbol, pair in given:
            for number, values in enumerate((own, {**own, **brought})):
                found = self._summed(symbol, values)
                counts[number] += found is not None and bool(pair.near(found, 1e-3).all())
        return counts[0], counts[1]

    def _is_gradient(self, symbol: str) -> bool:
        found = self._trace.scenario.cell.quantities.get(symbol)
        return found is not None and found.form is Form.GRADIENT

    def _summed(self, symbol: str, values: Values) -> Array | None:
        """Return a parameter's gradient from the person's own gradients of the gate, if they
        are given at every time step.
        """
        step = self._trace.find(symbol)
        if step.equation.role is not Role.SUM_OVER_TIME:
            return None
        inside = {name for term in step.terms for name in symbols(term.expression)}
        wanted = {_id(name) for name in inside if self._is_gradient(name.name)}
        if not wanted or not wanted <= values.keys():
            return None

        def value(name: Symbol) -> Array:
            known = values.get(_id(name))
            return known if known is not None else self._trace.value(name)

        shape, batch = np.shape(step.value), self._trace.scenario.batch
        parts = (
            term_value(term.expression, value, shape, batch, summed=True) for term in step.terms
        )
        return sum(parts, np.zeros(shape))


def _id(name: Symbol) -> str:
    return str(Id(name.name, name.shift)) if isinstance(name, Signal) else name.name
