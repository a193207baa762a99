"""Files of numbers with damage: `python -m mutations [count] [seed]` in tests/support.

Whatever a file has become, it is read or refused within ten seconds of processor time and
one GiB, without a traceback, and each of its numbers is judged or named as not judged.
"""

from __future__ import annotations

import io
import json
import re
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType

import numpy as np
from numpy.random import Generator
from readings import tutor_of, values_of
from styles import STYLES, digits

from lstm_tutor.check.checking import Checked, checked
from lstm_tutor.check.report import report
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.dialects.notation import notation
from lstm_tutor.files.problem import BadInput
from lstm_tutor.numbers.written import Submission
from lstm_tutor.render.line import View
from lstm_tutor.submission.reading import submission_of

PASTED = Path(__file__).parents[1] / "data" / "pasted"
LIMIT = 10  # seconds of processor time for a file
SCENARIO = "two-units"
_NUMBER = re.compile(
    r"(?<![\w.])[-+−]?(?:[0-9]+\.[0-9]+|\.[0-9]+)(?:[eE][-+]?[0-9]+)?(?![\w.])"
)
_NAME = re.compile(  # what no array has in its lines
    r"[ \t]*(?!Parameter |requires_grad|dtype|grad_fn)"
    r"[^\W\d_][^\n:=≈()]{0,40}[ \t]*(?:[:≈]|=(?!=))"
)
_INPUT = re.compile(r"In \[")
_FACTOR = re.compile(r"[ \t]*1(?:\.0*)?[eE][-+][0-9]+ \*[ \t]*")  # of the numbers below it
_JUNK = [
    *("[", "]", "{", "}", "(", ")", ",", ";", ":", "=", "|", "\n", "\t", "\0", "\r", '"', "'"),
    *("nan", "inf", "-", "1e999", "1e-999", "…", "...", "é", "∂", "\ud7ff", "\x1b[2J", "t=1 "),
    *("9" * 40, "0.", ".5", "1,5", "\\", "`", "# ", "In [3]: ", "tensor(", "array(", "@0", "_"),
]


class TooSlow(Exception):  # noqa: N818  # a file's fate, counted as such
    """A file took more processor time than it may."""


@dataclass(frozen=True)
class Fate:
    """What became of a file: what is wrong with that, or nothing."""

    name: str
    content: bytes
    fault: str = ""


@cache
def originals() -> list[tuple[str, bytes]]:
    """Return right files of all formats."""
    one = tutor_of(SCENARIO)
    values = values_of(one, None)
    found = [
        style.written(one.trace, values, number % 2 * (style.timing != "at"), digits(6))
        for number, style in enumerate(STYLES)
    ]
    found += [(path.name, path.read_bytes()) for path in sorted(PASTED.glob("*/*"))]
    tree = {id_: np.asarray(value).tolist() for id_, value in values.items()}
    found.append(("x.yaml", json.dumps(tree, indent=1).encode()))
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(values["dW_a"]))
    found.append(("x.npy", buffer.getvalue()))
    return found


def damaged(random: Generator, content: bytes) -> bytes:
    """Return a file with one to six pieces of damage."""
    for _ in range(int(random.integers(1, 7))):
        content = _DAMAGES[int(random.integers(len(_DAMAGES)))](random, content)
    return content[: 2**20]


def _place(random: Generator, content: bytes) -> int:
    return int(random.integers(len(content) + 1))


def _cut(random: Generator, content: bytes) -> bytes:
    at = _place(random, content)
    return content[:at] + content[at + int(random.integers(1, 40)) :]


def _put(random: Generator, content: bytes) -> bytes:
    at = _place(random, content)
    return content[:at] + str(random.choice(_JUNK)).encode() + content[at:]


def _flip(random: Generator, content: bytes) -> bytes:
    at = _place(random, content)
    return content[:at] + bytes([int(random.integers(256))]) + content[at + 1 :]


def _end(random: Generator, content: bytes) -> bytes:
    return content[: _place(random, content)]


def _repeat(random: Generator, content: bytes) -> bytes:
    at, size = _place(random, content), int(random.integers(1, 30))
    times = int(random.choice([2, 3, 20, 2000]))
    return content[:at] + content[at : at + size] * times + content[at + size :]


def _shuffle(random: Generator, content: bytes) -> bytes:
    lines = content.split(b"\n")
    order = random.permutation(len(lines))
    return b"\n".join(lines[number] for number in order)


def _joined(random: Generator, content: bytes) -> bytes:
    _, other = originals()[int(random.integers(len(originals())))]
    return content[: _place(random, content)] + other[_place(random, other) :]


_DAMAGES: tuple[Callable[[Generator, bytes], bytes], ...] = (
    *(_cut, _cut, _put, _put, _put, _flip, _end, _repeat, _shuffle, _joined),
)


def fate(random: Generator) -> Fate:
    """Damage a file, read it, and say what is wrong with what came of it."""
    name, content = originals()[int(random.integers(len(originals())))]
    content = damaged(random, content)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    try:
        return Fate(name, content, _fault(name, content))
    except TooSlow:
        return Fate(name, content, f"more than {LIMIT} seconds")
    except BadInput:
        return Fate(name, content)
    except Exception as error:  # any is a fault, and says what it is
        return Fate(name, content, f"{type(error).__name__}: {error}")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _fault(name: str, content: bytes) -> str:
    one = tutor_of(SCENARIO)
    submission = submission_of(content, name)
    found = checked(one, submission)
    view = View(notation(DEFAULT_NOTATION, one.trace.scenario.cell))
    list(report(one.trace, found, view, 80))
    return "; ".join([*_lost(submission, found), *_unseen(submission)])


def _unseen(submission: Submission) -> Iterator[str]:
    """Say which numbers of the text itself are neither read nor listed with their line.

    A number that is not the value of a line, such as one of shown working, counts as read
    with it; what a torn array takes with it is listed with the array's first line.
    """
    names = " ".join(one.name for one in submission.entries)
    listed = {one.line for one in submission.ignored}
    read: dict[int, set[float]] = {}
    for one in submission.entries:
        read.setdefault(one.line, set()).update(np.abs(np.ravel(one.value)).tolist())
    told, values = True, set[float]()
    for number, line in enumerate(submission.text.split("\n"), 1):
        if number in read:
            told, values = number in listed, read[number]
        elif number in listed or _NAME.match(line):
            told, values = number in listed, set()
        if told or number in read or _INPUT.match(line) or _FACTOR.fullmatch(line):
            continue
        for text in _NUMBER.findall(line):
            if abs(float(text.replace("−", "-"))) not in values and text not in names:
                yield f"{text} in line {number} is neither read nor listed"


def _lost(submission: Submission, found: Checked) -> Iterator[str]:
    """Say which numbers are neither judged nor named."""
    named = found.reading.named
    if [one.entry for one in named] != list(submission.entries):
        yield "entries were dropped"
    judged = {(j.given.name, j.given.line, j.given.cell) for j in found.verdicts.judgements}
    often = {item.entry.name for item in found.remarks if "more than" in item.text}
    told = {id(item.entry) for item in (*found.unrecognised, *found.remarks)}
    for one in named:
        entry = one.entry
        here = (entry.name, entry.line, entry.cell)
        known = here in judged or id(entry) in told or entry.name in often
        if not known and not one.counted:
            yield f"{entry.name or 'a value'} in line {entry.line} is neither judged nor named"


def stop(signum: int, frame: FrameType | None) -> None:
    """End the reading of a file that takes too long."""
    raise TooSlow


def main() -> None:
    """Damage files, and print what went wrong."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    signal.signal(signal.SIGVTALRM, stop)
    faults = 0
    for number in range(count):
        found = fate(np.random.default_rng([seed, number]))
        if found.fault:
            faults += 1
            print(f"{seed} {number} {found.name}: {found.fault[:300]}", flush=True)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{faults} of {count} damaged files went wrong; at most {most} MiB were taken")
    sys.exit(bool(faults) or most > 1024)


if __name__ == "__main__":
    main()
