"""What a failure looks like: a message on the error stream and an exit code.

1 for a bad file or a failed check, 2 for bad usage, 130 on Ctrl-C, 143 if told to end
by `kill`. A reader that closed the pipe is no failure.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from lstm_tutor.files.text import visible

BAD_INPUT = 1
BAD_USAGE = 2
INTERRUPTED = 130
TERMINATED = 143
_HELD = 0.3  # seconds in which a second interrupt is taken for the first


@contextmanager
def failing() -> Iterator[None]:
    """Turn what a user can cause into a message and an exit code."""
    from lstm_tutor.files.problem import BadInput

    try:
        with _signals():
            yield
            sys.stdout.flush()
    except (BadInput, ArithmeticError) as error:
        show_problems(error)
        sys.exit(BAD_INPUT)
    except LookupError as error:
        if type(error) in (KeyError, IndexError):
            raise
        _say(f"error: {error}")
        sys.exit(BAD_USAGE)
    except BrokenPipeError:
        quiet_exit()
    except SystemExit as error:  # rich and click answer a closed pipe with exit code 1
        if isinstance(error.__context__, BrokenPipeError):
            quiet_exit()
        raise
    except MemoryError:
        _say("error: there is not enough memory", "  try: fewer hidden units or time steps")
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        _say(f"error: {name}{error.strerror or error}")
        sys.exit(BAD_INPUT)


@contextmanager
def _signals() -> Iterator[None]:
    """Let signals end a command by way of exceptions, so that what it took is given back."""
    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, _terminated)}
    interrupt = _Interrupt()
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        before[signal.SIGINT] = signal.signal(signal.SIGINT, interrupt)
    unraisable = sys.unraisablehook
    sys.unraisablehook = _unraisable
    try:
        yield
    finally:
        sys.unraisablehook = unraisable
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if interrupt.came else handler)


class _Interrupt:
    """Raises KeyboardInterrupt; a key that is held down is one interrupt."""

    def __init__(self) -> None:
        self._last = -1.0

    @property
    def came(self) -> bool:
        """Whether there was one: the program ends, and need not be told again."""
        return self._last >= 0

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self.came or now - self._last > _HELD:
            self._last = now
            raise KeyboardInterrupt


def _unraisable(found: sys.UnraisableHookArgs) -> None:
    """End on an interrupt that came where Python drops exceptions."""
    if issubclass(found.exc_type, KeyboardInterrupt):
        os._exit(INTERRUPTED)
    sys.__unraisablehook__(found)


def _terminated(_number: int, _frame: FrameType | None) -> None:
    """End as on any failure: the terminal is given back, half a file taken away."""
    sys.exit(TERMINATED)


def quiet_exit() -> None:
    """End without a word: nobody reads our output any more."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    os._exit(0)


def show_problems(error: Exception, name: str = "") -> None:
    """Say what is wrong with a file, on the error stream."""
    from lstm_tutor.files.problem import BadInput

    if not isinstance(error, BadInput):
        lead = f"{name}: " if name else ""
        _say(f"error: {lead}{error}", "  try: smaller inputs or weights")
        return
    for problem in error.problems:
        first, *rest = problem.lines()
        _say(f"error: {first}", *rest)
    if error.count > 1:
        _say(f"{error.count:,} problems")


def _say(*lines: str) -> None:
    for line in lines:
        typer.echo(visible(line), err=True)
