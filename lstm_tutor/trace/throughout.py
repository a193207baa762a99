"""The value of a formula at all time steps at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Expression, Parameter, Symbol
from lstm_tutor.execution.compiler import value
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]


def throughout(trace: Trace, node: Expression) -> Array:
    """Return a formula's value at every time step: (time, units, sequences).

    Where it reads what is not there, before the first value of a signal or after its last,
    the value means nothing.

    Args:
        trace: the computation.
        node: the formula, of a column.
    """
    axes, batch = trace.program.plain.axes, trace.scenario.batch or 1
    times = np.arange(trace.scenario.steps)

    def read(symbol: Symbol) -> Array:
        if isinstance(symbol, Parameter):
            whole = np.asarray(trace.parameters[symbol.name])
            return whole.reshape(*whole.shape, *(1,) * (2 - whole.ndim))
        series = trace.signals[symbol.name]
        rows = symbol.shift - series.first + (0 if symbol.fixed else times)
        inside = np.clip(np.broadcast_to(rows, times.shape), 0, len(series.values) - 1)
        return np.asarray(series.values[inside].reshape(len(times), -1, batch))

    with np.errstate(all="ignore"):
        found = np.asarray(value(node, read, lambda symbol: len(axes[symbol.name])))
    return np.broadcast_to(found, (len(times), *found.shape[-2:]))
