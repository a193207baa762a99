"""Random models: pages composed, with losses, labels missing, batches and gradients given.

`python -m models` in tests/support checks three hundred, with ``--jax`` their gradients
against JAX; the suite takes a slice.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from oracle import terms_add_up
from pages import agree, wrong_by_jax, wrong_gradients, wrong_sums, wrong_values

from lstm_tutor.check.checking import checked
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Status
from lstm_tutor.dialects.notation import notation
from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.execution.training import train
from lstm_tutor.export.data import json_chunks
from lstm_tutor.export.figures import npz
from lstm_tutor.export.transcript import transcript
from lstm_tutor.export.verification import verify
from lstm_tutor.files.document import parse_data
from lstm_tutor.model.catalog import bundled_cells
from lstm_tutor.model.symbol import new
from lstm_tutor.render.line import View
from lstm_tutor.scenario.loading import build
from lstm_tutor.scenario.plain import scenario_data, scenario_hash
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.scenario.schema import ScenarioFile
from lstm_tutor.submission.storage import arrays as stored
from lstm_tutor.trace.trace import Trace, compute

MODELS = 300
_READOUTS = {
    None: ("half-squared-error", "squared-error", "mean-squared-error"),
    "linear": ("half-squared-error", "mean-squared-error"),
    "sigmoid": ("binary-cross-entropy", "half-squared-error"),
    "softmax": ("cross-entropy",),
}


UPDATES: tuple[Any, ...] = (
    "sgd",
    "momentum",
    "adagrad",
    "adam",
    {"page": "momentum", "momentum": 0.5},
    {"page": "adagrad", "initial": {"Gw": 0.1}, "epsilon": 1e-7},
    {"page": "adam", "beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3},
    {"settings": {"decay": 0.01}, "equations": "w' = w - lr * (dw + decay * w)"},
    {
        "settings": {"decay": 0.9, "small": 1e-6},
        "equations": "rate = lr * (1 - decay**epoch)\nqw' = decay * qw + (1 - decay) * dw**2\n"
        "steps' = steps + 1\nw' = w - rate * dw / sqrt(qw' + small)",
    },
)
OWN_CLIP = {
    "page": {
        "settings": {"limit": 5},
        "equations": "normw = sqrt(sum(dw**2))\nclipdw = dw * limit / max(limit, normw)",
    },
    "limit": 0.3,
}
"""Bundled updates, with their settings changed, and pages of a person's own."""


def scenario_of(seed: int) -> Scenario:
    """Return a random model's scenario: all sizes different, once in a while all equal."""
    return built(data_of(seed), seed)


def built(data: Mapping[str, Any], seed: int = 0) -> Scenario:
    """Return the scenario of plain data."""
    name = f"model-{seed}.yaml"
    return build(parse_data(dict(data), name, "scenario"), Path(name))


def data_of(seed: int) -> dict[str, Any]:
    """Return a random model as a scenario file says it."""
    return _Drawn(np.random.default_rng(seed)).data()


class _Drawn:
    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        sizes = [3, 3, 3, 3] if random.random() < 0.1 else random.permutation([2, 3, 4, 1])
        self._inputs, self._hidden, self._outputs, batch = map(int, sizes)
        self._batch = batch if random.random() < 0.5 else None
        self._steps = int(random.integers(1, 5))
        self._layers = int(random.integers(1, 4))

    def _one(self, choices: Any) -> Any:
        return choices[int(self._random.integers(len(choices)))]

    def _numbers(self, *shape: int) -> Any:
        return np.round(self._random.uniform(-1.5, 1.5, shape), 3).tolist()

    def data(self) -> dict[str, Any]:
        """Return the scenario file."""
        cells = [self._one(bundled_cells()) for _ in range(self._layers)]
        readout = self._one(list(_READOUTS))
        pages: list[Any] = [*cells, readout] if readout else list(cells)
        if self._layers > 1 and self._random.random() < 0.5:
            pages[-2 if readout else -1] = {"page": cells[-1], "as": "top"}
        if readout == "softmax" and self._outputs == 1:  # of one class the share is always 1
            self._outputs = 5
        found: dict[str, Any] = {"model": pages, "loss": self._one(_READOUTS[readout])}
        turned = self._random.random() < 0.4
        if turned:
            self._turn(pages, cells)
        hidden: Any = self._hidden
        if self._layers > 1 and not turned and self._random.random() < 0.5:
            names = [f"l{n + 1}" for n in range(self._layers)]
            names[-1] = "top" if isinstance(pages[self._layers - 1], dict) else names[-1]
            hidden = {name: self._hidden + n for n, name in enumerate(names)}
            self._hidden = hidden[names[-1]]
        init = {"scheme": "uniform", "seed": int(self._random.integers(1000))}
        found["weights"] = {"init": init, "hidden": hidden}
        if readout:
            found["weights"]["outputs"] = self._outputs
        found["inputs"] = self._each(lambda: self._numbers(self._steps, self._inputs))
        both = (
            isinstance(pages[self._layers - 1], dict)
            and pages[self._layers - 1].get("direction") == "both"
        )
        width = self._outputs if readout else self._hidden * (1 + both)
        if not (turned and not readout) and self._random.random() < 0.2:
            signal = {"linear": "s", "sigmoid": "p", "softmax": "p"}.get(str(readout), "h")
            layered = self._layers > 1 and not readout
            last = "top" if isinstance(pages[self._layers - 1], dict) else f"l{self._layers}"
            rows = self._each(lambda: self._some(lambda: self._numbers(width)))
            found["upstream"] = {last: {signal: rows}} if layered else {signal: rows}
        else:
            label = self._label(found["loss"], width)
            found["labels"] = self._each(lambda: self._some(label))
        if not turned and self._random.random() < 0.3:
            found["truncate"] = int(self._random.integers(1, 3))
        if "labels" in found:
            self._train(found)
        return found

    def _train(self, found: dict[str, Any]) -> None:
        """Say how the loss is averaged, gradients clipped and weights updated, or nothing."""
        if found["loss"] != "mean-squared-error":
            mean = [axis for axis in ("time", "batch") if self._random.random() < 0.4]
            found |= {"mean": mean} if mean else {}
        clip = self._one([None, None, {"value": 0.1}, {"value": 0.5}, {"norm": 0.5}, OWN_CLIP])
        found |= {"clip": clip} if clip else {}
        update = self._one([None, *UPDATES])
        found |= {"update": update} if update else {}

    def _turn(self, pages: list[Any], cells: list[str]) -> None:
        """Let some layers run from right to left, or both ways."""
        for number, cell in enumerate(cells):
            direction = self._one(["forward", "backward", "both"])
            if direction != "forward":
                used = pages[number] if isinstance(pages[number], dict) else {"page": cell}
                pages[number] = {**used, "direction": direction}

    def _each(self, of: Any) -> Any:
        return of() if self._batch is None else [of() for _ in range(self._batch)]

    def _some(self, of: Any) -> list[Any]:
        """Draw a row for each time step, some missing; one is there."""
        kept = int(self._random.integers(self._steps))
        here = [n == kept or self._random.random() < 0.6 for n in range(self._steps)]
        return [of() if there else None for there in here]

    def _label(self, loss: str, width: int) -> Any:
        if loss == "cross-entropy":
            return lambda: int(self._random.integers(width))
        if loss == "binary-cross-entropy":
            return lambda: self._random.integers(0, 2, width).tolist()
        return lambda: self._numbers(width)


def with_states(scenario: Scenario, seed: int) -> Scenario:
    """Return the scenario with initial states other than 0."""
    random = np.random.default_rng(seed)
    states = {
        name: np.round(random.uniform(-0.5, 0.5, value.shape), 2)
        for name, value in scenario.initial.items()
    }
    return replace(scenario, initial=states)


def trace_of(seed: int) -> Trace:
    """Return a random model, computed; some in their third epoch, after two updates."""
    scenario = with_states(scenario_of(seed), seed)
    if scenario.has_labels and seed % 3 == 0:
        with suppress(NotFinite):
            scenario = list(train(scenario, 3))[-1].scenario
    return compute(scenario)


def wrong_epoch(trace: Trace) -> list[str]:
    """Return what an epoch shown step by step has otherwise than one that is trained."""
    if not trace.scenario.has_labels:
        return []
    now, after = train(trace.scenario, 2)
    own = after.scenario
    found = {**own.parameters, **own.updating.kept}
    same = {name: trace.parameters[new(name)] for name in found}
    off = [n for n, value in found.items() if not agree(value, same[n], 1e-10)]
    losses = np.array([now.loss, after.loss]), np.array([trace.loss_before, trace.loss_after])
    return off if agree(*losses, 1e-10) else [*off, "its loss"]


def wrong_transcript(trace: Trace) -> list[str]:
    """Return the lines that differ where a transcript is made anew."""
    view = View(notation("gomez", trace.scenario.cell))
    text = "".join(transcript(trace, range(len(trace)), view))
    return [d.expected for d in verify(text, Path("model.md")).differences][:3]


def wrong_check(trace: Trace) -> list[str]:
    """Return what `check` says against the right numbers."""
    content = b"".join(
        npz(trace, range(len(trace)), View(notation("ascii", trace.scenario.cell)))
    )
    found = checked(Tutor(trace), stored(content, "model.npz"))
    wrong = (item for item in found.verdicts.judgements if item.status is not Status.RIGHT)
    return [
        *(item.given.id for item in wrong),
        *(item.entry.name for item in found.unrecognised),
    ]


def wrong_file(trace: Trace) -> list[str]:
    """Return what of a scenario is lost where it is written and read again."""
    data = scenario_data(trace.scenario)
    known = {k: v for k, v in data.items() if k in ScenarioFile.model_fields and v is not None}
    again = built(known)
    same = scenario_hash(again) == scenario_hash(trace.scenario)
    chunks = "".join(json_chunks(trace, range(0, len(trace), 7)))
    return [] if same and chunks else ["its file is another scenario"]


def wrong_terms(trace: Trace) -> list[str]:
    """Return whether a gradient is not the sum of its terms."""
    scale = max(float(np.abs(s.values).max(initial=0)) for s in trace.signals.values())
    off = terms_add_up(trace)
    return [f"terms are off by {off}"] if off > 1e-10 * max(1.0, scale) else []


CHECKS = {
    "gradients": wrong_gradients,
    "sums": wrong_sums,
    "values": wrong_values,
    "terms": wrong_terms,
    "files": wrong_file,
    "epochs": wrong_epoch,
}
SLOW = {"transcripts": wrong_transcript, "checks": wrong_check}


def main() -> None:
    """Print how many models are right; exit with 1 if one is not."""
    good: Counter[str] = Counter()
    every = CHECKS | SLOW
    if "--jax" in sys.argv:  # that alone, since the others need no JAX
        every = {"gradients by JAX": wrong_by_jax}
    for seed in range(MODELS):
        trace = trace_of(seed)
        for name, check in every.items():
            found = check(trace)
            good[name] += not found
            for item in found:
                print(f"model {seed}: {name}: {item}", flush=True)
    for name in every:
        print(f"{name}: right on {good[name]} of {MODELS} models")
    sys.exit(0 if all(good[name] == MODELS for name in every) else 1)


if __name__ == "__main__":
    main()
