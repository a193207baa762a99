"""A trace as JSON: a versioned format for programs, described in docs/trace.schema.json.

Values keep their true shape and full precision; a trace is written step by step, so
that a long one takes no memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.dialects.notation import ASCII, notation
from lstm_tutor.model.symbol import Id
from lstm_tutor.numbers.numeral import FULL
from lstm_tutor.render.line import View, formula, numbers
from lstm_tutor.scenario.plain import numbers_of, scenario_data
from lstm_tutor.trace.trace import Origin, Step, StepTerm, Trace

FORMAT = 2


def step_data(step: Step, view: View) -> dict[str, Any]:
    """Return a step as plain data; formulas are in the formula language."""
    block = formula(step, view).partition(" = ")[2] if step.rows else ""
    plain = show(step.expression, PLAIN) if step.expression else block
    return {
        "id": step.id,
        "symbol": step.symbol,
        "t": step.t,
        "phase": str(step.phase),
        "caption": step.equation.caption,
        "formula": plain,
        "substituted": numbers(step, view),
        "value": numbers_of(step.value),
        "shape": list(np.shape(step.value)),
        "inputs": list(step.inputs),
        "terms": [_term_data(term) for term in step.terms],
    }


def _term_data(term: StepTerm) -> dict[str, Any]:
    return {
        "formula": show(term.expression, PLAIN),
        "value": numbers_of(term.value),
        "origin": _origin_data(term.origin) if term.origin else None,
        "missing": term.missing or None,
    }


def _origin_data(origin: Origin) -> dict[str, Any]:
    return {
        "equation": origin.equation,
        "t": origin.t,
        "gradient": origin.gradient or None,
        "local_derivatives": [
            {
                "of": str(Id(link.consumer, link.shift)),
                "formula": show(link.local, PLAIN) if link.local else None,
                "place": link.place,
                "places": link.places,
            }
            for link in origin.links
        ],
    }


def json_chunks(
    trace: Trace, indices: Sequence[int], epochs: Sequence[float] = ()
) -> Iterator[str]:
    """Yield the JSON text of the chosen steps, piece by piece.

    Args:
        trace: the computation.
        indices: which of its steps.
        epochs: the loss before each epoch's update, if it was repeated.
    """
    view = View(notation(ASCII, trace.scenario.cell), FULL, largest=4096)
    yield f'{{"format": {FORMAT},\n"scenario": {_text(scenario_data(trace.scenario))},\n'
    if epochs:
        yield f'"epochs": {_text(list(epochs))},\n'
    yield '"steps": ['
    for number, index in enumerate(indices):
        yield ("\n" if number == 0 else ",\n") + _text(step_data(trace[index], view))
    loss = {"before": trace.loss_before, "after": trace.loss_after}
    yield f'\n],\n"loss": {_text(loss)}}}\n'


def json_file(trace: Trace, indices: Sequence[int], _view: View) -> Iterator[str]:
    """Yield the JSON text of the chosen steps, which is the same in every view."""
    return json_chunks(trace, indices)


def _text(data: Any) -> str:
    return json.dumps(data, allow_nan=False)
