"""Models drawn at random, and each mistake's world in them run in lanes and walked alone.

`python -m random_models [FIRST] [SECONDS]` in tests/support draws models from a seed on, for
so much processor time: random pages from right to left, in batches, truncated, stacked on
others and below them, read out, with labels missing. It prints each seed whose values,
gradients (by the complex step), shares or worlds differ, and exits with 1 if one does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from drawing import OF_NUMBERS
from pages import cell_of, text_of, wrong_gradients, wrong_sums, wrong_values
from worlds import Outcome, compared, sample

from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.model.catalog import load_cell
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.composition import BACKWARD, BOTH, Layer, NoModel, composed
from lstm_tutor.model.symbol import Id
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import Trace, compute

Random = np.random.Generator
KINDS = ("turned", "batch", "truncated", "below", "both ways", "read out")
WORLDS = 25  # of one model
_LARGEST = 50.0  # values beyond say nothing about digits
_TRIES = 20


@dataclass(frozen=True)
class Model:
    """A random model with its numbers, computed."""

    seed: int
    kind: str
    trace: Trace


def model_of(seed: int) -> Model | None:
    """Return the model of a seed: of those that it gives, the first that stays small; None if
    none of some tries does.
    """
    kind = KINDS[seed % len(KINDS)]
    for number in range(_TRIES):
        random = np.random.default_rng([seed, number])
        try:
            trace = compute(_scenario(_cell(random, kind), random, kind))
        except (NoModel, NotFinite):
            continue
        values = (series.values for series in trace.signals.values())
        if all(np.abs(found).max(initial=0) < _LARGEST for found in values):
            return Model(seed, kind, trace)
    return None


def _cell(random: Random, kind: str) -> Cell:
    page = cell_of(text_of(random))
    layers: Mapping[str, Sequence[Layer]] = {
        "turned": [Layer(page, direction=BACKWARD)],
        "below": [Layer(page), Layer(load_cell("rnn"))],
        "both ways": [
            Layer(load_cell("rnn"), direction=BOTH),
            Layer(page, direction=BACKWARD),
        ],
        "read out": [Layer(page), Layer(load_cell("linear"))],
    }
    return composed(layers[kind]) if kind in layers else page


def _scenario(cell: Cell, random: Random, kind: str) -> Scenario:
    steps = int(random.integers(1, 5))
    sizes = {
        axis: int(random.integers(1, 4)) for axis in ("input", "hidden", "output", "classes")
    }
    batch = (2,) if kind == "batch" else ()
    labelled = random.random((steps, *batch)) < 0.7
    labelled[-1] |= not labelled.any()

    def drawn(axes: Sequence[str], *first: int, last: tuple[int, ...] = ()) -> Any:
        shape = (_size(axis, sizes) for axis in axes)
        return random.uniform(-1, 1, (*first, *shape, *last))

    labels = drawn(cell.signals[cell.output], steps, last=batch)
    return Scenario(
        name="random",
        title="random",
        source="",
        about="",
        cell=cell,
        loss=list(OF_NUMBERS.values())[int(random.integers(len(OF_NUMBERS)))],
        inputs=2 * drawn(cell.signals["x"], steps, last=batch),
        labels=labels * labelled[:, None],
        labelled=labelled,
        parameters={name: drawn(axes) for name, axes in cell.parameters.items()},
        initial={
            Id(state, t): drawn(cell.signals[state], last=batch)
            for state in cell.states
            for t in cell.beyond(state, steps)
        },
        truncate=int(random.integers(1, 3)) if kind == "truncated" else None,
    )


def _size(axis: str, sizes: Mapping[str, int]) -> int:
    """Return the size of an axis, of joined ones the sum."""
    return sum(sizes[part.rpartition(".")[2]] for part in axis.split("+"))


def wrong(model: Model, outcome: Outcome, worlds: int = WORLDS) -> Iterator[str]:
    """Yield what is wrong with a model, and add to the counts of worlds.

    The complex step and the shares are of single sequences.
    """
    trace = model.trace
    checks = {"values": wrong_values}
    if trace.scenario.batch is None:
        checks |= {"gradients": wrong_gradients, "shares": wrong_sums}
    for name, check in checks.items():
        for text in check(trace):
            yield f"{name}: {text}"
    found = compared(trace, sample(trace, worlds, model.seed))
    outcome.worlds += found.worlds
    outcome.values += found.values
    outcome.odd += found.odd
    outcome.left_out += found.left_out
    yield from found.differences


def main() -> None:
    """Print what is wrong, by seed, and the counts; exit with 1 if something is."""
    first, seconds = (*map(float, sys.argv[1:]), *(0.0, 60.0)[len(sys.argv) - 1 :])
    start, whole, models, bad = time.process_time(), Outcome(), 0, 0
    for seed in count(int(first)):
        if time.process_time() - start > seconds:
            break
        model = model_of(seed)
        if model is None:
            continue
        models += 1
        texts = list(wrong(model, whole))
        bad += bool(texts)
        for text in texts:
            print(f"seed {seed}, {model.kind}: {text}", flush=True)
    print(
        f"seeds {int(first)} to {seed - 1}: {models} models, {bad} with something wrong; "
        f"{whole.worlds} worlds, {whole.values} values, {whole.odd} of another shape, "
        f"{whole.left_out} left out"
    )
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
