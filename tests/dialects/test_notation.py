"""Notations on models: every layer, readout and direction has a name of its own, and LaTeX
that renders.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from models import built, trace_of

from lstm_tutor.algebra.expression import Parameter
from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.notation import Notation, notation
from lstm_tutor.render.line import written
from lstm_tutor.trace.trace import Trace, compute

_TWO_AND_TWO = {
    "model": [{"page": "lstm", "as": "up"}, "lstm", "linear", "softmax"],
    "inputs": [[1, 0.5], [0.3, -1]],
    "labels": [0, 1],
    "loss": "cross-entropy",
    "weights": {
        **{
            name: {
                "W": {gate: [[0.1, 0.2], [0.3, 0.4]] for gate in "aifo"},
                "U": {gate: [[0.5, 0.1], [0.2, 0.3]] for gate in "aifo"},
                "b": {gate: [0.1, 0.2] for gate in "aifo"},
            }
            for name in ("up", "l2")
        },
        **{name: {"V": [[0.1, 0.2], [0.3, 0.4]], "by": [0.1, 0.2]} for name in ("r1", "r2")},
    },
}
_BOTH = {
    "model": [{"page": "gru", "as": "top", "direction": "both"}, "rnn"],
    "inputs": [[1, 0.5], [0.3, -1]],
    "labels": [[0.1, 0.3], [0.2, 0.4]],
    "weights": {"init": {"scheme": "uniform", "seed": 1}, "hidden": 2},
}


def _formulas(trace: Trace, chosen: Notation) -> list[str]:
    return [
        f"{chosen.symbol_latex(step.target)} = {chosen.formula_latex(written(step))}"
        for step in trace
        if step.expression is not None
    ]


_SCRIPTS = re.compile(r"(?:[_^](?:\\[A-Za-z]+|[^\\])|')+")
_GROUP = re.compile(r"\{([^{}]*)\}")


def _one_letter(group: re.Match[str]) -> str:
    return "a^b^c" if _scripts_twice(group[1]) else "?"


def _scripts_twice(latex: str) -> bool:
    """Whether something has two superscripts or two subscripts, as TeX counts them."""
    while True:
        for scripts in _SCRIPTS.findall(latex):
            if scripts.count("_") > 1 or scripts.count("^") + ("'" in scripts) > 1:
                return True
        smaller = _GROUP.sub(_one_letter, latex)
        if smaller == latex:
            return False
        latex = smaller


@pytest.mark.parametrize("name", notations())
@pytest.mark.parametrize("data", [_TWO_AND_TWO, _BOTH], ids=["two and two", "both"])
def test_every_quantity_of_a_model_is_written_in_its_own_way(
    data: dict[str, Any], name: str
) -> None:
    """No two ids are the same text or LaTeX; a second layer and a second readout differ."""
    trace = compute(built(data))
    chosen = notation(name, trace.scenario.cell)
    for write in (chosen.symbol, chosen.symbol_latex):
        # a block of one gate may be written as that gate's row is
        steps = (step for step in trace if len(step.rows) != 1)
        nodes = [step.target for step in steps]
        assert len(set(map(write, nodes))) == len(set(nodes))


@pytest.mark.parametrize("name", notations())
def test_no_formula_of_a_model_has_two_superscripts(name: str) -> None:
    """A layer's mark leaves room for a power, a transposition and a prime."""
    assert _scripts_twice("h^{(2)}_{1}^{2}")
    assert _scripts_twice("W^{(2)}'")
    assert not _scripts_twice(r"{W^{(2)}_{a}}' + \frac{h^{(1)}_{1}}{x_{1}^{\top}}")
    for trace in (compute(built(_TWO_AND_TWO)), compute(built(_BOTH)), *map(trace_of, (0, 7))):
        for latex in _formulas(trace, notation(name, trace.scenario.cell)):
            assert not _scripts_twice(latex), latex


@pytest.mark.parametrize(
    ("name", "symbol", "text", "latex"),
    [
        ("gomez", "l2.C", "l2.C", "C^{(2)}"),
        ("gomez", "l2.dC", "l2.δC", r"\delta C^{(2)}"),
        ("gomez", "up.C", "up.C", r"C^{(\mathrm{up})}"),
        ("gomez", "r2.V", "r2.V", r"V^{(\mathrm{r2})}"),
        ("pytorch", "l2.a", "l2.g", "g^{(2)}"),
        ("pytorch", "l2.dC", "∂L/∂l2.c", r"\frac{\partial L}{\partial c^{(2)}}"),
        ("keras", "l2.W_a", "l2.W_c", "W^{(2)}_{c}"),
        ("colah", "l2.da", "∂L/∂l2.z_C̃", r"\frac{\partial L}{\partial z^{(2)}_{\tilde{C}}}"),
        ("cs231n", "up.dout", "up.dh", r"dh^{(\mathrm{up})}"),
    ],
)
def test_a_layer_keeps_the_letters_of_its_page(
    name: str, symbol: str, text: str, latex: str
) -> None:
    """In a model a page is written as it is alone, with its layer's name beside it."""
    chosen = notation(name, built(_TWO_AND_TWO).cell)
    assert chosen.symbol(Parameter(symbol)) == text
    assert chosen.symbol_latex(Parameter(symbol)) == latex


@pytest.mark.parametrize(("name", "order"), [("cs231n", "ifoa"), ("colah", "fiao")])
def test_the_gates_of_every_layer_stand_in_the_order_of_the_source(
    name: str, order: str
) -> None:
    """Also where the model has other pages beside."""
    chosen = notation(name, built(_TWO_AND_TWO).cell)
    assert chosen.order == tuple(f"{layer}.{gate}" for layer in ("up", "l2") for gate in order)
