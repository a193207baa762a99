"""The arrays of frameworks and courses: in, out, and what the frameworks made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import invoke
from frameworks import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lstm_tutor.check.checking import checked
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Status
from lstm_tutor.dialects.arrays import layouts, with_arrays
from lstm_tutor.dialects.assignment import NotAssigned, assigned
from lstm_tutor.dialects.output import written
from lstm_tutor.files.archive import BadArchive
from lstm_tutor.files.document import parse_data
from lstm_tutor.files.safetensors import safetensors, tensors_in
from lstm_tutor.model.catalog import load_cell
from lstm_tutor.model.composition import Layer, composed, parts_of
from lstm_tutor.model.symbol import gradient
from lstm_tutor.scenario.loading import build, load
from lstm_tutor.scenario.plain import scenario_data
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.scenario.schema import ScenarioFile
from lstm_tutor.submission.reading import submission_of
from lstm_tutor.trace.golden import golden
from lstm_tutor.trace.trace import Trace, compute

Array = NDArray[Any]
HERE = Path()
CASES = cases()


def _written(folder: Path, arrays: dict[str, Array]) -> Path:
    path = folder / "weights.safetensors"
    path.write_bytes(b"".join(safetensors(arrays, {})))
    return path


def _scenario(folder: Path, case: dict[str, Any]) -> Scenario:
    arrays = {name: np.array(value, dtype=float) for name, value in case["weights"].items()}
    data: dict[str, Any] = {
        "model": case["model"],
        "inputs": case["inputs"],
        "weights": {"file": _written(folder, arrays).name, "dialect": case["dialect"]},
    }
    path = folder / "case.yaml"
    found = build(parse_data(data, path.name, "scenario"), path)
    if "upstream" in case:
        output = found.cell.output
        *layer, own = output.split(".")
        upstream: Any = {own: case["upstream"]}
        for name in reversed(layer):
            upstream = {name: upstream}
        found = build(parse_data({**data, "upstream": upstream}, path.name, "scenario"), path)
    return found


def _output(trace: Trace) -> Array:
    """Return the output of the last page: (sequence, time, unit)."""
    name = trace.scenario.cell.output
    values = [trace.find(f"{name}@{t}").value for t in range(trace.scenario.steps)]
    return np.stack(values).transpose(2, 0, 1)


@pytest.mark.parametrize("name", CASES)
def test_a_frameworks_arrays_give_its_output_and_its_gradients(
    name: str, tmp_path: Path
) -> None:
    """Weights as the framework names and shapes them give what it gave, gradients too."""
    case = CASES[name]
    trace = compute(_scenario(tmp_path, case))
    single = case["precision"] == "float32"
    np.testing.assert_allclose(
        _output(trace),
        case["output"],
        rtol=2e-6 if single else 1e-12,
        atol=1e-7 if single else 1e-14,
    )
    if "gradients" not in case:
        return
    laid = layouts(case["dialect"], HERE)
    scenario = trace.scenario
    found = {name: np.array(value) for name, value in case["gradients"].items()}
    if "input.grad" in found:
        dx = np.stack([trace.find(f"dx@{t}").value for t in range(scenario.steps)])
        np.testing.assert_allclose(dx.transpose(0, 2, 1), found.pop("input.grad"), rtol=1e-10)
    before, after = laid.gradient.split("{}")
    plain = {name.removeprefix(before).removesuffix(after): v for name, v in found.items()}
    places = assigned(laid, parts_of(scenario.layers or (Layer(scenario.cell),)), plain).places
    assert {place.parameter for place in places} == set(scenario.parameters)
    for place in places:
        own = trace.find(gradient(place.parameter)).value
        np.testing.assert_allclose(
            place.value,
            own,
            rtol=2e-5 if single else 1e-10,
            atol=1e-6 if single else 1e-13,
            err_msg=place.parameter,
        )


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_a_frameworks_arrays_go_in_and_out_and_are_all_right(name: str, tmp_path: Path) -> None:
    """What is exported of a model read from its arrays is checked without a difference, and
    its weights are those that were read.
    """
    case = CASES[name]
    scenario = _scenario(tmp_path, case)
    laid = layouts(case["dialect"], HERE)
    arrays = golden(compute(scenario), laid)
    content = b"".join(safetensors(arrays, {}))
    found = checked(Tutor(compute(scenario)), submission_of(content, "x.safetensors"))
    assert {item.status for item in found.verdicts.judgements} == {Status.RIGHT}
    assert not found.unrecognised
    parts = parts_of(scenario.layers or (Layer(scenario.cell),))
    kept = {key: value for key, value in arrays.items() if not laid.ignores(key)}
    again = assigned(laid, parts, kept).parameters()
    for key, value in scenario.parameters.items():
        np.testing.assert_allclose(again[key], value, rtol=1e-15, err_msg=key)


MODELS: list[list[Any]] = [
    [("lstm", "")],
    [("gru", "")],
    [("gru-two-biases", "")],
    [("gru-reset-before", "")],
    [("lstm-peephole", "")],
    [("rnn-relu", "")],
    [("lstm", ""), ("lstm", ""), ("softmax", "")],
    [("gru", "both"), ("rnn", ""), ("linear", "")],
    [("lstm", "both"), ("lstm", "both"), ("lstm", "both")],
    [("lstm", "backward"), ("sigmoid", "")],
]


@pytest.mark.parametrize("dialect", with_arrays())
@pytest.mark.parametrize("model", MODELS, ids=str)
def test_what_is_written_for_a_model_is_read_again(
    dialect: str, model: list[tuple[str, str]], tmp_path: Path
) -> None:
    """Every parameter comes back, with all sizes different, or the page is refused by name."""
    layers = tuple(Layer(load_cell(page), direction=way or "forward") for page, way in model)
    cell, parts = composed(layers), parts_of(layers)
    laid = layouts(dialect, HERE)
    random = np.random.default_rng(3)
    sizes: dict[str, int] = {}
    every = {axis: None for axes in cell.parameters.values() for axis in axes}
    for axis in every:
        other = axis.replace("bw.", "fw.")
        sizes[axis] = sizes[other] if other in sizes else len(sizes) + 2
    sizes |= {axis: sum(sizes[one] for one in axis.split("+")) for axis in every}
    values = {
        name: random.normal(size=[sizes[axis] for axis in axes])
        for name, axes in cell.parameters.items()
    }
    pages = {page for page, _ in model}
    if not all(laid.of(part.cell.name, tuple(part.cell.parameters)) for part in parts):
        with pytest.raises(NotAssigned, match="|".join(pages)):
            written(laid, parts, values)
        return
    arrays = written(laid, parts, values)
    found = assigned(laid, parts, arrays)
    assert found.missing == ()
    again = found.parameters()
    assert set(again) == set(values)
    for name, value in values.items():
        np.testing.assert_allclose(again[name], value, rtol=1e-15, err_msg=name)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize(
    ("scenario", "dialect"),
    [
        ("gomez", "pytorch"),
        ("gomez", "onnx"),
        ("two-units", "deeplearning-ai"),
        ("two-units", "cs231n"),
        ("gru-two-units", "keras"),
        ("two-layers", "pytorch"),
        ("both-directions", "keras"),
        ("hello", "flax"),
        ("batch-of-two", "pytorch"),
    ],
)
def test_an_exported_golden_file_is_a_weights_file(
    scenario: str, dialect: str, suffix: str, tmp_path: Path
) -> None:
    """From what `export --dialect` writes, the same scenario computes the same loss."""
    output = tmp_path / f"golden{suffix}"
    answer = invoke("export", scenario, "-o", str(output), "--dialect", dialect)
    assert answer.code == 0, answer.err
    own = set(ScenarioFile.model_fields)
    data = {key: value for key, value in scenario_data(load(scenario)).items() if key in own}
    data["weights"] = {"file": output.name, "dialect": dialect}
    path = tmp_path / "again.yaml"
    again = compute(build(parse_data(data, path.name, "scenario"), path))
    assert again.loss_before == pytest.approx(compute(load(scenario)).loss_before, rel=1e-14)
    assert again.scenario.told[0].startswith(f"weights: golden{suffix}, read as ")


@pytest.mark.heavy
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("dialect", with_arrays())
@pytest.mark.parametrize(
    "scenario",
    ["gomez", "gru-two-units", "two-layers", "both-directions", "hello", "batch-of-two"],
)
def test_what_is_exported_is_checked_as_all_right(
    scenario: str, dialect: str, precision: str, tmp_path: Path
) -> None:
    """Every array of every pair that fits is judged and right, in either precision."""
    path = tmp_path / "golden.safetensors"
    if invoke("export", scenario, "-o", str(path), "--dialect", dialect).code:
        pytest.skip(f"{dialect} has no arrays for {scenario}")
    arrays = {name: value.astype(precision) for name, value in tensors_in(path.read_bytes())}
    path.write_bytes(b"".join(safetensors(arrays, {})))
    answer = invoke("check", str(path), "--scenario", scenario)
    assert answer.code == 0, answer.out
    assert " wrong" not in answer.out
    assert "not recognised" not in answer.out


@pytest.mark.long
def test_a_wrong_array_in_a_layout_of_its_own_is_found(tmp_path: Path) -> None:
    """In arrays that stand side by side the one wrong gradient is named by its id."""
    path = tmp_path / "golden.npz"
    invoke("export", "two-units", "-o", str(path), "--dialect", "deeplearning-ai")
    with np.load(path) as file:
        arrays = dict(file)
    arrays["dWf"][:, :2] *= 1.5  # the recurrent part stands first
    np.savez(path, **arrays)
    answer = invoke("check", str(path), "--scenario", "two-units")
    assert answer.code == 1
    assert "dU_f (yours: dWf)" in answer.out
    assert "dW_f (yours" not in answer.out


STEP = """
cell: lstm
inputs: [[[1, -0.5]], [[0.3, 0.7]]]
initial: {h: [[0.3, -0.2], [0.1, 0.25]], C: [[0.5, 0.1], [0.2, -0.6]]}
upstream: {h: [[[0.2, -0.1]], [[0.15, 0.33]]], C: [[[0.1, -0.4]], [[0.7, 0.23]]]}
weights: {init: {scheme: uniform}, hidden: 2}
"""


def _course(trace: Trace) -> dict[str, Any]:
    """Return what a course's step backwards has, under its names."""
    ids = {"a_next": "h@0", "c_next": "C@0", "cct": "a@0", "it": "i@0", "dxt": "dx@0"}
    ids |= {"dcct": "da@0", "dot": "do@0", "da_prev": "deltaOut@-1", "dc_prev": "dC@-1"}
    found: dict[str, Any] = {name: trace.find(id_).value for name, id_ in ids.items()}
    beside = [np.asarray(trace.find(id_).value) for id_ in ("dU_f", "dW_f")]
    return {**found, "gradients": {"dWf": np.concatenate(beside, axis=1)}}


@pytest.mark.long
@pytest.mark.parametrize("wrong", ["", "da_prev", "dc_prev", "dcct", "dWf"])
def test_a_courses_own_words_are_read(wrong: str, tmp_path: Path) -> None:
    """Right or wrong, one array alone that has two parameters side by side, too."""
    path = tmp_path / "step.yaml"
    path.write_text(STEP, "utf-8")
    mine = _course(compute(load(str(path))))
    held = mine["gradients"] if wrong == "dWf" else mine
    if wrong:
        held[wrong] = np.array(held[wrong])
        held[wrong][:, :2] *= 1.5  # the recurrent part stands first
    (tmp_path / "mine.json").write_text(json.dumps(mine, default=np.ndarray.tolist), "utf-8")
    answer = invoke("check", str(tmp_path / "mine.json"), "--scenario", str(path))
    assert "not recognised" not in answer.out
    assert "by its value" not in answer.out
    ids = {"da_prev": "deltaOut@-1", "dc_prev": "dC@-1", "dcct": "da@0", "dWf": "dU_f"}
    assert answer.code == bool(wrong)
    if wrong:
        assert f"{ids[wrong]} (yours: " in answer.out


def _lstm(**changes: Array) -> dict[str, Array]:
    random = np.random.default_rng(1)
    shapes = {
        "weight_ih_l0": (8, 3),
        "weight_hh_l0": (8, 2),
        "bias_ih_l0": (8,),
        "bias_hh_l0": (8,),
    }
    return {name: random.normal(size=shape) for name, shape in shapes.items()} | changes


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        (_lstm(weight_ih_l0=np.ones((9, 3))), "must hold 4 equal parts: W_i, W_f, W_a, W_o"),
        (_lstm(weight_ih_l0=np.ones(8)), "has shape 8; it must have 2 axes"),
        (_lstm(weight_ih_l1=np.ones((8, 2))), "belongs to no page of the model"),
        ({"kernel": np.ones((3, 8))}, "needs weight_ih_l0 and weight_hh_l0; the file has"),
        (
            {
                f"{side}.{key}": value
                for side in ("encoder", "decoder")
                for key, value in _lstm().items()
            },
            "may have the arrays 'encoder.…' or 'decoder.…'",
        ),
        (_lstm(bias_hh_l0=np.ones(4)), "adds to b_i an array of shape 1, not 2"),
        (_lstm(weight_hh_l0=np.ones((8, 5))), "5 columns on the axis 'hidden'"),
    ],
)
def test_arrays_that_do_not_fit_are_named(
    arrays: dict[str, Array], said: str, tmp_path: Path
) -> None:
    """The message says which array, what its shape must be, and never guesses."""
    path = tmp_path / "mine.yaml"
    _written(tmp_path, arrays)
    path.write_text(
        "cell: lstm\ninputs: [[1, 2, 3]]\nlabels: [[0, 1]]\n"
        "weights: {file: weights.safetensors, dialect: pytorch}\n",
        "utf-8",
    )
    answer = invoke("validate", str(path))
    assert answer.code == 1
    assert said in " ".join(answer.err.split())


@pytest.mark.parametrize(
    ("page", "direction", "said", "problem"),
    [
        ("gru-reset-before", "forward", {"linear_before_reset": 0, "reverse": 0}, ""),
        ("gru", "forward", {"linear_before_reset": 1, "reverse": 0}, ""),
        ("gru", "backward", {"linear_before_reset": 1, "reverse": 1}, ""),
        ("gru", "forward", {"linear_before_reset": 0}, "write gru-reset-before"),
        ("gru-reset-before", "forward", {"linear_before_reset": 1}, "gru or gru-two-biases"),
        ("gru", "forward", {"reverse": 1}, "a page that runs from right to left"),
        ("rnn", "forward", {"relu": 1}, "write rnn-relu"),
    ],
)
def test_a_page_must_be_what_an_onnx_node_says(
    page: str, direction: str, said: dict[str, int], problem: str
) -> None:
    """Its attributes are beside its arrays; another page would give other numbers."""
    parts = parts_of((Layer(load_cell(page), direction=direction),))
    gates = 1 if page == "rnn" else 3
    shapes = {"W": (1, 2 * gates, 3), "R": (1, 2 * gates, 2), "B": (1, 4 * gates)}
    arrays: dict[str, Array] = {f"0.{name}": np.ones(shape) for name, shape in shapes.items()}
    arrays |= {f"0.{name}": np.array(value) for name, value in said.items()}
    if not problem:
        assert not assigned(layouts("onnx", HERE), parts, arrays).missing
        return
    with pytest.raises(NotAssigned, match=problem):
        assigned(layouts("onnx", HERE), parts, arrays)


def test_arrays_may_stand_in_the_scenario_itself(tmp_path: Path) -> None:
    """A course's arrays are copied as they are, with the dialect beside them."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        "model: [rnn, softmax]\nloss: cross-entropy\ninputs: [[1, 2, 3]]\nlabels: [1]\n"
        "weights:\n  dialect: deeplearning-ai\n  Wax: [[1, 2, 3], [0, 1, 0]]\n"
        "  Waa: [[1, 0], [0, 1]]\n  ba: [[0.5], [0.25]]\n  Wya: [[1, 2], [3, 4]]\n"
        "  by: [[0], [1]]\n",
        "utf-8",
    )
    scenario = load(str(path))
    assert scenario.parameters["W_h"].tolist() == [[1, 2, 3], [0, 1, 0]]
    assert scenario.parameters["b_h"].tolist() == [0.5, 0.25]
    assert scenario.parameters["V"].tolist() == [[1, 2], [3, 4]]
    assert scenario.told == ("weights: read as deeplearning.ai's arrays",)
    path.write_text(path.read_text("utf-8").replace("[0.25]", "[true]"), "utf-8")
    answer = invoke("validate", str(path))
    assert answer.code == 1
    assert "mine.yaml:9:" in answer.err
    assert "weights.ba.1.0 is true" in answer.err


def test_arrays_without_biases_are_taken_for_zeros_and_it_is_said(tmp_path: Path) -> None:
    """A module made with bias=False has no biases; a prefix chooses among modules."""
    arrays = {
        f"{side}.{key}": value
        for side in ("encoder", "decoder")
        for key, value in _lstm().items()
        if "bias" not in key
    }
    _written(tmp_path, arrays)
    path = tmp_path / "mine.yaml"
    path.write_text(
        "cell: lstm\ninputs: [[1, 2, 3]]\nlabels: [[0, 1]]\n"
        "weights: {file: weights.safetensors, dialect: pytorch, prefix: encoder.}\n",
        "utf-8",
    )
    answer = invoke("validate", str(path))
    assert answer.code == 0
    assert "it has no b_a, b_f, b_i and b_o: 0" in " ".join(answer.out.split())


TFLITE = """
title: TensorFlow Lite
source: UNIDIRECTIONAL_SEQUENCE_LSTM
gradient: "d{}"
arrays:
  pages:
    lstm:
      input_to_input_weights: {stack: [W_i]}
      input_to_forget_weights: {stack: [W_f]}
      input_to_cell_weights: {stack: [W_a]}
      input_to_output_weights: {stack: [W_o]}
      recurrent_to_input_weights: {stack: [U_i]}
      recurrent_to_forget_weights: {stack: [U_f]}
      recurrent_to_cell_weights: {stack: [U_a]}
      recurrent_to_output_weights: {stack: [U_o]}
      input_gate_bias: {stack: [b_i]}
      forget_gate_bias: {stack: [b_f]}
      cell_bias: {stack: [b_a]}
      output_gate_bias: {stack: [b_o]}
"""
BASIC = """
title: TensorFlow 1
source: BasicLSTMCell
gradient: "d{}"
arrays:
  pages:
    lstm:
      kernel: {stack: [[W_i, U_i], [W_a, U_a], [W_f, U_f], [W_o, U_o]], transposed: true}
      bias: {stack: [b_i, b_a, b_f, b_o], added: {b_f: 1}}
"""


KARPATHY = """
title: A batched LSTM in NumPy
source: one array with the biases in its first row, then x, then h
gradient: "d{}"
arrays:
  pages:
    lstm:
      WLSTM:
        {stack: [[b_i, W_i, U_i], [b_f, W_f, U_f], [b_o, W_o, U_o], [b_a, W_a, U_a]],
        transposed: true}
"""
GATES = """
title: An axis of gates
source: (4, H, D), (4, H, H), (4, H)
gradient: "d{}"
arrays:
  pages:
    lstm:
      W: {stack: [W_i, W_f, W_a, W_o], split: 4}
      U: {stack: [U_i, U_f, U_a, U_o], split: 4}
      b: {stack: [b_i, b_f, b_a, b_o], split: 4}
"""


@pytest.mark.parametrize("text", [TFLITE, BASIC, KARPATHY, GATES])
def test_a_dialect_of_ones_own_lays_arrays(text: str, tmp_path: Path) -> None:
    """A file by path says how any other source lays its arrays, an added forget bias too."""
    (tmp_path / "mine.yaml").write_text(text, "utf-8")
    laid = layouts("mine.yaml", tmp_path)
    scenario = load("two-units")
    parts = parts_of((Layer(scenario.cell),))
    arrays = written(laid, parts, scenario.parameters)
    if "kernel" in arrays:
        assert arrays["kernel"].shape == (5, 8)
        np.testing.assert_allclose(arrays["bias"][4:6], scenario.parameters["b_f"] - 1)
    if "WLSTM" in arrays:
        assert arrays["WLSTM"].shape == (1 + 3 + 2, 8)
        np.testing.assert_allclose(arrays["WLSTM"][0, 2:4], scenario.parameters["b_f"])
    if text is GATES:
        assert arrays["W"].shape == (4, 2, 3)
    again = assigned(laid, parts, arrays).parameters()
    for name, value in scenario.parameters.items():
        np.testing.assert_allclose(again[name], value, rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("arrays: 3", "arrays is 3"),
        ("arrays: {pages: {lstm: {W: {stck: [W_a]}}}}", "did you mean 'stack'?"),
        ("arrays: {pages: {lstm: {W: {stack: W_a}}}}", "a list of parameters"),
        ("arrays: {pages: {lstm: {W: {stack: [W_a], split: 1}}}}", "a whole number from 2"),
        ("arrays: {signals: {h: {of: h, axes: [time]}}, pages: {}}", "a list of axes"),
        ("arrays: {gradient: grad, pages: {}}", "with {} for the array's name"),
    ],
)
def test_a_dialect_that_is_not_whole_is_refused_with_its_place(
    text: str, said: str, tmp_path: Path
) -> None:
    """Every problem of the entry `arrays` has a line and what was expected."""
    (tmp_path / "mine.yaml").write_text(f'title: x\nsource: x\ngradient: "d{{}}"\n{text}\n')
    answer = invoke(
        "export",
        "gomez",
        "-o",
        str(tmp_path / "g.npz"),
        "--dialect",
        str(tmp_path / "mine.yaml"),
    )
    assert answer.code == 1
    assert "mine.yaml:4:" in answer.err
    assert said in " ".join(answer.err.split())


@pytest.mark.parametrize("name", ["m.pt", "m.pth", "m.pkl"])
def test_a_pickle_is_never_opened(name: str, tmp_path: Path) -> None:
    """It is refused with the line of Python that makes a safetensors file of it."""
    (tmp_path / name).write_bytes(b"\x80\x04")
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"cell: lstm\ninputs: [[1]]\nlabels: [0]\nweights: {{file: {name}, dialect: pytorch}}\n"
    )
    answer = invoke("validate", str(path))
    assert answer.code == 1
    assert "save_file(model.state_dict(), 'model.safetensors')" in " ".join(answer.err.split())


@pytest.mark.long
@settings(max_examples=200)
@given(st.data())
def test_damaged_safetensors_are_refused_and_nothing_else_happens(data: st.DataObject) -> None:
    """Whatever bytes are changed or cut, arrays come out or one error of ours."""
    whole = b"".join(safetensors({"a": np.ones((2, 3)), "b": np.ones(4, "f4")}, {"x": "y"}))
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    try:
        found = list(tensors_in(bytes(content)))
    except BadArchive:
        return
    assert sum(array.nbytes for _, array in found) <= len(whole)


def test_half_precision_is_read() -> None:
    """BF16 and F16, which training writes, become numbers."""
    head = b'{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    raw = len(head).to_bytes(8, "little") + head + bytes([0x80, 0x3F, 0x20, 0xC0])
    ((name, array),) = tensors_in(raw)
    assert (name, array.tolist()) == ("a", [1.0, -2.5])
