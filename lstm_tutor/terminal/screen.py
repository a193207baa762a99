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
    from lstm_tutor.render.sheet import Sheet
    from lstm_tutor.terminal.paper import Paper
    from lstm_tutor.trace.trace import Trace

FILE_WIDTH = 100


def console() -> Paper:
    """Return a console on standard output."""
    from lstm_tutor.terminal.paper import Paper

    return Paper()


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


def show(part: Sheet | Iterable[tuple[str, str]], *, plain: bool = False) -> None:
    """Print a table, or lines with their styles; plain text where there is no terminal.

    Args:
        part: what to print.
        plain: draw tables with ASCII characters only.
    """
    from lstm_tutor.render.sheet import Sheet

    if not on_terminal():
        if isinstance(part, Sheet):
            from lstm_tutor.render.text import text

            sys.stdout.write(text(part, plain=plain))
        else:
            sys.stdout.writelines(f"{line}\n" for line, _ in part)
        return
    from rich.text import Text

    screen = console()
    if isinstance(part, Sheet):
        from lstm_tutor.render.table import table

        screen.print(table(part, plain=plain))
    else:
        for line, style in part:
            screen.print(Text(line, style=style), soft_wrap=True)


def show_box(line: str) -> None:
    """Print a line in a box, on a terminal."""
    from rich.panel import Panel
    from rich.text import Text

    console().print(Panel(Text(line), expand=False))


def ascii_only() -> bool:
    """Whether standard output takes no other characters than ASCII."""
    return not encoding().lower().startswith("utf")


def encoding() -> str:
    """Return the encoding of standard output."""
    return sys.stdout.encoding or "ascii"


def plain() -> bool:
    """Whether standard output takes ASCII characters only."""
    return b"?" in "✓▸·─■".encode(encoding(), "replace")


def emit(path: Path | None, chunks: Iterable[str]) -> None:
    """Write pieces of text to a file, or to standard output if there is none."""
    if path is not None:
        write_file(path, chunks)
        return
    for chunk in chunks:
        sys.stdout.write(chunk)
