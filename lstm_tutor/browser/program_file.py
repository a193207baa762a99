"""A program as a file of its own: its equations and its mistakes as JSON, for others to use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from lstm_tutor.browser.edits import mistakes_data
from lstm_tutor.browser.program import program_data
from lstm_tutor.render.line import View
from lstm_tutor.trace.trace import Trace

_BY_LINE = 2  # levels of the data that are written over lines


def program_file(trace: Trace, indices: Sequence[int], view: View) -> Iterator[str]:
    """Yield the JSON of a whole program; which steps are chosen makes no difference to it."""
    del indices
    data = program_data(trace, view) | {"mistakes": mistakes_data(trace, view)}
    yield from _written(data, _BY_LINE)
    yield "\n"


def _written(value: Any, levels: int) -> Iterator[str]:
    """Yield a value as JSON, the parts of its outer levels on lines of their own."""
    if not levels or not isinstance(value, dict | list) or not value:
        yield json.dumps(value, ensure_ascii=False)
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    lead = opening
    for part in value:
        yield f"{lead}\n"
        lead = ","
        if isinstance(value, dict):
            yield f"{json.dumps(part, ensure_ascii=False)}: "
            yield from _written(value[part], levels - 1)
        else:
            yield from _written(part, levels - 1)
    yield f"\n{closing}"
