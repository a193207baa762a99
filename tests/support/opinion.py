"""JAX's opinion of a scenario's gradients: its formulas worked with jax.numpy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    Parameter,
    Signal,
    Symbol,
    Transpose,
)
from lstm_tutor.execution.program import program_of
from lstm_tutor.model.symbol import INPUT, LABEL, Id
from lstm_tutor.scenario.scenario import Scenario

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "relu": jax.nn.relu,
    "hard_sigmoid": jax.nn.hard_sigmoid,
    "exp": jnp.exp,
    "log": jnp.log,
    "sqrt": jnp.sqrt,
    "abs": jnp.abs,
    "max": jnp.maximum,
    "min": jnp.minimum,
    "sum": jnp.sum,
    "mean": jnp.mean,
    "size": jnp.size,
    "softmax": jax.nn.softmax,
    "concat": lambda one, other: jnp.concatenate([one, other]),
}
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "@": lambda left, right: left @ right,
    "**": lambda left, right: left**right,
}


def _value(node: Expression, read: Callable[[Symbol], Any]) -> Any:
    match node:
        case Number(value):
            return value
        case Parameter() | Signal():
            return read(node)
        case Negative(operand):
            return -_value(operand, read)
        case Transpose(operand):
            return _value(operand, read).T
        case Binary(operator, left, right):
            return _OPERATORS[operator](_value(left, read), _value(right, read))
        case Call(function, arguments):
            return FUNCTIONS[function](*(_value(part, read) for part in arguments))
    raise TypeError(node)


def gradients_of(scenario: Scenario) -> dict[Id, NDArray[Any]]:
    """Return the gradients of the total loss, by parameter and initial state, in float64.

    Of gradients from outside the loss is their sum with what they are of.
    """
    given = {Id(name): value for name, value in scenario.parameters.items()}
    given |= scenario.initial
    loss = program_of(scenario).loss.expression

    def total(values: dict[Id, Any]) -> Any:
        return sum(
            _Sequence(scenario, values, number).total(loss)
            for number in ([None] if scenario.batch is None else range(scenario.batch))
        )

    with jax.enable_x64(True):
        arrays = {place: jnp.asarray(value) for place, value in given.items()}
        names = list(arrays)
        found = jax.grad(lambda flat: total(dict(zip(names, flat, strict=True))))(
            list(arrays.values())
        )
        return {name: np.asarray(value) for name, value in zip(names, found, strict=True)}


class _Sequence:
    """One sequence, each value worked when it is asked for, whichever way its layer runs."""

    def __init__(self, scenario: Scenario, values: dict[Id, Any], number: int | None) -> None:
        self._scenario, self._number = scenario, number
        own = {
            place: value if place.t is None else self._own(value)
            for place, value in {**scenario.beyond, **values}.items()
        }
        self._known: dict[Id, Any] = own
        for t in range(scenario.steps):
            self._known[Id(INPUT, t)] = self._own(scenario.inputs[t])
            self._known[Id(LABEL, t)] = self._own(scenario.labels[t])
        self._equations = {e.target: e.expression for e in scenario.cell.equations}

    def _own(self, value: Any) -> Any:
        return value if self._number is None else value[..., self._number]

    def total(self, loss: Expression | None) -> Any:
        """Return the loss of the whole sequence."""
        scenario, result = self._scenario, jnp.asarray(0.0)
        for t in range(scenario.steps):
            if scenario.has_labels and loss is not None and self._own(scenario.labelled[t]):
                result = result + _value(loss, partial(self._read, t=t))
            for name, outside in scenario.upstream.items():
                if self._own(outside.there[t]):
                    value = self._at(Id(name, t))
                    result = result + jnp.sum(self._own(outside.values[t]) * value)
        return result

    def _at(self, place: Id) -> Any:
        if place not in self._known:
            node, t = self._equations[place.name], place.t
            assert node is not None
            assert t is not None
            self._known[place] = _value(node, lambda symbol: self._read(symbol, t))
        return self._known[place]

    def _read(self, symbol: Symbol, t: int) -> Any:
        constants = self._scenario.constants
        if isinstance(symbol, Signal):
            value = self._at(Id(symbol.name, t + symbol.shift))
            cut = any(self._scenario.cut_after(step) for step in range(t + symbol.shift, t))
            return jax.lax.stop_gradient(value) if cut else value
        return constants[symbol.name] if symbol.name in constants else self._at(Id(symbol.name))
