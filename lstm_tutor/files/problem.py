"""What is wrong with a user's input, and where: the errors that people read.

Nothing here reads or prints; the command line shows what is collected here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lstm_tutor.files.text import quoted, visible

MOST = 40
_LONGEST = 1_000  # characters of a message, which may hold a key of any length


@dataclass(frozen=True)
class Place:
    """A position in a file: 1-based line and column, and the line's text."""

    file: str
    line: int | None = None
    column: int | None = None
    text: str = ""

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


def place_in(name: str, lines: tuple[str, ...], line: int, column: int) -> Place:
    """Return the place at a 0-based line and column of a file's lines."""
    return Place(name, line + 1, column + 1, lines[line] if line < len(lines) else "")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        message: what is wrong, one sentence without a full stop.
        place: where.
        expected: what was expected there, and which entry set that.
        remedy: what to do.
        count: how many problems it stands for: 1, or those that are not shown one by one.
    """

    message: str
    place: Place
    expected: str = ""
    remedy: str = ""
    count: int = 1

    def lines(self) -> list[str]:
        """Return the problem as lines of text, the first one ``file:line:column: …``."""
        message = visible(self.message[:_LONGEST]) + "…" * (len(self.message) > _LONGEST)
        shown = [f"{visible(str(self.place))}: {message}"]
        if self.place.text.strip():
            shown += _excerpt(self.place)
        if self.expected:
            shown.append(f"  expected: {visible(self.expected)}")
        if self.remedy:
            shown.append(f"  try: {visible(self.remedy)}")
        return shown


class BadInput(Exception):  # noqa: N818  # a state of the user's file, reported as such
    """Input that cannot be used; carries every problem found, in file order.

    Of very many only the first are kept, and the last one says how many more there are.

    Attributes:
        problems: what is kept.
        count: how many problems there are, those that are not kept included.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = sorted(dict.fromkeys(problems), key=lambda problem: _order(problem.place))
        self.count = sum(problem.count for problem in found)
        if len(found) > MOST + 1:
            rest = sum(problem.count for problem in found[MOST:])
            more = f"and {rest:,} more problems"
            found = [*found[:MOST], Problem(more, found[MOST].place, count=rest)]
        self.problems = tuple(found)
        super().__init__("\n".join("\n".join(problem.lines()) for problem in self.problems))


def _order(place: Place) -> tuple[str, int, int]:
    return place.file, place.line or 0, place.column or 0


def _excerpt(place: Place, width: int = 72) -> list[str]:
    """Show the line with a mark below the column, cut to the width around it."""
    column = (place.column or 1) - 1
    start = max(0, min(column - width // 2, len(place.text) - width)) if column > width else 0
    cut = place.text[start : start + width]
    lead, tail = "…" * (start > 0), "…" * (start + width < len(place.text))
    number = f"{place.line:>5} | "
    mark = " " * (len(number) + len(lead) + column - start) + "^"
    return [number + lead + visible(cut) + tail, mark]


def kind(value: Any) -> str:
    """Name a value's kind for a message, such as "a list" or "text"."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
    return "a set of entries"


def described(value: Any) -> str:
    """Show a value for a message, such as "2.5", "the text 'one'" or "a list"."""
    match value:
        case None:
            return "empty (null)"
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            return f"the text {quoted(value, 40)}"
    return kind(value)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a remedy naming the nearest known word, or all of them if none is near."""
    names = list(known)
    near = nearest(word, names)
    if near:
        return f"did you mean {near!r}?"
    return f"known are {', '.join(names[:MOST])}" + ", …" * (len(names) > MOST)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like this one, if any is; case does not matter."""
    import difflib  # noqa: PLC0415  # costs a start 3 ms; only for those who mistyped

    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return names[near[0]] if near else None
