"""A trace as JSON: a versioned format for programs, described in docs/trace.schema.json.

Values keep their true shape and full precision; a trace is written step by step, so
that a long one takes no memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lstm_tutor.dialects.notation import ASCII, notation
from lstm_tutor.export.record import Records, json_text
from lstm_tutor.numbers.numeral import FULL
from lstm_tutor.render.line import View
from lstm_tutor.scenario.plain import scenario_data
from lstm_tutor.trace.trace import Trace

FORMAT = 2


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
    records = Records(trace, view)
    yield f'{{"format": {FORMAT},\n"scenario": {json_text(scenario_data(trace.scenario))},\n'
    if epochs:
        yield f'"epochs": {json_text(list(epochs))},\n'
    yield '"steps": ['
    for number, index in enumerate(indices):
        yield ("\n" if number == 0 else ",\n") + records.text(index)
    loss = {"before": trace.loss_before, "after": trace.loss_after}
    yield f'\n],\n"loss": {json_text(loss)}}}\n'


def json_file(trace: Trace, indices: Sequence[int], _view: View) -> Iterator[str]:
    """Yield the JSON text of the chosen steps, which is the same in every view."""
    return json_chunks(trace, indices)
