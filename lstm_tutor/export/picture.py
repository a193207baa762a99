"""Pictures of a computation: gates over time, where gradients go and die, the loss curve."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite

import numpy as np

from lstm_tutor.execution.training import train
from lstm_tutor.export.chart import line_chart, shade_chart, strip_chart
from lstm_tutor.files.problem import did_you_mean
from lstm_tutor.model.symbol import DOUT, LOSS, OUTPUT, Id, bare, layer_of, layered
from lstm_tutor.trace.provenance import is_gradient_in_time, shares
from lstm_tutor.trace.trace import Trace

PICTURES = ("gates", "gradient flow", "loss")
_MOST_LINES = 12
_MOST_TIMES = 48  # at which a flow is looked at, and up to which dashes can be told apart


class NoPicture(LookupError):  # noqa: N818  # the user's choice, reported as such
    """A picture that there is not; the message says which there are, or why."""


def picture(trace: Trace, what: str, epochs: int = 50) -> str:
    """Return a picture of a computation as SVG.

    Args:
        trace: the computation.
        what: one of `PICTURES`.
        epochs: how many updates the curve of the loss has.

    Raises:
        NoPicture: if there is no such picture, or the scenario has nothing for it.
        NotFinite: if the loss overflows.
    """
    if epochs < 1:
        raise NoPicture(f"epochs is {epochs}; expected 1 or more")
    match what:
        case "gates":
            return _gates(trace)
        case "gradient flow":
            return _flow(trace)
        case "loss":
            return _loss(trace, epochs)
    raise NoPicture(f"no picture {what!r}: {did_you_mean(what, PICTURES)}")


def _gates(trace: Trace) -> str:
    """Draw each gate over time: its units' values, or their mean where there are many."""
    cell, steps = trace.scenario.cell, trace.scenario.steps
    gates = cell.gates or tuple(cell.states)
    found: dict[str, Sequence[float]] = {}
    many = False
    for gate in gates:
        values = np.stack([np.asarray(trace.find(Id(gate, t)).value) for t in range(steps)])
        rows = values.reshape(steps, -1)
        count = rows.shape[1]
        if count * len(gates) > _MOST_LINES:
            many = True
            found[gate] = rows.mean(axis=1).tolist()
        else:
            found |= {
                f"{gate}{f' [{unit}]' if count > 1 else ''}": rows[:, unit].tolist()
                for unit in range(count)
            }
    kind = "mean over units" if many else "each unit"
    drawn = "States" if set(gates) <= set(cell.states) else "Gates"
    title = f"{drawn} over time, {kind}"
    ends = (f"{name} from {line[0]:.3g} to {line[-1]:.3g}" for name, line in found.items())
    told = "; ".join(ends)
    if steps > _MOST_TIMES or len(found) > _MOST_LINES:
        return strip_chart(
            title, told, "time step", found, {n: _limits(v) for n, v in found.items()}
        )
    together = _limits([value for line in found.values() for value in line])
    return line_chart(title, told, "time step", found, together)


def _limits(values: Sequence[float]) -> tuple[float, float]:
    """Return whole numbers around the values, 0 and 1 at least."""
    return min(0.0, float(np.floor(min(values)))), max(1.0, float(np.ceil(max(values))))


def _flow(trace: Trace) -> str:
    """Draw how much of each loss reaches the memory at each time step."""
    scenario = trace.scenario
    losses = scenario.labelled_times
    symbol = _memory_gradient(trace)
    if not losses or symbol is None:
        raise NoPicture("there is no gradient flow without a loss and a state")
    every = ceil(scenario.steps / _MOST_TIMES)
    times = range(0, scenario.steps, every)
    shown = losses[:: -ceil(len(losses) / _MOST_TIMES)][::-1]
    rows = {t: [float("nan")] * len(times) for t in shown}
    for place, t in enumerate(times):
        step = trace.find(Id(symbol, t))
        sums: dict[int, np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = {}
        for share in shares(trace, step):
            value = np.asarray(share.value, dtype=float)
            sums[share.loss] = sums.get(share.loss, np.zeros_like(value)) + value
        for loss, value in sums.items():
            if loss in rows:
                rows[loss][place] = float(np.sqrt((value**2).sum()))
    told = "; ".join(
        f"the loss of t = {loss}: {_ends(loss, times, row)}" for loss, row in rows.items()
    )
    across = "time step that is reached" + (f", one of every {every}" if every > 1 else "")
    named = {f"{LOSS}[{loss}]": row for loss, row in rows.items()}
    title = f"How much of each loss reaches {symbol}: size of its part"
    return shade_chart(title, told, across, "loss", named, every)


def _ends(loss: int, times: Sequence[int], row: Sequence[float]) -> str:
    """Say a loss's part nearest to its time step and farthest from it."""
    apart = [abs(t - loss) for t in times]
    parts = sorted(both for both in zip(apart, row, strict=True) if isfinite(both[1]))
    if not parts:
        return "nothing"
    return f"{parts[0][1]:.3g} at its own end, {parts[-1][1]:.3g} at the other"


def _memory_gradient(trace: Trace) -> str | None:
    """Return the gradient at what carries memory: of a cell state, else of the output."""
    cell = trace.scenario.cell
    states = sorted(cell.states, key=lambda name: bare(name) == OUTPUT)
    known = trace.symbols()
    for state in states:
        for name in (cell.gradient(state), layered(layer_of(state), DOUT)):
            if name in known and is_gradient_in_time(trace.find(Id(name, 0))):
                return name
    return None


def _loss(trace: Trace, epochs: int) -> str:
    """Draw the loss before each of so many updates."""
    if not trace.scenario.trainable:
        lack = "weights" if trace.scenario.has_labels else "labels"
        raise NoPicture(f"no update changes a loss, since there are no {lack}")
    losses = [epoch.loss for epoch in train(trace.scenario, epochs)]
    told = f"from {losses[0]:.4g} to {losses[-1]:.4g} in {epochs} updates"
    return line_chart("Loss before each update", told, "update", {LOSS: losses})
