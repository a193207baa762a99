"""What a failure looks like: a message on the error stream and an exit code.

1 for a bad file or a failed check, 2 for bad usage, 130 on Ctrl-C, 143 if told to end
by `kill`, 129 if the terminal hung up. A reader that closed the pipe is no failure.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from lstm_tutor.files.problem import Place

from lstm_tutor.files.text import visible
from lstm_tutor.terminal.signals import ending

BAD_INPUT = 1
BAD_USAGE = 2


@contextmanager
def failing() -> Iterator[None]:
    """Turn what a user can cause into a message and an exit code."""
    from lstm_tutor.files.problem import BadInput

    try:
        with ending():
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
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        _say(f"error: {name}{error.strerror or error}")
        sys.exit(BAD_INPUT)


def quiet_exit() -> None:
    """End without a word: nobody reads our output any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    os._exit(0)


def show_problems(error: Exception, name: str = "") -> None:
    """Say what is wrong with a file, on the error stream."""
    from lstm_tutor.files.problem import BadInput, Place, Problem

    if not isinstance(error, BadInput):
        place = _cause(error)
        remedy = "a smaller number there" if place else "smaller inputs or weights"
        lead = Problem(str(error), place or Place(name), remedy=remedy).lines()
        _say(f"error: {lead[0].removeprefix(': ')}", *lead[1:])
        return
    for problem in error.problems:
        first, *rest = problem.lines()
        _say(f"error: {first}", *rest)
    if error.count > 1:
        _say(f"{error.count:,} problems")


def _cause(error: Exception) -> Place | None:
    """Return where the number stands that made a value overflow, if that is known."""
    scenario = getattr(error, "scenario", None)
    if scenario is None:
        return None
    from lstm_tutor.execution.cause import cause

    return cause(scenario, getattr(error, "id", ""))


def _say(*lines: str) -> None:
    for line in map(visible, lines):
        for piece in _fitted(line) if sys.stderr.isatty() else [line]:
            typer.echo(piece, err=True)


def _fitted(line: str) -> list[str]:
    from lstm_tutor.render.breaking import fitted

    return fitted(line, shutil.get_terminal_size().columns)
