"""A line typed at a terminal, with line editing; what is typed survives Ctrl-Z and fg."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from types import FrameType, ModuleType

from lstm_tutor.terminal.signals import heard


class _Continued(Exception):  # noqa: N818  # no error: the program was stopped and goes on
    """Carries what had been typed when the program was stopped."""


Ahead = Callable[[], object] | None
_LONGEST = 100_000  # characters of a line that is not typed


def line_after(prompt: str, ahead: Ahead = None) -> str | None:
    """Return the next line, typed or from a file or pipe; None at the end of input. While a
    person reads, what will be needed is done ahead, if that can be had; its errors are lost.
    """
    if sys.stdin.isatty() and sys.stdout.isatty():
        return typed(prompt, ahead)
    line = sys.stdin.readline(_LONGEST)
    if not line:
        return None
    text = line.rstrip("\r\n")
    sys.stdout.write(f"{prompt}{text}\n")
    sys.stdout.flush()
    return line


def typed(prompt: str, ahead: Ahead = None) -> str | None:
    """Return a line typed after a prompt; None at the end of input (Ctrl-D)."""
    editing = _line_editing()
    text = ""
    while True:
        try:
            with _noticing(editing), _begun(editing, text, ahead), heard():
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


def _noticing(editing: ModuleType | None) -> ExitStack:
    """Ask anew when the program goes on after a stop: the shell has changed the terminal."""

    def continued(_number: int, _frame: FrameType | None) -> None:
        raise _Continued(editing.get_line_buffer() if editing else "")

    over = ExitStack()
    if editing is not None and hasattr(signal, "SIGCONT"):
        over.callback(signal.signal, signal.SIGCONT, signal.signal(signal.SIGCONT, continued))
    return over


def _begun(editing: ModuleType | None, text: str, ahead: Ahead) -> ExitStack:
    """Let the line begin with a text, as if it had been typed; do what may be done ahead."""
    hooks = ExitStack()
    if editing is not None:
        editing.set_startup_hook(partial(editing.insert_text, text))
        hooks.callback(editing.set_startup_hook)
        before_keys = getattr(editing, "set_pre_input_hook", repr)  # not every library has it
        before_keys(ahead)
        hooks.callback(before_keys, None)
    return hooks
