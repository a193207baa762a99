"""Mistakes of updates, clipping and means, each as the formulas of a wrong program.

``python -m update_mistakes`` tries them all; the suite has a sample.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from dumps import givens
from models import built
from oracle import walked

from lstm_tutor.algebra.parser import parse
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import sure
from lstm_tutor.execution.training import train
from lstm_tutor.execution.world import World
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import compute

P = ("W_h", "U_h", "b_h")
READOUT = (*P, "V", "by")
RNN: dict[str, Any] = {
    "cell": "rnn",
    "inputs": [[0.6, -1.1], [-0.45, 0.8], [1.2, 0.25]],
    "labels": [[0.25, -0.4], None, [-0.3, 0.6]],
    "weights": {"init": {"scheme": "uniform", "seed": 3}, "hidden": 2},
}
BATCH: dict[str, Any] = {
    **RNN,
    "inputs": [[[0.6, -1.1], [-0.45, 0.8]], [[0.1, 0.9], [1.2, 0.25]], [[1, 1], [0.5, 0.7]]],
    "labels": [[[1, 0], [0, 1]], [None, [0.5, 0.5]], [None, [0.2, -0.1]]],
}


def third_epoch(**entries: Any) -> Scenario:
    """Return the third epoch of `RNN` with other entries."""
    return list(train(built({**RNN, **entries}), 3))[-1].scenario


def _each(target: str, formula: str, names: Iterable[str]) -> dict[str, str]:
    """Return a formula for each parameter, which stands for ~."""
    return {target.replace("~", name): formula.replace("~", name) for name in names}


@cache
def _tutor(scenario: str) -> Tutor:
    """Return who knows a bundled scenario, or the third epoch of one in JSON."""
    own = scenario.startswith("{")
    return Tutor(compute(third_epoch(**json.loads(scenario)) if own else load(scenario)))


def _first_wrong(tutor: Tutor, wrong: Mapping[str, str], digits: int = 4) -> Any:
    """Return what is said of the first wrong number of a program with other formulas, of
    which the numbers of one parameter are handed in.
    """
    trace, cell = tutor.trace, tutor.trace.scenario.cell
    formulas = {name: parse(text, derived=True) for name, text in wrong.items()}
    values = {
        str(place): value
        for place, value in walked(trace.places, World(formulas, {}, False)).items()
        if not trace.places.is_term(place) and trace.places.rule(place).expression is not None
        if cell.weight_of(place.name) in ("", "W_h")
    }
    return tutor.diagnose(givens(values, digits)).first_wrong


ADAM = {"update": {"page": "adam", "epsilon": 0.01}}
MOMENTUM = {"update": "momentum"}
CLIP = {"clip": {"norm": 50}}
CLIP_VALUE = {"clip": {"value": 0.02}}
MEAN = {**BATCH, "mean": ["time", "batch"]}
LOSS = "sum((h[t] - y[t])**2) / 2"


PLANTED: list[tuple[Any, dict[str, str], str]] = [
    (
        "adagrad",
        _each("~'", "~ + lr * clipd~ / (sqrt(G~') + epsilon)", READOUT),
        "flip-sign",
    ),
    ("adagrad", _each("~'", "~ - lr * clipd~ / (G~' + epsilon)", READOUT), "drop-root"),
    ("adagrad", _each("~'", "~ - lr * d~ / (sqrt(G~') + epsilon)", READOUT), "-> dW_h"),
    (
        "adagrad",
        _each("~'", "~ - clipd~ / (sqrt(G~') + epsilon)", READOUT),
        "no-learning-rate",
    ),
    ("adagrad", _each("G~'", "G~ + clipd~", READOUT), "drop-power"),
    ("adagrad", _each("clipd~", "d~", READOUT), "not-clipped"),
    ("relu-explodes", {"scale": "1"}, "not-clipped"),
    ("relu-explodes", _each("clipd~", "d~", P), "drop-factor(scale)"),
    ("relu-explodes", _each("~'", "~ - lr * d~", P), "swap-symbol(clipdW_h -> dW_h)"),
    ("relu-explodes", {"norm": "sqrt(sum(dW_h**2) + sum(dU_h**2))"}, "drop-term"),
    (ADAM, _each("v~'", "(1 - beta2) * d~**2", P), "drop-term(beta2 * vW_h)"),
    (ADAM, _each("mhat~", "m~'", P), "scale(1 - beta1**epoch)"),
    (ADAM, _each("m~'", "(1 - beta1) * m~ + beta1 * d~", P), "factors-exchanged"),
    (ADAM, _each("~'", "~ - lr * mhat~ / sqrt(vhat~)", P), "drop-term(epsilon)"),
    (ADAM, _each("~'", "~ - lr * mhat~ / sqrt(vhat~ + epsilon)", P), "inside-the-root"),
    (ADAM, _each("vhat~", "v~' / (1 - beta1**epoch)", P), "swap-symbol(beta2 -> beta1)"),
    (MOMENTUM, _each("v~'", "d~", P), "drop-term(momentum * vW_h)"),
    (MOMENTUM, _each("~'", "~ - lr * v~", P), "swap-symbol(vW_h' -> vW_h)"),
    (MOMENTUM, _each("v~'", "momentum * v~ - lr * d~", P), "rate-in-the-velocity"),
    (MEAN, {"L": LOSS, "delta": "h[t] - y[t]"}, "L:scale(N)"),
    (MEAN, {"delta": "h[t] - y[t]"}, "delta:scale(N)"),
    (MEAN, {"L": f"{LOSS} / 3", "delta": "(h[t] - y[t]) / 3"}, "other-count(N -> 3)"),
    (BATCH, {"L": f"{LOSS} / 3", "delta": "(h[t] - y[t]) / 3"}, "/ 2 / 3"),
    (BATCH, {"delta": "(h[t] - y[t]) / 4"}, "delta:scale"),
    (CLIP_VALUE, _each("clipd~", "max(-limit, d~)", P), "clipped-at-one-end"),
    (CLIP, {"scale": "limit / norm"}, "always-scaled"),
]


def missed(scenario: str | dict[str, Any], wrong: Mapping[str, str], named: str) -> str:
    """Say what is named with confidence instead of a mistake; "" if it is the mistake."""
    name = scenario if isinstance(scenario, str) else json.dumps(scenario)
    first = _first_wrong(_tutor(name), wrong)
    said = [item.mistake.id for item in first.diagnoses[:1] if sure(item)] if first else []
    return "" if said and named in said[0] else f"{named} in {name}: {said or 'nothing'}"


if __name__ == "__main__":
    found = [text for text in (missed(*planted) for planted in PLANTED) if text]
    print(*found, f"{len(PLANTED) - len(found)} of {len(PLANTED)} named", sep="\n")
    sys.exit(bool(found))
