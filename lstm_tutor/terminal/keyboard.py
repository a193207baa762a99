"""The keyboard of a terminal, one key at a time, and signals that matter while waiting.

The terminal is put back as it was on every way out: normal end, Ctrl-C, Ctrl-Z.
"""

from __future__ import annotations

import codecs
import os
import select
import signal
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from lstm_tutor.terminal.stream import control

RESIZE = "resize"
_PASTE_ON, _PASTE_OFF = "\x1b[?2004h", "\x1b[?2004l"
_SCREEN_ON, _SCREEN_OFF = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_WAIT_FOR_REST = 0.1  # seconds that the rest of an escape sequence may take
_ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left"}
_PAGES = {"5~": "page up", "6~": "page down"}
_PLAIN = {"\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\b": "backspace"}


class Decoder:
    """Turns bytes into keys; what is incomplete waits for its rest.

    A pasted text comes as one item, led by "paste:"; unknown escape sequences vanish.
    """

    def __init__(self) -> None:
        self._text = ""
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> list[str]:
        """Return the keys that the bytes complete."""
        self._text += self._utf8.decode(data)
        keys = []
        while self._text:
            key, used = self._first()
            if not used:
                break
            self._text = self._text[used:]
            if key:
                keys.append(key)
        return keys

    @property
    def waiting(self) -> bool:
        """Whether an escape has come whose rest may still follow."""
        return bool(self._text)

    def flush(self) -> list[str]:
        """Return a lone escape as a key: nothing followed it in time."""
        alone = self._text == "\x1b"
        if not self._text.startswith("\x1b[200~"):
            self._text = ""
        return ["escape"] if alone else []

    def _first(self) -> tuple[str, int]:
        """Return the first key and how much text it takes; 0 if its rest is missing."""
        text = self._text
        if text[0] != "\x1b":
            letter = _PLAIN.get(text[0], text[0])
            return (letter if len(letter) > 1 or letter.isprintable() else ""), 1
        if len(text) == 1:
            return "", 0
        if text.startswith("\x1b[200~"):
            end = text.find("\x1b[201~")
            return (f"paste:{text[6:end]}", end + 6) if end >= 0 else ("", 0)
        if text[1] not in "[O":
            return "", 1
        for number, letter in enumerate(text[2:], 2):
            if "@" <= letter <= "~":
                return _PAGES.get(text[2 : number + 1]) or _ARROWS.get(letter, ""), number + 1
        return "", 0


def has_keys() -> bool:
    """Whether single keys can be read on this system: Windows has no termios."""
    try:
        import termios
    except ImportError:
        return False
    return bool(termios)


class Keyboard:
    """Reads keys from standard input, which must be a terminal."""

    def __init__(self, *, screen: bool) -> None:
        self._descriptor = sys.stdin.fileno()
        self._screen = screen
        self._decoder = Decoder()
        self._keys: deque[str] = deque()
        import termios

        self._before = termios.tcgetattr(self._descriptor)
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)

    def enter(self) -> None:
        """Take the terminal: keys at once, no echo, pasted text marked."""
        import termios
        import tty

        tty.setcbreak(self._descriptor, termios.TCSADRAIN)
        _write(_PASTE_ON + (_SCREEN_ON if self._screen else ""))

    def leave(self) -> None:
        """Give the terminal back as it was."""
        import termios

        _write((_SCREEN_OFF if self._screen else "") + _PASTE_OFF)
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def close(self) -> None:
        """Free what waiting for signals took."""
        os.close(self._woken)
        os.close(self._wake)

    def resized(self, _number: int, _frame: FrameType | None) -> None:
        """Note that the terminal has another size."""
        self._tell()

    def suspend(self, _number: int, _frame: FrameType | None) -> None:
        """Stop as Ctrl-Z asks, with the terminal as it was; go on where we were."""
        self.leave()
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)
        self.enter()
        self._tell()

    def _tell(self) -> None:
        with suppress(BlockingIOError):
            os.write(self._wake, b"!")

    def read(self) -> str:
        """Wait for a key; "end" at the end of input, "resize" for another size."""
        while not self._keys:
            wait = _WAIT_FOR_REST if self._decoder.waiting else None
            ready, _, _ = select.select([self._descriptor, self._woken], [], [], wait)
            if self._woken in ready:
                os.read(self._woken, 1024)
                return RESIZE
            if not ready:
                self._keys.extend(self._decoder.flush())
                continue
            data = os.read(self._descriptor, 1024)
            if not data:
                return "end"
            self._keys.extend(self._decoder.feed(data))
        return self._keys.popleft()


def _write(text: str) -> None:
    control(text)
    sys.stdout.flush()


@contextmanager
def keyboard(*, screen: bool) -> Iterator[Keyboard]:
    """Take the terminal for reading keys; give it back whatever happens.

    Args:
        screen: also draw on the alternate screen, which vanishes at the end.
    """
    keys = Keyboard(screen=screen)
    handlers = {
        signal.SIGWINCH: signal.signal(signal.SIGWINCH, keys.resized),
        signal.SIGTSTP: signal.signal(signal.SIGTSTP, keys.suspend),
    }
    try:
        keys.enter()
        yield keys
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        keys.leave()
        keys.close()
