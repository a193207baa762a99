"""Random formulas for property tests: any tree at all, and trees whose axes fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

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
    symbols,
)
from lstm_tutor.algebra.functions import FUNCTIONS

SIZES = {"hidden": 2, "input": 3}
AXES: dict[str, tuple[str, ...]] = {
    "s": (),
    "k": (),
    "h": ("hidden",),
    "a": ("hidden",),
    "b_a": ("hidden",),
    "x": ("input",),
    "W_a": ("hidden", "input"),
    "U_a": ("hidden", "hidden"),
}
_PARAMETERS = ("b_a", "W_a", "U_a", "k")
_LEAVES: dict[tuple[str, ...], tuple[str, ...]] = {
    axes: tuple(name for name, own in AXES.items() if own == axes)
    for axes in set(AXES.values())
}

_numbers = st.one_of(
    st.integers(0, 99).map(Number),
    st.floats(0.01, 99, allow_nan=False).map(Number),
)


def _symbol(name: str) -> Symbol:
    return Parameter(name) if name in _PARAMETERS else Signal(name)


def trees() -> st.SearchStrategy[Expression]:
    """Any tree that the language can express, sensible or not."""
    signals = st.builds(
        Signal, st.sampled_from(["h", "C", "z_a"]), st.integers(-2, 2), st.booleans()
    )
    leaves = st.one_of(_numbers, signals, st.sampled_from(["W_a", "b_i", "lr"]).map(Parameter))

    def grow(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        return st.one_of(
            st.builds(Negative, inner),
            st.builds(Transpose, inner),
            st.builds(Binary, st.sampled_from("+-*/@"), inner, inner),
            st.builds(lambda base, power: Binary("**", base, Number(power)), inner, _powers),
            st.builds(
                lambda name, argument: Call(name, (argument,)),
                st.sampled_from([row.name for row in FUNCTIONS.values() if row.arity == 1]),
                inner,
            ),
            st.builds(
                lambda name, left, right: Call(name, (left, right)),
                st.sampled_from([row.name for row in FUNCTIONS.values() if row.arity == 2]),
                inner,
                inner,
            ),
        )

    return st.recursive(leaves, grow, max_leaves=12)


_powers = st.integers(1, 4)


@st.composite
def formulas(draw: st.DrawFn) -> tuple[Expression, int]:
    """A forward formula whose axes fit, and a seed for its symbols' values."""
    axes = draw(st.sampled_from([(), ("hidden",), ("input",)]))
    return _of(draw, axes, 4), draw(st.integers(0, 10_000))


_ANYWHERE = (
    *("leaf", "negative", "+", "-", "*", "/", "power", "spread"),
    *("call", "log", "sqrt", "exp", "two", "bound"),
)
_EVERYWHERE = ("tanh", "sigmoid", "relu", "hard_sigmoid", "abs")
_SPECIAL = {
    (): (*_ANYWHERE, "sum", "inner"),
    ("hidden",): (*_ANYWHERE, "W", "U"),
    ("input",): (*_ANYWHERE, "row"),
}


def _of(draw: st.DrawFn, axes: tuple[str, ...], depth: int) -> Expression:
    kind = draw(st.sampled_from(_SPECIAL[axes])) if depth else "leaf"

    def part(own: tuple[str, ...] = axes) -> Expression:
        return _of(draw, own, depth - 1)

    match kind:
        case "negative":
            return Negative(part())
        case "+" | "-" | "*":
            return Binary(kind, part(), part())
        case "/":
            return Binary("/", part(), _away_from_zero(part()))
        case "spread":
            return Binary(draw(st.sampled_from("+*")), part(()), part())
        case "power":
            return Binary("**", part(), Number(draw(_powers)))
        case "call":
            return Call(draw(st.sampled_from(_EVERYWHERE)), (part(),))
        case "log" | "sqrt":
            return Call(kind, (_away_from_zero(part()),))
        case "two":
            return Call(draw(st.sampled_from(["max", "min"])), (part(), part()))
        case "bound":
            return Call(draw(st.sampled_from(["max", "min"])), (part(()), part()))
        case "exp":
            return Call("exp", (Call("tanh", (part(),)),))
        case "sum":
            return Call(draw(st.sampled_from(["sum", "mean"])), (part(("hidden",)),))
        case "inner":
            return Binary("@", part(("hidden",)), part(("hidden",)))
        case "W":
            return Binary("@", Parameter("W_a"), part(("input",)))
        case "U":
            return Binary("@", Parameter("U_a"), part())
        case "row":
            return Binary("@", part(("hidden",)), Parameter("W_a"))
    return _symbol(draw(st.sampled_from(_LEAVES[axes])))


def _away_from_zero(node: Expression) -> Expression:
    """Keep quotients and logarithms where they are smooth: 2 + tanh is between 1 and 3."""
    return Binary("+", Number(2), Call("tanh", (node,)))


def values_for(tree: Expression, seed: int) -> dict[Symbol, Any]:
    """Return random values of the right shapes for the tree's symbols."""
    random = np.random.default_rng(seed)
    return {
        symbol: random.uniform(-1, 1, [SIZES[axis] for axis in AXES[symbol.name]])
        for symbol in symbols(tree)
    }
