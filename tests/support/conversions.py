"""Every dialect's arrays to every other's: `python -m conversions` counts what differs.

Random models of one to three pages are written in each dialect that has arrays for them, read
back, written in each other one and read again. Where PyTorch, Flax or ONNX Runtime are
installed, the arrays are run in them too, and their outputs are compared.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.dialects.arrays import layouts, with_arrays
from lstm_tutor.dialects.assignment import NotAssigned, assigned
from lstm_tutor.dialects.output import written
from lstm_tutor.files.document import parse_data
from lstm_tutor.model.composition import Layer, parts_of
from lstm_tutor.scenario.loading import build
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import compute

Array = NDArray[Any]
Arrays = Mapping[str, Array]
Page = tuple[str, str]
"""A page's name, and its direction."""
STEPS, BATCH = 4, 2
ONE = ("lstm", "gru", "gru-two-biases", "gru-reset-before", "rnn", "rnn-relu", "lstm-peephole")
WAYS = ("forward", "backward", "both")
MODELS: list[list[Page]] = [
    *([(page, way)] for page in ONE for way in WAYS),
    [("lstm", "forward"), ("linear", "")],
    [("lstm", "forward"), ("lstm", "forward"), ("softmax", "")],
    [("lstm", "both"), ("lstm", "both")],
    [("gru", "forward"), ("lstm", "forward"), ("linear", "")],
    [("gru", "both"), ("rnn", "forward"), ("sigmoid", "")],
    [("rnn", "forward"), ("rnn", "forward"), ("rnn", "forward")],
]


def scenario_of(model: Sequence[Page], seed: int) -> Scenario:
    """Return a model with random inputs and weights, every size another."""
    random = np.random.default_rng(seed)
    pages = [{"page": p, "direction": w} if w else p for p, w in model]
    recurrent = [n for n, (_, way) in enumerate(model, 1) if way]
    hidden: Any = 2
    if len(recurrent) > 1:
        hidden = {f"l{number}": 2 + number for number in recurrent}
    weights: dict[str, Any] = {"init": {"scheme": "uniform", "seed": seed}, "hidden": hidden}
    if not model[-1][1]:
        weights["outputs"] = 3
    data = {
        "model": pages,
        "inputs": random.normal(size=(BATCH, STEPS, 3)).tolist(),
        "weights": weights,
    }
    path = Path("random.yaml")
    return build(parse_data(data, path.name, "scenario"), path)


def output(scenario: Scenario) -> Array:
    """Return what the last page puts out: (time, batch, unit)."""
    trace, name = compute(scenario), scenario.cell.output
    values = [trace.find(f"{name}@{t}").value for t in range(scenario.steps)]
    return np.stack(values).transpose(0, 2, 1)


def arrays_of(scenario: Scenario, dialect: str) -> dict[str, Array] | None:
    """Return a model's parameters as a dialect has them; None if it has none for a page."""
    parts = parts_of(scenario.layers or (Layer(scenario.cell),))
    try:
        return written(layouts(dialect, Path()), parts, scenario.parameters)
    except NotAssigned:
        return None


def read_again(scenario: Scenario, dialect: str, arrays: Arrays) -> Scenario:
    """Return the model with its parameters read from a dialect's arrays."""
    parts = parts_of(scenario.layers or (Layer(scenario.cell),))
    found = assigned(layouts(dialect, Path()), parts, arrays).parameters()
    zeros = {name: np.zeros_like(value) for name, value in scenario.parameters.items()}
    return scenario.with_parameters({**zeros, **found})


def differing(model: Sequence[Page], seed: int) -> Iterator[tuple[str, float]]:
    """Yield each conversion of a model, and by how much its output differs after it."""
    scenario = scenario_of(model, seed)
    right = output(scenario)
    fitting = {name: arrays for name in with_arrays() if (arrays := arrays_of(scenario, name))}
    called = "+".join(f"{page}{f' {way}' if way else ''}" for page, way in model)
    for own, arrays in fitting.items():
        again = read_again(scenario, own, arrays)
        for other in fitting:
            converted = arrays_of(again, other)
            assert converted is not None
            found = output(read_again(scenario, other, converted))
            yield f"{called}: {own} to {other}", float(np.abs(found - right).max())
        for name, run in _FRAMEWORKS.items():
            made = run(model, scenario, arrays) if name == own else None
            if made is not None:
                yield f"{called}: {own}, run in it", float(np.abs(made - right).max())


def _torch(model: Sequence[Page], scenario: Scenario, arrays: Arrays) -> Array | None:
    """Run the stack of equal layers, or the one, that PyTorch has a module for."""
    kinds = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN", "gru-two-biases": "GRU"}
    kinds["rnn-relu"] = "RNN"
    pages, sizes = {page for page, _ in model}, _hidden(scenario)
    ways = {way for _, way in model}
    alike = len(pages) == len(ways) == len(set(sizes)) == 1
    if not alike or not pages <= kinds.keys() or ways == {"backward"}:
        return None
    try:
        import torch
    except ImportError:
        return None
    (page,) = pages
    relu = {"nonlinearity": "relu"} if page == "rnn-relu" else {}
    module = getattr(torch.nn, kinds[page])(
        3, sizes[0], len(model), bidirectional=ways == {"both"}, dtype=torch.float64, **relu
    )
    module.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
    x = torch.tensor(scenario.inputs.transpose(0, 2, 1).copy())
    return np.asarray(module(x)[0].detach().numpy())


def _onnx(model: Sequence[Page], scenario: Scenario, arrays: Arrays) -> Array | None:
    """Run the one recurrent node, in single precision."""
    if len(model) > 1:
        return None
    try:
        import onnxruntime
        from onnx import TensorProto, helper, numpy_helper
    except ImportError:
        return None
    ((page, way),) = model
    kind = page.partition("-")[0].upper()
    more: dict[str, Any] = {"hidden_size": _hidden(scenario)[0]}
    more["direction"] = {"backward": "reverse", "both": "bidirectional"}.get(way, way)
    if kind == "GRU":
        more["linear_before_reset"] = int(page != "gru-reset-before")
    if page == "rnn-relu":
        more["activations"] = ["Relu"] * (2 if way == "both" else 1)
    peepholes = ["", "", "", "P"] if "P" in arrays else []
    node = helper.make_node(kind, ["X", "W", "R", "B", *peepholes], ["Y"], **more)
    x = scenario.inputs.transpose(0, 2, 1).astype("float32")
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [node],
        "one",
        [info("X", TensorProto.FLOAT, x.shape)],
        [info("Y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(v.astype("float32"), name) for name, v in arrays.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
    made.ir_version = 8
    session = onnxruntime.InferenceSession(made.SerializeToString())
    found = session.run(None, {"X": x})[0]  # time, direction, batch, unit
    return np.asarray(np.concatenate(list(found.transpose(1, 0, 2, 3)), axis=-1))


def _flax(model: Sequence[Page], scenario: Scenario, arrays: Arrays) -> Array | None:
    """Run the one cell from left to right."""
    if len(model) > 1 or model[0][1] != "forward":
        return None
    try:
        import jax
        from flax import linen
    except ImportError:
        return None
    config: Any = jax.config
    config.update("jax_enable_x64", True)
    kinds = {"lstm": linen.OptimizedLSTMCell, "gru": linen.GRUCell, "rnn": linen.SimpleCell}
    kind: Any = kinds.get(model[0][0])
    if kind is None:
        return None
    net = linen.RNN(kind(_hidden(scenario)[0], dtype="float64", param_dtype="float64"))
    tree: dict[str, Any] = {}
    for name, array in arrays.items():
        part, _, own = name.partition(".")
        tree.setdefault(part, {})[own] = array
    found: Any = net.apply({"params": {"cell": tree}}, scenario.inputs.transpose(2, 0, 1))
    return np.asarray(found).transpose(1, 0, 2)


def _hidden(scenario: Scenario) -> list[int]:
    names = [name for name in scenario.sizes if name.rpartition(".")[2] == "hidden"]
    return [scenario.sizes[name] for name in names]


_FRAMEWORKS: dict[str, Callable[[Sequence[Page], Scenario, Arrays], Array | None]] = {
    "pytorch": _torch,
    "onnx": _onnx,
    "flax": _flax,
}


def far(said: str, off: float) -> bool:
    """Whether a conversion's output differs by more than rounding."""
    most = 5e-6 if "onnx, run" in said else 1e-12  # ONNX Runtime has single precision
    return not off <= most


def main() -> None:
    """Convert every model; print what differs."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    counts = {"conversions": 0, "run in a framework": 0}
    bad = 0
    for number, model in enumerate(MODELS):
        for said, off in differing(model, 100 * seed + number):
            counts["run in a framework" if "run in it" in said else "conversions"] += 1
            if far(said, off):
                bad += 1
                print(f"{said}: off by {off:.1e}", flush=True)
    print(", ".join(f"{count} {what}" for what, count in counts.items()) + f": {bad} differ")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
