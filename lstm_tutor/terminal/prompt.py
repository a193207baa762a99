"""A line typed at a terminal, with line editing; what is typed survives Ctrl-Z and fg."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, ModuleType

from lstm_tutor.terminal.signals import heard


class _Continued(Exception):  # noqa: N818  # no error: the program was stopped and goes on
    """Carries what had been typed when the program was stopped."""


_LONGEST = 100_000  # characters of a line that is not typed


def line_after(prompt: str) -> str | None:
    """Return the next line, typed or from a file or pipe; None at the end of input."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return typed(prompt)
    line = sys.stdin.readline(_LONGEST)
    if not line:
        return None
    text = line.rstrip("\r\n")
    sys.stdout.write(f"{prompt}{text}\n")
    sys.stdout.flush()
    return line


def typed(prompt: str) -> str | None:
    """Return a line typed after a prompt; None at the end of input (Ctrl-D)."""
    editing = _line_editing()
    text = ""
    while True:
        try:
            with _noticing(editing), _begun(editing, text), heard():
                return input(prompt)
        except _Continued as again:
            text = str(again)
        except EOFError:
            sys.stdout.write("\n")
            return None
        except KeyboardInterrupt:
            sys.stdout.write("\n")
            raise


def _line_editing() -> ModuleType | None:
    """Return Python's line editing, which serves `input` once it is imported."""
    try:
        import readline
    except ImportError:
        return None
    return readline


@contextmanager
def _noticing(editing: ModuleType | None) -> Iterator[None]:
    """Ask anew when the program goes on after a stop: the shell has changed the terminal."""

    def continued(_number: int, _frame: FrameType | None) -> None:
        raise _Continued(editing.get_line_buffer() if editing else "")

    if editing is None or not hasattr(signal, "SIGCONT"):
        yield
        return
    before = signal.signal(signal.SIGCONT, continued)
    try:
        yield
    finally:
        signal.signal(signal.SIGCONT, before)


@contextmanager
def _begun(editing: ModuleType | None, text: str) -> Iterator[None]:
    """Let the line begin with a text, as if it had been typed."""
    if editing is None or not text:
        yield
        return
    editing.set_startup_hook(lambda: editing.insert_text(text))
    try:
        yield
    finally:
        editing.set_startup_hook(None)
