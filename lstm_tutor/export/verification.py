"""Re-checks a transcript or page: computes it anew from its scenario, compares the numbers.

It says how it was made. It is made again, and each number in it is compared
with the new one at the digits shown; a line that is worded differently counts too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.notation import Notation, notation, own_notation
from lstm_tutor.export.alignment import Block, aligned
from lstm_tutor.export.format import writer
from lstm_tutor.files.document import parse_data
from lstm_tutor.files.problem import BadInput, Place, Problem
from lstm_tutor.files.reading import LINE_BREAK
from lstm_tutor.files.text import quoted
from lstm_tutor.model.cell import Cell
from lstm_tutor.render.line import Detail, View
from lstm_tutor.scenario.embedded import PAGE, PAGE_END, TRANSCRIPT, marked, scenario_after
from lstm_tutor.trace.trace import compute

_GOLDEN = 12  # digits that do not depend on the machine
LARGEST = 256 * 1024 * 1024
_NUMBER = re.compile(r"(?<![\w.@])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])")
_STEP = re.compile(
    r"\*\*`([^`]+)`\*\*|^\| `([^`]+)` \||^<section class=\"step\" id=\"/([^\"]+)\""
)


@dataclass(frozen=True)
class Difference:
    """A line of a transcript that is not as computed.

    Attributes:
        line: its number, from 1.
        step: the id of the step that it belongs to; "" if to none.
        found, expected: the line as it stands, and as computed; "" where there is none.
    """

    line: int
    step: str
    found: str
    expected: str


@dataclass(frozen=True)
class Verification:
    """The result for one transcript: how many numbers were compared, what differs."""

    numbers: int
    differences: tuple[Difference, ...]


def verify(text: str, path: Path) -> Verification:
    """Compute a transcript anew and compare.

    Args:
        text: the transcript.
        path: its file, beside which a cell file would be.

    Raises:
        BadInput: if it is no transcript, or its scenario cannot be used.
        NotFinite: if its scenario's values overflow.
    """
    name = str(path)
    lines = LINE_BREAK.split(text)
    start, options = _options(lines, name)
    suffix = ".html" if lines[start].startswith(PAGE) else ".md"
    trace = compute(scenario_after(lines, start, path))
    chosen = _notation(options["notation"], trace.scenario.cell, name, start)
    view = View(chosen, options["digits"], Detail(options["detail"]))
    indices = _indices(options["steps"], len(trace), name)
    made = writer(suffix)(trace, indices, view)
    expected = "".join(_shown(made)).split("\n")
    if suffix == ".html":  # the rest is script, which is of one version
        lines, expected = (of[: _end(of)] for of in (lines, expected))
    differences = tuple(_compare(lines, expected))
    numbers = sum(len(_NUMBER.findall(line)) for line in expected)
    return Verification(numbers, differences)


def _shown(made: Iterable[str | bytes]) -> Iterator[str]:
    """Yield the pieces up to what a page only computes with."""
    for piece in made:
        if isinstance(piece, str):
            yield piece
            if PAGE_END in piece:
                return


def _end(lines: list[str]) -> int:
    """Return the number of lines before what a page only computes with."""
    return lines.index(PAGE_END) if PAGE_END in lines else len(lines)


def _options(lines: list[str], name: str) -> tuple[int, dict[str, Any]]:
    """Read what the transcript says about how it was made, and find where it says so."""
    start = marked(lines, TRANSCRIPT, PAGE)
    if start is None:
        expected = "a file written by 'lstm-tutor export -o FILE.md' or 'step --transcript'"
        raise BadInput([Problem("this is no transcript", Place(name), expected)])
    mark = PAGE if lines[start].startswith(PAGE) else TRANSCRIPT
    place = Place(name, start + 1, 1, lines[start])
    try:
        options = json.loads(lines[start][len(mark) :].removesuffix("-->"))
    except (ValueError, RecursionError):
        raise BadInput([Problem("the transcript's options are no JSON", place)]) from None
    if _usable(options):
        return start, dict(options)
    message = "the transcript's options are not those of this version"
    raise BadInput([Problem(message, place, remedy="export it anew")])


def _usable(options: Any) -> bool:
    return (
        isinstance(options, dict)
        and options.get("format") == 1
        and (
            options.get("notation") in notations() or isinstance(options.get("notation"), dict)
        )
        and options.get("digits") in range(1, 18)
        and options.get("detail") in list(Detail)
        and isinstance(options.get("steps"), str)
    )


def _notation(written: Any, cell: Cell, name: str, line: int) -> Notation:
    """Return the notation that a transcript names, or carries."""
    if isinstance(written, str):
        return notation(written, cell)
    return own_notation(parse_data(written, name, "notation", line), cell)


def _indices(steps: str, count: int, name: str) -> list[int]:
    """Read positions written as ranges in ascending order: 21-65,70."""
    found: list[int] = []
    for part in filter(None, steps.split(",")):
        first, _, last = part.partition("-")
        start, end = (_position(text, count) for text in (first, last or first))
        if start is None or end is None or start <= (found[-1] if found else -1):
            message = (
                f"the transcript names a step {quoted(part, 40)} that its scenario has not"
            )
            raise BadInput([Problem(message, Place(name), remedy="export it anew")])
        found += range(start, end + 1)
    return found


def _position(text: str, count: int) -> int | None:
    """Read a position below a count; None if it is none."""
    usable = text.isascii() and text.isdecimal() and len(text) <= len(str(count))
    return int(text) if usable and int(text) < count else None


def _compare(lines: list[str], expected: list[str]) -> Iterator[Difference]:
    """Yield the lines that differ; lines are matched by their words, numbers aside."""
    step = ""
    if len(lines) == len(expected):
        blocks: Iterable[Block] = [(0, len(lines), 0, len(expected))]
    else:
        blocks = aligned(
            [_masked(line) for line in lines], [_masked(line) for line in expected]
        )
    for first, last, other, other_last in blocks:
        for offset in range(max(last - first, other_last - other)):
            found = lines[first + offset] if first + offset < last else ""
            wanted = expected[other + offset] if other + offset < other_last else ""
            named = _STEP.search(wanted or found)
            if named:
                step = unescape(named[1] or named[2] or named[3])
            if _masked(found) != _masked(wanted) or not _same_numbers(found, wanted):
                yield Difference(min(first + offset, len(lines) - 1) + 1, step, found, wanted)


def _masked(line: str) -> str:
    """Return the line without its numbers; = and ≈ may change with a last digit."""
    return _NUMBER.sub("#", line).replace("≈", "=").replace("~=", "=").rstrip()


def _same_numbers(found: str, wanted: str) -> bool:
    """Whether all numbers agree at the digits shown."""
    pairs = zip(_NUMBER.findall(found), _NUMBER.findall(wanted), strict=True)
    return all(_equal(float(one), float(other), wanted) for one, other in pairs)


def _equal(one: float, other: float, line: str) -> bool:
    """Whether two numbers are equal; beyond golden digits the last ones may differ by
    machine, which shows only in lines with numbers of so many digits.
    """
    if one == other:
        return True
    long = any(len(re.sub(r"e.*|\D", "", text)) > _GOLDEN for text in _NUMBER.findall(line))
    return long and abs(one - other) <= 10.0**-_GOLDEN * max(abs(one), abs(other))
