"""Models: pages composed, with readouts, losses, batches and gradients from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import invoke, shown
from dumps import givens
from models import CHECKS, SLOW, built, trace_of
from oracle import walked
from published import ENTRIES, differing
from published import scenario_of as published
from worlds import compared, sample

from lstm_tutor.algebra.parser import parse
from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import sure
from lstm_tutor.execution.world import World
from lstm_tutor.files.problem import BadInput
from lstm_tutor.model.catalog import bundled_cells, bundled_pages, load_cell
from lstm_tutor.model.symbol import is_new
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

MODELS = (
    *("hello", "sentiment", "two-layers", "both-directions", "batch-of-two", "upstream"),
    *("relu-explodes", "adagrad"),
)
WEIGHTS = {"init": {"scheme": "uniform", "seed": 3}, "hidden": 2}
ROWS = [[0.5, 1.0], [-1.0, 0.3]]


def _problems(data: dict[str, Any]) -> list[str]:
    with pytest.raises(BadInput) as error:
        built(data)
    problems = error.value.problems
    return [f"{p.message}; {p.expected}; {p.remedy}" for p in problems]


def test_the_bundled_assignment_has_its_published_numbers(tmp_path: Path) -> None:
    """As a scenario file with ten decimals, and at the digits that are published."""
    trace = compute(load("cs231n-rnn-step"))
    assert differing("cs231n-rnn-step-forward", trace) == []
    given = published("cs231n-rnn-step-forward", tmp_path)
    assert trace.scenario.inputs == pytest.approx(given.inputs, abs=1e-10)
    for name, value in given.parameters.items():
        assert trace.scenario.parameters[name] == pytest.approx(value, abs=1e-10)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_published_case_has_the_published_numbers(name: str, tmp_path: Path) -> None:
    """Its arrays are read as they were published; the numbers agree at the digits given."""
    assert differing(name, compute(published(name, tmp_path))) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
def test_a_random_model_is_right(seed: int) -> None:
    """Its gradients, shares, terms and values, and its file; `python -m models` takes more."""
    trace = trace_of(seed)
    assert {name: check(trace) for name, check in CHECKS.items()} == {
        name: [] for name in CHECKS
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 6])
def test_a_random_model_passes_when_it_is_handed_in(seed: int) -> None:
    """Its transcript verifies, and `check` finds all its numbers right."""
    trace = trace_of(seed)
    assert {name: check(trace) for name, check in SLOW.items()} == {name: [] for name in SLOW}


@pytest.mark.parametrize("name", MODELS)
def test_a_world_of_a_model_is_the_walks(name: str) -> None:
    """A sample of mistakes, each walked alone, sequence by sequence."""
    trace = compute(load(name))
    assert compared(trace, sample(trace, 12, seed=1)).differences == []


def test_softmax_and_cross_entropy_read_p_minus_y() -> None:
    """By the rules, since the labels are declared to add up to 1."""
    backward = compute(load("hello")).program.derivation.backward
    found = {e.target: show(e.expression, PLAIN) for e in backward if e.expression}
    assert found["ds"] == "p[t] - y[t]"
    assert found["delta"] == "V.T @ ds[t]"


def test_a_layer_stands_before_the_whole_id() -> None:
    """Of signals, parameters, gradients and new values alike; x, y, L and V have none."""
    ids = {str(id_) for id_ in compute(load("two-layers")).ids()}
    assert {"l1.h@0", "l2.dout@2", "l1.dW_h", "l2.U_h'", "x@0", "L@1", "V", "dV", "ds@0"} <= ids


def test_one_layer_and_one_readout_have_no_prefix() -> None:
    """As a cell alone has none."""
    assert not any("." in str(id_) for id_ in compute(load("hello")).ids())


def test_a_name_given_to_a_layer_is_its_prefix() -> None:
    """With 'as'; the notation has it as a superscript in LaTeX, or the layer's number."""
    data = {
        "model": ["rnn", {"page": "gru", "as": "top"}],
        "inputs": ROWS,
        "labels": ROWS,
        "weights": WEIGHTS,
    }
    assert "top.dz@1" in {str(id_) for id_ in compute(built(data)).ids()}


def test_a_layer_from_right_to_left_is_the_layer_on_the_reversed_sequence() -> None:
    """Its initial state stands after the last time step."""
    random = {"inputs": ROWS, "weights": WEIGHTS}
    forward = compute(built({"cell": "gru", **random, "inputs": ROWS[::-1]}))
    page = {"page": "gru", "direction": "backward"}
    backward = compute(built({"model": [page], **random}))
    for t in range(2):
        assert (
            backward.find(f"h@{t}").value.tolist() == forward.find(f"h@{1 - t}").value.tolist()
        )
    assert "h@2" in {str(id_) for id_ in backward.ids()}


def test_both_directions_have_names_and_are_joined() -> None:
    """They are fw and bw, alone without the layer before them; and what joins them."""
    ids = {str(id_) for id_ in compute(load("both-directions")).ids()}
    assert {"fw.h@-1", "bw.h@3", "join@1", "djoin@1", "fw.dW_h", "bw.deltaOut@3"} <= ids
    last, first = (f"bw.deltaOut@{t}" for t in (3, 0))
    trace = compute(load("both-directions"))
    assert trace.find(first).note == "no earlier step"
    assert trace.find(last).value.any()


def test_gradients_cannot_be_cut_from_right_to_left() -> None:
    """Truncation goes with time."""
    page = {"page": "rnn", "direction": "both"}
    data = {"model": [page], "inputs": ROWS, "labels": [[1.0] * 4] * 2, "weights": WEIGHTS}
    assert any("right to left" in text for text in _problems({**data, "truncate": 1}))


def test_a_batch_is_its_sequences_each_alone() -> None:
    """Signals side by side, gradients of parameters added up."""
    whole = load("batch-of-two")
    alone = []
    for n in range(2):
        text = json.loads(json.dumps({"inputs": np.moveaxis(whole.inputs, -1, 0)[n].tolist()}))
        labels = [
            row.tolist() if there else None
            for row, there in zip(whole.labels[..., n], whole.labelled[:, n], strict=True)
        ]
        data = {"cell": "rnn", **text, "labels": labels}
        weights = {"W": {"h": whole.parameters["W_h"].tolist()}}
        weights |= {"U": {"h": whole.parameters["U_h"].tolist()}}
        weights |= {"b": {"h": whole.parameters["b_h"].tolist()}}
        alone.append(compute(built({**data, "weights": weights})))
    together = compute(whole)
    for id_ in ("h@1", "dout@0", "dh@0"):
        parts = [one.find(id_).value for one in alone]
        assert together.find(id_).value == pytest.approx(np.stack(parts, -1), rel=1e-12)
    for id_ in ("dW_h", "dU_h", "db_h"):
        assert together.find(id_).value == pytest.approx(sum(t.find(id_).value for t in alone))


def test_a_gradient_from_outside_is_a_step_and_a_term() -> None:
    """And there is no loss, no update and no new loss."""
    trace = compute(load("upstream"))
    step = trace.find("dC@1")
    assert "upstream_C[1]" in show(step.expression, PLAIN) if step.expression else False
    assert trace.find("upstream_C@1").value.tolist() == [0.1, -0.4]
    assert not {"L", "W_a'", "L'"} & set(trace.symbols())
    assert trace.loss_before is None


def test_a_forward_pass_alone_has_no_gradients() -> None:
    """Without labels and without gradients from outside."""
    trace = compute(built({"cell": "gru", "inputs": ROWS, "weights": WEIGHTS}))
    assert {str(step.phase) for step in trace} == {"given", "forward"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": ["rnn"], "layers": 2}, "name one page for each layer in 'model'"),
        ({"model": ["rnn"], "bidirectional": True}, "direction: both"),
        ({"model": ["rnn"], "dropout": 0.5}, "nothing is left out at random here"),
        ({"model": ["rnn", "softmaxx"]}, "there is no page 'softmaxx'"),
        ({"model": []}, "a list of pages, such as [lstm, softmax]"),
        ({"model": ["rnn"], "loss": "cross-entropy"}, "end the model with softmax"),
        (
            {"model": ["rnn", "linear"], "loss": "binary-cross-entropy"},
            "end the model with sig",
        ),
        ({"model": [{"page": "rnn", "direction": "left"}]}, "one of forward, backward, both"),
        ({"model": ["rnn", "rnn"]}, "labels"),
    ],
)
def test_a_model_that_does_not_fit_is_told_so(change: dict[str, Any], said: str) -> None:
    """With what was expected, or what to do."""
    data = {"inputs": ROWS, "labels": [[1.0] * 3] * 2, "weights": WEIGHTS, **change}
    assert any(said in text for text in _problems(data))


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([3, 0], "labels.0 is the class 3; 0 to 2: there are 3 classes"),
        ([[0.5, 0.2, 0.2], 1], "labels.0 adds up to 0.9"),
        ([[0.5, 0.5], 1], "has 2 numbers on the axis 'classes'"),
    ],
)
def test_a_label_that_is_no_class_is_told_so(labels: list[Any], said: str) -> None:
    """A whole number is a class, counted from 0, and a row has shares."""
    weights = {**WEIGHTS, "outputs": 3}
    model = {"model": ["rnn", "softmax"], "loss": "cross-entropy", "weights": weights}
    assert any(said in text for text in _problems({**model, "inputs": ROWS, "labels": labels}))


def test_sequences_of_different_lengths_are_refused_with_what_to_do() -> None:
    """A ragged batch is several scenarios."""
    data = {"cell": "rnn", "inputs": [ROWS, ROWS[:1]], "weights": WEIGHTS}
    assert any("scenarios of their own" in text for text in _problems(data))


def test_labels_and_gradients_from_outside_exclude_each_other() -> None:
    """Both together are refused."""
    data = {"cell": "rnn", "inputs": ROWS, "labels": ROWS, "upstream": {"h": ROWS}}
    assert any("remove one of them" in text for text in _problems({**data, "weights": WEIGHTS}))


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("name", MODELS)
def test_every_command_takes_a_model(name: str, tmp_path: Path) -> None:
    """Shown, stepped, explained, checked, exported, verified, practised, printed, audited."""
    assert name in bundled()
    for arguments in (
        ("run", name, "--detail", "arithmetic"),
        ("run", name, "--notation", "pytorch"),
        ("step", name),
        ("audit", name),
        ("gradcheck", name),
        ("worksheet", name),
    ):
        shown(*arguments)
    trace = compute(load(name))
    for id_ in list(trace.ids())[:: max(1, len(trace) // 12)]:
        shown("why", str(id_), name)
    for suffix in (".json", ".npz", ".csv"):
        path = tmp_path / f"all{suffix}"
        assert invoke("export", name, "-o", str(path)).code == 0
        said = shown("check", str(path), "--scenario", name)
        assert " values: " in said
        assert " right" in said
        assert " wrong" not in said
    assert invoke("export", name, "-o", str(tmp_path / "all.md")).code == 0
    assert "are right" in shown("verify", str(tmp_path / "all.md"))
    assert invoke("quiz", name, lines=b"?\nshow\nq\n").code == 0


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "equation", "wrong", "named"),
    [
        ("hello", "ds", "y[t] - p[t]", "flip-sign"),
        ("two-layers", "l1.dout", "l1.delta[t]", "drop-carry(l1.deltaOut"),
        ("batch-of-two", "dh", "dout[t]", "no-derivative"),
        ("upstream", "dC", "dout[t]*o[t]*(1 - tanh(C[t])**2) + dC[t+1]*f[t+1]", "upstream_C"),
        ("hello", "L", "-sum(y[t] * p[t])", "drop-function(log"),
        ("hello", "L", "-sum(y[t] * p[t]**3)", ""),
        ("hello", "delta", "ds[t]", "drop-factor(V.T)"),
        (
            "both-directions",
            "bw.z_h",
            "bw.W_h @ x[t] + bw.U_h @ bw.h[t-1] + bw.b_h",
            "direction",
        ),
        ("both-directions", "bw.z_h", "bw.W_h @ x[t]**3 + bw.U_h @ bw.h[t+1] + bw.b_h", ""),
    ],
)
def test_a_mistake_in_a_model_is_named_or_nothing_is_said(
    name: str, equation: str, wrong: str, named: str
) -> None:
    """Where no typical mistake gives the numbers, none is named with confidence."""
    trace = compute(load(name))
    own = World({equation: parse(wrong, derived=True)}, {}, False)
    values = walked(trace.places, own)
    kept = {
        str(place): value
        for place, value in values.items()
        if not is_new(place.name) and not trace.places.is_term(place)
    }
    first = Tutor(trace).diagnose(givens(kept, 4)).first_wrong
    assert first is not None
    sure_of = [item.mistake.id for item in first.diagnoses if sure(item)]
    if named:
        assert named in first.diagnoses[0].mistake.id
    else:
        assert sure_of == []


@pytest.mark.parametrize("readout", sorted({*bundled_pages()} - {*bundled_cells()}))
@pytest.mark.parametrize("cell", bundled_cells())
def test_a_cell_and_a_readout_share_no_name(cell: str, readout: str) -> None:
    """No weights of one are called as weights or a signal of the other."""
    one, other = load_cell(cell), load_cell(readout)
    assert not one.blocks.keys() & (other.blocks.keys() | other.signals.keys())
    assert not other.blocks.keys() & one.signals.keys()


def test_a_text_is_told_by_its_characters() -> None:
    """Each input and label is a character; scores and probabilities are headed by them."""
    text = shown("run", "hello")
    assert "(the character h)" in text
    assert "   h           e         l          o\n" in text
