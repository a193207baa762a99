"""A trace's values alone, for other programs: CSV rows and NumPy arrays."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.files.safetensors import safetensors
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
        step = trace[index]
        value = np.asarray(step.value) + 0.0
        time = "" if step.t is None else step.t
        for place in np.ndindex(value.shape):
            where = " ".join(map(str, place))
            amount = repr(float(value[place]))
            yield step.id, step.symbol, time, str(step.phase), where, amount


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
    steps = trace.scenario.steps
    for index in indices:
        equation, t = trace.key(index)
        value = np.asarray(trace[index].value) + 0.0
        if t is None and equation.target in trace.signals:
            found[f"total_{equation.target}"] = value
            continue
        if t is None or not 0 <= t < steps:
            found[str(Id(equation.target, t))] = value
            continue
        if equation.target not in found:
            found[equation.target] = np.full((steps, *value.shape), np.nan)
        found[equation.target][t] = value
    return found
