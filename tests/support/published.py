"""Numbers of courses and test suites: their arrays laid as scenarios write them.

The numbers are in ``data/published.json``; each entry says where it is from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.files.document import parse_data
from lstm_tutor.scenario.loading import build
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
Data = Mapping[str, Any]
_FILE = Path(__file__).parents[1] / "data" / "published.json"
ENTRIES: dict[str, Data] = {
    entry["id"]: entry for entry in json.loads(_FILE.read_text("utf-8"))["entries"]
}


def scenario_of(name: str) -> Scenario:
    """Return the scenario of an entry."""
    entry = ENTRIES[name]
    inputs = {
        key: np.array(value) for key, value in entry["inputs"].items() if key != "initial"
    }
    data = _LAID[name](inputs, entry["weights"], entry["inputs"])
    return build(parse_data(data, f"{name}.yaml", "scenario"), Path(f"{name}.yaml"))


def differing(name: str, trace: Trace) -> list[str]:
    """Return which of the expected numbers a computation does not have."""
    found = []
    for key, value in ENTRIES[name]["expected"].items():
        own = _found(key, trace)
        if not _met(own, value):
            found.append(f"{key}: {own} is not {value}")
    return found


def _met(own: Array, value: Any) -> bool:
    """Whether numbers are the published ones, at the digits that each is published with.

    Some are rounded down, and some were computed with single precision.
    """
    flat = [float(number) for number in np.ravel(np.array(value, dtype=object)).tolist()]
    places = [_last_place(number) for number in flat]
    rounded_to_0 = min((place for place in places if place), default=0.0)
    alike = own.size == 1 if np.shape(value) == () else np.shape(own) == np.shape(value)
    return alike and all(
        abs(one - other) <= (place or rounded_to_0) + 1e-7
        for one, other, place in zip(np.ravel(own).tolist(), flat, places, strict=True)
    )


def _last_place(number: float) -> float:
    """Return one unit of the last place that a number is published with; 0 for a 0."""
    if not number:
        return 0.0
    digits, _, power = repr(number).partition("e")
    return float(10.0 ** (int(power or 0) - len(digits.partition(".")[2])))


def _found(key: str, trace: Trace) -> Array:
    """Return what a published name stands for."""
    if key in trace.parameters or "@" in key:
        return np.asarray(trace.find(key).value)
    name, _, index = key.partition("[")
    value = _named(name, trace)
    for part in index.rstrip("]").split("][") if index else ():
        value = value[int(part)]
    return np.asarray(value)


def _named(name: str, trace: Trace) -> Array:
    def of(id_: str) -> Array:
        return np.asarray(trace.find(id_).value)

    if name == "output":
        return np.array([of(f"h@{t}") for t in range(trace.scenario.steps)])
    if name in ("h", "next_h", "Y_h"):
        return of("h@0").T
    if name == "next_c":
        return of("C@0").T
    if name.startswith(("dWf", "dWi", "dWc", "dWo")) and len(name) == 3:
        gate = name[2].replace("c", "a")
        return np.concatenate([of(f"dU_{gate}"), of(f"dW_{gate}")], axis=1)
    if name.startswith("db") and name != "dba":
        return of(f"db_{name[2].replace('c', 'a')}")
    plain = {
        "a_next": "h@0",
        "c_next": "C@0",
        "yt_pred": "p@0",
        "yt": "p@0",
        "dxt": "dx@0",
        "da_prev": "deltaOut@-1",
        "dc_prev": "dC@-1",
        "dWax": "dW_h",
        "dWaa": "dU_h",
        "dba": "db_h",
    }
    return of(plain[name])


def _one_step(x: Array, **states: Array) -> dict[str, Any]:
    """Lay columns of samples as a batch of one time step."""
    return {
        "inputs": [[column.tolist()] for column in x.T],
        "initial": {name: value.T.tolist() for name, value in states.items()},
    }


def _weights(dialect: str, arrays: Mapping[str, Any], *without: str) -> dict[str, Any]:
    """Return arrays under their published names, as the scenario of a dialect has them."""
    return {"dialect": dialect} | {k: v for k, v in arrays.items() if k not in without}


def _dlai_rnn(x: Data, w: Data, _: Data) -> Data:
    laid = _one_step(x["xt"], h=x["a_prev"])
    if "da_next" in x:
        upstream = {"h": [[column] for column in x["da_next"].T.tolist()]}
        weights = _weights("deeplearning-ai", w, "Wya", "by")
        return {"cell": "rnn", **laid, "weights": weights, "upstream": upstream}
    return {"model": ["rnn", "softmax"], **laid, "weights": _weights("deeplearning-ai", w)}


def _dlai_lstm(x: Data, w: Data, _: Data) -> Data:
    laid = _one_step(x["xt"], h=x["a_prev"], C=x["c_prev"])
    if "da_next" in x:
        upstream = {
            state: [[column] for column in x[name].T.tolist()]
            for state, name in (("h", "da_next"), ("C", "dc_next"))
        }
        weights = _weights("deeplearning-ai", w, "Wy", "by")
        return {"cell": "lstm", **laid, "weights": weights, "upstream": upstream}
    return {"model": ["lstm", "softmax"], **laid, "weights": _weights("deeplearning-ai", w)}


def _cs231n(cell: str) -> Callable[[Data, Data, Data], Data]:
    def laid(x: Data, w: Data, _: Data) -> Data:
        states = {"h": x["prev_h"].T} | ({"C": x["prev_c"].T} if "prev_c" in x else {})
        return {
            "cell": cell,
            **_one_step(x["x"].T, **states),
            "weights": _weights("cs231n", w),
        }

    return laid


def _onnx(cell: str, gates: int, hidden: int) -> Callable[[Data, Data, Data], Data]:
    def laid(x: Data, w: Data, _: Data) -> Data:
        shapes = {"W": x["X"].shape[-1], "R": hidden}
        arrays = {
            name: np.full((1, gates * hidden, size), w["every"]).tolist()
            for name, size in shapes.items()
        }
        arrays["B"] = np.zeros((1, 2 * gates * hidden)).tolist()
        inputs = [[row] for row in x["X"][0].tolist()]
        return {"cell": cell, "inputs": inputs, "weights": _weights("onnx", arrays)}

    return laid


def _tflite(x: Data, w: Data, _: Data) -> Data:
    gates = {"a": "c", "i": "i", "f": "f", "o": "o"}
    weights = {
        "W": {gate: w[f"W{theirs}"] for gate, theirs in gates.items()},
        "U": {gate: w[f"R{theirs}"] for gate, theirs in gates.items()},
        "b": {gate: w["b"][theirs] for gate, theirs in gates.items()},
    }
    return {"cell": "lstm", "inputs": x["X"].tolist(), "weights": weights}


def _torch_gru(x: Data, w: Data, _: Data) -> Data:
    return {
        "cell": "gru-two-biases",
        **_one_step(x["x"].T, h=x["hidden"].T),
        "weights": _weights("pytorch", w),
    }


def _own(cell: str) -> Callable[[Data, Data, Data], Data]:
    def laid(x: Data, w: Data, raw: Data) -> Data:
        found: dict[str, Any] = {"cell": cell, "inputs": x["X"].tolist(), "weights": w}
        if raw.get("initial"):
            found["initial"] = raw["initial"]
        if "labels" in x:
            return {**found, "labels": x["labels"].tolist()}
        return {**found, "upstream": {"h": x["dout"].tolist()}}

    return laid


def _scalar(x: Data, w: Data, _: Data) -> Data:
    names = {"a": "cell", "i": "input", "f": "forget", "o": "output"}
    weights = {
        block: {gate: w[name][row] for gate, name in names.items()}
        for row, block in enumerate("WUb")
    }
    return {"cell": "lstm", "inputs": x["X"].tolist(), "weights": weights}


_LAID: dict[str, Callable[[Data, Data, Data], Data]] = {
    "dlai-rnn-cell-forward": _dlai_rnn,
    "dlai-rnn-cell-backward": _dlai_rnn,
    "dlai-lstm-cell-forward": _dlai_lstm,
    "dlai-lstm-cell-backward": _dlai_lstm,
    "cs231n-rnn-step-forward": _cs231n("rnn"),
    "cs231n-lstm-step-forward": _cs231n("lstm"),
    "onnx-lstm-defaults": _onnx("lstm", 4, 3),
    "onnx-gru-defaults": _onnx("gru-reset-before", 3, 5),
    "tflite-lstm-nocifg-nopeephole": _tflite,
    "pytorch-grucell-arraymancer": _torch_gru,
    "spago-lstm-seq": _own("lstm"),
    "spago-srn-seq": _own("rnn"),
    "simplednn-lstm-with-previous-state": _own("lstm"),
    "menna-ibrahimm-lstm-notebook": _scalar,
}
