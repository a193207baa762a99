"""What ends a command from outside: Ctrl-C, `kill`, a terminal that hangs up.

Each comes as an exception, so that what was taken is given back, and has the exit code that
a shell shows for its signal. The first one counts: those that come while a command ends,
such as of a key that is held down, do not keep it from giving back what it took.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread, get_ident
from types import FrameType
from typing import Any

INTERRUPTED = 130
_PATIENCE = 2.0  # seconds in which a command may end before it is told so again
_AGAIN = 0.01  # seconds after which an exception that Python dropped comes again
_UNHEARD = 1.0  # and one that Python took for a failure of its own, as `input` does
_DEAF = 5  # times after which it is not heard
_LISTEN = 0.1  # seconds after which a signal at a prompt is sent again
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_debts: list[Callable[[], None]] = []
_listeners: list[_Listener] = []


def owe(debt: Callable[[], None]) -> None:
    """Remember what is to be done before the program ends, until it is `paid`."""
    _debts.append(debt)


def paid(debt: Callable[[], None]) -> None:
    """Forget what was done."""
    with suppress(ValueError):
        _debts.remove(debt)


@contextmanager
def ending() -> Iterator[None]:
    """Let signals end a command by way of exceptions; pay what is owed after it."""
    end = _End()
    before = {}
    for name in _NAMES:
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, end)
    if hasattr(signal, "SIGALRM"):
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, end.again)
    unraisable, sys.unraisablehook = sys.unraisablehook, end.dropped
    try:
        yield
    except (SystemError, OSError) as error:  # of a broken `input`; of a lost terminal
        end.as_came()
        failed = getattr(error, "errno", 0) == errno.EIO
        if failed and stat.S_ISCHR(os.fstat(0).st_mode) and not os.isatty(0):
            end(signal.SIGHUP, None)  # a terminal may fail before its signal has come
        raise
    finally:
        _wake(0)
        while _debts:
            with suppress(OSError):
                _debts.pop()()
        sys.unraisablehook = unraisable
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if end.code else handler)


@contextmanager
def heard() -> Iterator[None]:
    """Let a signal be heard while C code waits for a line.

    One that comes as line editing works on a key would else wait for the next key: Python
    only notes it. Here a thread, told of it by the wake-up descriptor, sends it again.
    """
    if not hasattr(signal, "pthread_kill"):
        yield
        return
    if not _listeners:
        _listeners.append(_Listener())
    over = _listeners[0].over
    _listeners[0].note_terminal()
    over.clear()
    try:
        yield
    finally:
        over.set()


class _Listener:
    """Sends each signal that is noted at a prompt once more, until that has been left.

    Attributes:
        over: set where there is no prompt.
    """

    def __init__(self) -> None:
        self.over = Event()
        self._terminal: list[Any] = []
        reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)
        self._before = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        every = signal.valid_signals()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, every)  # none may go to the thread
        Thread(target=self._listen, args=(reading, get_ident()), daemon=True).start()
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        owe(self._end)

    def note_terminal(self) -> None:
        """Remember how the terminal is before a prompt changes it."""
        import termios

        with suppress(OSError, termios.error):
            self._terminal = termios.tcgetattr(sys.stdin.fileno())

    def _listen(self, reading: int, to: int) -> None:
        ends = {getattr(signal, name, 0) for name in _NAMES}
        while noted := os.read(reading, 1):
            tries = 0
            while noted[0] in ends and not self.over.wait(_LISTEN):
                tries += 1
                if tries > _DEAF:  # line editing waits for a key that the terminal dropped
                    self._leave(128 + noted[0])
                signal.pthread_kill(to, noted[0])
        os.close(reading)

    def _leave(self, code: int) -> None:
        import termios

        with suppress(OSError, termios.error):
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._terminal)
        for debt in [debt for debt in reversed(_debts) if debt != self._end]:
            with suppress(OSError):
                debt()
        os._exit(code)

    def _end(self) -> None:
        _listeners.remove(self)
        signal.set_wakeup_fd(self._before)
        os.close(self._writing)


class _End:
    """Raises what ends the program.

    Attributes:
        code: the exit code; 0 if nothing has come.
    """

    def __init__(self) -> None:
        self.code = 0
        self._last = 0.0

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self.code or now - self._last > _PATIENCE:
            self.code, self._last = 128 + number, now
            self.again()

    def again(self, *_: object) -> None:
        """Raise it once more; and again, should this one be lost too."""
        _wake(_UNHEARD)
        self.as_came()

    def as_came(self) -> None:
        """Raise what ends the program, if a signal has come."""
        if self.code == INTERRUPTED:
            raise KeyboardInterrupt from None
        if self.code:
            raise SystemExit(self.code) from None

    def dropped(self, found: sys.UnraisableHookArgs) -> None:
        """Raise it soon where Python dropped it, as in what it calls to free an object."""
        if not (self.code and issubclass(found.exc_type, KeyboardInterrupt | SystemExit)):
            sys.__unraisablehook__(found)
        elif not _wake(_AGAIN):
            os._exit(self.code)


def _wake(seconds: float) -> bool:
    """Have an alarm rung in so many seconds, or none for 0; say whether that can be had."""
    if not hasattr(signal, "setitimer"):
        return False
    signal.setitimer(signal.ITIMER_REAL, seconds)
    return True
