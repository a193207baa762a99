"""The keys of a Windows console, by msvcrt."""

from __future__ import annotations

import shutil
import sys
import time

from lstm_tutor.terminal.decoder import PLAIN
from lstm_tutor.terminal.stream import control

_LEADS = "\x00\xe0"  # of what has no character
_NAMES = {"H": "up", "P": "down", "M": "right", "K": "left", "I": "page up", "Q": "page down"}
_CONTROLS = {"\x1b": "escape", "\x1a": "end", **PLAIN}
_INTERRUPT = "\x03"
_PAUSE = 0.02  # seconds between looks for a key or another size


class WindowsKeys:
    """Reads keys from the console; see `keyboard.Keys`."""

    def __init__(self, on: str, off: str) -> None:
        self._on, self._off = on, off
        self._size = shutil.get_terminal_size()

    def enter(self) -> None:
        """Take the console; msvcrt reads keys at once and without echo by itself."""
        _take_sequences()
        self._write(self._on)

    def leave(self) -> None:
        """Give the console back as it was."""
        self._write(self._off)

    def close(self) -> None:
        """Free nothing: nothing was taken."""

    def _write(self, text: str) -> None:
        control(text)
        sys.stdout.flush()

    def read(self) -> str:
        """Wait for a key; "end" after Ctrl-Z, "resize" for another size."""
        import msvcrt

        while True:
            while not msvcrt.kbhit():
                size = shutil.get_terminal_size()
                if size != self._size:
                    self._size = size
                    return "resize"
                time.sleep(_PAUSE)
            letter = msvcrt.getwch()
            if letter == _INTERRUPT:
                raise KeyboardInterrupt
            if letter in _LEADS and msvcrt.kbhit():
                key = _NAMES.get(msvcrt.getwch(), "")
            else:
                key = _CONTROLS.get(letter, letter if letter.isprintable() else "")
            if key:
                return key


def _take_sequences() -> None:
    """Let the console obey escape sequences, which older ones do only if they are told."""
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  # unknown elsewhere
    output = kernel.GetStdHandle(-11)
    mode = ctypes.c_ulong()
    if kernel.GetConsoleMode(output, ctypes.byref(mode)):
        kernel.SetConsoleMode(output, mode.value | 4)
