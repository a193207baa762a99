"""Rows of numbers that stand on lines of their own, as one array in brackets.

MATLAB, Octave, Julia, R, Fortran, Eigen and spreadsheets print a matrix below its name so. No
line is added or taken away, so that places in messages stay right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lstm_tutor.numbers.written import NUMBER, WORDS

_ONE = rf"(?:{WORDS}|{NUMBER})"
_ROW = re.compile(rf"[ \t]*{_ONE}(?:(?:[ \t]*,[ \t]*|[ \t]+){_ONE})*[ \t,;]*")
_IN_ONE = re.compile(r"[ \t]*\[([^\[\]\n]*)\][ \t,;]*")
_VALUE = re.compile(_ONE)
_LABELLED = re.compile(r"^[ \t]*\[[0-9]{1,6},\](?=[ \t]+[-+−.0-9])")  # of a row, in R
_HEADED = re.compile(r"^[ \t]*(?:\[,[0-9]{1,6}\][ \t]*)+$")  # of the columns, in R
_SIZED = re.compile(  # what Julia says above an array
    r"^[ \t]*[0-9]+(?:[×x][0-9]+)*(?:-element)? (?:\w+\.)?\w*(?:Vector|Matrix|Array)\b[^\n]*:$"
)
_SCALED = re.compile(rf"^[ \t]*({NUMBER})[ \t]*\*[ \t]*$")  # the rows below, in MATLAB
_NAMED = re.compile(r"[^\W\d]")
_FILLED = re.compile(r"[=:≈|][ \t]*[-+−.\[({]?[0-9]|[0-9]\.[0-9]")
_LONGEST = 10_000  # characters of a row
_MOST_ABOVE = 2  # empty lines between a name and its rows


def in_brackets(lines: Sequence[str]) -> list[str]:
    """Return lines with each array that has a row a line below a name in brackets.

    Args:
        lines: of a text.

    Returns:
        As many lines.
    """
    found = [_without_labels(line) for line in lines]
    number = 0
    while number < len(found):
        end = number
        while end < len(found) and _is_row(found[end]):
            end += 1
        if end > number:
            _bracket(found, number, end)
        number = max(end, number + 1)
    return found


def _without_labels(line: str) -> str:
    """Return a line without the labels of rows; what only says a size is empty."""
    if "[" in line or "-element" in line or "×" in line or "x" in line:
        line = _LABELLED.sub("", line)
        return "" if _HEADED.match(line) or _SIZED.match(line) else line
    return line


def _is_row(line: str) -> bool:
    """Whether a line is numbers side by side, alone or in one bracket."""
    if len(line) > _LONGEST:
        return False
    inside = _IN_ONE.fullmatch(line)
    return _ROW.fullmatch(inside[1] if inside else line) is not None


def _bracket(lines: list[str], start: int, end: int) -> None:
    """Put rows of equal length into brackets, if a name without a value stands above."""
    above, scale, above_scale = start, "", start
    for _ in range(_MOST_ABOVE + 2):
        above -= 1
        text = lines[above] if above >= 0 else ""
        scaled = _SCALED.match(text)
        if scaled and not scale:
            scale, above_scale = scaled[1], above
        elif text.strip(" \t,;"):
            break
    if above < 0 or not _NAMED.search(lines[above]) or _FILLED.search(lines[above]):
        return
    rows = [_VALUE.findall(line) for line in lines[start:end]]
    several = len(rows) > 1 and len({len(row) for row in rows}) == 1
    if not (several or scale) or not any("." in text for row in rows for text in row):
        return
    if len(rows[0]) > 1 and _is_counted(rows):
        return
    if scale:
        power = f"{float(scale):e}".partition("e")
        if float(power[0]) != 1:
            return
        lines[above_scale] = ""
        rows = [[f"{text}e{int(power[2])}" for text in row] for row in rows]
    for place, row in enumerate(rows, start):
        first, last = place == start, place == end - 1
        lines[place] = f"{'[' if first else ''}[{', '.join(row)}]{']' if last else ','}"


def _is_counted(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first column only counts the rows."""
    first = [row[0] for row in rows]
    return any(
        first == [str(number) for number in range(start, start + len(rows))] for start in (0, 1)
    )
