"""The doors to standard output and the error stream: foreign text gets through as text.

Whoever writes to `sys.stdout` or `sys.stderr`, by whatever way, writes through a door, and
cannot forget it. Only the escape sequences of our own go past it: those of `control`, and
those that a console of `screen` writes for its styles.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from lstm_tutor.files.text import visible_lines


class Door:
    """A text stream that shows control and invisible characters as marks."""

    def __init__(self, inner: IO[str]) -> None:
        self.inner = inner

    def write(self, text: str) -> int:
        """Write text, its lines as `visible` makes them."""
        self.inner.write(visible_lines(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several pieces of text."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":  # the way round the door
            raise AttributeError(name)
        return getattr(self.inner, name)


@contextmanager
def guarded() -> Iterator[None]:
    """Put a door before each stream; a character that it cannot take is replaced, and the
    warnings of libraries are for those who ask Python for them.
    """
    nothing = Path(os.devnull)
    if sys.stdin is None:  # closed, as by <&-
        sys.stdin = nothing.open(encoding="utf-8")  # to the end
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, nothing.open("w", encoding="utf-8"))
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors != "replace":
            stream.reconfigure(errors="replace")
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(Door, before)
    warned = warnings.showwarning
    if not sys.warnoptions:
        warnings.showwarning = _unsaid
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        warnings.showwarning = warned


def _unsaid(*_: object, **__: object) -> None:
    """Say nothing: a warning names our insides, and nothing that a user can do."""


def inner(stream: IO[str]) -> IO[str]:
    """Return the stream behind a door."""
    return getattr(stream, "inner", stream)


def control(sequence: str) -> None:
    """Write an escape sequence of our own to standard output."""
    inner(sys.stdout).write(sequence)
