"""Signals and resizes at random moments of every command: `python -m interrupts`.

Each command runs on a pseudo-terminal of its own, and gets Ctrl-C, SIGTERM or SIGHUP at a
moment spread over its run, start-up and end included; then walks, quizzes and lessons get
random keys while the terminal changes its size. Looked at are the exit code, tracebacks, the
terminal's modes and screens, and files that are left or not whole. Longer than a test may
take; the suite takes a few. Exits with 1 where something ended badly.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from command import COMMAND, environment

Arguments = tuple[str, ...]
COMMANDS: tuple[Arguments, ...] = (
    *(("run", "two-units"), ("run", "gomez", "-o", "o.txt"), ("step", "gomez")),
    *(
        ("why", "da@0"),
        ("check", "mine.csv"),
        ("check", "mine.csv", "--summary", "-o", "o.csv"),
    ),
    *(("export", "gomez", "-o", "o.md"), ("export", "gomez", "-o", "o.html")),
    *(("verify", "mine.md"), ("worksheet", "gomez", "-o", "w.md"), ("scenarios",)),
    *(("show", "lstm"), ("validate", "gomez", "two-units"), ("gradcheck", "two-units")),
    *(("audit", "gomez"), ("schema", "-o", "o.json"), ("--help",), ("learn", "--skills")),
)
TALKS: tuple[Arguments, ...] = (
    *(("step", "gomez", "--pause"), ("step", "gomez", "--pause", "--screen")),
    *(("quiz", "gomez"), ("learn",), ("learn", "nudge")),
)
INTERRUPTIONS, RESIZES = 500, 300
_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
_KEYS = ("n", "b", "w", "l", "d", "?", "t", "\r", "0.5\r", "show\r", "?\r", "\x1b[C", "g", "x")
_MODES = (("\x1b[?1049h", "\x1b[?1049l"), ("\x1b[?25l", "\x1b[?25h"))
_SECONDS = 60  # that a command may take to end on this machine, however busy


@dataclass(frozen=True)
class Ended:
    """How a command on a pseudo-terminal ended.

    Attributes:
        code: its exit code; None if it did not end.
        text: what it wrote.
        sane: whether the terminal is as it was.
    """

    code: int | None
    text: str
    sane: bool

    @property
    def early(self) -> bool:
        """Whether a signal came before our first line: then Python itself answers it."""
        return "Traceback" in self.text and "lstm_tutor" not in self.text

    def faults(self, codes: tuple[int, ...]) -> Iterator[str]:
        """Yield what is wrong with it."""
        if self.early:
            return
        if self.code is None:
            yield "did not end"
        elif self.code not in codes:
            yield f"exit code {self.code}: {self.text[-300:]!r}"
        if "Traceback" in self.text:
            yield f"a traceback: {self.text[-1500:]!r}"
        if not self.sane:
            yield "the terminal is not as it was"
        for on, off in _MODES:
            if self.text.rfind(on) > self.text.rfind(off):
                yield f"{off!r} was not written"


def _controlled() -> None:
    """Let the terminal be the child's own, and signals end it, whatever began this program."""
    for number in _CODES:
        signal.signal(number, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Pseudo:
    """A command on a pseudo-terminal, which is the one that controls it."""

    def __init__(self, arguments: Arguments, folder: Path) -> None:
        self._own, slave = os.openpty()
        self._slave = slave
        self.resize(80, 24)
        self._before = termios.tcgetattr(slave)
        self.text = ""
        self.child = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            env=environment(TERM="xterm", XDG_STATE_HOME=str(folder)),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_controlled,  # noqa: PLW1509  # there are no threads
        )

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size."""
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, size)

    def type(self, keys: str) -> None:
        """Send keys."""
        os.write(self._own, keys.encode())

    def read_for(self, seconds: float) -> bool:
        """Read what it writes for a while; say whether it still runs."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            ready, _, _ = select.select([self._own], [], [], max(0.0, min(left, 0.02)))
            if ready:
                self.text += os.read(self._own, 65536).decode(errors="replace")
            elif self.child.poll() is not None:
                return False
            elif left <= 0:
                return True

    def ended(self) -> Ended:
        """Read to its end, and say how it was."""
        code = None if self.read_for(_SECONDS) else self.child.wait()
        sane = termios.tcgetattr(self._slave) == self._before
        self.close()
        return Ended(code, self.text, sane)

    def close(self) -> None:
        """End it, if it still runs."""
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        os.close(self._own)
        os.close(self._slave)


def interrupted(arguments: Arguments, folder: Path, seconds: float, random: Random) -> Ended:
    """Run a command and interrupt it somewhere in so many seconds."""
    number = random.choice(list(_CODES))
    terminal = Pseudo(arguments, folder)
    moment = random.random() * seconds
    while moment > 0 and terminal.read_for(min(moment, 0.1)):
        moment -= 0.1
        if arguments in TALKS and random.random() < 0.5:
            terminal.type(random.choice(_KEYS))
    if terminal.child.poll() is None:
        if number is signal.SIGINT and random.random() < 0.5:
            terminal.type("\x03" * random.choice((1, 1, 2, 5)))
        else:
            for _ in range(random.choice((1, 1, 2))):
                terminal.child.send_signal(number)
    ended = terminal.ended()
    if ended.code in (-number, 0):  # before our first line, or it had ended
        return ended
    wanted = _CODES[number]
    return Ended(0 if ended.code == wanted else ended.code, ended.text, ended.sane)


def resized(arguments: Arguments, folder: Path, times: int, random: Random) -> Ended:
    """Give a talk's terminal other sizes while keys are typed; then leave it."""
    terminal = Pseudo(arguments, folder)
    terminal.read_for(1.0)
    for _ in range(times):
        terminal.resize(random.choice((1, 2, 20, 40, 80, 200)), random.choice((1, 2, 9, 60)))
        if random.random() < 0.5:
            terminal.type(random.choice(_KEYS))
        if not terminal.read_for(0.05):
            break
    for keys in ("\r", "\x15q\r", "\x1b", "q", "\x15q\r", "\x15\x04") * 5:
        if not terminal.read_for(0.3):
            break
        terminal.type(keys)
    return terminal.ended()


def made(folder: Path) -> dict[str, bytes]:
    """Write the files that commands read; return what is in them."""
    for name in ("mine.csv", "mine.md"):
        call = [*COMMAND, "export", "gomez", "-o", name]
        subprocess.run(call, cwd=folder, env=environment(), check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def seconds_of(arguments: Arguments, folder: Path) -> float:
    """Return how long a command takes; a talk as long as it likes."""
    if arguments in TALKS:
        return 2.0
    start = time.monotonic()
    call = [*COMMAND, *arguments]
    subprocess.run(call, cwd=folder, env=environment(), check=False, capture_output=True)
    return time.monotonic() - start


def left(folder: Path, whole: dict[str, bytes]) -> Iterator[str]:
    """Yield what is wrong with the files of a folder."""
    for path in folder.rglob("*"):
        if path.name.startswith("."):
            yield f"left {path.name}"
        elif path.name in whole and path.read_bytes() != whole[path.name]:
            yield f"{path.name} is not whole"


def badly_ended(count: int, resizes: int, seed: int) -> Iterator[str]:
    """Interrupt commands so often, and give talks so many sizes; yield what is wrong."""
    random = Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = made(folder)
        seconds: dict[Arguments, float] = {}
        for number in range(count):
            arguments = random.choice((*COMMANDS, *TALKS, *TALKS))
            where = f"{number} {' '.join(arguments)}"
            if arguments not in seconds:
                seconds[arguments] = seconds_of(arguments, folder)
            for path in folder.glob("[ow][.-]*"):
                path.unlink()
            ended = interrupted(arguments, folder, seconds[arguments] * 1.1, random)
            codes = (0, -signal.SIGINT, -signal.SIGTERM, -signal.SIGHUP)
            yield from (f"{where}: {what}" for what in ended.faults(codes))
            yield from (f"{where}: {what}" for what in left(folder, whole))
        done = 0
        while done < resizes:
            arguments = random.choice(TALKS)
            ended = resized(arguments, folder, 10, random)
            yield from (f"resized {' '.join(arguments)}: {what}" for what in ended.faults((0,)))
            done += 10


def main() -> None:
    """Print what ended badly; exit with 1 if something did."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--count", type=int, default=INTERRUPTIONS)
    parser.add_argument("--resizes", type=int, default=RESIZES)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    found: Counter[str] = Counter()
    for text in badly_ended(asked.count, asked.resizes, asked.seed):
        found["badly"] += 1
        print(text, flush=True)
    print(
        f"seed {asked.seed}: {asked.count} interruptions, {asked.resizes} resizes:"
        f" {found['badly']} badly ended"
    )
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
