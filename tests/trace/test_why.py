"""Why a value is what it is: terms with origins, and the losses behind a gradient."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from drawing import ALL_CELLS, CELLS, scenario_of, scenarios
from hypothesis import given

from lstm_tutor.dialects.notation import notation
from lstm_tutor.model.equation import Phase
from lstm_tutor.render.breaking import columns
from lstm_tutor.render.explanation import explanation
from lstm_tutor.render.line import View
from lstm_tutor.render.tree import tree_lines
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.provenance import contributions, shares
from lstm_tutor.trace.trace import Trace, compute

LONG = {"long-memory", "vanishing-gradient"}  # many time steps, nothing of another kind


@cache
def _trace(name: str) -> Trace:
    return compute(load(name))


def _text(trace: Trace, id_: str, width: int = 80) -> str:
    view = View(notation("gomez", trace.scenario.cell))
    return "\n".join(line for line, _ in explanation(trace, trace.find(id_), view, width))


def test_a_gradient_is_split_by_loss_and_way() -> None:
    """On gomez, da@0 has three sources, printed so that they can be added by hand."""
    lines = _text(_trace("gomez"), "da@0").splitlines()
    rows = [line.split("█")[0].split() for line in lines[-4:]]
    assert [" ".join(row) for row in rows] == [
        "L@0 directly +0.00538361",
        "L@1 through h -0.00270938",
        "L@1 through the cell state -0.01969827",
        "total -0.01702404",
    ]


def test_every_term_has_a_reason_in_words_and_numbers() -> None:
    """The sentence names the equation that uses the quantity and its local derivative."""
    text = _text(_trace("gomez"), "dC@0")
    assert "because C[1] = a[1] ⊙ i[1] + f[1] ⊙ C[0] uses C[0]" in text
    assert "∂C[1]/∂C[0] = f[1] ≈ 0.870302" in text
    assert "because h[0] = tanh(C[0]) ⊙ o[0] uses C[0]" in text


def test_a_term_that_is_one_number_is_not_said_twice() -> None:
    """Its number is its value; what is missing is not said to be there."""
    trace = _trace("gomez")
    assert "    ≈ 0.0363134\n" in _text(trace, "dout@0")
    assert "no future step\n    it would be there because z_a[2] = " in _text(
        trace, "deltaOut@1"
    )


@pytest.mark.long
@given(scenarios())
def test_the_contributions_add_up_to_a_parameters_gradient(scenario: Scenario) -> None:
    """Over losses and time steps; none comes from a loss before its time step."""
    trace = compute(scenario)
    labelled = scenario.labelled.nonzero()[0]
    for step in trace:
        if step.phase is Phase.GRADIENTS and not step.rows:
            entries = list(np.ndindex(step.value.shape))
            parts = contributions(trace, step, entries)
            sums = parts.sum(axis=(1, 2)).reshape(step.value.shape)
            assert np.allclose(sums, step.value, rtol=1e-12, atol=1e-14)
            for row, loss in enumerate(labelled):
                assert not parts[:, row, loss + 1 :].any()


def test_a_share_is_the_gradient_of_its_loss_alone() -> None:
    """What comes from one loss is what is left when no other step has a label."""
    whole = scenario_of(CELLS["lstm"], steps=4)
    alone = scenario_of(CELLS["lstm"], steps=4, labelled=(False, False, True, False))
    step = compute(whole).find("di@1")
    found = [share.value for share in shares(compute(whole), step) if share.loss == 2]
    assert np.allclose(sum(found), compute(alone).find("di@1").value, rtol=1e-12)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in bundled() if name not in LONG])
def test_every_step_has_an_answer(name: str) -> None:
    """Given, computed, block or gradient: none is left without one, at any width: on
    gomez at each, elsewhere at one after the other.

    Only on the narrowest screens may a number stand out.
    """
    trace = _trace(name)
    for number, step in enumerate(trace):
        for width in (40, 60, 80) if name == "gomez" else ((40, 60, 80)[number % 3],):
            text = _text(trace, step.id, width)
            assert text.startswith(step.id)
            assert len(text.splitlines()) > 3
            assert width == 40 or max(map(columns, text.splitlines())) <= width


def test_the_tree_goes_down_to_what_is_given() -> None:
    """Deep enough, its leaves are inputs, weights and initial states; nothing twice."""
    trace = _trace("one-step")
    view = View(notation("gomez", trace.scenario.cell))
    lines = list(tree_lines(trace, trace.find("dC@0"), view, 20))
    opened = [line for line in lines if "(above)" not in line]
    names = [line.lstrip("│├└─ ").split(" ")[0] for line in opened]
    assert {"x@0", "h@-1", "C@-1", "W_a", "b_o", "y@0"} <= set(names)
    inner = [name for name in names if trace.find(name).inputs]
    assert len(inner) == len(set(inner))


def test_a_derivative_through_a_product_and_a_matrix_is_the_matrix() -> None:
    """A reset gate beside a product stands on the diagonal: its rows are scaled."""
    trace = compute(scenario_of(ALL_CELLS["gru-two-biases"]))
    assert "∂z_n[1]/∂h[0] = diag(r[1]) · U_n" in _text(trace, "deltaOut@0")


def test_each_place_of_a_symbol_is_told_as_one_of_several() -> None:
    """Where h = C ⊙ C, it uses C twice; what is printed for one place is not the derivative."""
    text = _text(compute(scenario_of(ALL_CELLS["gated-sum"], inputs=2)), "dC@0", 120)
    for place in (1, 2):
        assert f"this is place {place} of 2 where C[0] stands; ∂h[0]/∂C[0] is their sum" in text


def test_a_gate_that_is_a_state_has_two_gradients() -> None:
    """One at the state, one at its pre-activation; neither has the other's name."""
    trace = compute(scenario_of(ALL_CELLS["two-states"]))
    at_state, before = (trace.find(id_) for id_ in ("da@0", "dz_a@0"))
    slope = 1 - trace.find("a@0").value ** 2
    assert before.value == pytest.approx(at_state.value * slope, rel=1e-12)
    assert "δz_a[0] = δa[0] ⊙ (1 - a[0]²)" in _text(trace, "dz_a@0")


def test_an_entry_is_named_by_its_axis() -> None:
    """An entry of dx is an input, one of dC a unit."""
    trace = compute(scenario_of(CELLS["lstm"], inputs=3))
    for id_, axis in (("dx@0", "input"), ("dC@0", "unit")):
        assert f"  {axis} 1" in _text(trace, id_).splitlines()


def test_a_loss_that_reaches_with_a_factor_0_is_told_from_one_that_does_not() -> None:
    """The forget gate's gradient is 0 where the cell state before it is."""
    reached = _text(_trace("gomez"), "df@0")
    assert "every loss that reaches it does so with a factor 0: C[-1] = 0" in reached
    assert "none: no loss of this or a later time step reaches it" in _text(
        _trace("gomez"), "deltaOut@1"
    )


def test_the_way_to_p_minus_y_is_told_in_three_lines() -> None:
    """With softmax and cross-entropy, and with a sigmoid, where no step says it."""
    text = _text(_trace("hello"), "ds@1")
    assert text.split("How it comes to p[1] - y[1]:\n")[1].startswith("""\
      = p[1] ⊙ -(y[1] / p[1]) - p[1] ⊙ Σ(p[1] ⊙ -(y[1] / p[1]))
          each entry of p[1] depends on all of s[1]: softmax's product rule,
          with the gradient at p[1] in it
      = Σ(y[1]) ⊙ p[1] - y[1]
          p[1] is never 0 and cancels the divisor
      = p[1] - y[1]
          the entries of y[1] add up to 1
""")
    text = _text(_trace("sentiment"), "ds@2")
    assert "    The same, shorter: p[2] - y[2]\n      = ((1 - y[2]) / (1 - p[2])" in text
    assert "          p[2] and 1 - p[2] cancel their divisors\n      = p[2] - y[2]\n" in text
    assert "The same, shorter" not in _text(_trace("sentiment"), "ds@1")  # there is no label


def test_the_direction_of_time_is_told() -> None:
    """A layer from right to left reads what is later, and sends its gradients there."""
    trace = _trace("both-directions")
    assert "it comes back from t = 0: bw runs from right to left" in _text(
        trace, "bw.deltaOut@1"
    )
    assert "bw runs from right to left: what is at t = 2 comes first" in _text(
        trace, "bw.z_h@1"
    )
    assert "from the next time step, t = 2" in _text(trace, "fw.deltaOut@1")


@pytest.mark.parametrize(
    ("name", "id_", "entry"),
    [
        ("hello", "dx@1", "  character e"),
        ("hello", "dV", "time step: character e from unit 1"),
        ("hello", "dW_h", "time step: unit 0 from character e"),
        ("batch-of-two", "dh@0", "  unit 1, sequence 0"),
        ("both-directions", "dV", "time step: output 0 from unit 1 of bw"),
        ("two-layers", "l2.dW_h", "time step: unit 1 of l2 from unit 0 of l1"),
    ],
)
def test_an_entry_is_named_in_models_too(name: str, id_: str, entry: str) -> None:
    """By its character, sequence, direction or layer."""
    assert entry in _text(_trace(name), id_)
