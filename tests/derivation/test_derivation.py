"""The derived backward pass, its terms and their origins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawing import CELLS, scenario_of, scenarios
from hypothesis import given
from models import trace_of

from lstm_tutor.algebra.expression import Parameter
from lstm_tutor.algebra.printer import PLAIN, name, show
from lstm_tutor.algebra.rewriting import Rule
from lstm_tutor.derivation.backward import derive
from lstm_tutor.model.catalog import load_cell
from lstm_tutor.model.equation import Link
from lstm_tutor.model.loss import losses
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.gradcheck import gradcheck
from lstm_tutor.trace.trace import compute

pytestmark = pytest.mark.each

DATA = Path(__file__).parents[1] / "data"


def _equations(cell: str) -> dict[str, str]:
    derivation = derive(CELLS[cell], losses()["half-squared-error"])
    return {
        equation.target: show(equation.expression, PLAIN)
        for equation in (*derivation.backward, *derivation.gradients)
        if equation.expression is not None
    }


def test_the_lstm_backward_pass_is_the_textbooks() -> None:
    """From the forward equations alone come the equations of In[159]."""
    found = _equations("lstm")
    assert {
        "delta": "h[t] - y[t]",
        "deltaOut": "U_a.T @ da[t+1] + U_i.T @ di[t+1] + U_f.T @ df[t+1] + U_o.T @ do[t+1]",
        "dout": "delta[t] + deltaOut[t]",
        "dC": "dout[t] * o[t] * (1 - tanh(C[t])**2) + dC[t+1] * f[t+1]",
        "da": "dC[t] * i[t] * (1 - a[t]**2)",
        "di": "dC[t] * a[t] * i[t] * (1 - i[t])",
        "df": "dC[t] * C[t-1] * f[t] * (1 - f[t])",
        "do": "dout[t] * tanh(C[t]) * o[t] * (1 - o[t])",
        "dx": "W_a.T @ da[t] + W_i.T @ di[t] + W_f.T @ df[t] + W_o.T @ do[t]",
        "dW_a": "sum_t(outer(da[t], x[t]))",
        "dU_o": "sum_t(outer(do[t], h[t-1]))",
        "db_f": "sum_t(df[t])",
    }.items() <= found.items()


def test_the_gru_backward_pass_is_derived_unchanged() -> None:
    """The same rules give the GRU's, with the candidate's recurrent part on its own."""
    found = _equations("gru")
    assert found["dn"] == "dout[t] * (1 - z[t]) * (1 - n[t]**2)"
    assert found["dq"] == "dn[t] * r[t]"
    assert found["dr"] == "dn[t] * q[t] * r[t] * (1 - r[t])"
    assert found["dU_n"] == "sum_t(outer(dq[t], h[t-1]))"
    assert found["dbh_n"] == "sum_t(dq[t])"


def _local(link: Link) -> str:
    assert link.local is not None
    return show(link.local, PLAIN)


def test_every_term_knows_where_it_comes_from() -> None:
    """A term names the gradient it starts from and each use with its local derivative."""
    derivation = derive(CELLS["lstm"], losses()["half-squared-error"])
    by_target = {equation.target: equation for equation in derivation.backward}
    here, carried = by_target["dC"].terms
    assert here.gradient is not None
    assert name(here.gradient) == "dout[t]"
    (link,) = here.links
    assert (link.consumer, link.shift, name(link.operand)) == ("h", 0, "C[t]")
    assert _local(link) == "o[t] * (1 - tanh(C[t])**2)"
    (link,) = carried.links
    assert (link.consumer, link.shift, _local(link)) == ("C", 1, "f[t+1]")
    (through,) = by_target["da"].terms
    assert [(link.consumer, _local(link)) for link in through.links] == [
        ("C", "i[t]"),
        ("a", "1 - a[t]**2"),
    ]
    carry = by_target["deltaOut"].terms[0]
    assert carry.links[0].local == Parameter("U_a")


@given(scenarios())
def test_derived_gradients_are_exact_for_every_cell(scenario: Scenario) -> None:
    """Against the complex step, to 1e-9 of the largest entry, on random scenarios."""
    for check in gradcheck(compute(scenario), central=False):
        assert check.error < 1e-9, check.id


@pytest.mark.parametrize("truncate", [1, 2, 3])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_truncated_gradients_are_exact_within_their_windows(cell: str, truncate: int) -> None:
    """A cut keeps gradients inside windows of K steps, and nothing else changes."""
    scenario = scenario_of(CELLS[cell], steps=7, truncate=truncate)
    for check in gradcheck(compute(scenario)):
        assert check.error < 1e-9, check.id
        assert check.central_error < 1e-6, check.id


def test_a_cell_is_added_by_a_file_alone() -> None:
    """A peephole LSTM from a file gets values, exact gradients and blocks of its own."""
    cell = load_cell(str(DATA / "peephole.yaml"))
    trace = compute(scenario_of(cell, steps=4))
    for check in gradcheck(trace, central=False):
        assert check.error < 1e-9, check.id
    assert trace.find("dp").value.shape == (3, 2)
    ids = [step.symbol for step in trace if step.t == 2 and step.phase == "backward"]
    assert ids == ["delta", "deltaOut", "dout", "do", "dC", "da", "di", "df", "dgates", "dx"]


@given(scenarios())
def test_the_terms_of_a_gradient_add_up_to_it(scenario: Scenario) -> None:
    """For every step that has terms, missing ones counting as 0."""
    for step in compute(scenario):
        if step.terms:
            total = sum(term.value for term in step.terms)
            assert np.allclose(total, step.value, rtol=1e-12, atol=1e-14), step.id


def _way(name: str, id_: str) -> list[tuple[Rule, str]]:
    [term] = compute(load(name)).find(id_).terms
    return [(line.rule, show(line.expression, PLAIN)) for line in term.way]


def test_the_way_to_p_minus_y_is_kept() -> None:
    """Softmax's product rule, the factor that cancels, the label that sums to 1; with a
    sigmoid the loss's own gradient put in, what cancels, and the product multiplied out.
    """
    assert _way("hello", "ds@1") == [
        (Rule.ALONG, "p[1] * -(y[1] / p[1]) - p[1] * sum(p[1] * -(y[1] / p[1]))"),
        (Rule.CANCEL, "sum(y[1]) * p[1] - y[1]"),
        (Rule.SHARES, "p[1] - y[1]"),
    ]
    assert _way("sentiment", "ds@2") == [
        (Rule.PUT_IN, "((1 - y[2]) / (1 - p[2]) - y[2] / p[2]) * p[2] * (1 - p[2])"),
        (Rule.CANCEL, "(1 - y[2]) * p[2] - y[2] * (1 - p[2])"),
        (Rule.MULTIPLY_OUT, "p[2] - y[2]"),
    ]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(25))
def test_every_line_of_a_way_has_the_gradients_value(seed: int) -> None:
    """Whatever the model: a rule changes how a gradient is written, never what it is."""
    trace = trace_of(seed)
    for step in trace:
        for term in step.terms:
            for line in term.way if not term.missing and not term.partly else ():
                found = np.broadcast_to(trace.evaluate(line.expression), term.value.shape)
                assert found == pytest.approx(term.value, rel=1e-9, abs=1e-12), step.id
