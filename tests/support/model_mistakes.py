"""A corpus of wrong programs of models: programs in learners/ with one planted mistake.

data/model-mistakes.txt holds the mistakes. Nothing here uses the project's equations; a
scenario is only a source of plain arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from mistakes import Mistake, read_mistakes, source
from models import built
from numpy.typing import NDArray

from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario

Array = NDArray[np.float64]
_DATA = Path(__file__).parents[1] / "data"

MODEL_MISTAKES = read_mistakes((_DATA / "model-mistakes.txt").read_text("utf-8"))
PAGES: Mapping[str, dict[str, Any]] = {
    "softmax": {"model": ["rnn", "softmax"], "loss": "cross-entropy"},
    "sigmoid": {"model": ["gru", "sigmoid"], "loss": "binary-cross-entropy"},
    "layers": {"model": ["rnn", "rnn", "linear"]},
    "directions": {"model": [{"page": "rnn", "direction": "both"}, "linear"]},
    "batch": {"model": ["rnn", "softmax"], "loss": "cross-entropy"},
    "upstream": {"cell": "lstm"},
}
"""The model that each program computes."""
_BUNDLED = {
    "softmax": "hello",
    "sigmoid": "sentiment",
    "layers": "two-layers",
    "directions": "both-directions",
    "upstream": "upstream",
}


@cache
def scenario_for(learner: str, seed: int) -> Scenario:
    """Return a scenario that a program computes: 0 is a bundled one, if there is one.

    Of others all sizes are different if the seed is odd, and equal if it is even.
    """
    if seed == 0 and learner in _BUNDLED:
        return load(_BUNDLED[learner])
    return built(_Drawn(learner, seed).data(), seed)


class _Drawn:
    """Draws a scenario file."""

    def __init__(self, learner: str, seed: int) -> None:
        self._learner = learner
        self._random = np.random.default_rng([seed, len(learner)])
        sizes = self._random.permutation([2, 3, 4]) if seed % 2 else [3, 3, 3]
        self._inputs, self._hidden, self._outputs = map(int, sizes)
        self._steps = 3 if seed % 2 == 0 else int(self._random.integers(3, 6))
        self._batch = int(self._random.integers(2, 5))

    def _rows(self, *shape: int) -> Any:
        return np.round(self._random.uniform(-1.5, 1.5, shape), 2).tolist()

    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        learner, found = self._learner, dict(PAGES[self._learner])
        several = learner == "batch"
        found["inputs"] = self._each(several, lambda: self._rows(self._steps, self._inputs))
        init = {"scheme": "uniform", "seed": int(self._random.integers(1000))}
        found["weights"] = {"init": init, "hidden": self._hidden}
        found["initial"] = self._initial(several)
        if learner == "upstream":
            rows = {name: self._rows(self._steps, self._hidden) for name in "hC"}
            found["upstream"] = rows
        else:
            found["weights"]["outputs"] = self._outputs
            found["labels"] = self._each(several, self._labels)
        return found

    def _each(self, several: bool, of: Callable[[], Any]) -> Any:
        return [of() for _ in range(self._batch)] if several else of()

    def _labels(self) -> list[Any]:
        missing = int(self._random.integers(self._steps)) if self._random.random() < 0.4 else -1
        return [None if t == missing else self._label() for t in range(self._steps)]

    def _label(self) -> Any:
        match self._learner:
            case "softmax" | "batch":
                return int(self._random.integers(self._outputs))
            case "sigmoid":
                return self._random.integers(0, 2, self._outputs).tolist()
        return self._rows(self._outputs)

    def _initial(self, several: bool) -> Any:
        def state() -> Any:
            return self._each(several, lambda: self._rows(self._hidden))

        match self._learner:
            case "layers":
                return {"l1": {"h": state()}, "l2": {"h": state()}}
            case "directions":
                return {"fw": {"h": state()}, "bw": {"h": state()}}
            case "upstream":
                return {"h": state(), "C": state()}
        return {"h": state()}


@cache
def _function(learner: str, mistake: Mistake | None) -> Callable[..., dict[str, Any]]:
    names: dict[str, Any] = {}
    text, name = (mistake.program, mistake.name) if mistake else (source(learner), learner)
    exec(compile(text, f"<{name}>", "exec", dont_inherit=True), names)
    function: Callable[..., dict[str, Any]] = names["run"]
    return function


def printed_by(learner: str, mistake: Mistake | None, given: Scenario) -> dict[str, Array]:
    """Return all that a program prints, by id.

    Raises:
        ValueError: if shapes do not fit, so that the program stops.
    """
    run = _function(learner, mistake)
    initial = {place.name: value for place, value in given.initial.items()}
    if learner == "upstream":
        up = {name: found.values for name, found in given.upstream.items()}
        found = run(given.inputs, up["h"], up["C"], given.parameters, initial)
    else:
        batch = given.labelled.ndim > 1
        labels = given.labelled * 1.0 if batch else given.labelled_times
        found = run(
            given.inputs, given.labels, labels, given.parameters, initial,
            given.learning_rate,
        )  # fmt: skip
    return {id_: np.asarray(value, dtype=float) for id_, value in _by_id(found)}


def _by_id(found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for symbol, series in found["series"].items():
        yield from ((f"{symbol}@{t}", value) for t, value in series.items())
    yield from ((name, found[name]) for name in ("L", "L'") if name in found)
    for name, value in found["G"].items():
        layer, dot, symbol = name.rpartition(".")
        yield f"{layer}{dot}d{symbol}", value
    yield from ((f"{name}'", value) for name, value in found.get("new", {}).items())


def differing(mistake: Mistake, given: Scenario) -> list[str]:
    """Return the ids whose values a mistake changes; none if its program stops, or prints
    arrays of other sizes, which need no tutor.
    """
    right = printed_by(mistake.learner, None, given)
    try:
        with np.errstate(all="ignore"):
            wrong = printed_by(mistake.learner, mistake, given)
    except (ValueError, KeyError, IndexError):
        return []
    same = all(wrong[id_].shape == value.shape for id_, value in right.items() if id_ in wrong)
    if not same and "not-summed" not in mistake.kinds:
        return []
    return [
        id_
        for id_, value in right.items()
        if id_ in wrong
        and (
            wrong[id_].shape != value.shape
            or np.abs(wrong[id_] - value).max(initial=0) > 1e-6 * np.abs(value).max(initial=0)
        )
    ]
