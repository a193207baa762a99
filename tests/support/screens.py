"""Commands on a pseudo-terminal: keys are sent to them, and their screen is read back."""

from __future__ import annotations

import os
import sys
import time

import pexpect
import pyte


class Terminal:
    """A command on a pseudo-terminal, with a screen that shows what a person would see."""

    def __init__(
        self, *arguments: str, columns: int = 80, lines: int = 30, shell: bool = False
    ) -> None:
        environment = dict(os.environ, TERM="xterm", COLUMNS="", LINES="")
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            environment.pop(name, None)
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.Stream(self.screen)
        self.raw = ""
        program, before = sys.executable, ["-m", "lstm_tutor"]
        if shell:
            program, before = "bash", ["--norc", "--noediting", "-i"]
        self.child = pexpect.spawn(
            program,
            [*before, *arguments],
            dimensions=(lines, columns),
            env=environment,
            encoding="utf-8",
            timeout=20,
        )

    def read_until(self, text: str, *, raw: bool = False) -> None:
        """Read until the screen (or all that was ever written) shows the text."""
        end = time.monotonic() + 20
        while text not in (self.raw if raw else self.shown()):
            if time.monotonic() > end:
                raise AssertionError(f"{text!r} did not appear in:\n{self.shown()}")
            try:
                data = self.child.read_nonblocking(65536, timeout=1)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                raise AssertionError(f"ended before {text!r}:\n{self.shown()}") from None
            self.raw += data
            self.stream.feed(data)

    def send(self, keys: str) -> None:
        self.child.send(keys)

    def shown(self) -> str:
        return "\n".join(self.screen.display)

    def ended(self) -> int:
        """Read to the end; return the exit code (negative for a signal)."""
        while True:
            try:
                data = self.child.read_nonblocking(65536, timeout=20)
            except pexpect.EOF:
                break
            self.raw += data
            self.stream.feed(data)
        self.child.close()
        status: int | None = self.child.exitstatus
        number: int | None = self.child.signalstatus
        return -(number or 0) if status is None else status
