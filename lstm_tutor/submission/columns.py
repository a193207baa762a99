"""Tables whose columns are held apart by blanks, as pandas prints them, written out as lines.

A row becomes one line of names and values, so that places in messages stay right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lstm_tutor.numbers.written import NUMBER
from lstm_tutor.numbers.written import WORDS as NO_NUMBERS
from lstm_tutor.submission.places import WORDS

_NAME = re.compile(r"[^\W\d][\w.'@\[\]()/∂-]{0,30}")
_VALUE = re.compile(rf"(?:{NO_NUMBERS}|{NUMBER})")
_INDEX = re.compile(r"-?[0-9]{1,6}")
_RULE = re.compile(r"[\s|+=─━-]*")
_IDS = ("id", "name", "symbol", "quantity", "variable")
_VALUES = ("value", "values", "result")
_TIMES = ("t", "time", "step", "timestep", "time_step")
_MOST_COLUMNS = 64
_LONGEST = 1000  # characters of a line


def written_out(lines: Sequence[str]) -> list[str]:
    """Return lines with every table in them written out: ``t=0, a = 0.8, i = 0.9``.

    Args:
        lines: of a text.

    Returns:
        As many lines; the head of a table is empty.
    """
    found = list(lines)
    number = 0
    while number < len(lines):
        head = _words(lines[number])
        rows = list(_rows(lines, number + 1, head)) if _is_head(head) else []
        if not rows:
            number += 1
            continue
        found[number] = ""
        for index, (place, words) in enumerate(rows):
            found[place] = _line(head, words, index if len(rows) > 1 else None)
        number = rows[-1][0] + 1
    return found


def _words(line: str) -> list[str]:
    return line.split() if len(line) <= _LONGEST else []


def _is_head(words: list[str]) -> bool:
    """Whether a line can be a table's head: two names or more, none of them twice."""
    return (
        1 < len(words) <= _MOST_COLUMNS
        and all(_NAME.fullmatch(word) and not _VALUE.fullmatch(word) for word in words)
        and len(set(words)) == len(words)
    )


def _rows(lines: Sequence[str], start: int, head: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and words of the rows below a head, up to a line that is none."""
    long = _is_long(head)
    for number in range(start, len(lines)):
        words = _words(lines[number])
        if number == start and _is_below_head(lines[number], words):
            continue
        if not words:
            return
        extra = len(words) - len(head)
        values = words[extra:]
        if extra not in (0, 1) or (extra and not _INDEX.fullmatch(words[0])):
            return
        texts = [
            value
            for name, value in zip(head, values, strict=True)
            if not (long and name.lower() in _IDS)
        ]
        if not all(map(_VALUE.fullmatch, texts)) or not any("." in text for text in texts):
            return
        yield number, words


def _is_below_head(line: str, words: list[str]) -> bool:
    """Whether a line right below a head is a rule, empty, or what pandas calls its index."""
    named = len(words) == 1 and words[0].lower() in _TIMES
    return not words or named or _RULE.fullmatch(line) is not None


def _is_long(head: list[str]) -> bool:
    """Whether a table has a row per value, with the name in a column."""
    plain = [word.lower() for word in head]
    return any(word in _IDS for word in plain) and any(word in _VALUES for word in plain)


def _line(head: list[str], words: list[str], index: int | None) -> str:
    extra = len(words) - len(head)
    cells = dict(zip(head, words[extra:], strict=True))
    clock = next((cells[name] for name in head if name.lower() in _TIMES), None)
    if _is_long(head):
        name = next(cells[name] for name in head if name.lower() in _IDS)
        value = next(cells[name] for name in head if name.lower() in _VALUES)
        return f"t={clock}, {name} = {value}" if clock else f"{name} = {value}"
    if clock is None and (extra or index is not None):
        clock = words[0] if extra else str(index)
    rest = {name: value for name, value in cells.items() if name.lower() not in _TIMES}
    lead = [f"t={clock}"] if clock is not None and _INDEX.fullmatch(clock) else []
    lead += [f"{name} {value}" for name, value in rest.items() if name.lower() in WORDS]
    own = [f"{name} = {value}" for name, value in rest.items() if name.lower() not in WORDS]
    return ", ".join(lead + own)
