"""A trace's values alone, for other programs: CSV rows and NumPy arrays."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.files.safetensors import safetensors
from lstm_tutor.model.equation import Equation, Role
from lstm_tutor.model.symbol import Id
from lstm_tutor.render.line import View
from lstm_tutor.trace.trace import Trace


def csv_rows(trace: Trace, indices: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Yield a header, then one row per entry: id, symbol, t, phase, index, value.

    The index is the position in the value's true shape, numbers joined by blanks; the
    value has full precision.
    """
    yield "id", "symbol", "t", "phase", "index", "value"
    for index in indices:
        equation, t = trace.key(index)
        value, symbol = _value(trace, index), equation.target
        head = str(Id(symbol, t)), symbol, "" if t is None else t, str(equation.phase)
        entries = zip(np.ndindex(value.shape), value.ravel().tolist(), strict=True)
        for place, amount in entries:
            yield *head, " ".join(map(str, place)), repr(amount)


def _value(trace: Trace, index: int) -> NDArray[Any]:
    """Return a step's value alone; never -0."""
    equation, t = trace.key(index)
    block = equation.role is Role.BLOCK
    value = trace[index].value if block else trace.value(Id(equation.target, t).node)
    return np.asarray(value, dtype=float) + 0.0


def csv_lines(trace: Trace, indices: Sequence[int], _view: View) -> Iterator[str]:
    """Yield the rows as lines of text; numbers are the same in every view."""
    for row in csv_rows(trace, indices):
        stream = StringIO()
        csv.writer(stream, lineterminator="\n").writerow(row)
        yield stream.getvalue()


def npz(trace: Trace, indices: Sequence[int], _view: View) -> Iterator[bytes]:
    """Yield the arrays as an .npz file, in one piece."""
    yield from npz_of(arrays(trace, indices))


def npz_of(named: Mapping[str, NDArray[Any]]) -> Iterator[bytes]:
    """Yield arrays as an .npz file, in one piece."""
    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, **named)
    yield buffer.getvalue()


def safetensors_file(trace: Trace, indices: Sequence[int], _view: View) -> Iterator[bytes]:
    """Yield the arrays as a safetensors file."""
    yield from safetensors_of(arrays(trace, indices))


def safetensors_of(named: Mapping[str, NDArray[Any]]) -> Iterator[bytes]:
    """Yield arrays as a safetensors file."""
    yield from safetensors(named, {"format": "np"})


def arrays(trace: Trace, indices: Sequence[int]) -> dict[str, NDArray[Any]]:
    """Return one array per symbol: (time, …) for signals, true shape for the others.

    What stands before the first time step, or after the last, keeps its id: ``C@-1``; the
    sum of a signal over time is ``total_L``. A signal that was not chosen, or not computed,
    at a time step is NaN there.
    """
    found: dict[str, NDArray[Any]] = {}
    chosen: dict[str, tuple[Equation, list[int]]] = {}
    steps = trace.scenario.steps
    for index in indices:
        equation, t = trace.key(index)
        name = equation.target
        if t is not None and 0 <= t < steps:
            if name not in chosen:
                found[name] = np.empty(0)  # in the order of the steps
                chosen[name] = equation, []
            chosen[name][1].append(t)
        else:
            key = f"total_{name}" if t is None and name in trace.signals else str(Id(name, t))
            found[key] = _value(trace, index)
    for name, (equation, times) in chosen.items():
        found[name] = _over_time(trace, equation, times)
    return found


def _over_time(trace: Trace, equation: Equation, times: list[int]) -> NDArray[Any]:
    """Return a signal's values at some time steps, or a block's rows; NaN elsewhere."""
    block = equation.role is Role.BLOCK
    names = equation.parts if block else (equation.target,)
    signals = [trace.signals[name] for name in names]
    rows = [series.values[np.array(times) - series.first] for series in signals]
    values = np.stack(rows, axis=1) if block else rows[0]
    whole = np.full((trace.scenario.steps, *values.shape[1:]), np.nan)
    whole[times] = values + 0.0
    return whole
