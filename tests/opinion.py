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
)
from lstm_tutor.model.symbol import INPUT, LABEL
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
}
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "@": lambda left, right: left @ right,
}


def _value(node: Expression, read: Callable[[Symbol], Any]) -> Any:
    match node:
        case Number(value):
            return value
        case Parameter() | Signal():
            return read(node)
        case Negative(operand):
            return -_value(operand, read)
        case Binary("**", base, Number(power)):
            return _value(base, read) ** power
        case Binary(operator, left, right):
            return _OPERATORS[operator](_value(left, read), _value(right, read))
        case Call(function, arguments):
            return FUNCTIONS[function](*(_value(part, read) for part in arguments))
    raise TypeError(node)


def gradients_of(scenario: Scenario) -> dict[str, NDArray[Any]]:
    """Return the gradients of the total loss, by parameter and initial state, in float64."""
    given = {**scenario.parameters, **scenario.initial}

    def total(values: dict[str, Any]) -> Any:
        states = {name: values[name] for name in scenario.initial}
        result = 0.0
        for t in range(scenario.steps):
            if t and scenario.cut_after(t - 1):
                states = {name: jax.lax.stop_gradient(value) for name, value in states.items()}
            result = result + _step(scenario, t, values, states)
        return result

    with jax.enable_x64(True):
        arrays = {name: jnp.asarray(value) for name, value in given.items()}
        found = jax.grad(total)(arrays)
        return {name: np.asarray(value) for name, value in found.items()}


def _step(scenario: Scenario, t: int, values: dict[str, Any], states: dict[str, Any]) -> Any:
    """Work one time step; put its states in place of the old ones, return its loss."""
    now: dict[str, Any] = {INPUT: scenario.inputs[t], LABEL: scenario.labels[t]}
    constants = scenario.constants

    def read(symbol: Symbol) -> Any:
        if isinstance(symbol, Signal):
            return states[symbol.name] if symbol.shift else now[symbol.name]
        return constants[symbol.name] if symbol.name in constants else values[symbol.name]

    for equation in scenario.cell.equations:
        assert equation.expression is not None
        now[equation.target] = _value(equation.expression, read)
    loss = _value(scenario.loss.expression, read) if scenario.labelled[t] else 0.0
    states.update({name: now[name] for name in states})
    return loss
