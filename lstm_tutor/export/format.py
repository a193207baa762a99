"""The formats of an exported file: one row each, by its suffix; see also `cli.export`.

A row names the function that writes, whose module is imported only if it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from lstm_tutor.render.line import View
    from lstm_tutor.trace.trace import Trace

Writer: TypeAlias = "Callable[[Trace, Sequence[int], View], Iterable[str | bytes]]"
"""From a trace, the chosen of its steps and how they are shown, to the pieces of a file."""

FORMATS = {
    ".md": "lstm_tutor.export.transcript.transcript",
    ".json": "lstm_tutor.export.data.json_file",
    ".csv": "lstm_tutor.export.figures.csv_lines",
    ".npz": "lstm_tutor.export.figures.npz",
}


def writer(suffix: str) -> Writer:
    """Return the function that writes the format of a suffix."""
    module, _, name = FORMATS[suffix].rpartition(".")
    found: Writer = getattr(import_module(module), name)
    return found
