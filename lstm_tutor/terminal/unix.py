"""The keys of a Unix terminal, by termios, and the signals that matter while one waits."""

from __future__ import annotations

import errno
import os
import select
import signal
import sys
from collections import deque
from contextlib import suppress
from types import FrameType

from lstm_tutor.terminal.decoder import Decoder
from lstm_tutor.terminal.stream import control

_PASTE_ON, _PASTE_OFF = "\x1b[?2004h", "\x1b[?2004l"
_WAIT_FOR_REST = 0.1  # seconds that the rest of an escape sequence may take


class UnixKeys:
    """Reads keys from standard input; see `keyboard.Keys`."""

    def __init__(self, on: str, off: str) -> None:
        import termios

        self._descriptor = sys.stdin.fileno()
        self._on, self._off = _PASTE_ON + on, off + _PASTE_OFF
        self._decoder = Decoder()
        self._keys: deque[str] = deque()
        self._before = termios.tcgetattr(self._descriptor)
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._handlers = {
            signal.SIGWINCH: signal.signal(signal.SIGWINCH, self._tell),
            signal.SIGTSTP: signal.signal(signal.SIGTSTP, self._suspend),
        }

    def enter(self) -> None:
        """Take the terminal: keys at once, no echo, pasted text marked."""
        import termios
        import tty

        tty.setcbreak(self._descriptor, termios.TCSADRAIN)
        control(self._on)
        sys.stdout.flush()

    def leave(self) -> None:
        """Give the terminal back as it was, if it is still there."""
        import termios

        with suppress(OSError):
            control(self._off)
            sys.stdout.flush()
        with suppress(termios.error):
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def close(self) -> None:
        """Free what waiting for signals took."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._woken)
        os.close(self._wake)

    def _suspend(self, _number: int, _frame: FrameType | None) -> None:
        """Stop as Ctrl-Z asks, with the terminal as it was; go on where we were."""
        self.leave()
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)
        self.enter()
        self._tell()

    def _tell(self, *_: object) -> None:
        with suppress(BlockingIOError):
            os.write(self._wake, b"!")

    def read(self) -> str:
        """Wait for a key; "resize" for another size."""
        while not self._keys:
            wait = _WAIT_FOR_REST if self._decoder.waiting else None
            ready, _, _ = select.select([self._descriptor, self._woken], [], [], wait)
            if self._woken in ready:
                os.read(self._woken, 1024)
                return "resize"
            if not ready:
                self._keys.extend(self._decoder.flush())
                continue
            data = os.read(self._descriptor, 1024)
            if not data:
                raise OSError(errno.EIO, "the terminal has hung up")
            self._keys.extend(self._decoder.feed(data))
        return self._keys.popleft()
