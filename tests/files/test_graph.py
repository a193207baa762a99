"""ONNX graphs: what is stored in them, what is not read, and what no bundled page does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import invoke
from numpy.typing import NDArray

from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

Array = NDArray[Any]
onnx = pytest.importorskip("onnx", reason="ONNX is not installed")
HIDDEN, INPUTS, STEPS = 2, 3, 2
NAMES = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")


def _arrays(sides: int = 1) -> dict[str, Array]:
    random = np.random.default_rng(4)
    shapes = {
        "W": (sides, 4 * HIDDEN, INPUTS),
        "R": (sides, 4 * HIDDEN, HIDDEN),
        "B": (sides, 8 * HIDDEN),
    }
    return {name: random.normal(size=shape) for name, shape in shapes.items()}


def _graph(
    folder: Path,
    arrays: Mapping[str, Array],
    given: Sequence[str] = (),
    nodes: Sequence[Any] = (),
    **attributes: Any,
) -> None:
    """Write a graph of one LSTM; what is given has the name of an input, and is not stored."""
    helper = onnx.helper
    used = [name if name in {"X", *arrays, *given} else "" for name in NAMES]
    while not used[-1]:
        used.pop()
    node = helper.make_node("LSTM", used, ["Y"], name="cell", hidden_size=HIDDEN, **attributes)
    kind = onnx.TensorProto.FLOAT
    stored = [onnx.numpy_helper.from_array(value, name) for name, value in arrays.items()]
    inputs = [helper.make_tensor_value_info(name, kind, None) for name in ("X", *given)]
    outputs = [helper.make_tensor_value_info("Y", kind, None)]
    every = [*(one for one in nodes if "Y" not in one.input), node]
    every += [one for one in nodes if "Y" in one.input]
    graph = helper.make_graph(every, "graph", inputs, outputs, stored)
    (folder / "model.onnx").write_bytes(helper.make_model(graph).SerializeToString())


def _scenario(folder: Path, rest: str = "", page: str = "lstm") -> str:
    path = folder / "mine.yaml"
    path.write_text(
        f"model: [{page}]\ninputs: [[[1, 2, 3], [0.5, 0, 1]], [[0, 1, 0], [1, 1, 0.2]]]\n"
        f"weights: {{file: model.onnx, dialect: onnx}}\n{rest}",
        "utf-8",
    )
    return str(path)


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("layout", [0, 1])
def test_initial_states_are_used_and_written(
    direction: str, layout: int, tmp_path: Path
) -> None:
    """As the graph stores them, batch first or not; and they come out as they went in."""
    sides = 2 if direction == "bidirectional" else 1
    random = np.random.default_rng(2)
    states = {name: random.normal(size=(sides, 2, HIDDEN)) for name in NAMES[5:7]}
    stored = {
        name: value.transpose(1, 0, 2) if layout else value for name, value in states.items()
    }
    _graph(tmp_path, {**_arrays(sides), **stored}, direction=direction, layout=layout)
    ways = {"forward": "forward", "reverse": "backward", "bidirectional": "both"}
    page = f"{{page: lstm, direction: {ways[direction]}}}"
    path = _scenario(tmp_path, page=page)
    scenario = load(path)
    for number, layer in enumerate(("fw.", "bw.")[:sides] if sides == 2 else ("",)):
        t = STEPS if layer == "bw." or direction == "reverse" else -1
        for name, symbol in (("initial_h", "h"), ("initial_c", "C")):
            value = scenario.initial[f"{layer}{symbol}", t]  # type: ignore[index]
            np.testing.assert_array_equal(value, states[name][number].T)
    said = " ".join(invoke("validate", path).out.split())
    assert "cell.initial_h of 'model.onnx' gives the initial" in said
    written = tmp_path / "golden.npz"
    assert not invoke("export", path, "-o", str(written), "--dialect", "onnx").code
    with np.load(written) as found:
        np.testing.assert_allclose(found["initial_c"], states["initial_c"])


def test_the_scenarios_own_states_go_first(tmp_path: Path) -> None:
    states = {name: np.ones((1, 2, HIDDEN)) for name in NAMES[5:7]}
    _graph(tmp_path, {**_arrays(), **states})
    path = _scenario(tmp_path, "initial: {C: [0.5, 0.25]}\n")
    trace = compute(load(path))
    assert trace.find("C@-1").value.T.tolist() == [[0.5, 0.25]] * 2
    assert trace.find("h@-1").value.tolist() == [[1, 1], [1, 1]]
    assert "initial_c of 'model.onnx' is not used, since 'initial' gives C" in " ".join(
        invoke("validate", path).out.split()
    )


def test_states_of_another_batch_are_refused(tmp_path: Path) -> None:
    _graph(tmp_path, {**_arrays(), "initial_h": np.ones((1, 3, HIDDEN))})
    answer = invoke("validate", _scenario(tmp_path))
    assert answer.code == 1
    assert "3" in answer.err
    assert "batch" in answer.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("sequence_lens", "LSTM cell has sequence_lens, which are not read"),
        ("initial_c", "the initial_c of its LSTM cell is computed, or given when it runs"),
    ],
)
def test_what_is_not_read_is_named(given: str, said: str, tmp_path: Path) -> None:
    _graph(tmp_path, _arrays(), [given])
    answer = invoke("validate", _scenario(tmp_path))
    assert answer.code == 0
    assert said in " ".join(answer.out.split())


def test_other_nodes_are_named_unless_they_only_move_numbers(tmp_path: Path) -> None:
    make = onnx.helper.make_node
    nodes = [make("Relu", ["Y"], ["y"]), make("Transpose", ["Y"], ["z"])]
    _graph(tmp_path, _arrays(), nodes=nodes)
    said = " ".join(invoke("validate", _scenario(tmp_path)).out.split())
    assert "it also has Relu: it is not read" in said
    assert "Transpose" not in said


def test_states_that_are_zeros_however_made_need_no_word(tmp_path: Path) -> None:
    """A framework's exporter makes them of the batch's size when the model runs."""
    make = onnx.helper.make_node
    nodes = [
        make("Shape", ["X"], ["shape"]),
        make("ConstantOfShape", ["shape"], ["zeros"]),
        make("Identity", ["zeros"], ["initial_h"]),
    ]
    _graph(tmp_path, _arrays(), ["initial_h"], nodes=nodes)
    said = " ".join(invoke("validate", _scenario(tmp_path)).out.split())
    assert "initial_h" not in said


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"clip": 5.0}, "clips every pre-activation at -5 and 5"),
        ({"input_forget": 1}, "takes 1 - i for its forget gate"),
        ({"activations": ["HardSigmoid", "Tanh", "Relu"]}, "HardSigmoid, Tanh, Relu"),
    ],
)
def test_what_no_bundled_page_does_is_refused_and_ones_own_page_may_do_it(
    attributes: Mapping[str, Any], said: str, tmp_path: Path
) -> None:
    _graph(tmp_path, _arrays(), **attributes)
    answer = invoke("validate", _scenario(tmp_path))
    assert answer.code == 1
    refused = " ".join(answer.err.split())
    assert said in refused
    assert "write the cell's equations in a file" in refused
    (tmp_path / "own.yaml").write_text(invoke("show", "lstm").out, "utf-8")
    answer = invoke("validate", _scenario(tmp_path, page="own.yaml"))
    assert answer.code == 0, answer.err
    assert said in " ".join(answer.out.split())


def test_weights_that_are_computed_are_refused(tmp_path: Path) -> None:
    """Not taken for none, as a bias that is missing is."""
    _graph(tmp_path, {k: v for k, v in _arrays().items() if k != "B"}, ["B"])
    answer = invoke("validate", _scenario(tmp_path))
    assert answer.code == 1
    assert "the input B of its LSTM cell is computed" in " ".join(answer.err.split())
