"""What is given, as fields of a page that may be changed: a line for each series and gate.

What a change does is the script's; without it the fields are not shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.model.equation import Phase, Role
from lstm_tutor.model.symbol import Id, is_new
from lstm_tutor.numbers.numeral import FULL, significant
from lstm_tutor.render.line import View
from lstm_tutor.trace.trace import Trace

_LARGEST = 64  # entries of a quantity that may be changed one by one
_WIDEST = 4  # numbers beside each other, as far as a phone shows them
_GATE = re.compile(r"[^.]*_")  # what stands before a weight's gate: W_f, l1.W_f


def fields(trace: Trace, indices: Sequence[int], view: View) -> Iterator[str]:
    """Yield a group of fields for series, initial states and weights.

    Args:
        trace: the computation.
        indices: which of its steps the page has; the others cannot be changed.
        view: notation and digits.
    """
    there = {Id(equation.target, t) for equation, t in map(trace.key, indices)}
    for title, lines in _groups(trace):
        found = []
        for line in lines.values():
            known = {id_: value for id_, value in line.items() if id_ in there}
            small = [_field(i, v, view) for i, v in known.items() if np.size(v) <= _LARGEST]
            if small:
                found.append(f'<div class="line">{"".join(small)}</div>\n')
        if found:
            yield f"<fieldset><legend>{title}</legend>\n{''.join(found)}</fieldset>\n"


_Lines = Mapping[str, Mapping[Id, NDArray[np.float64]]]


def _groups(trace: Trace) -> Iterator[tuple[str, _Lines]]:
    """Yield what is given in groups of lines, by what the page calls each group."""
    scenario = trace.scenario
    yield (
        "at each time step",
        {
            name: {Id(name, t): row for t, row in enumerate(values)}
            for name, values in scenario.series.items()
        },
    )
    yield "initial states", {"": scenario.initial}
    weights: dict[str, dict[Id, NDArray[np.float64]]] = {}
    for name, value in scenario.untimed.items():
        weights.setdefault(_GATE.sub("", name, count=1), {})[Id(name, None)] = value
    yield "weights", weights


def _field(id_: Id, value: NDArray[np.float64], view: View) -> str:
    """Write the numbers of one quantity, row by row."""
    name = escape(view.notation.symbol(id_.node))
    entries = np.ravel(value).tolist()
    columns = min(np.shape(value)[-1] if np.ndim(value) else 1, _WIDEST)
    inputs = "".join(
        f'<input value="{significant(entry, FULL)}" autocomplete="off" '
        f'aria-label="{name}{f" entry {n}" if len(entries) > 1 else ""}">'
        for n, entry in enumerate(entries, start=1)
    )
    grid = f'<div class="grid w{columns}" data-of="{escape(str(id_))}">{inputs}</div>'
    return f'<div class="field"><span>{name}</span>{grid}</div>'


def trained(trace: Trace) -> str:
    """Return the symbol of the loss that updates lower; empty if nothing is updated."""
    equations = list(trace.program.equations())
    updated = any(e.phase is Phase.UPDATE and is_new(e.target) for e in equations)
    losses = (
        equation.target
        for equation in equations
        if equation.phase is Phase.LOSS and equation.role is Role.SUM_OVER_TIME
    )
    return next(losses, "") if updated else ""
