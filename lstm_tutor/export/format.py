"""The formats of an exported file: one row each, by its suffix; see also `cli.export`.

A row names the function that writes, whose module is imported only if it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray


Writer: TypeAlias = "Callable[..., Iterable[str | bytes]]"
"""From a trace, the chosen of its steps and how they are shown, to the pieces of a file."""
ArrayWriter: TypeAlias = "Callable[[Mapping[str, NDArray[Any]]], Iterable[bytes]]"
"""From arrays by name to the pieces of a file."""

FORMATS = {
    ".md": "lstm_tutor.export.transcript.transcript",
    ".html": "lstm_tutor.browser.page.page",
    ".program.json": "lstm_tutor.browser.program_file.program_file",
    ".json": "lstm_tutor.export.data.json_file",
    ".csv": "lstm_tutor.export.figures.csv_lines",
    ".npz": "lstm_tutor.export.figures.npz",
    ".safetensors": "lstm_tutor.export.figures.safetensors_file",
    ".xml": "lstm_tutor.worksheet.moodle.moodle",
}
NAMES = {suffix[1:].removesuffix(".json"): suffix for suffix in FORMATS} | {"moodle": ".xml"}
"""The suffixes by what the formats are called without one."""
LARGEST_PAGE = 5000
"""The most steps that a browser shows well on one page."""
ARRAYS = {
    ".npz": "lstm_tutor.export.figures.npz_of",
    ".safetensors": "lstm_tutor.export.figures.safetensors_of",
}
"""The formats that hold arrays under any names, each with what writes them."""


def suffix_of(name: str) -> str:
    """Return the suffix by which a file's name says its format; "" if it says none."""
    return next((suffix for suffix in FORMATS if name.endswith(suffix)), "")


def writer(suffix: str) -> Writer:
    """Return the function that writes the format of a suffix."""
    found: Writer = _named(FORMATS[suffix])
    return found


def array_writer(suffix: str) -> ArrayWriter:
    """Return the function that writes arrays in the format of a suffix."""
    found: ArrayWriter = _named(ARRAYS[suffix])
    return found


def _named(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
