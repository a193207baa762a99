"""JAX's opinion of a scenario's gradients: its formulas worked with jax.numpy."""

from __future__ import annotations

from collections.abc import Callable
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
    """Return the gradients of the total loss, by parameter and initial state, in float64."""
    given = {Id(name): value for name, value in scenario.parameters.items()}
    given |= scenario.initial

    def total(values: dict[Id, Any]) -> Any:
        known: dict[Id, Any] = {**scenario.beyond, **values}
        result = 0.0
        for t in range(scenario.steps):
            result = result + _step(scenario, t, known)
        return result

    with jax.enable_x64(True):
        arrays = {place: jnp.asarray(value) for place, value in given.items()}
        names = list(arrays)
        found = jax.grad(lambda flat: total(dict(zip(names, flat, strict=True))))(
            list(arrays.values())
        )
        return {name: np.asarray(value) for name, value in zip(names, found, strict=True)}


def _step(scenario: Scenario, t: int, known: dict[Id, Any]) -> Any:
    """Work one time step; add its values to what is known, return its loss."""
    known |= {Id(INPUT, t): scenario.inputs[t], Id(LABEL, t): scenario.labels[t]}
    constants = scenario.constants

    def read(symbol: Symbol) -> Any:
        if isinstance(symbol, Signal):
            value = known[Id(symbol.name, t + symbol.shift)]
            cut = any(scenario.cut_after(step) for step in range(t + symbol.shift, t))
            return jax.lax.stop_gradient(value) if cut else value
        return constants[symbol.name] if symbol.name in constants else known[Id(symbol.name)]

    for equation in scenario.cell.equations:
        assert equation.expression is not None
        known[Id(equation.target, t)] = _value(equation.expression, read)
    return _value(scenario.loss.expression, read) if scenario.labelled[t] else 0.0
