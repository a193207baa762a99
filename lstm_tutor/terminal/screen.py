"""The terminal and files as places to write to."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console

    from lstm_tutor.render.line import View
    from lstm_tutor.render.sheet import Sheet
    from lstm_tutor.trace.trace import Trace

FILE_WIDTH = 100


def console(file: IO[str] | None = None, width: int | None = None) -> Console:
    """Return a console that takes text as it is: no markup, no emoji, no highlighting."""
    from rich.console import Console

    return Console(
        file=file,
        width=width,
        color_system=_colors(),
        markup=False,
        emoji=False,
        highlight=False,
    )


def _colors() -> Literal["auto"] | None:
    """Return no color system under NO_COLOR: then nothing is bold either."""
    return None if os.environ.get("NO_COLOR") else "auto"


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


def write_file(path: Path, chunks: Iterable[str]) -> None:
    """Write a text file piece by piece; it is replaced only when whole."""
    with _replacing(path) as stream:
        for chunk in chunks:
            stream.write(chunk.encode(errors="replace"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a binary file; it is replaced only when whole."""
    with _replacing(path) as stream:
        stream.write(content)


def check_writable(path: Path) -> None:
    """Find out before long work that its file could not be written.

    Raises:
        OSError: naming the file as it was given.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        code = errno.EISDIR
    elif not target.parent.is_dir():
        code = errno.ENOENT
    elif not os.access(target.parent, os.W_OK):
        code = errno.EACCES
    else:
        return
    raise OSError(code, os.strerror(code), str(path))


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside the path that takes its place when all went well.

    A device or pipe, which cannot be replaced, is written to directly.

    Raises:
        OSError: naming the file as it was given.
    """
    target = Path(os.path.realpath(path))  # unlike Path.resolve, takes a loop of links
    try:
        direct = target.exists() and not target.is_file()
        with target.open("wb") if direct else _beside(target) as stream:
            yield stream
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[IO[bytes]]:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb", buffering=1 << 16) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(target.stat().st_mode if target.exists() else 0o666 & ~_umask())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def emit(path: Path | None, chunks: Iterable[str]) -> None:
    """Write pieces of text to a file, or to standard output if there is none."""
    if path is not None:
        write_file(path, chunks)
        return
    for chunk in chunks:
        sys.stdout.write(chunk)
