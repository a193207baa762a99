"""The keyboard of a terminal, one key at a time; each system has a module of its own.

The terminal is put back as it was on every way out: normal end, Ctrl-C, Ctrl-Z.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Protocol

from lstm_tutor.terminal.signals import owe, paid

_SCREEN_ON, _SCREEN_OFF = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"


class Keys(Protocol):
    """What reads single keys."""

    def enter(self) -> None:
        """Take the terminal: keys at once, no echo."""

    def leave(self) -> None:
        """Give the terminal back as it was."""

    def close(self) -> None:
        """Free what waiting took."""

    def read(self) -> str:
        """Wait for a key: a character, or the name of what has none.

        A pasted text comes as one item, led by "paste:"; "end" is the end of input, and
        "resize" says that the terminal has another size.
        """


def has_keys() -> bool:
    """Whether single keys can be read on this system."""
    return any(find_spec(name) for name in ("termios", "msvcrt"))


@contextmanager
def keyboard(*, screen: bool) -> Iterator[Keys]:
    """Take the terminal for reading keys; give it back whatever happens.

    Args:
        screen: also draw on the alternate screen, which vanishes at the end.
    """
    keys = _keys(*((_SCREEN_ON, _SCREEN_OFF) if screen else ("", "")))
    owe(keys.leave)
    try:
        keys.enter()
        yield keys
    finally:
        keys.leave()
        paid(keys.leave)
        keys.close()


def _keys(on: str, off: str) -> Keys:
    if find_spec("termios"):
        from lstm_tutor.terminal.unix import UnixKeys

        return UnixKeys(on, off)
    from lstm_tutor.terminal.windows import WindowsKeys

    return WindowsKeys(on, off)
