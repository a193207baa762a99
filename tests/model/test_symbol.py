"""What names and ids say."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tutor.algebra.expression import Parameter, Signal
from lstm_tutor.derivation.backward import derive
from lstm_tutor.derivation.updating import Updates
from lstm_tutor.mistakes.partners import siblings
from lstm_tutor.model.catalog import bundled_cells, load_cell
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.loss import losses
from lstm_tutor.model.symbol import (
    CARRY,
    LABEL,
    OWN_NAMES,
    Form,
    Id,
    divided,
    gradient,
    is_new,
    new,
    old,
    parameter,
    parse,
    preactivation,
)
from lstm_tutor.model.update_page import default_update

pytestmark = pytest.mark.each

CELLS = [load_cell(name) for name in bundled_cells()]
SYMBOLS = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,6}(_[A-Za-z0-9]{1,4})?", fullmatch=True)
LAYERS = st.lists(st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,5}", fullmatch=True), max_size=3)
TIMES = st.none() | st.integers(-999_999_999, 999_999_999)


@given(LAYERS, SYMBOLS, st.booleans(), TIMES)
def test_an_id_reads_as_it_is_written(
    layers: list[str], symbol: str, renewed: bool, t: int | None
) -> None:
    """Printed and read back it is the same, and says its layer, symbol and time step."""
    own = new(symbol) if renewed else symbol
    id_ = Id(".".join([*layers, own]), t)
    assert parse(str(id_)) == id_
    assert (id_.layer, id_.symbol, id_.t) == (".".join(layers), own, t)
    assert Id.of(id_.node) == id_


@given(st.text(st.sampled_from("Cd_z'@.-+0123 ٣é\n[]*"), max_size=12) | st.text())
def test_a_text_is_an_id_or_is_refused(text: str) -> None:
    """Whatever is read is written the same; all else is refused, and divides at the @."""
    try:
        assert str(parse(text)) == text
    except ValueError:
        assert not re.fullmatch(r"[A-Za-z]+(@[1-9])?", text)
    name, time = divided(text)
    assert text in (name, f"{name}@{time}")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "@0",
            "C@",
            "C@x",
            "C@01",
            "C@-0",
            "C@+1",
            "C@1.5",
            "C@1@1",
            "C @1",
            "C@1\n",
            "C@٣",
        ),
        *("_C", "C_", "a_b_c", "C''", "'", ".C", "l2..C", "l2.", "l2@1.C", "W_*", "C[0]"),
        *("C@" + "9" * 5000, "C@-" + "9" * 10, "_" * 30_000, "a" + "_" * 30_000),
        *("a." * 15_000, "a_b." * 10_000 + "@", "C" * 30_000 + "!", "'" * 30_000),
    ],
    ids=lambda text: text[:8],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    """At once, however long it is, by a message of one short line."""
    with pytest.raises(ValueError, match=r"^.{1,120}$"):
        parse(text)


def test_derived_names_are_those_of_the_textbook() -> None:
    """A gradient is named after its quantity, at a gate after the gate."""
    assert [gradient(name) for name in ("C", "x", "W_a", "W", "z_a", "h", "z_h")] == [
        *("dC", "dx", "dW_a", "dW", "da", "dout", "dh"),
    ]
    assert [new(name) for name in ("W_a", "W", "L")] == ["W_a'", "W'", "L'"]
    assert (preactivation("a"), parameter("W", "a"), parameter("by", "")) == (
        "z_a",
        "W_a",
        "by",
    )


def test_the_layer_stays_in_front() -> None:
    """Of a gradient and of a new value, as before any other name."""
    names = [gradient("l2.C"), gradient("top.fw.h"), gradient("top.bw.z_a"), new("l1.U_f")]
    assert names == ["l2.dC", "top.fw.dout", "top.bw.da", "l1.U_f'"]


@given(SYMBOLS)
def test_a_new_value_says_that_it_is_one(name: str) -> None:
    """And what it was before."""
    assert (is_new(name), is_new(new(name)), old(new(name)), old(name)) == (
        *(False, True, name, name),
    )


def test_a_node_of_a_formula_has_an_id() -> None:
    """A signal with its time step, a parameter without."""
    assert Id.of(Signal("C", -1, fixed=True)) == Id("C", -1)
    assert Id.of(Parameter("dW_a")) == Id("dW_a")


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_cell_says_what_each_of_its_names_stands_for(cell: Cell) -> None:
    """Every symbol of every equation, the derived ones as the derivation says it."""
    derivation = derive(cell, next(iter(losses().values())))
    derived = (*derivation.backward, *derivation.boundary, *derivation.gradients)
    for equation in (*cell.equations, *derived, *Updates(cell, (default_update(),)).equations):
        gates = [cell.gate_of(part) for part in equation.parts]
        assert gates == [gate for gate in cell.gates if gate in gates]
        what = cell.quantities.get(equation.target)
        assert (what is None) == (equation.target in OWN_NAMES)
        if what is not None and equation.of:
            assert (what.form, what.of) == (Form.GRADIENT, equation.of)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_what_stands_for_a_gate_has_its_like_at_the_others(cell: Cell) -> None:
    """A quantity of a gate is named as it is at its own gate, and apart at every other."""
    for name, what in cell.quantities.items():
        if what.gate and not (what.form is Form.VALUE and name in cell.gates):
            assert cell.at_gate(what, what.gate) == name
            names = [cell.at_gate(what, gate) for gate in cell.gates]
            assert len(set(names)) == len(names)


def test_a_parameter_without_a_gate_is_a_block_of_its_own() -> None:
    """V and by have gradients and new values, and no gate."""
    lstm = load_cell("lstm")
    cell = replace(
        lstm,
        parameters={**lstm.parameters, "V": ("hidden", "hidden"), "by": ("hidden",)},
        rows={**lstm.rows, "V": ("V", ""), "by": ("by", "")},
        names={**lstm.names, "by": "output bias"},
    )
    assert list(cell.blocks) == ["W", "U", "b", "V", "by"]
    assert (cell.blocks["V"], cell.call("by")) == (("V",), "output bias")
    names = [name for name, what in cell.quantities.items() if what.block in ("V", "by")]
    assert names == ["V", "by", "dV", "V'", "dby", "by'"]
    assert [cell.gate_of(name) for name in names] == [""] * 6
    assert [siblings(name, cell) for name in names] == [[]] * 6


def test_a_gate_may_have_no_pre_activation() -> None:
    """Then its gradient is its own, and it is still the gate's."""
    lstm = load_cell("lstm")
    cell = replace(lstm, signals={n: axes for n, axes in lstm.signals.items() if n != "z_a"})
    assert list(cell.preactivations) == ["i", "f", "o"]
    assert [cell.quantities[name].of for name in ("da", "di")] == ["a", "z_i"]
    assert cell.gate_of("da") == "a"


def test_what_is_no_gate_s_has_no_gate() -> None:
    """Neither have the names that are in no cell."""
    lstm = load_cell("lstm")
    names = ("C", "dC", "W", "dW", "W'", "x", LABEL, CARRY, "nothing", "W_z", "")
    assert [lstm.gate_of(name) for name in names] == [""] * len(names)
    assert [lstm.gate_of(name) for name in ("a", "z_a", "da", "W_a", "dW_a", "W_a'")] == [
        "a"
    ] * 6
