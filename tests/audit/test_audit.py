"""What a scenario cannot show, and whether what is said of it is true."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from command import invoke, shown
from drawing import CELLS, scenarios
from hypothesis import given
from hypothesis import strategies as st
from mistakes import MISTAKES, outputs, right_outputs
from oracle import walked

from lstm_tutor.algebra.expression import Number
from lstm_tutor.audit.accident import accidents, saturated
from lstm_tutor.audit.audit import Audit, audit, block_names
from lstm_tutor.audit.data import audit_json
from lstm_tutor.audit.descent import Descents, descents
from lstm_tutor.audit.drawing import audit_lines
from lstm_tutor.audit.reach import out_of_reach, reaches
from lstm_tutor.audit.richer import Change, probes, richest
from lstm_tutor.diagnosis.world import world
from lstm_tutor.dialects.notation import notation
from lstm_tutor.mistakes.mistake import Edit
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.symbol import Id
from lstm_tutor.numbers.numeral import array_text
from lstm_tutor.render.breaking import columns
from lstm_tutor.render.line import View
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.selection import select
from lstm_tutor.trace.trace import Trace, compute

NOT_TRIED = {"L-mean-of-units"}  # the number of units is 1: nothing to divide by
LAST_STEP_APART = {"delta-only-last", "dout-no-label", "dC-only-carry"}  # in those programs


@cache
def _trace(name: str) -> Trace:
    return compute(load(name))


@cache
def _audit(name: str) -> Audit:
    return audit(_trace(name), 6)


@cache
def _descents(name: str) -> Descents:
    return descents(_trace(name))


def _unseen(found: Audit) -> set[Edit]:
    return {edit for one in found.unseen for mistake in one.mistakes for edit in mistake.edits}


@pytest.mark.long
def test_on_gomez_du_does_not_depend_on_the_carries() -> None:
    """Nor do the forget gate's gradients; initial states other than 0 would show all."""
    together = _audit("gomez").independent[0]
    assert set(together.gradients) == {"dU_a", "dU_i", "dU_f", "dU_o", "dW_f", "db_f"}
    assert together.change is Change.INITIAL
    assert len(together.mistakes[0].edits) > 1


@pytest.mark.long
def test_on_gomez_one_carry_needs_a_third_step() -> None:
    """Without the cell state's carry alone, the output gate's gradients stay the same."""
    alone = _audit("gomez").independent[1]
    assert alone.gradients == ("dW_o", "db_o")
    assert [mistake.edits[0].target for mistake in alone.mistakes] == ["dC"]
    assert alone.change is Change.STEP


def test_on_gomez_the_first_forget_gate_has_no_gradient() -> None:
    """It is 0 since the initial cell state is; what is 0 by rule is not reported."""
    (only,) = _audit("gomez").accidents
    assert (only.id, only.value, only.causes) == ("df@0", 0, ("C@-1",))


def test_on_gomez_a_transposed_u_is_invisible() -> None:
    """In the forward pass, on the way back, in the gradients and in the update; so are the
    initial states taken as 0, which they are.
    """
    kinds = [one for one in _audit("gomez").unseen if one.kind == "transpose"]
    targets = {m.edits[0].target for one in kinds for m in one.mistakes}
    assert {"z_a", "deltaOut", "dU_a", "U_a'"} <= targets
    assert {one.change for one in kinds} == {Change.UNIT, Change.ALL}
    assert {"h@-1", "C@-1"} <= {edit.target for edit in _unseen(_audit("gomez"))}


def test_on_gomez_the_second_label_is_out_of_reach() -> None:
    """After two time steps from 0 the cell state is below 2, and the output below tanh 2."""
    (only,) = _audit("gomez").unreachable
    assert only.id == "y@1"
    assert (only.reach.low, only.reach.high) == (-np.tanh(2), np.tanh(2))
    assert only.loss == pytest.approx((1.25 - np.tanh(2)) ** 2 / 2)


@pytest.mark.long
def test_what_is_called_invisible_is() -> None:
    """Made again, no mistake of the list changes a number at the digits shown."""
    trace, found = _trace("gomez"), _audit("gomez")
    places = trace.places
    assert found.unseen
    for one in found.unseen:
        for mistake in one.mistakes:
            values = walked(places, world([mistake]))
            for step in trace:
                if step.place in values and not step.rows:
                    pair = (values[step.place], places.base(step.place))
                    texts = [array_text(value, 6) for value in pair]
                    assert texts[0] == texts[1], (mistake.id, step.id)


def test_what_is_said_to_look_the_same_does() -> None:
    """Mistakes of a group give the same value for every id, at the digits shown."""
    trace = _trace("gomez")
    places = [step.place for step in trace if not step.rows]
    assert _audit("gomez").alike
    for alike in _audit("gomez").alike:
        runs = [walked(trace.places, world([mistake])) for mistake in alike.mistakes]
        for place in (place for place in places if place in runs[0]):
            assert len({array_text(run[place], 6) for run in runs}) == 1


@pytest.mark.long
def test_independent_programs_agree_on_what_is_invisible() -> None:
    """A wrong program that prints gomez's right numbers has an invisible mistake."""
    known = {(edit.target, edit.kind) for edit in _unseen(_audit("gomez"))}
    right = right_outputs("gomez")
    checked = 0
    for mistake in MISTAKES:
        wrong = outputs(mistake, "gomez")
        same = all(array_text(wrong[id_], 6) == array_text(right[id_], 6) for id_ in right)
        if same and not mistake.local and mistake.name not in NOT_TRIED:
            targets = mistake.targets | {"h@-1", "C@-1"}
            assert any(t in targets and k in mistake.kinds for t, k in known), mistake.name
            checked += 1
    assert checked > 10


@pytest.mark.slow
@pytest.mark.parametrize("name", ["two-units", "gru-two-units", "rnn-two-units"])
def test_nothing_is_hidden_where_no_number_is_0_or_alike(name: str) -> None:
    """Formulas that are equal for all numbers are no mistakes, so nothing is left but what
    is equal for numbers of this size.
    """
    found = _audit(name)
    by_size = {"another-function", "own-size"}
    others = [[m for m in one.mistakes if m.kind not in by_size] for one in found.alike]
    assert [alike for alike in others if len(alike) > 1] == []
    assert (found.unseen, found.independent) == ((), ())
    assert (found.accidents, found.saturated, found.unreachable) == ((), (), ())


def test_numbers_that_are_not_asked_for_show_nothing() -> None:
    """Of dU alone, no carry is seen in two time steps from 0: other states would show it."""
    trace = compute(_two_steps_from_0())
    found = audit(trace, 6, select(trace, only=["dU_h"]))
    assert found.asked == 1
    changes = {
        one.change
        for one in found.unseen
        for mistake in one.mistakes
        if mistake.kind == "drop-carry" and mistake.edits[0].target == "dout"
    }
    assert changes == {Change.INITIAL}
    other = {
        m.edits[0].target for u in found.unseen if u.change is Change.ASKED for m in u.mistakes
    }
    assert {"dx", "dW_h", "db_h", "W_h'"} <= other
    assert not other & {"z_h", "h", "dU_h"}


def _two_steps_from_0() -> Scenario:
    whole = load("rnn-two-units")
    return replace(
        whole,
        inputs=whole.inputs[:2],
        labels=whole.labels[:2],
        labelled=whole.labelled[:2],
        initial={Id("h", -1): np.zeros(2)},
    )


def test_fewer_digits_show_less() -> None:
    """At one digit, mistakes look the same that six digits tell apart."""
    assert len(audit(_trace("rnn-two-units"), 1).alike) > len(_audit("rnn-two-units").alike)


def test_truncation_hides_the_carries() -> None:
    """They are cut by rule: not by accident, and the gradients do not depend on them."""
    found = audit(compute(replace(load("rnn-two-units"), truncate=1)), 6)
    (only,) = found.independent
    assert (only.gradients, only.change) == (("dW_h", "dU_h", "db_h"), Change.UNCUT)
    assert not found.accidents


def test_the_cause_of_a_zero_is_what_is_given() -> None:
    """On long-memory U is 0, and with it all that comes back through the output."""
    found = {one.id: one.causes for one in accidents(_trace("long-memory"), 6)}
    assert set(found["deltaOut@0"]) == {"U_a", "U_i", "U_f", "U_o"} == set(found["do@3"])
    assert "deltaOut@9" not in found
    assert "delta@3" not in found


def test_gates_without_a_slope_are_named() -> None:
    """With their slope, which the activation's derivative gives."""
    trace = _trace("saturated-gates")
    found = {one.id: one.slope for one in saturated(trace)}
    assert set(found) == {"i@0", "i@1", "f@0", "f@1", "o@0", "o@1"}
    for id_, slope in found.items():
        gate = float(trace.find(id_).value[0])
        assert slope == pytest.approx(gate * (1 - gate), rel=1e-6)
    ones = {one.id for one in accidents(trace, 6)}
    assert ones == {"i@0", "o@1"}


@given(scenarios(), st.sampled_from([1.0, 10.0, 1000.0]))
def test_the_output_stays_within_reach(scenario: Scenario, scale: float) -> None:
    """Whatever the weights; and labels within it are not called out of reach."""
    louder = scenario.with_parameters({k: scale * v for k, v in scenario.parameters.items()})
    output = compute(louder).signals["h"]
    bounds = list(reaches(louder))
    assert len(bounds) == scenario.steps
    for t, bound in enumerate(bounds):
        assert bound.low <= output.at(t).min()
        assert output.at(t).max() <= bound.high
        assert bound.high <= 1
    inside = replace(scenario, labels=output.values[1:] * 0.99)
    assert not list(out_of_reach(inside))


def test_a_blend_stays_between_what_is_blended() -> None:
    """The gate that blends is the same in both terms: a GRU stays between -1 and 1."""
    bounds = list(reaches(load("gru-two-units")))
    assert {(bound.low, bound.high) for bound in bounds} == {(-1.0, 1.0)}


def test_a_cell_without_a_bound_reaches_every_label() -> None:
    """Its output is a plain sum."""
    rnn = CELLS["rnn"]
    (*first, last) = rnn.equations
    linear: Cell = replace(rnn, equations=(*first, replace(last, expression=Number(2))))
    found = list(out_of_reach(replace(load("rnn-two-units"), cell=linear)))
    assert all(one.reach.low == one.reach.high == 2 for one in found)
    plain = replace(rnn, equations=(replace(first[0], target="h"),))
    assert not list(out_of_reach(replace(load("rnn-two-units"), cell=plain)))


def test_each_probe_changes_one_thing() -> None:
    """In the order in which one would try; the richest one lacks nothing."""
    scenario = load("many-to-one")
    found = {probe.change: probe.scenario for probe in probes(scenario)}
    assert list(found) == [
        Change.INITIAL,
        Change.NUMBERS,
        Change.STEP,
        Change.LABELS,
        Change.UNIT,
        Change.INPUT,
    ]
    assert found[Change.STEP].steps == scenario.steps + 1
    assert np.array_equal(found[Change.STEP].inputs[:-1], scenario.inputs)
    assert found[Change.LABELS].labelled.all()
    wide = found[Change.UNIT]
    assert wide.sizes == {"input": 1, "hidden": 2}
    for name, value in scenario.parameters.items():
        assert np.array_equal(wide.parameters[name][tuple(map(slice, value.shape))], value)
    best = richest(scenario).scenario
    assert best.labelled.all()
    assert best.sizes == {"input": 2, "hidden": 2}
    assert all(state.all() for state in best.initial.values())


def test_names_of_all_gates_are_written_as_one() -> None:
    """The block where there is one; else with a star, if there is something to put it at."""
    cell = CELLS["lstm"]
    both = [f"{stem}_{gate}" for stem in ("dU", "z") for gate in cell.gates]
    assert block_names(["h", *both, "U_a'", "da"], cell) == ["h", "dU", "z_*", "U_a'", "da"]


@pytest.mark.long
def test_most_mistakes_lower_the_loss() -> None:
    """Many of them more than the right gradients do: a falling loss proves nothing."""
    found = _descents("gomez")
    assert (found.before, found.after) == (
        _trace("gomez").loss_before,
        _trace("gomez").loss_after,
    )
    assert len(found.wrong) > len(found.lower) > len(found.wrong) // 2
    assert len(found.better) > 100
    assert found.better == found.lower[: len(found.better)]
    losses = [one.loss for one in found.wrong]
    assert losses == sorted(losses)


def test_the_losses_after_wrong_updates_are_those_of_wrong_programs() -> None:
    """Independent programs with a mistake in the backward pass end with the same losses."""
    losses = np.array([one.loss for one in _descents("gomez").wrong])
    checked = 0
    right = right_outputs("gomez")
    for mistake in MISTAKES:
        backward = all(target.startswith("d") for target in mistake.targets)
        if mistake.local or not backward or len(mistake.targets) > 1:
            continue
        if mistake.name in LAST_STEP_APART:
            continue
        wrong = outputs(mistake, "gomez")
        gradients = [id_ for id_ in right if id_[:2] in ("dW", "dU", "db")]
        if any(not np.allclose(wrong[id_], right[id_], rtol=1e-9, atol=0) for id_ in gradients):
            assert np.isclose(losses, wrong["L'"], rtol=1e-9, atol=0).any(), mistake.name
            checked += 1
    assert checked > 10


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", ["gomez", "two-units"])
def test_findings_fit_the_width(name: str, width: int) -> None:
    """No line is longer than the screen."""
    trace = _trace(name)
    view = View(notation("gomez", trace.scenario.cell))
    lines = [line for line, _ in audit_lines(_audit(name), trace.scenario, view, width)]
    assert max(map(columns, lines)) <= width


def test_it_is_said_what_gomez_cannot_show() -> None:
    """In words, with the smallest changes that would show it."""
    view = View(notation("gomez", CELLS["lstm"]))
    lines = audit_lines(_audit("gomez"), _trace("gomez").scenario, view, 80)
    text = " ".join(" ".join(line for line, _ in lines).split())
    for said in (
        "dW_f, dU and db_f do not depend on the carries",
        "df@0 is 0, since C@-1 is 0.",
        "transposed: deltaOut@-1, z_*, deltaOut, dU and U'",
        "y@1 = 1.25 is out of reach",
        "initial states other than 0 would show",
    ):
        assert said in text


@pytest.mark.long
def test_the_command_writes_ascii_where_it_must() -> None:
    """As all commands do."""
    answer = invoke("audit", "rnn-two-units", encoding="ascii")
    assert (answer.code, answer.err) == (0, "")
    assert "Every mistake changes a number." in answer.out
    answer = invoke("audit", "one-step", "--loss", encoding="ascii")
    assert (answer.code, answer.err) == (0, "")
    assert "?" not in answer.out


def test_json_names_every_mistake() -> None:
    """By its id; for programs."""
    found = json.loads(audit_json(_audit("gomez"), _trace("gomez").scenario))
    assert found["unreachable"][0]["id"] == "y@1"
    assert found["accidents"] == [{"id": "df@0", "value": 0, "causes": ["C@-1"]}]
    ids = [id_ for one in found["unseen"] for id_ in one["mistakes"]]
    assert "z_a:transpose(U_a -> U_a.T)" in ids
    printed = json.loads(shown("audit", "rnn-two-units", "--format", "json"))
    assert (printed["scenario"], printed["unseen"]) == ("rnn-two-units", [])


def test_an_unknown_number_is_refused() -> None:
    """With what is known, as in `run`."""
    answer = invoke("audit", "gomez", "--only", "dC@7")
    assert answer.code != 0
    assert "dC has no value at '7'" in answer.err


@pytest.mark.parametrize("option", ["--only=dU_a", "--phase=backward", "--format=json"])
def test_the_losses_have_no_selection(option: str) -> None:
    """An option that would be ignored is refused."""
    answer = invoke("audit", "gomez", "--loss", option)
    assert answer.code == 2
    assert "leave out" in answer.err
