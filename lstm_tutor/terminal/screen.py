"""The terminal as a place to write to, and a file in its place."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lstm_tutor.files.writing import write_file

if TYPE_CHECKING:
    from lstm_tutor.render.line import View
    from lstm_tutor.terminal.paper import Paper
    from lstm_tutor.trace.trace import Trace

FILE_WIDTH = 100


def console() -> Paper:
    """Return a console on standard output."""
    from lstm_tutor.terminal.paper import Paper

    return Paper()


def error_console() -> Paper:
    """Return a console on the error stream, for progress."""
    from lstm_tutor.terminal.paper import Paper

    return Paper(stderr=True)


def on_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def width() -> int:
    """Return the columns of the terminal, or 80 where there is none."""
    return max(40, shutil.get_terminal_size((80, 24)).columns)


def viewed(
    trace: Trace,
    notation_name: str,
    digits: int,
    detail: str = "numbers",
    *,
    to_file: bool = False,
) -> View:
    """Return how steps are written; on standard output in ASCII where it must be."""
    from lstm_tutor.dialects.notation import for_stream, notation
    from lstm_tutor.render.line import Detail, View

    chosen = notation(notation_name, trace.scenario.cell)
    if not to_file:
        chosen = for_stream(chosen, encoding())
    return View(chosen, digits, Detail(detail))


def show_cell(cell: Iterable[tuple[str, str]]) -> None:
    """Print lines with their styles; plain where output is no terminal."""
    if not on_terminal():
        sys.stdout.writelines(f"{line}\n" for line, _ in cell)
        return
    from rich.text import Text

    screen = console()
    for line, style in cell:
        screen.print(Text(line, style=style), soft_wrap=True)


def encoding() -> str:
    """Return the encoding of standard output."""
    return sys.stdout.encoding or "ascii"


def emit(path: Path | None, chunks: Iterable[str]) -> None:
    """Write pieces of text to a file, or to standard output if there is none."""
    if path is not None:
        write_file(path, chunks)
        return
    for chunk in chunks:
        sys.stdout.write(chunk)
