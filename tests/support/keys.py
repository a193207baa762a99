"""Random and hostile lines typed into lessons; `python -m keys 10000` in tests/support.

Whatever is typed, there is no traceback, and no answer is lost. After some of them it is
tried whether there is a way on: who types s and Enter only comes to the end of the lesson.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from command import invoke
from lessons import PATH, Typist

from lstm_tutor.lessons.record import HEAD, events_of

_WORDS = (
    *("?", "w", "h", "l", "s", "b", "p", "n", "k", "a", "c", "", "", "g", "t", "go", "help"),
    *("hint", "show", "skip", "back", "values", "map", "m", "q", "quit", "exit", "M", "Q"),
    *("0", "0.5", "-1.3", "1/3", "1e999", "nan", "inf", "1 2 3", "[1, 2]", "1;2", "0,5"),
    *("dout@1", "dU", "h@0*x@0", "tanh(1)", "__import__('os')", "1/0", "9**9**9", "dW_h"),
    *("(" * 500, "x" * 5000, "\x1b[2J", "\x00", "\t", "\u202e0.5", "ä", "½", "δout[0]", "−1"),
    *("nudge", "floors", "carri", "--help", "; rm", "{dU}", "%s", "\\n", "1" * 400),
)


_WAY_ON = 50  # of so many sequences one is gone on from
_MOST = 400  # lines until the end of a lesson


def lines_of(random: Random) -> list[str]:
    """Return lines that somebody might type, some of them on purpose."""
    found = []
    for _ in range(random.randrange(1, 25)):
        if random.random() < 0.8:
            found.append(random.choice(_WORDS))
        else:
            size = random.randrange(1, 12)
            found.append("".join(chr(random.randrange(32, 0x2FF)) for _ in range(size)))
    return found


def tried(number: int, lesson: str = "", *, on: bool = False) -> str:
    """Type lines into a lesson, and then what always leads on if that is to be tried; return
    what is wrong, or "".
    """
    random = Random(number)
    lesson = lesson or random.choice([entry.id for entry in PATH.entries])
    lines = iter(lines_of(random))
    most = {"left": _MOST}

    def typed() -> str | None:
        line = next(lines, None)
        if line is not None:
            return line
        most["left"] -= 1
        return "s" if most["left"] % 2 else ""

    def leaves() -> str | None:
        found = typed()
        return found if most["left"] > 0 and (on or most["left"] == _MOST) else None

    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        encoding = random.choice(["utf-8", "utf-8", "ascii"])
        answer = invoke("learn", lesson, typist=Typist(leaves), encoding=encoding)
        kept = Path(folder) / "lstm-tutor" / "learn.tsv"
        text = kept.read_text("utf-8") if kept.exists() else HEAD
    if answer.code or answer.err:
        return f"{lesson} {number}: ended with {answer.code}: {answer.err[-300:]}"
    if text.count("\n") != 1 + len(events_of(text)):
        return f"{lesson} {number}: a line of the record cannot be read"
    quits = "q" in answer.out.splitlines()[-1:]
    if most["left"] <= 0 and " is done." not in answer.out and not quits:
        return f"{lesson} {number}: no way on"
    return ""


def main() -> int:
    """Try so many lines, for at most so many minutes."""
    count, minutes = (*map(int, sys.argv[1:3]), 10_000, 60)[:2]
    ends, wrong, number = time.time() + 60 * minutes, 0, 0
    while number < count and time.time() < ends:
        if found := tried(number, on=number % _WAY_ON == 0):
            print(found, flush=True)
            wrong += 1
        number += 1
    print(f"{number:,} sequences, {wrong:,} wrong")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
