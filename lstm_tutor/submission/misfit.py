"""Why an entry with a known name cannot be read."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from lstm_tutor.numbers.numeral import shape_text
from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.meaning import Meaning, Target
from lstm_tutor.trace.trace import Trace


def misfit(trace: Trace, meanings: Iterable[Meaning], entry: Entry) -> str:
    """Say why an entry whose name is known is not read: what its size is, and should be.

    Args:
        trace: the computation.
        meanings: what the name means.
        entry: the entry.

    Returns:
        The reason; "" if the name is not known, or has no value.
    """
    for meaning in meanings if entry.name else ():
        target = meaning.target
        for symbol in target.symbols:
            series = trace.signals.get(symbol)
            if target.timed and series is not None:
                if meaning.t is not None and not series.has(meaning.t):
                    return f"{symbol} has no time step {meaning.t}, counted from 0"
                shape = series.values.shape[1:]
            elif symbol in trace.parameters:
                shape = np.shape(trace.parameters[symbol])
            else:
                continue
            gates = (len(target.symbols),) if target.block else ()
            have, want = shape_text(entry.value.shape), shape_text((*gates, *shape))
            name = _block_of(trace, target)
            at_one = " at one time step" if target.timed else ""
            return f"it has {have} entries; {name} has {want}{at_one}"
    return ""


def _block_of(trace: Trace, target: Target) -> str:
    """Return the block that a target is; its first symbol where it is none."""
    every = (e for section in trace.program.sections for e in section.equations)
    block = (e.target for e in every if e.parts == target.symbols)
    return next(block, target.symbols[0])
