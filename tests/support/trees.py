"""Random scenarios as trees of entries: models, directions, batches, texts, and what is wrong.

`python -m trees` in tests/support tries ten thousand; the suite takes a slice.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.export.data import json_chunks
from lstm_tutor.files.document import parse, parse_data
from lstm_tutor.files.problem import BadInput
from lstm_tutor.model.catalog import bundled_cells
from lstm_tutor.scenario.loading import build
from lstm_tutor.scenario.plain import scenario_data, scenario_hash, scenario_yaml
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.scenario.schema import ScenarioFile
from lstm_tutor.trace.trace import compute

TREES = 10_000
_EMBEDDING = {
    "axes": {
        "x": ["words"],
        "e": ["embed"],
        "h": ["hidden"],
        "E": ["embed", "words"],
        "W": ["hidden", "embed"],
        "U": ["hidden", "hidden"],
    },
    "equations": "e[t] = E @ x[t]\nh[t] = tanh(W @ e[t] + U @ h[t-1])\n",
}
_SCALAR = {
    "axes": {"x": [], "h": ["hidden"], "w": ["hidden"], "U": ["hidden", "hidden"]},
    "equations": "h[t] = tanh(w * x[t] + U @ h[t-1])\n",
}
_SHARES = {"axes": {"s": ["hidden"]}, "equations": "p[t] = softmax(s[t])\n", "output": "p"}
_CELLS = bundled_cells()
_READOUTS = ["linear", "sigmoid", "softmax"]
_LOSSES = [
    *("half-squared-error", "squared-error", "mean-squared-error"),
    {"equation": "L[t] = sum(abs(h[t] - y[t]))"},
    *("cross-entropy", "binary-cross-entropy"),
    {"equation": "L[t] = -sum(y[t] * log(p[t]))", "labels": "shares"},
]
_NAMES = ["top", "l1", "l2", "fw", "join", "V", "h", "init", "file", "1", "", "T", "N", "r1"]
_ODD: list[Any] = [None, True, 0, -1, 1.5, "", "x", "é", [], [[]], [[[]]], {}, {"a": 1}, [None]]


class _Drawn:
    """One tree: mostly what fits, with a few entries that do not."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._odd = 0.04 if self._maybe(0.5) else 0.0
        self._steps = self._count(3)
        sizes = [2, 2, 2] if self._maybe(0.2) else self._random.permutation([2, 3, 4])
        self._inputs, self._hidden, self._outputs = map(int, sizes)
        self._batch = self._count(3) if self._maybe(0.4) else None
        self._letters = "helo"[: self._inputs]
        self._directions = "forward"
        self._readout = ""
        self._layers: list[list[str]] = []

    def _count(self, most: int) -> int:
        return int(self._random.integers(1, most + 1))

    def _maybe(self, share: float) -> bool:
        return bool(self._random.random() < share)

    def _one(self, choices: Any) -> Any:
        return choices[int(self._random.integers(len(choices)))]

    def tree(self) -> dict[str, Any]:
        """Return the scenario file."""
        found = self._model()
        found["loss"] = self._loss()
        found["weights"] = self._weights()
        found["inputs"] = self._series(lambda: self._numbers(self._inputs), self._letters)
        given = self._one(["labels", "labels", "upstream", ""])
        if given == "labels":
            shares = "cross-entropy" if self._readout == "softmax" else ""
            letters = "olehx"[: self._width] if shares and found["loss"] == shares else ""
            found["labels"] = self._series(self._label(found["loss"]), letters, missing=0.2)
        if given == "upstream" or self._strange():
            found["upstream"] = self._by_layer(self._gradient)
        if self._maybe(0.3):
            found["initial"] = self._by_layer(self._state)
        late = "backward" in str(found) or "both" in str(found)
        if self._maybe(0.2) and (not late or self._strange()):
            found["truncate"] = self._count(2)
        return self.spoiled(found) if self._odd else found

    def spoiled(self, tree: dict[str, Any]) -> dict[str, Any]:
        """Return a tree with up to two odd entries in it."""
        for _ in range(self._count(3) - 1):
            self._spoil(tree)
        return tree

    def _strange(self) -> bool:
        return self._maybe(self._odd)

    def _model(self) -> dict[str, Any]:
        cells = [self._one(_CELLS) for _ in range(self._one([1, 1, 2, 3]))]
        self._readout = self._one(["", "", "linear", "sigmoid", "softmax"])
        if self._strange():
            cells.append(self._one([*_READOUTS, _SHARES, _SCALAR, _EMBEDDING]))
        if len(cells) == 1 and not self._readout and self._maybe(0.5):
            self._layers = [[]]
            return {"cell": cells[0]}
        pages = [self._used(page, n, len(cells)) for n, page in enumerate(cells)]
        return {"model": [*pages, self._readout] if self._readout else pages}

    def _used(self, page: Any, number: int, count: int) -> Any:
        name = f"l{number + 1}" if count > 1 else ""
        self._directions = "forward"
        found = {"page": page}
        if self._maybe(0.2):
            name = found["as"] = f"top{number}" if not self._strange() else self._one(_NAMES)
        if self._maybe(0.3):
            self._directions = self._one(["forward", "backward", "both", "both"])
            found["direction"] = self._directions
        own = [name] if name else []
        both = self._directions == "both"
        self._layers += [[*own, "fw"], [*own, "bw"]] if both else [own]
        return found if len(found) > 1 else page

    @property
    def _width(self) -> int:
        if self._readout and not self._strange():
            return self._outputs
        return self._hidden * (1 + (self._directions == "both" and not self._readout))

    def _loss(self) -> Any:
        if self._strange():
            return self._one(_LOSSES)
        fitting = {"softmax": "cross-entropy", "sigmoid": "binary-cross-entropy"}
        return fitting.get(self._readout) or self._one(_LOSSES[:4])

    def _weights(self) -> dict[str, Any]:
        init = {"scheme": self._one(["uniform", "glorot-uniform", "zeros"])}
        found: dict[str, Any] = {"init": init, "hidden": self._hidden}
        if self._readout or self._strange():
            found["outputs"] = self._outputs
        if self._strange():
            axes = ["embed", "r1.output", "hidden", "words", "classes", "l1.hidden", "l1.embed"]
            found["sizes"] = {self._one(axes): self._count(3) for _ in range(2)}
        if self._strange():
            names = ["l1", "l2", "top", "fw", "bw", "l1.fw", "l1.bw", ""]
            found["hidden"] = {self._one(names): self._count(3) for _ in range(2)}
        return found

    def _series(self, of: Any, letters: str = "", missing: float = 0.0) -> Any:
        if letters and self._maybe(0.3):
            return self._text(letters)
        if (self._batch is None) ^ self._strange():
            return self._rows(of, missing)
        count = (self._batch or 1) + self._strange()
        return [self._rows(of, missing) for _ in range(count)]

    def _rows(self, of: Any, missing: float) -> list[Any]:
        steps = self._steps + self._strange()
        kept = int(self._random.integers(steps)) if not self._strange() else -1
        return [None if n != kept and self._maybe(missing) else of() for n in range(steps)]

    def _numbers(self, width: int) -> Any:
        found = np.round(self._random.uniform(-1, 1, width + self._strange()), 2).tolist()
        return found[0] if self._strange() else found

    def _label(self, loss: Any) -> Any:
        width = self._width
        if loss == "cross-entropy":
            return lambda: int(self._random.integers(width + self._strange()))
        if loss == "binary-cross-entropy":
            return lambda: self._random.integers(0, 2 + self._strange(), width).tolist()
        return lambda: self._numbers(width)

    def _gradient(self) -> Any:
        return self._series(lambda: self._numbers(self._hidden), missing=0.3)

    def _text(self, letters: str) -> Any:
        texts = [
            "".join(self._one(letters) for _ in range(self._steps))
            for _ in range(self._batch or 1)
        ]
        found: dict[str, Any] = {"text": texts[0] if self._batch is None else texts}
        return {**found, "vocabulary": letters} if self._maybe(0.7) else found

    def _state(self) -> Any:
        if self._batch is None or self._maybe(0.4):
            return self._numbers(self._hidden)
        count = self._batch + self._strange()
        return [self._numbers(self._hidden) for _ in range(count)]

    def _by_layer(self, of: Any) -> dict[str, Any]:
        name = self._one(["C", "z", "p", "s", "join", "x"]) if self._strange() else "h"
        inner = {name: of()}
        for layer in reversed(self._one(self._layers)):
            inner = {layer: inner}
        return inner

    def _spoil(self, tree: dict[str, Any]) -> None:
        """Put something odd in the place of an entry, or take it away."""
        inside: Any = tree
        while True:
            keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
            if not keys:
                return
            key = self._one(keys)
            if isinstance(inside[key], dict | list) and self._maybe(0.8):
                inside = inside[key]
                continue
            if self._maybe(0.3):
                del inside[key]
            else:
                odd = self._one(_ODD)
                inside[key] = odd.copy() if isinstance(odd, dict | list) else odd
            return


def tree_of(seed: int) -> dict[str, Any]:
    """Return a random scenario as a tree of entries, of which every other has its weights
    written out.
    """
    drawn = _Drawn(seed)
    tree = drawn.tree()
    if seed % 2:
        return tree
    try:
        scenario = build(parse_data(tree, "tree.yaml", "scenario"), Path("tree.yaml"))
    except BadInput:
        return tree
    data = scenario_data(scenario)
    tree = {key: data[key] for key in ScenarioFile.model_fields if data.get(key) is not None}
    return drawn.spoiled(tree)


def outcome(tree: dict[str, Any]) -> str:
    """Say what became of a tree: "good", "refused" or "not finite".

    Raises:
        AssertionError: if a good one is another scenario once it was written and read
            again, or a problem of a bad one has no place or cannot be shown.
    """
    try:
        document = parse_data(tree, "tree.yaml", "scenario")
        scenario = build(document, Path("tree.yaml"))
    except BadInput as error:
        assert error.problems
        assert all(problem.place.line and problem.lines() for problem in error.problems)
        return "refused"
    assert _differences(scenario, _again(scenario)) == []
    try:
        trace = compute(scenario)
    except NotFinite as error:
        assert error.id
        return "not finite"
    assert "".join(json_chunks(trace, range(0, len(trace), 5)))
    assert all(step.id for step in trace[::7])
    return "good"


def _again(scenario: Scenario) -> Scenario:
    text = "\n".join(scenario_yaml(scenario))
    return build(parse(text, "again.yaml", "scenario"), Path("tree.yaml"))


def _differences(one: Scenario, other: Scenario) -> list[str]:
    """Return what of two scenarios is not the same."""
    found = [] if scenario_hash(one) == scenario_hash(other) else ["hash"]
    for key in ("vocabulary", "classes", "truncate", "learning_rate", "sizes", "batch"):
        found += [key] if getattr(one, key) != getattr(other, key) else []
    for key in ("inputs", "labels", "labelled"):
        found += [key] if not np.array_equal(getattr(one, key), getattr(other, key)) else []
    for key in ("parameters", "initial", "outside"):
        own, others = getattr(one, key), getattr(other, key)
        found += [key] if own.keys() != others.keys() else []
        for name in own.keys() & others.keys():
            pair = [getattr(values[name], "values", values[name]) for values in (own, others)]
            found += [] if np.array_equal(*pair) else [f"{key}.{name}"]
    return found


def main() -> None:
    """Print what became of the trees; exit with 1 if one went wrong."""
    count: Counter[str] = Counter()
    for seed in range(TREES):
        try:
            count[outcome(tree_of(seed))] += 1
        except Exception as error:  # any other one is what is looked for
            count["wrong"] += 1
            print(f"tree {seed}: {type(error).__name__}: {error}", flush=True)
    print(", ".join(f"{number} {what}" for what, number in count.most_common()))
    sys.exit(1 if count["wrong"] else 0)


if __name__ == "__main__":
    main()
