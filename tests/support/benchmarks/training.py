"""Training: one iteration beside the same LSTM fused by hand in NumPy, and in PyTorch.

Prints ratios measured side by side in one run; PyTorch is left out where it is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.execution.executor import Executor
from lstm_tutor.execution.program import program_of
from lstm_tutor.model.symbol import LOSS, new
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario

Array = NDArray[np.float64]
SIZES = (
    (1, 2, 2, 300),
    (4, 4, 10, 100),
    (32, 32, 50, 20),
    (128, 64, 100, 3),
    (512, 128, 200, 1),
)


def scenario(hidden: int, width: int, steps: int) -> Scenario:
    """Return an LSTM with drawn weights and a label at every time step."""
    start = load("two-units")
    random = np.random.default_rng(0)
    sizes = {"input": width, "hidden": hidden}
    parameters = {
        name: random.uniform(-0.5, 0.5, [sizes[axis] for axis in axes]) / np.sqrt(hidden)
        for name, axes in start.cell.parameters.items()
    }
    return replace(
        start,
        inputs=random.uniform(-1, 1, (steps, width)),
        labels=random.uniform(-1, 1, (steps, hidden)),
        labelled=np.ones(steps, dtype=bool),
        parameters=parameters,
        initial={name: np.zeros(hidden) for name in start.initial},
    )


def ours(one: Scenario) -> Callable[[], Any]:
    """Return one iteration of the compiled program."""
    updated = {name: new(name) for name in one.parameters}
    executor = Executor(one, program_of(one).prepared.only([LOSS, *updated.values()]))
    executor.put(one.parameters)

    def iterate() -> None:
        executor.run()
        executor.move(updated)

    return iterate


def _stacked(one: Scenario) -> tuple[Array, Array, Array]:
    blocks = ([one.parameters[f"{block}_{gate}"] for gate in "aifo"] for block in "WUb")
    matrix, recurrent, bias = (np.concatenate(block) for block in blocks)
    return matrix, recurrent, bias


def by_hand(one: Scenario) -> Callable[[], Any]:
    """Return one iteration as one writes it with all four gates in one matrix."""
    W, U, b = _stacked(one)
    steps, hidden = one.labels.shape
    h, C = np.zeros((steps + 1, hidden)), np.zeros((steps + 1, hidden))
    gates, tanh_c = np.zeros((steps, 4 * hidden)), np.zeros((steps, hidden))
    dz = np.zeros((steps, 4 * hidden))

    def iterate() -> None:
        nonlocal W, U, b
        z = one.inputs @ W.T + b
        for t in range(steps):
            z[t] += U @ h[t]
            gate = gates[t]
            np.tanh(z[t, :hidden], out=gate[:hidden])
            np.divide(1, 1 + np.exp(-z[t, hidden:]), out=gate[hidden:])
            np.multiply(gate[:hidden], gate[hidden : 2 * hidden], out=C[t + 1])
            C[t + 1] += gate[2 * hidden : 3 * hidden] * C[t]
            np.tanh(C[t + 1], out=tanh_c[t])
            np.multiply(tanh_c[t], gate[3 * hidden :], out=h[t + 1])
        a, i, f, o = np.split(gates, 4, axis=1)
        slopes = [i * (1 - a * a), a * i * (1 - i), C[:-1] * f * (1 - f), tanh_c * o * (1 - o)]
        into_state = o * (1 - tanh_c * tanh_c)
        error = h[1:] - one.labels
        carried, state = np.zeros(hidden), np.zeros(hidden)
        for t in reversed(range(steps)):
            total = error[t] + carried
            state = total * into_state[t] + state * (f[t + 1] if t + 1 < steps else 0.0)
            for number, slope in enumerate(slopes):
                source = total if number == 3 else state
                part = slice(number * hidden, (number + 1) * hidden)
                np.multiply(source, slope[t], out=dz[t, part])
            carried = U.T @ dz[t]
        W -= one.learning_rate * (dz.T @ one.inputs)
        U -= one.learning_rate * (dz.T @ h[:-1])
        b -= one.learning_rate * dz.sum(0)

    return iterate


def eager(one: Scenario) -> Callable[[], Any] | None:
    """Return one iteration in PyTorch, eagerly; None where it is not installed."""
    try:
        torch: Any = import_module("torch")
    except ImportError:
        return None
    torch.set_num_threads(1)
    weights = [torch.tensor(part, requires_grad=True) for part in _stacked(one)]
    inputs, labels = torch.tensor(one.inputs), torch.tensor(one.labels)
    hidden = labels.shape[1]

    def iterate() -> None:
        W, U, b = weights
        h = C = torch.zeros(hidden, dtype=torch.float64)
        loss = torch.zeros((), dtype=torch.float64)
        for x, y in zip(inputs, labels, strict=True):
            a, i, f, o = (W @ x + U @ h + b).chunk(4)
            C = torch.tanh(a) * torch.sigmoid(i) + torch.sigmoid(f) * C
            h = torch.tanh(C) * torch.sigmoid(o)
            loss = loss + ((h - y) ** 2).sum() / 2
        loss.backward()
        with torch.no_grad():
            for weight in weights:
                weight.sub_(one.learning_rate * weight.grad)
                weight.grad = None

    return iterate


def _seconds(iterate: Callable[[], Any], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        iterate()
    return (time.process_time() - start) / count


def main() -> None:
    """Print a line for each size: microseconds of ours, and how many times the others take."""
    for hidden, width, steps, count in SIZES:
        one = scenario(hidden, width, steps)
        ways = {"NumPy by hand": by_hand(one), "PyTorch eager": eager(one)}
        mine = ours(one)
        rounds: dict[str, list[float]] = {"ours": []}
        with np.errstate(all="ignore"):
            for _ in range(5):
                rounds["ours"].append(_seconds(mine, count))
                for name, way in ways.items():
                    if way is not None:
                        rounds.setdefault(name, []).append(_seconds(way, count))
        best = {name: min(times) for name, times in rounds.items()}
        ratios = ", ".join(
            f"{name} {seconds / best['ours']:.2f} ×" for name, seconds in best.items()
        )
        print(f"H {hidden}, D {width}, T {steps}: {best['ours'] * 1e6:,.0f} µs; {ratios}")
